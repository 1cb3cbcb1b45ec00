// SPDX-License-Identifier: GPL-2.0
/*
 * One at a time: taken by the commands that change the host in several steps, and given back by
 * the end of the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "lock.h"

#define LOCK_FILE	"/run/cube-router.lock"
#define LOCK_WAIT	60	/* seconds */
#define LOCK_POLL	100	/* milliseconds */

/* A half-done change can be repeated, but it is better not to make one: the steps are short. */
static void hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/**
 * lock_take() - waits until nobody else changes the host
 * @why: why not
 *
 * From then on the process is not interrupted.
 *
 * Return: whether the lock is ours.
 */
bool lock_take(struct why *why)
{
	const struct timespec nap = { .tv_nsec = LOCK_POLL * 1000000L };
	int left = LOCK_WAIT * 1000 / LOCK_POLL;
	static bool taken;
	int fd;

	/* By `restore`, for the commands that it runs. */
	if (taken)
		return true;
	fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return why_not(why, LOCK_FILE ": %s", strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			why_not(why, LOCK_FILE ": %s", strerror(errno));
			close(fd);
			return false;
		}
		if (!left--) {
			close(fd);
			return why_not(why,
				       "another cube-router-genl works for %d s already: see fuser -v %s",
				       LOCK_WAIT, LOCK_FILE);
		}
		nanosleep(&nap, NULL);
	}
	taken = true;
	hold_signals();
	return true;
}
