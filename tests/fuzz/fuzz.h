/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the fuzzer share. A case is a number: with the seed it determines one packet,
 * or the fragments of one, and which way it is sent.
 *
 *	corpus.c	valid packets of known flows
 *	mutate.c	damages them
 *	layout.c	finds their headers, and puts lengths and checksums right again
 *	offload.c	asks for segmentation and checksumming, sensibly or not
 *	fragment.c	cuts them up
 *	wire.c		sends, and counts
 *	fuzzer.c	reads the words, and makes cases of all this
 *
 * No state but the random number's, which the caller owns.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The node in tests/fuzz/guest, which makes its devices so. */
#define FUZZ_SANDBOX		"192.168.0.20"
#define FUZZ_SANDBOX_MAC	"02:00:00:00:00:20"
#define FUZZ_PORT		"z192.168.0.20"
#define FUZZ_PORT_MAC		"02:00:00:00:00:21"
#define FUZZ_EGRESS		"198.18.0.2"
#define FUZZ_EGRESS_MAC		"02:00:00:00:00:01"
#define FUZZ_FAR_NETNS		"gw"
#define FUZZ_FAR_DEVICE		"node"
#define FUZZ_FAR_MAC		"02:00:00:00:00:02"
#define FUZZ_INTERNAL		"192.168.63.254"
#define FUZZ_ROUTER		"cube-router"
#define FUZZ_MAPPED		"20007"	/* a port of the egress address, and ... */
#define FUZZ_GUEST_PORT		"7301"	/* ... where it leads */

#define FUZZ_ROOM		70000	/* more than any kernel takes in one piece */
#define FUZZ_ETH		14
#define FUZZ_PIECES		64	/* fragments of one case */

/**
 * enum fuzz_way - how a packet is sent
 * @FUZZ_OUT: by the sandbox, into its TAP
 * @FUZZ_BACK: by a far end, to the egress address
 * @FUZZ_TX: by the host, straight into cube-router
 * @FUZZ_RAW: by the host, from a raw socket to the internal address
 * @FUZZ_WAYS: how many there are
 */
enum fuzz_way { FUZZ_OUT, FUZZ_BACK, FUZZ_TX, FUZZ_RAW, FUZZ_WAYS };

/**
 * struct fuzz_packet - a frame and what it asks for
 * @way: how it is sent
 * @offload: the virtio header
 * @len: bytes of the frame
 * @bytes: the frame, with an Ethernet header on every way
 */
struct fuzz_packet {
	enum fuzz_way way;
	struct virtio_net_hdr_v1 offload;
	size_t len;
	uint8_t bytes[FUZZ_ROOM];
};

/**
 * struct fuzz_layout - where the headers of a frame lie; 0 where there is none
 * @l3: the IP header
 * @l4: behind it
 * @quoted_l3: the IP header that an ICMP error quotes
 * @quoted_l4: behind it
 * @proto: of what is at @l4
 * @quoted_proto: of what is at @quoted_l4
 */
struct fuzz_layout {
	size_t l3;
	size_t l4;
	size_t quoted_l3;
	size_t quoted_l4;
	uint8_t proto;
	uint8_t quoted_proto;
};

void corpus_pick(uint64_t *random, struct fuzz_packet *p);

struct fuzz_layout layout_of(const struct fuzz_packet *p);
void layout_fix_lengths(struct fuzz_packet *p, const struct fuzz_layout *l);
void layout_fix_transport(struct fuzz_packet *p, const struct fuzz_layout *l);
void layout_fix_ip(struct fuzz_packet *p, size_t at);
uint16_t layout_pseudo_sum(const struct fuzz_packet *p, const struct fuzz_layout *l);

uint16_t mutate_number(uint64_t *random, size_t len);
void mutate(uint64_t *random, struct fuzz_packet *p);
void mutate_noise(uint64_t *random, struct fuzz_packet *p);

void offload_ask(uint64_t *random, struct fuzz_packet *p);

/**
 * struct fuzz_piece - a fragment
 * @at: where it begins in the payload
 * @len: how long it is
 * @field: the fragment field of its IP header
 */
struct fuzz_piece {
	size_t at;
	size_t len;
	uint16_t field;
};

/**
 * struct fuzz_pieces - how a packet is cut, in the order of sending
 * @n: number of pieces
 * @piece: the pieces
 */
struct fuzz_pieces {
	size_t n;
	struct fuzz_piece piece[FUZZ_PIECES];
};

bool fragment_plan(uint64_t *random, const struct fuzz_packet *whole, struct fuzz_pieces *pieces);
void fragment_make(const struct fuzz_packet *whole, const struct fuzz_piece *piece,
		   struct fuzz_packet *fragment);

#endif
