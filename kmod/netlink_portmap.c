// SPDX-License-Identifier: GPL-2.0
/*
 * Mapped ports as requests and messages. Who changes one holds RTNL; messages are filled under it
 * or under RCU. Called by generic netlink, and by netlink_event.c for the message.
 */
#include <linux/rtnetlink.h>
#include <net/sock.h>

#include "netlink_ops.h"
#include "portmap.h"

const struct nla_policy cr_nl_portmap_policy[CUBE_ROUTER_A_PORTMAP_MAX + 1] = {
	[CUBE_ROUTER_A_PORTMAP_PROTO] = { .type = NLA_U8 },
	[CUBE_ROUTER_A_PORTMAP_HOST_PORT] = { .type = NLA_U16 },
	[CUBE_ROUTER_A_PORTMAP_PORT] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[CUBE_ROUTER_A_PORTMAP_GUEST_PORT] = { .type = NLA_U16 },
};

/**
 * cr_nl_fill_portmap() - fills a message with a mapped port
 * @skb: the message
 * @portmap: a &struct cr_portmap, under RTNL or RCU
 *
 * Return: 0, -EMSGSIZE, or -ENODEV if the sandbox's port is gone.
 */
int cr_nl_fill_portmap(struct sk_buff *skb, const void *portmap)
{
	const struct cr_portmap *map = portmap;
	const struct net_device *port = rcu_dereference_rtnl(map->sbx->port);

	if (!port)
		return -ENODEV;
	if (nla_put_u8(skb, CUBE_ROUTER_A_PORTMAP_PROTO, map->proto) ||
	    nla_put_be16(skb, CUBE_ROUTER_A_PORTMAP_HOST_PORT, map->host_port) ||
	    nla_put_string(skb, CUBE_ROUTER_A_PORTMAP_PORT, port->name) ||
	    nla_put_be16(skb, CUBE_ROUTER_A_PORTMAP_GUEST_PORT, map->guest_port))
		return -EMSGSIZE;
	return 0;
}

/* Protocol and port by which a mapping is known. */
static int read_mapped(struct genl_info *info, u8 *proto, __be16 *host_port)
{
	const struct nlattr *proto_attr = info->attrs[CUBE_ROUTER_A_PORTMAP_PROTO];
	const struct nlattr *port_attr = info->attrs[CUBE_ROUTER_A_PORTMAP_HOST_PORT];

	if (!proto_attr || !port_attr) {
		NL_SET_ERR_MSG(info->extack, "no protocol or port is named");
		return -EINVAL;
	}
	*proto = nla_get_u8(proto_attr);
	*host_port = nla_get_be16(port_attr);
	if (*proto != IPPROTO_TCP && *proto != IPPROTO_UDP)
		return cr_nl_refuse(info, CUBE_ROUTER_A_PORTMAP_PROTO, -EINVAL,
				    "ports of TCP and UDP can be mapped, no others");
	return 0;
}

static int new_portmap(struct genl_info *info)
{
	const struct nlattr *name = info->attrs[CUBE_ROUTER_A_PORTMAP_PORT];
	const struct nlattr *guest_port = info->attrs[CUBE_ROUTER_A_PORTMAP_GUEST_PORT];
	struct cr_net *crn = cr_net(genl_info_net(info));
	struct cr_sandbox *sbx;
	__be16 host_port;
	u8 proto;
	int err;

	err = read_mapped(info, &proto, &host_port);
	if (err)
		return err;
	if (!name || !guest_port) {
		NL_SET_ERR_MSG(info->extack, "no sandbox or port of it is named");
		return -EINVAL;
	}
	if (!nla_get_be16(guest_port))
		return cr_nl_refuse(info, CUBE_ROUTER_A_PORTMAP_GUEST_PORT, -EINVAL,
				    "port 0 is none");
	if (ntohs(host_port) < crn->uplink.map_low || ntohs(host_port) > crn->uplink.map_high)
		return cr_nl_refuse(info, CUBE_ROUTER_A_PORTMAP_HOST_PORT, -ERANGE,
				    "port is outside the range of mapped ports");
	sbx = cr_nl_sandbox_by_name(info, name);
	if (IS_ERR(sbx))
		return PTR_ERR(sbx);
	err = cr_portmap_new(sbx, proto, host_port, nla_get_be16(guest_port));
	if (err == -EEXIST)
		return cr_nl_refuse(info, CUBE_ROUTER_A_PORTMAP_HOST_PORT, err,
				    "port is mapped already");
	return err;
}

static int del_portmap(struct genl_info *info)
{
	__be16 host_port;
	u8 proto;
	int err;

	err = read_mapped(info, &proto, &host_port);
	if (err)
		return err;
	err = cr_portmap_del(cr_net(genl_info_net(info)), proto, host_port);
	if (err)
		return cr_nl_refuse(info, CUBE_ROUTER_A_PORTMAP_HOST_PORT, err,
				    "port is not mapped");
	return 0;
}

/* cr_nl_portmap_new() - the operation PORTMAP_NEW */
int cr_nl_portmap_new(struct sk_buff *request, struct genl_info *info)
{
	return cr_nl_with_rtnl(info, new_portmap);
}

/* cr_nl_portmap_del() - the operation PORTMAP_DEL */
int cr_nl_portmap_del(struct sk_buff *request, struct genl_info *info)
{
	return cr_nl_with_rtnl(info, del_portmap);
}

/* cr_nl_portmap_dump() - the operation PORTMAP_GET */
int cr_nl_portmap_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return cr_nl_dump_all(skb, cb, CUBE_ROUTER_CMD_PORTMAP_GET, cr_nl_fill_portmap,
			      &cr_net(sock_net(skb->sk))->portmaps);
}
