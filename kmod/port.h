/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The last steps to a sandbox.
 */
#ifndef CR_PORT_H
#define CR_PORT_H

#include "parse.h"
#include "sandbox.h"

/* cr_port_takes() - whether a packet, or each one of a segmentation unit, fits an MTU */
static inline bool cr_port_takes(const struct sk_buff *skb, unsigned int mtu)
{
	return likely(skb->len <= mtu) ||
	       (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu));
}

bool cr_port_translate(struct cr_sandbox *sbx, struct cr_session *s, struct sk_buff *skb,
		       const struct cr_packet *p, u32 now);
enum cr_counter cr_port_send(struct cr_sandbox *sbx, struct sk_buff *skb, unsigned int limit,
			     bool whole);
void cr_port_count(struct cr_net *crn, struct cr_sandbox *sbx, enum cr_counter became,
		   unsigned int len);

#endif
