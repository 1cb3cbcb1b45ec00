/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What nearly every packet is: TCP data or an acknowledgment, or UDP, without IP options, in one
 * piece, of a flow that has its session already. For such a one, what cr_parse(),
 * cr_parse_offload(), the search for the session, cr_rewrite_source() and cr_session_seen_out()
 * do is done here at once, in a third of the instructions. Whatever is not plain is left as it is,
 * for them; so nothing is refused here, and nothing begins, ends or is counted. The suite
 * cr_fastpath compares the two ways.
 *
 * Each direction has two steps: one finds the session, and has changed nothing; between them the
 * caller sees whether the packet can go where it has to; the other translates it.
 *
 * Inlined into its three callers, ingress.c, device.c and direct.c: a call would cost more than
 * some of it. Owns nothing, takes no lock. Under RCU with softirqs off.
 */
#ifndef CR_FASTPATH_H
#define CR_FASTPATH_H

#include <net/ip.h>

#include "change.h"
#include "table.h"

#define CR_FAST_L4	sizeof(struct iphdr)	/* where the transport header is */

/* So many bytes have to lie in the linear part. */
static __always_inline unsigned int cr_fast_headers(u8 proto)
{
	return CR_FAST_L4 + (proto == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr));
}

/*
 * ip_fast_csum() of a header without options, for its loop takes twice the instructions. With its
 * halves exchanged and added, the upper half of the sum is that of both, with the carry.
 */
static __always_inline bool cr_fast_header_fine(const struct iphdr *iph)
{
	const __wsum *word = (const __wsum *)iph;
	const __wsum half = csum_add(csum_add(word[0], word[1]), csum_add(word[2], word[3]));
	const u32 sum = (__force u32)csum_add(half, word[4]);

	return sum + rol32(sum, 16) >= 0xffff0000U;
}

/* A segment in the middle of a connection, with its header inside the packet of @len bytes. */
static __always_inline bool cr_fast_tcp_fine(const struct tcphdr *th, unsigned int len)
{
	const u8 ends = TCPHDR_SYN | TCPHDR_FIN | TCPHDR_RST;

	return (tcp_flag_byte(th) & (ends | TCPHDR_ACK)) == TCPHDR_ACK &&
	       th->doff * 4 >= sizeof(*th) && CR_FAST_L4 + th->doff * 4 <= len;
}

static __always_inline bool cr_fast_udp_fine(const struct udphdr *uh, unsigned int len)
{
	/* Of a length below its header's, this is large. */
	return ntohs(uh->len) - (unsigned int)sizeof(*uh) <= len - cr_fast_headers(IPPROTO_UDP);
}

/* Checksumming and segmentation are asked for the packet itself, and not for one inside it. */
static __always_inline bool cr_fast_offload_fine(const struct sk_buff *skb, u8 proto)
{
	const bool tcp = proto == IPPROTO_TCP;
	const unsigned int types = tcp ? SKB_GSO_TCPV4 : SKB_GSO_UDP | SKB_GSO_UDP_L4;
	const unsigned int hints = SKB_GSO_DODGY | SKB_GSO_TCP_ECN | SKB_GSO_TCP_FIXEDID;

	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    (skb_checksum_start_offset(skb) != CR_FAST_L4 ||
	     skb->csum_offset != (tcp ? offsetof(struct tcphdr, check) :
					offsetof(struct udphdr, check))))
		return false;
	return !skb_is_gso(skb) || (skb_shinfo(skb)->gso_type & types &&
				    !(skb_shinfo(skb)->gso_type & ~(types | hints)));
}

/* Whether a packet, network header at skb->data, is a plain one. */
static __always_inline bool cr_fast_is_plain(const struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const void *transport = iph + 1;

	if (skb_headlen(skb) < cr_fast_headers(IPPROTO_UDP) ||
	    *(const u8 *)iph != 0x45 || iph->frag_off & htons(IP_MF | IP_OFFSET) ||
	    ntohs(iph->tot_len) != skb->len || iph->ttl <= 1 || !cr_fast_header_fine(iph))
		return false;
	if (iph->protocol == IPPROTO_UDP)
		return cr_fast_udp_fine(transport, skb->len) &&
		       cr_fast_offload_fine(skb, IPPROTO_UDP);
	return iph->protocol == IPPROTO_TCP && skb_headlen(skb) >= cr_fast_headers(IPPROTO_TCP) &&
	       cr_fast_tcp_fine(transport, skb->len) && cr_fast_offload_fine(skb, IPPROTO_TCP);
}

static __always_inline struct cr_tuple cr_fast_tuple(const struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const __be16 *ports = (const __be16 *)(iph + 1);

	return (struct cr_tuple){
		.saddr = iph->saddr, .sport = ports[0],
		.daddr = iph->daddr, .dport = ports[1], .proto = iph->protocol,
	};
}

/*
 * Nothing about the session changes with a plain packet, but the time of the last one. @first: it
 * comes from the side that began the flow.
 */
static __always_inline bool cr_fast_is_settled(const struct cr_session *s, u8 flags, bool first)
{
	return (first || flags & CR_SESSION_REPLIED) &&
	       (s->tuple.proto != IPPROTO_TCP ||
		READ_ONCE(s->state) == CUBE_ROUTER_SESSION_TCP_ESTABLISHED);
}

/* Return: whether there was memory for it. */
static __always_inline bool cr_fast_change(struct sk_buff *skb, u8 proto, bool source,
					   const struct cr_change *c)
{
	/* As skb_ensure_writable() says, of the many that nobody has a clone of. */
	if (skb->cloned && skb_ensure_writable(skb, cr_fast_headers(proto)))
		return false;
	cr_change_address((struct iphdr *)skb->data, source, c);
	if (proto == IPPROTO_TCP)
		cr_change_transport(skb, CR_FAST_L4, sizeof(struct tcphdr), IPPROTO_TCP, source, c);
	else
		cr_change_transport(skb, CR_FAST_L4, sizeof(struct udphdr), IPPROTO_UDP, source, c);
	return true;
}

/**
 * cr_fast_find_out() - the session of a plain packet that leaves a sandbox
 * @table: the sessions
 * @owner: the sandbox
 * @skb: the packet, network header at skb->data
 *
 * Whether the source is the sandbox's own need not be asked: it has no session with another one.
 *
 * Return: the session, good until rcu_read_unlock(), so that cr_fast_out() can be called; or NULL:
 * the packet has to go the long way.
 */
static __always_inline struct cr_session *cr_fast_find_out(const struct cr_table *table,
							   const struct cr_owner *owner,
							   const struct sk_buff *skb)
{
	struct cr_session *s;
	u8 flags;

	if (!cr_fast_is_plain(skb))
		return NULL;
	s = cr_look_out(table, owner, cr_fast_tuple(skb));
	if (!s)
		return NULL;
	flags = READ_ONCE(s->flags);
	return cr_fast_is_settled(s, flags, !(flags & CR_SESSION_INBOUND)) ? s : NULL;
}

/**
 * cr_fast_out() - translates a plain packet that leaves a sandbox
 * @s: what cr_fast_find_out() has found for it
 * @skb: the packet, ours alone, network header at skb->data
 * @now: cr_now()
 * @hop: it is forwarded, too: nobody else will count its time to live down
 *
 * Return: whether there was memory for it; if not, @skb is as it was.
 */
static __always_inline bool cr_fast_out(struct cr_session *s, struct sk_buff *skb, u32 now,
					bool hop)
{
	const struct cr_change c = {
		.old_addr = s->tuple.saddr, .addr = s->nat_addr,
		.old_port = s->tuple.sport, .port = s->nat_port, .hop = hop,
	};

	if (!cr_fast_change(skb, s->tuple.proto, true, &c))
		return false;
	cr_session_touch(s, now);
	if (s->tuple.proto == IPPROTO_TCP && READ_ONCE(s->flags) & CR_SESSION_DIRECT)
		cr_session_note_ack(s, (const struct tcphdr *)(skb->data + CR_FAST_L4));
	return true;
}

/**
 * cr_fast_find_back() - the session of a plain packet from the far end
 * @table: the sessions
 * @skb: the packet, network header at skb->data
 * @now: cr_now()
 *
 * Return: the session, good until rcu_read_unlock(), so that cr_fast_back() can be called; or NULL:
 * the packet has to go the long way.
 */
static __always_inline struct cr_session *cr_fast_find_back(const struct cr_table *table,
							    const struct sk_buff *skb, u32 now)
{
	struct cr_session *s;
	u8 flags;

	if (!cr_fast_is_plain(skb))
		return NULL;
	s = cr_look_back(table, cr_fast_tuple(skb), now);
	if (!s)
		return NULL;
	flags = READ_ONCE(s->flags);
	return cr_fast_is_settled(s, flags, flags & CR_SESSION_INBOUND) ? s : NULL;
}

/**
 * cr_fast_back() - translates a plain packet from the far end
 * @s: what cr_fast_find_back() has found for it
 * @skb: the packet, ours alone, network header at skb->data
 * @now: cr_now()
 * @hop: as for cr_fast_out()
 *
 * Return: whether there was memory for it; if not, @skb is as it was.
 */
static __always_inline bool cr_fast_back(struct cr_session *s, struct sk_buff *skb, u32 now,
					 bool hop)
{
	const struct cr_change c = {
		.old_addr = s->nat_addr, .addr = s->tuple.saddr,
		.old_port = s->nat_port, .port = s->tuple.sport, .hop = hop,
	};

	if (!cr_fast_change(skb, s->tuple.proto, false, &c))
		return false;
	cr_session_touch(s, now);
	return true;
}

#endif
