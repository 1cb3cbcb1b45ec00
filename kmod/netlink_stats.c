// SPDX-License-Identifier: GPL-2.0
/*
 * Counters as messages. They are per CPU and read without a lock. Called by generic netlink, and by
 * netlink_sandbox.c for those of one sandbox.
 */
#include "netlink_ops.h"

/* A request for statistics has no attributes: what is not named here is refused. */
const struct nla_policy cr_nl_stats_policy[CUBE_ROUTER_A_STATS_MAX + 1] = {};

/**
 * cr_nl_fill_counter() - adds a counter to a message
 * @skb: the message
 * @attr: as which attribute
 * @counter: which
 * @value: what it says
 *
 * Return: 0 or -EMSGSIZE.
 */
int cr_nl_fill_counter(struct sk_buff *skb, int attr, enum cr_counter counter, u64 value)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_string(skb, CUBE_ROUTER_A_STATS_NAME, cr_counter_name(counter)) ||
	    nla_put_u64_64bit(skb, CUBE_ROUTER_A_STATS_VALUE, value, CUBE_ROUTER_A_STATS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* cr_nl_stats_get() - the operation STATS_GET */
int cr_nl_stats_get(struct sk_buff *request, struct genl_info *info)
{
	const struct cr_net *crn = cr_net(genl_info_net(info));
	enum cr_counter counter;
	struct cr_message m;
	int err;

	err = cr_nl_begin_answer(&m, info, CR_COUNTERS * CR_NL_COUNTER_SIZE);
	if (err)
		return err;
	for (counter = 0; !err && counter < CR_COUNTERS; counter++)
		err = cr_nl_fill_counter(m.skb, CUBE_ROUTER_A_STATS_COUNTER, counter,
					 cr_stats_sum(crn->stats, counter));
	return cr_nl_answer(info, &m, err);
}
