// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the module's counters. Called by golden.c.
 */
#include "goldenstats.h"

#include <errno.h>
#include <linux/cube_router.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#define TYPE(attr)	((attr)->nla_type & NLA_TYPE_MASK)

/* The attribute at @at, in bytes that end at @end, or NULL; @at moves behind it. */
static const struct nlattr *next_attr(const uint8_t **at, const uint8_t *end)
{
	const struct nlattr *a = (const void *)*at;

	if (end - *at < NLA_HDRLEN || a->nla_len < NLA_HDRLEN || a->nla_len > end - *at)
		return NULL;
	*at += NLA_ALIGN(a->nla_len);
	if (*at > end)
		*at = end;
	return a;
}

static const uint8_t *data_of(const struct nlattr *a)
{
	return (const uint8_t *)a + NLA_HDRLEN;
}

/*
 * What the host's conntrack thinks of one half of a conversation, and what passing time does, is
 * not the packet's doing.
 */
static bool of_others(const char *name)
{
	return !strcmp(name, "invalid") || !strcmp(name, "session-expired");
}

static void note_counter(struct golden_counters *c, const struct nlattr *nest)
{
	const uint8_t *at = data_of(nest), *end = (const uint8_t *)nest + nest->nla_len;
	const struct nlattr *a;

	if (c->n == GOLDEN_COUNTERS)
		return;
	memset(&c->list[c->n], 0, sizeof(c->list[0]));
	while ((a = next_attr(&at, end))) {
		const size_t len = a->nla_len - NLA_HDRLEN;

		if (TYPE(a) == CUBE_ROUTER_A_STATS_NAME && len < sizeof(c->list[0].name))
			memcpy(c->list[c->n].name, data_of(a), len);
		if (TYPE(a) == CUBE_ROUTER_A_STATS_VALUE && len == sizeof(c->list[0].value))
			memcpy(&c->list[c->n].value, data_of(a), len);
	}
	if (!of_others(c->list[c->n].name))
		c->n++;
}

/**
 * golden_counters_read() - reads all counters
 * @wire: to the module
 * @c: filled
 *
 * Return: 0 or a negative errno.
 */
int golden_counters_read(const struct wire *wire, struct golden_counters *c)
{
	static union {
		struct nlmsghdr nlh;
		uint8_t bytes[32768];
	} answer;
	struct wire_message request;
	const struct nlattr *a;
	const uint8_t *at;
	ssize_t got;

	c->n = 0;
	wire_begin(&request, wire, CUBE_ROUTER_CMD_STATS_GET, 0);
	request.nlh.nlmsg_flags = NLM_F_REQUEST;
	if (send(wire->fd, request.bytes, request.len, 0) < 0)
		return -errno;
	got = recv(wire->fd, answer.bytes, sizeof(answer.bytes), 0);
	if (got < 0)
		return -errno;
	if (answer.nlh.nlmsg_type != wire->family)
		return -EPROTO;
	at = answer.bytes + NLMSG_LENGTH(GENL_HDRLEN);
	while ((a = next_attr(&at, answer.bytes + got)))
		if (TYPE(a) == CUBE_ROUTER_A_STATS_COUNTER)
			note_counter(c, a);
	return c->n ? 0 : -ENODATA;
}
