// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration as requests and messages: what can be set, what is refused and why, and what a
 * change asks for beyond being written down. All of it under RTNL. Called by generic netlink, and
 * by netlink_event.c for the message.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <net/route.h>

#include "compat.h"
#include "conntrack.h"
#include "device.h"
#include "event.h"
#include "netlink_ops.h"
#include "direct.h"
#include "uplink.h"

#define IDLE_MAX	864000	/* ten days: what cr_now() can measure with some left */

static struct netlink_range_validation idle_range = { .min = 1, .max = IDLE_MAX };
static struct netlink_range_validation port_low_range = { .min = 1024, .max = 65000 };
static struct netlink_range_validation map_range = { .min = 1024, .max = 65535 };

#define IDLE_POLICY	NLA_POLICY_FULL_RANGE(NLA_U32, &idle_range)

const struct nla_policy cr_nl_config_policy[CUBE_ROUTER_A_CONFIG_MAX + 1] = {
	[CUBE_ROUTER_A_CONFIG_MODE] = NLA_POLICY_MAX(NLA_U8, CUBE_ROUTER_MODE_MAX),
	[CUBE_ROUTER_A_CONFIG_FORCE] = { .type = NLA_FLAG },
	[CUBE_ROUTER_A_CONFIG_DEVICE] = NLA_POLICY_MAX(NLA_U8, 1),
	[CUBE_ROUTER_A_CONFIG_SNAT_ADDR] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_SANDBOX_NET] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX] = NLA_POLICY_RANGE(NLA_U8, 8, 30),
	[CUBE_ROUTER_A_CONFIG_PORTS] = { .type = NLA_NUL_STRING, .len = CR_PATTERN_LEN - 1 },
	[CUBE_ROUTER_A_CONFIG_LATERAL] = NLA_POLICY_MAX(NLA_U8, 1),
	[CUBE_ROUTER_A_CONFIG_PORT_LOW] = NLA_POLICY_FULL_RANGE(NLA_U16, &port_low_range),
	[CUBE_ROUTER_A_CONFIG_MAX_SESSIONS] = NLA_POLICY_MIN(NLA_U32, 1),
	[CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS] = NLA_POLICY_MIN(NLA_U32, 1),
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_SYN] = IDLE_POLICY,
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_ESTABLISHED] = IDLE_POLICY,
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_CLOSING] = IDLE_POLICY,
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_RESET] = IDLE_POLICY,
	[CUBE_ROUTER_A_CONFIG_IDLE_UDP_UNREPLIED] = IDLE_POLICY,
	[CUBE_ROUTER_A_CONFIG_IDLE_UDP_REPLIED] = IDLE_POLICY,
	[CUBE_ROUTER_A_CONFIG_IDLE_ICMP] = IDLE_POLICY,
	[CUBE_ROUTER_A_CONFIG_IDLE_OTHER] = IDLE_POLICY,
	[CUBE_ROUTER_A_CONFIG_UPLINK] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_PORTMAP_LOW] = NLA_POLICY_FULL_RANGE(NLA_U16, &map_range),
	[CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH] = NLA_POLICY_FULL_RANGE(NLA_U16, &map_range),
	[CUBE_ROUTER_A_CONFIG_BYPASS_MARK] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_BYPASS_MASK] = { .type = NLA_U32 },
};

/* The idle times have as many attributes as there are states, in the same order. */
#define FIRST_IDLE	CUBE_ROUTER_A_CONFIG_IDLE_TCP_SYN
#define IDLES		(CUBE_ROUTER_SESSION_MAX + 1)

/* cr_nl_fill_config() - fills a message with the configuration; under RTNL */
int cr_nl_fill_config(struct sk_buff *skb, const struct cr_net *crn)
{
	const struct cr_limits *limits = &crn->table.limits;
	const struct cr_uplink *up = &crn->uplink;
	int i;

	if (nla_put_string(skb, CUBE_ROUTER_A_CONFIG_VERSION, CR_VERSION) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_CONFIG_MODE, crn->mode) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_HELD, crn->held & ~CR_HELD_OFF) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_CONFIG_DEVICE, !!rcu_access_pointer(crn->device)) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_CONFIG_SNAT_ADDR, crn->snat_addr) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_CONFIG_SANDBOX_NET, crn->sandbox_net) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX,
		       inet_mask_len(crn->sandbox_mask)) ||
	    nla_put_string(skb, CUBE_ROUTER_A_CONFIG_PORTS, crn->pattern) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_CONFIG_LATERAL, crn->lateral) ||
	    nla_put_u16(skb, CUBE_ROUTER_A_CONFIG_PORT_LOW, limits->port_low) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_MAX_SESSIONS, limits->max) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_MAX_SESSIONS_NOW, cr_table_max(&crn->table)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS, limits->max_owner) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS_NOW,
			cr_table_max_owner(&crn->table)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_CONNTRACK_MAX, READ_ONCE(nf_conntrack_max)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_SESSIONS, atomic_read(&crn->table.count)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_SANDBOXES, crn->port_count) ||
	    nla_put_string(skb, CUBE_ROUTER_A_CONFIG_UPLINK, up->name) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY, up->gateway) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_CONFIG_UPLINK_ADDR, up->addr) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_UPLINK_PORTS, 65536 - cr_direct_port_low(crn)) ||
	    nla_put_u16(skb, CUBE_ROUTER_A_CONFIG_PORTMAP_LOW, up->map_low) ||
	    nla_put_u16(skb, CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH, up->map_high) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_BYPASS_MARK,
			cr_mark_bits(crn->bypass)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_BYPASS_MASK,
			cr_mark_mask(crn->bypass)))
		return -EMSGSIZE;
	for (i = 0; i < IDLES; i++)
		if (nla_put_u32(skb, FIRST_IDLE + i, limits->idle[i]))
			return -EMSGSIZE;
	return 0;
}

/* cr_nl_config_get() - the operation CONFIG_GET */
int cr_nl_config_get(struct sk_buff *request, struct genl_info *info)
{
	struct cr_message m;
	int err;

	err = cr_nl_begin_answer(&m, info, GENLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	rtnl_lock();
	err = cr_nl_fill_config(m.skb, cr_net(genl_info_net(info)));
	rtnl_unlock();
	return cr_nl_answer(info, &m, err);
}

/**
 * struct settings - that part of the configuration which CONFIG_SET replaces as one
 * @snat_addr: as the rest, see &struct cr_net
 * @sandbox_net: ...
 * @sandbox_mask: ...
 * @lateral: ...
 * @bypass: ...
 * @pattern: ...
 * @limits: ...
 * @gateway: as the rest, see &struct cr_uplink
 * @map_low: ...
 * @map_high: ...
 * @uplink: its name
 */
struct settings {
	__be32 snat_addr;
	__be32 sandbox_net;
	__be32 sandbox_mask;
	bool lateral;
	u64 bypass;
	char pattern[CR_PATTERN_LEN];
	struct cr_limits limits;
	__be32 gateway;
	u16 map_low;
	u16 map_high;
	char uplink[IFNAMSIZ];
};

static void get_settings(struct settings *to, const struct cr_net *crn)
{
	to->snat_addr = crn->snat_addr;
	to->sandbox_net = crn->sandbox_net;
	to->sandbox_mask = crn->sandbox_mask;
	to->lateral = crn->lateral;
	to->bypass = crn->bypass;
	to->limits = crn->table.limits;
	memcpy(to->pattern, crn->pattern, sizeof(to->pattern));
	to->gateway = crn->uplink.gateway;
	to->map_low = crn->uplink.map_low;
	to->map_high = crn->uplink.map_high;
	memcpy(to->uplink, crn->uplink.name, sizeof(to->uplink));
}

static void put_settings(struct cr_net *crn, const struct settings *from)
{
	int i;

	WRITE_ONCE(crn->snat_addr, from->snat_addr);
	WRITE_ONCE(crn->sandbox_net, from->sandbox_net);
	WRITE_ONCE(crn->sandbox_mask, from->sandbox_mask);
	WRITE_ONCE(crn->lateral, from->lateral);
	WRITE_ONCE(crn->bypass, from->bypass);
	memcpy(crn->pattern, from->pattern, sizeof(crn->pattern));
	WRITE_ONCE(crn->uplink.gateway, from->gateway);
	crn->uplink.map_low = from->map_low;
	WRITE_ONCE(crn->uplink.map_high, from->map_high);
	memcpy(crn->uplink.name, from->uplink, sizeof(crn->uplink.name));
	WRITE_ONCE(crn->table.limits.max, from->limits.max);
	WRITE_ONCE(crn->table.limits.max_owner, from->limits.max_owner);
	WRITE_ONCE(crn->table.limits.port_low, from->limits.port_low);
	for (i = 0; i < IDLES; i++)
		WRITE_ONCE(crn->table.limits.idle[i], from->limits.idle[i]);
}

static void read_u16(u16 *to, struct nlattr **attrs, int attr)
{
	if (attrs[attr])
		*to = nla_get_u16(attrs[attr]);
}

static void read_addr(__be32 *to, struct nlattr **attrs, int attr)
{
	if (attrs[attr])
		*to = nla_get_in_addr(attrs[attr]);
}

/* What is behind the end of the name is 0, so that two that are the same are so byte by byte. */
static void read_name(char *to, size_t size, struct nlattr **attrs, int attr)
{
	if (attrs[attr])
		strscpy_pad(to, nla_data(attrs[attr]), size);
}

static void read_settings(struct settings *s, struct nlattr **attrs)
{
	int i;

	read_addr(&s->snat_addr, attrs, CUBE_ROUTER_A_CONFIG_SNAT_ADDR);
	read_addr(&s->sandbox_net, attrs, CUBE_ROUTER_A_CONFIG_SANDBOX_NET);
	read_addr(&s->gateway, attrs, CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY);
	if (attrs[CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX])
		s->sandbox_mask =
			inet_make_mask(nla_get_u8(attrs[CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX]));
	if (attrs[CUBE_ROUTER_A_CONFIG_LATERAL])
		s->lateral = nla_get_u8(attrs[CUBE_ROUTER_A_CONFIG_LATERAL]);
	read_name(s->pattern, sizeof(s->pattern), attrs, CUBE_ROUTER_A_CONFIG_PORTS);
	read_name(s->uplink, sizeof(s->uplink), attrs, CUBE_ROUTER_A_CONFIG_UPLINK);
	read_u16(&s->limits.port_low, attrs, CUBE_ROUTER_A_CONFIG_PORT_LOW);
	read_u16(&s->map_low, attrs, CUBE_ROUTER_A_CONFIG_PORTMAP_LOW);
	read_u16(&s->map_high, attrs, CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH);
	cr_nl_read_u32(&s->limits.max, attrs, CUBE_ROUTER_A_CONFIG_MAX_SESSIONS);
	cr_nl_read_u32(&s->limits.max_owner, attrs, CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS);
	for (i = 0; i < IDLES; i++)
		cr_nl_read_u32(&s->limits.idle[i], attrs, FIRST_IDLE + i);
}

static int check_pair(struct genl_info *info, int one, int other, const char *why)
{
	if (!info->attrs[one] == !info->attrs[other])
		return 0;
	return cr_nl_refuse(info, info->attrs[one] ? one : other, -EINVAL, why);
}

static int check_bypass(struct genl_info *info, struct cr_net *crn, const struct settings *s)
{
	struct cr_sandbox *sbx;
	unsigned long index;

	if (!info->attrs[CUBE_ROUTER_A_CONFIG_BYPASS_MARK])
		return 0;
	if (s->bypass && !cr_mark_bits(s->bypass))
		return cr_nl_refuse(info, CUBE_ROUTER_A_CONFIG_BYPASS_MARK, -EINVAL,
				    "this is the mark of all that nobody has marked");
	xa_for_each(&crn->ports, index, sbx)
		if (cr_marks_meet(s->bypass, sbx->mark))
			return cr_nl_refuse(info, CUBE_ROUTER_A_CONFIG_BYPASS_MARK, -EINVAL,
					    "a sandbox has a mark that could be taken for the bypass mark");
	return 0;
}

static int check_snat(struct genl_info *info, struct cr_net *crn, __be32 addr)
{
	const int attr = CUBE_ROUTER_A_CONFIG_SNAT_ADDR;

	if (!info->attrs[attr])
		return 0;
	if (!cr_is_unicast(addr))
		return cr_nl_refuse(info, attr, -EINVAL,
				    "internal address is not a unicast address");
	if (inet_addr_type(crn->net, addr) == RTN_LOCAL)
		return cr_nl_refuse(info, attr, -EADDRINUSE, "internal address is the host's own");
	/* The one before it is cube-router's own. */
	if (cr_sandbox_uses(crn, addr) || cr_sandbox_uses(crn, htonl(ntohl(addr) - 1)))
		return cr_nl_refuse(info, attr, -EADDRINUSE,
				    "internal address, or the one before it, is a sandbox's");
	return 0;
}

static int check_sandbox_cidr(struct genl_info *info, struct cr_net *crn, __be32 net, __be32 mask)
{
	const int attr = CUBE_ROUTER_A_CONFIG_SANDBOX_NET;
	struct cr_sandbox *sbx;
	unsigned long index;
	int err;

	err = check_pair(info, attr, CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX,
			 "network and prefix length of the sandbox CIDR go together");
	if (err)
		return err;
	if (net & ~mask)
		return cr_nl_refuse(info, attr, -EINVAL, "sandbox CIDR is not aligned");
	xa_for_each(&crn->ports, index, sbx) {
		if ((sbx->ip & mask) != net)
			return cr_nl_refuse(info, attr, -EBUSY,
					    "a registered port's address is outside this sandbox CIDR");
		if (sbx->ip == net || sbx->ip == (net | ~mask))
			return cr_nl_refuse(info, attr, -EBUSY,
					    "a registered port has this CIDR's network or broadcast address");
	}
	return 0;
}

static int check_uplink(struct genl_info *info, struct cr_net *crn, const struct settings *s)
{
	const struct nlattr *given = info->attrs[CUBE_ROUTER_A_CONFIG_MODE];
	const u8 mode = given ? nla_get_u8(given) : crn->mode;

	if (info->attrs[CUBE_ROUTER_A_CONFIG_UPLINK] &&
	    (!strcmp(s->uplink, CUBE_ROUTER_DEVICE) || !strcmp(s->uplink, "lo")))
		return cr_nl_refuse(info, CUBE_ROUTER_A_CONFIG_UPLINK, -EINVAL,
				    "this device leads nowhere and cannot be the uplink");
	/* While the mode is direct, the uplink cannot be taken away. */
	if (!*s->uplink && crn->mode == CUBE_ROUTER_MODE_DIRECT && mode == crn->mode)
		return cr_nl_refuse(info, CUBE_ROUTER_A_CONFIG_UPLINK, -EBUSY,
				    "mode direct needs an uplink");
	if (s->gateway && !cr_is_unicast(s->gateway))
		return cr_nl_refuse(info, CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY, -EINVAL,
				    "gateway is not a unicast address");
	return 0;
}

static int check_map_range(struct genl_info *info, struct cr_net *crn, const struct settings *s)
{
	const int attr = CUBE_ROUTER_A_CONFIG_PORTMAP_LOW;
	const struct cr_portmap *map;
	unsigned long key;
	int err;

	err = check_pair(info, attr, CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH,
			 "both ends of the range of mapped ports go together");
	if (err)
		return err;
	if (s->map_low > s->map_high)
		return cr_nl_refuse(info, attr, -EINVAL,
				    "range of mapped ports ends before it begins");
	xa_for_each(&crn->portmaps, key, map)
		if (ntohs(map->host_port) < s->map_low || ntohs(map->host_port) > s->map_high)
			return cr_nl_refuse(info, attr, -EBUSY,
					    "a mapped port lies outside this range");
	return 0;
}

/* What can be known to fail does so before anything is changed. */
static int check_mode(struct genl_info *info, struct cr_net *crn, const struct settings *s)
{
	const struct nlattr *device = info->attrs[CUBE_ROUTER_A_CONFIG_DEVICE];
	const struct nlattr *mode = info->attrs[CUBE_ROUTER_A_CONFIG_MODE];
	const struct nlattr *force = info->attrs[CUBE_ROUTER_A_CONFIG_FORCE];
	int err;

	if (force && (!mode || nla_get_u8(mode) != CUBE_ROUTER_MODE_OFF))
		return cr_nl_refuse(info, CUBE_ROUTER_A_CONFIG_FORCE, -EINVAL,
				    "force goes with mode off only");
	if (device && nla_get_u8(device) && cr_device_name_taken(crn))
		return cr_nl_refuse(info, CUBE_ROUTER_A_CONFIG_DEVICE, -EEXIST,
				    "another device is named cube-router");
	if (!mode)
		return 0;
	err = cr_net_check_mode(nla_get_u8(mode), force ? 0 : crn->port_count, s->snat_addr,
				s->uplink, info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, mode);
	return err;
}

static int check_settings(struct genl_info *info, struct cr_net *crn, const struct settings *s)
{
	int err;

	err = check_snat(info, crn, s->snat_addr);
	if (err)
		return err;
	err = check_uplink(info, crn, s);
	if (err)
		return err;
	err = check_map_range(info, crn, s);
	if (err)
		return err;
	err = check_bypass(info, crn, s);
	if (err)
		return err;
	err = check_sandbox_cidr(info, crn, s->sandbox_net, s->sandbox_mask);
	if (err)
		return err;
	return check_mode(info, crn, s);
}

static int set_uplink(struct genl_info *info, struct cr_net *crn)
{
	int err;

	if (!info->attrs[CUBE_ROUTER_A_CONFIG_UPLINK])
		return 0;
	err = cr_uplink_settle(crn, NULL);
	if (err)
		return cr_nl_refuse(info, CUBE_ROUTER_A_CONFIG_UPLINK, err,
				    "the uplink cannot be hooked");
	cr_net_update_held(crn);
	return 0;
}

/* The device before the mode on the way in, the mode before the device on the way out. */
static int set_device_and_mode(struct genl_info *info, struct cr_net *crn)
{
	const struct nlattr *device = info->attrs[CUBE_ROUTER_A_CONFIG_DEVICE];
	const struct nlattr *mode = info->attrs[CUBE_ROUTER_A_CONFIG_MODE];
	const bool had_device = rcu_access_pointer(crn->device);
	int err = 0;

	if (device && nla_get_u8(device)) {
		err = cr_device_new(crn, info->extack);
		if (err) {
			NL_SET_BAD_ATTR(info->extack, device);
			return err;
		}
	}
	/* It goes with mode off only, and entering that cannot fail. */
	if (info->attrs[CUBE_ROUTER_A_CONFIG_FORCE])
		cr_sandbox_del_all(crn);
	if (mode) {
		err = cr_net_set_mode(crn, nla_get_u8(mode), info->extack);
		if (err) {
			NL_SET_BAD_ATTR(info->extack, mode);
			if (!had_device)
				cr_device_del(crn);
			return err;
		}
	}
	if (device && !nla_get_u8(device))
		cr_device_del(crn);
	return 0;
}

static bool by_internal_address(const struct cr_session *s, const void *address)
{
	return !(READ_ONCE(s->flags) & CR_SESSION_DIRECT) &&
	       s->nat_addr == *(const __be32 *)address;
}

static bool between_sandboxes(const struct cr_session *s, const void *arg)
{
	/* Its addresses the host may have of the same network. */
	return !(READ_ONCE(s->flags) & CR_SESSION_LOCAL) &&
	       cr_in_sandbox_cidr(arg, s->tuple.daddr);
}

/* What the new settings ask for beyond being written down. */
static void follow_settings(struct cr_net *crn, const struct settings *old)
{
	struct net_device *dev;

	if (crn->snat_addr != old->snat_addr)
		cr_table_flush_settled(&crn->table, by_internal_address, &old->snat_addr);
	if (!crn->lateral && (old->lateral || crn->sandbox_net != old->sandbox_net ||
			      crn->sandbox_mask != old->sandbox_mask)) {
		cr_table_flush_settled(&crn->table, between_sandboxes, crn);
		cr_conntrack_part(crn);
	}
	cr_timeouts_update(&crn->timeouts, &crn->table.limits);
	if (*crn->pattern && strcmp(crn->pattern, old->pattern))
		for_each_netdev(crn->net, dev)
			cr_sandbox_match(crn, dev);
}

static int set_config(struct genl_info *info)
{
	struct cr_net *crn = cr_net(genl_info_net(info));
	struct settings old, new;
	int err;

	get_settings(&old, crn);
	new = old;
	read_settings(&new, info->attrs);
	err = cr_nl_read_mark(info, CUBE_ROUTER_A_CONFIG_BYPASS_MARK,
			      CUBE_ROUTER_A_CONFIG_BYPASS_MASK, &new.bypass);
	if (err)
		return err;
	err = check_settings(info, crn, &new);
	if (err)
		return err;
	put_settings(crn, &new);
	err = set_uplink(info, crn) ?: set_device_and_mode(info, crn);
	if (err) {
		put_settings(crn, &old);
		if (new.snat_addr != old.snat_addr)
			cr_table_flush_settled(&crn->table, by_internal_address, &new.snat_addr);
		/* Had it been hooked, it still is or can be again. */
		cr_uplink_settle(crn, NULL);
		cr_net_update_held(crn);
		return err;
	}
	follow_settings(crn, &old);
	cr_event_config(crn);
	return 0;
}

/* cr_nl_config_set() - the operation CONFIG_SET */
int cr_nl_config_set(struct sk_buff *request, struct genl_info *info)
{
	return cr_nl_with_rtnl(info, set_config);
}
