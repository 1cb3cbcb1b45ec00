// SPDX-License-Identifier: GPL-2.0
/*
 * The virtio header: what a guest asks its host to do with a packet. Most often nothing, often
 * what an honest guest would ask, and sometimes what makes no sense. Pure function of the packet.
 */
#include <netinet/in.h>

#include "../tools/bytes.h"
#include "../tools/random.h"
#include "fuzz.h"

/* Segmentation of UDP, known to newer headers. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4	5
#endif

static void ask_checksum(struct fuzz_packet *p, const struct fuzz_layout *l)
{
	const size_t offset = l->proto == IPPROTO_TCP ? 16 : 6;

	if (l->l4 + offset + 2 > p->len)
		return;
	p->offload.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	p->offload.csum_start = l->l4;
	p->offload.csum_offset = offset;
	put16(p->bytes + l->l4 + offset, layout_pseudo_sum(p, l));
}

static void ask_segments(uint64_t *random, struct fuzz_packet *p, const struct fuzz_layout *l)
{
	struct virtio_net_hdr_v1 *o = &p->offload;

	ask_checksum(p, l);
	if (l->proto == IPPROTO_UDP) {
		o->gso_type = one_in(random, 2) ? VIRTIO_NET_HDR_GSO_UDP :
						  VIRTIO_NET_HDR_GSO_UDP_L4;
		o->hdr_len = l->l4 + 8;
	} else {
		o->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		if (one_in(random, 8))
			o->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
		o->hdr_len = l->l4 + 20;
	}
	o->gso_size = one_in(random, 2) ? 1360 : 8 + below(random, 1400);
}

static void ask_nonsense(uint64_t *random, struct fuzz_packet *p)
{
	static const uint8_t types[] = {
		VIRTIO_NET_HDR_GSO_NONE, VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_UDP,
		VIRTIO_NET_HDR_GSO_TCPV6, VIRTIO_NET_HDR_GSO_UDP_L4,
		VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN,
		VIRTIO_NET_HDR_GSO_UDP | VIRTIO_NET_HDR_GSO_ECN,
	};
	struct virtio_net_hdr_v1 *o = &p->offload;

	do {
		switch (below(random, 7)) {
		case 0:
			o->flags = one_in(random, 4) ? next(random) : VIRTIO_NET_HDR_F_NEEDS_CSUM;
			break;
		case 1:
		case 2:
			o->gso_type = one_in(random, 8) ? next(random) :
				      types[below(random, sizeof(types))];
			break;
		case 3:
			o->gso_size = mutate_number(random, p->len);
			break;
		case 4:
			o->hdr_len = mutate_number(random, p->len);
			break;
		case 5:
			o->csum_start = mutate_number(random, p->len);
			break;
		case 6:
			o->csum_offset = mutate_number(random, 16);
			break;
		}
	} while (!one_in(random, 4));
	if (o->gso_type && !o->gso_size)
		o->gso_size = 1 + below(random, 2000);
}

/* offload_ask() - fills the virtio header of @p, and the field of a checksum that it asks for */
void offload_ask(uint64_t *random, struct fuzz_packet *p)
{
	const struct fuzz_layout l = layout_of(p);
	const bool able = l.l4 && (l.proto == IPPROTO_TCP || l.proto == IPPROTO_UDP);
	const bool large = p->len > 1514;

	p->offload = (struct virtio_net_hdr_v1){ .gso_type = VIRTIO_NET_HDR_GSO_NONE };
	if (able && one_in(random, large ? 2 : 8))
		ask_segments(random, p, &l);
	else if (able && one_in(random, 4))
		ask_checksum(p, &l);
	if (one_in(random, 8))
		ask_nonsense(random, p);
}
