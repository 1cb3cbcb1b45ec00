// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers below /proc/sys/net, which are those of the network namespace that we are in. Called by
 * the steps of `enable`, and by the checks.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysctl.h"

#define FOLDER "/proc/sys/net/"

/**
 * sysctl_get() - reads a number
 * @name: file below /proc/sys/net
 *
 * Return: the number, or -1 if there is none.
 */
long sysctl_get(const char *name)
{
	char path[256];
	long value;
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fscanf(f, "%ld", &value) != 1)
		value = -1;
	fclose(f);
	return value;
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
	char path[256];
	bool done;
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	f = fopen(path, "re");
	if (!f)
		return false;
	done = fscanf(f, "%hu %hu", low, high) == 2;
	fclose(f);
	return done;
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
	char path[256];
	bool done;
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	f = fopen(path, "we");
	if (!f)
		return why_not(why, "%s: %s", path, strerror(errno));
	done = fprintf(f, "%ld\n", value) > 0;
	/* What the kernel thinks of it shows when it is flushed. */
	if (fclose(f) || !done)
		return why_not(why, "%s: %s", path, strerror(errno));
	return true;
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
