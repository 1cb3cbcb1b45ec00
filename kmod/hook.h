/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hooks on devices: those of the ports (sandbox.c, ingress.c), that of the uplink (uplink.c,
 * direct.c); and the copy of a packet that somebody else holds too, which device.c makes as well.
 * Owns nothing; RTNL orders who registers and unregisters.
 */
#ifndef CR_HOOK_H
#define CR_HOOK_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

/**
 * cr_copy_shared() - a packet of our own, of one that somebody else holds too
 * @skb: that one, its network header at skb->data
 *
 * Both refer to the same pages; the linear part, which we change, and the Ethernet header in front
 * of it are copied.
 *
 * Return: the copy, or NULL.
 */
static inline struct sk_buff *cr_copy_shared(struct sk_buff *skb)
{
	struct sk_buff *copy = pskb_copy(skb, GFP_ATOMIC);

	if (copy)
		memcpy(skb_mac_header(copy), skb_mac_header(skb), skb_mac_header_len(skb));
	return copy;
}

/**
 * cr_hook() - hooks what enters or leaves by a device, behind all others: they decide first
 * @net: its namespace
 * @ops: filled, and used until it is unregistered
 * @dev: the device
 * @where: which of the hooks of a device
 * @function: called for each packet ...
 * @priv: ... with this
 *
 * Return: 0 or an error.
 */
static inline int cr_hook(struct net *net, struct nf_hook_ops *ops, struct net_device *dev,
			  unsigned int where, nf_hookfn *function, void *priv)
{
	*ops = (struct nf_hook_ops){
		.hook = function,
		.priv = priv,
		.dev = dev,
		.pf = NFPROTO_NETDEV,
		.hooknum = where,
		.priority = INT_MAX,
	};
	return nf_register_net_hook(net, ops);
}

#endif
