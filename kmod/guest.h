/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sandboxes whose guest uses another address than the one by which the host knows it.
 */
#ifndef CR_GUEST_H
#define CR_GUEST_H

#include "parse.h"
#include "sandbox.h"

int cr_guest_up(struct cr_sandbox *sbx, struct sk_buff *skb, struct cr_packet *p);
unsigned int cr_guest_egress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif
