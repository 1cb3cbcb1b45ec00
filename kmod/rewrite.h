/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Header rewriting: puts another address and port into a packet, or into the packet that an ICMP
 * error quotes, and mends every checksum that covers them.
 */
#ifndef CR_REWRITE_H
#define CR_REWRITE_H

#include "parse.h"

bool cr_rewrite_source(struct sk_buff *skb, const struct cr_packet *p, __be32 addr, __be16 port);
bool cr_rewrite_dest(struct sk_buff *skb, const struct cr_packet *p, __be32 addr, __be16 port);
bool cr_rewrite_error_out(struct sk_buff *skb, const struct cr_packet *p, __be32 addr,
			  __be16 port);
bool cr_rewrite_error_back(struct sk_buff *skb, const struct cr_packet *p, __be32 addr,
			   __be16 port);
bool cr_icmp_checksum_fine(struct sk_buff *skb, const struct cr_packet *p);

#endif
