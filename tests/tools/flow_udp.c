// SPDX-License-Identifier: GPL-2.0
/*
 * flowd's UDP: a client that exchanges numbered datagrams with an echo server and names the
 * errors that come back, those of ICMP with their sender, and that server. Called by flowd.c.
 */
#include "flow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PEERS	65536	/* told apart by the server; further ones are served untold */
#define PEER_SLOTS	(2 * MAX_PEERS)
#define MAX_ERRORS	16	/* taken from the error queue at once */
#define BATCH		64	/* datagrams between two looks at the signals */

/* The client -------------------------------------------------------------------------------- */

static void note_icmp(struct flow_result *r, const struct sock_extended_err *error)
{
	const struct sockaddr_in *from = (const struct sockaddr_in *)SO_EE_OFFENDER(error);

	r->icmp_info = error->ee_info;
	if (error->ee_origin != SO_EE_ORIGIN_ICMP || from->sin_family != AF_INET)
		return;
	r->icmp_type = error->ee_type;
	r->icmp_code = error->ee_code;
	r->icmp_from = from->sin_addr;
}

static struct sock_extended_err *find_error(struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR)
			return (struct sock_extended_err *)CMSG_DATA(c);
	return NULL;
}

/* Empties the error queue, or poll() would report it for ever; the first error counts. */
static bool take_errors(struct flow_result *r, int fd)
{
	bool fine = true;

	for (int i = 0; i < MAX_ERRORS; i++) {
		union {
			struct cmsghdr head;	/* for its alignment */
			char bytes[256];
		} control;
		struct msghdr msg = { .msg_control = &control, .msg_controllen = sizeof(control) };
		struct sock_extended_err *error;

		if (recvmsg(fd, &msg, MSG_ERRQUEUE) < 0)
			break;
		error = find_error(&msg);
		if (!error)
			continue;
		fine = false;
		if (r->end == FLOW_OK)
			note_icmp(r, error);
		flow_trouble(r, flow_end_of(error->ee_errno), error->ee_errno);
	}
	return fine;
}

/* An error of send() or recv() may stand for one in the queue, which knows more. */
static bool socket_trouble(struct flow_result *r, int fd, int error)
{
	if (take_errors(r, fd))
		flow_trouble(r, flow_end_of(error), error);
	return false;
}

/* Waits for the echo of datagram @number. Late echoes of earlier ones are no mismatch. */
static bool await_echo(const struct flow_words *w, struct flow_result *r, int fd,
		       const uint8_t *bytes, size_t n, uint64_t number)
{
	static uint8_t buffer[65536], earlier[65536];
	int64_t deadline = flow_now_ms() + w->timeout_ms;

	for (;;) {
		int ready = flow_wait(fd, POLLIN, deadline);
		bool late = false;
		ssize_t m;

		if (!ready)
			return flow_trouble(r, FLOW_TIMEOUT, 0);
		if ((ready & POLLERR) && !take_errors(r, fd))
			return false;
		m = recv(fd, buffer, sizeof(buffer), 0);
		if (m < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (m < 0)
			return socket_trouble(r, fd, errno);
		if ((size_t)m == n && !memcmp(buffer, bytes, n))
			return true;
		for (uint64_t i = 1; !late && i < number; i++)
			late = flow_message(earlier, w->size, 0, i) == (size_t)m &&
			       !memcmp(buffer, earlier, m);
		if (!late)
			return flow_trouble(r, FLOW_MISMATCH, 0);
	}
}

static bool exchange(const struct flow_words *w, struct flow_result *r, int fd, uint64_t number)
{
	static uint8_t bytes[65536];
	size_t n = flow_message(bytes, w->size, 0, number);

	if (send(fd, bytes, n, 0) < 0)
		return socket_trouble(r, fd, errno);
	r->sent++;
	if (!await_echo(w, r, fd, bytes, n, number))
		return false;
	r->received++;
	if (w->progress)
		printf("datagram %llu\n", (unsigned long long)number);
	return true;
}

static void converse(const struct flow_words *w, struct flow_result *r, int fd)
{
	int on = 1;

	/* Without this a connected socket keeps most ICMP errors to itself. */
	if (setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) ||
	    connect(fd, (const struct sockaddr *)&w->addr, sizeof(w->addr))) {
		flow_trouble(r, flow_end_of(errno), errno);
		return;
	}
	flow_note_local(w, r, fd);
	for (uint64_t i = 1; i <= w->count; i++) {
		if (i > 1)
			poll(NULL, 0, w->interval_ms);
		if (!exchange(w, r, fd, i) && !w->keep_going)
			return;
	}
}

int flow_udp_client(const struct flow_words *w)
{
	struct flow_result r = { .begin_ms = flow_now_ms() };
	int fd = flow_client_socket(w, SOCK_DGRAM);

	if (fd < 0)
		return FLOW_FAILED;
	converse(w, &r, fd);
	close(fd);
	return flow_show(&r, "");
}

/* The server -------------------------------------------------------------------------------- */

struct server {
	uint64_t *peers;	/* open hashing over address and port; 0 is a free slot */
	uint64_t n_peers;
	uint64_t datagrams;
	uint64_t failed;
};

static void note_peer(struct server *s, const struct sockaddr_in *from)
{
	uint64_t key = (uint64_t)ntohl(from->sin_addr.s_addr) << 16 | ntohs(from->sin_port);
	size_t slot = key * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (PEER_SLOTS - 1);
	char text[32];

	while (s->peers[slot] && s->peers[slot] != key)
		slot = (slot + 1) & (PEER_SLOTS - 1);
	if (s->peers[slot] || s->n_peers == MAX_PEERS)
		return;
	s->peers[slot] = key;
	s->n_peers++;
	printf("peer %s\n", flow_name(from, text));
}

/* The echo must come from the address that was asked, which the control message names. */
static void answer_from(struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(c);

		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		info->ipi_spec_dst = info->ipi_addr;
		info->ipi_ifindex = 0;	/* the way back is up to the routes */
	}
}

/* Returns whether there was a datagram. */
static bool echo(struct server *s, int fd)
{
	static uint8_t buffer[65536];
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control;
	struct sockaddr_in from;
	struct iovec iov = { buffer, sizeof(buffer) };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &msg, 0);

	if (n < 0)
		return false;
	s->datagrams++;
	note_peer(s, &from);
	answer_from(&msg);
	iov.iov_len = n;
	msg.msg_flags = 0;
	if (sendmsg(fd, &msg, 0) < 0)
		s->failed++;
	return true;
}

static void serve(struct server *s, int fd, int signals, int64_t end)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};

	for (int64_t left; (left = end - flow_now_ms()) > 0;) {
		poll(fds, 2, left);
		if (fds[1].revents)
			return;
		for (int i = 0; i < BATCH && echo(s, fd); i++)
			;
	}
}

int flow_udp_server(const struct flow_words *w)
{
	int64_t end = flow_now_ms() + (int64_t)w->seconds * 1000;
	struct server s = { .peers = calloc(PEER_SLOTS, sizeof(*s.peers)) };
	int on = 1, signals = -1, rc = FLOW_FAILED, fd = -1;

	if (!s.peers)
		return flow_fail("out of memory");
	signals = flow_signals();
	if (signals >= 0)
		fd = flow_server_socket(w, SOCK_DGRAM);
	if (fd < 0)
		goto out;
	if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on))) {
		flow_fail("IP_PKTINFO: %s", strerror(errno));
		goto out;
	}
	serve(&s, fd, signals, end);
	printf("datagrams=%llu peers=%llu failed=%llu\n", (unsigned long long)s.datagrams,
	       (unsigned long long)s.n_peers, (unsigned long long)s.failed);
	rc = FLOW_DONE;
out:
	if (fd >= 0)
		close(fd);
	if (signals >= 0)
		close(signals);
	free(s.peers);
	return rc;
}
