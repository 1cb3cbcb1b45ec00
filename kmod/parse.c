// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the headers of an IPv4 packet, those quoted in an ICMP error included, checks them, and
 * makes sure that they lie in the linear part. Behind a netdev hook nobody has looked at them
 * before us, and fastpath.h only whether they are plain. Pure functions of the packet; called by
 * ingress.c, device.c, direct.c and guest.c under RCU.
 *
 * Whoever calls these: the packet may have moved. Every pointer into it is void afterwards.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/tcp.h>

#include "kunit.h"
#include "parse.h"

#define QUOTED_MIN	8	/* of the transport header, in an ICMP error (RFC 792) */

static void *at(const struct sk_buff *skb, unsigned int offset)
{
	return skb->data + offset;
}

/* Whether @len bytes from @offset on are inside the packet and, now, in the linear part. */
static bool reach(struct sk_buff *skb, const struct cr_packet *p, unsigned int offset,
		  unsigned int len)
{
	return offset + len <= p->end && pskb_may_pull(skb, offset + len);
}

/* A time stamp for which every router writes down its address too. */
static bool asks_for_addresses(const u8 *opt)
{
	return *opt == IPOPT_TIMESTAMP && opt[1] > 3 && (opt[3] & 0xf) == IPOPT_TS_TSANDADDR;
}

/*
 * Options must add up, and none may name the way: with a source route a guest would choose where
 * the host sends its packets. Nor may one make the kernel write the address of cube-router into a
 * packet that leaves the host: it does for a time stamp. A recorded route gets that of the egress
 * device.
 */
static bool options_fine(const u8 *opt, unsigned int len)
{
	while (len) {
		if (*opt == IPOPT_END)
			return true;
		if (*opt == IPOPT_NOOP) {
			opt++;
			len--;
			continue;
		}
		if (len < 2 || opt[1] < 2 || opt[1] > len)
			return false;
		if (*opt == IPOPT_LSRR || *opt == IPOPT_SSRR || asks_for_addresses(opt))
			return false;
		len -= opt[1];
		opt += opt[1];
	}
	return true;
}

/* Combinations of these four that a TCP sends; the others mark a packet that was made up. */
static bool tcp_flags_fine(u8 flags)
{
	if (flags & TCPHDR_SYN)
		return !(flags & (TCPHDR_FIN | TCPHDR_RST));
	if (flags & TCPHDR_RST)
		return !(flags & TCPHDR_FIN);
	return flags & TCPHDR_ACK;
}

static int parse_tcp(struct sk_buff *skb, struct cr_packet *p)
{
	const struct tcphdr *th;

	if (!reach(skb, p, p->l4, sizeof(*th)))
		return CR_BAD_TRANSPORT;
	th = at(skb, p->l4);
	p->tcp_flags = tcp_flag_byte(th);
	if (th->doff * 4 < sizeof(*th) || p->l4 + th->doff * 4 > p->end ||
	    !tcp_flags_fine(p->tcp_flags))
		return CR_BAD_TRANSPORT;
	p->tuple.sport = th->source;
	p->tuple.dport = th->dest;
	return CR_GO_ON;
}

static int parse_udp(struct sk_buff *skb, struct cr_packet *p)
{
	const struct udphdr *uh;

	if (!reach(skb, p, p->l4, sizeof(*uh)))
		return CR_BAD_TRANSPORT;
	uh = at(skb, p->l4);
	/* What a first fragment says is the length of the whole. */
	if (ntohs(uh->len) < sizeof(*uh) ||
	    (p->l4 + ntohs(uh->len) > p->end && !ip_is_fragment(at(skb, p->l3))))
		return CR_BAD_TRANSPORT;
	p->tuple.sport = uh->source;
	p->tuple.dport = uh->dest;
	return CR_GO_ON;
}

/*
 * Queries have an identifier of the asker's where others have ports. These are the ones that
 * conntrack knows (RFC 792, RFC 950). Their code is 0, and to conntrack another one is another
 * flow.
 */
static enum cr_kind parse_query(const struct icmphdr *ih, struct cr_tuple *tuple)
{
	if (ih->code)
		return CR_KIND_ICMP_OTHER;
	switch (ih->type) {
	case ICMP_ECHO:
	case ICMP_TIMESTAMP:
	case ICMP_INFO_REQUEST:
	case ICMP_ADDRESS:
		tuple->sport = ih->un.echo.id;
		return CR_KIND_FLOW;
	case ICMP_ECHOREPLY:
	case ICMP_TIMESTAMPREPLY:
	case ICMP_INFO_REPLY:
	case ICMP_ADDRESSREPLY:
		tuple->dport = ih->un.echo.id;
		return CR_KIND_ICMP_REPLY;
	default:
		return CR_KIND_ICMP_OTHER;
	}
}

static int parse_quoted(struct sk_buff *skb, struct cr_packet *p)
{
	const struct iphdr *iph;
	const __be16 *ports;
	struct cr_tuple *q = &p->quoted;

	p->quoted_l3 = p->l4 + sizeof(struct icmphdr);
	if (!reach(skb, p, p->quoted_l3, sizeof(*iph)))
		return CR_ICMP_BAD;
	iph = at(skb, p->quoted_l3);
	if (iph->version != 4 || iph->ihl < 5 || iph->frag_off & htons(IP_OFFSET))
		return CR_ICMP_BAD;
	p->quoted_l4 = p->quoted_l3 + iph->ihl * 4;
	q->saddr = iph->saddr;
	q->daddr = iph->daddr;
	q->proto = iph->protocol;
	q->sport = 0;
	q->dport = 0;
	/* The checksum of a quoted TCP header lies further back than what has to be there. */
	if (!reach(skb, p, p->quoted_l4, QUOTED_MIN) ||
	    !pskb_may_pull(skb, min_t(unsigned int, p->end,
				      p->quoted_l4 + sizeof(struct tcphdr))))
		return CR_ICMP_BAD;
	switch (q->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		ports = at(skb, p->quoted_l4);
		q->sport = ports[0];
		q->dport = ports[1];
		return CR_GO_ON;
	case IPPROTO_ICMP:
		return parse_query(at(skb, p->quoted_l4), q) == CR_KIND_ICMP_OTHER ? CR_ICMP_BAD :
									CR_GO_ON;
	default:
		return CR_GO_ON;
	}
}

static int parse_icmp(struct sk_buff *skb, struct cr_packet *p)
{
	const struct icmphdr *ih;

	if (!reach(skb, p, p->l4, sizeof(*ih)))
		return CR_BAD_TRANSPORT;
	ih = at(skb, p->l4);
	switch (ih->type) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		p->kind = CR_KIND_ICMP_ERROR;
		return parse_quoted(skb, p);
	default:
		/* A redirect is neither: it would name a next hop that the other side lacks. */
		p->kind = parse_query(ih, &p->tuple);
		return CR_GO_ON;
	}
}

/**
 * cr_parse_transport() - the part of cr_parse() behind the IP header
 * @skb: a packet whose IP header is parsed
 * @p: @p->l3, @p->l4, @p->end and the addresses and protocol of @p->tuple are set; the rest is
 *	filled
 *
 * Of use by itself for the first fragment of a packet, which has the transport header.
 *
 * Return: CR_GO_ON, or the counter that names what is wrong.
 */
int cr_parse_transport(struct sk_buff *skb, struct cr_packet *p)
{
	p->kind = CR_KIND_FLOW;
	p->tcp_flags = 0;
	p->tuple.sport = 0;
	p->tuple.dport = 0;
	switch (p->tuple.proto) {
	case IPPROTO_TCP:
		return parse_tcp(skb, p);
	case IPPROTO_UDP:
		return parse_udp(skb, p);
	case IPPROTO_ICMP:
		return parse_icmp(skb, p);
	default:
		return CR_GO_ON;
	}
}
EXPORT_SYMBOL_CR_KUNIT(cr_parse_transport);

/**
 * cr_parse() - finds out what a packet is
 * @skb: with the network header set, and not shared. Padding behind the packet is cut off.
 * @p: filled
 *
 * Return: CR_GO_ON, or the counter that names what is wrong.
 */
int cr_parse(struct sk_buff *skb, struct cr_packet *p)
{
	const struct iphdr *iph;
	unsigned int hlen, len;
	int err;

	p->l3 = skb_network_offset(skb);
	if (!pskb_may_pull(skb, p->l3 + sizeof(*iph)))
		return CR_BAD_HEADER;
	iph = at(skb, p->l3);
	hlen = iph->ihl * 4;
	if (iph->version != 4 || hlen < sizeof(*iph) || !pskb_may_pull(skb, p->l3 + hlen))
		return CR_BAD_HEADER;
	iph = at(skb, p->l3);
	len = ntohs(iph->tot_len);
	/* More than 64 KiB in one segmentation unit: the header cannot say how much. */
	if (!len && skb_is_gso(skb))
		len = skb->len - p->l3;
	if (len < hlen || p->l3 + len > skb->len || ip_fast_csum(iph, iph->ihl))
		return CR_BAD_HEADER;
	p->l4 = p->l3 + hlen;
	p->end = p->l3 + len;
	if (p->end < skb->len) {
		/* -EINVAL: a checksum is asked for inside what would be cut off. */
		err = pskb_trim_rcsum(skb, p->end);
		if (err)
			return err == -EINVAL ? CR_BAD_OFFLOAD : CR_NO_MEMORY;
		iph = at(skb, p->l3);
	}
	if (hlen > sizeof(*iph) && !options_fine((const u8 *)(iph + 1), hlen - sizeof(*iph)))
		return CR_BAD_OPTIONS;
	p->ttl = iph->ttl;
	p->tuple.saddr = iph->saddr;
	p->tuple.daddr = iph->daddr;
	p->tuple.proto = iph->protocol;
	if (ip_is_fragment(iph)) {
		p->kind = CR_KIND_FRAGMENT;
		p->tcp_flags = 0;
		return CR_GO_ON;
	}
	return cr_parse_transport(skb, p);
}
EXPORT_SYMBOL_CR_KUNIT(cr_parse);

static bool checksum_request_fine(const struct sk_buff *skb, const struct cr_packet *p)
{
	int start = skb_checksum_start_offset(skb);

	if (p->kind == CR_KIND_FRAGMENT || start < (int)p->l4 ||
	    start + skb->csum_offset + sizeof(__sum16) > p->end)
		return false;
	switch (p->tuple.proto) {
	case IPPROTO_TCP:
		return start == p->l4 && skb->csum_offset == offsetof(struct tcphdr, check);
	case IPPROTO_UDP:
		/* Behind the header: the checksum of a packet in a tunnel. */
		return start >= (int)(p->l4 + sizeof(struct udphdr)) ||
		       (start == p->l4 && skb->csum_offset == offsetof(struct udphdr, check));
	case IPPROTO_ICMP:
		/* Nothing asks for this, and an error's checksum is ours to write. */
		return false;
	default:
		return true;
	}
}

static bool segmentation_fine(const struct sk_buff *skb, const struct cr_packet *p)
{
	const unsigned int type = skb_shinfo(skb)->gso_type;
	const unsigned int tunnel = SKB_GSO_GRE | SKB_GSO_GRE_CSUM | SKB_GSO_IPXIP4 |
				    SKB_GSO_UDP_TUNNEL | SKB_GSO_UDP_TUNNEL_CSUM;

	if (p->kind == CR_KIND_FRAGMENT)
		return false;
	if (type & tunnel)
		return p->tuple.proto != IPPROTO_TCP && p->tuple.proto != IPPROTO_ICMP;
	if (type & SKB_GSO_TCPV4)
		return p->tuple.proto == IPPROTO_TCP;
	if (type & (SKB_GSO_UDP | SKB_GSO_UDP_L4))
		return p->tuple.proto == IPPROTO_UDP;
	return !(type & SKB_GSO_TCPV6) && p->tuple.proto == IPPROTO_SCTP;
}

/**
 * cr_parse_offload() - whether what a guest asks of segmentation and checksumming fits its packet
 * @skb: a packet that is parsed
 * @p: as cr_parse() filled it
 *
 * These come from a virtio header that nobody has compared with the packet.
 *
 * Return: CR_GO_ON or CR_BAD_OFFLOAD.
 */
int cr_parse_offload(const struct sk_buff *skb, const struct cr_packet *p)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL && !checksum_request_fine(skb, p))
		return CR_BAD_OFFLOAD;
	if (skb_is_gso(skb) && !segmentation_fine(skb, p))
		return CR_BAD_OFFLOAD;
	return CR_GO_ON;
}
EXPORT_SYMBOL_CR_KUNIT(cr_parse_offload);

/* cr_tuple_inverted() - the same flow, seen in the other direction */
struct cr_tuple cr_tuple_inverted(const struct cr_tuple *t)
{
	return (struct cr_tuple){
		.saddr = t->daddr, .sport = t->dport,
		.daddr = t->saddr, .dport = t->sport, .proto = t->proto,
	};
}
EXPORT_SYMBOL_CR_KUNIT(cr_tuple_inverted);
