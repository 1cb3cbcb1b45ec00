// SPDX-License-Identifier: GPL-2.0
/*
 * The env file: lines that are read as data, and files that are none.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../user/array.h"
#include "../../user/envfile.h"
#include "test.h"

#define SANDBOX	"CUBE_SANDBOX_NETWORK_CIDR"
#define PORTS	"CUBE_ROUTER_PORTS"

static bool parse(struct envfile *env, const char *text, size_t len, struct why *why)
{
	char *copy = malloc(len + 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	*env = (struct envfile){ .path = "file" };
	return envfile_parse(env, copy, len, why);
}

static void values(void **state)
{
	static const struct {
		const char *text;
		const char *ports;	/* NULL: not given */
	} rows[] = {
		{ "", NULL },
		{ "\n\n\n", NULL },
		{ PORTS "=z*\n", "z*" },
		{ PORTS "=z*", "z*" },
		{ PORTS "=z*\r\n", "z*" },
		{ PORTS "=z*\r", "z*" },
		{ "\r\n" PORTS "=z*\r\n\r\n", "z*" },
		{ PORTS "=\n", "" },
		{ PORTS "=", "" },
		{ PORTS "=   \n", "" },
		{ PORTS "= # nothing\n", "" },
		{ PORTS "=\"\"\n", "" },
		{ PORTS "=''\n", "" },
		{ PORTS "=\"z*\"\n", "z*" },
		{ PORTS "='z*'\n", "z*" },
		{ PORTS "='z*' # all\n", "z*" },
		{ PORTS "=\"z*\"   \n", "z*" },
		{ PORTS "=\"it's\"\n", "it's" },
		{ PORTS "='\"'\n", "\"" },
		{ PORTS "=\" a # b \"\n", " a # b " },
		{ PORTS "=z* # all of them\n", "z*" },
		{ PORTS "=z*\t# all of them\n", "z*" },
		{ PORTS "=z*#1\n", "z*#1" },
		{ PORTS "=#1\n", "#1" },
		{ PORTS "=a b\n", "a b" },
		{ PORTS "=a=b\n", "a=b" },
		{ PORTS "=z*   \n", "z*" },
		{ "export " PORTS "=z*\n", "z*" },
		{ "export\t" PORTS "=z*\n", "z*" },
		{ "  export   " PORTS "=z*\n", "z*" },
		{ "\t" PORTS "=z*\n", "z*" },
		{ "# " PORTS "=a\n  # " PORTS "=b\n" PORTS "=z*\n", "z*" },
		{ "#" PORTS "=a\n", NULL },
		{ PORTS "=$(reboot)\n", "$(reboot)" },
		{ PORTS "=\"$(reboot)\"\n", "$(reboot)" },
		{ PORTS "=`reboot`\n", "`reboot`" },
		{ PORTS "=$HOME\n", "$HOME" },
		{ PORTS "=a;reboot\n", "a;reboot" },
		{ PORTS "=a\\nb\n", "a\\nb" },
		{ PORTS "=a\n" PORTS "=z*\n", "z*" },
		{ PORTS "=z*\n" PORTS "=\n", "" },
		{ "OTHER=1\n" PORTS "=z*\nMORE=\"unended\n", "z*" },
		{ "MY_" PORTS "=a\n" PORTS "_2=b\n", NULL },
		{ "A1=x\n_=y\n", NULL },
		/* over lines, what is not ours */
		{ "KEY=\"-----BEGIN\nMIIB==\n\n-----END\"\n" PORTS "=z*\n", "z*" },
		{ "export KEY='a\r\n b \"c\r\n' # end\r\n" PORTS "=z*\r\n", "z*" },
		{ "KEY=\"a\nb \\\" c\nd\" " PORTS "=a\n" PORTS "=z*\n", "z*" },
		{ "KEY=\"a\nOTHER=b\n# c\n\"\n" PORTS "=\"z*\"\n", "z*" },
		{ PORTS "=z*\nKEY=\"\n\"", "z*" },
		/* a quote that nothing ends, or that does not begin the value, is none */
		{ "KEY='a\n" PORTS "=z*\n", "z*" },
		{ "KEY=it's\n" PORTS "='z*'\n", "z*" },
		{ "KEY=\"\\\"\n" PORTS "=z*\n", "z*" },
		{ "my.key=1\nmy-key=2\nA-B=z*\n" PORTS "=z*\n", "z*" },
		{ "CUBE.ROUTER.PORTS=a\n" PORTS "=z*\n" PORTS ".X=b\n", "z*" },
	};
	struct envfile env;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (!parse(&env, rows[i].text, strlen(rows[i].text), &why))
			fail_msg("row %zu: %s", i, why.text);
		check_row(i, !env.value[ENV_PORTS] == !rows[i].ports);
		if (rows[i].ports && strcmp(env.value[ENV_PORTS], rows[i].ports))
			fail_msg("row %zu: '%s'", i, env.value[ENV_PORTS]);
		envfile_free(&env);
	}
}

static void malformed(void **state)
{
	static const struct {
		const char *text;
		const char *complaint;
	} rows[] = {
		{ PORTS " = z*\n", "file:1: not KEY=VALUE" },
		{ PORTS "= z*\n", "file:1: " PORTS ": malformed value" },
		{ PORTS " =z*\n", "file:1: not KEY=VALUE" },
		{ PORTS "\n", "file:1: not KEY=VALUE" },
		{ "export " PORTS "\n", "file:1: not KEY=VALUE" },
		{ "\n\nset -e\n", "file:3: not KEY=VALUE" },
		{ "\r\nif true; then\r\n", "file:2: not KEY=VALUE" },
		{ "=z*\n", "file:1: not KEY=VALUE" },
		{ "1A=z*\n", "file:1: not KEY=VALUE" },
		{ "-B=z*\n", "file:1: not KEY=VALUE" },
		{ ".b=z*\n", "file:1: not KEY=VALUE" },
		{ PORTS "+=z*\n", "file:1: not KEY=VALUE" },
		{ "KEY=\"a\n" PORTS "=z*\n\"\n",
		  "file:2: " PORTS " stands in a quote that begins in line 1" },
		{ "KEY='a\n\n  export " PORTS "='z*'\n",
		  "file:3: " PORTS " stands in a quote that begins in line 1" },
		{ "KEY='a\nb'\nset -e\n", "file:3: not KEY=VALUE" },
		{ PORTS "=\"z*\ny*\"\n", "file:1: " PORTS ": malformed value" },
		{ "\xef\xbb\xbf" PORTS "=z*\n", "file:1: not KEY=VALUE" },
		{ PORTS "=\"z*\n", "file:1: " PORTS ": malformed value" },
		{ PORTS "='z*\n", "malformed value" },
		{ PORTS "=\"z*\"x\n", "malformed value" },
		{ PORTS "=\"z*\"#x\n", "malformed value" },
		{ PORTS "=\"z*\" x\n", "malformed value" },
		{ PORTS "=\"a\"\"b\"\n", "malformed value" },
		{ "exportCUBE\n", "not KEY=VALUE" },
	};
	struct envfile env;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, !parse(&env, rows[i].text, strlen(rows[i].text), &why));
		check_text(i, why.text, rows[i].complaint);
		envfile_free(&env);
	}
}

static void bytes(void **state)
{
	static const char nul[] = PORTS "=z*\n\0" PORTS "=a\n";
	static const char nul_first[] = "\0" PORTS "=z*\n";
	struct envfile env;
	struct why why;

	(void)state;
	assert_false(parse(&env, nul, sizeof(nul) - 1, &why));
	assert_non_null(strstr(why.text, "NUL"));
	envfile_free(&env);
	assert_false(parse(&env, nul_first, sizeof(nul_first) - 1, &why));
	envfile_free(&env);
}

static void doubled(void **state)
{
	static const char text[] = PORTS "=a\n" SANDBOX "=x\n" PORTS "=b\nX=1\nX=2\n" PORTS "=c\n";
	struct envfile env;
	struct why why;

	(void)state;
	assert_true(parse(&env, text, strlen(text), &why));
	assert_string_equal(env.value[ENV_PORTS], "c");
	assert_int_equal(env.again[ENV_PORTS], 2);
	assert_int_equal(env.line[ENV_PORTS], 6);
	assert_int_equal(env.again[ENV_SANDBOX_CIDR], 0);
	assert_int_equal(env.line[ENV_SANDBOX_CIDR], 2);
	envfile_free(&env);
}

static void strays(void **state)
{
	static const char text[] = "ROUTER=1\n" PORTS "=a\n" PORTS "=b\nX_CUBE_ROUTER_UPLINK=eth0\n"
				   "CUBE_ROUTER_ENABLE=1\nCUBE_SANDBOX_CUBE_ROUTER_ENABLED=1\n";
	static const char *const warnings[] = {
		"file:3: " PORTS " is given 2 times",
		"file:5: CUBE_ROUTER_ENABLE is no key of ours",
		"file:6: CUBE_SANDBOX_CUBE_ROUTER_ENABLED is no key of ours",
	};
	unsigned int cursor = 0;
	struct envfile env;
	struct why why;
	size_t i;

	(void)state;
	assert_true(parse(&env, text, strlen(text), &why));
	for (i = 0; i < ARRAY_SIZE(warnings); i++) {
		assert_true(envfile_warning(&env, &cursor, &why));
		assert_ptr_equal(strstr(why.text, warnings[i]), why.text);
	}
	assert_false(envfile_warning(&env, &cursor, &why));
	assert_false(envfile_warning(&env, &cursor, &why));
	envfile_free(&env);
}

static void all_keys(void **state)
{
	struct envfile env;
	struct why why;
	char text[2000] = "";
	enum env_key key;

	(void)state;
	for (key = 0; key < ENV_KEYS; key++)
		sprintf(text + strlen(text), "%s=%d\n", envfile_key(key), key);
	assert_true(parse(&env, text, strlen(text), &why));
	for (key = 0; key < ENV_KEYS; key++)
		assert_int_equal(atoi(env.value[key]), key);
	envfile_free(&env);
}

/* Writes @len bytes, lines of a comment, and returns the file's name. */
static const char *file_of(size_t len)
{
	static char name[] = "/tmp/cube-envfile-test.XXXXXX";
	size_t i;
	FILE *f;

	strcpy(strchr(name, '.'), ".XXXXXX");
	f = fdopen(mkstemp(name), "w");
	assert_non_null(f);
	for (i = 0; i < len; i++)
		putc(i % 64 ? 'x' : '#', f);
	fclose(f);
	return name;
}

static void files(void **state)
{
	const char *name = file_of(0);
	struct envfile env;
	struct why why;

	(void)state;
	assert_true(envfile_load(&env, name, &why));
	assert_null(env.value[ENV_PORTS]);
	envfile_free(&env);
	unlink(name);

	name = file_of(ENVFILE_MAX);
	assert_true(envfile_load(&env, name, &why));
	envfile_free(&env);
	unlink(name);

	name = file_of(ENVFILE_MAX + 1);
	assert_false(envfile_load(&env, name, &why));
	assert_non_null(strstr(why.text, "larger than"));
	envfile_free(&env);

	unlink(name);
	assert_false(envfile_load(&env, name, &why));
	assert_non_null(strstr(why.text, strerror(ENOENT)));
	assert_non_null(strstr(why.text, name));
	envfile_free(&env);

	assert_int_equal(mkdir(name, 0700), 0);
	assert_false(envfile_load(&env, name, &why));
	assert_non_null(strstr(why.text, "not a file"));
	envfile_free(&env);
	rmdir(name);

	/* Nobody writes into it, and still nothing hangs. */
	assert_int_equal(mkfifo(name, 0600), 0);
	assert_false(envfile_load(&env, name, &why));
	assert_non_null(strstr(why.text, "not a file"));
	envfile_free(&env);
	unlink(name);

	assert_false(envfile_load(&env, "/dev/zero", &why));
	envfile_free(&env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values), cmocka_unit_test(malformed), cmocka_unit_test(bytes),
		cmocka_unit_test(doubled), cmocka_unit_test(strays), cmocka_unit_test(all_keys),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
