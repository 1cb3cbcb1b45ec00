// SPDX-License-Identifier: GPL-2.0
/*
 * What the parts of flowd share: sockets, bounded waits, the bytes that are echoed, and the line
 * that tells how a flow ended. No state; called by the subcommands.
 */
#include "flow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t flow_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

int flow_fail(const char *format, ...)
{
	va_list list;

	fprintf(stderr, "flowd: ");
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	return FLOW_FAILED;
}

bool flow_trouble(struct flow_result *r, enum flow_end end, int error)
{
	if (r->end == FLOW_OK) {
		r->end = end;
		r->error = error;
	}
	return r->end == FLOW_OK;
}

enum flow_end flow_end_of(int error)
{
	switch (error) {
	case ECONNRESET:
	case EPIPE:
		return FLOW_RESET;
	case ETIMEDOUT:
		return FLOW_TIMEOUT;
	case ECONNREFUSED:
		return FLOW_REFUSED;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
		return FLOW_UNREACHABLE;
	}
	return FLOW_ERROR;
}

const char *flow_name(const struct sockaddr_in *sin, char text[32])
{
	char addr[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &sin->sin_addr, addr, sizeof(addr));
	snprintf(text, 32, "%s:%u", addr, ntohs(sin->sin_port));
	return text;
}

int flow_show(const struct flow_result *r, const char *more)
{
	static const char * const ends[] = {
		[FLOW_OK] = "ok",
		[FLOW_RESET] = "reset",
		[FLOW_TIMEOUT] = "timeout",
		[FLOW_REFUSED] = "refused",
		[FLOW_UNREACHABLE] = "unreachable",
		[FLOW_CLOSED] = "closed",
		[FLOW_MISMATCH] = "mismatch",
		[FLOW_ERROR] = "error",
	};
	char text[32];

	printf("sent=%llu received=%llu end=%s ms=%lld", (unsigned long long)r->sent,
	       (unsigned long long)r->received, ends[r->end],
	       (long long)(flow_now_ms() - r->begin_ms));
	if (r->local.sin_port)
		printf(" local=%s", flow_name(&r->local, text));
	if (r->error)
		printf(" errno=%s", strerrorname_np(r->error) ?: "unknown");
	if (r->icmp_from.s_addr)
		printf(" icmp=%u/%u from=%s", r->icmp_type, r->icmp_code,
		       inet_ntop(AF_INET, &r->icmp_from, text, sizeof(text)));
	if (r->icmp_info)
		printf(" info=%u", r->icmp_info);
	printf("%s\n", more);
	return r->end == FLOW_OK && !fflush(stdout) ? FLOW_DONE : FLOW_FAILED;
}

/* The text tells the numbers; the padding differs from message to message. */
size_t flow_message(uint8_t *bytes, uint64_t size, uint64_t connection, uint64_t number)
{
	char text[64];
	size_t n = snprintf(text, sizeof(text), "%llu/%llu", (unsigned long long)connection,
			    (unsigned long long)number);

	if (!size)
		size = n + 1;
	if (n > size - 1)
		n = size - 1;
	memcpy(bytes, text, n);
	for (uint64_t i = n; i < size - 1; i++)
		bytes[i] = i == n ? ' ' : 'a' + (i + number + connection) % 26;
	bytes[size - 1] = '\n';
	return size;
}

static bool set_pmtu(int fd, int pmtu)
{
	return pmtu < 0 || !setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &pmtu, sizeof(pmtu));
}

/* 64 KB datagrams need more than the default; less is fine if that is refused. */
static void raise_buffers(int fd)
{
	int size = 4 * 1024 * 1024;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
}

int flow_client_socket(const struct flow_words *w, int type)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const struct sockaddr *bind_to = (const struct sockaddr *)&w->bind;
	char text[32];
	int on = 1;

	if (fd < 0) {
		flow_fail("socket: %s", strerror(errno));
		return -1;
	}
	if (type == SOCK_DGRAM)
		raise_buffers(fd);
	if (!set_pmtu(fd, w->pmtu)) {
		flow_fail("IP_MTU_DISCOVER: %s", strerror(errno));
		goto out_close;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Without a port, the choice can wait for connect(), which then has all ports. */
	if (!w->bind.sin_port)
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (w->bind.sin_family && bind(fd, bind_to, sizeof(w->bind))) {
		flow_fail("%s: %s", flow_name(&w->bind, text), strerror(errno));
		goto out_close;
	}
	return fd;
out_close:
	close(fd);
	return -1;
}

void flow_note_local(const struct flow_words *w, struct flow_result *r, int fd)
{
	socklen_t size = sizeof(r->local);
	char text[32];

	if (getsockname(fd, (struct sockaddr *)&r->local, &size))
		r->local.sin_port = 0;
	if (w->progress)
		printf("connected local=%s\n", flow_name(&r->local, text));
}

int flow_wait(int fd, short events, int64_t deadline)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int64_t left = deadline - flow_now_ms();

	if (poll(&pollfd, 1, left > 0 ? left : 0) <= 0)
		return 0;
	return pollfd.revents;
}

int flow_server_socket(const struct flow_words *w, int type)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in bound;
	socklen_t size = sizeof(bound);
	char text[32];
	int on = 1;

	if (fd < 0) {
		flow_fail("socket: %s", strerror(errno));
		return -1;
	}
	if (type == SOCK_DGRAM)
		raise_buffers(fd);
	/* Two UDP servers on one port would share its datagrams; for TCP it only skips the wait. */
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!set_pmtu(fd, w->pmtu) ||
	    bind(fd, (const struct sockaddr *)&w->addr, sizeof(w->addr)) ||
	    (type == SOCK_STREAM && listen(fd, FLOW_MAX_CONNECTIONS)) ||
	    getsockname(fd, (struct sockaddr *)&bound, &size)) {
		flow_fail("%s: %s", flow_name(&w->addr, text), strerror(errno));
		close(fd);
		return -1;
	}
	printf("ready %s\n", flow_name(&bound, text));
	return fd;
}

int flow_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		flow_fail("signalfd: %s", strerror(errno));
	return fd;
}

void flow_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = FLOW_MAX_CONNECTIONS + 64;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (!setrlimit(RLIMIT_NOFILE, &limit))
		return;
	/* Without the right to raise the hard limit: up to it. */
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}
