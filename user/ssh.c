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

/* One of IPv4, be it written as one of IPv6. */
static bool read_address(const char *word, uint32_t *addr)
{
	static const char mapped[] = "::ffff:";
	const size_t skip = strncmp(word, mapped, strlen(mapped)) ? 0 : strlen(mapped);

	return parse_addr(word + skip, addr);
}

/**
 * ssh_peers_in() - the SSH connection that an environment tells of
 * @environment: strings as in /proc/PID/environ, with one more zero behind them
 * @len: their length
 *
 * SSH_CONNECTION counts first: tmux brings it up to date when somebody attaches, SSH_CLIENT not,
 * which does not say whom he has called, either.
 *
 * Return: its addresses, host byte order, 0 where one is not known.
 */
struct ssh_peers ssh_peers_in(const char *environment, size_t len)
{
	static const char *const names[] = { "SSH_CONNECTION=", "SSH_CLIENT=" };
	struct ssh_peers peers = { 0 };
	char client[64], server[64] = "";
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = value_of(environment, len, names[i]);
		if (!value || sscanf(value, "%63s %*s %63s", client, server) < 1 ||
		    !read_address(client, &peers.client))
			continue;
		if (!i)
			read_address(server, &peers.server);
		break;
	}
	return peers;
}

/* Reads a file of a process; to be freed. NULL if it is not there, or not for us. */
static char *read_of(pid_t pid, const char *file, size_t max, size_t *len)
{
	char path[64];
	struct why why;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return file_read(path, max, len, &why);
}

static struct ssh_peers peers_of(pid_t pid)
{
	size_t len;
	char *environment = read_of(pid, "environ", ENVIRONMENT_MAX, &len);
	struct ssh_peers peers = { 0 };

	if (environment)
		peers = ssh_peers_in(environment, len);
	free(environment);
	return peers;
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
 * ssh_peers() - the SSH connection of whoever has called us
 *
 * Return: its addresses; 0 for the client if there is none, or none over IPv4.
 */
struct ssh_peers ssh_peers(void)
{
	struct ssh_peers peers = { 0 };
	pid_t pid = getpid();
	int depth;

	for (depth = 0; pid > 0 && !peers.client && depth < DEPTH_MAX; depth++) {
		peers = peers_of(pid);
		pid = parent_of(pid);
	}
	return peers;
}
