/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of a flow through the host, which a session remembers, so that the host need not look up
 * its route again for each packet; and how a packet that the host has no port for comes back.
 *
 * When a packet of a session leaves the host (guard.c), its route is kept in the session; the next
 * one is injected (device.c) with that route set, and the host takes it without another lookup, as
 * it does for a socket's own packets (tcp_v4_early_demux). A route is used as long as the kernel
 * calls it valid: any change to routes, rules, addresses or path MTU ends that. It also depends on
 * the packet's mark and TOS, so these have to be the same. Where a rule in PREROUTING changes the
 * mark, nothing is remembered, since a route that is set already would bypass what the mark is for;
 * a rule that comes later shows at the next packet.
 *
 * What comes back is the same in the other direction: behind all else in PREROUTING, where
 * conntrack has told whose reply it is, it gets the route that the one before it got. That one
 * depends on the device by which it came in and on its rp_filter too, for the lookup is where the
 * kernel asks whether a source may come from there.
 *
 * A packet that is injected and one that leaves are matched by the CPU: injection runs to its end
 * before the next, with the one exception that cr_path_begin() tells of. Where it does not, because
 * the packet was queued, nothing is learnt. In the same way a packet finds at its end how large the
 * fragments were in which it came.
 */
#ifndef CR_PATH_H
#define CR_PATH_H

#include <linux/ip.h>
#include <linux/percpu.h>
#include <net/dst.h>
#include <net/inet_ecn.h>
#include <net/ip.h>

#include "netns.h"

/**
 * struct cr_given_back - a packet that the host has no place for, and why
 * @skb: it, as it was to leave; NULL: the host has it
 * @why: the counter that says why
 */
struct cr_given_back {
	struct sk_buff *skb;
	enum cr_counter why;
};

/**
 * struct cr_flight - the packet that this CPU has injected and that is on its way now
 * @session: whose it is, or NULL; the rest holds while there is one
 * @mark: its mark when it was injected
 * @tos: its TOS, as cr_path_tos() has it
 * @frag_max: if it was put together from fragments: the size of the largest, else 0
 * @preset: whether it was given the remembered route
 * @given_back: the packet itself, if it cannot begin a flow; see guard.c. NULL at the end.
 * @why: ... and the counter that says why not
 */
struct cr_flight {
	struct cr_session *session;
	u32 mark;
	u8 tos;
	u16 frag_max;
	bool preset;
	struct sk_buff *given_back;
	enum cr_counter why;
};

DECLARE_PER_CPU(struct cr_flight, cr_flight);

/* cr_path_in_flight() - the session of the packet that this CPU is carrying through the host */
static inline struct cr_session *cr_path_in_flight(void)
{
	return this_cpu_read(cr_flight.session);
}

/* cr_path_tos() - that of a packet's TOS which the choice of a route can depend on */
static inline u8 cr_path_tos(const struct sk_buff *skb)
{
	/* The rest is congestion's (RFC 3168), and changes from packet to packet. */
	return ip_hdr(skb)->tos & ~INET_ECN_MASK;
}

/**
 * cr_path_begin() - a packet is about to be injected
 * @skb: translated, with its mark, without a route
 * @s: its session; NULL for what has none of its own
 *
 * Softirqs stay off until cr_path_end(). Should a packet in flight lead to another injection (by a
 * rule of the host's that sends a copy back in, say), it is in flight no longer, and is to the
 * guard as one that has waited in a queue. Nothing can be injected any more once a packet has been
 * given back: it has left the host's hands.
 */
static inline void cr_path_begin(struct sk_buff *skb, struct cr_session *s)
{
	struct cr_flight *flight = this_cpu_ptr(&cr_flight);
	struct dst_entry *dst;

	flight->session = s;
	flight->mark = skb->mark;
	flight->tos = cr_path_tos(skb);
	flight->frag_max = unlikely(skb->ignore_df) ? IPCB(skb)->frag_max_size : 0;
	flight->preset = false;
	if (!s)
		return;
	dst = rcu_dereference(s->route);
	if (dst && READ_ONCE(s->route_mark) == flight->mark &&
	    READ_ONCE(s->route_tos) == flight->tos && dst_check(dst, 0)) {
		skb_dst_set_noref(skb, dst);
		flight->preset = true;
	}
}

/* cr_path_end() - the packet has been injected. Return: it, if it was given back, and why. */
static inline struct cr_given_back cr_path_end(void)
{
	struct cr_flight *flight = this_cpu_ptr(&cr_flight);
	const struct cr_given_back back = { .skb = flight->given_back, .why = flight->why };

	flight->session = NULL;
	if (unlikely(back.skb))
		flight->given_back = NULL;
	return back;
}

/* cr_path_give_back() - the packet in flight is taken out of the host's hands, for cr_path_end() */
static inline void cr_path_give_back(struct sk_buff *skb, enum cr_counter why)
{
	this_cpu_write(cr_flight.given_back, skb);
	this_cpu_write(cr_flight.why, why);
}

void cr_path_learn(const struct sk_buff *skb, struct cr_session *s);
int cr_path_register(struct cr_net *crn);
void cr_path_unregister(struct cr_net *crn);

/**
 * cr_path_known() - whether a packet leaves by the route that is remembered, and looks the same
 * @skb: the packet
 * @s: the session in flight
 *
 * Otherwise something has changed, and cr_path_learn() wants to see it.
 */
static inline bool cr_path_known(const struct sk_buff *skb, const struct cr_session *s)
{
	return rcu_access_pointer(s->route) == skb_dst(skb) && skb_dst(skb) &&
	       READ_ONCE(s->route_mark) == skb->mark &&
	       READ_ONCE(s->route_tos) == cr_path_tos(skb);
}

/**
 * cr_path_recut() - a packet that came in fragments shall leave in fragments that are no larger
 * @skb: the packet in flight, as it leaves the host
 *
 * Its sender may have chosen their size for a path of which the host knows nothing. Conntrack,
 * had it put the packet together, would have seen to that; what we noted in the packet was lost
 * when it arrived on cube-router. The bit that forbids cutting is set only if the fragments had it.
 */
static inline void cr_path_recut(struct sk_buff *skb)
{
	const u16 frag_max = this_cpu_read(cr_flight.frag_max);

	if (likely(!frag_max))
		return;
	IPCB(skb)->frag_max_size = frag_max;
	if (ip_hdr(skb)->frag_off & htons(IP_DF))
		IPCB(skb)->flags |= IPSKB_FRAG_PMTU;
}

#endif
