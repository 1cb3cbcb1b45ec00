// SPDX-License-Identifier: GPL-2.0
/*
 * Other programs: run with a list of arguments, no shell, an environment of our own, and input and
 * output in memory. Called by firewall.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

static const char path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * child_exists() - whether a program is installed
 * @program: its name
 *
 * Return: whether it is.
 */
bool child_exists(const char *program)
{
	const char *folder = path;
	char file[256];
	size_t len;

	for (; *folder; folder += len + (folder[len] == ':')) {
		len = strcspn(folder, ":");
		snprintf(file, sizeof(file), "%.*s/%s", (int)len, folder, program);
		if (!access(file, X_OK))
			return true;
	}
	return false;
}

/* Reads a file in memory from its start, as a string; NULL with errno. */
static char *contents(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text;

	if (size < 0)
		return NULL;
	text = malloc((size_t)size + 1);
	if (!text)
		return NULL;
	/* In memory, a read is never short. */
	if (pread(fd, text, (size_t)size, 0) != size) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

/* Makes one line of what a program complained about. */
static void join_lines(char *text)
{
	char *to = text, *from;

	for (from = text; *from; from++) {
		if (*from != '\n' && *from != '\t' && *from != ' ')
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	while (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
}

__attribute__((noreturn))
static void become(const char *const argv[], int in, int out, int err)
{
	static const char *const environment[] = { "LC_ALL=C", NULL };

	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		_exit(127);
	environ = (char **)environment;
	if (!setenv("PATH", path, 1))
		execvp(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "%s\n", strerror(errno));
	_exit(127);
}

static bool run(const char *const argv[], const int fds[3], struct why *why)
{
	char *complaint;
	int status;
	pid_t pid;

	/* Ignored by who calls us, and so by us, it makes the kernel forget how a child ended. */
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid < 0)
		return why_not(why, "%s: %s", argv[0], strerror(errno));
	if (!pid)
		become(argv, fds[0], fds[1], fds[2]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return why_not(why, "%s: %s", argv[0], strerror(errno));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	complaint = contents(fds[2]);
	if (complaint)
		join_lines(complaint);
	if (WIFSIGNALED(status))
		why_not(why, "%s: killed by signal %d", argv[0], WTERMSIG(status));
	else
		why_not(why, "%s: %s", argv[0],
			complaint && *complaint ? complaint : "failed without a word");
	free(complaint);
	return false;
}

/**
 * child_run() - runs a program to its end
 * @argv: its name and arguments, ending with NULL
 * @input: its standard input, or NULL for none
 * @output: its standard output, to be freed, NULL on failure; or NULL if nobody wants it
 * @why: its standard error as one line, if it failed
 *
 * Return: whether its exit code was 0.
 */
bool child_run(const char *const argv[], const char *input, char **output, struct why *why)
{
	size_t len = input ? strlen(input) : 0;
	bool done = false;
	int fds[3], i;

	if (output)
		*output = NULL;
	for (i = 0; i < 3; i++)
		fds[i] = memfd_create(argv[0], MFD_CLOEXEC);
	if (fds[0] < 0 || fds[1] < 0 || fds[2] < 0 ||
	    (len && pwrite(fds[0], input, len, 0) != (ssize_t)len))
		why_not(why, "%s: %s", argv[0], strerror(errno));
	else
		done = run(argv, fds, why);
	if (done && output) {
		*output = contents(fds[1]);
		if (!*output)
			done = why_not(why, "%s: %s", argv[0], strerror(errno));
	}
	for (i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return done;
}
