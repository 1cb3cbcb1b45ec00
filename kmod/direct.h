/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mode direct and mapped ports: packets that leave and arrive by the uplink, past the host's
 * routing.
 */
#ifndef CR_DIRECT_H
#define CR_DIRECT_H

#include <linux/netfilter.h>

#include "netns.h"

/**
 * struct cr_sent - what became of a packet, and the ICMP error that says so if it came back
 * @back: the packet as it was given, if its sender has to be told; else NULL
 * @counter: CR_INJECTED when all went well
 * @code: of a destination-unreachable
 * @mtu: with ICMP_FRAG_NEEDED
 */
struct cr_sent {
	struct sk_buff *back;
	enum cr_counter counter;
	u8 code;
	u16 mtu;
};

u32 cr_direct_port_low(const struct cr_net *crn);
void cr_direct_widen_watch(struct cr_net *crn, u32 low);
struct cr_sent cr_direct_send(struct cr_net *crn, struct sk_buff *skb, bool whole);
unsigned int cr_direct_arrive(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif
