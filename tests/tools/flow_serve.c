// SPDX-License-Identifier: GPL-2.0
/*
 * flowd's TCP server: accepts connections and echoes every byte until the client has ended,
 * telling who came and how each connection ended. One thread over epoll; called by flowd.c.
 */
#include "flow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS		256
#define CHUNK		(64 * 1024)
#define TURNS		16	/* chunks of one connection before the others have their turn */

/* Bytes that the client does not take yet; while there are some, nothing more is read. */
struct peer {
	struct sockaddr_in name;
	struct peer *next, *previous;
	uint64_t echoed;
	uint8_t *pending;
	size_t at;
	size_t n;
	int fd;
};

struct server {
	int epoll;
	int listener;
	int signals;
	uint64_t accepted;
	struct peer *peers;
};

static void drop(struct server *s, struct peer *p, const char *how)
{
	char text[32];

	printf("closed %s bytes=%llu how=%s\n", flow_name(&p->name, text),
	       (unsigned long long)p->echoed, how);
	if (p->previous)
		p->previous->next = p->next;
	else
		s->peers = p->next;
	if (p->next)
		p->next->previous = p->previous;
	close(p->fd);
	free(p->pending);
	free(p);
}

static const char *name_of(int error)
{
	if (error == ECONNRESET || error == EPIPE)
		return "reset";
	if (error == ETIMEDOUT)
		return "timeout";
	return strerrorname_np(error) ?: "error";
}

static bool wait_for(const struct server *s, struct peer *p, uint32_t events, int operation)
{
	struct epoll_event event = { .events = events, .data.ptr = p };

	return !epoll_ctl(s->epoll, operation, p->fd, &event);
}

/* Keeps what could not be sent; false on an error, which errno names. */
static bool keep(const struct server *s, struct peer *p, const uint8_t *bytes, size_t n)
{
	p->pending = malloc(n);
	if (!p->pending)
		return false;
	memcpy(p->pending, bytes, n);
	p->at = 0;
	p->n = n;
	return wait_for(s, p, EPOLLOUT, EPOLL_CTL_MOD);
}

static bool flush(const struct server *s, struct peer *p)
{
	ssize_t m = send(p->fd, p->pending + p->at, p->n - p->at, MSG_NOSIGNAL);

	if (m < 0)
		return errno == EAGAIN || errno == EINTR;
	p->at += m;
	p->echoed += m;
	if (p->at < p->n)
		return true;
	free(p->pending);
	p->pending = NULL;
	return wait_for(s, p, EPOLLIN, EPOLL_CTL_MOD);
}

static bool echo(const struct server *s, struct peer *p, const uint8_t *bytes, size_t n)
{
	ssize_t m = send(p->fd, bytes, n, MSG_NOSIGNAL);

	if (m < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	if (m < 0)
		m = 0;
	p->echoed += m;
	return (size_t)m == n || keep(s, p, bytes + m, n - m);
}

static void serve(struct server *s, struct peer *p)
{
	static uint8_t buffer[CHUNK];

	if (p->pending && !flush(s, p)) {
		drop(s, p, name_of(errno));
		return;
	}
	for (int i = 0; i < TURNS && !p->pending; i++) {
		ssize_t n = recv(p->fd, buffer, sizeof(buffer), 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (!n) {
			drop(s, p, "end");
			return;
		}
		if (n < 0 || !echo(s, p, buffer, n)) {
			drop(s, p, name_of(errno));
			return;
		}
	}
}

static bool welcome(struct server *s, int fd, const struct sockaddr_in *name)
{
	struct peer *p = calloc(1, sizeof(*p));
	char text[32];

	if (!p)
		return false;
	p->fd = fd;
	p->name = *name;
	if (!wait_for(s, p, EPOLLIN, EPOLL_CTL_ADD)) {
		free(p);
		return false;
	}
	p->next = s->peers;
	if (p->next)
		p->next->previous = p;
	s->peers = p;
	s->accepted++;
	printf("peer %s\n", flow_name(name, text));
	return true;
}

/* Returns false when accepting cannot go on. */
static bool accept_all(struct server *s)
{
	for (int i = 0; i < EVENTS; i++) {
		struct sockaddr_in name;
		socklen_t size = sizeof(name);
		int fd = accept4(s->listener, (struct sockaddr *)&name, &size,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		/* Gone before it was accepted, or nobody left in the queue. */
		if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
			continue;
		if (fd < 0 && errno == EAGAIN)
			return true;
		if (fd < 0 || !welcome(s, fd, &name)) {
			flow_fail("accept: %s", strerror(errno));
			return false;
		}
	}
	return true;
}

static int run(struct server *s, int64_t end)
{
	struct epoll_event events[EVENTS];

	for (int64_t left; (left = end - flow_now_ms()) > 0;) {
		int n = epoll_wait(s->epoll, events, EVENTS, left);

		for (int i = 0; i < n; i++) {
			void *who = events[i].data.ptr;

			if (who == &s->signals)
				return FLOW_DONE;
			if (who != &s->listener)
				serve(s, who);
			else if (!accept_all(s))
				return FLOW_FAILED;
		}
	}
	return FLOW_DONE;
}

static bool watch(struct server *s, int *fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = fd };

	if (!epoll_ctl(s->epoll, EPOLL_CTL_ADD, *fd, &event))
		return true;
	flow_fail("epoll: %s", strerror(errno));
	return false;
}

int flow_tcp_server(const struct flow_words *w)
{
	int64_t end = flow_now_ms() + (int64_t)w->seconds * 1000;
	struct server s = { .epoll = epoll_create1(EPOLL_CLOEXEC), .listener = -1, .signals = -1 };
	int rc = FLOW_FAILED;

	flow_raise_limits();
	s.signals = flow_signals();
	if (s.signals >= 0)
		s.listener = flow_server_socket(w, SOCK_STREAM);
	if (s.listener >= 0 && watch(&s, &s.signals) && watch(&s, &s.listener)) {
		rc = run(&s, end);
		while (s.peers)
			drop(&s, s.peers, "server-end");
		printf("accepted=%llu\n", (unsigned long long)s.accepted);
	}
	if (s.listener >= 0)
		close(s.listener);
	if (s.signals >= 0)
		close(s.signals);
	if (s.epoll >= 0)
		close(s.epoll);
	return rc;
}
