// SPDX-License-Identifier: GPL-2.0
/*
 * Rewrites addresses and ports and mends the checksums. Pure functions of the packet: they know
 * neither sessions nor devices. Called by ingress.c, port.c and guest.c, with the packet parsed.
 *
 * Every function makes what it writes writable first, so the packet may move; nothing in struct
 * cr_packet is a pointer, for that reason. Segmentation and checksum requests stay as they are.
 *
 * What each packet meets is inlined: four calls deep, a third of its cost was the calls.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>

#include "kunit.h"
#include "rewrite.h"

/**
 * struct change - an address and a port that change together
 * @old_addr: what stands there
 * @addr: what shall stand there
 * @old_port: what stands there
 * @port: what shall stand there
 */
struct change {
	__be32 old_addr;
	__be32 addr;
	__be16 old_port;
	__be16 port;
};

static void *at(const struct sk_buff *skb, unsigned int offset)
{
	return skb->data + offset;
}

/*
 * Whether a checksum is still to be computed, so that its field holds the sum of the pseudo header
 * only. A request that lies further back is for a packet in a tunnel, and this one's checksum is
 * like any other then, unless segmentation is to compute it for each segment.
 */
static bool pending(const struct sk_buff *skb, unsigned int l4)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return false;
	return skb_checksum_start_offset(skb) == l4 ||
	       (skb_is_gso(skb) && skb_shinfo(skb)->gso_type & SKB_GSO_UDP_TUNNEL_CSUM);
}

/* A transport checksum, @pseudo if it covers the addresses. */
static __always_inline void mend(struct sk_buff *skb, __sum16 *sum, unsigned int l4, bool pseudo,
				 const struct change *c)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL && !pending(skb, l4)) {
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
static __always_inline void change_transport(struct sk_buff *skb, unsigned int l4,
					     unsigned int len, u8 proto, bool source,
					     const struct change *c)
{
	struct tcphdr *th;
	struct udphdr *uh;
	struct icmphdr *ih;

	switch (proto) {
	case IPPROTO_TCP:
		th = at(skb, l4);
		*(source ? &th->source : &th->dest) = c->port;
		if (len >= offsetofend(struct tcphdr, check))
			mend(skb, &th->check, l4, true, c);
		return;
	case IPPROTO_UDP:
		uh = at(skb, l4);
		*(source ? &uh->source : &uh->dest) = c->port;
		/* Zero means that there is none (RFC 768), unless one is pending. */
		if (!uh->check && !pending(skb, l4)) {
			/* Nothing here makes up for the port in the sum of all bytes. */
			if (skb->ip_summed == CHECKSUM_COMPLETE)
				skb->csum = csum_add(csum_sub(skb->csum,
							      (__force __wsum)c->old_port),
						     (__force __wsum)c->port);
			return;
		}
		mend(skb, &uh->check, l4, true, c);
		if (!uh->check)
			uh->check = CSUM_MANGLED_0;
		return;
	case IPPROTO_ICMP:
		/* Not all of ICMP has an identifier there. */
		if (c->old_port == c->port)
			return;
		ih = at(skb, l4);
		ih->un.echo.id = c->port;
		mend(skb, &ih->checksum, l4, false, c);
		return;
	}
}

static unsigned int transport_len(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_UDP:
		return sizeof(struct udphdr);
	case IPPROTO_ICMP:
		return sizeof(struct icmphdr);
	default:
		return 0;
	}
}

static void change_address(struct iphdr *iph, bool source, const struct change *c)
{
	*(source ? &iph->saddr : &iph->daddr) = c->addr;
	csum_replace4(&iph->check, c->old_addr, c->addr);
}

static __always_inline bool rewrite(struct sk_buff *skb, const struct cr_packet *p, bool source,
				    const struct change *c)
{
	/* A fragment behind the first has no transport header. */
	const u8 proto = p->kind == CR_KIND_FRAGMENT ? IPPROTO_RAW : p->tuple.proto;
	const unsigned int len = transport_len(proto);

	if (skb_ensure_writable(skb, p->l4 + len))
		return false;
	change_address(at(skb, p->l3), source, c);
	change_transport(skb, p->l4, len, proto, source, c);
	return true;
}

/**
 * cr_rewrite_source() - gives a packet another source
 * @skb: the packet
 * @p: what it is, not CR_KIND_ICMP_ERROR
 * @addr: new source address
 * @port: new source port, or identifier of a query
 *
 * Return: false if there was no memory; the packet is as it was.
 */
bool cr_rewrite_source(struct sk_buff *skb, const struct cr_packet *p, __be32 addr, __be16 port)
{
	const struct change c = {
		.old_addr = p->tuple.saddr, .addr = addr,
		.old_port = p->tuple.sport, .port = port,
	};

	return rewrite(skb, p, true, &c);
}
EXPORT_SYMBOL_CR_KUNIT(cr_rewrite_source);

/**
 * cr_rewrite_dest() - gives a packet another destination
 * @skb: the packet
 * @p: what it is, not CR_KIND_ICMP_ERROR; CR_KIND_FRAGMENT where it has no transport header
 * @addr: new destination address
 * @port: new destination port, or identifier of an answer
 *
 * Return: false if there was no memory; the packet is as it was.
 */
bool cr_rewrite_dest(struct sk_buff *skb, const struct cr_packet *p, __be32 addr, __be16 port)
{
	const struct change c = {
		.old_addr = p->tuple.daddr, .addr = addr,
		.old_port = p->tuple.dport, .port = port,
	};

	return rewrite(skb, p, false, &c);
}
EXPORT_SYMBOL_CR_KUNIT(cr_rewrite_dest);

/*
 * The outer header changes on one side, the quoted one on the other, for it went the other way.
 * What is quoted can be wrong or cut off: its IP checksum is computed anew, never trusted, and
 * its transport checksum is mended where it is there.
 */
static bool rewrite_error(struct sk_buff *skb, const struct cr_packet *p, bool source,
			  __be32 old_addr, const struct change *quoted)
{
	const struct change outer = { .old_addr = old_addr, .addr = quoted->addr };
	const unsigned int here = min(p->end - p->quoted_l4, transport_len(p->quoted.proto));
	struct iphdr *iph;
	struct icmphdr *ih;

	if (skb_ensure_writable(skb, p->quoted_l4 + here))
		return false;
	skb->ip_summed = CHECKSUM_NONE;
	change_address(at(skb, p->l3), source, &outer);
	iph = at(skb, p->quoted_l3);
	*(source ? &iph->daddr : &iph->saddr) = quoted->addr;
	ip_send_check(iph);
	change_transport(skb, p->quoted_l4, here, p->quoted.proto, !source, quoted);
	ih = at(skb, p->l4);
	ih->checksum = 0;
	ih->checksum = csum_fold(skb_checksum(skb, p->l4, p->end - p->l4, 0));
	return true;
}

/**
 * cr_rewrite_error_out() - an ICMP error of a sandbox gets the internal address
 * @skb: the error
 * @p: what it is, CR_KIND_ICMP_ERROR
 * @addr: new source address, and destination address in what it quotes
 * @port: new destination port, or identifier, in what it quotes
 *
 * Return: false if there was no memory; the packet is as it was.
 */
bool cr_rewrite_error_out(struct sk_buff *skb, const struct cr_packet *p, __be32 addr,
			  __be16 port)
{
	const struct change quoted = {
		.old_addr = p->quoted.daddr, .addr = addr,
		.old_port = p->quoted.dport, .port = port,
	};

	return rewrite_error(skb, p, true, p->tuple.saddr, &quoted);
}
EXPORT_SYMBOL_CR_KUNIT(cr_rewrite_error_out);

/**
 * cr_rewrite_error_back() - an ICMP error about a sandbox's packet gets the sandbox's address
 * @skb: the error
 * @p: what it is, CR_KIND_ICMP_ERROR
 * @addr: new destination address, and source address in what it quotes
 * @port: new source port, or identifier, in what it quotes
 *
 * Return: false if there was no memory; the packet is as it was.
 */
bool cr_rewrite_error_back(struct sk_buff *skb, const struct cr_packet *p, __be32 addr,
			   __be16 port)
{
	const struct change quoted = {
		.old_addr = p->quoted.saddr, .addr = addr,
		.old_port = p->quoted.sport, .port = port,
	};

	return rewrite_error(skb, p, false, p->tuple.daddr, &quoted);
}
EXPORT_SYMBOL_CR_KUNIT(cr_rewrite_error_back);

/**
 * cr_icmp_checksum_fine() - whether an ICMP message arrived as it was sent
 * @skb: the packet
 * @p: what it is
 *
 * To be asked before an error's checksum is computed anew, which would hide the damage. What the
 * device or a guest says of the checksum does not count.
 */
bool cr_icmp_checksum_fine(struct sk_buff *skb, const struct cr_packet *p)
{
	return !csum_fold(skb_checksum(skb, p->l4, p->end - p->l4, 0));
}
EXPORT_SYMBOL_CR_KUNIT(cr_icmp_checksum_fine);
