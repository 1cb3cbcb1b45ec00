/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a packet is: where headers are read for the first time, checked, and pulled into reach; but
 * for those of plain packets (fastpath.h), which are in reach.
 */
#ifndef CR_PARSE_H
#define CR_PARSE_H

#include <linux/skbuff.h>

#include "session.h"
#include "stats.h"

/**
 * enum cr_kind - what can be done with a packet
 * @CR_KIND_FLOW: belongs to a session by its tuple
 * @CR_KIND_ICMP_REPLY: the same, for an answer to an ICMP query
 * @CR_KIND_ICMP_ERROR: an ICMP error; belongs to the session of the packet that it quotes
 * @CR_KIND_ICMP_OTHER: any other ICMP
 * @CR_KIND_FRAGMENT: a fragment; of its tuple only addresses and protocol are known
 */
enum cr_kind {
	CR_KIND_FLOW,
	CR_KIND_ICMP_REPLY,
	CR_KIND_ICMP_ERROR,
	CR_KIND_ICMP_OTHER,
	CR_KIND_FRAGMENT,
};

/**
 * struct cr_packet - what cr_parse() found
 *
 * Offsets count from skb->data, and hold as long as nothing is pulled or pushed; pointers into
 * the packet do not, so there are none here.
 *
 * @tuple: of the packet
 * @quoted: tuple of the packet that an ICMP error quotes, as it stands there
 * @l3: offset of the IP header
 * @l4: offset of what follows it
 * @quoted_l3: the same of the quoted packet
 * @quoted_l4: the same of the quoted packet
 * @end: offset behind the packet's last byte
 * @kind: what it is
 * @tcp_flags: TCPHDR_*, 0 if it is not TCP
 * @ttl: time to live
 */
struct cr_packet {
	struct cr_tuple tuple;
	struct cr_tuple quoted;
	unsigned int l3;
	unsigned int l4;
	unsigned int quoted_l3;
	unsigned int quoted_l4;
	unsigned int end;
	enum cr_kind kind;
	u8 tcp_flags;
	u8 ttl;
};

int cr_parse(struct sk_buff *skb, struct cr_packet *p);
int cr_parse_transport(struct sk_buff *skb, struct cr_packet *p);
int cr_parse_offload(const struct sk_buff *skb, const struct cr_packet *p);
struct cr_tuple cr_tuple_inverted(const struct cr_tuple *tuple);

#endif
