/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ARP between a guest and the host.
 */
#ifndef CR_ARP_H
#define CR_ARP_H

#include "sandbox.h"

enum cr_counter cr_arp_up(struct cr_sandbox *sbx, struct sk_buff *skb);
bool cr_arp_down(struct cr_sandbox *sbx, struct sk_buff *skb);

#endif
