/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What we answer a sandbox in our own name, and how often the host may.
 */
#ifndef CR_REJECT_H
#define CR_REJECT_H

#include "parse.h"
#include "sandbox.h"

void cr_rate_init(struct cr_rate *rate);
void cr_host_icmp_allow(struct cr_sandbox *sbx, const struct net_device *dev);
void cr_host_icmp_sent(struct cr_sandbox *sbx);
void cr_reject_tcp(struct cr_sandbox *sbx, const struct sk_buff *skb, const struct cr_packet *p);
void cr_reject_icmp(struct cr_sandbox *sbx, const struct sk_buff *skb, const struct cr_packet *p,
		    u8 type, u8 code, u16 mtu);
struct sk_buff *cr_reject_far(struct cr_sandbox *sbx, struct net_device *dev,
			      const struct sk_buff *offender, const struct cr_packet *p, u8 type,
			      u8 code, u16 mtu);

#endif
