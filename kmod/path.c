// SPDX-License-Identifier: GPL-2.0
/*
 * Learning and forgetting the route of a session's packets; path.h tells the whole. Under RCU with
 * softirqs off; two CPUs that learn at once exchange whole references.
 */
#include <net/route.h>

#include "path.h"

DEFINE_PER_CPU(struct cr_flight, cr_flight);

static void replace(struct cr_session *s, struct dst_entry *dst)
{
	/* Whoever found the old one under RCU may still use it. */
	dst_release(xchg((__force struct dst_entry **)&s->route, dst));
}

/* A plain route of a forwarded packet, that nothing but its lookup decided. */
static bool worth_keeping(const struct sk_buff *skb, const struct cr_session *s,
			  const struct cr_flight *flight)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct dst_entry *dst = skb_dst(skb);

	return skb->mark == flight->mark && iph->tos == flight->tos &&
	       iph->daddr == s->tuple.daddr &&
	       dst && dst->ops->family == AF_INET && rt_is_input_route(skb_rtable(skb)) &&
	       !dst_xfrm(dst) && !dst->lwtstate;
}

/**
 * cr_path_learn() - a packet that was injected leaves the host by a route that is not remembered
 * @skb: the packet, with its route
 * @s: the session in flight
 */
void cr_path_learn(const struct sk_buff *skb, struct cr_session *s)
{
	const struct cr_flight *flight = this_cpu_ptr(&cr_flight);

	/* The old route is gone before the new mark and TOS are there. */
	if (rcu_access_pointer(s->route))
		replace(s, NULL);
	if (!worth_keeping(skb, s, flight))
		return;
	WRITE_ONCE(s->route_mark, flight->mark);
	WRITE_ONCE(s->route_tos, flight->tos);
	if (dst_hold_safe(skb_dst(skb)))
		replace(s, skb_dst(skb));
}
