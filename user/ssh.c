// SPDX-License-Identifier: GPL-2.0
/*
 * Where the operator sits who works over SSH: the one thing that the process's environment is asked
 * for, and since sudo takes it away, that of the processes above. Called by host.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "file.h"
#include "parse.h"
#include "ssh.h"

#define ENVIRONMENT_MAX	(1024 * 1024)	/* bytes */
#define STAT_MAX	4096
#define DEPTH_MAX	64	/* processes, ourselves the first */

static const char *value_of(const char *environment, size_t len, const char *name)
{
	const char *entry;

	for (entry = environment; entry < environment + len; entry += strlen(entry) + 1)
		if (!strncmp(entry, name, strlen(name)))
			return entry + strlen(name);
	return NULL;
}

/**
 * ssh_client_in() - the SSH client that an environment tells of
 * @environment: strings as in /proc/PID/environ, with one more zero behind them
 * @len: their length
 *
 * SSH_CONNECTION counts first: tmux brings it up to date when somebody attaches, SSH_CLIENT not.
 *
 * Return: its address, host byte order, or 0.
 */
uint32_t ssh_client_in(const char *environment, size_t len)
{
	static const char *const names[] = { "SSH_CONNECTION=", "SSH_CLIENT=" };
	static const char mapped[] = "::ffff:";
	const char *value;
	char word[64];
	uint32_t addr;
	size_t i, skip;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = value_of(environment, len, names[i]);
		if (!value || sscanf(value, "%63s", word) != 1)
			continue;
		skip = strncmp(word, mapped, strlen(mapped)) ? 0 : strlen(mapped);
		if (parse_addr(word + skip, &addr))
			return addr;
	}
	return 0;
}

/* Reads a file of a process; to be freed. NULL if it is not there, or not for us. */
static char *read_of(pid_t pid, const char *file, size_t max, size_t *len)
{
	char path[64];
	struct why why;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return file_read(path, max, len, &why);
}

static uint32_t client_of(pid_t pid)
{
	size_t len;
	char *environment = read_of(pid, "environ", ENVIRONMENT_MAX, &len);
	uint32_t addr = environment ? ssh_client_in(environment, len) : 0;

	free(environment);
	return addr;
}

/* The process's parent, or 0. Its name, in brackets, may have anything in it. */
static pid_t parent_of(pid_t pid)
{
	size_t len;
	char *stat = read_of(pid, "stat", STAT_MAX, &len);
	const char *end = stat ? strrchr(stat, ')') : NULL;
	pid_t parent = 0;

	if (end && sscanf(end, ") %*c %d", &parent) != 1)
		parent = 0;
	free(stat);
	return parent;
}

/**
 * ssh_client() - the SSH client of whoever has called us
 *
 * Return: its address, host byte order; 0 if there is none, or none over IPv4.
 */
uint32_t ssh_client(void)
{
	pid_t pid = getpid();
	uint32_t addr = 0;
	int depth;

	for (depth = 0; pid > 0 && !addr && depth < DEPTH_MAX; depth++) {
		addr = client_of(pid);
		pid = parent_of(pid);
	}
	return addr;
}
