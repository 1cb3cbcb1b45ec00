// SPDX-License-Identifier: GPL-2.0
/*
 * Where the headers of a frame lie, as far as it says so itself, and lengths and checksums that
 * fit what it has become. A sender knows these things about its own packets; after a mutation they
 * have to be found out. Pure functions of the packet.
 */
#include <netinet/in.h>

#include "../tools/bytes.h"
#include "fuzz.h"

static bool fits(const struct fuzz_packet *p, size_t at, size_t len)
{
	return at + len <= p->len;
}

static size_t behind_ip(const struct fuzz_packet *p, size_t at)
{
	size_t head = (p->bytes[at] & 15) * 4;

	return head >= 20 && fits(p, at, head) ? at + head : 0;
}

static bool quotes(uint8_t icmp_type)
{
	return icmp_type == 3 || icmp_type == 4 || icmp_type == 5 || icmp_type == 11 ||
	       icmp_type == 12;
}

/* layout_of() - finds the headers of @p */
struct fuzz_layout layout_of(const struct fuzz_packet *p)
{
	struct fuzz_layout l = { 0 };
	size_t at = 12;

	while (fits(p, at, 6) && get16(p->bytes + at) == 0x8100)
		at += 4;
	if (!fits(p, at, 22) || get16(p->bytes + at) != 0x0800)
		return l;
	l.l3 = at + 2;
	l.l4 = behind_ip(p, l.l3);
	l.proto = p->bytes[l.l3 + 9];
	if (!l.l4 || l.proto != IPPROTO_ICMP || !fits(p, l.l4, 28) || !quotes(p->bytes[l.l4]))
		return l;
	l.quoted_l3 = l.l4 + 8;
	l.quoted_l4 = behind_ip(p, l.quoted_l3);
	l.quoted_proto = p->bytes[l.quoted_l3 + 9];
	return l;
}

/* layout_fix_lengths() - the lengths in the IP and UDP header become those of what is there */
void layout_fix_lengths(struct fuzz_packet *p, const struct fuzz_layout *l)
{
	if (!l->l4)
		return;
	put16(p->bytes + l->l3 + 2, p->len - l->l3);
	if (l->proto == IPPROTO_UDP && fits(p, l->l4, 8))
		put16(p->bytes + l->l4 + 4, p->len - l->l4);
}

/* layout_fix_ip() - the checksum of the IP header at @at */
void layout_fix_ip(struct fuzz_packet *p, size_t at)
{
	size_t l4 = at ? behind_ip(p, at) : 0;

	if (!l4)
		return;
	put16(p->bytes + at + 10, 0);
	put16(p->bytes + at + 10, sum_fold(sum_add(0, p->bytes + at, l4 - at)));
}

static uint32_t pseudo(const struct fuzz_packet *p, const struct fuzz_layout *l)
{
	return sum_add(l->proto + p->len - l->l4, p->bytes + l->l3 + 12, 8);
}

/* layout_pseudo_sum() - what stands in the checksum's field while the checksum is asked for */
uint16_t layout_pseudo_sum(const struct fuzz_packet *p, const struct fuzz_layout *l)
{
	return ~sum_fold(pseudo(p, l));
}

/* layout_fix_transport() - the checksum of TCP, UDP or ICMP */
void layout_fix_transport(struct fuzz_packet *p, const struct fuzz_layout *l)
{
	const size_t field = l->l4 + (l->proto == IPPROTO_TCP ? 16 :
				      l->proto == IPPROTO_UDP ? 6 : 2);
	uint32_t sum = l->proto == IPPROTO_ICMP ? 0 : pseudo(p, l);

	if (!l->l4 || !fits(p, field, 2) ||
	    (l->proto != IPPROTO_TCP && l->proto != IPPROTO_UDP && l->proto != IPPROTO_ICMP))
		return;
	put16(p->bytes + field, 0);
	sum = sum_fold(sum_add(sum, p->bytes + l->l4, p->len - l->l4));
	put16(p->bytes + field, sum || l->proto != IPPROTO_UDP ? sum : 0xffff);
}
