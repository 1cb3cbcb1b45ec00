// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 routes, over rtnetlink. `ADDR dev DEVICE scope link` in table main is what cube-router adds
 * for its internal address, and for each sandbox: made and deleted with them. The checks ask which
 * way a packet would take.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netlink/route/route.h>
#include <stdlib.h>
#include <string.h>

#include "route.h"

static struct rtnl_route *make_route(uint32_t addr, int index)
{
	uint32_t raw = htonl(addr);
	struct nl_addr *dst = nl_addr_build(AF_INET, &raw, sizeof(raw));
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct rtnl_route *route = rtnl_route_alloc();

	if (!dst || !hop || !route) {
		rtnl_route_nh_free(hop);
		rtnl_route_put(route);
		nl_addr_put(dst);
		return NULL;
	}
	nl_addr_set_prefixlen(dst, 32);
	rtnl_route_set_family(route, AF_INET);
	rtnl_route_set_dst(route, dst);
	rtnl_route_set_table(route, RT_TABLE_MAIN);
	rtnl_route_set_scope(route, RT_SCOPE_LINK);
	rtnl_route_set_protocol(route, RTPROT_BOOT);
	rtnl_route_set_type(route, RTN_UNICAST);
	rtnl_route_nh_set_ifindex(hop, index);
	rtnl_route_add_nexthop(route, hop);
	nl_addr_put(dst);
	return route;
}

/**
 * route_add() - adds a host route to a device
 * @rt: rtnetlink socket
 * @addr: destination, host byte order
 * @index: of the device
 * @why: why not
 *
 * Return: 0, -EEXIST if table main has a route to @addr, this one or another, or another negative
 * errno.
 */
int route_add(struct netlink *rt, uint32_t addr, int index, struct why *why)
{
	struct rtnl_route *route = make_route(addr, index);
	struct nl_msg *msg = NULL;

	if (route)
		rtnl_route_build_add_request(route, NLM_F_CREATE | NLM_F_EXCL, &msg);
	rtnl_route_put(route);
	return netlink_talk(rt, msg, NULL, NULL, why);
}

/**
 * route_del() - deletes a host route to a device
 * @rt: rtnetlink socket
 * @addr: destination, host byte order
 * @index: of the device
 * @why: why not
 *
 * Return: 0, -ESRCH if there is none, or another negative errno.
 */
int route_del(struct netlink *rt, uint32_t addr, int index, struct why *why)
{
	struct rtnl_route *route = make_route(addr, index);
	struct nl_msg *msg = NULL;

	if (route)
		rtnl_route_build_del_request(route, 0, &msg);
	rtnl_route_put(route);
	return netlink_talk(rt, msg, NULL, NULL, why);
}

/* Whether one of several next hops is on a device. */
static bool hops_on(const struct nlattr *attr, int index)
{
	const struct rtnexthop *hop = nla_data(attr);
	int rest = nla_len(attr);

	while (rest >= (int)sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) &&
	       hop->rtnh_len <= rest) {
		if (hop->rtnh_ifindex == index)
			return true;
		rest -= (int)NLMSG_ALIGN(hop->rtnh_len);
		hop = RTNH_NEXT(hop);
	}
	return false;
}

/* What the kernel has made by itself, it will make again. */
static bool is_saved(struct nlmsghdr *hdr, int index)
{
	const struct rtmsg *header = nlmsg_data(hdr);
	struct nlattr *tb[RTA_MAX + 1];

	if (nlmsg_parse(hdr, sizeof(*header), tb, RTA_MAX, NULL) < 0 ||
	    header->rtm_protocol == RTPROT_KERNEL)
		return false;
	return (tb[RTA_OIF] && (int)attr_u32(tb[RTA_OIF]) == index) ||
	       (tb[RTA_MULTIPATH] && hops_on(tb[RTA_MULTIPATH], index));
}

static void save_route(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	size_t len = NLMSG_ALIGN(hdr->nlmsg_len);
	struct routes *routes = arg;

	if (!is_saved(hdr, routes->index))
		return;
	if (routes->len + len > routes->room) {
		routes->room = 2 * (routes->len + len);
		routes->messages = realloc(routes->messages, routes->room);
		if (!routes->messages)
			abort();
	}
	memcpy(routes->messages + routes->len, hdr, hdr->nlmsg_len);
	routes->len += len;
}

/**
 * routes_save() - notes all IPv4 routes by a device, in whatever table, as the kernel tells them
 * @routes: the routes; to be freed in any case
 * @rt: rtnetlink socket
 * @index: of the device
 * @why: why they cannot be known
 *
 * Return: 0 or a negative errno.
 */
int routes_save(struct routes *routes, struct netlink *rt, int index, struct why *why)
{
	*routes = (struct routes){ .index = index };
	return netlink_dump(rt, RTM_GETROUTE, save_route, routes, &routes->len, why);
}

static int restore_route(struct netlink *rt, struct nlmsghdr *saved, struct why *why)
{
	struct nl_msg *msg = nlmsg_convert(saved);
	struct rtmsg *header;
	int err;

	if (msg) {
		header = nlmsg_data(nlmsg_hdr(msg));
		/* The rest is what the kernel tells, and does not want to be told. */
		header->rtm_flags &= RTNH_F_PERVASIVE | RTNH_F_ONLINK;
		nlmsg_hdr(msg)->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
		nlmsg_hdr(msg)->nlmsg_seq = NL_AUTO_SEQ;
		nlmsg_hdr(msg)->nlmsg_pid = NL_AUTO_PORT;
	}
	err = netlink_talk(rt, msg, NULL, NULL, why);
	return err == -EEXIST ? 0 : err;
}

/* The others are put back all the same where one cannot be. */
static bool restore_all(const struct routes *routes, struct netlink *rt, struct why *why)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)routes->messages;
	int rest = (int)routes->len;
	bool done = true;
	struct why told;

	for (; rest > 0; hdr = nlmsg_next(hdr, &rest)) {
		if (!restore_route(rt, hdr, &told))
			continue;
		done = false;
		*why = told;
	}
	return done;
}

/**
 * routes_restore() - puts back those of them that are missing
 * @routes: what routes_save() has noted
 * @rt: rtnetlink socket
 * @why: why one cannot be put back
 *
 * Return: whether all are there.
 */
bool routes_restore(const struct routes *routes, struct netlink *rt, struct why *why)
{
	/* Twice, for a gateway may be reached by another of them. */
	return restore_all(routes, rt, why) || restore_all(routes, rt, why);
}

/**
 * routes_free() - frees what routes_save() has noted
 * @routes: it
 */
void routes_free(struct routes *routes)
{
	free(routes->messages);
	*routes = (struct routes){ 0 };
}

static uint32_t ipv4(struct nl_addr *addr)
{
	return ntohl(*(uint32_t *)nl_addr_get_binary_addr(addr));
}

static void note_answer(struct nl_object *object, void *arg)
{
	struct rtnl_route *route = (struct rtnl_route *)object;
	struct route_answer *answer = arg;
	struct rtnl_nexthop *hop;
	struct nl_addr *gateway;

	answer->type = rtnl_route_get_type(route);
	if (rtnl_route_get_metric(route, RTAX_MTU, &answer->mtu))
		answer->mtu = 0;
	if (!rtnl_route_get_nnexthops(route))
		return;
	hop = rtnl_route_nexthop_n(route, 0);
	answer->out = rtnl_route_nh_get_ifindex(hop);
	gateway = rtnl_route_nh_get_gateway(hop);
	if (gateway && nl_addr_get_family(gateway) == AF_INET)
		answer->gateway = ipv4(gateway);
	answer->foreign_gateway = rtnl_route_nh_get_via(hop) != NULL;
}

static void on_answer(struct nl_msg *msg, void *arg)
{
	nl_msg_parse(msg, note_answer, arg);
}

/* A route by this device, and whether it is the one that answers a question. */
struct match {
	int index;
	bool found;
};

static void note_match(struct nl_object *object, void *arg)
{
	struct rtnl_route *route = (struct rtnl_route *)object;
	struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, 0);
	struct nl_addr *dst = rtnl_route_get_dst(route);
	struct match *match = arg;

	match->found = hop && rtnl_route_nh_get_ifindex(hop) == match->index &&
		       !rtnl_route_nh_get_gateway(hop) && !rtnl_route_nh_get_via(hop) &&
		       dst && nl_addr_get_prefixlen(dst) == 32 &&
		       rtnl_route_get_table(route) == RT_TABLE_MAIN &&
		       rtnl_route_get_scope(route) == RT_SCOPE_LINK &&
		       rtnl_route_get_type(route) == RTN_UNICAST;
}

static void on_match(struct nl_msg *msg, void *arg)
{
	nl_msg_parse(msg, note_match, arg);
}

/**
 * route_taken() - whether the kernel takes a host route to a device, as route_add() makes it
 * @rt: rtnetlink socket
 * @addr: destination, host byte order
 * @index: of the device
 *
 * One question, however many routes there are. An ip rule can lead past a route that is there.
 *
 * Return: whether it does.
 */
bool route_taken(struct netlink *rt, uint32_t addr, int index)
{
	struct rtmsg header = {
		.rtm_family = AF_INET, .rtm_dst_len = 32,
		.rtm_flags = RTM_F_FIB_MATCH | RTM_F_LOOKUP_TABLE,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);
	struct match match = { .index = index };
	struct why why;

	if (msg) {
		nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO);
		nla_put_u32(msg, RTA_DST, htonl(addr));
	}
	return !netlink_talk(rt, msg, on_match, &match, &why) && match.found;
}

/**
 * route_lookup() - asks the kernel where it would send a packet
 * @rt: rtnetlink socket
 * @dst: destination, host byte order
 * @as: what packet
 * @answer: where to
 * @why: why nowhere
 *
 * Return: 0 or a negative errno: what the kernel would have made of the packet.
 */
int route_lookup(struct netlink *rt, uint32_t dst, const struct route_as *as,
		 struct route_answer *answer, struct why *why)
{
	struct rtmsg header = {
		.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_src_len = as->src ? 32 : 0,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);

	*answer = (struct route_answer){ 0 };
	if (msg) {
		nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO);
		nla_put_u32(msg, RTA_DST, htonl(dst));
		if (as->src)
			nla_put_u32(msg, RTA_SRC, htonl(as->src));
		if (as->in)
			nla_put_u32(msg, RTA_IIF, (uint32_t)as->in);
		if (as->mark)
			nla_put_u32(msg, RTA_MARK, as->mark);
		if (as->out)
			nla_put_u32(msg, RTA_OIF, (uint32_t)as->out);
	}
	return netlink_talk(rt, msg, on_answer, answer, why);
}
