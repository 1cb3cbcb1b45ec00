// SPDX-License-Identifier: GPL-2.0
/*
 * Conntrack's entries: which of them a far end saw, and which session each belongs to.
 */
#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <netlink/attr.h>

#include "../../user/conntrack.h"
#include "test.h"

#define INTERNAL	0xc0a83ffe	/* 192.168.63.254 */
#define OUTSIDE		0xc6120002	/* 198.18.0.2 */
#define FAR		0x01010101
#define FAR2		0x01010102

/* An entry: orig from @internal and @nat_port to @far, its answers to @outside. */
struct entry {
	uint8_t protocol;
	struct end internal;
	struct end far;
	struct end outside;
};

static void put_tuple(struct nl_msg *msg, int type, uint8_t protocol, struct end from,
		      struct end to, uint16_t id)
{
	struct nlattr *nest = nla_nest_start(msg, type), *inner;

	inner = nla_nest_start(msg, CTA_TUPLE_IP);
	nla_put_u32(msg, CTA_IP_V4_SRC, htonl(from.addr));
	nla_put_u32(msg, CTA_IP_V4_DST, htonl(to.addr));
	nla_nest_end(msg, inner);
	inner = nla_nest_start(msg, CTA_TUPLE_PROTO);
	nla_put_u8(msg, CTA_PROTO_NUM, protocol);
	if (protocol == IPPROTO_ICMP) {
		nla_put_u16(msg, CTA_PROTO_ICMP_ID, htons(id));
	} else if (protocol != IPPROTO_GRE) {
		nla_put_u16(msg, CTA_PROTO_SRC_PORT, htons(from.port));
		nla_put_u16(msg, CTA_PROTO_DST_PORT, htons(to.port));
	}
	nla_nest_end(msg, inner);
	nla_nest_end(msg, nest);
}

static void note(struct flows *flows, const struct flow_query *query, const struct entry *e)
{
	struct nfgenmsg head = { .nfgen_family = AF_INET };
	struct nl_msg *msg = nlmsg_alloc_simple(0, 0);

	nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO);
	put_tuple(msg, CTA_TUPLE_ORIG, e->protocol, e->internal, e->far, e->internal.port);
	put_tuple(msg, CTA_TUPLE_REPLY, e->protocol, e->far, e->outside, e->outside.port);
	flows_note(flows, query, msg);
	nlmsg_free(msg);
}

static void seen_or_not(void **state)
{
	static const struct {
		struct entry entry;
		bool seen;
		struct flow flow;
	} rows[] = {
		{ { 17, { INTERNAL, 40000 }, { FAR, 53 }, { OUTSIDE, 40000 } }, true,
		  { 17, { FAR, 53 }, 40000, false } },
		{ { 6, { INTERNAL, 31000 }, { FAR, 80 }, { OUTSIDE, 40000 } }, true,
		  { 6, { FAR, 80 }, 31000, false } },
		{ { 1, { INTERNAL, 7 }, { FAR, 0 }, { OUTSIDE, 40000 } }, true,
		  { 1, { FAR, 0 }, 7, false } },
		{ { 132, { INTERNAL, 9 }, { FAR, 9 }, { OUTSIDE, 40000 } }, true,
		  { 132, { FAR, 0 }, 0, false } },
		/* another port or address outside; not from cube-router; no ports at all */
		{ { 17, { INTERNAL, 40000 }, { FAR, 53 }, { OUTSIDE, 40001 } }, false, { 0 } },
		{ { 17, { INTERNAL, 40000 }, { FAR, 53 }, { OUTSIDE + 1, 40000 } }, false, { 0 } },
		{ { 17, { OUTSIDE, 40000 }, { FAR, 53 }, { OUTSIDE, 40000 } }, false, { 0 } },
		{ { 47, { INTERNAL, 0 }, { FAR, 0 }, { OUTSIDE, 0 } }, false, { 0 } },
	};
	const struct flow_query query = { .internal = INTERNAL, .outside = { OUTSIDE, 40000 } };
	struct flows flows;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		flows = (struct flows){ 0 };
		note(&flows, &query, &rows[i].entry);
		check_row(i, flows.count == rows[i].seen);
		if (flows.count)
			check_row(i, flows.list->protocol == rows[i].flow.protocol &&
				  flows.list->far.addr == rows[i].flow.far.addr &&
				  flows.list->far.port == rows[i].flow.far.port &&
				  flows.list->nat_port == rows[i].flow.nat_port);
		flows_free(&flows);
	}
}

static void by_protocol(void **state)
{
	const struct entry udp = { 17, { INTERNAL, 40000 }, { FAR, 53 }, { OUTSIDE, 40000 } };
	struct flow_query query = {
		.internal = INTERNAL, .outside = { OUTSIDE, 40000 }, .protocol = 6,
		.by_protocol = true,
	};
	struct flows flows = { 0 };

	(void)state;
	note(&flows, &query, &udp);
	assert_int_equal(flows.count, 0);
	query.protocol = 17;
	note(&flows, &query, &udp);
	assert_int_equal(flows.count, 1);
	flows_free(&flows);
}

/* Many, some of them twice, in no order: each is found once, what is not there is not. */
static void many(void **state)
{
	const struct flow_query query = { .internal = INTERNAL, .outside = { OUTSIDE, 40000 } };
	struct entry e = { 17, { INTERNAL, 40000 }, { FAR, 0 }, { OUTSIDE, 40000 } };
	struct flows flows = { 0 };
	struct flow flow = { .protocol = 17, .nat_port = 40000 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		e.far.addr = i % 3 ? FAR : FAR2;
		e.far.port = (uint16_t)(i * 7919 % 1500);
		note(&flows, &query, &e);
	}
	assert_int_equal(flows.count, 3000);
	flows_sort(&flows);
	assert_int_equal(flows.count, 1500);
	for (i = 0; i < 3000; i++) {
		flow.far = (struct end){ i % 3 ? FAR : FAR2, (uint16_t)(i * 7919 % 1500) };
		check_row(i, flows_find(&flows, &flow));
	}
	flow.far.port = 1500;
	assert_null(flows_find(&flows, &flow));
	flow.far.port = 1;
	flow.nat_port = 40001;
	assert_null(flows_find(&flows, &flow));
	flows_free(&flows);
	assert_null(flows_find(&flows, &flow));
	flows_sort(&flows);
}

/* What is no entry, or not of IPv4, is passed over. */
static void malformed(void **state)
{
	const struct flow_query query = { .internal = 0, .outside = { 0, 0 } };
	struct nl_msg *msg = nlmsg_alloc_simple(0, 0);
	struct nfgenmsg head = { .nfgen_family = AF_INET };
	struct flows flows = { 0 };
	struct nlattr *nest;

	(void)state;
	flows_note(&flows, &query, msg);
	nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO);
	flows_note(&flows, &query, msg);
	nest = nla_nest_start(msg, CTA_TUPLE_ORIG);
	nla_put_u8(msg, CTA_TUPLE_IP, 1);
	nla_put_u8(msg, CTA_TUPLE_PROTO, 1);
	nla_nest_end(msg, nest);
	flows_note(&flows, &query, msg);
	assert_int_equal(flows.count, 0);
	nlmsg_free(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seen_or_not), cmocka_unit_test(by_protocol),
		cmocka_unit_test(many), cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
