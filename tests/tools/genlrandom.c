// SPDX-License-Identifier: GPL-2.0
/*
 * Random requests: well-formed ones of random contents, broken ones, and everything between. What
 * they do is not foretold; but each that is refused has to be refused with a reason. The same seed
 * gives the same requests. Called by genlabuse.c.
 */
#include <errno.h>
#include <linux/cube_router.h>
#include <stdio.h>
#include <string.h>

#include "genlabuse.h"
#include "random.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))
#define SHOWN		10	/* refusals without a reason that are printed */

/* -------- requests -------- */

static uint32_t pick_number(uint64_t *state, const struct abuse_attr *attr)
{
	static const uint8_t addresses[][4] = {
		{ 192, 168, 0, 11 }, { 192, 168, 0, 12 }, { 192, 168, 0, 30 },
		{ 192, 168, 63, 253 }, { 192, 168, 63, 254 }, { 192, 168, 0, 0 }, { 1, 1, 1, 1 },
		{ 10, 0, 0, 0 }, { 127, 0, 0, 1 }, { 255, 255, 255, 255 },
	};
	uint32_t address;

	switch (below(state, 8)) {
	case 0:
		return attr->min - 1;
	case 1:
		return attr->min;
	case 2:
		return attr->max;
	case 3:
		return attr->max + 1;
	case 4:
		return next(state);
	case 5:
		return attr->min + below(state, 20);
	default:
		memcpy(&address, addresses[below(state, ARRAY_SIZE(addresses))], sizeof(address));
		return address;
	}
}

static const char *pick_text(uint64_t *state)
{
	static const char *const texts[] = {
		ABUSE_PORT, ABUSE_OTHER, ABUSE_FREE, "eth0", "lo", CUBE_ROUTER_DEVICE, "", "z*",
		"*", "[", "[!", "z[0-9]*", "?????", "*a*a*a*a*a*a", "\\", "name-of-sixteen",
	};

	return texts[below(state, ARRAY_SIZE(texts))];
}

static void put_random_bytes(uint64_t *state, struct wire_message *m, uint16_t type)
{
	uint8_t bytes[300];
	size_t len = below(state, one_in(state, 4) ? sizeof(bytes) : 9);

	for (size_t i = 0; i < len; i++)
		bytes[i] = next(state);
	wire_put(m, type, bytes, len);
}

/* Entries of a policy: mostly good ones, and no more than a few, so that some are there again. */
static void put_prefixes(uint64_t *state, struct wire_message *m, uint16_t type)
{
	struct cube_router_prefix list[4] = { 0 };
	const size_t count = 1 + below(state, ARRAY_SIZE(list));

	for (size_t i = 0; i < count; i++) {
		list[i].len = below(state, one_in(state, 16) ? 256 : 4) * 8;
		list[i].ttl = one_in(state, 2) ? 0 : below(state, 3);
		memset(&list[i].net, below(state, 256), list[i].len / 8 < 4 ? list[i].len / 8 : 4);
		if (one_in(state, 16))
			list[i].reserved[below(state, 3)] = next(state);
	}
	wire_put(m, type, list, count * sizeof(list[0]));
}

static void put_attr(uint64_t *state, struct wire_message *m, const struct abuse_op *op)
{
	uint16_t type = below(state, op->last + 2);
	const struct abuse_attr *attr = &op->attrs[type];
	static const uint8_t token[ABUSE_TOKEN];
	const char *text;
	uint32_t number;

	if (one_in(state, 8) || type > op->last || attr->shape == ABUSE_NONE) {
		put_random_bytes(state, m, one_in(state, 8) ? next(state) : type);
	} else if (attr->shape == ABUSE_STRING) {
		text = pick_text(state);
		wire_put(m, type, text, strlen(text) + !one_in(state, 16));
	} else if (attr->shape == ABUSE_TOKEN) {
		wire_put(m, type, token, sizeof(token));
	} else if (attr->shape == ABUSE_PREFIXES) {
		put_prefixes(state, m, type);
	} else {
		number = pick_number(state, attr);
		wire_put(m, type, &number, attr->shape);
	}
}

/* Damages a message in one place. */
static void damage(uint64_t *state, struct wire_message *m)
{
	switch (below(state, 4)) {
	case 0:
		m->bytes[NLMSG_HDRLEN + below(state, m->len - NLMSG_HDRLEN)] ^=
			1 << below(state, 8);
		break;
	case 1:
		m->bytes[NLMSG_HDRLEN + below(state, m->len - NLMSG_HDRLEN)] = next(state);
		break;
	case 2:
		/*
		 * What followed a shortened message would be read as the next one, for whatever
		 * family it seems to name: none of it is sent.
		 */
		m->nlh.nlmsg_len = below(state, m->len + 8);
		if (m->nlh.nlmsg_len < m->len)
			m->len = m->nlh.nlmsg_len < NLMSG_HDRLEN ? NLMSG_HDRLEN : m->nlh.nlmsg_len;
		break;
	case 3:
		m->nlh.nlmsg_flags ^= 1 << below(state, 16);
		break;
	}
}

static void make_request(uint64_t *state, const struct wire *wire, struct wire_message *m)
{
	const struct abuse_op *op = &abuse_ops[below(state, abuse_op_count)];
	uint16_t flags = one_in(state, op->dumps ? 3 : 30) ? NLM_F_DUMP : 0;

	if (one_in(state, 2))
		abuse_begin(m, wire, op, flags);
	else
		wire_begin(m, wire, op->cmd, flags);
	while (!one_in(state, 3))
		put_attr(state, m, op);
	if (one_in(state, 4))
		damage(state, m);
}

/* -------- answers -------- */

/* Whether generic netlink refuses it before the family is asked; it gives no reason for that. */
static bool refused_before(const struct wire_message *m, int error)
{
	return error == EOPNOTSUPP ||
	       (error == EINVAL && m->nlh.nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN));
}

static void show(const struct wire_message *m, int error)
{
	printf("no reason for %s:", strerrorname_np(error));
	for (size_t i = 0; i < m->len; i++)
		printf(" %02x", m->bytes[i]);
	putchar('\n');
}

/**
 * abuse_random() - random requests
 * @wire: to whom
 * @seed: of the random numbers
 * @count: how many
 *
 * Return: how many were refused without a reason, or 1 if the socket failed.
 */
int abuse_random(const struct wire *wire, uint64_t seed, uint64_t count)
{
	uint64_t granted = 0, refused = 0, unanswered = 0;
	struct wire_message m;
	struct wire_answer a;
	int err, mute = 0;

	for (uint64_t i = 0; i < count; i++) {
		make_request(&seed, wire, &m);
		err = wire_talk(wire, &m, &a);
		if (err) {
			printf("request %llu: the socket failed with %s\n",
			       (unsigned long long)i, strerrorname_np(-err));
			return 1;
		}
		unanswered += !a.came;
		granted += a.came && !a.error;
		refused += a.came && a.error;
		if (!a.error || *a.text || refused_before(&m, a.error))
			continue;
		if (mute++ < SHOWN)
			show(&m, a.error);
	}
	printf("granted=%llu refused=%llu unanswered=%llu mute=%d\n", (unsigned long long)granted,
	       (unsigned long long)refused, (unsigned long long)unanswered, mute);
	return mute;
}
