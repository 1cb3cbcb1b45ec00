/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The uplink: the device by which sandboxes leave in mode direct, past the host's routing, and
 * answer who called one of their mapped ports in every mode.
 */
#ifndef CR_UPLINK_H
#define CR_UPLINK_H

#include "netns.h"
#include "parse.h"

/**
 * struct cr_refusal - why a packet cannot leave, and the ICMP error that says so
 * @counter: what is counted
 * @code: of a destination-unreachable
 * @mtu: with ICMP_FRAG_NEEDED
 */
struct cr_refusal {
	enum cr_counter counter;
	u8 code;
	u16 mtu;
};

bool cr_uplink_is(const struct cr_net *crn, const struct net_device *dev);
void cr_uplink_init(struct cr_uplink *up);
void cr_uplink_exit(struct cr_uplink *up);
int cr_uplink_settle(struct cr_net *crn, const struct net_device *leaving);
u32 cr_uplink_reasons_to_hold(const struct cr_net *crn);
u32 cr_uplink_port_low(const struct cr_net *crn);
void cr_uplink_watch(struct cr_net *crn, u32 low);
struct sk_buff *cr_uplink_send(struct cr_net *crn, struct sk_buff *skb, bool whole,
			       struct cr_refusal *refusal);

#endif
