/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the generic-netlink family share: netlink.c, which has the family itself and
 * calls the others, netlink_*.c, one for each kind of object, and netlink_message.c below them.
 * Nothing else includes this.
 */
#ifndef CR_NETLINK_OPS_H
#define CR_NETLINK_OPS_H

#include <net/genetlink.h>

#include "netns.h"
#include "sandbox.h"

#define CR_NL_COUNTER_SIZE	48	/* of one in a message, at most: names up to 23 letters */

/* -------- netlink.c -------- */

extern struct genl_family cr_nl_family;

/* -------- netlink_message.c -------- */

/**
 * struct cr_message - a message that is being made
 * @skb: in which
 * @hdr: its header
 */
struct cr_message {
	struct sk_buff *skb;
	void *hdr;
};

/* Fills a message with an object: 0, -EMSGSIZE if it is full, or why the object is not told. */
typedef int (*cr_nl_fill)(struct sk_buff *skb, const void *object);

int cr_nl_begin_answer(struct cr_message *m, const struct genl_info *info, size_t size);
int cr_nl_answer(struct genl_info *info, struct cr_message *m, int err);
int cr_nl_begin_event(struct cr_message *m, struct net *net, u8 cmd);
void cr_nl_tell(struct cr_message *m, struct net *net, int err);

int cr_nl_dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, cr_nl_fill fill,
		   const void *object);
int cr_nl_dump_all(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, cr_nl_fill fill,
		   struct xarray *objects);

int cr_nl_with_rtnl(struct genl_info *info, int (*work)(struct genl_info *info));
int cr_nl_refuse_attr(struct genl_info *info, const struct nlattr *attr, int err, const char *why);
int cr_nl_read_mark(struct genl_info *info, int mark_attr, int mask_attr, u64 *mark);

struct net_device *cr_nl_port_device(struct genl_info *info, const struct nlattr *name);
struct cr_sandbox *cr_nl_sandbox_by_name(struct genl_info *info, const struct nlattr *name);
struct cr_sandbox *cr_nl_sandbox_rcu(struct net *net, const struct nlattr *name,
				     struct netlink_ext_ack *extack);

/* cr_nl_refuse() - the same as cr_nl_refuse_attr(), of an attribute by its number */
static inline int cr_nl_refuse(struct genl_info *info, int attr, int err, const char *why)
{
	return cr_nl_refuse_attr(info, info->attrs[attr], err, why);
}

/* cr_nl_read_u32() - the value of an attribute, if it is there */
static inline void cr_nl_read_u32(u32 *to, struct nlattr **attrs, int attr)
{
	if (attrs[attr])
		*to = nla_get_u32(attrs[attr]);
}

/* -------- netlink_config.c -------- */

extern const struct nla_policy cr_nl_config_policy[CUBE_ROUTER_A_CONFIG_MAX + 1];

int cr_nl_fill_config(struct sk_buff *skb, const struct cr_net *crn);
int cr_nl_config_get(struct sk_buff *request, struct genl_info *info);
int cr_nl_config_set(struct sk_buff *request, struct genl_info *info);

/* -------- netlink_sandbox.c -------- */

extern const struct nla_policy cr_nl_sandbox_policy[CUBE_ROUTER_A_SANDBOX_MAX + 1];

int cr_nl_fill_sandbox(struct sk_buff *skb, const void *sandbox);
int cr_nl_sandbox_new(struct sk_buff *request, struct genl_info *info);
int cr_nl_sandbox_set(struct sk_buff *request, struct genl_info *info);
int cr_nl_sandbox_del(struct sk_buff *request, struct genl_info *info);
int cr_nl_sandbox_get(struct sk_buff *request, struct genl_info *info);
int cr_nl_sandbox_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cr_nl_sandbox_probe(struct sk_buff *request, struct genl_info *info);

/* -------- netlink_policy.c -------- */

bool cr_nl_has_policy(const struct genl_info *info);
struct cr_policy *cr_nl_read_policy(struct genl_info *info, const struct cr_policy *old,
				    enum cr_policy_how how);
int cr_nl_policy_change(struct sk_buff *request, struct genl_info *info);
int cr_nl_policy_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* -------- netlink_session.c -------- */

extern const struct nla_policy cr_nl_session_policy[CUBE_ROUTER_A_SESSION_MAX + 1];

int cr_nl_session_count(struct sk_buff *request, struct genl_info *info);
int cr_nl_session_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cr_nl_session_flush(struct sk_buff *request, struct genl_info *info);

/* -------- netlink_portmap.c -------- */

extern const struct nla_policy cr_nl_portmap_policy[CUBE_ROUTER_A_PORTMAP_MAX + 1];

int cr_nl_fill_portmap(struct sk_buff *skb, const void *portmap);
int cr_nl_portmap_new(struct sk_buff *request, struct genl_info *info);
int cr_nl_portmap_del(struct sk_buff *request, struct genl_info *info);
int cr_nl_portmap_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* -------- netlink_stats.c -------- */

extern const struct nla_policy cr_nl_stats_policy[CUBE_ROUTER_A_STATS_MAX + 1];

int cr_nl_fill_counter(struct sk_buff *skb, int attr, enum cr_counter counter, u64 value);
int cr_nl_stats_get(struct sk_buff *request, struct genl_info *info);

/* -------- netlink_event.c -------- */

int cr_nl_events_init(void);
void cr_nl_events_exit(void);

#endif
