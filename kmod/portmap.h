/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mapped ports: ports of the uplink's address that lead to a sandbox.
 */
#ifndef CR_PORTMAP_H
#define CR_PORTMAP_H

#include "sandbox.h"

/**
 * struct cr_portmap - a mapped port
 * @sbx: whose it is; its registration outlives the mapping
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @host_port: at the uplink's address
 * @guest_port: at the sandbox's
 * @rcu: frees it
 */
struct cr_portmap {
	struct cr_sandbox *sbx;
	u8 proto;
	__be16 host_port;
	__be16 guest_port;
	struct rcu_head rcu;
};

/* cr_portmap_key() - where a mapping is found in &cr_net.portmaps */
static inline unsigned long cr_portmap_key(u8 proto, __be16 host_port)
{
	return proto << 16 | ntohs(host_port);
}

/* cr_portmap_find() - the mapping of a port, under RCU or RTNL, or NULL */
static inline const struct cr_portmap *cr_portmap_find(struct cr_net *crn, u8 proto,
						       __be16 host_port)
{
	/* Asked for every packet that comes in by the uplink. */
	if (xa_empty(&crn->portmaps))
		return NULL;
	return xa_load(&crn->portmaps, cr_portmap_key(proto, host_port));
}

int cr_portmap_new(struct cr_sandbox *sbx, u8 proto, __be16 host_port, __be16 guest_port);
int cr_portmap_del(struct cr_net *crn, u8 proto, __be16 host_port);
void cr_portmap_del_of(struct cr_sandbox *sbx);

#endif
