/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way out: the hook on every port.
 */
#ifndef CR_INGRESS_H
#define CR_INGRESS_H

#include <linux/netfilter.h>

unsigned int cr_ingress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif
