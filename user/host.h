/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the host has: the facts that the address rules and the checks are applied to.
 */
#ifndef CUBE_HOST_H
#define CUBE_HOST_H

#include "address.h"
#include "netlink.h"

int host_read(struct host *host, struct netlink *rt, struct why *why);
const struct host_route *host_route_to(const struct host *host, uint32_t addr);
bool host_route_is_link(const struct host_route *route, const char *dev);
void host_free(struct host *host);

#endif
