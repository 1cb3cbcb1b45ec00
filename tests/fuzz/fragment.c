// SPDX-License-Identifier: GPL-2.0
/*
 * Cuts a packet into fragments, as a router would or as an attacker would: out of order, twice,
 * overlapping, with holes, beyond 64 KiB. Pure functions of the packet.
 */
#include <string.h>

#include "../tools/bytes.h"
#include "../tools/random.h"
#include "fuzz.h"

#define MORE	0x2000	/* in the fragment field: others follow */
#define MTU	1400

static void cut(uint64_t *random, size_t payload, struct fuzz_pieces *f)
{
	size_t at = 0, len;

	while (at < payload && f->n < FUZZ_PIECES) {
		len = payload > 4 * MTU || one_in(random, 2) ? (MTU - 20) & ~7 :
							       8 * (1 + below(random, 60));
		if (len >= payload - at)
			len = payload - at;
		f->piece[f->n++] = (struct fuzz_piece){
			.at = at, .len = len,
			.field = at / 8 | (at + len < payload ? MORE : 0),
		};
		at += len;
	}
}

static void swap(struct fuzz_pieces *f, size_t a, size_t b)
{
	const struct fuzz_piece piece = f->piece[a];

	f->piece[a] = f->piece[b];
	f->piece[b] = piece;
}

static void disturb(uint64_t *random, struct fuzz_pieces *f)
{
	const size_t i = below(random, f->n);
	struct fuzz_piece *one = &f->piece[i];

	switch (below(random, 8)) {
	case 0:
		/* one is lost */
		swap(f, i, f->n - 1);
		f->n--;
		return;
	case 1:
		/* one comes twice */
		if (f->n < FUZZ_PIECES)
			f->piece[f->n++] = *one;
		return;
	case 2:
		/* one lies over its neighbour */
		one->field += one_in(random, 2) ? 1 : -1;
		return;
	case 3:
		one->field ^= MORE;
		return;
	case 4:
		one->field = mutate_number(random, one->len);
		return;
	case 5:
		/* beyond the largest packet */
		one->field = 0x1fff - below(random, 3) + (one_in(random, 2) ? MORE : 0);
		return;
	case 6:
		if (one->len)
			one->len -= one_in(random, 4) ? one->len : below(random, one->len);
		return;
	default:
		swap(f, i, below(random, f->n));
	}
}

/**
 * fragment_plan() - decides how to cut a packet
 * @random: state of the random numbers
 * @whole: the packet
 * @pieces: filled
 *
 * Return: whether it can be cut.
 */
bool fragment_plan(uint64_t *random, const struct fuzz_packet *whole, struct fuzz_pieces *pieces)
{
	const struct fuzz_layout l = layout_of(whole);

	pieces->n = 0;
	if (!l.l4 || whole->len < l.l4 + 16)
		return false;
	cut(random, whole->len - l.l4, pieces);
	if (one_in(random, 2))
		for (size_t i = pieces->n - 1; i; i--)
			swap(pieces, i, below(random, i + 1));
	while (pieces->n > 1 && one_in(random, 4))
		disturb(random, pieces);
	return true;
}

/* fragment_make() - a piece of @whole, as planned, in @fragment */
void fragment_make(const struct fuzz_packet *whole, const struct fuzz_piece *piece,
		   struct fuzz_packet *fragment)
{
	const struct fuzz_layout l = layout_of(whole);

	fragment->way = whole->way;
	fragment->offload = (struct virtio_net_hdr_v1){ .gso_type = VIRTIO_NET_HDR_GSO_NONE };
	memcpy(fragment->bytes, whole->bytes, l.l4);
	memcpy(fragment->bytes + l.l4, whole->bytes + l.l4 + piece->at, piece->len);
	fragment->len = l.l4 + piece->len;
	put16(fragment->bytes + l.l3 + 2, fragment->len - l.l3);
	put16(fragment->bytes + l.l3 + 6, piece->field);
	layout_fix_ip(fragment, l.l3);
}
