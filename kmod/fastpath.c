// SPDX-License-Identifier: GPL-2.0
/*
 * What nearly every packet is: TCP data or an acknowledgment, or UDP, without IP options, in one
 * piece, of a flow that has its session already. For such a one, what cr_parse(),
 * cr_parse_offload(), the search for the session, cr_rewrite_source() and cr_session_seen_out()
 * do is done here at once, in half the instructions. Whatever is not plain is left as it is, for
 * them; so nothing is refused here, and nothing begins, ends or is counted. The suite cr_fastpath
 * compares the two ways.
 *
 * Owns nothing, takes no lock. Called by ingress.c, device.c and direct.c under RCU with softirqs
 * off.
 */
#include <net/ip.h>

#include "change.h"
#include "fastpath.h"
#include "kunit.h"
#include "table.h"

#define L4		sizeof(struct iphdr)	/* where the transport header is */
#define HEADERS		(L4 + sizeof(struct tcphdr))

static struct iphdr *ip_header(const struct sk_buff *skb)
{
	return (struct iphdr *)skb->data;
}

/* A segment in the middle of a connection, with its header inside the packet of @len bytes. */
static bool is_plain_tcp(const struct tcphdr *th, unsigned int len)
{
	const u8 ends = TCPHDR_SYN | TCPHDR_FIN | TCPHDR_RST;

	return (tcp_flag_byte(th) & (ends | TCPHDR_ACK)) == TCPHDR_ACK &&
	       th->doff * 4 >= sizeof(*th) && L4 + th->doff * 4 <= len;
}

static bool is_plain_udp(const struct udphdr *uh, unsigned int len)
{
	const unsigned int ulen = ntohs(uh->len);

	return ulen >= sizeof(*uh) && L4 + ulen <= len;
}

/* Checksumming and segmentation are asked for the packet itself, and not for one inside it. */
static __always_inline bool is_plain_offload(const struct sk_buff *skb, u8 proto)
{
	const bool tcp = proto == IPPROTO_TCP;
	const unsigned int types = tcp ? SKB_GSO_TCPV4 : SKB_GSO_UDP | SKB_GSO_UDP_L4;
	const unsigned int hints = SKB_GSO_DODGY | SKB_GSO_TCP_ECN | SKB_GSO_TCP_FIXEDID;

	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    (skb_checksum_start_offset(skb) != L4 ||
	     skb->csum_offset != (tcp ? offsetof(struct tcphdr, check) :
					offsetof(struct udphdr, check))))
		return false;
	return !skb_is_gso(skb) || (skb_shinfo(skb)->gso_type & types &&
				    !(skb_shinfo(skb)->gso_type & ~(types | hints)));
}

/* Reads the tuple of a packet, if it is a plain one. */
static __always_inline bool read_plain(const struct sk_buff *skb, struct cr_tuple *tuple)
{
	const struct iphdr *iph = ip_header(skb);
	const void *transport = iph + 1;
	const __be16 *ports = transport;

	/*
	 * One length for both protocols. A UDP packet with less in its linear part, though the rest
	 * of it is elsewhere, goes the long way.
	 */
	if (skb_headlen(skb) < HEADERS)
		return false;
	if (*(const u8 *)iph != 0x45 || iph->frag_off & htons(IP_MF | IP_OFFSET) ||
	    ntohs(iph->tot_len) != skb->len || iph->ttl <= 1 ||
	    ip_fast_csum(iph, sizeof(*iph) / 4))
		return false;
	if (iph->protocol == IPPROTO_TCP ? !is_plain_tcp(transport, skb->len) :
	    iph->protocol != IPPROTO_UDP || !is_plain_udp(transport, skb->len))
		return false;
	*tuple = (struct cr_tuple){
		.saddr = iph->saddr, .sport = ports[0],
		.daddr = iph->daddr, .dport = ports[1], .proto = iph->protocol,
	};
	return is_plain_offload(skb, iph->protocol);
}

/*
 * Nothing about the session changes with a plain packet, but the time of the last one. @first: it
 * comes from the side that began the flow.
 */
static bool is_settled(const struct cr_session *s, u8 flags, bool first)
{
	return (first || flags & CR_SESSION_REPLIED) &&
	       (s->tuple.proto != IPPROTO_TCP ||
		READ_ONCE(s->state) == CUBE_ROUTER_SESSION_TCP_ESTABLISHED);
}

/* Return: whether there was memory for it. */
static __always_inline bool change(struct sk_buff *skb, u8 proto, bool source,
				   const struct cr_change *c)
{
	/* As skb_ensure_writable() says, of the many that nobody has a clone of. */
	if (skb->cloned && skb_ensure_writable(skb, HEADERS))
		return false;
	cr_change_address(ip_header(skb), source, c);
	if (proto == IPPROTO_TCP)
		cr_change_transport(skb, L4, sizeof(struct tcphdr), IPPROTO_TCP, source, c);
	else
		cr_change_transport(skb, L4, sizeof(struct udphdr), IPPROTO_UDP, source, c);
	return true;
}

/**
 * cr_fast_out() - translates a plain packet that leaves a sandbox
 * @table: the sessions
 * @owner: the sandbox
 * @guest: the source that it shall have
 * @skb: the packet, ours alone, network header at skb->data
 * @now: cr_now()
 *
 * Return: its session, good until rcu_read_unlock(); or NULL: @skb is as it was, and has to go the
 * long way.
 */
struct cr_session *cr_fast_out(const struct cr_table *table, const struct cr_owner *owner,
			       __be32 guest, struct sk_buff *skb, u32 now)
{
	struct cr_session *s;
	struct cr_tuple tuple;
	struct cr_change c;
	u8 flags;

	if (!read_plain(skb, &tuple) || tuple.saddr != guest)
		return NULL;
	s = cr_look_out(table, owner, &tuple);
	if (!s)
		return NULL;
	flags = READ_ONCE(s->flags);
	c = (struct cr_change){
		.old_addr = tuple.saddr, .addr = s->nat_addr,
		.old_port = tuple.sport, .port = s->nat_port,
	};
	if (!is_settled(s, flags, !(flags & CR_SESSION_INBOUND)) ||
	    !change(skb, tuple.proto, true, &c))
		return NULL;
	cr_session_touch(s, now);
	if (flags & CR_SESSION_DIRECT && tuple.proto == IPPROTO_TCP)
		cr_session_note_ack(s, (struct tcphdr *)(skb->data + L4));
	return s;
}
EXPORT_SYMBOL_CR_KUNIT(cr_fast_out);

/**
 * cr_fast_find_back() - the session of a plain packet from the far end
 * @table: the sessions
 * @skb: the packet, network header at skb->data
 * @now: cr_now()
 *
 * Return: the session, good until rcu_read_unlock(), so that cr_fast_back() can be called; or NULL:
 * the packet has to go the long way.
 */
struct cr_session *cr_fast_find_back(const struct cr_table *table, const struct sk_buff *skb,
				     u32 now)
{
	struct cr_session *s;
	struct cr_tuple tuple;
	u8 flags;

	if (!read_plain(skb, &tuple))
		return NULL;
	s = cr_look_back(table, &tuple, now);
	if (!s)
		return NULL;
	flags = READ_ONCE(s->flags);
	return is_settled(s, flags, flags & CR_SESSION_INBOUND) ? s : NULL;
}
EXPORT_SYMBOL_CR_KUNIT(cr_fast_find_back);

/**
 * cr_fast_back() - translates a plain packet from the far end
 * @s: what cr_fast_find_back() has found for it
 * @skb: the packet, ours alone, network header at skb->data
 * @now: cr_now()
 *
 * Return: whether there was memory for it; if not, @skb is as it was.
 */
bool cr_fast_back(struct cr_session *s, struct sk_buff *skb, u32 now)
{
	const struct cr_change c = {
		.old_addr = s->nat_addr, .addr = s->tuple.saddr,
		.old_port = s->nat_port, .port = s->tuple.sport,
	};

	if (!change(skb, s->tuple.proto, false, &c))
		return false;
	cr_session_touch(s, now);
	return true;
}
EXPORT_SYMBOL_CR_KUNIT(cr_fast_back);
