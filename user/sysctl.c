// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers below /proc/sys/net, which are those of the network namespace that we are in. Read by
 * whoever tells or judges how the host is set; changed by the steps of `enable` alone.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysctl.h"

#define FOLDER "/proc/sys/net/"

static FILE *open_file(const char *name, const char *how)
{
	char path[256];

	snprintf(path, sizeof(path), FOLDER "%s", name);
	return fopen(path, how);
}

/* As fscanf(), of a file; 0 if there is none. */
__attribute__((format(scanf, 2, 3)))
static int scan(const char *name, const char *format, ...)
{
	FILE *f = open_file(name, "re");
	va_list into;
	int count;

	if (!f)
		return 0;
	va_start(into, format);
	count = vfscanf(f, format, into);
	va_end(into);
	fclose(f);
	return count;
}

/**
 * sysctl_get() - reads a number
 * @name: file below /proc/sys/net
 *
 * Return: the number, or -1 if there is none.
 */
long sysctl_get(const char *name)
{
	long value;

	return scan(name, "%ld", &value) == 1 ? value : -1;
}

/**
 * sysctl_get_range() - reads two numbers
 * @name: file below /proc/sys/net
 * @low: the first
 * @high: the second
 *
 * Return: whether they are there.
 */
bool sysctl_get_range(const char *name, uint16_t *low, uint16_t *high)
{
	return scan(name, "%hu %hu", low, high) == 2;
}

/**
 * sysctl_set() - writes a number
 * @name: file below /proc/sys/net
 * @value: the number
 * @why: why it cannot be written
 *
 * Return: whether it was.
 */
bool sysctl_set(const char *name, long value, struct why *why)
{
	FILE *f = open_file(name, "we");
	bool done = f && fprintf(f, "%ld\n", value) > 0;

	/* What the kernel thinks of it shows when it is flushed. */
	if (f && fclose(f))
		done = false;
	return done || why_not(why, FOLDER "%s: %s", name, strerror(errno));
}

/**
 * sysctls_save() - notes all that a change of ip_forward changes
 * @saved: the numbers; to be freed
 *
 * The kernel gives every device the same forwarding then, and sets accept_redirects.
 */
void sysctls_save(struct sysctls *saved)
{
	size_t i;

	*saved = (struct sysctls){ 0 };
	glob(FOLDER "ipv4/conf/*/forwarding", GLOB_NOSORT, NULL, &saved->names);
	glob(FOLDER "ipv4/conf/all/accept_redirects", GLOB_NOSORT | GLOB_APPEND, NULL,
	     &saved->names);
	saved->values = calloc(saved->names.gl_pathc + 1, sizeof(*saved->values));
	if (!saved->values)
		abort();
	for (i = 0; i < saved->names.gl_pathc; i++)
		saved->values[i] = sysctl_get(saved->names.gl_pathv[i] + strlen(FOLDER));
}

/**
 * sysctls_restore() - puts numbers back where they have changed
 * @saved: as they were; what has no file any more is left out
 */
void sysctls_restore(const struct sysctls *saved)
{
	const char *name;
	struct why why;
	size_t i;

	for (i = 0; i < saved->names.gl_pathc; i++) {
		name = saved->names.gl_pathv[i] + strlen(FOLDER);
		if (sysctl_get(name) != saved->values[i])
			sysctl_set(name, saved->values[i], &why);
	}
}

/**
 * sysctls_free() - frees numbers
 * @saved: what sysctls_save() has filled, or zeroes
 */
void sysctls_free(struct sysctls *saved)
{
	globfree(&saved->names);
	free(saved->values);
	*saved = (struct sysctls){ 0 };
}
