// SPDX-License-Identifier: GPL-2.0
/*
 * Files that are read and replaced as a whole: whoever reads one finds the old text or the new one,
 * also after a crash or on a full disk. Called for the env file, by `save` and `restore`, and where
 * something has to outlive a reboot.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/* Reads until the end of the file or of the room. Returns how much, or -1 with errno. */
static ssize_t read_all(int fd, char *text, size_t room)
{
	size_t len = 0;
	ssize_t n;

	while (len < room) {
		n = read(fd, text + len, room - len);
		if (n < 0 && errno != EINTR)
			return -1;
		if (!n)
			break;
		if (n > 0)
			len += (size_t)n;
	}
	return (ssize_t)len;
}

/**
 * file_read() - reads a file
 * @path: its name
 * @max: more bytes than these make it no such file
 * @len: how many there were
 * @why: why it cannot be read
 *
 * Return: its contents with a zero behind them, to be freed; or NULL.
 */
char *file_read(const char *path, size_t max, size_t *len, struct why *why)
{
	ssize_t n = -1;
	struct stat st;
	char *text;
	int fd;

	/* Not to be held up by a FIFO: what is no file is refused below. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		why_not(why, "%s: %s", path, strerror(errno));
		return NULL;
	}
	text = malloc(max + 1);
	if (!text || fstat(fd, &st)) {
		why_not(why, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		why_not(why, "%s: not a file", path);
	} else {
		n = read_all(fd, text, max + 1);
		if (n < 0)
			why_not(why, "%s: %s", path, strerror(errno));
	}
	close(fd);
	if (n > (ssize_t)max) {
		why_not(why, "%s: larger than %zu bytes", path, max);
		n = -1;
	}
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	*len = (size_t)n;
	return text;
}

/**
 * file_fits() - whether a text, written to a file, can be read again
 * @path: the file's name
 * @text: the text
 * @max: what file_read() is called with for it
 * @why: why not
 *
 * Return: whether it can.
 */
bool file_fits(const char *path, const char *text, size_t max, struct why *why)
{
	return strlen(text) <= max ||
	       why_not(why, "'%s': not written: more than %zu bytes cannot be read again", path,
		       max);
}

/* Writes a text to its end. Returns 0 or an errno. */
static int write_all(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* What a path leads to by its symlinks, be it there or not; to be freed. */
static char *follow(const char *path)
{
	char *name = strdup(path), *next;
	char link[PATH_MAX];
	const char *slash;
	int i, folder;
	ssize_t n;

	/* As many as the kernel follows. */
	for (i = 0; name && i < 40; i++) {
		n = readlink(name, link, sizeof(link));
		if (n < 0)
			break;
		slash = *link == '/' ? NULL : strrchr(name, '/');
		folder = slash ? (int)(slash + 1 - name) : 0;
		if (asprintf(&next, "%.*s%.*s", folder, name, (int)n, link) < 0)
			abort();
		free(name);
		name = next;
	}
	if (!name)
		abort();
	return name;
}

/* Puts a new file in the place of an old one, or of none. Returns 0 or an errno. */
static int replace(const char *path, const char *text)
{
	char *new = NULL;
	int fd, err;

	if (asprintf(&new, "%s.XXXXXX", path) < 0)
		abort();
	fd = mkstemp(new);
	if (fd < 0) {
		err = errno;
	} else {
		err = write_all(fd, text);
		if (!err && fsync(fd))
			err = errno;
		if (close(fd) && !err)
			err = errno;
		if (!err && rename(new, path))
			err = errno;
		if (err)
			unlink(new);
	}
	free(new);
	return err;
}

/* Writes to what is no file, as a FIFO or a terminal, and leaves it what it is. */
static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), err;

	if (fd < 0)
		return errno;
	err = write_all(fd, text);
	if (close(fd) && !err)
		err = errno;
	return err;
}

static bool is_output(const struct stat *st)
{
	struct stat out;

	return !fstat(STDOUT_FILENO, &out) && out.st_dev == st->st_dev && out.st_ino == st->st_ino;
}

/**
 * file_replace() - writes a text file, readable by its owner only
 * @path: its name; its folder must be there. The file that a symlink leads to is meant.
 * @text: what it shall hold
 * @why: why not
 *
 * What is there and is no file is written to; so is our own standard output, even if it is one.
 *
 * Return: whether it holds that; if not, a file that is replaced is as it was.
 */
bool file_replace(const char *path, const char *text, struct why *why)
{
	struct stat st;
	int err = stat(path, &st) ? errno : 0;
	char *name;

	if (!err && is_output(&st)) {
		err = write_all(STDOUT_FILENO, text);
	} else if (!err && !S_ISREG(st.st_mode)) {
		err = write_to(path, text);
	} else if (!err || err == ENOENT) {
		name = follow(path);
		err = replace(name, text);
		free(name);
	}
	return !err || why_not(why, "'%s': %s", path, strerror(err));
}
