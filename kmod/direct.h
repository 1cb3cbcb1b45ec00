/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mode direct and mapped ports: packets that leave and arrive by the uplink, past the host's
 * routing.
 */
#ifndef CR_DIRECT_H
#define CR_DIRECT_H

#include <linux/inetdevice.h>
#include <linux/netfilter.h>
#include <net/arp.h>
#include <net/ip.h>

#include "compat.h"
#include "netns.h"
#include "port.h"

/**
 * struct cr_sent - what became of a packet, and the ICMP error that says so if it came back
 * @back: the packet as it was given, if its sender has to be told; else NULL
 * @counter: CR_INJECTED when all went well
 * @code: of a destination-unreachable
 * @mtu: with ICMP_FRAG_NEEDED
 */
struct cr_sent {
	struct sk_buff *back;
	enum cr_counter counter;
	u8 code;
	u16 mtu;
};

u32 cr_direct_port_low(const struct cr_net *crn);
void cr_direct_widen_watch(struct cr_net *crn, u32 low);
struct cr_sent cr_direct_send(struct cr_net *crn, struct sk_buff *skb, bool whole);
unsigned int cr_direct_arrive(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/* cr_direct_next_hop() - what is on a link of the uplink's own, or else the gateway; 0: none */
static inline __be32 cr_direct_next_hop(const struct cr_uplink *up, const struct net_device *dev,
					__be32 daddr)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const __be32 gateway = READ_ONCE(up->gateway);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (inet_ifa_match(daddr, ifa))
			return daddr;
	if (!gateway && dev->flags & (IFF_NOARP | IFF_POINTOPOINT))
		return daddr;
	return gateway;
}

/* cr_direct_forwarded() - with its hop counted, a packet becomes like any that the host forwards */
static inline void cr_direct_forwarded(struct sk_buff *skb)
{
	skb_forward_csum(skb);
	cr_clear_tstamp(skb);
}

/* cr_direct_prepare() - the same, and it leaves by a device */
static inline void cr_direct_prepare(struct sk_buff *skb, struct net_device *dev)
{
	skb_orphan(skb);
	cr_port_scrub(skb);
	cr_direct_forwarded(skb);
	skb->dev = dev;
}

/**
 * cr_direct_neighbour() - where cr_direct_send_to() can send a packet to
 * @crn: the namespace
 * @skb: a plain packet (fastpath.h), network header at skb->data
 *
 * Inlined, for the same reason as all of fastpath.h.
 *
 * Return: its next hop, good until rcu_read_unlock(); or NULL: it is for cr_direct_send(), for want
 * of an uplink, of a known neighbour, or of room for the packet or its new header.
 */
static __always_inline struct neighbour *cr_direct_neighbour(const struct cr_net *crn,
							     const struct sk_buff *skb)
{
	struct net_device *dev = rcu_dereference(crn->uplink.dev);
	struct neighbour *n;
	__be32 hop;

	if (!dev || !cr_port_takes(skb, READ_ONCE(dev->mtu)))
		return NULL;
	hop = cr_direct_next_hop(&crn->uplink, dev, ((const struct iphdr *)skb->data)->daddr);
	if (!hop)
		return NULL;
	n = __ipv4_neigh_lookup_noref(dev, (__force u32)hop);
	if (!n || !(READ_ONCE(n->nud_state) & NUD_CONNECTED) || !READ_ONCE(n->hh.hh_len) ||
	    skb_headroom(skb) < LL_RESERVED_SPACE(dev))
		return NULL;
	return n;
}

/**
 * cr_direct_send_to() - cr_direct_send() in short
 * @n: what cr_direct_neighbour() has said
 * @skb: what cr_fast_out() has translated, hop and all; given away
 */
static __always_inline void cr_direct_send_to(struct neighbour *n, struct sk_buff *skb)
{
	cr_direct_prepare(skb, n->dev);
	neigh_hh_output(&n->hh, skb);
}

#endif
