// SPDX-License-Identifier: GPL-2.0
/*
 * The packet builder of rawsend. Each layer writes its header, lets the words behind it write
 * the payload, and then fills in what depends on that: lengths and checksums. All state is the
 * caller's; called by rawsend.c and test_rawsend.c.
 */
#include "frame.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "bytes.h"

#define MAX_LAYERS	16
#define MAX_OPTIONS	40	/* of IPv4 and of TCP alike */
#define UNSET		UINT64_MAX

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))

const char frame_words[] =
"  eth DST SRC [type N]                            vlan ID [prio N] [type N]\n"
"  arp request|reply SMAC SADDR TMAC TADDR\n"
"  ip SRC DST [ttl N] [tos N] [id N] [df] [mf] [off BYTES] [proto N] [opt HEX]\n"
"             [len N] [ihl N] [version N] [badsum]\n"
"  tcp SPORT DPORT FLAGS [seq N] [ack N] [win N] [opt HEX] [doff N] [sum N]\n"
"             [badsum] [partial]      FLAGS: letters of FSRPAUEC, or none\n"
"  udp SPORT DPORT [len N] [sum N] [nosum] [badsum] [partial]\n"
"             partial: the pseudo-header's sum alone, for --vnet headers that ask for the rest\n"
"  icmp TYPE CODE [id N] [seq N] [mtu N] [gateway ADDR] [pointer N] [sum N] [badsum]\n"
"  gre [key N] [seq N] [csum] [type N]             vxlan VNI [flags N]\n"
"  quote [max BYTES]       what follows is quoted by an ICMP error, and cut to max\n"
"  data N                  N counting bytes, 0 1 2 ...\n"
"  hexdata HEX             text WORD\n"
"Each layer holds the ones after it; type and proto follow from the next layer unless given.\n"
"Every checksum is right for the bytes that are there, also in fragments and before quote's cut.\n";

struct addresses {
	uint32_t src;
	uint32_t dst;
	uint8_t proto;
};

struct build {
	char *const *word;	/* the next one */
	char *const *end;
	struct frame *frame;
	const char *layer;	/* for messages */
	const struct addresses *ip;	/* of the innermost IPv4 header */
	unsigned int layers;
	char *why;
	size_t why_size;
};

struct hex {
	uint8_t bytes[MAX_OPTIONS];
	size_t len;
};

/* An optional word of a layer. */
struct field {
	const char *name;
	enum { FLAG, NUMBER, HEX, ADDRESS } kind;
	void *value;	/* uint64_t, for HEX struct hex */
	uint64_t max;	/* of a NUMBER */
};

static bool build_next(struct build *b);

__attribute__((format(printf, 2, 3)))
static bool fail(struct build *b, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(b->why, b->why_size, format, list);
	va_end(list);
	return false;
}

/* Words ------------------------------------------------------------------------------------- */

static const char *take(struct build *b, const char *what)
{
	if (b->word < b->end)
		return *b->word++;
	fail(b, "%s: %s is missing", b->layer, what);
	return NULL;
}

static bool take_number(struct build *b, const char *what, uint64_t max, uint64_t *value)
{
	const char *word = take(b, what);

	if (!word)
		return false;
	if (!arg_number(word, 0, max, value))
		return fail(b, "%s: %s is a number up to %llu, not '%s'", b->layer, what,
			    (unsigned long long)max, word);
	return true;
}

static bool take_ipv4(struct build *b, const char *what, uint32_t *addr)
{
	const char *word = take(b, what);

	if (!word)
		return false;
	if (!arg_ipv4(word, addr))
		return fail(b, "%s: %s is an IPv4 address, not '%s'", b->layer, what, word);
	return true;
}

static bool take_mac(struct build *b, const char *what, uint8_t mac[6])
{
	const char *word = take(b, what);

	if (!word)
		return false;
	if (!arg_mac(word, mac))
		return fail(b, "%s: %s is a MAC address, not '%s'", b->layer, what, word);
	return true;
}

static bool take_field(struct build *b, const struct field *field)
{
	uint64_t *number = field->value;
	struct hex *hex = field->value;
	const char *word;
	uint32_t addr;

	b->word++;
	switch (field->kind) {
	case FLAG:
		*number = 1;
		return true;
	case NUMBER:
		return take_number(b, field->name, field->max, number);
	case ADDRESS:
		if (!take_ipv4(b, field->name, &addr))
			return false;
		*number = addr;
		return true;
	case HEX:
		word = take(b, field->name);
		if (!word)
			return false;
		if (!arg_hex(word, hex->bytes, sizeof(hex->bytes), &hex->len))
			return fail(b, "%s: %s is up to %zu bytes in hex, not '%s'", b->layer,
				    field->name, sizeof(hex->bytes), word);
		return true;
	}
	return false;
}

/* Takes words for as long as they are fields of this layer. */
static bool take_fields(struct build *b, const struct field *fields, size_t n)
{
	size_t i = 0;

	while (b->word < b->end && i < n) {
		if (strcmp(*b->word, fields[i].name)) {
			i++;
			continue;
		}
		if (!take_field(b, &fields[i]))
			return false;
		i = 0;
	}
	return true;
}

/* Bytes ------------------------------------------------------------------------------------- */

/* Room for @n bytes, zeroed, at the end of the frame; NULL when it is full. */
static uint8_t *append(struct build *b, size_t n)
{
	uint8_t *p = b->frame->bytes + b->frame->len;

	if (n > FRAME_MAX - b->frame->len) {
		fail(b, "%s: the frame grows beyond %d bytes", b->layer, FRAME_MAX);
		return NULL;
	}
	memset(p, 0, n);
	b->frame->len += n;
	return p;
}

/* How long the layer that starts at @p is by now. */
static size_t length_from(const struct build *b, const uint8_t *p)
{
	return b->frame->bytes + b->frame->len - p;
}

/* Of the pseudo-header and what follows; @partial: what a checksum offload starts from. */
static uint16_t transport_sum(const struct build *b, const uint8_t *p, bool partial)
{
	size_t n = length_from(b, p);
	uint8_t pseudo[12] = { 0 };
	uint32_t sum;

	put32(pseudo, b->ip->src);
	put32(pseudo + 4, b->ip->dst);
	pseudo[9] = b->ip->proto;
	put16(pseudo + 10, n);
	sum = sum_add(0, pseudo, sizeof(pseudo));
	return partial ? ~sum_fold(sum) : sum_fold(sum_add(sum, p, n));
}

/* Wrong by a pattern that folding cannot undo; never 0, which means "none" to UDP. */
static uint16_t spoil(uint16_t sum)
{
	return sum == 0x5555 ? 0xaaaa : sum ^ 0x5555;
}

/* What the next layer makes of a type field, or @fallback. */
static uint64_t ethertype_of_next(const struct build *b, uint64_t fallback)
{
	static const struct {
		const char *word;
		uint16_t type;
	} types[] = {
		{ "ip", 0x0800 }, { "arp", 0x0806 }, { "vlan", 0x8100 }, { "eth", 0x6558 },
	};

	for (size_t i = 0; b->word < b->end && i < ARRAY_SIZE(types); i++)
		if (!strcmp(*b->word, types[i].word))
			return types[i].type;
	return fallback;
}

static uint64_t proto_of_next(const struct build *b, uint64_t fallback)
{
	static const struct {
		const char *word;
		uint8_t proto;
	} protos[] = {
		{ "icmp", 1 }, { "ip", 4 }, { "tcp", 6 }, { "udp", 17 }, { "gre", 47 },
	};

	for (size_t i = 0; b->word < b->end && i < ARRAY_SIZE(protos); i++)
		if (!strcmp(*b->word, protos[i].word))
			return protos[i].proto;
	return fallback;
}

/* Layers ------------------------------------------------------------------------------------ */

static bool build_eth(struct build *b)
{
	uint64_t type = UNSET;
	const struct field fields[] = {
		{ "type", NUMBER, &type, UINT16_MAX },
	};
	uint8_t *p = append(b, 14);

	if (!p || !take_mac(b, "DST", p) || !take_mac(b, "SRC", p + 6) ||
	    !take_fields(b, fields, ARRAY_SIZE(fields)))
		return false;
	if (type == UNSET)
		type = ethertype_of_next(b, 0x88b5);	/* for local experiments */
	put16(p + 12, type);
	return build_next(b);
}

static bool build_vlan(struct build *b)
{
	uint64_t id, prio = 0, type = UNSET;
	const struct field fields[] = {
		{ "prio", NUMBER, &prio, 7 },
		{ "type", NUMBER, &type, UINT16_MAX },
	};
	uint8_t *p = append(b, 4);

	if (!p || !take_number(b, "ID", 4095, &id) || !take_fields(b, fields, ARRAY_SIZE(fields)))
		return false;
	if (type == UNSET)
		type = ethertype_of_next(b, 0x88b5);
	put16(p, prio << 13 | id);
	put16(p + 2, type);
	return build_next(b);
}

static bool build_arp(struct build *b)
{
	static const uint8_t head[] = { 0, 1, 8, 0, 6, 4, 0 };
	uint8_t *p = append(b, 28);
	uint32_t sender, target;
	const char *word = p ? take(b, "request or reply") : NULL;

	if (!word)
		return false;
	memcpy(p, head, sizeof(head));
	if (!strcmp(word, "request"))
		p[7] = 1;
	else if (!strcmp(word, "reply"))
		p[7] = 2;
	else
		return fail(b, "arp: request or reply, not '%s'", word);
	if (!take_mac(b, "SMAC", p + 8) || !take_ipv4(b, "SADDR", &sender) ||
	    !take_mac(b, "TMAC", p + 18) || !take_ipv4(b, "TADDR", &target))
		return false;
	put32(p + 14, sender);
	put32(p + 24, target);
	return build_next(b);
}

struct ip_words {
	uint64_t ttl, tos, id, df, mf, off, proto, len, ihl, version, badsum;
	struct hex opt;
};

static bool take_ip(struct build *b, struct ip_words *w)
{
	const struct field fields[] = {
		{ "ttl", NUMBER, &w->ttl, UINT8_MAX },
		{ "tos", NUMBER, &w->tos, UINT8_MAX },
		{ "id", NUMBER, &w->id, UINT16_MAX },
		{ "df", FLAG, &w->df, 0 },
		{ "mf", FLAG, &w->mf, 0 },
		{ "off", NUMBER, &w->off, 65528 },
		{ "proto", NUMBER, &w->proto, UINT8_MAX },
		{ "opt", HEX, &w->opt, 0 },
		{ "len", NUMBER, &w->len, UINT16_MAX },
		{ "ihl", NUMBER, &w->ihl, 15 },
		{ "version", NUMBER, &w->version, 15 },
		{ "badsum", FLAG, &w->badsum, 0 },
	};

	if (!take_fields(b, fields, ARRAY_SIZE(fields)))
		return false;
	if (w->off % 8)
		return fail(b, "ip: off is in bytes, a multiple of 8, not %llu",
			    (unsigned long long)w->off);
	return true;
}

static void fill_ip(uint8_t *p, const struct ip_words *w, const struct addresses *ip)
{
	p[0] = w->version << 4 | w->ihl;
	p[1] = w->tos;
	put16(p + 4, w->id);
	put16(p + 6, w->df << 14 | w->mf << 13 | w->off / 8);
	p[8] = w->ttl;
	p[9] = ip->proto;
	put32(p + 12, ip->src);
	put32(p + 16, ip->dst);
	memcpy(p + 20, w->opt.bytes, w->opt.len);
}

static bool finish_ip(struct build *b, uint8_t *p, const struct ip_words *w)
{
	size_t n = length_from(b, p), head = w->ihl * 4;

	if (w->len == UNSET && n > UINT16_MAX)
		return fail(b, "ip: %zu bytes do not fit its length field", n);
	put16(p + 2, w->len == UNSET ? n : w->len);
	/* The header is as long as ihl says, where that makes sense. */
	if (head < 20 || head > n)
		head = 20;
	put16(p + 10, sum_fold(sum_add(0, p, head)));
	if (w->badsum)
		put16(p + 10, spoil(p[10] << 8 | p[11]));
	return true;
}

static bool build_ip(struct build *b)
{
	struct ip_words w = { .ttl = 64, .proto = UNSET, .len = UNSET, .ihl = UNSET, .version = 4 };
	const struct addresses *outer = b->ip;
	struct addresses ip;
	size_t head;
	uint8_t *p;
	bool built;

	if (!take_ipv4(b, "SRC", &ip.src) || !take_ipv4(b, "DST", &ip.dst) || !take_ip(b, &w))
		return false;
	head = 20 + (w.opt.len + 3) / 4 * 4;
	p = append(b, head);
	if (!p)
		return false;
	if (w.ihl == UNSET)
		w.ihl = head / 4;
	ip.proto = w.proto == UNSET ? proto_of_next(b, 253) : w.proto;	/* 253: experiments */
	fill_ip(p, &w, &ip);
	b->ip = &ip;
	built = build_next(b);
	b->ip = outer;
	return built && finish_ip(b, p, &w);
}

static bool take_flags(struct build *b, uint8_t *flags)
{
	static const char letters[] = "FSRPAUEC";
	const char *word = take(b, "FLAGS");

	if (!word)
		return false;
	*flags = 0;
	if (!strcmp(word, "none"))
		return true;
	for (const char *c = word; *c; c++) {
		const char *found = strchr(letters, *c);

		if (!found)
			return fail(b, "tcp: FLAGS are letters of %s, or none, not '%s'", letters,
				    word);
		*flags |= 1 << (found - letters);
	}
	return true;
}

/* The checksum of TCP, UDP or ICMP: as told, or computed, or spoilt. */
static void put_sum(uint8_t *field, uint64_t told, uint16_t computed, uint64_t bad)
{
	uint16_t sum = told == UNSET ? computed : told;

	put16(field, bad ? spoil(sum) : sum);
}

static bool build_tcp(struct build *b)
{
	uint64_t sport, dport, seq = 0, ack = 0, win = 64240, doff = UNSET, sum = UNSET;
	uint64_t bad = 0, partial = 0;
	struct hex opt = { .len = 0 };
	const struct field fields[] = {
		{ "seq", NUMBER, &seq, UINT32_MAX },
		{ "ack", NUMBER, &ack, UINT32_MAX },
		{ "win", NUMBER, &win, UINT16_MAX },
		{ "opt", HEX, &opt, 0 },
		{ "doff", NUMBER, &doff, 15 },
		{ "sum", NUMBER, &sum, UINT16_MAX },
		{ "badsum", FLAG, &bad, 0 },
		{ "partial", FLAG, &partial, 0 },
	};
	uint8_t flags, *p;
	size_t head;

	if (!take_number(b, "SPORT", UINT16_MAX, &sport) ||
	    !take_number(b, "DPORT", UINT16_MAX, &dport) || !take_flags(b, &flags) ||
	    !take_fields(b, fields, ARRAY_SIZE(fields)))
		return false;
	head = 20 + (opt.len + 3) / 4 * 4;
	p = append(b, head);
	if (!p)
		return false;
	put16(p, sport);
	put16(p + 2, dport);
	put32(p + 4, seq);
	put32(p + 8, ack);
	p[12] = (doff == UNSET ? head / 4 : doff) << 4;
	p[13] = flags;
	put16(p + 14, win);
	memcpy(p + 20, opt.bytes, opt.len);
	if (!build_next(b))
		return false;
	put_sum(p + 16, sum, transport_sum(b, p, partial), bad);
	return true;
}

static bool build_udp(struct build *b)
{
	uint64_t sport, dport, len = UNSET, sum = UNSET, nosum = 0, bad = 0, partial = 0;
	const struct field fields[] = {
		{ "len", NUMBER, &len, UINT16_MAX },
		{ "sum", NUMBER, &sum, UINT16_MAX },
		{ "nosum", FLAG, &nosum, 0 },
		{ "badsum", FLAG, &bad, 0 },
		{ "partial", FLAG, &partial, 0 },
	};
	uint8_t *p = append(b, 8);
	uint16_t computed;

	if (!p || !take_number(b, "SPORT", UINT16_MAX, &sport) ||
	    !take_number(b, "DPORT", UINT16_MAX, &dport) ||
	    !take_fields(b, fields, ARRAY_SIZE(fields)))
		return false;
	put16(p, sport);
	put16(p + 2, dport);
	if (!build_next(b))
		return false;
	put16(p + 4, len == UNSET ? length_from(b, p) : len);
	computed = transport_sum(b, p, partial);
	if (!computed)	/* zero on the wire means: no checksum */
		computed = 0xffff;
	if (!nosum)
		put_sum(p + 6, sum, computed, bad);
	return true;
}

static bool build_icmp(struct build *b)
{
	uint64_t type, code, id = UNSET, seq = UNSET, mtu = UNSET, gateway = UNSET;
	uint64_t pointer = UNSET, sum = UNSET, bad = 0;
	const struct field fields[] = {
		{ "id", NUMBER, &id, UINT16_MAX },
		{ "seq", NUMBER, &seq, UINT16_MAX },
		{ "mtu", NUMBER, &mtu, UINT16_MAX },
		{ "gateway", ADDRESS, &gateway, 0 },
		{ "pointer", NUMBER, &pointer, UINT8_MAX },
		{ "sum", NUMBER, &sum, UINT16_MAX },
		{ "badsum", FLAG, &bad, 0 },
	};
	uint8_t *p = append(b, 8);

	if (!p || !take_number(b, "TYPE", UINT8_MAX, &type) ||
	    !take_number(b, "CODE", UINT8_MAX, &code) ||
	    !take_fields(b, fields, ARRAY_SIZE(fields)))
		return false;
	p[0] = type;
	p[1] = code;
	if (gateway != UNSET)
		put32(p + 4, gateway);
	if (id != UNSET)
		put16(p + 4, id);
	if (pointer != UNSET)
		p[4] = pointer;
	if (seq != UNSET)
		put16(p + 6, seq);
	if (mtu != UNSET)
		put16(p + 6, mtu);
	if (!build_next(b))
		return false;
	put_sum(p + 2, sum, sum_fold(sum_add(0, p, length_from(b, p))), bad);
	return true;
}

static bool build_gre(struct build *b)
{
	uint64_t key = UNSET, seq = UNSET, csum = 0, type = UNSET;
	const struct field fields[] = {
		{ "key", NUMBER, &key, UINT32_MAX },
		{ "seq", NUMBER, &seq, UINT32_MAX },
		{ "csum", FLAG, &csum, 0 },
		{ "type", NUMBER, &type, UINT16_MAX },
	};
	uint8_t *p, *field;

	if (!take_fields(b, fields, ARRAY_SIZE(fields)))
		return false;
	p = append(b, 4 + (csum ? 4 : 0) + (key != UNSET ? 4 : 0) + (seq != UNSET ? 4 : 0));
	if (!p)
		return false;
	field = p + (csum ? 8 : 4);
	if (csum)
		p[0] |= 0x80;
	if (key != UNSET) {
		p[0] |= 0x20;
		put32(field, key);
		field += 4;
	}
	if (seq != UNSET) {
		p[0] |= 0x10;
		put32(field, seq);
	}
	put16(p + 2, type == UNSET ? ethertype_of_next(b, 0x88b5) : type);
	if (!build_next(b))
		return false;
	if (csum)
		put16(p + 4, sum_fold(sum_add(0, p, length_from(b, p))));
	return true;
}

static bool build_vxlan(struct build *b)
{
	uint64_t vni, flags = 0x08;
	const struct field fields[] = {
		{ "flags", NUMBER, &flags, UINT8_MAX },
	};
	uint8_t *p = append(b, 8);

	if (!p || !take_number(b, "VNI", 0xffffff, &vni) ||
	    !take_fields(b, fields, ARRAY_SIZE(fields)))
		return false;
	p[0] = flags;
	put32(p + 4, vni << 8);
	return build_next(b);
}

static bool build_quote(struct build *b)
{
	uint64_t max = UNSET;
	const struct field fields[] = {
		{ "max", NUMBER, &max, FRAME_MAX },
	};
	size_t at = b->frame->len;

	if (!take_fields(b, fields, ARRAY_SIZE(fields)))
		return false;
	if (b->word == b->end || strcmp(*b->word, "ip"))
		return fail(b, "quote: ip must follow");
	if (!build_next(b))
		return false;
	if (b->frame->len - at > max)
		b->frame->len = at + max;
	return true;
}

static bool build_data(struct build *b)
{
	uint64_t n;
	uint8_t *p;

	if (!take_number(b, "N", FRAME_MAX, &n))
		return false;
	p = append(b, n);
	for (uint64_t i = 0; p && i < n; i++)
		p[i] = i;
	return p;
}

static bool build_hexdata(struct build *b)
{
	size_t at = b->frame->len, n;
	const char *word = take(b, "HEX");

	if (!word)
		return false;
	if (!arg_hex(word, b->frame->bytes + at, FRAME_MAX - at, &n))
		return fail(b, "hexdata: '%s' is not hex, or too long", word);
	b->frame->len += n;
	return true;
}

static bool build_text(struct build *b)
{
	const char *word = take(b, "WORD");
	uint8_t *p;

	if (!word)
		return false;
	p = append(b, strlen(word));
	if (p)
		memcpy(p, word, strlen(word));
	return p;
}

static const struct layer {
	const char *word;
	bool (*build)(struct build *b);
	bool needs_ip;	/* its checksum covers addresses */
	bool ends;	/* nothing can follow */
} layers[] = {
	{ "eth", build_eth, false, false },
	{ "vlan", build_vlan, false, false },
	{ "arp", build_arp, false, false },
	{ "ip", build_ip, false, false },
	{ "tcp", build_tcp, true, false },
	{ "udp", build_udp, true, false },
	{ "icmp", build_icmp, false, false },
	{ "gre", build_gre, false, false },
	{ "vxlan", build_vxlan, false, false },
	{ "quote", build_quote, false, false },
	{ "data", build_data, false, true },
	{ "hexdata", build_hexdata, false, true },
	{ "text", build_text, false, true },
};

static const struct layer *find_layer(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(layers); i++)
		if (!strcmp(word, layers[i].word))
			return &layers[i];
	return NULL;
}

/* The payload of the layer just begun: whatever the remaining words say, maybe nothing. */
static bool build_next(struct build *b)
{
	const struct layer *layer;

	if (b->word == b->end)
		return true;
	layer = find_layer(*b->word);
	if (!layer)
		return fail(b, "'%s' is no word of %s, and no layer", *b->word, b->layer);
	if (layer->needs_ip && !b->ip)
		return fail(b, "%s: there is no ip before it", layer->word);
	if (b->layers++ == MAX_LAYERS)
		return fail(b, "more than %d layers", MAX_LAYERS);
	b->layer = layer->word;
	b->word++;
	if (!layer->build(b))
		return false;
	if (layer->ends && b->word < b->end)
		return fail(b, "'%s' follows %s, which ends the frame", *b->word, layer->word);
	return true;
}

bool frame_is_layer(const char *word)
{
	return find_layer(word);
}

bool frame_build(char *const words[], size_t n, struct frame *frame, char *why, size_t why_size)
{
	struct build b = {
		.word = words,
		.end = words + n,
		.frame = frame,
		.layer = "the frame",
		.why = why,
		.why_size = why_size,
	};

	frame->len = 0;
	if (!n)
		return fail(&b, "no words");
	return build_next(&b);
}
