// SPDX-License-Identifier: GPL-2.0
/*
 * Builds packets from their descriptions, one byte after the other, and puts them into socket
 * buffers. Nothing here is clever: where the module mends a checksum, this adds up all bytes.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <net/tcp.h>

#include "packet.h"

/* -------- random numbers, and properties that are to hold of random cases -------- */

u32 below(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

bool one_in(struct rnd_state *rnd, u32 n)
{
	return !below(rnd, n);
}

/* trial_new() - one with its random numbers started; the seed is told, to do it all again */
struct trial *trial_new(struct kunit *test)
{
	struct trial *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	u32 start = trial_seed ? trial_seed : get_random_u32();

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->test = test;
	prandom_seed_state(&t->rnd, start);
	kunit_info(test, "seed=%u", start);
	return t;
}

/* trial_wrong() - says what is wrong with the case at hand; false, to be returned at once */
bool trial_wrong(struct trial *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(t->why, sizeof(t->why), fmt, args);
	va_end(args);
	return false;
}

/* trial_holds() - that a property holds of so many cases; tells the first of which it does not */
void trial_holds(struct kunit *test, unsigned int count, bool (*property)(struct trial *t))
{
	struct trial *t = trial_new(test);
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!property(t)) {
			KUNIT_FAIL(test, "number %u of %u: %s", i, count, t->why);
			return;
		}
		cond_resched();
	}
	kunit_info(test, "%u cases", count);
}

/* -------- bytes and sums -------- */

void put16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

u16 get16(const u8 *at)
{
	return at[0] << 8 | at[1];
}

/* naive_sum() - the sum of all 16-bit words, an odd byte filled up with zero (RFC 1071) */
u32 naive_sum(const u8 *bytes, unsigned int len)
{
	u32 sum = 0;
	unsigned int i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	return sum;
}

u16 naive_fold(u32 sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* naive_pseudo() - the sum of the pseudo header of a TCP or UDP packet of @len bytes */
u32 naive_pseudo(const struct packet_part *part, unsigned int len)
{
	u8 pseudo[12];

	memcpy(pseudo, &part->saddr, 4);
	memcpy(pseudo + 4, &part->daddr, 4);
	pseudo[8] = 0;
	pseudo[9] = part->proto;
	put16(pseudo + 10, len);
	return naive_sum(pseudo, sizeof(pseudo));
}

/* -------- descriptions -------- */

/* Now and then one of those that make sums come out at their ends. */
static u32 random_word(struct rnd_state *rnd)
{
	switch (below(rnd, 16)) {
	case 0:
		return 0;
	case 1:
		return 0xffffffff;
	default:
		return prandom_u32_state(rnd);
	}
}

static u8 random_option_type(struct rnd_state *rnd)
{
	static const u8 types[] = { 7, 68, 148, 130, 134, 82, 30, 94 };

	return types[below(rnd, ARRAY_SIZE(types))];
}

static void random_options(struct rnd_state *rnd, struct packet_part *part)
{
	u8 *opt = part->options;
	u8 left;

	part->options_len = one_in(rnd, 3) ? 4 * below(rnd, 11) : 0;
	prandom_bytes_state(rnd, opt, sizeof(part->options));
	for (left = part->options_len; left;) {
		u8 len = 1;

		if (one_in(rnd, 12)) {
			*opt = 0; /* the end, whatever follows */
			return;
		}
		if (left < 2 || one_in(rnd, 3)) {
			*opt = 1;
		} else {
			len = 2 + below(rnd, left - 1);
			opt[0] = random_option_type(rnd);
			opt[1] = len;
			/* Any time stamp but one that asks for addresses (RFC 791). */
			if (opt[0] == 68 && len > 3 && (opt[3] & 0xf) == 1)
				opt[3] ^= 1;
		}
		opt += len;
		left -= len;
	}
}

static u8 random_tcp_flags(struct rnd_state *rnd)
{
	static const u8 valid[] = {
		TCPHDR_SYN, TCPHDR_SYN | TCPHDR_ACK, TCPHDR_ACK, TCPHDR_ACK | TCPHDR_FIN,
		TCPHDR_RST, TCPHDR_RST | TCPHDR_ACK,
	};
	const u8 free = TCPHDR_PSH | TCPHDR_URG | TCPHDR_ECE | TCPHDR_CWR;

	return valid[below(rnd, ARRAY_SIZE(valid))] | (below(rnd, 256) & free);
}

static u8 kind_proto(struct rnd_state *rnd, enum packet_kind kind)
{
	static const u8 others[] = { 2, 4, 33, 41, 47, 50, 51, 89, 108, 132, 136, 253 };

	switch (kind) {
	case PACKET_TCP:
		return IPPROTO_TCP;
	case PACKET_UDP:
		return IPPROTO_UDP;
	case PACKET_OTHER:
		return others[below(rnd, ARRAY_SIZE(others))];
	default:
		return IPPROTO_ICMP;
	}
}

/* packet_random_part() - any packet of a kind, except that it quotes nothing */
void packet_random_part(struct rnd_state *rnd, struct packet_part *part, enum packet_kind kind)
{
	memset(part, 0, sizeof(*part));
	part->kind = kind;
	part->proto = kind_proto(rnd, kind);
	part->saddr = (__force __be32)random_word(rnd);
	part->daddr = (__force __be32)random_word(rnd);
	if (kind == PACKET_TCP || kind == PACKET_UDP || kind == PACKET_ECHO)
		part->sport = (__force __be16)random_word(rnd);
	if (kind == PACKET_TCP || kind == PACKET_UDP || kind == PACKET_ECHO_REPLY)
		part->dport = (__force __be16)random_word(rnd);
	part->tos = below(rnd, 256);
	part->ttl = below(rnd, 256);
	part->id = below(rnd, 65536);
	random_options(rnd, part);
	part->tcp_flags = kind == PACKET_TCP ? random_tcp_flags(rnd) : 0;
	part->tcp_options_len = kind == PACKET_TCP ? 4 * below(rnd, 11) : 0;
	part->payload_len = one_in(rnd, 8) ? below(rnd, 1400) : below(rnd, 64);
	part->seed = prandom_u32_state(rnd);
}

/* packet_random_error() - an ICMP error that quotes a packet of a kind, 8 bytes of it or more */
void packet_random_error(struct rnd_state *rnd, struct packet *pk, enum packet_kind quoted)
{
	static const u8 types[] = { 3, 4, 11, 12 };
	struct packet_part *outer = &pk->outer, *inner = &pk->quoted;
	unsigned int least, most;

	packet_random_part(rnd, outer, PACKET_ERROR);
	outer->payload_len = 0;
	outer->icmp_type = types[below(rnd, ARRAY_SIZE(types))];
	outer->icmp_code = below(rnd, 16);
	packet_random_part(rnd, inner, quoted);
	inner->payload_len = max_t(u16, inner->payload_len, 8);
	inner->no_checksum = quoted == PACKET_UDP && one_in(rnd, 8);
	inner->wrong_sum = one_in(rnd, 2) ? below(rnd, 65536) : 0;
	least = packet_hlen(inner) + 8;
	most = packet_hlen(inner) + packet_transport_len(inner);
	outer->quote_len = one_in(rnd, 4) ? least : least + below(rnd, most - least + 1);
}

/* packet_random() - any packet that cr_parse() has to take */
void packet_random(struct rnd_state *rnd, struct packet *pk)
{
	enum packet_kind kind = below(rnd, PACKET_KINDS);

	memset(&pk->quoted, 0, sizeof(pk->quoted));
	if (kind == PACKET_ERROR)
		return packet_random_error(rnd, pk, below(rnd, PACKET_ERROR));
	packet_random_part(rnd, &pk->outer, kind);
	if (kind == PACKET_UDP)
		pk->outer.no_checksum = one_in(rnd, 8);
	if (one_in(rnd, 8))
		packet_cut(rnd, pk, one_in(rnd, 2));
}

/*
 * packet_cut() - makes a fragment of a packet: the first one, with all of the transport header,
 * or a later one, behind that
 */
void packet_cut(struct rnd_state *rnd, struct packet *pk, bool first)
{
	struct packet_part *part = &pk->outer;
	const unsigned int header = part->kind == PACKET_OTHER ? 8 :
				    packet_transport_len(part) - part->payload_len;
	const unsigned int units = DIV_ROUND_UP(header, 8) + below(rnd, 8);
	unsigned int len, most;

	part->payload_len = max_t(u16, part->payload_len, 8 * units + 1 + below(rnd, 64));
	len = packet_transport_len(part);
	if (first) {
		part->frag_from = 0;
		part->frag_len = 8 * units;
		return;
	}
	part->frag_from = 8 * (units + below(rnd, (len - 1) / 8 - units + 1));
	most = len - part->frag_from;
	part->frag_len = most <= 8 || one_in(rnd, 2) ? most : 8 * (1 + below(rnd, (most - 1) / 8));
}

/* -------- from the description to the bytes -------- */

unsigned int packet_hlen(const struct packet_part *part)
{
	return 20 + part->options_len;
}

/* packet_transport_len() - bytes behind the IP header, before it is cut to a fragment */
unsigned int packet_transport_len(const struct packet_part *part)
{
	switch (part->kind) {
	case PACKET_TCP:
		return 20 + part->tcp_options_len + part->payload_len;
	case PACKET_OTHER:
		return part->payload_len;
	case PACKET_ERROR:
		return 8 + part->quote_len;
	default:
		return 8 + part->payload_len;
	}
}

bool packet_has_ports(const struct packet_part *part)
{
	return part->kind == PACKET_TCP || part->kind == PACKET_UDP;
}

static void fill_payload(const struct packet_part *part, struct rnd_state *rnd, u8 *to)
{
	u8 *at = to + part->sum_at;
	u16 sum;

	if (part->payload)
		memcpy(to, part->payload, part->payload_len);
	else
		prandom_bytes_state(rnd, to, part->payload_len);
	if (!part->sum_at)
		return;
	put16(at, part->sum_seed);
	sum = ~naive_fold(naive_sum(to + part->sum_from, part->payload_len - part->sum_from));
	put16(at, sum ? sum : 0xffff); /* as whoever computes it late has it */
}

static void build_tcp(const struct packet_part *part, struct rnd_state *rnd, u8 *to)
{
	const unsigned int len = packet_transport_len(part);

	memcpy(to, &part->sport, 2);
	memcpy(to + 2, &part->dport, 2);
	prandom_bytes_state(rnd, to + 4, 8); /* sequence numbers */
	to[12] = (20 + part->tcp_options_len) / 4 << 4;
	to[13] = part->tcp_flags;
	prandom_bytes_state(rnd, to + 14, 2); /* window */
	put16(to + 16, 0);
	put16(to + 18, 0);
	prandom_bytes_state(rnd, to + 20, part->tcp_options_len);
	fill_payload(part, rnd, to + 20 + part->tcp_options_len);
	put16(to + 16, (u16)~naive_fold(naive_pseudo(part, len) + naive_sum(to, len)));
}

static void build_udp(const struct packet_part *part, struct rnd_state *rnd, u8 *to)
{
	const unsigned int len = packet_transport_len(part);
	u16 sum;

	memcpy(to, &part->sport, 2);
	memcpy(to + 2, &part->dport, 2);
	put16(to + 4, len);
	put16(to + 6, 0);
	fill_payload(part, rnd, to + 8);
	if (part->no_checksum)
		return;
	sum = ~naive_fold(naive_pseudo(part, len) + naive_sum(to, len));
	put16(to + 6, sum ? sum : 0xffff);
}

static void build_echo(const struct packet_part *part, struct rnd_state *rnd, u8 *to)
{
	to[0] = part->kind == PACKET_ECHO ? 8 : 0;
	to[1] = 0;
	put16(to + 2, 0);
	memcpy(to + 4, part->kind == PACKET_ECHO ? &part->sport : &part->dport, 2);
	prandom_bytes_state(rnd, to + 6, 2); /* sequence number */
	fill_payload(part, rnd, to + 8);
	put16(to + 2, (u16)~naive_fold(naive_sum(to, packet_transport_len(part))));
}

static unsigned int build_part(const struct packet_part *part, const struct packet_part *quoted,
			       u8 *to);

static void build_error(const struct packet_part *part, const struct packet_part *quoted,
			struct rnd_state *rnd, u8 *to)
{
	to[0] = part->icmp_type;
	to[1] = part->icmp_code;
	put16(to + 2, 0);
	prandom_bytes_state(rnd, to + 4, 4);
	build_part(quoted, NULL, to + 8); /* whole; what is too much of it is not sent */
	put16(to + 18, get16(to + 18) ^ quoted->wrong_sum);
	put16(to + 2, (u16)~naive_fold(naive_sum(to, 8 + part->quote_len)));
}

static void build_transport(const struct packet_part *part, const struct packet_part *quoted,
			    u8 *to)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, part->seed);
	switch (part->kind) {
	case PACKET_TCP:
		return build_tcp(part, &rnd, to);
	case PACKET_UDP:
		return build_udp(part, &rnd, to);
	case PACKET_ECHO:
	case PACKET_ECHO_REPLY:
		return build_echo(part, &rnd, to);
	case PACKET_ERROR:
		return build_error(part, quoted, &rnd, to);
	default:
		return fill_payload(part, &rnd, to);
	}
}

/* packet_fix_header() - gives an IP header the checksum that it should have */
void packet_fix_header(u8 *bytes)
{
	put16(bytes + 10, 0);
	put16(bytes + 10, (u16)~naive_fold(naive_sum(bytes, (bytes[0] & 15) * 4)));
}

static unsigned int build_part(const struct packet_part *part, const struct packet_part *quoted,
			       u8 *to)
{
	const unsigned int hlen = packet_hlen(part);
	unsigned int len = packet_transport_len(part);
	u16 frag_bits = 0;

	build_transport(part, quoted, to + hlen);
	if (part->frag_len) {
		frag_bits = part->frag_from / 8;
		if (part->frag_from + part->frag_len < len)
			frag_bits |= PACKET_MF;
		memmove(to + hlen, to + hlen + part->frag_from, part->frag_len);
		len = part->frag_len;
	}
	to[0] = 4 << 4 | hlen / 4;
	to[1] = part->tos;
	put16(to + 2, hlen + len);
	put16(to + 4, part->id);
	put16(to + 6, frag_bits);
	to[8] = part->ttl;
	to[9] = part->proto;
	memcpy(to + 12, &part->saddr, 4);
	memcpy(to + 16, &part->daddr, 4);
	memcpy(to + 20, part->options, part->options_len);
	packet_fix_header(to);
	return hlen + len;
}

/* packet_build() - the bytes of a packet; returns how many */
unsigned int packet_build(const struct packet *pk, u8 *to)
{
	return build_part(&pk->outer, &pk->quoted, to);
}

/* -------- socket buffers -------- */

/* packet_random_shape() - any layout for a packet of so many bytes */
void packet_random_shape(struct rnd_state *rnd, struct packet_shape *shape, unsigned int len)
{
	shape->rest = below(rnd, 3);
	shape->linear = one_in(rnd, 2) ? below(rnd, len + 1) : min(len, below(rnd, 64));
	shape->ethernet = one_in(rnd, 3);
}

/* Up to three pages, each with its share at the very end. */
static bool add_pages(struct sk_buff *skb, const u8 *bytes, unsigned int len)
{
	unsigned int part = DIV_ROUND_UP(len, 3), n;
	struct page *page;
	int i;

	for (i = 0; len; i++, bytes += n, len -= n) {
		n = min(part, len);
		page = alloc_page(GFP_KERNEL);
		if (!page)
			return false;
		memcpy(page_address(page) + PAGE_SIZE - n, bytes, n);
		skb_add_rx_frag(skb, i, page, PAGE_SIZE - n, n, PAGE_SIZE);
	}
	return true;
}

static bool add_list(struct sk_buff *skb, const u8 *bytes, unsigned int len)
{
	struct sk_buff **tail = &skb_shinfo(skb)->frag_list, *piece;
	unsigned int part = DIV_ROUND_UP(len, 3), n;

	for (; len; bytes += n, len -= n) {
		n = min(part, len);
		piece = alloc_skb(n, GFP_KERNEL);
		if (!piece)
			return false;
		skb_put_data(piece, bytes, n);
		*tail = piece;
		tail = &piece->next;
		skb->len += n;
		skb->data_len += n;
		skb->truesize += piece->truesize;
	}
	return true;
}

/*
 * packet_skb() - a socket buffer with these bytes in a layout, or NULL. Behind them is garbage, so
 * that reading on does not go unseen.
 */
struct sk_buff *packet_skb(const u8 *bytes, unsigned int len, const struct packet_shape *shape)
{
	const unsigned int linear = shape->rest == PACKET_REST_LINEAR ? len :
				    min_t(unsigned int, shape->linear, len);
	struct sk_buff *skb = alloc_skb(NET_SKB_PAD + ETH_HLEN + linear, GFP_KERNEL);
	bool ok = true;

	if (!skb)
		return NULL;
	skb_reserve(skb, NET_SKB_PAD);
	skb_reset_mac_header(skb);
	memset(skb_put(skb, ETH_HLEN), 0xee, ETH_HLEN);
	skb_set_network_header(skb, ETH_HLEN);
	skb_put_data(skb, bytes, linear);
	memset(skb_tail_pointer(skb), 0xa5, skb_tailroom(skb));
	if (shape->rest == PACKET_REST_PAGES)
		ok = add_pages(skb, bytes + linear, len - linear);
	else if (shape->rest == PACKET_REST_LIST)
		ok = add_list(skb, bytes + linear, len - linear);
	if (!ok) {
		kfree_skb(skb);
		return NULL;
	}
	if (!shape->ethernet)
		__skb_pull(skb, ETH_HLEN);
	skb->protocol = htons(ETH_P_IP);
	return skb;
}

/* packet_compare() - whether these are the bytes from the network header on, to the end */
bool packet_compare(struct trial *t, const struct sk_buff *skb, const u8 *expected,
		    unsigned int len)
{
	const int from = skb_network_offset(skb);
	unsigned int i;

	if (skb->len - from != len)
		return trial_wrong(t, "%u bytes, not %u", skb->len - from, len);
	if (skb_copy_bits(skb, from, t->got, len))
		return trial_wrong(t, "cannot be read");
	for (i = 0; i < len && t->got[i] == expected[i];)
		i++;
	if (i == len)
		return true;
	return trial_wrong(t, "protocol %u, %u bytes: byte %u is %#x, not %#x", expected[9], len, i,
			   t->got[i], expected[i]);
}

MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(CUBE_ROUTER_KUNIT);
