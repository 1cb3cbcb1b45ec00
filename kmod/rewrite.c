// SPDX-License-Identifier: GPL-2.0
/*
 * Rewrites addresses and ports and mends the checksums. Pure functions of the packet: they know
 * neither sessions nor devices. Called by ingress.c, port.c and guest.c, with the packet parsed.
 *
 * Every function makes what it writes writable first, so the packet may move; nothing in struct
 * cr_packet is a pointer, for that reason. Segmentation and checksum requests stay as they are.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <net/ip.h>

#include "change.h"
#include "kunit.h"
#include "rewrite.h"

static void *at(const struct sk_buff *skb, unsigned int offset)
{
	return skb->data + offset;
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

static __always_inline bool rewrite(struct sk_buff *skb, const struct cr_packet *p, bool source,
				    const struct cr_change *c)
{
	/* A fragment behind the first has no transport header. */
	const u8 proto = p->kind == CR_KIND_FRAGMENT ? IPPROTO_RAW : p->tuple.proto;
	const unsigned int len = transport_len(proto);

	if (skb_ensure_writable(skb, p->l4 + len))
		return false;
	cr_change_address(at(skb, p->l3), source, c);
	cr_change_transport(skb, p->l4, len, proto, source, c);
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
	const struct cr_change c = {
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
	const struct cr_change c = {
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
			  __be32 old_addr, const struct cr_change *quoted)
{
	const struct cr_change outer = { .old_addr = old_addr, .addr = quoted->addr };
	const unsigned int here = min(p->end - p->quoted_l4, transport_len(p->quoted.proto));
	struct iphdr *iph;
	struct icmphdr *ih;

	if (skb_ensure_writable(skb, p->quoted_l4 + here))
		return false;
	skb->ip_summed = CHECKSUM_NONE;
	cr_change_address(at(skb, p->l3), source, &outer);
	iph = at(skb, p->quoted_l3);
	*(source ? &iph->daddr : &iph->saddr) = quoted->addr;
	ip_send_check(iph);
	cr_change_transport(skb, p->quoted_l4, here, p->quoted.proto, !source, quoted);
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
	const struct cr_change quoted = {
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
	const struct cr_change quoted = {
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
