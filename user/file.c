// SPDX-License-Identifier: GPL-2.0
/*
 * Files that are replaced as a whole: whoever reads one finds the old text or the new one, also
 * after a crash or on a full disk. Called by `save`, and where something has to outlive a reboot.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

/* Writes a new file to its end and onto the disk. Returns 0 or an errno. */
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
	return fsync(fd) ? errno : 0;
}

/**
 * file_replace() - writes a text file, readable by its owner only
 * @path: its name; its folder must be there
 * @text: what it shall hold
 * @why: why not
 *
 * Return: whether it holds that; if not, it is as it was.
 */
bool file_replace(const char *path, const char *text, struct why *why)
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
		if (close(fd) && !err)
			err = errno;
		if (!err && rename(new, path))
			err = errno;
		if (err)
			unlink(new);
	}
	free(new);
	return !err || why_not(why, "'%s': %s", path, strerror(err));
}
