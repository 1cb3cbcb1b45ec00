// SPDX-License-Identifier: GPL-2.0
/*
 * Sandboxes as requests and messages. Who changes one holds RTNL; messages are filled under it or
 * under RCU. Called by generic netlink, and by netlink_event.c for the message.
 */
#include <linux/rtnetlink.h>
#include <net/sock.h>

#include "event.h"
#include "netlink_ops.h"
#include "probe.h"

#define WITHOUT_COUNTERS	256	/* bytes of a message about a sandbox, at most */

const struct nla_policy cr_nl_sandbox_policy[CUBE_ROUTER_A_SANDBOX_MAX + 1] = {
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

static int fill_account(struct sk_buff *skb, const struct cr_account *account)
{
	const struct cr_traffic traffic = cr_account_traffic(account);
	enum cr_counter counter;
	u64 value;

	/* A sandbox with all its counters fits any message, or a dump would end at it. */
	BUILD_BUG_ON(WITHOUT_COUNTERS + CR_COUNTERS * CR_NL_COUNTER_SIZE >
		     GENLMSG_DEFAULT_SIZE);
	if (nla_put_u64_64bit(skb, CUBE_ROUTER_A_SANDBOX_BYTES_OUT, traffic.bytes_out,
			      CUBE_ROUTER_A_SANDBOX_PAD) ||
	    nla_put_u64_64bit(skb, CUBE_ROUTER_A_SANDBOX_BYTES_BACK, traffic.bytes_back,
			      CUBE_ROUTER_A_SANDBOX_PAD))
		return -EMSGSIZE;
	for (counter = 0; counter < CR_COUNTERS; counter++) {
		value = cr_account_sum(account, &traffic, counter);
		if (value && cr_nl_fill_counter(skb, CUBE_ROUTER_A_SANDBOX_COUNTER, counter, value))
			return -EMSGSIZE;
	}
	return 0;
}

/**
 * cr_nl_fill_sandbox() - fills a message with what is known of a sandbox
 * @skb: the message
 * @sandbox: a &struct cr_sandbox, under RTNL or RCU
 *
 * Return: 0, -EMSGSIZE, or -ENODEV if its port is gone.
 */
int cr_nl_fill_sandbox(struct sk_buff *skb, const void *sandbox)
{
	const struct cr_sandbox *sbx = sandbox;
	const struct net_device *port = rcu_dereference_rtnl(sbx->port);
	const struct cr_policy *policy = rcu_dereference_rtnl(sbx->policy);
	const u64 mark = READ_ONCE(sbx->mark);
	const u64 mac = READ_ONCE(sbx->mac);

	if (!port)
		return -ENODEV;
	if (nla_put_string(skb, CUBE_ROUTER_A_SANDBOX_PORT, port->name) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SANDBOX_IFINDEX, port->ifindex) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SANDBOX_IP, sbx->ip) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SANDBOX_GUEST, sbx->guest) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SANDBOX_GATEWAY, READ_ONCE(sbx->gateway)) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_SANDBOX_HOST, READ_ONCE(sbx->host)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SANDBOX_MARK, cr_mark_bits(mark)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SANDBOX_MARK_MASK, cr_mark_mask(mark)) ||
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

/* The registered sandbox that a request names, under RTNL. */
static struct cr_sandbox *named_sandbox(struct genl_info *info)
{
	return cr_nl_sandbox_by_name(info, info->attrs[CUBE_ROUTER_A_SANDBOX_PORT]);
}

static int read_sandbox_mark(struct genl_info *info, u64 *mark)
{
	const struct cr_net *crn = cr_net(genl_info_net(info));
	int err;

	err = cr_nl_read_mark(info, CUBE_ROUTER_A_SANDBOX_MARK, CUBE_ROUTER_A_SANDBOX_MARK_MASK,
			      mark);
	if (err)
		return err;
	if (cr_marks_meet(*mark, crn->bypass))
		return cr_nl_refuse(info, CUBE_ROUTER_A_SANDBOX_MARK, -EINVAL,
				    "mark could be taken for the bypass mark");
	return 0;
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

	port = cr_nl_port_device(info, words.port_attr);
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
	err = read_sandbox_mark(info, &words.mark);
	if (err)
		return err;
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_HOST])
		words.host = nla_get_u8(info->attrs[CUBE_ROUTER_A_SANDBOX_HOST]);
	cr_nl_read_u32(&words.max_sessions, info->attrs, CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS);
	if (cr_nl_has_policy(info))
		words.policy = cr_nl_read_policy(info, NULL, CR_POLICY_REPLACE);
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
	u32 max;
	u64 mark;
	const char *fault;
	__be32 gateway;
	bool host, closed;
	int err;

	if (IS_ERR(sbx))
		return PTR_ERR(sbx);
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_IP])
		return cr_nl_refuse(info, CUBE_ROUTER_A_SANDBOX_IP, -EINVAL,
				    "a registered port keeps its address");
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_GUEST])
		return cr_nl_refuse(info, CUBE_ROUTER_A_SANDBOX_GUEST, -EINVAL,
				    "a registered port keeps its guest address");
	mark = sbx->mark;
	max = sbx->owner.max;
	host = sbx->host;
	gateway = sbx->gateway;
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_GATEWAY])
		gateway = nla_get_in_addr(info->attrs[CUBE_ROUTER_A_SANDBOX_GATEWAY]);
	fault = cr_sandbox_gateway_fault(sbx->crn, gateway, sbx->ip, sbx->guest);
	if (fault)
		return cr_nl_refuse(info, CUBE_ROUTER_A_SANDBOX_GATEWAY, -EINVAL, fault);
	err = read_sandbox_mark(info, &mark);
	if (err)
		return err;
	cr_nl_read_u32(&max, info->attrs, CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS);
	if (info->attrs[CUBE_ROUTER_A_SANDBOX_HOST])
		host = nla_get_u8(info->attrs[CUBE_ROUTER_A_SANDBOX_HOST]);
	if (cr_nl_has_policy(info))
		policy = cr_nl_read_policy(info, rtnl_dereference(sbx->policy), CR_POLICY_REPLACE);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	closed = sbx->host && !host;
	WRITE_ONCE(sbx->mark, mark);
	WRITE_ONCE(sbx->owner.max, max);
	WRITE_ONCE(sbx->host, host);
	WRITE_ONCE(sbx->gateway, gateway);
	if (policy)
		cr_sandbox_set_policy(sbx, policy);
	if (policy || closed)
		cr_sandbox_judge_again(sbx);
	cr_event_sandbox(CUBE_ROUTER_CMD_SANDBOX_SET, sbx);
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

/* cr_nl_sandbox_new() - the operation SANDBOX_NEW */
int cr_nl_sandbox_new(struct sk_buff *request, struct genl_info *info)
{
	return cr_nl_with_rtnl(info, new_sandbox);
}

/* cr_nl_sandbox_set() - the operation SANDBOX_SET */
int cr_nl_sandbox_set(struct sk_buff *request, struct genl_info *info)
{
	return cr_nl_with_rtnl(info, set_sandbox);
}

/* cr_nl_sandbox_del() - the operation SANDBOX_DEL */
int cr_nl_sandbox_del(struct sk_buff *request, struct genl_info *info)
{
	return cr_nl_with_rtnl(info, del_sandbox);
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

/* cr_nl_sandbox_probe() - the operation SANDBOX_PROBE */
int cr_nl_sandbox_probe(struct sk_buff *request, struct genl_info *info)
{
	return cr_nl_with_rtnl(info, probe_sandbox);
}

/* cr_nl_sandbox_get() - the operation SANDBOX_GET, of one */
int cr_nl_sandbox_get(struct sk_buff *request, struct genl_info *info)
{
	struct cr_sandbox *sbx;
	struct cr_message m;
	int err;

	err = cr_nl_begin_answer(&m, info, GENLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	rtnl_lock();
	sbx = named_sandbox(info);
	err = IS_ERR(sbx) ? PTR_ERR(sbx) : cr_nl_fill_sandbox(m.skb, sbx);
	rtnl_unlock();
	return cr_nl_answer(info, &m, err);
}

/* cr_nl_sandbox_dump() - the operation SANDBOX_GET, of all */
int cr_nl_sandbox_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return cr_nl_dump_all(skb, cb, CUBE_ROUTER_CMD_SANDBOX_GET, cr_nl_fill_sandbox,
			      &cr_net(sock_net(skb->sk))->ports);
}
