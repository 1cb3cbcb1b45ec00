// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers below /proc/sys/net, which are those of the network namespace that we are in. Called by
 * the steps of `enable`, and by the checks.
 */
#include <errno.h>
#include <stdio.h>
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
