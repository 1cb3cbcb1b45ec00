// SPDX-License-Identifier: GPL-2.0
/*
 * Suite cr_rewrite: a rewritten packet has the very bytes of one that was built from scratch with
 * the other address and port; in every layout of the buffer, with every state of the checksum,
 * and after segmentation.
 */
#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "packet.h"
#include "rewrite.h"

enum task { SOURCE, DEST, ERROR_OUT, ERROR_BACK };

/**
 * struct job - what is to be done to a packet
 * @before: the packet
 * @after: what it shall be
 * @way: which function does it
 * @addr: new address
 * @port: new port or identifier
 * @shape: of the buffer
 * @summed: state of the checksum, CHECKSUM_*
 * @first: it is a first fragment, and known to be
 */
struct job {
	struct packet before;
	struct packet after;
	enum task way;
	__be32 addr;
	__be16 port;
	struct packet_shape shape;
	u8 summed;
	bool first;
};

/* -------- jobs -------- */

/* Kinds that the function is for: only requests of an echo go out, only answers come back. */
static enum packet_kind kind_for(struct rnd_state *rnd, enum task way)
{
	static const enum packet_kind forward[] = {
		PACKET_TCP, PACKET_UDP, PACKET_ECHO, PACKET_OTHER,
	};
	static const enum packet_kind backward[] = {
		PACKET_TCP, PACKET_UDP, PACKET_ECHO_REPLY, PACKET_OTHER,
	};

	/* What an error quotes went the other way. */
	if (way == SOURCE || way == ERROR_BACK)
		return forward[below(rnd, ARRAY_SIZE(forward))];
	return backward[below(rnd, ARRAY_SIZE(backward))];
}

static void set_end(struct packet_part *part, bool source, __be32 addr, __be16 port)
{
	const bool here = packet_has_ports(part) ||
			  part->kind == (source ? PACKET_ECHO : PACKET_ECHO_REPLY);

	*(source ? &part->saddr : &part->daddr) = addr;
	if (here)
		*(source ? &part->sport : &part->dport) = port;
}

/* What the packet has to be afterwards. */
static void set_after(struct job *j)
{
	j->after = j->before;
	switch (j->way) {
	case SOURCE:
		return set_end(&j->after.outer, true, j->addr, j->port);
	case DEST:
		return set_end(&j->after.outer, false, j->addr, j->port);
	case ERROR_OUT:
		j->after.outer.saddr = j->addr;
		set_end(&j->after.quoted, false, j->addr, j->port);
		break;
	case ERROR_BACK:
		j->after.outer.daddr = j->addr;
		set_end(&j->after.quoted, true, j->addr, j->port);
		break;
	}
	j->after.quoted.wrong_sum = 0;
}

static void random_end(struct rnd_state *rnd, struct job *j)
{
	struct packet_part part;

	packet_random_part(rnd, &part, PACKET_UDP); /* with its share of extremes */
	j->addr = part.saddr;
	j->port = part.sport;
}

static void random_job(struct rnd_state *rnd, struct job *j, enum task way, enum packet_kind kind)
{
	memset(j, 0, sizeof(*j));
	j->way = way;
	random_end(rnd, j);
	if (way == ERROR_OUT || way == ERROR_BACK)
		packet_random_error(rnd, &j->before, kind);
	else
		packet_random_part(rnd, &j->before.outer, kind);
	set_after(j);
	packet_random_shape(rnd, &j->shape, packet_transport_len(&j->before.outer));
}

/* -------- doing them -------- */

static bool parse(struct trial *t, struct sk_buff *skb, const struct job *j, struct cr_packet *p)
{
	int verdict = cr_parse(skb, p);

	if (verdict == CR_GO_ON && j->first)
		verdict = cr_parse_transport(skb, p);
	return verdict == CR_GO_ON || trial_wrong(t, "not parsed: %d", verdict);
}

static bool rewrite_with(struct sk_buff *skb, const struct cr_packet *p, enum task way, __be32 addr,
			 __be16 port)
{
	switch (way) {
	case SOURCE:
		return cr_rewrite_source(skb, p, addr, port);
	case DEST:
		return cr_rewrite_dest(skb, p, addr, port);
	case ERROR_OUT:
		return cr_rewrite_error_out(skb, p, addr, port);
	default:
		return cr_rewrite_error_back(skb, p, addr, port);
	}
}

/* The sum of all bytes of the buffer, from skb->data on. */
static u16 sum_of(struct trial *t, const struct sk_buff *skb)
{
	if (skb_copy_bits(skb, 0, t->got, skb->len))
		return 0;
	return naive_fold(naive_sum(t->got, skb->len));
}

static bool complete_sum_right(struct trial *t, const struct sk_buff *skb)
{
	const u16 sum = ntohs((__force __be16)~csum_fold(skb->csum)), bytes = sum_of(t, skb);

	/* Both forms of zero are one. */
	return sum % 0xffff == bytes % 0xffff ||
	       trial_wrong(t, "skb->csum is %#x, that of the bytes %#x", sum, bytes);
}

/* Where the transport checksum is asked for, from the IP header on; and puts there what is then. */
static bool pend_checksum(const struct packet_part *part, u8 *bytes, unsigned int *start,
			  unsigned int *offset)
{
	const unsigned int l4 = packet_hlen(part);

	if (part->sum_at) {
		*start = l4 + 8 + part->sum_from;
		*offset = part->sum_at - part->sum_from;
		put16(bytes + l4 + 8 + part->sum_at, part->sum_seed);
		return true;
	}
	if (!packet_has_ports(part))
		return false;
	*start = l4;
	*offset = part->kind == PACKET_TCP ? offsetof(struct tcphdr, check) :
		  offsetof(struct udphdr, check);
	put16(bytes + l4 + *offset,
	      naive_fold(naive_pseudo(part, packet_transport_len(part))));
	return true;
}

static struct sk_buff *new_skb(struct trial *t, const struct job *j)
{
	const unsigned int len = packet_build(&j->before, t->bytes);
	struct packet_shape shape = j->shape;
	unsigned int start = 0, offset = 0;
	struct sk_buff *skb;
	bool pending = j->summed == CHECKSUM_PARTIAL &&
		       pend_checksum(&j->before.outer, t->bytes, &start, &offset);

	/* Whoever asks for a checksum has its place in the linear part. */
	if (pending)
		shape.linear = max_t(u16, shape.linear, start + offset + 2);
	skb = packet_skb(t->bytes, len, &shape);
	if (!skb)
		return NULL;
	if (pending) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) + skb_network_offset(skb) + start;
		skb->csum_offset = offset;
	} else if (j->summed == CHECKSUM_COMPLETE) {
		skb->ip_summed = CHECKSUM_COMPLETE;
		skb->csum = skb_checksum(skb, 0, skb->len, 0);
	}
	return skb;
}

/* The checksum state after the rewriting, and what is still to be done for it. */
static bool finish_checksum(struct trial *t, struct sk_buff *skb, const struct job *j)
{
	if (j->way == ERROR_OUT || j->way == ERROR_BACK)
		return skb->ip_summed != CHECKSUM_COMPLETE || complete_sum_right(t, skb);
	if (skb->ip_summed != j->summed && j->summed == CHECKSUM_COMPLETE)
		return trial_wrong(t, "ip_summed became %u", skb->ip_summed);
	if (j->summed == CHECKSUM_COMPLETE)
		return complete_sum_right(t, skb);
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		return trial_wrong(t, "skb_checksum_help() fails");
	return true;
}

/* Of a quoted TCP checksum that is cut through nothing can be made: its half stays. */
static void keep_half_checksum(struct trial *t, const struct job *j, unsigned int len)
{
	u8 *icmp = t->expected + packet_hlen(&j->after.outer);

	packet_build(&j->before, t->bytes);
	t->expected[len - 1] = t->bytes[len - 1];
	put16(icmp + 2, 0);
	put16(icmp + 2, (u16)~naive_fold(naive_sum(icmp, t->expected + len - icmp)));
}

static unsigned int build_expected(struct trial *t, const struct job *j)
{
	const struct packet_part *outer = &j->after.outer, *quoted = &j->after.quoted;
	const unsigned int len = packet_build(&j->after, t->expected);
	u8 *check = t->expected + packet_hlen(outer) + offsetof(struct tcphdr, check);

	/* A checksum that is filled in late is never zero, not even TCP's. */
	if (j->summed == CHECKSUM_PARTIAL && outer->kind == PACKET_TCP && !get16(check))
		put16(check, 0xffff);
	if (outer->kind == PACKET_ERROR && quoted->kind == PACKET_TCP &&
	    outer->quote_len == packet_hlen(quoted) + offsetof(struct tcphdr, check) + 1)
		keep_half_checksum(t, j, len);
	return len;
}

static bool rewrite_and_compare(struct trial *t, struct sk_buff *skb, const struct job *j)
{
	struct cr_packet p;

	memset(&p, 0x5a, sizeof(p));
	if (!parse(t, skb, j, &p))
		return false;
	if (!rewrite_with(skb, &p, j->way, j->addr, j->port))
		return trial_wrong(t, "refused");
	return finish_checksum(t, skb, j) &&
	       packet_compare(t, skb, t->expected, build_expected(t, j));
}

static bool done_right(struct trial *t, const struct job *j)
{
	struct sk_buff *skb = new_skb(t, j);
	bool ok;

	if (!skb)
		return trial_wrong(t, "no memory");
	ok = rewrite_and_compare(t, skb, j);
	kfree_skb(skb);
	return ok;
}

/* -------- every layout, checksum in place -------- */

static bool source_property(struct trial *t)
{
	struct job j;

	random_job(&t->rnd, &j, SOURCE, kind_for(&t->rnd, SOURCE));
	return done_right(t, &j);
}

static void source_equals_packet_from_scratch(struct kunit *test)
{
	trial_holds(test, 2000, source_property);
}

static bool dest_property(struct trial *t)
{
	struct job j;

	random_job(&t->rnd, &j, DEST, kind_for(&t->rnd, DEST));
	return done_right(t, &j);
}

static void dest_equals_packet_from_scratch(struct kunit *test)
{
	trial_holds(test, 2000, dest_property);
}

static bool ethernet_property(struct trial *t)
{
	struct job j;
	struct sk_buff *skb;
	unsigned int i;
	bool ok;

	random_job(&t->rnd, &j, DEST, kind_for(&t->rnd, DEST));
	j.shape.ethernet = true;
	skb = new_skb(t, &j);
	if (!skb)
		return trial_wrong(t, "no memory");
	ok = rewrite_and_compare(t, skb, &j);
	for (i = 0; ok && i < ETH_HLEN; i++)
		if (skb->data[i] != 0xee)
			ok = trial_wrong(t, "Ethernet header changed");
	kfree_skb(skb);
	return ok;
}

static void dest_behind_ethernet_header(struct kunit *test)
{
	trial_holds(test, 500, ethernet_property);
}

/* Either of two that share their bytes is rewritten; the other one must not see it. */
static bool clone_property(struct trial *t)
{
	enum task way = below(&t->rnd, 4);
	struct sk_buff *skb, *clone;
	unsigned int len;
	struct job j;
	bool ok;

	random_job(&t->rnd, &j, way, kind_for(&t->rnd, way));
	skb = new_skb(t, &j);
	clone = skb ? skb_clone(skb, GFP_KERNEL) : NULL;
	if (!clone) {
		kfree_skb(skb);
		return trial_wrong(t, "no memory");
	}
	if (one_in(&t->rnd, 2))
		swap(skb, clone);
	ok = rewrite_and_compare(t, skb, &j);
	len = packet_build(&j.before, t->bytes);
	if (ok && !packet_compare(t, clone, t->bytes, len))
		ok = trial_wrong(t, "the clone changed, way %d", way);
	kfree_skb(skb);
	kfree_skb(clone);
	return ok;
}

static void clone_keeps_its_bytes(struct kunit *test)
{
	trial_holds(test, 800, clone_property);
}

static bool there_and_back_property(struct trial *t)
{
	enum task way = below(&t->rnd, 4);
	const struct packet_part *part;
	struct cr_packet p;
	struct sk_buff *skb;
	struct job j;
	bool ok, source = way == SOURCE || way == ERROR_BACK;

	random_job(&t->rnd, &j, way, kind_for(&t->rnd, way));
	j.before.quoted.wrong_sum = 0;
	/* An error has one address for both headers, as it has for a packet that it answers. */
	if (way == ERROR_OUT)
		j.before.outer.saddr = j.before.quoted.daddr;
	if (way == ERROR_BACK)
		j.before.outer.daddr = j.before.quoted.saddr;
	set_after(&j);
	part = way == SOURCE || way == DEST ? &j.before.outer : &j.before.quoted;
	skb = new_skb(t, &j);
	if (!skb)
		return trial_wrong(t, "no memory");
	ok = rewrite_and_compare(t, skb, &j) && parse(t, skb, &j, &p);
	if (ok && !rewrite_with(skb, &p, way, source ? part->saddr : part->daddr,
				source ? part->sport : part->dport))
		ok = trial_wrong(t, "refused on the way back");
	ok = ok && packet_compare(t, skb, t->bytes, packet_build(&j.before, t->bytes));
	kfree_skb(skb);
	return ok;
}

static void there_and_back_restores_all_bytes(struct kunit *test)
{
	trial_holds(test, 1000, there_and_back_property);
}

/* -------- what has no ports, or not here -------- */

static bool no_ports_property(struct trial *t)
{
	struct job j;

	random_job(&t->rnd, &j, below(&t->rnd, 2) ? SOURCE : DEST, PACKET_OTHER);
	return done_right(t, &j);
}

static void protocols_without_ports_change_address_only(struct kunit *test)
{
	trial_holds(test, 300, no_ports_property);
}

static bool first_fragment_property(struct trial *t)
{
	enum task way = below(&t->rnd, 2) ? SOURCE : DEST;
	struct job j;

	random_job(&t->rnd, &j, way, kind_for(&t->rnd, way));
	packet_cut(&t->rnd, &j.before, true);
	j.first = true;
	set_after(&j);
	return done_right(t, &j);
}

static void first_fragments_keep_sum_of_whole(struct kunit *test)
{
	trial_holds(test, 500, first_fragment_property);
}

/* Payload at the place of ports stays payload. The sum of the whole is in the first fragment. */
static bool later_fragment_property(struct trial *t)
{
	enum task way = below(&t->rnd, 2) ? SOURCE : DEST;
	struct job j;

	random_job(&t->rnd, &j, way, kind_for(&t->rnd, way));
	packet_cut(&t->rnd, &j.before, false);
	j.after = j.before;
	*(way == SOURCE ? &j.after.outer.saddr : &j.after.outer.daddr) = j.addr;
	return done_right(t, &j);
}

static void later_fragments_change_address_only(struct kunit *test)
{
	trial_holds(test, 500, later_fragment_property);
}

static bool udp_without_checksum_property(struct trial *t)
{
	struct job j;

	random_job(&t->rnd, &j, below(&t->rnd, 2) ? SOURCE : DEST, PACKET_UDP);
	j.before.outer.no_checksum = true;
	set_after(&j);
	return done_right(t, &j);
}

static void udp_without_checksum_stays_without(struct kunit *test)
{
	trial_holds(test, 300, udp_without_checksum_property);
}

/* The port with which a UDP packet sums up to a checksum of zero, which would say "none". */
static __be16 port_for_zero(u8 *bytes, const struct packet_part *part, bool source)
{
	struct packet pk = { .outer = *part };
	const u8 *l4 = bytes + packet_hlen(part);
	u32 sum;

	*(source ? &pk.outer.sport : &pk.outer.dport) = 0;
	packet_build(&pk, bytes);
	sum = naive_fold((u16)~get16(l4 + 6)); /* of all else */
	return htons(0xffff - sum);
}

static bool udp_zero_property(struct trial *t)
{
	enum task way = below(&t->rnd, 2) ? SOURCE : DEST;
	struct packet_part *part;
	struct job j;

	random_job(&t->rnd, &j, way, PACKET_UDP);
	if (one_in(&t->rnd, 4))
		j.summed = CHECKSUM_PARTIAL;
	part = &j.after.outer;
	j.port = port_for_zero(t->expected, part, way == SOURCE);
	set_after(&j);
	packet_build(&j.after, t->expected);
	if (get16(t->expected + packet_hlen(part) + 6) != 0xffff)
		return trial_wrong(t, "this was to be a case of zero");
	return done_right(t, &j);
}

static void udp_checksum_zero_becomes_ffff(struct kunit *test)
{
	trial_holds(test, 500, udp_zero_property);
}

static bool quoted_udp_zero_property(struct trial *t)
{
	enum task way = below(&t->rnd, 2) ? ERROR_OUT : ERROR_BACK;
	struct packet_part *part;
	struct job j;

	random_job(&t->rnd, &j, way, PACKET_UDP);
	j.before.quoted.no_checksum = false;
	set_after(&j);
	part = &j.after.quoted;
	j.port = port_for_zero(t->expected, part, way == ERROR_BACK);
	set_after(&j);
	return done_right(t, &j);
}

static void quoted_udp_checksum_zero_becomes_ffff(struct kunit *test)
{
	trial_holds(test, 300, quoted_udp_zero_property);
}

/* -------- the states of the checksum -------- */

static bool complete_property(struct trial *t)
{
	enum task way = below(&t->rnd, 4);
	struct job j;

	random_job(&t->rnd, &j, way, kind_for(&t->rnd, way));
	j.summed = CHECKSUM_COMPLETE;
	return done_right(t, &j);
}

static void complete_sum_is_that_of_the_bytes(struct kunit *test)
{
	trial_holds(test, 1000, complete_property);
}

static bool complete_without_checksum_property(struct trial *t)
{
	struct job j;

	random_job(&t->rnd, &j, below(&t->rnd, 2) ? SOURCE : DEST, PACKET_UDP);
	j.before.outer.no_checksum = true;
	j.summed = CHECKSUM_COMPLETE;
	set_after(&j);
	return done_right(t, &j);
}

static void complete_sum_of_udp_without_checksum(struct kunit *test)
{
	trial_holds(test, 200, complete_without_checksum_property);
}

static bool complete_fragment_property(struct trial *t)
{
	enum task way = below(&t->rnd, 2) ? SOURCE : DEST;
	struct job j;

	random_job(&t->rnd, &j, way, kind_for(&t->rnd, way));
	packet_cut(&t->rnd, &j.before, false);
	j.summed = CHECKSUM_COMPLETE;
	j.after = j.before;
	*(way == SOURCE ? &j.after.outer.saddr : &j.after.outer.daddr) = j.addr;
	return done_right(t, &j);
}

static void complete_sum_of_later_fragments(struct kunit *test)
{
	trial_holds(test, 200, complete_fragment_property);
}

static bool pending_property(struct trial *t)
{
	enum task way = below(&t->rnd, 2) ? SOURCE : DEST;
	struct job j;

	random_job(&t->rnd, &j, way, below(&t->rnd, 2) ? PACKET_TCP : PACKET_UDP);
	j.summed = CHECKSUM_PARTIAL;
	return done_right(t, &j);
}

static void pending_checksum_comes_out_right(struct kunit *test)
{
	trial_holds(test, 1000, pending_property);
}

/* A UDP packet around another one whose checksum is asked for; its own is of the final bytes. */
static void random_tunnel(struct rnd_state *rnd, struct job *j, bool no_checksum)
{
	struct packet_part *part = &j->before.outer;

	random_job(rnd, j, below(rnd, 2) ? SOURCE : DEST, PACKET_UDP);
	part->payload_len = 40 + below(rnd, 200);
	part->sum_from = below(rnd, 20);
	part->sum_at = part->sum_from + 2 + below(rnd, 17);
	part->sum_seed = 1 + below(rnd, 65535);
	part->no_checksum = no_checksum;
	j->summed = CHECKSUM_PARTIAL;
	set_after(j);
}

static bool tunnel_property(struct trial *t)
{
	struct job j;

	random_tunnel(&t->rnd, &j, false);
	return done_right(t, &j);
}

static void pending_inside_udp_tunnel(struct kunit *test)
{
	trial_holds(test, 500, tunnel_property);
}

static bool tunnel_without_checksum_property(struct trial *t)
{
	struct job j;

	random_tunnel(&t->rnd, &j, true);
	return done_right(t, &j);
}

static void pending_inside_udp_tunnel_without_checksum(struct kunit *test)
{
	trial_holds(test, 200, tunnel_without_checksum_property);
}

/* -------- ICMP errors -------- */

static bool error_out_property(struct trial *t)
{
	struct job j;

	random_job(&t->rnd, &j, ERROR_OUT, kind_for(&t->rnd, ERROR_OUT));
	return done_right(t, &j);
}

static void error_out_equals_packet_from_scratch(struct kunit *test)
{
	trial_holds(test, 1000, error_out_property);
}

static bool error_back_property(struct trial *t)
{
	struct job j;

	random_job(&t->rnd, &j, ERROR_BACK, kind_for(&t->rnd, ERROR_BACK));
	return done_right(t, &j);
}

static void error_back_equals_packet_from_scratch(struct kunit *test)
{
	trial_holds(test, 1000, error_back_property);
}

/* Odd lengths, and every place at which a transport checksum can be cut off or through. */
static bool quote_lengths_property(struct trial *t)
{
	enum task way = below(&t->rnd, 2) ? ERROR_OUT : ERROR_BACK;
	struct packet_part *outer, *quoted;
	unsigned int least, len;
	struct job j;

	random_job(&t->rnd, &j, way, kind_for(&t->rnd, way));
	outer = &j.before.outer;
	quoted = &j.before.quoted;
	least = packet_hlen(quoted) + 8;
	len = packet_hlen(quoted) + packet_transport_len(quoted);
	for (outer->quote_len = least; outer->quote_len < min(len, least + 32);
	     outer->quote_len++) {
		set_after(&j);
		if (!done_right(t, &j))
			return false;
	}
	return true;
}

static void error_quotes_of_every_length(struct kunit *test)
{
	trial_holds(test, 60, quote_lengths_property);
}

static bool icmp_fine(struct sk_buff *skb)
{
	struct cr_packet p;

	return cr_parse(skb, &p) == CR_GO_ON && cr_icmp_checksum_fine(skb, &p);
}

/* Any one bit of the message makes it wrong, whatever ip_summed says. */
static bool icmp_checksum_property(struct trial *t)
{
	struct packet pk = {};
	struct packet_shape shape;
	struct sk_buff *skb;
	unsigned int len, bit, from;
	bool good, bad;

	if (one_in(&t->rnd, 2))
		packet_random_error(&t->rnd, &pk, below(&t->rnd, PACKET_ERROR));
	else
		packet_random_part(&t->rnd, &pk.outer, PACKET_ECHO);
	len = packet_build(&pk, t->bytes);
	packet_random_shape(&t->rnd, &shape, len);
	skb = packet_skb(t->bytes, len, &shape);
	if (!skb)
		return trial_wrong(t, "no memory");
	good = icmp_fine(skb);
	kfree_skb(skb);
	/* From the checksum on, and not in what is quoted: it has to be parsed still. */
	from = packet_hlen(&pk.outer) + 2;
	bit = from * 8 + below(&t->rnd, 6 * 8);
	t->bytes[bit / 8] ^= 1 << bit % 8;
	skb = packet_skb(t->bytes, len, &shape);
	if (!skb)
		return trial_wrong(t, "no memory");
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	bad = !icmp_fine(skb);
	kfree_skb(skb);
	if (!good)
		return trial_wrong(t, "a good one is refused");
	return bad || trial_wrong(t, "bit %u wrong, and taken", bit);
}

static void icmp_checksum_judged_by_all_bytes(struct kunit *test)
{
	trial_holds(test, 300, icmp_checksum_property);
}

/* -------- segmentation -------- */

#define TUNNEL	(8 + ETH_HLEN)	/* VXLAN header, inner Ethernet header */

/* Inner packet of a tunnel, in one buffer: addresses do not matter. */
static void fill_tunnel(struct trial *t, struct packet_part *outer, unsigned int payload_len)
{
	struct packet inner = {};

	packet_random_part(&t->rnd, &inner.outer, PACKET_TCP);
	inner.outer.tcp_flags = TCPHDR_ACK;
	inner.outer.options_len = 0;
	inner.outer.tcp_options_len = 0;
	inner.outer.payload_len = payload_len;
	memset(t->got, 0x11, TUNNEL);
	put16(t->got + TUNNEL - 2, ETH_P_IP);
	outer->payload_len = TUNNEL + packet_build(&inner, t->got + TUNNEL);
	outer->payload = t->got;
	outer->sum_from = TUNNEL + 20;
	outer->sum_at = outer->sum_from + offsetof(struct tcphdr, check);
	outer->sum_seed = naive_fold(naive_pseudo(&inner.outer, 20 + payload_len));
}

static void mark_tunnel(struct sk_buff *skb, const struct packet_part *part)
{
	const unsigned int inner = ETH_HLEN + packet_hlen(part) + 8 + 8;

	skb->encapsulation = 1;
	skb_set_inner_protocol(skb, htons(ETH_P_TEB));
	skb_set_inner_mac_header(skb, inner);
	skb_set_inner_network_header(skb, inner + ETH_HLEN);
	skb_set_inner_transport_header(skb, inner + ETH_HLEN + 20);
}

/* A packet with requests for segmentation and checksum, as a guest or a tunnel hands it down. */
static struct sk_buff *gso_skb(struct trial *t, const struct packet *pk, unsigned int gso_type,
			       unsigned int gso_size)
{
	const struct packet_shape shape = { .ethernet = true };
	const struct packet_part *part = &pk->outer;
	const unsigned int tunnel = SKB_GSO_UDP_TUNNEL | SKB_GSO_UDP_TUNNEL_CSUM;
	const unsigned int len = packet_build(pk, t->bytes);
	unsigned int start, offset;
	struct sk_buff *skb;

	pend_checksum(part, t->bytes, &start, &offset);
	/* The outer checksum of each segment is made from the sum of the pseudo header. */
	if (gso_type & SKB_GSO_UDP_TUNNEL_CSUM)
		put16(t->bytes + packet_hlen(part) + 6,
		      naive_fold(naive_pseudo(part, packet_transport_len(part))));
	skb = packet_skb(t->bytes, len, &shape);
	if (!skb)
		return NULL;
	skb->dev = init_net.loopback_dev;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + ETH_HLEN + start;
	skb->csum_offset = offset;
	skb_shinfo(skb)->gso_size = gso_size;
	skb_shinfo(skb)->gso_type = gso_type;
	skb_shinfo(skb)->gso_segs = 0;
	if (gso_type & tunnel)
		mark_tunnel(skb, part);
	return skb;
}

/* Segments with all checksums filled in, or NULL. Takes @skb. */
static struct sk_buff *segments_of(struct sk_buff *skb)
{
	struct sk_buff *segs = skb_gso_segment(skb, 0), *s;

	kfree_skb(skb);
	if (IS_ERR_OR_NULL(segs))
		return NULL;
	for (s = segs; s; s = s->next)
		if (s->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(s))
			break;
	if (!s)
		return segs;
	kfree_skb_list(segs);
	return NULL;
}

/* Whether a segment is well-formed by itself: its outer transport checksum covers it all. */
static bool segment_fine(struct trial *t, const struct sk_buff *s, bool without)
{
	const unsigned int len = s->len - ETH_HLEN;
	struct packet_part part = {};
	const u8 *ip = t->got + ETH_HLEN;
	unsigned int hlen;
	u32 sum;

	if (s->len > sizeof(t->got) || skb_copy_bits(s, 0, t->got, s->len))
		return false;
	hlen = (ip[0] & 15) * 4;
	part.proto = ip[9];
	memcpy(&part.saddr, ip + 12, 4);
	memcpy(&part.daddr, ip + 16, 4);
	if (get16(ip + 2) != len || naive_fold(naive_sum(ip, hlen)) != 0xffff)
		return false;
	sum = naive_pseudo(&part, len - hlen) + naive_sum(ip + hlen, len - hlen);
	return without ? !get16(ip + hlen + 6) : naive_fold(sum) == 0xffff;
}

/* Takes both lists. */
static bool same_segments(struct trial *t, struct sk_buff *got, struct sk_buff *expected,
			  bool without)
{
	struct sk_buff *a = got, *b = expected;
	unsigned int n;
	bool ok = true;

	for (n = 0; ok && a && b; n++, a = a->next, b = b->next) {
		if (!segment_fine(t, b, without)) {
			ok = trial_wrong(t, "segment %u expected is not well-formed", n);
			break;
		}
		skb_copy_bits(b, ETH_HLEN, t->expected, b->len - ETH_HLEN);
		skb_set_network_header(a, ETH_HLEN);
		ok = packet_compare(t, a, t->expected, b->len - ETH_HLEN);
	}
	if (ok && (a || b || n < 2))
		ok = trial_wrong(t, "%u segments, and %s", n, a ? "more" : b ? "less" : "no more");
	kfree_skb_list(got);
	kfree_skb_list(expected);
	return ok;
}

/* A packet rewritten and then cut is what one built from scratch is when it is cut. */
static bool segments_right(struct trial *t, const struct job *j, unsigned int gso_type,
			   unsigned int gso_size)
{
	struct sk_buff *skb = gso_skb(t, &j->before, gso_type, gso_size);
	struct sk_buff *scratch = gso_skb(t, &j->after, gso_type, gso_size);
	struct sk_buff *got, *expected;
	struct cr_packet p;
	int verdict;

	if (!skb || !scratch) {
		kfree_skb(skb);
		kfree_skb(scratch);
		return trial_wrong(t, "no memory");
	}
	verdict = cr_parse(skb, &p);
	if (verdict == CR_GO_ON)
		verdict = cr_parse_offload(skb, &p);
	if (verdict == CR_GO_ON)
		rewrite_with(skb, &p, j->way, j->addr, j->port);
	got = segments_of(skb);
	expected = segments_of(scratch);
	if (verdict != CR_GO_ON || !got || !expected) {
		kfree_skb_list(got);
		kfree_skb_list(expected);
		return trial_wrong(t, "verdict %d, segments %d and %d", verdict, !!got,
				   !!expected);
	}
	return same_segments(t, got, expected, j->after.outer.no_checksum);
}

static void random_gso_job(struct trial *t, struct job *j, enum packet_kind kind)
{
	random_job(&t->rnd, j, below(&t->rnd, 2) ? SOURCE : DEST, kind);
	j->before.outer.payload_len = 1000 + below(&t->rnd, 2000);
	j->before.outer.tcp_flags = kind == PACKET_TCP ? TCPHDR_ACK : 0;
	set_after(j);
}

static bool gso_tcp_property(struct trial *t)
{
	struct job j;

	random_gso_job(t, &j, PACKET_TCP);
	return segments_right(t, &j, SKB_GSO_TCPV4, 200 + below(&t->rnd, 300));
}

static void segments_of_tcp(struct kunit *test)
{
	trial_holds(test, 60, gso_tcp_property);
}

static bool gso_udp_property(struct trial *t)
{
	struct job j;

	random_gso_job(t, &j, PACKET_UDP);
	return segments_right(t, &j, SKB_GSO_UDP_L4, 200 + below(&t->rnd, 300));
}

static void segments_of_udp(struct kunit *test)
{
	trial_holds(test, 60, gso_udp_property);
}

static bool gso_tunnel(struct trial *t, bool without)
{
	const unsigned int type = SKB_GSO_TCPV4 |
				  (without ? SKB_GSO_UDP_TUNNEL : SKB_GSO_UDP_TUNNEL_CSUM);
	u8 *payload;
	struct job j;
	bool ok;

	random_gso_job(t, &j, PACKET_UDP);
	fill_tunnel(t, &j.before.outer, 1000 + below(&t->rnd, 1000));
	payload = kmemdup(t->got, j.before.outer.payload_len, GFP_KERNEL);
	if (!payload)
		return trial_wrong(t, "no memory");
	j.before.outer.payload = payload;
	j.before.outer.no_checksum = without;
	set_after(&j);
	ok = segments_right(t, &j, type, 200 + below(&t->rnd, 300));
	kfree(payload);
	return ok;
}

static bool gso_tunnel_property(struct trial *t)
{
	return gso_tunnel(t, false);
}

static void segments_of_udp_tunnel_with_checksum(struct kunit *test)
{
	trial_holds(test, 40, gso_tunnel_property);
}

static bool gso_tunnel_without_property(struct trial *t)
{
	return gso_tunnel(t, true);
}

static void segments_of_udp_tunnel_without_checksum(struct kunit *test)
{
	trial_holds(test, 40, gso_tunnel_without_property);
}

static struct kunit_case rewrite_cases[] = {
	KUNIT_CASE(source_equals_packet_from_scratch),
	KUNIT_CASE(dest_equals_packet_from_scratch),
	KUNIT_CASE(dest_behind_ethernet_header),
	KUNIT_CASE(clone_keeps_its_bytes),
	KUNIT_CASE(there_and_back_restores_all_bytes),
	KUNIT_CASE(protocols_without_ports_change_address_only),
	KUNIT_CASE(first_fragments_keep_sum_of_whole),
	KUNIT_CASE(later_fragments_change_address_only),
	KUNIT_CASE(udp_without_checksum_stays_without),
	KUNIT_CASE(udp_checksum_zero_becomes_ffff),
	KUNIT_CASE(quoted_udp_checksum_zero_becomes_ffff),
	KUNIT_CASE(complete_sum_is_that_of_the_bytes),
	KUNIT_CASE(complete_sum_of_udp_without_checksum),
	KUNIT_CASE(complete_sum_of_later_fragments),
	KUNIT_CASE(pending_checksum_comes_out_right),
	KUNIT_CASE(pending_inside_udp_tunnel),
	KUNIT_CASE(pending_inside_udp_tunnel_without_checksum),
	KUNIT_CASE(error_out_equals_packet_from_scratch),
	KUNIT_CASE(error_back_equals_packet_from_scratch),
	KUNIT_CASE(error_quotes_of_every_length),
	KUNIT_CASE(icmp_checksum_judged_by_all_bytes),
	KUNIT_CASE(segments_of_tcp),
	KUNIT_CASE(segments_of_udp),
	KUNIT_CASE(segments_of_udp_tunnel_with_checksum),
	KUNIT_CASE(segments_of_udp_tunnel_without_checksum),
	{}
};

static struct kunit_suite rewrite_suite = {
	.name = "cr_rewrite",
	.test_cases = rewrite_cases,
};

kunit_test_suite(rewrite_suite);
