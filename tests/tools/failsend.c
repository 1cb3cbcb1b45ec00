// SPDX-License-Identifier: GPL-2.0
/*
 * failsend: preloaded into a program, it lets one allocation fail that the kernel makes for the
 * generic-netlink requests of this program: the one with the number $FAIL_NTH, counted over all
 * requests. Allocations for the program itself, for its other sockets, and for finding the family
 * never fail. When one has failed, it creates the file $FAIL_HIT.
 *
 * It needs a kernel with CONFIG_FAULT_INJECTION and CONFIG_FAILSLAB: a task writes to its file
 * fail-nth (Documentation/fault-injection/fault-injection.rst) how many allocations from now the
 * failing one is, and reads there how many are still to come. No locks: for programs of one thread.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static long left = -1;	/* allocations until the one that fails; 0: it has; -1: nothing read yet */

typedef ssize_t (*sendmsg_fn)(int fd, const struct msghdr *message, int flags);

static bool is_request(int fd, const struct msghdr *message)
{
	const struct nlmsghdr *nlh = message->msg_iovlen ? message->msg_iov[0].iov_base : NULL;
	int domain = 0, protocol = 0;
	socklen_t len = sizeof(int);

	return nlh && message->msg_iov[0].iov_len >= sizeof(*nlh) &&
	       nlh->nlmsg_type != GENL_ID_CTRL &&
	       !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) && domain == AF_NETLINK &&
	       !getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) &&
	       protocol == NETLINK_GENERIC;
}

/* What cannot be armed must not look like an allocation that did not fail. */
static int open_nth(void)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	perror("failsend: /proc/thread-self/fail-nth");
	_exit(125);
}

static void arm(int fd, long nth)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%ld", nth);

	if (pwrite(fd, text, len, 0) != len)
		_exit(125);
}

static long still_to_come(int fd)
{
	char text[24] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		_exit(125);
	return atol(text);
}

static void tell_hit(void)
{
	const char *path = getenv("FAIL_HIT");
	int fd = path ? open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) : -1;

	if (fd >= 0)
		close(fd);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	const sendmsg_fn real = (sendmsg_fn)dlsym(RTLD_NEXT, "sendmsg");
	const char *nth = getenv("FAIL_NTH");
	ssize_t sent;
	int control, err;

	if (left < 0)
		left = nth ? atol(nth) : 0;
	if (!left || !is_request(fd, message))
		return real(fd, message, flags);
	control = open_nth();
	arm(control, left);
	sent = real(fd, message, flags);
	err = errno;
	left = still_to_come(control);
	arm(control, 0);
	close(control);
	if (!left)
		tell_hit();
	errno = err;
	return sent;
}
