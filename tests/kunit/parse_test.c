// SPDX-License-Identifier: GPL-2.0
/*
 * Suite cr_parse: what cr_parse() and cr_parse_offload() make of packets. A second parser, plain
 * and over flat bytes, tells what is expected of random, cut and damaged ones; tables tell it of
 * every boundary.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/tcp.h>

#include "packet.h"
#include "parse.h"

/* -------- the plain parser -------- */

/*
 * Of the options only length, source routes, and time stamps with addresses matter; those behind
 * an end do not exist.
 */
static bool naive_options(const u8 *b, unsigned int from, unsigned int to)
{
	while (from < to && b[from] != 0) {
		if (b[from] == 1) {
			from++;
			continue;
		}
		if (from + 1 == to || b[from + 1] < 2 || from + b[from + 1] > to)
			return false;
		if (b[from] == 131 || b[from] == 137)
			return false;
		if (b[from] == 68 && b[from + 1] >= 4 && (b[from + 3] & 15) == 1)
			return false;
		from += b[from + 1];
	}
	return true;
}

static bool naive_tcp_flags(u8 flags)
{
	switch (flags & (TCPHDR_FIN | TCPHDR_SYN | TCPHDR_RST | TCPHDR_ACK)) {
	case TCPHDR_SYN:
	case TCPHDR_SYN | TCPHDR_ACK:
	case TCPHDR_ACK:
	case TCPHDR_FIN | TCPHDR_ACK:
	case TCPHDR_RST:
	case TCPHDR_RST | TCPHDR_ACK:
		return true;
	default:
		return false;
	}
}

static void naive_ports(const u8 *b, struct cr_tuple *t)
{
	memcpy(&t->sport, b, 2);
	memcpy(&t->dport, b + 2, 2);
}

static void naive_addresses(const u8 *ip, struct cr_tuple *t)
{
	t->proto = ip[9];
	memcpy(&t->saddr, ip + 12, 4);
	memcpy(&t->daddr, ip + 16, 4);
}

/* An ICMP query or the answer to one: 8 and 0, 13 and 14, 15 and 16, 17 and 18; of code 0. */
static bool naive_request(const u8 *icmp)
{
	return !icmp[1] && (icmp[0] == 8 || icmp[0] == 13 || icmp[0] == 15 || icmp[0] == 17);
}

static bool naive_reply(const u8 *icmp)
{
	return !icmp[1] && (icmp[0] == 0 || icmp[0] == 14 || icmp[0] == 16 || icmp[0] == 18);
}

static int naive_quoted(const u8 *b, struct cr_packet *p)
{
	const unsigned int from = p->l4 + 8;
	const u8 *ip = b + from, *l4;

	if (from + 20 > p->end || ip[0] >> 4 != 4 || (ip[0] & 15) < 5 || get16(ip + 6) & 0x1fff)
		return CR_ICMP_BAD;
	p->quoted_l3 = from;
	p->quoted_l4 = from + (ip[0] & 15) * 4;
	if (p->quoted_l4 + 8 > p->end)
		return CR_ICMP_BAD;
	naive_addresses(ip, &p->quoted);
	l4 = b + p->quoted_l4;
	if (ip[9] == 6 || ip[9] == 17)
		naive_ports(l4, &p->quoted);
	else if (ip[9] == 1 && naive_request(l4))
		memcpy(&p->quoted.sport, l4 + 4, 2);
	else if (ip[9] == 1 && naive_reply(l4))
		memcpy(&p->quoted.dport, l4 + 4, 2);
	else if (ip[9] == 1)
		return CR_ICMP_BAD;
	return CR_GO_ON;
}

static int naive_icmp(const u8 *b, struct cr_packet *p)
{
	const u8 *l4 = b + p->l4;

	if (p->l4 + 8 > p->end)
		return CR_BAD_TRANSPORT;
	if (naive_request(l4)) {
		memcpy(&p->tuple.sport, l4 + 4, 2);
		return CR_GO_ON;
	}
	if (naive_reply(l4)) {
		p->kind = CR_KIND_ICMP_REPLY;
		memcpy(&p->tuple.dport, l4 + 4, 2);
		return CR_GO_ON;
	}
	switch (l4[0]) {
	case 3:
	case 4:
	case 11:
	case 12:
		p->kind = CR_KIND_ICMP_ERROR;
		return naive_quoted(b, p);
	default:
		p->kind = CR_KIND_ICMP_OTHER;
		return CR_GO_ON;
	}
}

static int naive_transport(const u8 *b, struct cr_packet *p)
{
	const u8 *l4 = b + p->l4;
	const unsigned int left = p->end - p->l4;

	switch (p->tuple.proto) {
	case 6:
		if (left < 20 || l4[12] >> 4 < 5 || (l4[12] >> 4) * 4 > left ||
		    !naive_tcp_flags(l4[13]))
			return CR_BAD_TRANSPORT;
		p->tcp_flags = l4[13];
		naive_ports(l4, &p->tuple);
		return CR_GO_ON;
	case 17:
		if (left < 8 || get16(l4 + 4) < 8 || get16(l4 + 4) > left)
			return CR_BAD_TRANSPORT;
		naive_ports(l4, &p->tuple);
		return CR_GO_ON;
	case 1:
		return naive_icmp(b, p);
	default:
		return CR_GO_ON;
	}
}

/* What cr_parse() has to say of these bytes, with offsets from the IP header on. */
static int naive_parse(const u8 *b, unsigned int len, struct cr_packet *p)
{
	unsigned int hlen;

	memset(p, 0, sizeof(*p));
	if (len < 20)
		return CR_BAD_HEADER;
	hlen = (b[0] & 15) * 4;
	if (b[0] >> 4 != 4 || hlen < 20 || hlen > len || get16(b + 2) < hlen ||
	    get16(b + 2) > len || naive_fold(naive_sum(b, hlen)) != 0xffff)
		return CR_BAD_HEADER;
	if (!naive_options(b, 20, hlen))
		return CR_BAD_OPTIONS;
	p->l4 = hlen;
	p->end = get16(b + 2);
	p->ttl = b[8];
	naive_addresses(b, &p->tuple);
	if (get16(b + 6) & 0x3fff) {
		p->kind = CR_KIND_FRAGMENT;
		return CR_GO_ON;
	}
	p->kind = CR_KIND_FLOW;
	return naive_transport(b, p);
}

/* -------- comparing the two -------- */

static bool tuple_same(const struct cr_tuple *a, const struct cr_tuple *b, bool ports)
{
	return a->saddr == b->saddr && a->daddr == b->daddr && a->proto == b->proto &&
	       (!ports || (a->sport == b->sport && a->dport == b->dport));
}

/* How far the packet has to lie in the linear part. */
static unsigned int reached(const struct cr_packet *p)
{
	if (p->kind == CR_KIND_FRAGMENT)
		return p->l4;
	if (p->kind == CR_KIND_ICMP_ERROR)
		return min_t(unsigned int, p->end,
			     p->quoted_l4 + (p->quoted.proto == IPPROTO_TCP ? 20 : 8));
	switch (p->tuple.proto) {
	case IPPROTO_TCP:
		return p->l4 + 20;
	case IPPROTO_UDP:
	case IPPROTO_ICMP:
		return p->l4 + 8;
	default:
		return p->l4;
	}
}

/* Nothing that was found may point outside of the packet, or of its linear part. */
static bool offsets_inside(struct trial *t, const struct sk_buff *skb, const struct cr_packet *p)
{
	if (p->l3 != skb_network_offset(skb) || p->l4 < p->l3 + 20 || p->end < p->l4 ||
	    p->end != skb->len)
		return trial_wrong(t, "offsets l3 %u l4 %u end %u of %u bytes", p->l3, p->l4,
				   p->end, skb->len);
	if (p->kind == CR_KIND_ICMP_ERROR &&
	    (p->quoted_l3 != p->l4 + 8 || p->quoted_l4 < p->quoted_l3 + 20 ||
	     p->quoted_l4 + 8 > p->end))
		return trial_wrong(t, "quoted offsets l3 %u l4 %u of %u bytes", p->quoted_l3,
				   p->quoted_l4, p->end);
	if (reached(p) > skb_headlen(skb))
		return trial_wrong(t, "headers to %u, only %u linear", reached(p),
				   skb_headlen(skb));
	return true;
}

static bool same_packet(struct trial *t, const struct cr_packet *got,
			const struct cr_packet *expected)
{
	const bool ports = expected->kind != CR_KIND_FRAGMENT;
	const unsigned int l3 = got->l3;

	if (got->kind != expected->kind)
		return trial_wrong(t, "kind %d, not %d", got->kind, expected->kind);
	if (!tuple_same(&got->tuple, &expected->tuple, ports))
		return trial_wrong(t, "wrong tuple, protocol %u", expected->tuple.proto);
	if (got->l4 != expected->l4 + l3 || got->end != expected->end + l3)
		return trial_wrong(t, "l4 %u end %u, not %u %u", got->l4 - l3, got->end - l3,
				   expected->l4, expected->end);
	if (got->ttl != expected->ttl)
		return trial_wrong(t, "ttl %u, not %u", got->ttl, expected->ttl);
	if (ports && got->tcp_flags != expected->tcp_flags)
		return trial_wrong(t, "flags %#x, not %#x", got->tcp_flags, expected->tcp_flags);
	if (expected->kind != CR_KIND_ICMP_ERROR)
		return true;
	if (!tuple_same(&got->quoted, &expected->quoted, true))
		return trial_wrong(t, "wrong tuple quoted, protocol %u", expected->quoted.proto);
	if (got->quoted_l3 != expected->quoted_l3 + l3 ||
	    got->quoted_l4 != expected->quoted_l4 + l3)
		return trial_wrong(t, "quoted l3 %u l4 %u, not %u %u", got->quoted_l3 - l3,
				   got->quoted_l4 - l3, expected->quoted_l3, expected->quoted_l4);
	return true;
}

/* Parses @skb, which holds @len of these bytes, and compares with the plain parser. */
static bool agrees(struct trial *t, struct sk_buff *skb, const u8 *bytes, unsigned int len)
{
	struct cr_packet got, expected;
	int verdict, wanted;

	/* What is left as it was shows. */
	memset(&got, 0x5a, sizeof(got));
	verdict = cr_parse(skb, &got);
	wanted = naive_parse(bytes, len, &expected);
	if (verdict != wanted)
		return trial_wrong(t, "verdict %d, not %d: %*ph", verdict, wanted,
				   (int)min(len, 48U), bytes);
	if (verdict != CR_GO_ON)
		return true;
	return offsets_inside(t, skb, &got) && same_packet(t, &got, &expected);
}

static bool agrees_in_shape(struct trial *t, const u8 *bytes, unsigned int len,
			    const struct packet_shape *shape)
{
	struct sk_buff *skb = packet_skb(bytes, len, shape);
	bool ok;

	if (!skb)
		return trial_wrong(t, "no memory");
	ok = agrees(t, skb, bytes, len);
	kfree_skb(skb);
	return ok;
}

/* Verdict over a packet whose bytes are at hand; in the plainest layout. */
static int verdict_of(struct kunit *test, const u8 *bytes, unsigned int len)
{
	const struct packet_shape shape = {};
	struct sk_buff *skb = packet_skb(bytes, len, &shape);
	struct cr_packet p;
	int verdict;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	verdict = cr_parse(skb, &p);
	kfree_skb(skb);
	return verdict;
}

/* A plain packet to be spoilt by a table. */
static unsigned int plain_packet(struct trial *t, enum packet_kind kind, u8 options_len)
{
	struct packet pk = {};

	packet_random_part(&t->rnd, &pk.outer, kind);
	pk.outer.options_len = options_len;
	memset(pk.outer.options, 1, sizeof(pk.outer.options));
	pk.outer.tcp_options_len = 8;
	pk.outer.payload_len = 24;
	return packet_build(&pk, t->bytes);
}

/* -------- random packets -------- */

static bool any_packet(struct trial *t)
{
	struct packet_shape shape;
	struct packet pk;
	unsigned int len;

	packet_random(&t->rnd, &pk);
	len = packet_build(&pk, t->bytes);
	packet_random_shape(&t->rnd, &shape, len);
	if (verdict_of(t->test, t->bytes, len) != CR_GO_ON)
		return trial_wrong(t, "a good packet of kind %d is refused", pk.outer.kind);
	return agrees_in_shape(t, t->bytes, len, &shape);
}

static void valid_packets_give_tuple_offsets_kind(struct kunit *test)
{
	trial_holds(test, 2000, any_packet);
}

static bool padded_packet(struct trial *t)
{
	const unsigned int padding = 1 + below(&t->rnd, 60);
	struct packet_shape shape;
	struct packet pk;
	unsigned int len;

	packet_random(&t->rnd, &pk);
	len = packet_build(&pk, t->bytes);
	prandom_bytes_state(&t->rnd, t->bytes + len, padding);
	packet_random_shape(&t->rnd, &shape, len + padding);
	return agrees_in_shape(t, t->bytes, len + padding, &shape);
}

static void padding_is_trimmed(struct kunit *test)
{
	trial_holds(test, 1000, padded_packet);
}

/* The sum that the device gave over all bytes is one over fewer, then. */
static bool padded_complete_packet(struct trial *t)
{
	const unsigned int padding = 1 + below(&t->rnd, 60);
	struct packet_shape shape;
	struct sk_buff *skb;
	struct cr_packet p;
	struct packet pk;
	unsigned int len;
	bool ok;

	packet_random(&t->rnd, &pk);
	len = packet_build(&pk, t->bytes);
	prandom_bytes_state(&t->rnd, t->bytes + len, padding);
	packet_random_shape(&t->rnd, &shape, len + padding);
	shape.ethernet = false;
	skb = packet_skb(t->bytes, len + padding, &shape);
	if (!skb)
		return trial_wrong(t, "no memory");
	skb->ip_summed = CHECKSUM_COMPLETE;
	skb->csum = skb_checksum(skb, 0, skb->len, 0);
	ok = cr_parse(skb, &p) == CR_GO_ON && skb->ip_summed == CHECKSUM_COMPLETE &&
	     ntohs((__force __be16)~csum_fold(skb->csum)) == naive_fold(naive_sum(t->bytes, len));
	kfree_skb(skb);
	return ok || trial_wrong(t, "sum of %u bytes and %u of padding", len, padding);
}

static void padding_leaves_complete_sum(struct kunit *test)
{
	trial_holds(test, 500, padded_complete_packet);
}

static struct sk_buff *with_request(const u8 *bytes, unsigned int len, unsigned int padding,
				    const struct packet_shape *shape, unsigned int start,
				    unsigned int offset)
{
	struct sk_buff *skb = packet_skb(bytes, len + padding, shape);

	if (!skb)
		return NULL;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + skb_network_offset(skb) + start;
	skb->csum_offset = offset;
	return skb;
}

static bool padded_pending_packet(struct trial *t)
{
	const unsigned int padding = 1 + below(&t->rnd, 60);
	unsigned int len, start, offset;
	struct packet_shape shape;
	struct sk_buff *skb;
	struct cr_packet p;
	struct packet pk = {};
	int verdict;

	packet_random_part(&t->rnd, &pk.outer, below(&t->rnd, 2) ? PACKET_TCP : PACKET_UDP);
	len = packet_build(&pk, t->bytes);
	start = packet_hlen(&pk.outer);
	offset = pk.outer.kind == PACKET_TCP ? 16 : 6;
	memset(t->bytes + len, 0, padding);
	packet_random_shape(&t->rnd, &shape, len + padding);
	/* Whoever asks for a checksum has its place in the linear part. */
	shape.linear = max_t(u16, shape.linear, start + offset + 2);
	skb = with_request(t->bytes, len, padding, &shape, start, offset);
	if (!skb)
		return trial_wrong(t, "no memory");
	verdict = cr_parse(skb, &p);
	if (verdict == CR_GO_ON)
		verdict = cr_parse_offload(skb, &p);
	kfree_skb(skb);
	return verdict == CR_GO_ON ||
	       trial_wrong(t, "verdict %d: %u bytes, padding %u, rest %d, linear %u", verdict, len,
			   padding, shape.rest, shape.linear);
}

static void padding_behind_pending_checksum_is_trimmed(struct kunit *test)
{
	trial_holds(test, 500, padded_pending_packet);
}

static void checksum_pending_in_padding_is_bad_offload(struct kunit *test)
{
	const struct packet_shape shape = {};
	struct trial *t = trial_new(test);
	const unsigned int len = plain_packet(t, PACKET_UDP, 0);
	struct sk_buff *skb;
	struct cr_packet p;
	int verdict;

	memset(t->bytes + len, 0, 16);
	skb = with_request(t->bytes, len, 16, &shape, len + 2, 4);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	verdict = cr_parse(skb, &p);
	if (verdict == CR_GO_ON)
		verdict = cr_parse_offload(skb, &p);
	kfree_skb(skb);
	KUNIT_EXPECT_EQ(test, verdict, CR_BAD_OFFLOAD);
}

/* Nothing else tells whoever reads these fields that a fragment has none. */
static bool fragment_fields(struct trial *t)
{
	const struct packet_shape shape = {};
	struct cr_packet p;
	struct sk_buff *skb;
	struct packet pk = {};
	unsigned int len;

	packet_random_part(&t->rnd, &pk.outer, below(&t->rnd, PACKET_ERROR));
	packet_cut(&t->rnd, &pk, one_in(&t->rnd, 2));
	len = packet_build(&pk, t->bytes);
	skb = packet_skb(t->bytes, len, &shape);
	if (!skb)
		return trial_wrong(t, "no memory");
	memset(&p, 0x5a, sizeof(p));
	cr_parse(skb, &p);
	kfree_skb(skb);
	if (p.kind != CR_KIND_FRAGMENT)
		return trial_wrong(t, "kind %d", p.kind);
	return !p.tcp_flags || trial_wrong(t, "tcp_flags are what was there before (%#x)",
					   p.tcp_flags);
}

static void fragments_have_no_tcp_flags(struct kunit *test)
{
	trial_holds(test, 50, fragment_fields);
}

/* The first fragment of a packet, seen again by what knows that it is the first. */
static bool first_fragment(struct trial *t)
{
	const struct packet_shape shape = {};
	struct cr_packet p;
	struct sk_buff *skb;
	struct packet pk = {};
	const struct packet_part *part = &pk.outer;
	unsigned int len;
	int verdict;

	packet_random_part(&t->rnd, &pk.outer, below(&t->rnd, PACKET_ERROR));
	packet_cut(&t->rnd, &pk, true);
	len = packet_build(&pk, t->bytes);
	skb = packet_skb(t->bytes, len, &shape);
	if (!skb)
		return trial_wrong(t, "no memory");
	memset(&p, 0x5a, sizeof(p));
	verdict = cr_parse(skb, &p);
	if (verdict == CR_GO_ON)
		verdict = cr_parse_transport(skb, &p);
	kfree_skb(skb);
	if (verdict != CR_GO_ON)
		return trial_wrong(t, "verdict %d, protocol %u", verdict, part->proto);
	if (p.kind != (part->kind == PACKET_ECHO_REPLY ? CR_KIND_ICMP_REPLY : CR_KIND_FLOW) ||
	    p.tuple.sport != part->sport || p.tuple.dport != part->dport ||
	    p.tuple.saddr != part->saddr || p.tuple.daddr != part->daddr ||
	    p.tcp_flags != (part->kind == PACKET_TCP ? part->tcp_flags : 0))
		return trial_wrong(t, "kind %d, protocol %u", p.kind, part->proto);
	return true;
}

static void first_fragments_have_their_ports(struct kunit *test)
{
	trial_holds(test, 500, first_fragment);
}

/* -------- cut and damaged packets -------- */

/* Less than the IP header promises is refused, whatever the rest says. */
static bool truncated_packet(struct trial *t)
{
	struct packet_shape shape;
	struct packet pk;
	struct cr_packet p;
	unsigned int len, cut;

	packet_random(&t->rnd, &pk);
	pk.outer.payload_len = min_t(u16, pk.outer.payload_len, 40);
	len = packet_build(&pk, t->bytes);
	for (cut = 0; cut < len; cut++) {
		packet_random_shape(&t->rnd, &shape, cut);
		if (naive_parse(t->bytes, cut, &p) == CR_GO_ON)
			return trial_wrong(t, "the plain parser takes %u of %u", cut, len);
		if (!agrees_in_shape(t, t->bytes, cut, &shape))
			return false;
	}
	return true;
}

static void truncated_at_every_length_is_refused(struct kunit *test)
{
	trial_holds(test, 20, truncated_packet);
}

/* With the IP header's blessing it depends on what the transport header needs. */
static bool shortened_packet(struct trial *t)
{
	struct packet_shape shape;
	struct packet pk;
	unsigned int len, cut;

	packet_random(&t->rnd, &pk);
	pk.outer.payload_len = min_t(u16, pk.outer.payload_len, 40);
	len = packet_build(&pk, t->bytes);
	for (cut = packet_hlen(&pk.outer); cut < len; cut++) {
		put16(t->bytes + 2, cut);
		packet_fix_header(t->bytes);
		packet_random_shape(&t->rnd, &shape, len);
		if (!agrees_in_shape(t, t->bytes, cut, &shape) ||
		    !agrees_in_shape(t, t->bytes, len, &shape))
			return false;
	}
	return true;
}

static void shortened_to_every_length_agrees(struct kunit *test)
{
	trial_holds(test, 12, shortened_packet);
}

/* One to four changes, most of them where headers are; often with a header sum that fits again. */
static void mutate(struct trial *t, u8 *bytes, unsigned int *len)
{
	unsigned int n = 1 + below(&t->rnd, 4), hlen, at;

	while (n--) {
		at = one_in(&t->rnd, 4) ? below(&t->rnd, *len) : below(&t->rnd, min(*len, 64U));
		switch (below(&t->rnd, 4)) {
		case 0:
			bytes[at] ^= 1 << below(&t->rnd, 8);
			break;
		case 1:
			bytes[at] = one_in(&t->rnd, 2) ? 0 : 0xff;
			break;
		case 2:
			bytes[at] = prandom_u32_state(&t->rnd);
			break;
		default:
			bytes[at] += one_in(&t->rnd, 2) ? 1 : -1;
		}
	}
	if (one_in(&t->rnd, 8))
		*len = 1 + below(&t->rnd, *len);
	if (one_in(&t->rnd, 8) && *len >= 4)
		put16(bytes + 2, below(&t->rnd, *len + 4));
	hlen = (bytes[0] & 15) * 4;
	if (!one_in(&t->rnd, 8) && hlen >= 20 && hlen <= *len)
		packet_fix_header(bytes);
}

#define MUTATIONS	20	/* of each packet */

/* One buffer serves all: parsing a linear packet changes nothing but its length. */
static bool mutated_linear(struct trial *t)
{
	static const struct packet_shape shape;
	struct sk_buff *skb;
	struct packet pk;
	unsigned int len, cut, i;
	bool ok = true;

	packet_random(&t->rnd, &pk);
	pk.outer.payload_len = min_t(u16, pk.outer.payload_len, 64);
	len = packet_build(&pk, t->bytes);
	skb = packet_skb(t->bytes, len, &shape);
	if (!skb)
		return trial_wrong(t, "no memory");
	for (i = 0; ok && i < MUTATIONS; i++) {
		cut = len;
		memcpy(t->expected, t->bytes, len);
		mutate(t, t->expected, &cut);
		skb->len = cut;
		skb_set_tail_pointer(skb, cut);
		memcpy(skb->data, t->expected, cut);
		ok = agrees(t, skb, t->expected, cut);
	}
	kfree_skb(skb);
	return ok;
}

static void mutated_linear_packets_agree(struct kunit *test)
{
	trial_holds(test, 93000 / MUTATIONS, mutated_linear);
}

static bool mutated_any_shape(struct trial *t)
{
	struct packet_shape shape;
	struct packet pk;
	unsigned int len;

	packet_random(&t->rnd, &pk);
	len = packet_build(&pk, t->bytes);
	mutate(t, t->bytes, &len);
	packet_random_shape(&t->rnd, &shape, len);
	return agrees_in_shape(t, t->bytes, len, &shape);
}

static void mutated_packets_of_every_layout_agree(struct kunit *test)
{
	trial_holds(test, 4000, mutated_any_shape);
}

static bool garbage(struct trial *t)
{
	unsigned int len = below(&t->rnd, 128);
	struct packet_shape shape;

	prandom_bytes_state(&t->rnd, t->bytes, len);
	if (len >= 20 && !one_in(&t->rnd, 4)) {
		t->bytes[0] = 0x40 | below(&t->rnd, 16);
		put16(t->bytes + 2, below(&t->rnd, len + 2));
		if ((t->bytes[0] & 15) * 4 <= len)
			packet_fix_header(t->bytes);
	}
	packet_random_shape(&t->rnd, &shape, len);
	return agrees_in_shape(t, t->bytes, len, &shape);
}

static void garbage_agrees(struct kunit *test)
{
	trial_holds(test, 3000, garbage);
}

/* -------- tables: the IP header -------- */

static void ip_version_must_be_four(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len = plain_packet(t, PACKET_UDP, 0), version;

	for (version = 0; version < 16; version++) {
		t->bytes[0] = version << 4 | 5;
		packet_fix_header(t->bytes);
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len),
				    version == 4 ? CR_GO_ON : CR_BAD_HEADER,
				    "version %u", version);
	}
}

static void ip_header_length_five_to_fifteen(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len, ihl;

	for (ihl = 0; ihl < 16; ihl++) {
		len = plain_packet(t, PACKET_UDP, ihl < 5 ? 0 : ihl * 4 - 20);
		t->bytes[0] = 0x40 | ihl;
		packet_fix_header(t->bytes);
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len),
				    ihl < 5 ? CR_BAD_HEADER : CR_GO_ON, "length %u", ihl);
	}
}

static void ip_total_length_from_header_to_packet(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len = plain_packet(t, PACKET_OTHER, 8), total;

	for (total = 0; total < len + 3; total++) {
		put16(t->bytes + 2, total);
		packet_fix_header(t->bytes);
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len),
				    total < 28 || total > len ? CR_BAD_HEADER : CR_GO_ON,
				    "total length %u of %u", total, len);
	}
	put16(t->bytes + 2, 0xffff);
	packet_fix_header(t->bytes);
	KUNIT_EXPECT_EQ(test, verdict_of(test, t->bytes, len), CR_BAD_HEADER);
}

static void ip_total_length_zero_only_in_gso(struct kunit *test)
{
	const struct packet_shape shape = {};
	struct trial *t = trial_new(test);
	unsigned int len = plain_packet(t, PACKET_TCP, 0);
	struct sk_buff *skb;
	struct cr_packet p;

	put16(t->bytes + 2, 0);
	packet_fix_header(t->bytes);
	skb = packet_skb(t->bytes, len, &shape);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_EXPECT_EQ(test, cr_parse(skb, &p), CR_BAD_HEADER);
	skb_shinfo(skb)->gso_size = 8;
	skb_shinfo(skb)->gso_type = SKB_GSO_TCPV4;
	KUNIT_EXPECT_EQ(test, cr_parse(skb, &p), CR_GO_ON);
	KUNIT_EXPECT_EQ(test, p.end, skb->len);
	kfree_skb(skb);
}

static void ip_checksum_of_every_bit(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len = plain_packet(t, PACKET_UDP, 12), bit;

	for (bit = 0; bit < 32 * 8; bit++) {
		t->bytes[bit / 8] ^= 1 << bit % 8;
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len), CR_BAD_HEADER,
				    "bit %u", bit);
		t->bytes[bit / 8] ^= 1 << bit % 8;
	}
	KUNIT_EXPECT_EQ(test, verdict_of(test, t->bytes, len), CR_GO_ON);
}

static void ip_options_well_formed_and_not(struct kunit *test)
{
	static const struct {
		const char *what;
		u8 options[12];
		int verdict;
	} rows[] = {
		{ "no operation", { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, CR_GO_ON },
		{ "end at once", { 0 }, CR_GO_ON },
		{ "end, then junk", { 0, 131, 1, 0xff, 7, 0xff, 1, 2, 3, 4, 5, 6 }, CR_GO_ON },
		{ "end, then a source route", { 0, 131, 7, 4, 1, 2, 3, 4 }, CR_GO_ON },
		{ "fills all", { 7, 12, 4 }, CR_GO_ON },
		{ "one too long", { 7, 13, 4 }, CR_BAD_OPTIONS },
		{ "far too long", { 7, 255, 4 }, CR_BAD_OPTIONS },
		{ "length 2", { 30, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, CR_GO_ON },
		{ "length 1", { 30, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, CR_BAD_OPTIONS },
		{ "length 0", { 30, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, CR_BAD_OPTIONS },
		{ "last byte is a type", { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 30 }, CR_BAD_OPTIONS },
		{ "last byte is the end", { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0 }, CR_GO_ON },
		{ "last two are one", { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 30, 2 }, CR_GO_ON },
		{ "last two want three", { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 30, 3 }, CR_BAD_OPTIONS },
		{ "loose source route", { 131, 7, 4, 1, 2, 3, 4, 0 }, CR_BAD_OPTIONS },
		{ "strict source route", { 137, 7, 4, 1, 2, 3, 4, 0 }, CR_BAD_OPTIONS },
		{ "source route, empty", { 131, 3, 4, 0 }, CR_BAD_OPTIONS },
		{ "source route, later", { 1, 30, 2, 1, 131, 7, 4, 1, 2, 3, 4, 0 },
		  CR_BAD_OPTIONS },
		{ "strict one, last", { 1, 1, 1, 1, 1, 1, 1, 1, 1, 137, 3, 4 }, CR_BAD_OPTIONS },
		{ "source route inside of another", { 7, 7, 131, 7, 4, 1, 2, 0 }, CR_GO_ON },
		{ "time stamp", { 68, 8, 5, 0, 0, 0, 0, 0, 0 }, CR_GO_ON },
		{ "time stamp with addresses", { 68, 12, 5, 1 }, CR_BAD_OPTIONS },
		{ "the same, overflown once", { 68, 12, 5, 0x11 }, CR_BAD_OPTIONS },
		{ "time stamp of addresses named", { 68, 12, 5, 3, 1, 2, 3, 4 }, CR_GO_ON },
		{ "time stamp without flags", { 68, 3, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, CR_GO_ON },
		{ "record route", { 7, 11, 4 }, CR_GO_ON },
		{ "router alert", { 148, 4, 0, 0, 0 }, CR_GO_ON },
	};
	struct trial *t = trial_new(test);
	unsigned int len, i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		len = plain_packet(t, PACKET_UDP, 12);
		memcpy(t->bytes + 20, rows[i].options, 12);
		packet_fix_header(t->bytes);
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len), rows[i].verdict, "%s",
				    rows[i].what);
	}
}

static void ip_fragment_bits(struct kunit *test)
{
	static const struct { u16 bits; enum cr_kind kind; } rows[] = {
		{ 0x0000, CR_KIND_FLOW }, { 0x4000, CR_KIND_FLOW }, { 0x8000, CR_KIND_FLOW },
		{ 0x2000, CR_KIND_FRAGMENT }, { 0x0001, CR_KIND_FRAGMENT },
		{ 0x1fff, CR_KIND_FRAGMENT }, { 0x1000, CR_KIND_FRAGMENT },
		{ 0x6000, CR_KIND_FRAGMENT }, { 0x2001, CR_KIND_FRAGMENT },
	};
	const struct packet_shape shape = {};
	struct trial *t = trial_new(test);
	unsigned int len = plain_packet(t, PACKET_UDP, 0), i;
	struct cr_packet p;
	struct sk_buff *skb;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		put16(t->bytes + 6, rows[i].bits);
		packet_fix_header(t->bytes);
		skb = packet_skb(t->bytes, len, &shape);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		KUNIT_EXPECT_EQ(test, cr_parse(skb, &p), CR_GO_ON);
		kfree_skb(skb);
		KUNIT_ASSERT_EQ_MSG(test, p.kind, rows[i].kind, "%#x", rows[i].bits);
	}
}

/* -------- tables: the transport header -------- */

static void tcp_data_offset_inside_packet(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len, doff;

	/* 20 bytes of header, 8 of options, 24 of payload: 13 words */
	for (doff = 0; doff < 16; doff++) {
		len = plain_packet(t, PACKET_TCP, 0);
		t->bytes[32] = doff << 4;
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len),
				    doff < 5 || doff > 13 ? CR_BAD_TRANSPORT : CR_GO_ON,
				    "data offset %u", doff);
	}
}

/* Six flags, in words: what a TCP sends has one of six forms, with PSH and URG at will. */
static void tcp_flags_all_64(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len = plain_packet(t, PACKET_TCP, 0), flags, good = 0;

	for (flags = 0; flags < 64; flags++) {
		const bool expected = naive_tcp_flags(flags);

		t->bytes[33] = flags;
		good += expected;
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len),
				    expected ? CR_GO_ON : CR_BAD_TRANSPORT, "flags %#x", flags);
		t->bytes[33] = flags | 0xc0; /* ECE and CWR change nothing */
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len),
				    expected ? CR_GO_ON : CR_BAD_TRANSPORT, "flags %#x",
				    flags | 0xc0);
	}
	KUNIT_EXPECT_EQ(test, good, 6U * 4);
}

static void udp_length_from_header_to_packet(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len = plain_packet(t, PACKET_UDP, 0), udp;

	for (udp = 0; udp < 40; udp++) {
		put16(t->bytes + 24, udp);
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len),
				    udp < 8 || udp > 32 ? CR_BAD_TRANSPORT : CR_GO_ON,
				    "length %u", udp);
	}
	put16(t->bytes + 24, 0xffff);
	KUNIT_EXPECT_EQ(test, verdict_of(test, t->bytes, len), CR_BAD_TRANSPORT);
}

static void icmp_types_by_kind(struct kunit *test)
{
	const struct packet_shape shape = {};
	struct trial *t = trial_new(test);
	unsigned int len, type, i;
	struct packet pk = {};
	struct cr_packet p;
	struct sk_buff *skb;
	enum cr_kind kind;
	u8 *icmp;

	packet_random_error(&t->rnd, &pk, PACKET_UDP);
	len = packet_build(&pk, t->bytes);
	icmp = t->bytes + packet_hlen(&pk.outer);
	/* Every type, of code 0 and of two others. */
	for (i = 0; i < 3 * 256; i++) {
		type = i % 256;
		icmp[0] = type;
		icmp[1] = i / 256;
		kind = naive_reply(icmp) ? CR_KIND_ICMP_REPLY : naive_request(icmp) ? CR_KIND_FLOW :
		       type == 3 || type == 4 || type == 11 || type == 12 ? CR_KIND_ICMP_ERROR :
		       CR_KIND_ICMP_OTHER;
		skb = packet_skb(t->bytes, len, &shape);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		KUNIT_EXPECT_EQ(test, cr_parse(skb, &p), CR_GO_ON);
		kfree_skb(skb);
		KUNIT_ASSERT_EQ_MSG(test, p.kind, kind, "type %u", type);
	}
}

/* -------- tables: quoted packets -------- */

/* An ICMP error without options that quotes 20 + @options_len + 20 bytes of a packet. */
static unsigned int plain_error(struct trial *t, enum packet_kind quoted, u8 options_len)
{
	struct packet pk = {};

	packet_random_error(&t->rnd, &pk, quoted);
	pk.outer.options_len = 0;
	pk.quoted.options_len = options_len;
	memset(pk.quoted.options, 1, sizeof(pk.quoted.options));
	pk.quoted.tcp_options_len = 0;
	pk.quoted.payload_len = 40;
	pk.outer.quote_len = 20 + options_len + 20;
	return packet_build(&pk, t->bytes);
}

#define QUOTED	28	/* where the quoted header begins in plain_error() */

static void quoted_truncated_at_each_byte(struct kunit *test)
{
	static const enum packet_kind kinds[] = {
		PACKET_TCP, PACKET_UDP, PACKET_ECHO, PACKET_ECHO_REPLY, PACKET_OTHER,
	};
	struct trial *t = trial_new(test);
	unsigned int len, cut, i, options;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (options = 0; options <= 40; options += 20) {
			len = plain_error(t, kinds[i], options);
			for (cut = 20; cut <= len; cut++) {
				put16(t->bytes + 2, cut);
				packet_fix_header(t->bytes);
				KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, cut),
						    cut < 28 ? CR_BAD_TRANSPORT :
						    cut < QUOTED + 20 + options + 8 ? CR_ICMP_BAD :
						    CR_GO_ON, "kind %u, options %u, %u bytes",
						    kinds[i], options, cut);
			}
		}
	}
}

static void quoted_version_must_be_four(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len = plain_error(t, PACKET_TCP, 0), version;

	for (version = 0; version < 16; version++) {
		t->bytes[QUOTED] = version << 4 | 5;
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len),
				    version == 4 ? CR_GO_ON : CR_ICMP_BAD, "version %u",
				    version);
	}
}

static void quoted_header_length_inside_quote(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len = plain_error(t, PACKET_UDP, 0), ihl;

	/* 40 bytes are quoted: 8 words of header leave 8 bytes of transport */
	for (ihl = 0; ihl < 16; ihl++) {
		t->bytes[QUOTED] = 0x40 | ihl;
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len),
				    ihl < 5 || ihl > 8 ? CR_ICMP_BAD : CR_GO_ON, "length %u",
				    ihl);
	}
}

static void quoted_fragment_offset_must_be_zero(struct kunit *test)
{
	static const struct { u16 bits; int verdict; } rows[] = {
		{ 0x0000, CR_GO_ON }, { 0x4000, CR_GO_ON }, { 0x8000, CR_GO_ON },
		{ 0x2000, CR_GO_ON }, { 0x0001, CR_ICMP_BAD }, { 0x1000, CR_ICMP_BAD },
		{ 0x1fff, CR_ICMP_BAD }, { 0x2001, CR_ICMP_BAD },
	};
	struct trial *t = trial_new(test);
	unsigned int len = plain_error(t, PACKET_UDP, 0), i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		put16(t->bytes + QUOTED + 6, rows[i].bits);
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len), rows[i].verdict, "%#x",
				    rows[i].bits);
	}
}

/* An error about an error is never sent (RFC 1122); what else is quoted has no session here. */
static void quoted_icmp_must_be_a_query(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len = plain_error(t, PACKET_ECHO, 0), type;
	u8 *icmp = t->bytes + QUOTED + 20;

	for (type = 0; type < 256; type++) {
		icmp[0] = type;
		KUNIT_ASSERT_EQ_MSG(test, verdict_of(test, t->bytes, len),
				    naive_request(icmp) || naive_reply(icmp) ? CR_GO_ON :
									       CR_ICMP_BAD,
				    "type %u", type);
	}
}

static void quoted_lengths_and_sums_do_not_count(struct kunit *test)
{
	struct trial *t = trial_new(test);
	unsigned int len = plain_error(t, PACKET_UDP, 0);

	put16(t->bytes + QUOTED + 2, 0); /* total length */
	put16(t->bytes + QUOTED + 10, 0x1234); /* header checksum */
	put16(t->bytes + QUOTED + 24, 3); /* length of UDP */
	KUNIT_EXPECT_EQ(test, verdict_of(test, t->bytes, len), CR_GO_ON);
}

/* -------- tables: what is asked of segmentation and checksumming -------- */

/**
 * struct request - a row: a packet, and what comes with it
 * @kind: of the packet; its IP header has 20 bytes, its payload 24
 * @fragment: it is the first fragment of a larger one
 * @partial: a checksum is asked for
 * @start: where it begins, from the IP header on
 * @offset: where it is to be put, from there on
 * @gso_size: 0 if no segmentation is asked for
 * @gso_type: of which kind
 * @accept: whether it fits
 */
struct request {
	enum packet_kind kind;
	bool fragment;
	bool partial;
	int start;
	u16 offset;
	u16 gso_size;
	unsigned int gso_type;
	bool accept;
};

static int verdict_of_request(struct kunit *test, struct trial *t, const struct request *r,
			      bool ethernet)
{
	const struct packet_shape shape = { .ethernet = ethernet };
	const unsigned int len = plain_packet(t, r->kind, 0);
	struct sk_buff *skb;
	struct cr_packet p;
	int verdict;

	if (r->kind == PACKET_OTHER)
		t->bytes[9] = IPPROTO_SCTP;
	if (r->fragment)
		put16(t->bytes + 6, PACKET_MF);
	packet_fix_header(t->bytes);
	skb = packet_skb(t->bytes, len, &shape);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	if (r->partial) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) + skb_network_offset(skb) + r->start;
		skb->csum_offset = r->offset;
	}
	skb_shinfo(skb)->gso_size = r->gso_size;
	skb_shinfo(skb)->gso_type = r->gso_type;
	verdict = cr_parse(skb, &p);
	if (verdict == CR_GO_ON)
		verdict = cr_parse_offload(skb, &p);
	kfree_skb(skb);
	return verdict;
}

static void judge_requests(struct kunit *test, const struct request *rows, unsigned int n)
{
	struct trial *t = trial_new(test);
	unsigned int i, wrong = 0, first = 0;

	for (i = 0; i < n; i++) {
		const int expected = rows[i].accept ? CR_GO_ON : CR_BAD_OFFLOAD;

		if (verdict_of_request(test, t, &rows[i], false) == expected &&
		    verdict_of_request(test, t, &rows[i], true) == expected)
			continue;
		if (!wrong++)
			first = i;
	}
	if (wrong)
		KUNIT_FAIL(test, "%u of %u rows, first %u: kind %d start %d offset %u gso %#x",
			   wrong, n, first, rows[first].kind, rows[first].start,
			   rows[first].offset, rows[first].gso_type);
}

/* TCP: header 20..39, options 40..47, payload 48..71; UDP: header 20..27, payload 28..51. */
static void offload_checksum_requests(struct kunit *test)
{
	static const struct request rows[] = {
		{ PACKET_TCP, .accept = true },
		{ PACKET_TCP, .partial = true, .start = 20, .offset = 16, .accept = true },
		{ PACKET_TCP, .partial = true, .start = 20, .offset = 15 },
		{ PACKET_TCP, .partial = true, .start = 20, .offset = 17 },
		{ PACKET_TCP, .partial = true, .start = 20, .offset = 0 },
		{ PACKET_TCP, .partial = true, .start = 19, .offset = 17 },
		{ PACKET_TCP, .partial = true, .start = 21, .offset = 15 },
		{ PACKET_TCP, .partial = true, .start = 48, .offset = 16 },
		{ PACKET_TCP, .partial = true, .start = 0, .offset = 10 },
		{ PACKET_UDP, .partial = true, .start = 20, .offset = 6, .accept = true },
		{ PACKET_UDP, .partial = true, .start = 20, .offset = 5 },
		{ PACKET_UDP, .partial = true, .start = 20, .offset = 7 },
		{ PACKET_UDP, .partial = true, .start = 20, .offset = 28 },
		{ PACKET_UDP, .partial = true, .start = 19, .offset = 7 },
		{ PACKET_UDP, .partial = true, .start = 0, .offset = 10 },
		{ PACKET_UDP, .partial = true, .start = -14, .offset = 6 },
		{ PACKET_UDP, .partial = true, .start = 28, .offset = 16, .accept = true },
		{ PACKET_UDP, .partial = true, .start = 28, .offset = 22, .accept = true },
		{ PACKET_UDP, .partial = true, .start = 28, .offset = 23 },
		{ PACKET_UDP, .partial = true, .start = 50, .offset = 0, .accept = true },
		{ PACKET_UDP, .partial = true, .start = 51, .offset = 0 },
		{ PACKET_UDP, .partial = true, .start = 52, .offset = 0 },
		{ PACKET_UDP, .partial = true, .start = 28, .offset = 0xffff },
		{ PACKET_UDP, .partial = true, .start = 1000, .offset = 6 },
		{ PACKET_ECHO, .accept = true },
		{ PACKET_ECHO, .partial = true, .start = 20, .offset = 2 },
		{ PACKET_ECHO, .partial = true, .start = 28, .offset = 2 },
		{ PACKET_ECHO_REPLY, .partial = true, .start = 20, .offset = 2 },
		{ PACKET_OTHER, .partial = true, .start = 20, .offset = 8, .accept = true },
		{ PACKET_OTHER, .partial = true, .start = 20, .offset = 22, .accept = true },
		{ PACKET_OTHER, .partial = true, .start = 20, .offset = 23 },
		{ PACKET_OTHER, .partial = true, .start = 19, .offset = 8 },
		{ PACKET_UDP, .fragment = true, .accept = true },
		{ PACKET_UDP, .fragment = true, .partial = true, .start = 20, .offset = 6 },
		{ PACKET_TCP, .fragment = true, .partial = true, .start = 20, .offset = 16 },
	};

	judge_requests(test, rows, ARRAY_SIZE(rows));
}

/*
 * A sum that begins inside the UDP header, at its ports even, is no inner packet's; whatever is
 * put there would overwrite a port after it was translated.
 */
static void offload_checksum_inside_udp_header(struct kunit *test)
{
	static const struct request rows[] = {
		{ PACKET_UDP, .partial = true, .start = 21, .offset = 0 },
		{ PACKET_UDP, .partial = true, .start = 22, .offset = 0 },
		{ PACKET_UDP, .partial = true, .start = 24, .offset = 2 },
		{ PACKET_UDP, .partial = true, .start = 26, .offset = 0 },
		{ PACKET_UDP, .partial = true, .start = 27, .offset = 6 },
	};

	judge_requests(test, rows, ARRAY_SIZE(rows));
}

static void offload_segmentation_requests(struct kunit *test)
{
	const unsigned int dodgy = SKB_GSO_DODGY;
	const struct request rows[] = {
		{ PACKET_TCP, .gso_size = 8, .gso_type = SKB_GSO_TCPV4, .accept = true },
		{ PACKET_TCP, .gso_size = 8, .gso_type = SKB_GSO_TCPV4 | dodgy, .accept = true },
		{ PACKET_TCP, .gso_size = 8, .gso_type = SKB_GSO_TCPV4 | SKB_GSO_TCP_ECN,
		  .accept = true },
		{ PACKET_TCP, .gso_size = 8, .gso_type = SKB_GSO_TCPV6 },
		{ PACKET_TCP, .gso_size = 8, .gso_type = SKB_GSO_UDP },
		{ PACKET_TCP, .gso_size = 8, .gso_type = SKB_GSO_UDP_L4 },
		{ PACKET_TCP, .gso_size = 8, .gso_type = dodgy },
		{ PACKET_TCP, .gso_size = 8 },
		{ PACKET_TCP, .gso_size = 0, .gso_type = SKB_GSO_UDP, .accept = true },
		{ PACKET_TCP, .gso_size = 8, .gso_type = SKB_GSO_TCPV4 | SKB_GSO_UDP_TUNNEL },
		{ PACKET_TCP, .fragment = true, .gso_size = 8, .gso_type = SKB_GSO_TCPV4 },
		{ PACKET_UDP, .gso_size = 8, .gso_type = SKB_GSO_UDP, .accept = true },
		{ PACKET_UDP, .gso_size = 8, .gso_type = SKB_GSO_UDP_L4, .accept = true },
		{ PACKET_UDP, .gso_size = 8, .gso_type = SKB_GSO_TCPV4 },
		{ PACKET_UDP, .gso_size = 8, .gso_type = SKB_GSO_TCPV6 },
		{ PACKET_UDP, .gso_size = 8, .gso_type = SKB_GSO_TCPV4 | SKB_GSO_UDP_TUNNEL,
		  .accept = true },
		{ PACKET_UDP, .gso_size = 8, .gso_type = SKB_GSO_TCPV6 | SKB_GSO_UDP_TUNNEL_CSUM,
		  .accept = true },
		{ PACKET_UDP, .fragment = true, .gso_size = 8, .gso_type = SKB_GSO_UDP },
		{ PACKET_ECHO, .gso_size = 8, .gso_type = SKB_GSO_TCPV4 },
		{ PACKET_ECHO, .gso_size = 8, .gso_type = SKB_GSO_UDP_L4 },
		{ PACKET_ECHO, .gso_size = 8, .gso_type = SKB_GSO_UDP_L4 | SKB_GSO_GRE },
		{ PACKET_OTHER, .gso_size = 8, .gso_type = SKB_GSO_SCTP, .accept = true },
		{ PACKET_OTHER, .gso_size = 8, .gso_type = SKB_GSO_TCPV4 },
		{ PACKET_OTHER, .gso_size = 8, .gso_type = SKB_GSO_TCPV6 },
		{ PACKET_OTHER, .gso_size = 8, .gso_type = SKB_GSO_TCPV4 | SKB_GSO_GRE,
		  .accept = true },
		{ PACKET_OTHER, .gso_size = 8, .gso_type = SKB_GSO_TCPV4 | SKB_GSO_IPXIP4,
		  .accept = true },
	};

	judge_requests(test, rows, ARRAY_SIZE(rows));
}

static void tuple_inverted_swaps_the_ends(struct kunit *test)
{
	const struct cr_tuple t = {
		.saddr = htonl(1), .daddr = htonl(2), .sport = htons(3), .dport = htons(4),
		.proto = 5,
	};
	const struct cr_tuple i = cr_tuple_inverted(&t);

	KUNIT_EXPECT_EQ(test, ntohl(i.saddr), 2U);
	KUNIT_EXPECT_EQ(test, ntohl(i.daddr), 1U);
	KUNIT_EXPECT_EQ(test, ntohs(i.sport), 4);
	KUNIT_EXPECT_EQ(test, ntohs(i.dport), 3);
	KUNIT_EXPECT_EQ(test, i.proto, 5);
}

static struct kunit_case parse_cases[] = {
	KUNIT_CASE(valid_packets_give_tuple_offsets_kind),
	KUNIT_CASE(padding_is_trimmed),
	KUNIT_CASE(padding_leaves_complete_sum),
	KUNIT_CASE(padding_behind_pending_checksum_is_trimmed),
	KUNIT_CASE(checksum_pending_in_padding_is_bad_offload),
	KUNIT_CASE(fragments_have_no_tcp_flags),
	KUNIT_CASE(first_fragments_have_their_ports),
	KUNIT_CASE(truncated_at_every_length_is_refused),
	KUNIT_CASE(shortened_to_every_length_agrees),
	KUNIT_CASE(mutated_linear_packets_agree),
	KUNIT_CASE(mutated_packets_of_every_layout_agree),
	KUNIT_CASE(garbage_agrees),
	KUNIT_CASE(ip_version_must_be_four),
	KUNIT_CASE(ip_header_length_five_to_fifteen),
	KUNIT_CASE(ip_total_length_from_header_to_packet),
	KUNIT_CASE(ip_total_length_zero_only_in_gso),
	KUNIT_CASE(ip_checksum_of_every_bit),
	KUNIT_CASE(ip_options_well_formed_and_not),
	KUNIT_CASE(ip_fragment_bits),
	KUNIT_CASE(tcp_data_offset_inside_packet),
	KUNIT_CASE(tcp_flags_all_64),
	KUNIT_CASE(udp_length_from_header_to_packet),
	KUNIT_CASE(icmp_types_by_kind),
	KUNIT_CASE(quoted_truncated_at_each_byte),
	KUNIT_CASE(quoted_version_must_be_four),
	KUNIT_CASE(quoted_header_length_inside_quote),
	KUNIT_CASE(quoted_fragment_offset_must_be_zero),
	KUNIT_CASE(quoted_icmp_must_be_a_query),
	KUNIT_CASE(quoted_lengths_and_sums_do_not_count),
	KUNIT_CASE(offload_checksum_requests),
	KUNIT_CASE(offload_checksum_inside_udp_header),
	KUNIT_CASE(offload_segmentation_requests),
	KUNIT_CASE(tuple_inverted_swaps_the_ends),
	{}
};

static struct kunit_suite parse_suite = {
	.name = "cr_parse",
	.test_cases = parse_cases,
};

kunit_test_suite(parse_suite);
