// SPDX-License-Identifier: GPL-2.0
/*
 * Network devices and their IPv4 addresses, over rtnetlink. Called by the steps of `enable`, and
 * by whoever has to know a device.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/ipgre.h>
#include <netlink/route/link/ipip.h>
#include <netlink/route/link/sit.h>
#include <netlink/route/link/vxlan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "link.h"

/* One end of a VXLAN, by the getter of that end; 0 if it is not set, or of IPv6. */
static uint32_t vxlan_end(struct rtnl_link *link,
			  int (*get)(struct rtnl_link *link, struct nl_addr **addr))
{
	struct nl_addr *addr = NULL;
	uint32_t raw = 0;

	if (get(link, &addr) || !addr)
		return 0;
	if (nl_addr_get_family(addr) == AF_INET)
		memcpy(&raw, nl_addr_get_binary_addr(addr), sizeof(raw));
	nl_addr_put(addr);
	return ntohl(raw);
}

/* The ends of a tunnel over IPv4, and how its packets are routed. */
static void note_tunnel(struct rtnl_link *link, struct link_info *info)
{
	uint32_t under = 0;

	if (rtnl_link_is_ipgre(link) || rtnl_link_is_ipgretap(link)) {
		info->remote = ntohl(rtnl_link_ipgre_get_remote(link));
		info->local = ntohl(rtnl_link_ipgre_get_local(link));
		under = rtnl_link_ipgre_get_link(link);
		rtnl_link_ipgre_get_fwmark(link, &info->mark);
	} else if (rtnl_link_is_ipip(link)) {
		info->remote = ntohl(rtnl_link_ipip_get_remote(link));
		info->local = ntohl(rtnl_link_ipip_get_local(link));
		under = rtnl_link_ipip_get_link(link);
		rtnl_link_ipip_get_fwmark(link, &info->mark);
	} else if (rtnl_link_is_sit(link)) {
		info->remote = ntohl(rtnl_link_sit_get_remote(link));
		info->local = ntohl(rtnl_link_sit_get_local(link));
		under = rtnl_link_sit_get_link(link);
		rtnl_link_sit_get_fwmark(link, &info->mark);
	} else if (rtnl_link_is_vxlan(link)) {
		info->remote = vxlan_end(link, rtnl_link_vxlan_get_group);
		info->local = vxlan_end(link, rtnl_link_vxlan_get_local);
		rtnl_link_vxlan_get_link(link, &under);
	}
	info->under = (int)under;
}

static void note_link(struct nl_object *object, void *arg)
{
	struct rtnl_link *link = (struct rtnl_link *)object;
	const char *name = rtnl_link_get_name(link);
	const char *kind = rtnl_link_get_type(link);
	struct link_info *info = arg;

	info->index = rtnl_link_get_ifindex(link);
	info->up = rtnl_link_get_flags(link) & IFF_UP;
	info->mtu = rtnl_link_get_mtu(link);
	info->queue = rtnl_link_get_txqlen(link);
	note_tunnel(link, info);
	snprintf(info->name, sizeof(info->name), "%s", name ? name : "");
	snprintf(info->kind, sizeof(info->kind), "%s", kind ? kind : "");
}

static void on_link(struct nl_msg *msg, void *arg)
{
	nl_msg_parse(msg, note_link, arg);
}

/**
 * link_get() - looks a device up
 * @rt: rtnetlink socket
 * @name: its name
 * @info: the device; its index is 0 if there is none of that name
 * @why: why it cannot be known
 *
 * Return: 0, if there is none too, or a negative errno.
 */
int link_get(struct netlink *rt, const char *name, struct link_info *info, struct why *why)
{
	struct nl_msg *msg = NULL;
	int err;

	*info = (struct link_info){ 0 };
	rtnl_link_build_get_request(0, name, &msg);
	err = netlink_talk(rt, msg, on_link, info, why);
	return err == -ENODEV ? 0 : err;
}

static void on_listed(struct nl_msg *msg, void *arg)
{
	struct link_info info = { 0 };
	struct links *links = arg;

	on_link(msg, &info);
	if (!info.index)
		return;
	links->list = array_grow(links->list, links->count, sizeof(info));
	links->list[links->count++] = info;
}

static int by_index(const void *a, const void *b)
{
	return ((const struct link_info *)a)->index - ((const struct link_info *)b)->index;
}

/**
 * links_read() - lists all devices
 * @links: the list; to be freed in any case
 * @rt: rtnetlink socket
 * @why: why there is none
 *
 * Return: 0 or a negative errno.
 */
int links_read(struct links *links, struct netlink *rt, struct why *why)
{
	int err;

	*links = (struct links){ 0 };
	err = netlink_dump(rt, RTM_GETLINK, on_listed, links, &links->count, why);
	if (!err && links->count)
		qsort(links->list, links->count, sizeof(*links->list), by_index);
	return err;
}

/**
 * links_find() - looks a device up in a list by its index
 * @links: the list
 * @index: of the device
 *
 * Return: the device, or NULL.
 */
const struct link_info *links_find(const struct links *links, int index)
{
	const struct link_info key = { .index = index };

	if (!links->count)
		return NULL;
	return bsearch(&key, links->list, links->count, sizeof(key), by_index);
}

/**
 * links_named() - looks a device up in a list by its name
 * @links: the list
 * @name: of the device
 *
 * Return: the device, or NULL.
 */
const struct link_info *links_named(const struct links *links, const char *name)
{
	size_t i;

	for (i = 0; i < links->count; i++)
		if (!strcmp(links->list[i].name, name))
			return &links->list[i];
	return NULL;
}

/**
 * link_is_tunnel() - whether what leaves by a device leaves the host inside other packets
 * @info: the device
 *
 * Return: whether its kind is one of those.
 */
bool link_is_tunnel(const struct link_info *info)
{
	static const char *const kinds[] = {
		"amt", "bareudp", "erspan", "geneve", "gre", "gretap", "gtp", "ip6erspan", "ip6gre",
		"ip6gretap", "ip6tnl", "ipip", "ovpn", "ovpn-dco", "ovpn-dco-v2", "pfcp", "ppp",
		"sit", "tun", "vti", "vti6", "vxlan", "wireguard", "xfrm",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(info->kind, kinds[i]))
			return true;
	return false;
}

/**
 * links_free() - frees a list
 * @links: what links_read() has filled
 */
void links_free(struct links *links)
{
	free(links->list);
	*links = (struct links){ 0 };
}

static int change(struct netlink *rt, int index, struct rtnl_link *to, struct why *why)
{
	struct rtnl_link *which = rtnl_link_alloc();
	struct nl_msg *msg = NULL;

	if (which && to) {
		rtnl_link_set_ifindex(which, index);
		rtnl_link_build_change_request(which, to, 0, &msg);
	}
	rtnl_link_put(which);
	rtnl_link_put(to);
	return netlink_talk(rt, msg, NULL, NULL, why);
}

/**
 * link_shape() - gives a device its MTU, queue length and state
 * @rt: rtnetlink socket
 * @to: the device, with the values that it shall have
 * @why: why not
 *
 * Return: 0 or a negative errno.
 */
int link_shape(struct netlink *rt, const struct link_info *to, struct why *why)
{
	struct rtnl_link *link = rtnl_link_alloc();

	if (link) {
		rtnl_link_set_mtu(link, to->mtu);
		rtnl_link_set_txqlen(link, to->queue);
		if (to->up)
			rtnl_link_set_flags(link, IFF_UP);
		else
			rtnl_link_unset_flags(link, IFF_UP);
	}
	return change(rt, to->index, link, why);
}

/**
 * link_rename() - renames a device, which is taken down
 * @rt: rtnetlink socket
 * @index: of the device
 * @name: its new name
 * @why: why not
 *
 * Return: 0 or a negative errno.
 */
int link_rename(struct netlink *rt, int index, const char *name, struct why *why)
{
	struct rtnl_link *link = rtnl_link_alloc();
	int err;

	if (link)
		rtnl_link_unset_flags(link, IFF_UP);
	err = change(rt, index, link, why);
	if (err)
		return err;
	link = rtnl_link_alloc();
	if (link)
		rtnl_link_set_name(link, name);
	return change(rt, index, link, why);
}

/**
 * link_delete() - deletes a device
 * @rt: rtnetlink socket
 * @index: of the device
 * @why: why not
 *
 * Return: 0 or a negative errno.
 */
int link_delete(struct netlink *rt, int index, struct why *why)
{
	struct rtnl_link *link = rtnl_link_alloc();
	struct nl_msg *msg = NULL;

	if (link) {
		rtnl_link_set_ifindex(link, index);
		rtnl_link_build_delete_request(link, &msg);
	}
	rtnl_link_put(link);
	return netlink_talk(rt, msg, NULL, NULL, why);
}

static struct rtnl_addr *make_address(int index, struct cidr address)
{
	uint32_t raw = htonl(address.addr);
	struct nl_addr *local = nl_addr_build(AF_INET, &raw, sizeof(raw));
	struct rtnl_addr *addr = rtnl_addr_alloc();

	if (local && addr) {
		nl_addr_set_prefixlen(local, address.prefix);
		rtnl_addr_set_ifindex(addr, index);
		rtnl_addr_set_local(addr, local);
	}
	nl_addr_put(local);
	return addr;
}

/**
 * link_add_address() - gives a device an address
 * @rt: rtnetlink socket
 * @index: of the device
 * @address: address with its prefix
 * @why: why not
 *
 * Return: 0 or a negative errno.
 */
int link_add_address(struct netlink *rt, int index, struct cidr address, struct why *why)
{
	struct rtnl_addr *addr = make_address(index, address);
	struct nl_msg *msg = NULL;

	if (addr)
		rtnl_addr_build_add_request(addr, NLM_F_CREATE | NLM_F_EXCL, &msg);
	rtnl_addr_put(addr);
	return netlink_talk(rt, msg, NULL, NULL, why);
}

/**
 * link_del_address() - takes an address from a device
 * @rt: rtnetlink socket
 * @index: of the device
 * @address: address with its prefix
 * @why: why not
 *
 * Return: 0 or a negative errno.
 */
int link_del_address(struct netlink *rt, int index, struct cidr address, struct why *why)
{
	struct rtnl_addr *addr = make_address(index, address);
	struct nl_msg *msg = NULL;

	if (addr)
		rtnl_addr_build_delete_request(addr, 0, &msg);
	rtnl_addr_put(addr);
	return netlink_talk(rt, msg, NULL, NULL, why);
}
