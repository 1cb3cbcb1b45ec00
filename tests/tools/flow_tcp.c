// SPDX-License-Identifier: GPL-2.0
/*
 * flowd's TCP clients: one connection that exchanges numbered lines and tells how it ended, and
 * many connections at once, every byte of which is checked. Called by flowd.c.
 */
#include "flow.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS	256	/* taken from epoll at once */

static int socket_error(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
		return errno;
	return error;
}

/* One connection ---------------------------------------------------------------------------- */

static bool open_connection(const struct flow_words *w, struct flow_result *r, int fd)
{
	int error = 0;

	if (connect(fd, (const struct sockaddr *)&w->addr, sizeof(w->addr)))
		error = errno;
	if (error == EINPROGRESS) {
		if (!flow_wait(fd, POLLOUT, flow_now_ms() + w->timeout_ms))
			return flow_trouble(r, FLOW_TIMEOUT, 0);
		error = socket_error(fd);
	}
	if (error)
		return flow_trouble(r, flow_end_of(error), error);
	flow_note_local(w, r, fd);
	return true;
}

/* Takes what is there and compares it with what was sent; *got moves on. */
static bool receive(struct flow_result *r, int fd, const uint8_t *bytes, size_t n, size_t *got)
{
	static uint8_t buffer[64 * 1024];
	ssize_t m = recv(fd, buffer, sizeof(buffer), 0);

	if (m < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (m < 0)
		return flow_trouble(r, flow_end_of(errno), errno);
	if (!m)
		return flow_trouble(r, FLOW_CLOSED, 0);
	if ((size_t)m > n - *got || memcmp(buffer, bytes + *got, m))
		return flow_trouble(r, FLOW_MISMATCH, 0);
	*got += m;
	return true;
}

/* Sends a line and receives it; both at once, for a long one fills the buffers on the way. */
static bool exchange(const struct flow_words *w, struct flow_result *r, int fd,
		     const uint8_t *bytes, size_t n)
{
	int64_t deadline = flow_now_ms() + w->timeout_ms;
	size_t sent = 0, got = 0;

	while (got < n) {
		int ready = flow_wait(fd, POLLIN | (sent < n ? POLLOUT : 0), deadline);
		ssize_t m;

		if (!ready)
			return flow_trouble(r, FLOW_TIMEOUT, 0);
		if ((ready & ~POLLOUT) && !receive(r, fd, bytes, sent, &got))
			return false;
		if (!(ready & POLLOUT) || sent == n)
			continue;
		m = send(fd, bytes + sent, n - sent, MSG_NOSIGNAL);
		if (m < 0 && errno != EAGAIN && errno != EINTR)
			return flow_trouble(r, flow_end_of(errno), errno);
		if (m > 0)
			sent += m;
		r->sent += sent == n && m > 0;
	}
	r->received++;
	if (w->progress)
		printf("line %llu\n", (unsigned long long)r->received);
	return true;
}

/* Between two lines nothing may come; a reset or an end is told at once. */
static bool rest(const struct flow_words *w, struct flow_result *r, int fd)
{
	size_t got = 0;

	if (!w->interval_ms || !flow_wait(fd, POLLIN, flow_now_ms() + w->interval_ms))
		return true;
	return receive(r, fd, NULL, 0, &got);
}

/* The end must be an orderly one too: our FIN, and the server's. */
static bool close_connection(const struct flow_words *w, struct flow_result *r, int fd)
{
	bool failed = shutdown(fd, SHUT_WR);	/* the connection has just died; recv() knows why */
	char byte;
	ssize_t n;

	if (!flow_wait(fd, POLLIN, flow_now_ms() + w->timeout_ms))
		return flow_trouble(r, FLOW_TIMEOUT, 0);
	n = recv(fd, &byte, 1, 0);
	if (n < 0)
		return flow_trouble(r, flow_end_of(errno), errno);
	if (n)
		return flow_trouble(r, FLOW_MISMATCH, 0);
	return !failed || flow_trouble(r, FLOW_RESET, 0);
}

static void converse(const struct flow_words *w, struct flow_result *r, int fd, uint8_t *bytes)
{
	if (!open_connection(w, r, fd))
		return;
	for (uint64_t i = 1; i <= w->count; i++) {
		size_t n = flow_message(bytes, w->size, 0, i);

		if (i > 1 && !rest(w, r, fd))
			return;
		if (!exchange(w, r, fd, bytes, n))
			return;
	}
	close_connection(w, r, fd);
}

int flow_tcp_client(const struct flow_words *w)
{
	struct flow_result r = { .begin_ms = flow_now_ms() };
	int fd = flow_client_socket(w, SOCK_STREAM);
	uint8_t *bytes;

	if (fd < 0)
		return FLOW_FAILED;
	bytes = malloc(FLOW_MAX_SIZE);
	if (!bytes) {
		close(fd);
		return flow_fail("out of memory");
	}
	converse(w, &r, fd, bytes);
	free(bytes);
	close(fd);
	return flow_show(&r, "");
}

/* Many -------------------------------------------------------------------------------------- */

struct connection {
	int fd;
	enum { CONNECTING, TALKING, RESTING, FAILED } state;
	size_t sent;
	size_t got;
};

struct many {
	const struct flow_words *w;
	struct flow_result *r;
	struct connection *all;
	uint64_t round;
	uint64_t busy;		/* connecting or talking */
	uint8_t *expected;	/* the message of the connection at hand */
	uint8_t *buffer;
	int epoll;
};

static void give_up(struct many *m, struct connection *c, enum flow_end end, int error)
{
	flow_trouble(m->r, end, error);
	m->r->failed++;
	if (c->state != RESTING)
		m->busy--;
	c->state = FAILED;
	close(c->fd);
}

/* Level-triggered, so what is waited for must follow the state. */
static void wait_for(struct many *m, struct connection *c, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = c };

	if (epoll_ctl(m->epoll, EPOLL_CTL_MOD, c->fd, &event))
		give_up(m, c, FLOW_ERROR, errno);
}

static size_t message_of(struct many *m, const struct connection *c)
{
	return flow_message(m->expected, m->w->size, c - m->all + 1, m->round);
}

/* Both return false when the connection was given up. */
static bool send_some(struct many *m, struct connection *c, size_t n)
{
	ssize_t k;

	if (c->sent == n)
		return true;
	k = send(c->fd, m->expected + c->sent, n - c->sent, MSG_NOSIGNAL);
	if (k < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return true;
		give_up(m, c, flow_end_of(errno), errno);
		return false;
	}
	c->sent += k;
	if (c->sent == n) {
		m->r->sent++;
		wait_for(m, c, EPOLLIN);
	}
	return c->state != FAILED;
}

static bool receive_some(struct many *m, struct connection *c)
{
	ssize_t k = recv(c->fd, m->buffer, FLOW_MAX_SIZE, 0);

	if (k < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (k < 0)
		give_up(m, c, flow_end_of(errno), errno);
	else if (!k)
		give_up(m, c, FLOW_CLOSED, 0);
	else if ((size_t)k > c->sent - c->got || memcmp(m->buffer, m->expected + c->got, k))
		give_up(m, c, FLOW_MISMATCH, 0);
	else
		c->got += k;
	return c->state != FAILED;
}

static void serve(struct many *m, struct connection *c, uint32_t events)
{
	size_t n;

	if (c->state == FAILED)
		return;
	if (c->state == CONNECTING) {
		int error = socket_error(c->fd);

		if (error) {
			give_up(m, c, flow_end_of(error), error);
			return;
		}
		c->state = TALKING;
	}
	n = message_of(m, c);
	if ((events & ~EPOLLOUT) && !receive_some(m, c))
		return;
	if (c->state == RESTING)	/* only an end or a reset comes here, given up above */
		return;
	if (!send_some(m, c, n) || c->got < n)
		return;
	m->r->received++;
	c->state = RESTING;
	m->busy--;
}

static void start_one(struct many *m, struct connection *c)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };

	c->state = CONNECTING;
	m->busy++;
	c->fd = flow_client_socket(m->w, SOCK_STREAM);
	if (c->fd < 0) {
		give_up(m, c, FLOW_ERROR, errno);
		return;
	}
	if (connect(c->fd, (const struct sockaddr *)&m->w->addr, sizeof(m->w->addr)) &&
	    errno != EINPROGRESS)
		give_up(m, c, flow_end_of(errno), errno);
	else if (epoll_ctl(m->epoll, EPOLL_CTL_ADD, c->fd, &event))
		give_up(m, c, FLOW_ERROR, errno);
}

/* Handles events until nothing is busy (or @until, if it is not 0) or nothing happens any more. */
static void turn(struct many *m, int64_t until)
{
	int64_t deadline = until ? until : flow_now_ms() + (int64_t)m->w->timeout_ms;
	struct epoll_event events[EVENTS];

	while (until || m->busy) {
		int64_t left = deadline - flow_now_ms();
		int n = epoll_wait(m->epoll, events, EVENTS, left > 0 ? left : 0);

		if (n <= 0 && left <= 0)
			return;
		for (int i = 0; i < n; i++)
			serve(m, events[i].data.ptr, events[i].events);
		if (n > 0 && !until)
			deadline = flow_now_ms() + m->w->timeout_ms;
	}
}

static void next_round(struct many *m)
{
	for (uint64_t i = 0; i < m->w->connections; i++) {
		struct connection *c = &m->all[i];

		if (c->state != RESTING)
			continue;
		c->state = TALKING;
		c->sent = 0;
		c->got = 0;
		m->busy++;
		wait_for(m, c, EPOLLIN | EPOLLOUT);
	}
}

static void time_out(struct many *m)
{
	for (uint64_t i = 0; i < m->w->connections; i++)
		if (m->all[i].state == CONNECTING || m->all[i].state == TALKING)
			give_up(m, &m->all[i], FLOW_TIMEOUT, 0);
}

static void converse_all(struct many *m)
{
	for (uint64_t i = 0; i < m->w->connections; i++)
		start_one(m, &m->all[i]);
	for (m->round = 1; m->round <= m->w->count; m->round++) {
		if (m->round > 1) {
			/* Resting connections are listened to, so a reset is seen. */
			turn(m, flow_now_ms() + (int64_t)m->w->interval_ms);
			next_round(m);
		}
		turn(m, 0);
		time_out(m);
		if (m->w->progress)
			printf("round %llu failed=%llu\n", (unsigned long long)m->round,
			       (unsigned long long)m->r->failed);
	}
	for (uint64_t i = 0; i < m->w->connections; i++)
		if (m->all[i].state != FAILED)
			close(m->all[i].fd);
}

int flow_tcp_many(const struct flow_words *w)
{
	struct flow_result r = { .begin_ms = flow_now_ms() };
	struct many m = { .w = w, .r = &r };
	char more[64];
	int rc;

	flow_raise_limits();
	m.epoll = epoll_create1(EPOLL_CLOEXEC);
	m.all = calloc(w->connections, sizeof(*m.all));
	m.expected = malloc(FLOW_MAX_SIZE);
	m.buffer = malloc(FLOW_MAX_SIZE);
	if (m.epoll < 0 || !m.all || !m.expected || !m.buffer) {
		rc = flow_fail("out of memory");
	} else {
		converse_all(&m);
		snprintf(more, sizeof(more), " connections=%llu failed=%llu",
			 (unsigned long long)w->connections, (unsigned long long)r.failed);
		rc = flow_show(&r, more);
	}
	free(m.buffer);
	free(m.expected);
	free(m.all);
	if (m.epoll >= 0)
		close(m.epoll);
	return rc;
}
