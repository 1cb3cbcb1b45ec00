// SPDX-License-Identifier: GPL-2.0
/*
 * Damage. Most of it hits what somebody reads: fields of headers, and their ends. Lengths and
 * checksums are mended more often than not, since otherwise the first check ends every packet.
 */
#include <string.h>

#include "../tools/bytes.h"
#include "../tools/random.h"
#include "fuzz.h"

/* mutate_number() - 16 bits with which things go wrong, in a packet of @len bytes */
uint16_t mutate_number(uint64_t *random, size_t len)
{
	static const uint16_t numbers[] = {
		0, 1, 2, 4, 5, 6, 7, 8, 14, 15, 16, 19, 20, 21, 28, 34, 40, 47, 50, 54, 60, 64,
		0x7f, 0x80, 0xff, 0x100, 576, 1279, 1399, 1400, 1401, 1460, 1480, 1500, 1514,
		0x1fff, 0x2000, 0x3fff, 0x4000, 0x4500, 0x7fff, 0x8000, 0xfff0, 0xfffe, 0xffff,
	};

	switch (below(random, 4)) {
	case 0:
		return next(random);
	case 1:
		return len + below(random, 33) - 16;
	default:
		return numbers[below(random, sizeof(numbers) / sizeof(*numbers))];
	}
}

/* -------- one field -------- */

/* Where the fields of a header begin, and how wide they are. */
struct field {
	uint8_t at;
	uint8_t width;
};

static const struct field ip_fields[] = {
	{ 0, 1 }, { 1, 1 }, { 2, 2 }, { 4, 2 }, { 6, 2 }, { 6, 2 }, { 8, 1 }, { 9, 1 }, { 9, 1 },
	{ 10, 2 }, { 12, 4 }, { 16, 4 }, { 16, 4 }, { 20, 2 }, { 22, 1 },
};

static const struct field tcp_fields[] = {
	{ 0, 2 }, { 2, 2 }, { 4, 4 }, { 8, 4 }, { 12, 1 }, { 13, 1 }, { 13, 1 }, { 14, 2 },
	{ 16, 2 }, { 18, 2 }, { 20, 2 }, { 22, 2 },
};

static const struct field udp_fields[] = { { 0, 2 }, { 2, 2 }, { 4, 2 }, { 4, 2 }, { 6, 2 } };

static const struct field icmp_fields[] = {
	{ 0, 1 }, { 0, 1 }, { 1, 1 }, { 2, 2 }, { 4, 2 }, { 6, 2 },
};

static void put_field(uint64_t *random, struct fuzz_packet *p, size_t at, size_t width)
{
	static const uint8_t bytes[] = {
		0, 1, 2, 3, 4, 5, 6, 11, 12, 13, 17, 33, 41, 47, 50, 64, 69, 70, 79, 127, 128,
		132, 136, 240, 255,
	};

	if (at + width > p->len)
		return;
	switch (width) {
	case 1:
		p->bytes[at] = one_in(random, 2) ? next(random) :
			       bytes[below(random, sizeof(bytes))];
		return;
	case 2:
		put16(p->bytes + at, mutate_number(random, p->len - at));
		return;
	default:
		/* Another machine, or one bit away: the neighbour of an address, often. */
		if (one_in(random, 2))
			put32(p->bytes + at, next(random));
		else
			p->bytes[at + below(random, width)] ^= 1 << below(random, 8);
	}
}

static void mutate_header(uint64_t *random, struct fuzz_packet *p, size_t at,
			  const struct field *fields, size_t n)
{
	const struct field *f = &fields[below(random, n)];

	put_field(random, p, at + f->at, f->width);
}

#define MUTATE(random, p, at, fields) \
	mutate_header(random, p, at, fields, sizeof(fields) / sizeof(*(fields)))

static void mutate_transport(uint64_t *random, struct fuzz_packet *p, size_t at, uint8_t proto)
{
	if (proto == 6)
		MUTATE(random, p, at, tcp_fields);
	else if (proto == 1)
		MUTATE(random, p, at, icmp_fields);
	else
		MUTATE(random, p, at, udp_fields);
}

/* -------- more than one field -------- */

static void set_len(uint64_t *random, struct fuzz_packet *p, size_t len)
{
	if (len > sizeof(p->bytes))
		return;
	for (size_t i = p->len; i < len; i++)
		p->bytes[i] = next(random);
	p->len = len;
}

static void truncate_at_header(uint64_t *random, struct fuzz_packet *p,
			       const struct fuzz_layout *l)
{
	const size_t ends[] = { l->l3, l->l4, l->quoted_l3, l->quoted_l4, FUZZ_ETH, p->len };
	size_t len = ends[below(random, 6)] + below(random, 25);

	if (len < p->len)
		p->len = len;
}

static void swap_words(uint64_t *random, struct fuzz_packet *p, size_t from)
{
	size_t half = (p->len - from) / 2, a, b;
	uint16_t word;

	if (half < 2)
		return;
	a = from + 2 * below(random, half < 30 ? half : 30);
	b = from + 2 * below(random, half < 30 ? half : 30);
	word = get16(p->bytes + a);
	put16(p->bytes + a, get16(p->bytes + b));
	put16(p->bytes + b, word);
}

/* A block of the packet over another, which may reach over the end. */
static void copy_block(uint64_t *random, struct fuzz_packet *p)
{
	const size_t len = 1 + below(random, 60);
	const size_t from = below(random, p->len), to = below(random, p->len);

	if (from + len > p->len || to + len > sizeof(p->bytes))
		return;
	memmove(p->bytes + to, p->bytes + from, len);
	if (to + len > p->len)
		p->len = to + len;
}

/* Options that a header did not have: random kinds, lengths that may not add up. */
static void insert_options(uint64_t *random, struct fuzz_packet *p, size_t at, size_t behind)
{
	static const uint8_t kinds[] = { 0, 1, 7, 68, 130, 131, 134, 136, 137, 148 };
	size_t n = 4 * (1 + below(random, 10));

	if (!at || behind != at + 20 || p->len + n > sizeof(p->bytes))
		return;
	memmove(p->bytes + behind + n, p->bytes + behind, p->len - behind);
	for (size_t i = 0; i < n; i++)
		p->bytes[behind + i] = one_in(random, 3) ? below(random, 12) : 0;
	p->bytes[behind] = kinds[below(random, sizeof(kinds))];
	p->bytes[behind + 1] = one_in(random, 2) ? n : below(random, n + 2);
	p->bytes[at] = 0x45 + n / 4;
	p->len += n;
}

static void mutate_once(uint64_t *random, struct fuzz_packet *p)
{
	const struct fuzz_layout l = layout_of(p);

	if (p->len <= FUZZ_ETH)
		return;
	switch (below(random, 16)) {
	case 0:
		p->bytes[FUZZ_ETH + below(random, p->len - FUZZ_ETH)] ^= 1 << below(random, 8);
		return;
	case 1:
		p->bytes[below(random, p->len < 80 ? p->len : 80)] = next(random);
		return;
	case 2:
		put_field(random, p, 12 + 2 * below(random, 30), 2);
		return;
	case 3:
		swap_words(random, p, one_in(random, 8) || !l.l3 ? 0 : l.l3);
		return;
	case 4:
		truncate_at_header(random, p, &l);
		return;
	case 5:
		p->len = FUZZ_ETH + below(random, p->len - FUZZ_ETH);
		return;
	case 6:
		set_len(random, p, p->len + 1 + below(random, one_in(random, 8) ? 2000 : 40));
		return;
	case 7:
		copy_block(random, p);
		return;
	case 8:
		insert_options(random, p, l.quoted_l3 && one_in(random, 2) ? l.quoted_l3 : l.l3,
			       l.quoted_l3 && one_in(random, 2) ? l.quoted_l4 : l.l4);
		return;
	case 9:
	case 10:
	case 11:
		if (l.l3)
			MUTATE(random, p, l.l3, ip_fields);
		return;
	case 12:
		if (l.quoted_l3)
			MUTATE(random, p, l.quoted_l3, ip_fields);
		return;
	case 13:
		if (l.quoted_l4)
			mutate_transport(random, p, l.quoted_l4, l.quoted_proto);
		return;
	default:
		if (l.l4)
			mutate_transport(random, p, l.l4, l.proto);
	}
}

/* mutate() - damages @p in one to four places, and mends some of what does not fit any more */
void mutate(uint64_t *random, struct fuzz_packet *p)
{
	struct fuzz_layout l;

	do {
		mutate_once(random, p);
	} while (one_in(random, 2));
	l = layout_of(p);
	if (!one_in(random, 4))
		layout_fix_lengths(p, &l);
	if (!one_in(random, 3))
		layout_fix_ip(p, l.quoted_l3);
	if (!one_in(random, 4))
		layout_fix_transport(p, &l);
	if (!one_in(random, 16))
		layout_fix_ip(p, l.l3);
}

/* mutate_noise() - nothing but the Ethernet header is left, if that */
void mutate_noise(uint64_t *random, struct fuzz_packet *p)
{
	const size_t kept = one_in(random, 4) ? 12 : FUZZ_ETH;

	p->len = kept;
	set_len(random, p, kept + below(random, one_in(random, 4) ? 1500 : 80));
}
