// SPDX-License-Identifier: GPL-2.0
/*
 * Conntrack's entries, asked for over ctnetlink: those made by packets from the internal address
 * that left with a certain address and port. The kernel picks them (CTA_FILTER, since 5.8); what it
 * sends is looked at again, for it does not compare the ports of every protocol. Called by
 * `session`.
 */
#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdlib.h>

#include <netlink/attr.h>

#include "array.h"
#include "conntrack.h"

/*
 * What a filter compares. The kernel's own headers do not have these, but they are part of its
 * interface (net/netfilter/nf_internals.h).
 */
#define COMPARE_IP_SRC		0x1
#define COMPARE_IP_DST		0x2
#define COMPARE_PROTO_NUM	0x8
#define COMPARE_DST_PORT	0x20
#define COMPARE_ICMP_ID		0x100

/* One direction of an entry. */
struct tuple {
	uint8_t proto;
	struct end source;
	struct end destination;
};

/* Reads a tuple. The identifier of an ICMP query stands for the port of whoever asks. */
static bool read_tuple(struct nlattr *attr, bool reply, struct tuple *t)
{
	static struct nla_policy ip_policy[CTA_IP_MAX + 1] = {
		[CTA_IP_V4_SRC] = { .type = NLA_U32 },
		[CTA_IP_V4_DST] = { .type = NLA_U32 },
	};
	static struct nla_policy proto_policy[CTA_PROTO_MAX + 1] = {
		[CTA_PROTO_NUM] = { .type = NLA_U8 },
		[CTA_PROTO_SRC_PORT] = { .type = NLA_U16 },
		[CTA_PROTO_DST_PORT] = { .type = NLA_U16 },
		[CTA_PROTO_ICMP_ID] = { .type = NLA_U16 },
	};
	struct nlattr *tb[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1], *proto[CTA_PROTO_MAX + 1];
	uint16_t id;

	if (!attr || nla_parse_nested(tb, CTA_TUPLE_MAX, attr, NULL) < 0 ||
	    !tb[CTA_TUPLE_IP] || !tb[CTA_TUPLE_PROTO] ||
	    nla_parse_nested(ip, CTA_IP_MAX, tb[CTA_TUPLE_IP], ip_policy) < 0 ||
	    nla_parse_nested(proto, CTA_PROTO_MAX, tb[CTA_TUPLE_PROTO], proto_policy) < 0 ||
	    !ip[CTA_IP_V4_SRC] || !ip[CTA_IP_V4_DST] || !proto[CTA_PROTO_NUM])
		return false;
	*t = (struct tuple){
		.proto = nla_get_u8(proto[CTA_PROTO_NUM]),
		.source = { attr_addr(ip[CTA_IP_V4_SRC]), attr_port(proto[CTA_PROTO_SRC_PORT]) },
		.destination = {
			attr_addr(ip[CTA_IP_V4_DST]), attr_port(proto[CTA_PROTO_DST_PORT]),
		},
	};
	id = attr_port(proto[CTA_PROTO_ICMP_ID]);
	if (t->proto == IPPROTO_ICMP && reply)
		t->destination.port = id;
	else if (t->proto == IPPROTO_ICMP)
		t->source.port = id;
	return true;
}

/* Sessions have ports for these alone; SCTP is known by its address. */
static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_ICMP;
}

/* flows_add() - one more flow */
void flows_add(struct flows *flows, struct flow flow)
{
	flows->list = array_grow(flows->list, flows->count, sizeof(flow));
	flows->list[flows->count++] = flow;
}

/**
 * flows_note() - notes the flow of an entry, if it is one that is asked for
 * @flows: where
 * @query: which are
 * @msg: the entry
 */
void flows_note(struct flows *flows, const struct flow_query *query, struct nl_msg *msg)
{
	struct nlattr *tb[CTA_MAX + 1];
	struct tuple orig, reply;
	struct flow flow;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct nfgenmsg), tb, CTA_MAX, NULL) < 0 ||
	    !read_tuple(tb[CTA_TUPLE_ORIG], false, &orig) ||
	    !read_tuple(tb[CTA_TUPLE_REPLY], true, &reply) ||
	    orig.source.addr != query->internal ||
	    reply.destination.addr != query->outside.addr ||
	    reply.destination.port != query->outside.port ||
	    (query->by_protocol && orig.proto != query->protocol))
		return;
	flow = (struct flow){
		.protocol = orig.proto, .far = orig.destination, .nat_port = orig.source.port,
	};
	if (!has_ports(flow.protocol))
		flow = (struct flow){ .protocol = orig.proto, .far.addr = orig.destination.addr };
	flows_add(flows, flow);
}

static int compare(const void *one, const void *other)
{
	const struct flow *a = one, *b = other;

	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->nat_port != b->nat_port)
		return a->nat_port < b->nat_port ? -1 : 1;
	if (a->far.addr != b->far.addr)
		return a->far.addr < b->far.addr ? -1 : 1;
	return (a->far.port > b->far.port) - (a->far.port < b->far.port);
}

/**
 * flows_sort() - brings flows into their order, each once
 * @flows: the flows
 */
void flows_sort(struct flows *flows)
{
	size_t i, kept = 0;

	if (!flows->count)
		return;
	qsort(flows->list, flows->count, sizeof(*flows->list), compare);
	for (i = 1; i < flows->count; i++)
		if (compare(&flows->list[kept], &flows->list[i]))
			flows->list[++kept] = flows->list[i];
	flows->count = kept + 1;
}

/**
 * flows_find() - looks a flow up
 * @flows: sorted
 * @flow: the one that is looked for
 *
 * Return: the flow, or NULL.
 */
struct flow *flows_find(const struct flows *flows, const struct flow *flow)
{
	if (!flows->count)
		return NULL;
	return bsearch(flow, flows->list, flows->count, sizeof(*flow), compare);
}

/**
 * flows_free() - frees flows
 * @flows: the flows
 */
void flows_free(struct flows *flows)
{
	free(flows->list);
	*flows = (struct flows){ 0 };
}

/* -------- asking -------- */

static void put_address(struct nl_msg *msg, int tuple, int which, uint32_t addr, uint8_t protocol,
			uint16_t port)
{
	struct nlattr *nest = nla_nest_start(msg, tuple), *inner;

	inner = nla_nest_start(msg, CTA_TUPLE_IP);
	nla_put_u32(msg, which, htonl(addr));
	nla_nest_end(msg, inner);
	inner = nla_nest_start(msg, CTA_TUPLE_PROTO);
	nla_put_u8(msg, CTA_PROTO_NUM, protocol);
	nla_put_u16(msg, protocol == IPPROTO_ICMP ? CTA_PROTO_ICMP_ID : CTA_PROTO_DST_PORT,
		    htons(port));
	nla_nest_end(msg, inner);
	nla_nest_end(msg, nest);
}

/* Asks for the entries of one protocol. */
static struct nl_msg *request(const struct flow_query *query, uint8_t protocol)
{
	struct nfgenmsg head = { .nfgen_family = AF_INET, .version = NFNETLINK_V0 };
	struct nl_msg *msg = nlmsg_alloc_simple(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
						NLM_F_DUMP);
	struct nlattr *filter;

	if (!msg)
		return NULL;
	nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO);
	put_address(msg, CTA_TUPLE_ORIG, CTA_IP_V4_SRC, query->internal, protocol, 0);
	put_address(msg, CTA_TUPLE_REPLY, CTA_IP_V4_DST, query->outside.addr, protocol,
		    query->outside.port);
	filter = nla_nest_start(msg, CTA_FILTER);
	nla_put_u32(msg, CTA_FILTER_ORIG_FLAGS, COMPARE_IP_SRC);
	nla_put_u32(msg, CTA_FILTER_REPLY_FLAGS, COMPARE_IP_DST | COMPARE_PROTO_NUM |
		    (protocol == IPPROTO_ICMP ? COMPARE_ICMP_ID : COMPARE_DST_PORT));
	nla_nest_end(msg, filter);
	return msg;
}

/**
 * struct answer - an answer that is being read
 * @flows: what it has told so far
 * @query: what was asked for
 */
struct answer {
	struct flows *flows;
	const struct flow_query *query;
};

static void note_entry(struct nl_msg *msg, void *arg)
{
	struct answer *answer = arg;

	flows_note(answer->flows, answer->query, msg);
}

static int ask(struct netlink *nl, struct answer *answer, struct why *why)
{
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_SCTP };
	const struct flow_query *query = answer->query;
	int err = 0;
	size_t i;

	if (query->by_protocol)
		return netlink_talk(nl, request(query, query->protocol), note_entry, answer,
				    why);
	for (i = 0; !err && i < sizeof(protocols); i++)
		err = netlink_talk(nl, request(query, protocols[i]), note_entry, answer, why);
	return err;
}

/**
 * flows_read() - asks conntrack which flows were seen by a far end
 * @flows: the flows; to be freed in any case
 * @query: which
 * @why: why it cannot say
 *
 * Return: 0 or a negative errno.
 */
int flows_read(struct flows *flows, const struct flow_query *query, struct why *why)
{
	struct answer answer = { .flows = flows, .query = query };
	struct netlink nl;
	int err;

	*flows = (struct flows){ 0 };
	err = netlink_open(&nl, NETLINK_NETFILTER, why);
	if (!err) {
		err = ask(&nl, &answer, why);
		netlink_close(&nl);
	}
	if (err) {
		why_not(why, "conntrack: %s", why->text);
		return err;
	}
	flows_sort(flows);
	return 0;
}
