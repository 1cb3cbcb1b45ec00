/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets for the suites: a plain description of a packet, the bytes it stands for, built from
 * scratch with byte-wise sums, and socket buffers of every layout that hold such bytes. This is
 * the oracle that the module's own header code is compared with, so it shares nothing with it.
 */
#ifndef CR_KUNIT_PACKET_H
#define CR_KUNIT_PACKET_H

#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/skbuff.h>

#define PACKET_MAX	4096	/* bytes, the longest that packet_build() makes */
#define PACKET_MF	0x2000	/* more fragments, in &packet_part.frag_bits */

enum packet_kind {
	PACKET_TCP,
	PACKET_UDP,
	PACKET_ECHO,
	PACKET_ECHO_REPLY,
	PACKET_OTHER,		/* a protocol without ports */
	PACKET_ERROR,		/* an ICMP error */
	PACKET_KINDS
};

/**
 * struct packet_part - what one IP header and the transport header behind it look like
 * @kind: which
 * @proto: IP protocol; free to choose for PACKET_OTHER only
 * @saddr: source address
 * @daddr: destination address
 * @sport: source port, or identifier of PACKET_ECHO
 * @dport: destination port, or identifier of PACKET_ECHO_REPLY
 * @tos: of the IP header
 * @ttl: of the IP header
 * @id: of the IP header
 * @options: of the IP header
 * @options_len: how many bytes of them, a multiple of 4
 * @tcp_flags: TCPHDR_*
 * @tcp_options_len: bytes, a multiple of 4
 * @no_checksum: UDP without one
 * @icmp_type: of PACKET_ERROR
 * @icmp_code: of PACKET_ERROR
 * @payload_len: bytes behind the transport header
 * @payload: what they are; NULL: anything
 * @seed: of the payload, and of fields that nothing else sets
 * @sum_from: with @sum_at: where in the payload the sum of an inner packet begins
 * @sum_at: where in the payload its checksum is; 0: there is none
 * @sum_seed: what stands there before it is summed: the sum of the inner pseudo header
 * @frag_from: first byte of the transport part that this fragment carries
 * @frag_len: how many, 0 if it is no fragment
 * @quote_len: of PACKET_ERROR: bytes of the quoted packet
 * @wrong_sum: of a quoted packet: its IP header checksum is off by these bits
 */
struct packet_part {
	enum packet_kind kind;
	u8 proto;
	__be32 saddr;
	__be32 daddr;
	__be16 sport;
	__be16 dport;
	u8 tos;
	u8 ttl;
	u16 id;
	u8 options[40];
	u8 options_len;
	u8 tcp_flags;
	u8 tcp_options_len;
	bool no_checksum;
	u8 icmp_type;
	u8 icmp_code;
	u16 payload_len;
	const u8 *payload;
	u32 seed;
	u16 sum_from;
	u16 sum_at;
	u16 sum_seed;
	u16 frag_from;
	u16 frag_len;
	u16 quote_len;
	u16 wrong_sum;
};

/**
 * struct packet - a packet, and what it quotes if it is an ICMP error
 * @outer: the packet
 * @quoted: the quoted one
 */
struct packet {
	struct packet_part outer;
	struct packet_part quoted;
};

enum packet_rest { PACKET_REST_LINEAR, PACKET_REST_PAGES, PACKET_REST_LIST };

/**
 * struct packet_shape - layout of a socket buffer
 * @linear: bytes of the packet in the linear part, unless it is all of them
 * @rest: where the others are
 * @ethernet: skb->data is at an Ethernet header in front
 */
struct packet_shape {
	u16 linear;
	enum packet_rest rest;
	bool ethernet;
};

/**
 * struct trial - one case of a property that shall hold of all
 * @test: the KUnit case
 * @rnd: source of everything random
 * @why: what is wrong with this one
 * @bytes: room for a packet
 * @expected: room for another one
 * @got: room for a third
 */
struct trial {
	struct kunit *test;
	struct rnd_state rnd;
	char why[192];
	u8 bytes[PACKET_MAX];
	u8 expected[PACKET_MAX];
	u8 got[PACKET_MAX];
};

extern uint trial_seed;

struct trial *trial_new(struct kunit *test);
void trial_holds(struct kunit *test, unsigned int count, bool (*property)(struct trial *t));
bool __printf(2, 3) trial_wrong(struct trial *t, const char *fmt, ...);

u32 below(struct rnd_state *rnd, u32 n);
bool one_in(struct rnd_state *rnd, u32 n);

void put16(u8 *at, u16 value);
u16 get16(const u8 *at);
u32 naive_sum(const u8 *bytes, unsigned int len);
u16 naive_fold(u32 sum);
u32 naive_pseudo(const struct packet_part *part, unsigned int len);

void packet_random_part(struct rnd_state *rnd, struct packet_part *part, enum packet_kind kind);
void packet_random_error(struct rnd_state *rnd, struct packet *pk, enum packet_kind quoted);
void packet_random(struct rnd_state *rnd, struct packet *pk);
void packet_cut(struct rnd_state *rnd, struct packet *pk, bool first);
unsigned int packet_hlen(const struct packet_part *part);
unsigned int packet_transport_len(const struct packet_part *part);
bool packet_has_ports(const struct packet_part *part);
unsigned int packet_build(const struct packet *pk, u8 *to);
void packet_fix_header(u8 *bytes);

void packet_random_shape(struct rnd_state *rnd, struct packet_shape *shape, unsigned int len);
struct sk_buff *packet_skb(const u8 *bytes, unsigned int len, const struct packet_shape *shape);
bool packet_compare(struct trial *t, const struct sk_buff *skb, const u8 *expected,
		    unsigned int len);

#endif
