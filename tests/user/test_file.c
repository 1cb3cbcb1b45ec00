// SPDX-License-Identifier: GPL-2.0
/*
 * Files that are replaced as a whole, what their names lead to, and what is no file.
 */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../user/file.h"
#include "test.h"

static char folder[] = "/tmp/test_file.XXXXXX";

/* In a folder of its own, which is the current one. */
static int enter(void **state)
{
	(void)state;
	return !mkdtemp(folder) || chdir(folder);
}

static int leave(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return chdir("/") || system(command);
}

static void check_file(const char *path, const char *text)
{
	struct why why;
	char *found;
	size_t len;

	found = file_read(path, 1000, &len, &why);
	if (!found)
		fail_msg("%s", why.text);
	assert_string_equal(found, text);
	free(found);
}

static bool is_link(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISLNK(st.st_mode);
}

static void plain(void **state)
{
	struct stat before, after;
	struct why why;

	(void)state;
	assert_true(file_replace("plain", "one\n", &why));
	check_file("plain", "one\n");
	assert_int_equal(stat("plain", &before), 0);
	assert_int_equal(before.st_mode & 0777, 0600);
	assert_true(file_replace("plain", "two\n", &why));
	check_file("plain", "two\n");
	/* whoever has the old one open reads it to its end */
	assert_int_equal(stat("plain", &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assert_false(file_replace("nowhere/plain", "one\n", &why));
	assert_string_equal(why.text, "'nowhere/plain': No such file or directory");
}

/* What fits is read again with the same bound, and what does not is not. */
static void bounds(void **state)
{
	struct why why;
	size_t len;
	char *text;

	(void)state;
	assert_true(file_fits("bound", "four\n", 5, &why));
	assert_true(file_replace("bound", "four\n", &why));
	text = file_read("bound", 5, &len, &why);
	assert_non_null(text);
	free(text);
	assert_false(file_fits("bound", "four\n", 4, &why));
	assert_string_equal(why.text,
			    "'bound': not written: more than 4 bytes cannot be read again");
	assert_null(file_read("bound", 4, &len, &why));
}

/* The link stays, and the file it leads to is replaced, or made. */
static void links(void **state)
{
	static const struct {
		const char *path;
		const char *to;
		const char *file;
	} rows[] = {
		{ "beside", "target", "target" },
		{ "sub/up", "../target", "target" },
		{ "sub/beside", "target", "sub/target" },
		{ "chain", "sub/up", "target" },
		{ "new", "sub/new.target", "sub/new.target" },
		{ "sub/new", "new.other", "sub/new.other" },
	};
	char absolute[PATH_MAX], text[100];
	struct why why;
	size_t i;

	(void)state;
	assert_int_equal(mkdir("sub", 0700), 0);
	assert_true(file_replace("target", "old\n", &why));
	assert_true(file_replace("sub/target", "old\n", &why));
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, !symlink(rows[i].to, rows[i].path));
		snprintf(text, sizeof(text), "row %zu\n", i);
		check_row(i, file_replace(rows[i].path, text, &why));
		check_row(i, is_link(rows[i].path));
		check_row(i, !is_link(rows[i].file));
		check_file(rows[i].file, text);
	}
	snprintf(absolute, sizeof(absolute), "%s/target", folder);
	assert_int_equal(symlink(absolute, "sub/absolute"), 0);
	assert_true(file_replace("sub/absolute", "absolute\n", &why));
	check_file("target", "absolute\n");

	assert_int_equal(symlink("round", "round"), 0);
	assert_false(file_replace("round", "x\n", &why));
	assert_string_equal(why.text, "'round': Too many levels of symbolic links");
	assert_true(is_link("round"));
}

/* A FIFO, and a device behind a link, are written to and stay. */
static void no_files(void **state)
{
	char text[100] = "";
	struct why why;
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	fd = open("fifo", O_RDWR | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_true(file_replace("fifo", "through\n", &why));
	assert_int_equal(read(fd, text, sizeof(text) - 1), 8);
	assert_string_equal(text, "through\n");
	close(fd);
	assert_true(!stat("fifo", &st) && S_ISFIFO(st.st_mode));

	assert_int_equal(symlink("/dev/null", "null"), 0);
	assert_true(file_replace("null", "nothing\n", &why));
	assert_true(is_link("null"));
	assert_true(!stat("null", &st) && S_ISCHR(st.st_mode));

	assert_int_equal(mkdir("folder", 0700), 0);
	assert_false(file_replace("folder", "x\n", &why));
	assert_string_equal(why.text, "'folder': Is a directory");
	assert_false(file_replace("folder/", "x\n", &why));
	assert_int_equal(rmdir("folder"), 0);
}

/* What standard output goes to is not taken from under it: `save /dev/stdout >>log`. */
static void output(void **state)
{
	int saved = dup(STDOUT_FILENO), fd;
	struct why why;
	bool done;

	(void)state;
	assert_true(file_replace("log", "first\n", &why));
	fd = open("log", O_WRONLY | O_APPEND);
	assert_true(fd >= 0 && saved >= 0);
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	done = file_replace("/dev/stdout", "second\n", &why);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(fd);
	assert_true(done);
	check_file("log", "first\nsecond\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain), cmocka_unit_test(bounds), cmocka_unit_test(links),
		cmocka_unit_test(no_files), cmocka_unit_test(output),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
