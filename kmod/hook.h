/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hooks on devices: those of the ports (sandbox.c) and that of the uplink (uplink.c). Owns
 * nothing; RTNL orders who registers and unregisters.
 */
#ifndef CR_HOOK_H
#define CR_HOOK_H

#include <linux/netfilter.h>

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
