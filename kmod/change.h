/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arithmetic of rewriting: another address and port in headers that can be written to, and the
 * checksums mended. For rewrite.c, which takes any packet, and fastpath.h, which takes the plain
 * ones. Inlined: four calls deep, a third of what a packet cost was the calls.
 */
#ifndef CR_CHANGE_H
#define CR_CHANGE_H

#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>

/**
 * struct cr_change - an address and a port that change together
 * @old_addr: what stands there
 * @addr: what shall stand there
 * @old_port: what stands there
 * @port: what shall stand there
 * @hop: the packet is forwarded, too: its time to live becomes one less
 */
struct cr_change {
	__be32 old_addr;
	__be32 addr;
	__be16 old_port;
	__be16 port;
	bool hop;
};

/*
 * Whether a checksum is still to be computed, so that its field holds the sum of the pseudo header
 * only. A request that lies further back is for a packet in a tunnel, and this one's checksum is
 * like any other then, unless segmentation is to compute it for each segment.
 */
static __always_inline bool cr_checksum_pending(const struct sk_buff *skb, unsigned int l4)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return false;
	return skb_checksum_start_offset(skb) == l4 ||
	       (skb_is_gso(skb) && skb_shinfo(skb)->gso_type & SKB_GSO_UDP_TUNNEL_CSUM);
}

/* A transport checksum, @pseudo if it covers the addresses. */
static __always_inline void cr_mend_checksum(struct sk_buff *skb, __sum16 *sum, unsigned int l4,
					     bool pseudo, const struct cr_change *c)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL && !cr_checksum_pending(skb, l4)) {
		if (pseudo)
			csum_replace4(sum, c->old_addr, c->addr);
		csum_replace2(sum, c->old_port, c->port);
		return;
	}
	if (pseudo)
		inet_proto_csum_replace4(sum, skb, c->old_addr, c->addr, true);
	/* Most flows keep their port. */
	if (c->old_port != c->port)
		inet_proto_csum_replace2(sum, skb, c->old_port, c->port, false);
}

/*
 * Writes the port, or the identifier, at the header at @l4, of which @len bytes are there, and
 * mends its checksum. @source tells which of the two ports.
 */
static __always_inline void cr_change_transport(struct sk_buff *skb, unsigned int l4,
						unsigned int len, u8 proto, bool source,
						const struct cr_change *c)
{
	struct tcphdr *th;
	struct udphdr *uh;
	struct icmphdr *ih;

	switch (proto) {
	case IPPROTO_TCP:
		th = (struct tcphdr *)(skb->data + l4);
		*(source ? &th->source : &th->dest) = c->port;
		if (len >= offsetofend(struct tcphdr, check))
			cr_mend_checksum(skb, &th->check, l4, true, c);
		return;
	case IPPROTO_UDP:
		uh = (struct udphdr *)(skb->data + l4);
		*(source ? &uh->source : &uh->dest) = c->port;
		/* Zero means that there is none (RFC 768), unless one is pending. */
		if (!uh->check && !cr_checksum_pending(skb, l4)) {
			/* Nothing here makes up for the port in the sum of all bytes. */
			if (skb->ip_summed == CHECKSUM_COMPLETE)
				skb->csum = csum_add(csum_sub(skb->csum,
							      (__force __wsum)c->old_port),
						     (__force __wsum)c->port);
			return;
		}
		cr_mend_checksum(skb, &uh->check, l4, true, c);
		if (!uh->check)
			uh->check = CSUM_MANGLED_0;
		return;
	case IPPROTO_ICMP:
		/* Not all of ICMP has an identifier there. */
		if (c->old_port == c->port)
			return;
		ih = (struct icmphdr *)(skb->data + l4);
		ih->un.echo.id = c->port;
		cr_mend_checksum(skb, &ih->checksum, l4, false, c);
		return;
	}
}

/* cr_change_address() - in an IP header whose checksum is right; the sum is mended once for all */
static __always_inline void cr_change_address(struct iphdr *iph, bool source,
					      const struct cr_change *c)
{
	__wsum more = csum_sub((__force __wsum)c->addr, (__force __wsum)c->old_addr);

	*(source ? &iph->saddr : &iph->daddr) = c->addr;
	if (c->hop) {
		iph->ttl--;
		/* It is the upper byte of its word. */
		more = csum_sub(more, (__force __wsum)htons(1 << 8));
	}
	csum_replace_by_diff(&iph->check, more);
}

#endif
