/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv4 routes, over rtnetlink: host routes to a device, and the kernel's own lookup.
 */
#ifndef CUBE_ROUTE_H
#define CUBE_ROUTE_H

#include <stdint.h>

#include "netlink.h"

/**
 * struct route_as - as what packet the kernel is asked
 * @src: its source, host byte order; 0: one of the host's own packets before it has a source
 * @in: index of the device on which it has come; 0: none, it is the host's own
 * @mark: its mark
 * @out: index of the device that it must leave by; 0: any
 */
struct route_as {
	uint32_t src;
	int in;
	uint32_t mark;
	int out;
};

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

/**
 * struct routes - all IPv4 routes by a device, as they were
 * @index: of the device
 * @messages: the kernel's messages, one behind the other; owned
 * @len: how many bytes they have
 * @room: how many there is room for
 */
struct routes {
	int index;
	char *messages;
	size_t len;
	size_t room;
};

int route_add(struct netlink *rt, uint32_t addr, int index, struct why *why);
int route_del(struct netlink *rt, uint32_t addr, int index, struct why *why);
bool route_taken(struct netlink *rt, uint32_t addr, int index);
int routes_save(struct routes *routes, struct netlink *rt, int index, struct why *why);
bool routes_restore(const struct routes *routes, struct netlink *rt, struct why *why);
void routes_free(struct routes *routes);
int route_lookup(struct netlink *rt, uint32_t dst, const struct route_as *as,
		 struct route_answer *answer, struct why *why);

#endif
