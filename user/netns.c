// SPDX-License-Identifier: GPL-2.0
/*
 * The network namespace that the tool works in: its own, or the one that -n names. The name is
 * chosen once by main.c; each command enters when it has understood its words.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "netns.h"
#include "quote.h"

static const char *chosen;

/**
 * netns_choose() - says which namespace to work in
 * @name: as `ip netns` knows it; must outlive the process's work
 */
void netns_choose(const char *name)
{
	chosen = name;
}

/**
 * netns_may() - whether we have a capability, in our own user namespace
 * @capability: CAP_*
 *
 * Return: whether we have it.
 */
bool netns_may(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

/**
 * netns_enter() - goes into the chosen namespace
 * @why: why not
 *
 * From here on netlink, /proc/sys/net and child processes are those of the namespace.
 *
 * Return: whether we are there, and have the right to change something.
 */
bool netns_enter(struct why *why)
{
	char path[512];
	bool entered;
	int fd;

	if (!netns_may(CAP_NET_ADMIN))
		return why_not(why, WHY_NOT_PERMITTED);
	if (!chosen)
		return true;
	if (!*chosen || strchr(chosen, '/') || *chosen == '.' ||
	    (size_t)snprintf(path, sizeof(path), "/run/netns/%s", chosen) >= sizeof(path))
		return why_not(why, "netns '%s': not a name", chosen);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return why_not(why, "netns '%s': %s", chosen,
			       errno == ENOENT ? "no such network namespace" : strerror(errno));
	entered = !setns(fd, CLONE_NEWNET);
	if (!entered)
		why_not(why, "netns '%s': %s", chosen,
			errno == EINVAL ? "not a network namespace" : strerror(errno));
	close(fd);
	return entered;
}

/**
 * netns_chosen() - the namespace that was named
 *
 * Return: its name, or NULL for our own.
 */
const char *netns_chosen(void)
{
	return chosen;
}

/**
 * netns_prefix() - how a command of others is run in the namespace
 *
 * Return: what to put in front of it, "" where nothing is needed.
 */
const char *netns_prefix(void)
{
	static char prefix[QUOTED(NAME_MAX) + 16];
	char name[QUOTED(NAME_MAX)];

	if (chosen && strlen(chosen) < NAME_MAX)
		snprintf(prefix, sizeof(prefix), "ip netns exec %s ", shell_quote(chosen, name));
	return prefix;
}

/**
 * netns_option() - how a command of ours is run in the namespace
 *
 * By netns_prefix() it would not know the name, by which it remembers things.
 *
 * Return: what to put behind the program's name and a blank, "" where nothing is needed.
 */
const char *netns_option(void)
{
	static char option[QUOTED(NAME_MAX) + 4];
	char name[QUOTED(NAME_MAX)];

	if (chosen && strlen(chosen) < NAME_MAX)
		snprintf(option, sizeof(option), "-n %s ", shell_quote(chosen, name));
	return option;
}

/**
 * netns_open() - opens a file of /etc, or the one that stands in for it in the namespace
 * @file: its name
 *
 * Return: the file, or NULL with errno.
 */
FILE *netns_open(const char *file)
{
	char path[512];
	FILE *f;

	if (chosen) {
		snprintf(path, sizeof(path), "/etc/netns/%s/%s", chosen, file);
		f = fopen(path, "re");
		if (f)
			return f;
	}
	snprintf(path, sizeof(path), "/etc/%s", file);
	return fopen(path, "re");
}
