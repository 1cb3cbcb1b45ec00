// SPDX-License-Identifier: GPL-2.0
/*
 * Learning and forgetting the routes of a session's packets; path.h tells the whole. Called by
 * guard.c with softirqs off, and from a hook of its own in PREROUTING, with softirqs on or off:
 * what NFQUEUE reinjects comes there in the context of a process. All of it is under RCU. That hook
 * sees whatever comes in, and so stops what has come by a port past the port's own hook, too. Who
 * learns holds the lock of the session's owner, who uses what was learnt does not, and may for one
 * packet be given the route of a moment ago.
 */
#include <linux/inetdevice.h>
#include <linux/limits.h>
#include <linux/netfilter_ipv4.h>
#include <net/netfilter/nf_conntrack.h>

#include "compat.h"
#include "path.h"
#include "sandbox.h"

DEFINE_PER_CPU(struct cr_flight, cr_flight);

static void replace(struct dst_entry __rcu **route, struct dst_entry *dst)
{
	/* Whoever found the old one under RCU may still use it. */
	dst_release(xchg((__force struct dst_entry **)route, dst));
}

/* A plain route of a forwarded packet, that nothing but its lookup decided. */
static bool is_plain(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return dst && dst->ops->family == AF_INET && rt_is_input_route(skb_rtable(skb)) &&
	       !dst_xfrm(dst) && !dst->lwtstate;
}

/* -------- the way out -------- */

/*
 * Whether rules can ask for ports that a session does not know (fib4_rules_early_flow_dissect()):
 * those of SCTP, or what stands in their place.
 */
static bool has_hidden_ports(u8 proto)
{
	return !cr_has_ports(proto) && proto_ports_offset(proto) >= 0;
}

static bool worth_keeping(const struct sk_buff *skb, const struct cr_session *s,
			  const struct cr_flight *flight)
{
	return skb->mark == flight->mark && cr_path_tos(skb) == flight->tos &&
	       ip_hdr(skb)->daddr == s->tuple.daddr && !has_hidden_ports(s->tuple.proto) &&
	       is_plain(skb);
}

/**
 * cr_path_learn() - a packet that was injected leaves the host by a route that is not remembered
 * @skb: the packet, with its route
 * @s: the session in flight
 */
void cr_path_learn(const struct sk_buff *skb, struct cr_session *s)
{
	const struct cr_flight *flight = this_cpu_ptr(&cr_flight);

	spin_lock(&s->owner->lock);
	/* The old route is gone before the new mark and TOS are there. */
	if (rcu_access_pointer(s->route))
		replace(&s->route, NULL);
	/* What it was given was not looked up for it: the mark may have changed since. */
	if (worth_keeping(skb, s, flight) && !flight->preset) {
		WRITE_ONCE(s->route_mark, flight->mark);
		WRITE_ONCE(s->route_tos, flight->tos);
		if (dst_hold_safe(skb_dst(skb)))
			replace(&s->route, skb_dst(skb));
	}
	spin_unlock(&s->owner->lock);
}

/* -------- the way back -------- */

/* The session of a reply, of TCP and UDP only: others are too rare to be worth it. */
static struct cr_session *session_of_reply(const struct cr_net *crn, const struct sk_buff *skb)
{
	const struct nf_conntrack_tuple *asked;
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	struct cr_tuple tuple;

	if (!ct || ctinfo != IP_CT_ESTABLISHED_REPLY)
		return NULL;
	asked = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	if (asked->dst.protonum != IPPROTO_TCP && asked->dst.protonum != IPPROTO_UDP)
		return NULL;
	tuple = (struct cr_tuple){
		.saddr = asked->dst.u3.ip, .sport = asked->dst.u.all,
		.daddr = asked->src.u3.ip, .dport = asked->src.u.all,
		.proto = asked->dst.protonum,
	};
	return cr_session_find_back(&crn->table, &tuple, cr_now());
}

static void learn_back(const struct cr_net *crn, const struct sk_buff *skb, struct cr_session *s,
		       u8 filter)
{
	spin_lock_bh(&s->owner->lock);
	if (rcu_access_pointer(s->back_route))
		replace(&s->back_route, NULL);
	if (is_plain(skb) && skb_dst(skb)->dev == rcu_access_pointer(crn->device)) {
		WRITE_ONCE(s->back_mark, skb->mark);
		WRITE_ONCE(s->back_iif, skb->dev->ifindex);
		WRITE_ONCE(s->back_tos, cr_path_tos(skb));
		WRITE_ONCE(s->back_filter, filter);
		if (dst_hold_safe(skb_dst(skb)))
			replace(&s->back_route, skb_dst(skb));
	}
	spin_unlock_bh(&s->owner->lock);
}

/* Gives a reply its route: the remembered one, or the one that the host would look up next. */
static void route_back(const struct cr_net *crn, struct sk_buff *skb, struct cr_session *s)
{
	struct in_device *in_dev = __in_dev_get_rcu(skb->dev);
	struct dst_entry *dst;
	u8 filter;

	if (!in_dev)
		return;
	filter = IN_DEV_RPFILTER(in_dev);
	dst = rcu_dereference(s->back_route);
	if (dst && READ_ONCE(s->back_mark) == skb->mark &&
	    READ_ONCE(s->back_iif) == skb->dev->ifindex &&
	    READ_ONCE(s->back_tos) == cr_path_tos(skb) &&
	    READ_ONCE(s->back_filter) == filter && dst_check(dst, 0)) {
		skb_dst_set_noref(skb, dst);
		return;
	}
	/* Where there is none the host finds that too, and does what it does then. */
	if (cr_route_input(skb))
		learn_back(crn, skb, s, filter);
}

/* For the internal address. */
static noinline void give_route(const struct cr_net *crn, struct sk_buff *skb)
{
	struct cr_session *s;

	/* A dst that is set is tunnel metadata; of a VRF's slave the input device still changes. */
	if (skb_dst(skb) || netif_is_l3_slave(skb->dev))
		return;
	s = session_of_reply(crn, skb);
	if (s)
		route_back(crn, skb, s);
}

/* An ifb has given it back to the device that it came in by: if that is a port, past its hook. */
static noinline unsigned int stop_dodger(struct cr_net *crn, const struct sk_buff *skb)
{
	struct cr_sandbox *dodger = cr_sandbox_of(crn, skb->dev);

	if (!dodger)
		return NF_ACCEPT;
	cr_sandbox_count(dodger, CR_GUARD_DODGED);
	return NF_DROP;
}

/* Every packet that comes in, so it is short; the last to see it before its route is looked up. */
static unsigned int come_back(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cr_net *crn = priv;

	if (unlikely(cr_was_redirected(skb)) && stop_dodger(crn, skb) != NF_ACCEPT)
		return NF_DROP;
	if (ip_hdr(skb)->daddr == READ_ONCE(crn->snat_addr))
		give_route(crn, skb);
	return NF_ACCEPT;
}

/* cr_path_register() - from now on routes of replies are remembered. Return: 0 or an error. */
int cr_path_register(struct cr_net *crn)
{
	crn->replies = (struct nf_hook_ops){
		.hook = come_back,
		.priv = crn,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = INT_MAX,
	};
	return nf_register_net_hook(crn->net, &crn->replies);
}

/* cr_path_unregister() - and no longer */
void cr_path_unregister(struct cr_net *crn)
{
	nf_unregister_net_hook(crn->net, &crn->replies);
}
