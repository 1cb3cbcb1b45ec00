/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Catches what a function prints.
 */
#ifndef CUBE_CAPTURE_H
#define CUBE_CAPTURE_H

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

/**
 * struct capture - standard output and error, as they were printed
 * @saved: where the two went before
 * @fds: where they go
 * @out: standard output
 * @err: standard error
 */
struct capture {
	int saved[2];
	int fds[2];
	char out[16384];
	char err[4096];
};

static inline void capture_begin(struct capture *c)
{
	int i;

	fflush(NULL);
	for (i = 0; i < 2; i++) {
		c->saved[i] = dup(STDOUT_FILENO + i);
		c->fds[i] = memfd_create("capture", MFD_CLOEXEC);
		assert_true(c->saved[i] >= 0 && c->fds[i] >= 0);
		dup2(c->fds[i], STDOUT_FILENO + i);
	}
}

static inline void capture_end(struct capture *c)
{
	char *const texts[] = { c->out, c->err };
	const size_t rooms[] = { sizeof(c->out), sizeof(c->err) };
	ssize_t len;
	int i;

	fflush(NULL);
	for (i = 0; i < 2; i++) {
		dup2(c->saved[i], STDOUT_FILENO + i);
		len = pread(c->fds[i], texts[i], rooms[i] - 1, 0);
		texts[i][len > 0 ? len : 0] = '\0';
		close(c->saved[i]);
		close(c->fds[i]);
	}
}

#endif
