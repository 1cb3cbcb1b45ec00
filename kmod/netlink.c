// SPDX-License-Identifier: GPL-2.0
/*
 * The generic-netlink family: requests become calls of the subsystems, their state becomes
 * messages. Nothing calls in here but the kernel's netlink and the event chain.
 *
 * Generic netlink runs one operation of a family at a time, dumps included, and changes of mode
 * only come from here, so that the session table stays while one runs. What is configured is
 * guarded by RTNL, which every operation that writes takes itself.
 */
#include <linux/inet.h>
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/route.h>

#include "compat.h"
#include "device.h"
#include "event.h"
#include "netlink.h"
#include "netns.h"
#include "portmap.h"
#include "probe.h"
#include "sandbox.h"
#include "uplink.h"

#define IDLE_MAX	864000	/* ten days: what cr_now() can measure with some left */
#define COUNTER_SIZE	48	/* of a counter in a message, at most: names up to 23 letters */

static struct genl_family family;

/* -------- policies -------- */

static struct netlink_range_validation idle_range = { .min = 1, .max = IDLE_MAX };
static struct netlink_range_validation port_low_range = { .min = 1024, .max = 65000 };
static struct netlink_range_validation map_range = { .min = 1024, .max = 65535 };

#define IDLE_POLICY	NLA_POLICY_FULL_RANGE(NLA_U32, &idle_range)

static const struct nla_policy config_policy[CUBE_ROUTER_A_CONFIG_MAX + 1] = {
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

static const struct nla_policy sandbox_policy[CUBE_ROUTER_A_SANDBOX_MAX + 1] = {
	[CUBE_ROUTER_A_SANDBOX_PORT] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[CUBE_ROUTER_A_SANDBOX_IP] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SANDBOX_HOST] = NLA_POLICY_MAX(NLA_U8, 1),
	[CUBE_ROUTER_A_SANDBOX_MARK] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SANDBOX_MARK_MASK] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SANDBOX_PROBE_DST] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SANDBOX_PROBE_TOKEN] = NLA_POLICY_EXACT_LEN(CR_PROBE_TOKEN),
	[CUBE_ROUTER_A_SANDBOX_POLICY] = NLA_POLICY_MAX(NLA_U8, CUBE_ROUTER_POLICY_MAX),
	[CUBE_ROUTER_A_SANDBOX_ALLOW] = NLA_POLICY_MIN_LEN(sizeof(struct cube_router_prefix)),
	[CUBE_ROUTER_A_SANDBOX_DENY] = NLA_POLICY_MIN_LEN(sizeof(struct cube_router_prefix)),
	[CUBE_ROUTER_A_SANDBOX_GUEST] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SANDBOX_GATEWAY] = { .type = NLA_U32 },
};

static const struct nla_policy session_policy[CUBE_ROUTER_A_SESSION_MAX + 1] = {
	[CUBE_ROUTER_A_SESSION_PORT] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[CUBE_ROUTER_A_SESSION_PROTO] = { .type = NLA_U8 },
	[CUBE_ROUTER_A_SESSION_DST] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SESSION_DST_PORT] = { .type = NLA_U16 },
	[CUBE_ROUTER_A_SESSION_NAT_PORT] = { .type = NLA_U16 },
};

static const struct nla_policy portmap_policy[CUBE_ROUTER_A_PORTMAP_MAX + 1] = {
	[CUBE_ROUTER_A_PORTMAP_PROTO] = { .type = NLA_U8 },
	[CUBE_ROUTER_A_PORTMAP_HOST_PORT] = { .type = NLA_U16 },
	[CUBE_ROUTER_A_PORTMAP_PORT] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[CUBE_ROUTER_A_PORTMAP_GUEST_PORT] = { .type = NLA_U16 },
};

/* A request for statistics has no attributes: what is not named here is refused. */
static const struct nla_policy stats_policy[CUBE_ROUTER_A_STATS_MAX + 1] = {};

/* The idle times have as many attributes as there are states, in the same order. */
#define FIRST_IDLE	CUBE_ROUTER_A_CONFIG_IDLE_TCP_SYN
#define IDLES		(CUBE_ROUTER_SESSION_MAX + 1)

/* -------- messages -------- */

/**
 * struct message - a message that is being made
 * @skb: in which
 * @hdr: its header
 */
struct message {
	struct sk_buff *skb;
	void *hdr;
};

static int new_message(struct message *m, size_t size, u32 portid, u32 seq, u8 cmd)
{
	m->skb = genlmsg_new(size, GFP_ATOMIC);
	if (!m->skb)
		return -ENOMEM;
	m->hdr = genlmsg_put(m->skb, portid, seq, &family, 0, cmd);
	return 0;
}

/* Answers a request with a message for which @err is what filling it returned. */
static int answer(struct genl_info *info, struct message *m, int err)
{
	if (err) {
		nlmsg_free(m->skb);
		return err;
	}
	genlmsg_end(m->skb, m->hdr);
	return genlmsg_reply(m->skb, info);
}

static int fill_counter(struct sk_buff *skb, int attr, enum cr_counter counter, u64 value)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_string(skb, CUBE_ROUTER_A_STATS_NAME, cr_counter_name(counter)) ||
	    nla_put_u64_64bit(skb, CUBE_ROUTER_A_STATS_VALUE, value, CUBE_ROUTER_A_STATS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* -------- config -------- */

static int fill_config(struct sk_buff *skb, const struct cr_net *crn)
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
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_CONNTRACK_MAX, cr_conntrack_max()) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_SESSIONS, atomic_read(&crn->table.count)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_SANDBOXES, crn->port_count) ||
	    nla_put_string(skb, CUBE_ROUTER_A_CONFIG_UPLINK, up->name) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY, up->gateway) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_CONFIG_UPLINK_ADDR, up->addr) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_UPLINK_PORTS, 65536 - cr_uplink_port_low(crn)) ||
	    nla_put_u16(skb, CUBE_ROUTER_A_CONFIG_PORTMAP_LOW, up->map_low) ||
	    nla_put_u16(skb, CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH, up->map_high) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_BYPASS_MARK, crn->bypass_mark) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_CONFIG_BYPASS_MASK, crn->bypass_mask))
		return -EMSGSIZE;
	for (i = 0; i < IDLES; i++)
		if (nla_put_u32(skb, FIRST_IDLE + i, limits->idle[i]))
			return -EMSGSIZE;
	return 0;
}

static int config_get(struct sk_buff *request, struct genl_info *info)
{
	struct message m;
	int err;

	err = new_message(&m, GENLMSG_DEFAULT_SIZE, info->snd_portid, info->snd_seq,
			  CUBE_ROUTER_CMD_CONFIG_GET);
	if (err)
		return err;
	rtnl_lock();
	err = fill_config(m.skb, cr_net(genl_info_net(info)));
	rtnl_unlock();
	return answer(info, &m, err);
}

/**
 * struct settings - that part of the configuration which CONFIG_SET replaces as one
 * @snat_addr: as the rest, see &struct cr_net
 * @sandbox_net: ...
 * @sandbox_mask: ...
 * @lateral: ...
 * @bypass_mark: ...
 * @bypass_mask: ...
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
	u32 bypass_mark;
	u32 bypass_mask;
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
	to->bypass_mark = crn->bypass_mark;
	to->bypass_mask = crn->bypass_mask;
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
	WRITE_ONCE(crn->bypass_mark, from->bypass_mark);
	WRITE_ONCE(crn->bypass_mask, from->bypass_mask);
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

static void read_u32(u32 *to, struct nlattr **attrs, int attr)
{
	if (attrs[attr])
		*to = nla_get_u32(attrs[attr]);
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
	read_u32(&s->limits.max, attrs, CUBE_ROUTER_A_CONFIG_MAX_SESSIONS);
	read_u32(&s->limits.max_owner, attrs, CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS);
	for (i = 0; i < IDLES; i++)
		read_u32(&s->limits.idle[i], attrs, FIRST_IDLE + i);
}

static int refuse(struct genl_info *info, int attr, int err, const char *why)
{
	info->extack->_msg = why;
	NL_SET_BAD_ATTR(info->extack, info->attrs[attr]);
	return err;
}

static bool is_unicast(__be32 addr)
{
	return !ipv4_is_zeronet(addr) && !ipv4_is_loopback(addr) && ntohl(addr) < 0xe0000000;
}

/* A mark with its mask, from two attributes of which the mask may be missing. */
static int read_mark(struct genl_info *info, int mark_attr, int mask_attr, u32 *mark, u32 *mask)
{
	const struct nlattr *given = info->attrs[mark_attr];

	if (!given) {
		if (info->attrs[mask_attr])
			return refuse(info, mask_attr, -EINVAL, "a mask without a mark");
		return 0;
	}
	*mark = nla_get_u32(given);
	*mask = U32_MAX;
	read_u32(mask, info->attrs, mask_attr);
	if (*mark & ~*mask)
		return refuse(info, mark_attr, -EINVAL, "mark has bits outside its mask");
	return 0;
}

static int check_bypass(struct genl_info *info, struct cr_net *crn, const struct settings *s)
{
	struct cr_sandbox *sbx;
	unsigned long index;

	if (!info->attrs[CUBE_ROUTER_A_CONFIG_BYPASS_MARK])
		return 0;
	xa_for_each(&crn->ports, index, sbx)
		if (cr_marks_meet(s->bypass_mark, s->bypass_mask, sbx->mark, sbx->mark_mask))
			return refuse(info, CUBE_ROUTER_A_CONFIG_BYPASS_MARK, -EINVAL,
				      "a sandbox has a mark that could be taken for the bypass mark");
	return 0;
}

static int check_snat(struct genl_info *info, struct cr_net *crn, __be32 addr)
{
	const int attr = CUBE_ROUTER_A_CONFIG_SNAT_ADDR;

	if (!info->attrs[attr])
		return 0;
	if (!is_unicast(addr))
		return refuse(info, attr, -EINVAL, "internal address is not a unicast address");
	if (inet_addr_type(crn->net, addr) == RTN_LOCAL)
		return refuse(info, attr, -EADDRINUSE, "internal address is the host's own");
	/* The one before it is cube-router's own. */
	if (xa_load(&crn->addresses, ntohl(addr)) || xa_load(&crn->addresses, ntohl(addr) - 1))
		return refuse(info, attr, -EADDRINUSE,
			      "internal address, or the one before it, is a sandbox's");
	return 0;
}

static int check_sandbox_cidr(struct genl_info *info, struct cr_net *crn, __be32 net, __be32 mask)
{
	const int attr = CUBE_ROUTER_A_CONFIG_SANDBOX_NET;
	struct cr_sandbox *sbx;
	unsigned long index;

	if (!info->attrs[attr] != !info->attrs[CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX])
		return refuse(info, info->attrs[attr] ? attr : CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX,
			      -EINVAL, "network and prefix length of the sandbox CIDR go together");
	if (net & ~mask)
		return refuse(info, attr, -EINVAL, "sandbox CIDR is not aligned");
	xa_for_each(&crn->ports, index, sbx)
		if ((sbx->ip & mask) != net)
			return refuse(info, attr, -EBUSY,
				      "a registered port's address is outside this sandbox CIDR");
	return 0;
}

static int check_uplink(struct genl_info *info, struct cr_net *crn, const struct settings *s)
{
	const struct nlattr *given = info->attrs[CUBE_ROUTER_A_CONFIG_MODE];
	const u8 mode = given ? nla_get_u8(given) : crn->mode;

	if (info->attrs[CUBE_ROUTER_A_CONFIG_UPLINK] &&
	    (!strcmp(s->uplink, CUBE_ROUTER_DEVICE) || !strcmp(s->uplink, "lo")))
		return refuse(info, CUBE_ROUTER_A_CONFIG_UPLINK, -EINVAL,
			      "this device leads nowhere and cannot be the uplink");
	/* Without one, the mode is not entered (cr_net_set_mode()), and kept neither. */
	if (!*s->uplink && crn->mode == CUBE_ROUTER_MODE_DIRECT && mode == crn->mode)
		return refuse(info, CUBE_ROUTER_A_CONFIG_UPLINK, -EBUSY,
			      "mode direct needs an uplink");
	if (s->gateway && !is_unicast(s->gateway))
		return refuse(info, CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY, -EINVAL,
			      "gateway is not a unicast address");
	return 0;
}

static int check_map_range(struct genl_info *info, struct cr_net *crn, const struct settings *s)
{
	const int attr = CUBE_ROUTER_A_CONFIG_PORTMAP_LOW;
	const struct cr_portmap *map;
	unsigned long key;

	if (!info->attrs[attr] != !info->attrs[CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH])
		return refuse(info, info->attrs[attr] ? attr : CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH,
			      -EINVAL, "both ends of the range of mapped ports go together");
	if (s->map_low > s->map_high)
		return refuse(info, attr, -EINVAL, "range of mapped ports ends before it begins");
	xa_for_each(&crn->portmaps, key, map)
		if (ntohs(map->host_port) < s->map_low || ntohs(map->host_port) > s->map_high)
			return refuse(info, attr, -EBUSY, "a mapped port lies outside this range");
	return 0;
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
	if (info->attrs[CUBE_ROUTER_A_CONFIG_FORCE] &&
	    (!info->attrs[CUBE_ROUTER_A_CONFIG_MODE] ||
	     nla_get_u8(info->attrs[CUBE_ROUTER_A_CONFIG_MODE]) != CUBE_ROUTER_MODE_OFF))
		return refuse(info, CUBE_ROUTER_A_CONFIG_FORCE, -EINVAL,
			      "force goes with mode off only");
	err = check_bypass(info, crn, s);
	if (err)
		return err;
	return check_sandbox_cidr(info, crn, s->sandbox_net, s->sandbox_mask);
}

static int set_uplink(struct genl_info *info, struct cr_net *crn)
{
	int err;

	if (!info->attrs[CUBE_ROUTER_A_CONFIG_UPLINK])
		return 0;
	err = cr_uplink_settle(crn);
	if (err)
		return refuse(info, CUBE_ROUTER_A_CONFIG_UPLINK, err,
			      "the uplink cannot be hooked");
	cr_net_judge(crn);
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
	/* Off is what comes now, and then nothing fails any more. */
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

static bool by_internal_address(const struct cr_session *s, const void *arg)
{
	return !(READ_ONCE(s->flags) & CR_SESSION_DIRECT);
}

static bool between_sandboxes(const struct cr_session *s, const void *arg)
{
	const struct cr_net *crn = arg;

	return (s->tuple.daddr & crn->sandbox_mask) == crn->sandbox_net;
}

/* What the new settings ask for beyond being written down. */
static void follow_settings(struct cr_net *crn, const struct settings *old)
{
	struct net_device *dev;
	u32 ended = 0;

	if (crn->snat_addr != old->snat_addr)
		ended = cr_table_flush(&crn->table, by_internal_address, NULL);
	else if (old->lateral && !crn->lateral)
		ended = cr_table_flush(&crn->table, between_sandboxes, crn);
	if (ended)
		cr_table_hurry(&crn->table);
	cr_timeouts_update(&crn->timeouts, &crn->table.limits);
	if (*crn->pattern && strcmp(crn->pattern, old->pattern))
		for_each_netdev(crn->net, dev)
			cr_sandbox_match(crn, dev);
}

static int set_config(struct genl_info *info, struct cr_net *crn)
{
	struct settings old, new;
	int err;

	get_settings(&old, crn);
	new = old;
	read_settings(&new, info->attrs);
	err = read_mark(info, CUBE_ROUTER_A_CONFIG_BYPASS_MARK, CUBE_ROUTER_A_CONFIG_BYPASS_MASK,
			&new.bypass_mark, &new.bypass_mask);
	if (err)
		return err;
	err = check_settings(info, crn, &new);
	if (err)
		return err;
	put_settings(crn, &new);
	err = set_uplink(info, crn) ?: set_device_and_mode(info, crn);
	if (err) {
		put_settings(crn, &old);
		/* Had it been hooked, it still is or can be again. */
		cr_uplink_settle(crn);
		cr_net_judge(crn);
		return err;
	}
	follow_settings(crn, &old);
	cr_event_sandbox(CUBE_ROUTER_CMD_CONFIG_SET, crn, NULL);
	return 0;
}

static int config_set(struct sk_buff *request, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = set_config(info, cr_net(genl_info_net(info)));
	rtnl_unlock();
	return err;
}

/* -------- sandboxes -------- */

static int fill_account(struct sk_buff *skb, const struct cr_account *account)
{
	const struct cr_traffic traffic = cr_account_traffic(account);
	enum cr_counter counter;
	u64 value;

	/* A sandbox with all its counters fits any message, or a dump would end at it. */
	BUILD_BUG_ON(512 + CR_COUNTERS * COUNTER_SIZE > GENLMSG_DEFAULT_SIZE);
	if (nla_put_u64_64bit(skb, CUBE_ROUTER_A_SANDBOX_BYTES_OUT, traffic.bytes_out,
			      CUBE_ROUTER_A_SANDBOX_PAD) ||
	    nla_put_u64_64bit(skb, CUBE_ROUTER_A_SANDBOX_BYTES_BACK, traffic.bytes_back,
			      CUBE_ROUTER_A_SANDBOX_PAD))
		return -EMSGSIZE;
	for (counter = 0; counter < CR_COUNTERS; counter++) {
		value = cr_account_sum(account, &traffic, counter);
		if (value && fill_counter(skb, CUBE_ROUTER_A_SANDBOX_COUNTER, counter, value))
			return -EMSGSIZE;
	}
	return 0;
}

static int fill_sandbox(struct sk_buff *skb, struct cr_sandbox *sbx)
{
	const struct net_device *port = rcu_dereference_rtnl(sbx->port);
	const struct cr_policy *policy = rcu_dereference_rtnl(sbx->policy);
	const u64 mac = READ_ONCE(sbx->mac);

	if (!port)
		return -ENODEV;
	if (nla_put_string(skb, CUBE_ROUTER_A_SANDBOX_PORT, port->name) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SANDBOX_IFINDEX, port->ifindex) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SANDBOX_IP, sbx->ip) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SANDBOX_GUEST, sbx->guest) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SANDBOX_GATEWAY, READ_ONCE(sbx->gateway)) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_SANDBOX_HOST, READ_ONCE(sbx->host)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SANDBOX_MARK, READ_ONCE(sbx->mark)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SANDBOX_MARK_MASK, READ_ONCE(sbx->mark_mask)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS, READ_ONCE(sbx->owner.max)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SANDBOX_SESSIONS, READ_ONCE(sbx->owner.count)) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_SANDBOX_POLICY, cr_policy_base(policy)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SANDBOX_POLICY_ENTRIES,
			cr_policy_count(policy, get_jiffies_64())) ||
	    (sbx->automatic && nla_put_flag(skb, CUBE_ROUTER_A_SANDBOX_AUTO)) ||
	    (mac && nla_put(skb, CUBE_ROUTER_A_SANDBOX_MAC, ETH_ALEN, &mac)))
		return -EMSGSIZE;
	return fill_account(skb, &sbx->owner.account);
}

static struct net_device *port_device(struct genl_info *info, const struct nlattr *name)
{
	struct net_device *port;

	if (!name) {
		NL_SET_ERR_MSG(info->extack, "no port is named");
		return ERR_PTR(-EINVAL);
	}
	port = __dev_get_by_name(genl_info_net(info), nla_data(name));
	if (!port) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "no such device");
		return ERR_PTR(-ENODEV);
	}
	return port;
}

static struct cr_sandbox *sandbox_by_name(struct genl_info *info, const struct nlattr *name)
{
	struct net_device *port = port_device(info, name);
	struct cr_sandbox *sbx;

	if (IS_ERR(port))
		return ERR_CAST(port);
	sbx = cr_sandbox_of(cr_net(genl_info_net(info)), port);
	if (!sbx) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "port is not registered");
		return ERR_PTR(-ENOENT);
	}
	return sbx;
}

/* The registered sandbox that a request names, under RTNL. */
static struct cr_sandbox *named_sandbox(struct genl_info *info)
{
	return sandbox_by_name(info, info->attrs[CUBE_ROUTER_A_SANDBOX_PORT]);
}

/* What a request does to sandboxes and mapped ports, it does under RTNL. */
static int with_rtnl(struct genl_info *info, int (*work)(struct genl_info *info))
{
	int err;

	rtnl_lock();
	err = work(info);
	rtnl_unlock();
	return err;
}

static int read_sandbox_mark(struct genl_info *info, u32 *mark, u32 *mask)
{
	const struct cr_net *crn = cr_net(genl_info_net(info));
	int err;

	err = read_mark(info, CUBE_ROUTER_A_SANDBOX_MARK, CUBE_ROUTER_A_SANDBOX_MARK_MASK, mark,
			mask);
	if (err)
		return err;
	if (cr_marks_meet(*mark, *mask, crn->bypass_mark, crn->bypass_mask))
		return refuse(info, CUBE_ROUTER_A_SANDBOX_MARK, -EINVAL,
			      "mark could be taken for the bypass mark");
	return 0;
}

static bool is_list(const struct nlattr *attr)
{
	return nla_type(attr) == CUBE_ROUTER_A_SANDBOX_ALLOW ||
	       nla_type(attr) == CUBE_ROUTER_A_SANDBOX_DENY;
}

static int refuse_list(struct genl_info *info, const struct nlattr *attr, int err, const char *why)
{
	info->extack->_msg = why;
	NL_SET_BAD_ATTR(info->extack, attr);
	return err;
}

/* Why a prefix cannot be an entry, or NULL. */
static const char *prefix_fault(const struct cube_router_prefix *prefix)
{
	if (prefix->len > 32)
		return "prefix length is above 32";
	if (prefix->net & ~inet_make_mask(prefix->len))
		return "prefix has host bits set";
	if (prefix->ttl > CUBE_ROUTER_POLICY_TTL_MAX)
		return "ttl is out of range";
	if (memchr_inv(prefix->reserved, 0, sizeof(prefix->reserved)))
		return "reserved bytes of a prefix are not 0";
	return NULL;
}

static int read_list(struct genl_info *info, struct cr_policy_change *change,
		     const struct nlattr *attr, u64 now)
{
	const struct cube_router_prefix *prefix = nla_data(attr);
	const void *end = nla_data(attr) + nla_len(attr);
	const char *fault;

	if (nla_len(attr) % sizeof(*prefix))
		return refuse_list(info, attr, -EINVAL, "list of prefixes is cut off");
	for (; (const void *)prefix < end; prefix++) {
		fault = prefix_fault(prefix);
		if (fault)
			return refuse_list(info, attr, -EINVAL, fault);
		if (change->count == CUBE_ROUTER_POLICY_ENTRIES_MAX)
			return refuse_list(info, attr, -E2BIG, "more than 8192 prefixes");
		change->list[change->count++] = (struct cr_policy_entry){
			.until = prefix->ttl ? now + (u64)prefix->ttl * HZ : CR_POLICY_FOREVER,
			.net = ntohl(prefix->net),
			.len = prefix->len,
			.deny = nla_type(attr) == CUBE_ROUTER_A_SANDBOX_DENY,
		};
	}
	return 0;
}

/*
 * All lists of a request, of which generic netlink knows the last of each kind only; in @last the
 * last of all, which is blamed for what is wrong with them together.
 */
static int read_lists(struct genl_info *info, struct cr_policy_change *change, u64 now,
		      const struct nlattr **last)
{
	const struct nlattr *attr;
	size_t bytes = 0, count;
	int rest, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (!is_list(attr))
			continue;
		bytes += nla_len(attr);
		*last = attr;
	}
	count = min_t(size_t, bytes / sizeof(struct cube_router_prefix),
		      CUBE_ROUTER_POLICY_ENTRIES_MAX);
	change->list = kvcalloc(count + 1, sizeof(*change->list), GFP_KERNEL);
	if (!change->list)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		err = is_list(attr) ? read_list(info, change, attr, now) : 0;
		if (err)
			return err;
	}
	return 0;
}

/* The policy that comes of @old with what a request says, or an error. */
static struct cr_policy *read_policy(struct genl_info *info, const struct cr_policy *old,
				     enum cr_policy_how how)
{
	const struct nlattr *base = info->attrs[CUBE_ROUTER_A_SANDBOX_POLICY], *last = base;
	struct cr_policy_change change = { .how = how, .base = cr_policy_base(old) };
	const u64 now = get_jiffies_64();
	struct cr_policy *policy;
	int err;

	if (base)
		change.base = nla_get_u8(base);
	err = read_lists(info, &change, now, &last);
	policy = err ? ERR_PTR(err) : cr_policy_make(old, &change, now);
	kvfree(change.list);
	if (err || !IS_ERR(policy))
		return policy;
	switch (PTR_ERR(policy)) {
	case -EEXIST:
		refuse_list(info, last, 0, "prefix is given twice");
		break;
	case -ENOENT:
		refuse_list(info, last, 0, "policy has no such entry");
		break;
	case -E2BIG:
		refuse_list(info, last, 0, "more than 8192 prefixes");
		break;
	}
	return policy;
}

static bool has_policy(const struct genl_info *info)
{
	return info->attrs[CUBE_ROUTER_A_SANDBOX_POLICY] ||
	       info->attrs[CUBE_ROUTER_A_SANDBOX_ALLOW] ||
	       info->attrs[CUBE_ROUTER_A_SANDBOX_DENY];
}

static int new_sandbox(struct genl_info *info)
{
	struct cr_sandbox_words words = {
		.port_attr = info->attrs[CUBE_ROUTER_A_SANDBOX_PORT],
		.ip_attr = info->attrs[CUBE_ROUTER_A_SANDBOX_IP],
		.guest_attr = info->attrs[CUBE_ROUTER_A_SANDBOX_GUEST],
		.gateway_attr = info->attrs[CUBE_ROUTER_A_SANDBOX_GATEWAY],
	};
	struct net_device *port;
	int err;

	port = port_device(info, words.port_attr);
	if (IS_ERR(port))
		return PTR_ERR(port);
	if (!words.ip_attr) {
		NL_SET_ERR_MSG(info->extack, "no address is given");
		return -EINVAL;
	}
	words.ip = nla_get_in_addr(words.ip_attr);
	words.guest = words.guest_attr ? nla_get_in_addr(words.guest_attr) : words.ip;
	if (words.gateway_attr)
		words.gateway = nla_get_in_addr(words.gateway_attr);
	err = read_sandbox_mark(info, &words.mark, &words.mark_mask);
	if (err)
		return err;
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_HOST])
		words.host = nla_get_u8(info->attrs[CUBE_ROUTER_A_SANDBOX_HOST]);
	read_u32(&words.max_sessions, info->attrs, CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS);
	if (has_policy(info))
		words.policy = read_policy(info, NULL, CR_POLICY_REPLACE);
	if (IS_ERR(words.policy))
		return PTR_ERR(words.policy);
	err = cr_sandbox_new(cr_net(genl_info_net(info)), port, &words, info->extack);
	if (err)
		cr_policy_free(words.policy);
	return err;
}

static int set_sandbox(struct genl_info *info)
{
	struct cr_sandbox *sbx = named_sandbox(info);
	struct cr_policy *policy = NULL;
	u32 mark, mask, max;
	const char *fault;
	__be32 gateway;
	bool host, closed;
	int err;

	if (IS_ERR(sbx))
		return PTR_ERR(sbx);
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_IP])
		return refuse(info, CUBE_ROUTER_A_SANDBOX_IP, -EINVAL,
			      "a registered port keeps its address");
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_GUEST])
		return refuse(info, CUBE_ROUTER_A_SANDBOX_GUEST, -EINVAL,
			      "a registered port keeps its guest address");
	mark = sbx->mark;
	mask = sbx->mark_mask;
	max = sbx->owner.max;
	host = sbx->host;
	gateway = sbx->gateway;
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_GATEWAY])
		gateway = nla_get_in_addr(info->attrs[CUBE_ROUTER_A_SANDBOX_GATEWAY]);
	fault = cr_sandbox_gateway_fault(gateway, sbx->ip, sbx->guest);
	if (fault)
		return refuse(info, CUBE_ROUTER_A_SANDBOX_GATEWAY, -EINVAL, fault);
	err = read_sandbox_mark(info, &mark, &mask);
	if (err)
		return err;
	read_u32(&max, info->attrs, CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS);
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_HOST])
		host = nla_get_u8(info->attrs[CUBE_ROUTER_A_SANDBOX_HOST]);
	if (has_policy(info))
		policy = read_policy(info, rtnl_dereference(sbx->policy), CR_POLICY_REPLACE);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	closed = sbx->host && !host;
	WRITE_ONCE(sbx->mark, mark);
	WRITE_ONCE(sbx->mark_mask, mask);
	WRITE_ONCE(sbx->owner.max, max);
	WRITE_ONCE(sbx->host, host);
	WRITE_ONCE(sbx->gateway, gateway);
	if (policy)
		cr_sandbox_set_policy(sbx, policy);
	if (policy || closed)
		cr_sandbox_judge_again(sbx);
	cr_event_sandbox(CUBE_ROUTER_CMD_SANDBOX_SET, sbx->crn, sbx);
	return 0;
}

static int del_sandbox(struct genl_info *info)
{
	struct cr_sandbox *sbx = named_sandbox(info);

	if (IS_ERR(sbx))
		return PTR_ERR(sbx);
	cr_sandbox_del(sbx);
	return 0;
}

static int sandbox_new(struct sk_buff *request, struct genl_info *info)
{
	return with_rtnl(info, new_sandbox);
}

static int sandbox_set(struct sk_buff *request, struct genl_info *info)
{
	return with_rtnl(info, set_sandbox);
}

static int sandbox_del(struct sk_buff *request, struct genl_info *info)
{
	return with_rtnl(info, del_sandbox);
}

static int probe_sandbox(struct genl_info *info)
{
	const struct nlattr *daddr = info->attrs[CUBE_ROUTER_A_SANDBOX_PROBE_DST];
	const struct nlattr *token = info->attrs[CUBE_ROUTER_A_SANDBOX_PROBE_TOKEN];
	struct cr_sandbox *sbx = named_sandbox(info);
	int err;

	if (IS_ERR(sbx))
		return PTR_ERR(sbx);
	if (!daddr || !token) {
		NL_SET_ERR_MSG(info->extack, "a probe needs a destination and a token");
		return -EINVAL;
	}
	err = cr_probe(sbx, nla_get_in_addr(daddr), nla_data(token));
	if (err == -ENODEV)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[CUBE_ROUTER_A_SANDBOX_PORT],
				    "port is down");
	return err;
}

static int sandbox_probe(struct sk_buff *request, struct genl_info *info)
{
	return with_rtnl(info, probe_sandbox);
}

static int sandbox_get(struct sk_buff *request, struct genl_info *info)
{
	struct cr_sandbox *sbx;
	struct message m;
	int err;

	err = new_message(&m, GENLMSG_DEFAULT_SIZE, info->snd_portid, info->snd_seq,
			  CUBE_ROUTER_CMD_SANDBOX_GET);
	if (err)
		return err;
	rtnl_lock();
	sbx = named_sandbox(info);
	err = IS_ERR(sbx) ? PTR_ERR(sbx) : fill_sandbox(m.skb, sbx);
	rtnl_unlock();
	return answer(info, &m, err);
}

static int sandbox_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cr_net *crn = cr_net(sock_net(skb->sk));
	unsigned long index;
	struct cr_sandbox *sbx;
	void *hdr;
	int err;

	rcu_read_lock();
	/* Never 0, which would say that nothing is known of changes. */
	cb->seq = READ_ONCE(crn->port_changes) + 1;
	xa_for_each_start(&crn->ports, index, sbx, cb->args[0]) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				  NLM_F_MULTI, CUBE_ROUTER_CMD_SANDBOX_GET);
		if (!hdr)
			break;
		genl_dump_check_consistent(cb, hdr);
		err = fill_sandbox(skb, sbx);
		if (err)
			genlmsg_cancel(skb, hdr);
		else
			genlmsg_end(skb, hdr);
		if (err == -EMSGSIZE)
			break;
		cb->args[0] = index + 1;
	}
	rcu_read_unlock();
	return skb->len;
}

/* -------- policies of sandboxes -------- */

static int change_policy(struct genl_info *info, enum cr_policy_how how)
{
	const bool allows = info->attrs[CUBE_ROUTER_A_SANDBOX_ALLOW];
	const bool denies = info->attrs[CUBE_ROUTER_A_SANDBOX_DENY];
	struct cr_sandbox *sbx = named_sandbox(info);
	struct cr_policy *policy;

	if (IS_ERR(sbx))
		return PTR_ERR(sbx);
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_POLICY])
		return refuse(info, CUBE_ROUTER_A_SANDBOX_POLICY, -EINVAL,
			      "policy is replaced as a whole, by changing the sandbox");
	if (!allows && !denies) {
		NL_SET_ERR_MSG(info->extack, "no prefix is given");
		return -EINVAL;
	}
	policy = read_policy(info, rtnl_dereference(sbx->policy), how);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	cr_sandbox_set_policy(sbx, policy);
	/* One more that allows ends nothing: who keeps a list of them alive does it at no cost. */
	if (how == CR_POLICY_ADD ? denies : allows)
		cr_sandbox_judge_again(sbx);
	cr_event_sandbox(CUBE_ROUTER_CMD_SANDBOX_SET, sbx->crn, sbx);
	return 0;
}

static int policy_add(struct sk_buff *request, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = change_policy(info, CR_POLICY_ADD);
	rtnl_unlock();
	return err;
}

static int policy_del(struct sk_buff *request, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = change_policy(info, CR_POLICY_DEL);
	rtnl_unlock();
	return err;
}

static int fill_entry(struct sk_buff *skb, const struct cr_policy_entry *e, u64 now)
{
	const int attr = e->deny ? CUBE_ROUTER_A_SANDBOX_DENY : CUBE_ROUTER_A_SANDBOX_ALLOW;
	struct cube_router_prefix prefix = { .net = htonl(e->net), .len = e->len };

	if (e->until != CR_POLICY_FOREVER)
		prefix.ttl = div_u64(e->until - now + HZ - 1, HZ);
	return nla_put(skb, attr, sizeof(prefix), &prefix);
}

static int list_entries(struct sk_buff *skb, struct netlink_callback *cb,
			const struct cr_policy *policy)
{
	const struct cr_policy_entry *e;
	const u64 now = get_jiffies_64();
	void *hdr;

	for (; policy && cb->args[0] < policy->count; cb->args[0]++) {
		e = &policy->entries[cb->args[0]];
		if (e->until <= now)
			continue;
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				  NLM_F_MULTI, CUBE_ROUTER_CMD_POLICY_GET);
		if (!hdr)
			break;
		genl_dump_check_consistent(cb, hdr);
		if (fill_entry(skb, e, now)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	return skb->len;
}

/* A policy that is replaced meanwhile goes on where the old one was, and that is told. */
static int dump_policy(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *name = cr_dump_attrs(cb)[CUBE_ROUTER_A_SANDBOX_PORT];
	struct net *net = sock_net(skb->sk);
	const struct cr_policy *policy;
	struct cr_sandbox *sbx = NULL;
	struct net_device *port;

	if (!name) {
		NL_SET_ERR_MSG(cb->extack, "no port is named");
		return -EINVAL;
	}
	port = dev_get_by_name_rcu(net, nla_data(name));
	if (port)
		sbx = cr_sandbox_of(cr_net(net), port);
	if (!sbx) {
		NL_SET_ERR_MSG_ATTR(cb->extack, name, "port is not registered");
		return -ENOENT;
	}
	policy = rcu_dereference(sbx->policy);
	cb->seq = policy ? policy->version : U32_MAX;
	return list_entries(skb, cb, policy);
}

static int policy_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err;

	rcu_read_lock();
	err = dump_policy(skb, cb);
	rcu_read_unlock();
	return err;
}

/* -------- sessions -------- */

/**
 * struct filter - which sessions are meant
 * @ifindex: of the sandbox's port, 0 for all
 * @by_proto: whether @proto counts
 * @proto: IP protocol
 * @by_dst: whether @dst counts
 * @dst: the far end
 * @by_dst_port: whether @dst_port counts
 * @dst_port: of the far end
 * @by_nat_port: whether @nat_port counts
 * @nat_port: at the internal address
 */
struct filter {
	u32 ifindex;
	bool by_proto;
	u8 proto;
	bool by_dst;
	__be32 dst;
	bool by_dst_port;
	__be16 dst_port;
	bool by_nat_port;
	__be16 nat_port;
};

static int read_filter(struct filter *f, struct net *net, struct nlattr **attrs,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *name = attrs[CUBE_ROUTER_A_SESSION_PORT];
	const struct net_device *port;

	*f = (struct filter){};
	if (name) {
		rcu_read_lock();
		port = dev_get_by_name_rcu(net, nla_data(name));
		if (port && cr_sandbox_of(cr_net(net), port))
			f->ifindex = port->ifindex;
		rcu_read_unlock();
		if (!f->ifindex) {
			NL_SET_ERR_MSG_ATTR(extack, name, "port is not registered");
			return -ENOENT;
		}
	}
	f->by_proto = attrs[CUBE_ROUTER_A_SESSION_PROTO];
	if (f->by_proto)
		f->proto = nla_get_u8(attrs[CUBE_ROUTER_A_SESSION_PROTO]);
	f->by_dst = attrs[CUBE_ROUTER_A_SESSION_DST];
	if (f->by_dst)
		f->dst = nla_get_in_addr(attrs[CUBE_ROUTER_A_SESSION_DST]);
	f->by_dst_port = attrs[CUBE_ROUTER_A_SESSION_DST_PORT];
	if (f->by_dst_port)
		f->dst_port = nla_get_be16(attrs[CUBE_ROUTER_A_SESSION_DST_PORT]);
	f->by_nat_port = attrs[CUBE_ROUTER_A_SESSION_NAT_PORT];
	if (f->by_nat_port)
		f->nat_port = nla_get_be16(attrs[CUBE_ROUTER_A_SESSION_NAT_PORT]);
	return 0;
}

static bool matches(const struct cr_session *s, const void *arg)
{
	const struct filter *f = arg;

	return (!f->ifindex || s->owner->id == f->ifindex) &&
	       (!f->by_proto || s->tuple.proto == f->proto) &&
	       (!f->by_dst || s->tuple.daddr == f->dst) &&
	       (!f->by_dst_port || s->tuple.dport == f->dst_port) &&
	       (!f->by_nat_port || s->nat_port == f->nat_port);
}

static int fill_session(struct sk_buff *skb, const struct cr_table *table,
			const struct cr_session *s)
{
	const struct net_device *port = rcu_dereference(cr_owner_sandbox(s->owner)->port);
	const u32 now = cr_now();

	if ((port && nla_put_string(skb, CUBE_ROUTER_A_SESSION_PORT, port->name)) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_SESSION_PROTO, s->tuple.proto) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SESSION_SRC, s->tuple.saddr) ||
	    nla_put_be16(skb, CUBE_ROUTER_A_SESSION_SRC_PORT, s->tuple.sport) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SESSION_DST, s->tuple.daddr) ||
	    nla_put_be16(skb, CUBE_ROUTER_A_SESSION_DST_PORT, s->tuple.dport) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SESSION_NAT, s->nat_addr) ||
	    nla_put_be16(skb, CUBE_ROUTER_A_SESSION_NAT_PORT, s->nat_port) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_SESSION_STATE, READ_ONCE(s->state)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SESSION_IDLE, (now - READ_ONCE(s->last)) / HZ) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SESSION_EXPIRES,
			DIV_ROUND_UP(cr_session_left(table, s, now), HZ)))
		return -EMSGSIZE;
	return 0;
}

/**
 * struct listing - a dump of sessions, as long as one message buffer
 * @skb: the buffer
 * @cb: the dump
 * @table: whose
 * @filter: which
 */
struct listing {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	struct cr_table *table;
	struct filter filter;
};

static int list_one(struct cr_session *s, void *arg)
{
	struct listing *l = arg;
	void *hdr;

	if (!matches(s, &l->filter))
		return 0;
	hdr = genlmsg_put(l->skb, NETLINK_CB(l->cb->skb).portid, l->cb->nlh->nlmsg_seq, &family,
			  NLM_F_MULTI, CUBE_ROUTER_CMD_SESSION_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (fill_session(l->skb, l->table, s)) {
		genlmsg_cancel(l->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(l->skb, hdr);
	return 0;
}

/*
 * A bucket goes into the buffer as a whole or not at all, so that a session that is there all the
 * while is listed exactly once, whatever comes and goes around it. Chains are a few sessions long;
 * one that filled a buffer by itself would end the dump with an error.
 */
static int session_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct listing l = { .skb = skb, .cb = cb, .table = &cr_net(net)->table };
	unsigned int before;
	int err;

	err = read_filter(&l.filter, net, cr_dump_attrs(cb), cb->extack);
	if (err)
		return err;
	if (!l.table->out)
		return 0;
	for (; cb->args[0] <= l.table->mask; cb->args[0]++) {
		before = skb->len;
		if (!cr_table_walk(l.table, cb->args[0], list_one, &l))
			continue;
		if (!before)
			return -EMSGSIZE;
		nlmsg_trim(skb, skb->data + before);
		break;
	}
	return skb->len;
}

struct tally {
	struct filter filter;
	u32 count;
};

static int count_one(struct cr_session *s, void *arg)
{
	struct tally *t = arg;

	t->count += matches(s, &t->filter);
	return 0;
}

static int answer_count(struct genl_info *info, u8 cmd, u32 count)
{
	struct message m;
	int err;

	err = new_message(&m, GENLMSG_DEFAULT_SIZE, info->snd_portid, info->snd_seq, cmd);
	if (err)
		return err;
	return answer(info, &m, nla_put_u32(m.skb, CUBE_ROUTER_A_SESSION_COUNT, count));
}

static int session_count(struct sk_buff *request, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct cr_table *table = &cr_net(net)->table;
	struct tally t = {};
	u32 i;
	int err;

	err = read_filter(&t.filter, net, info->attrs, info->extack);
	if (err)
		return err;
	for (i = 0; table->out && i <= table->mask; i++) {
		cr_table_walk(table, i, count_one, &t);
		cond_resched();
	}
	return answer_count(info, CUBE_ROUTER_CMD_SESSION_GET, t.count);
}

/* Answers when nothing is left of the sessions, in conntrack neither. */
static int session_flush(struct sk_buff *request, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct cr_event event = { .crn = cr_net(net) };
	struct cr_table *table = &event.crn->table;
	struct filter filter;
	int err;

	err = read_filter(&filter, net, info->attrs, info->extack);
	if (err)
		return err;
	event.flushed = cr_table_flush(table, matches, &filter);
	if (event.flushed)
		cr_table_reap(table);
	atomic_notifier_call_chain(&cr_events, CUBE_ROUTER_CMD_SESSION_FLUSH, &event);
	return answer_count(info, CUBE_ROUTER_CMD_SESSION_FLUSH, event.flushed);
}

/* -------- mapped ports -------- */

static int fill_portmap(struct sk_buff *skb, const struct cr_portmap *map)
{
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
		return refuse(info, CUBE_ROUTER_A_PORTMAP_PROTO, -EINVAL,
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
		return refuse(info, CUBE_ROUTER_A_PORTMAP_GUEST_PORT, -EINVAL,
			      "port 0 is none");
	if (ntohs(host_port) < crn->uplink.map_low || ntohs(host_port) > crn->uplink.map_high)
		return refuse(info, CUBE_ROUTER_A_PORTMAP_HOST_PORT, -ERANGE,
			      "port is outside the range of mapped ports");
	sbx = sandbox_by_name(info, name);
	if (IS_ERR(sbx))
		return PTR_ERR(sbx);
	err = cr_portmap_new(sbx, proto, host_port, nla_get_be16(guest_port));
	if (err == -EEXIST)
		return refuse(info, CUBE_ROUTER_A_PORTMAP_HOST_PORT, err,
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
		return refuse(info, CUBE_ROUTER_A_PORTMAP_HOST_PORT, err, "port is not mapped");
	return 0;
}

static int portmap_new(struct sk_buff *request, struct genl_info *info)
{
	return with_rtnl(info, new_portmap);
}

static int portmap_del(struct sk_buff *request, struct genl_info *info)
{
	return with_rtnl(info, del_portmap);
}

/* From the key in cb->args[0] on. */
static int portmap_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cr_net *crn = cr_net(sock_net(skb->sk));
	const struct cr_portmap *map;
	unsigned long key;
	void *hdr;
	int err;

	rcu_read_lock();
	/* Never 0, which would say that nothing is known of changes. */
	cb->seq = READ_ONCE(crn->port_changes) + 1;
	xa_for_each_start(&crn->portmaps, key, map, cb->args[0]) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				  NLM_F_MULTI, CUBE_ROUTER_CMD_PORTMAP_GET);
		if (!hdr)
			break;
		genl_dump_check_consistent(cb, hdr);
		err = fill_portmap(skb, map);
		if (err)
			genlmsg_cancel(skb, hdr);
		else
			genlmsg_end(skb, hdr);
		if (err == -EMSGSIZE)
			break;
		cb->args[0] = key + 1;
	}
	rcu_read_unlock();
	return skb->len;
}

/* -------- statistics -------- */

static int stats_get(struct sk_buff *request, struct genl_info *info)
{
	const struct cr_net *crn = cr_net(genl_info_net(info));
	enum cr_counter counter;
	struct message m;
	int err;

	err = new_message(&m, CR_COUNTERS * COUNTER_SIZE, info->snd_portid, info->snd_seq,
			  CUBE_ROUTER_CMD_STATS_GET);
	for (counter = 0; !err && counter < CR_COUNTERS; counter++)
		err = fill_counter(m.skb, CUBE_ROUTER_A_STATS_COUNTER, counter,
				   cr_stats_sum(crn->stats, counter));
	return m.skb ? answer(info, &m, err) : err;
}

/* -------- events -------- */

static int fill_limit(struct sk_buff *skb, const struct cr_event *event)
{
	const struct net_device *port = rcu_dereference(event->sandbox->port);

	if (nla_put_string(skb, CUBE_ROUTER_A_LIMIT_COUNTER, cr_counter_name(event->counter)) ||
	    (port && nla_put_string(skb, CUBE_ROUTER_A_LIMIT_PORT, port->name)))
		return -EMSGSIZE;
	return 0;
}

static int fill_event(struct sk_buff *skb, unsigned long cmd, const struct cr_event *event)
{
	switch (cmd) {
	case CUBE_ROUTER_CMD_CONFIG_SET:
		return fill_config(skb, event->crn);
	case CUBE_ROUTER_CMD_SESSION_FLUSH:
		return nla_put_u32(skb, CUBE_ROUTER_A_SESSION_COUNT, event->flushed);
	case CUBE_ROUTER_CMD_LIMIT:
		return fill_limit(skb, event);
	case CUBE_ROUTER_CMD_PORTMAP_NEW:
	case CUBE_ROUTER_CMD_PORTMAP_DEL:
		return fill_portmap(skb, event->portmap);
	default:
		return fill_sandbox(skb, event->sandbox);
	}
}

static int tell(struct notifier_block *nb, unsigned long cmd, void *ptr)
{
	const struct cr_event *event = ptr;
	struct message m;

	if (!genl_has_listeners(&family, event->crn->net, 0))
		return NOTIFY_DONE;
	if (new_message(&m, GENLMSG_DEFAULT_SIZE, 0, 0, cmd))
		return NOTIFY_DONE;
	if (fill_event(m.skb, cmd, event)) {
		nlmsg_free(m.skb);
		return NOTIFY_DONE;
	}
	genlmsg_end(m.skb, m.hdr);
	genlmsg_multicast_netns(&family, event->crn->net, m.skb, 0, 0, GFP_ATOMIC);
	return NOTIFY_DONE;
}

static struct notifier_block event_notifier = { .notifier_call = tell };

/* -------- the family -------- */

#define OP(command, name, object, ...) {				\
	.cmd = CUBE_ROUTER_CMD_##command,				\
	.policy = object##_policy,					\
	.maxattr = ARRAY_SIZE(object##_policy) - 1,			\
	.flags = GENL_UNS_ADMIN_PERM,					\
	.doit = name,							\
	__VA_ARGS__							\
}

static const struct genl_ops ops[] = {
	OP(CONFIG_GET, config_get, config),
	OP(CONFIG_SET, config_set, config),
	OP(SANDBOX_NEW, sandbox_new, sandbox),
	OP(SANDBOX_SET, sandbox_set, sandbox),
	OP(SANDBOX_DEL, sandbox_del, sandbox),
	OP(SANDBOX_GET, sandbox_get, sandbox, .dumpit = sandbox_dump),
	OP(SANDBOX_PROBE, sandbox_probe, sandbox),
	OP(SESSION_GET, session_count, session, .dumpit = session_dump),
	OP(SESSION_FLUSH, session_flush, session),
	OP(STATS_GET, stats_get, stats),
	OP(PORTMAP_NEW, portmap_new, portmap),
	OP(PORTMAP_DEL, portmap_del, portmap),
	OP(PORTMAP_GET, NULL, portmap, .dumpit = portmap_dump),
	OP(POLICY_ADD, policy_add, sandbox),
	OP(POLICY_DEL, policy_del, sandbox),
	OP(POLICY_GET, NULL, sandbox, .dumpit = policy_dump),
};

static const struct genl_multicast_group groups[] = {
	{ .name = CUBE_ROUTER_GENL_MCGRP_EVENTS, CR_MCGRP_NET_ADMIN },
};

static struct genl_family family __ro_after_init = {
	.name = CUBE_ROUTER_GENL_NAME,
	.version = CUBE_ROUTER_GENL_VERSION,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init cr_netlink_init(void)
{
	int err;

	err = genl_register_family(&family);
	if (err)
		return err;
	err = atomic_notifier_chain_register(&cr_events, &event_notifier);
	if (err)
		genl_unregister_family(&family);
	return err;
}

void cr_netlink_exit(void)
{
	atomic_notifier_chain_unregister(&cr_events, &event_notifier);
	genl_unregister_family(&family);
}

MODULE_ALIAS_GENL_FAMILY(CUBE_ROUTER_GENL_NAME);
