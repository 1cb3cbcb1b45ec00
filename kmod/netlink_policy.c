// SPDX-License-Identifier: GPL-2.0
/*
 * Policies of sandboxes as requests and messages: lists of prefixes become a policy, its entries
 * become a dump. Who changes one holds RTNL, a dump reads it under RCU. Called by generic netlink,
 * and by netlink_sandbox.c for a policy that comes with a sandbox.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <net/sock.h>

#include "compat.h"
#include "event.h"
#include "netlink_ops.h"

static bool is_list(const struct nlattr *attr)
{
	return nla_type(attr) == CUBE_ROUTER_A_SANDBOX_ALLOW ||
	       nla_type(attr) == CUBE_ROUTER_A_SANDBOX_DENY;
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
		return cr_nl_refuse_attr(info, attr, -EINVAL, "list of prefixes is cut off");
	for (; (const void *)prefix < end; prefix++) {
		fault = prefix_fault(prefix);
		if (fault)
			return cr_nl_refuse_attr(info, attr, -EINVAL, fault);
		if (change->count == CUBE_ROUTER_POLICY_ENTRIES_MAX)
			return cr_nl_refuse_attr(info, attr, -E2BIG, "more than 8192 prefixes");
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
	change->list = kvcalloc(count + 1, sizeof(*change->list), GFP_KERNEL_ACCOUNT);
	if (!change->list)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		err = is_list(attr) ? read_list(info, change, attr, now) : 0;
		if (err)
			return err;
	}
	return 0;
}

/**
 * cr_nl_read_policy() - makes a policy of what a request says
 * @info: the request, told what is wrong
 * @old: the policy that there is, or NULL; under RTNL
 * @how: what the request does to it
 *
 * Return: the new policy, the caller's; or an error.
 */
struct cr_policy *cr_nl_read_policy(struct genl_info *info, const struct cr_policy *old,
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
		cr_nl_refuse_attr(info, last, 0, "prefix is given twice");
		break;
	case -ENOENT:
		cr_nl_refuse_attr(info, last, 0, "policy has no such entry");
		break;
	case -E2BIG:
		cr_nl_refuse_attr(info, last, 0, "more than 8192 prefixes");
		break;
	}
	return policy;
}

/* cr_nl_has_policy() - whether a request says anything of a policy */
bool cr_nl_has_policy(const struct genl_info *info)
{
	return info->attrs[CUBE_ROUTER_A_SANDBOX_POLICY] ||
	       info->attrs[CUBE_ROUTER_A_SANDBOX_ALLOW] ||
	       info->attrs[CUBE_ROUTER_A_SANDBOX_DENY];
}

static int change_policy(struct genl_info *info)
{
	const bool adds = info->genlhdr->cmd == CUBE_ROUTER_CMD_POLICY_ADD;
	const bool allows = info->attrs[CUBE_ROUTER_A_SANDBOX_ALLOW];
	const bool denies = info->attrs[CUBE_ROUTER_A_SANDBOX_DENY];
	const struct nlattr *name = info->attrs[CUBE_ROUTER_A_SANDBOX_PORT];
	struct cr_sandbox *sbx = cr_nl_sandbox_by_name(info, name);
	struct cr_policy *policy;

	if (IS_ERR(sbx))
		return PTR_ERR(sbx);
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_POLICY])
		return cr_nl_refuse(info, CUBE_ROUTER_A_SANDBOX_POLICY, -EINVAL,
				    "policy is replaced as a whole, by changing the sandbox");
	if (!allows && !denies) {
		NL_SET_ERR_MSG(info->extack, "no prefix is given");
		return -EINVAL;
	}
	policy = cr_nl_read_policy(info, rtnl_dereference(sbx->policy),
				   adds ? CR_POLICY_ADD : CR_POLICY_DEL);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	cr_sandbox_set_policy(sbx, policy);
	/* One more that allows ends nothing: who keeps a list of them alive does it at no cost. */
	if (adds ? denies : allows)
		cr_sandbox_judge_again(sbx);
	cr_event_sandbox(CUBE_ROUTER_CMD_SANDBOX_SET, sbx);
	return 0;
}

/* cr_nl_policy_change() - the operations POLICY_ADD and POLICY_DEL */
int cr_nl_policy_change(struct sk_buff *request, struct genl_info *info)
{
	return cr_nl_with_rtnl(info, change_policy);
}

/* One prefix of a policy, unless its time is over. */
static int fill_entry(struct sk_buff *skb, const void *entry)
{
	const struct cr_policy_entry *e = entry;
	const int attr = e->deny ? CUBE_ROUTER_A_SANDBOX_DENY : CUBE_ROUTER_A_SANDBOX_ALLOW;
	struct cube_router_prefix prefix = { .net = htonl(e->net), .len = e->len };
	const u64 now = get_jiffies_64();

	if (e->until <= now)
		return -ENOENT;
	if (e->until != CR_POLICY_FOREVER)
		prefix.ttl = div_u64(e->until - now + HZ - 1, HZ);
	return nla_put(skb, attr, sizeof(prefix), &prefix);
}

static int list_entries(struct sk_buff *skb, struct netlink_callback *cb,
			const struct cr_policy *policy)
{
	for (; policy && cb->args[0] < policy->count; cb->args[0]++)
		if (cr_nl_dump_one(skb, cb, CUBE_ROUTER_CMD_POLICY_GET, fill_entry,
				   &policy->entries[cb->args[0]]) == -EMSGSIZE)
			break;
	return skb->len;
}

/* A policy that is replaced meanwhile goes on where the old one was, and that is told. */
static int dump_policy(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *name = cr_dump_attrs(cb)[CUBE_ROUTER_A_SANDBOX_PORT];
	const struct cr_policy *policy;
	const struct cr_sandbox *sbx;

	if (!name) {
		NL_SET_ERR_MSG(cb->extack, "no port is named");
		return -EINVAL;
	}
	sbx = cr_nl_sandbox_rcu(sock_net(skb->sk), name, cb->extack);
	if (!sbx)
		return -ENOENT;
	policy = rcu_dereference(sbx->policy);
	cb->seq = policy ? policy->version : U32_MAX;
	return list_entries(skb, cb, policy);
}

/* cr_nl_policy_dump() - the operation POLICY_GET */
int cr_nl_policy_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err;

	rcu_read_lock();
	err = dump_policy(skb, cb);
	rcu_read_unlock();
	return err;
}
