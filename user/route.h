/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv4 routes, over rtnetlink: host routes to a device, and the kernel's own lookup.
 */
#ifndef CUBE_ROUTE_H
#define CUBE_ROUTE_H

#include <stdint.h>

#include "netlink.h"

/**
 * struct route_answer - where the kernel would send a packet
 * @type: RTN_*
 * @out: index of the device it leaves by, 0 without one
 * @gateway: next hop, host byte order; 0 if the destination is on the link
 * @foreign_gateway: the next hop is an IPv6 address
 * @mtu: of the route; 0: that of the device
 */
struct route_answer {
	uint8_t type;
	int out;
	uint32_t gateway;
	bool foreign_gateway;
	uint32_t mtu;
};

int route_add(struct netlink *rt, uint32_t addr, int index, struct why *why);
int route_del(struct netlink *rt, uint32_t addr, int index, struct why *why);
int route_lookup(struct netlink *rt, uint32_t dst, uint32_t src, int in,
		 struct route_answer *answer, struct why *why);

#endif
