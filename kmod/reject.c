// SPDX-License-Identifier: GPL-2.0
/*
 * Answers to a sandbox that we build ourselves: TCP resets and ICMP errors, sent straight out of
 * its port. The kernel's own senders choose by route, and its ICMP limiter sees all sandboxes as
 * one address; that is put right here, too. Called by ingress.c, device.c and direct.c under RCU,
 * and by sandbox.c for a new sandbox's rate. Each rate has a spinlock of its own.
 */
#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/tcp.h>

#include "compat.h"
#include "reject.h"

#define ICMP_BURST	50	/* errors at once */
#define ICMP_PER_SECOND	100	/* and in the long run */
#define HOST_TOKENS	(4 * HZ)	/* of an inet_peer: an error costs HZ or 2 * HZ */
#define ICMP_QUOTE	548	/* bytes quoted: an error is at most 576 long (RFC 1812, 4.3.2.3) */

/* cr_rate_init() - all tokens are there */
void cr_rate_init(struct cr_rate *rate)
{
	spin_lock_init(&rate->lock);
	rate->when = cr_now();
	rate->tokens = ICMP_BURST;
}

/* Whether there is a token. Takes it, or only looks. */
static bool token(struct cr_rate *rate, bool take)
{
	u32 now, fresh;
	bool have;

	spin_lock_bh(&rate->lock);
	/* Not before: another CPU would have been here later than now. */
	now = cr_now();
	fresh = min_t(u32, now - rate->when, HZ) * ICMP_PER_SECOND / HZ;
	if (fresh) {
		rate->tokens = min_t(u32, rate->tokens + fresh, ICMP_BURST);
		rate->when = now;
	}
	have = rate->tokens;
	if (have && take)
		rate->tokens--;
	spin_unlock_bh(&rate->lock);
	return have;
}

/**
 * cr_host_icmp_allow() - sets what ICMP errors the host may send now, to what a sandbox has left
 * @sbx: whose packet the host is about to see
 * @dev: cube-router
 *
 * The host answers what it cannot route, or what its firewall rejects, while we wait. Its limit is
 * one error a second for each address, and the internal address stands for all sandboxes: one that
 * asks for errors would have those of all others. So the limit's memory of that address is set
 * for each packet, from the rate of its own sandbox. The kernel writes it without a lock, too
 * (net/ipv4/inetpeer.c).
 */
void cr_host_icmp_allow(struct cr_sandbox *sbx, const struct net_device *dev)
{
	struct cr_net *crn = sbx->crn;
	struct inet_peer *peer;

	peer = cr_peer_get(crn->net, READ_ONCE(crn->snat_addr), l3mdev_master_ifindex_rcu(dev));
	if (!peer)
		return;
	WRITE_ONCE(peer->rate_tokens, token(&sbx->icmp, false) ? HOST_TOKENS : 0);
	WRITE_ONCE(peer->rate_last, jiffies);
	cr_peer_put(peer);
}

/* cr_host_icmp_sent() - the host has sent one to the sandbox */
void cr_host_icmp_sent(struct cr_sandbox *sbx)
{
	token(&sbx->icmp, true);
}

/* An IP packet with @len bytes of room behind its header, which is filled but for the checksum. */
static struct sk_buff *new_packet(const struct net_device *port, __be32 saddr, __be32 daddr,
				  u8 proto, unsigned int len)
{
	struct sk_buff *skb;
	struct iphdr *iph;

	skb = alloc_skb(LL_RESERVED_SPACE(port) + sizeof(*iph) + len, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_RESERVED_SPACE(port));
	skb_reset_network_header(skb);
	iph = skb_put_zero(skb, sizeof(*iph));
	skb_set_transport_header(skb, sizeof(*iph));
	*iph = (struct iphdr){
		.version = 4, .ihl = sizeof(*iph) / 4, .tot_len = htons(sizeof(*iph) + len),
		.frag_off = htons(IP_DF), .ttl = IPDEFTTL, .protocol = proto,
		.saddr = saddr, .daddr = daddr,
	};
	ip_send_check(iph);
	return skb;
}

/* Out of the port, to the MAC address from which @offender came. Takes @skb. */
static void send(struct net_device *port, struct sk_buff *skb, const struct sk_buff *offender)
{
	skb->dev = port;
	skb->protocol = htons(ETH_P_IP);
	dev_hard_header(skb, port, ETH_P_IP, eth_hdr(offender)->h_source, NULL, skb->len);
	skb_reset_mac_header(skb);
	dev_queue_xmit(skb);
}

/**
 * cr_reject_tcp() - answers a segment with a reset
 * @sbx: who sent it
 * @offender: the segment, as it came; a reset is not answered
 * @p: what it is
 *
 * Numbers as in RFC 9293, section 3.10.7.1.
 */
void cr_reject_tcp(struct cr_sandbox *sbx, const struct sk_buff *offender,
		   const struct cr_packet *p)
{
	const struct tcphdr *old = (const struct tcphdr *)(offender->data + p->l4);
	struct net_device *port = rcu_dereference(sbx->port);
	struct sk_buff *skb;
	struct tcphdr *th;

	if (!port || p->tcp_flags & TCPHDR_RST)
		return;
	skb = new_packet(port, p->tuple.daddr, p->tuple.saddr, IPPROTO_TCP, sizeof(*th));
	if (!skb)
		return;
	th = skb_put_zero(skb, sizeof(*th));
	th->source = old->dest;
	th->dest = old->source;
	th->doff = sizeof(*th) / 4;
	th->rst = 1;
	if (old->ack) {
		th->seq = old->ack_seq;
	} else {
		th->ack = 1;
		th->ack_seq = htonl(ntohl(old->seq) + old->syn + old->fin + p->end - p->l4 -
				    old->doff * 4);
	}
	th->check = tcp_v4_check(sizeof(*th), p->tuple.daddr, p->tuple.saddr,
				 csum_partial(th, sizeof(*th), 0));
	send(port, skb, offender);
	cr_sandbox_count(sbx, CR_RST_SENT);
}

/*
 * Our own address towards sandboxes: that of cube-router, as in the kernel's own errors, and
 * without it that of the uplink.
 */
static __be32 own_address(const struct cr_net *crn)
{
	const struct net_device *dev = rcu_dereference(crn->device);

	return dev ? inet_select_addr(dev, 0, RT_SCOPE_UNIVERSE) : READ_ONCE(crn->uplink.addr);
}

/*
 * An ICMP error about @offender, to leave by @dev, within the sandbox's rate. Path MTU discovery is
 * not limited, by the kernel neither (net/ipv4/icmp.c, icmpv4_mask_allow()).
 */
static struct sk_buff *new_error(struct cr_sandbox *sbx, const struct net_device *dev,
				 __be32 saddr, const struct sk_buff *offender,
				 const struct cr_packet *p, struct icmphdr head)
{
	const unsigned int quote = min_t(unsigned int, p->end - p->l3, ICMP_QUOTE);
	struct sk_buff *skb;
	struct icmphdr *ih;

	if (!saddr || p->kind == CR_KIND_ICMP_ERROR)
		return NULL;
	if (!(head.type == ICMP_DEST_UNREACH && head.code == ICMP_FRAG_NEEDED) &&
	    !token(&sbx->icmp, true)) {
		cr_sandbox_count(sbx, CR_ICMP_LIMITED);
		return NULL;
	}
	skb = new_packet(dev, saddr, p->tuple.saddr, IPPROTO_ICMP, sizeof(*ih) + quote);
	if (!skb)
		return NULL;
	ih = skb_put(skb, sizeof(*ih));
	*ih = head;
	if (skb_copy_bits(offender, p->l3, skb_put(skb, quote), quote)) {
		kfree_skb(skb);
		return NULL;
	}
	ih->checksum = ip_compute_csum(ih, sizeof(*ih) + quote);
	return skb;
}

/**
 * cr_reject_icmp() - answers a packet with an ICMP error, within the sandbox's rate
 * @sbx: who sent it
 * @offender: the packet, as it came; an ICMP error is not answered
 * @p: what it is
 * @type: ICMP type
 * @code: ICMP code
 * @mtu: with ICMP_FRAG_NEEDED
 */
void cr_reject_icmp(struct cr_sandbox *sbx, const struct sk_buff *offender,
		    const struct cr_packet *p, u8 type, u8 code, u16 mtu)
{
	const struct icmphdr head = {
		.type = type, .code = code, .un.frag.mtu = htons(mtu),
	};
	struct net_device *port = rcu_dereference(sbx->port);
	struct sk_buff *skb;

	if (!port)
		return;
	skb = new_error(sbx, port, own_address(sbx->crn), offender, p, head);
	if (!skb)
		return;
	send(port, skb, offender);
	cr_sandbox_count(sbx, CR_ICMP_SENT);
}

/**
 * cr_reject_far() - an ICMP error for whoever sent a packet to a sandbox by the uplink
 * @sbx: to whom
 * @dev: the uplink
 * @offender: the packet, as it came
 * @p: what it is
 * @type: ICMP type
 * @code: ICMP code
 * @mtu: with ICMP_FRAG_NEEDED
 *
 * Return: the error, to be sent by the uplink; NULL if there is none, by the sandbox's rate, for
 * want of memory, or because it would be about another.
 */
struct sk_buff *cr_reject_far(struct cr_sandbox *sbx, struct net_device *dev,
			      const struct sk_buff *offender, const struct cr_packet *p, u8 type,
			      u8 code, u16 mtu)
{
	const struct icmphdr head = {
		.type = type, .code = code, .un.frag.mtu = htons(mtu),
	};
	struct sk_buff *skb = new_error(sbx, dev, p->tuple.daddr, offender, p, head);

	if (!skb)
		return NULL;
	skb->dev = dev;
	skb->protocol = htons(ETH_P_IP);
	return skb;
}
