/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network devices and their IPv4 addresses, over rtnetlink.
 */
#ifndef CUBE_LINK_H
#define CUBE_LINK_H

#include <linux/cube_router.h>
#include <net/if.h>
#include <string.h>

#include "netlink.h"
#include "parse.h"

/**
 * struct link_info - a network device
 * @index: its index; 0: there is none of that name
 * @name: its name
 * @kind: what `ip -d link` shows, "" for hardware
 * @up: whether it is up
 * @mtu: its MTU
 * @queue: length of its transmit queue
 * @remote: of an IPv4 tunnel, the other end, host byte order; 0 without, and for WireGuard
 * @local: ... its own end; 0 without
 * @under: ... index of the device that its packets leave by; 0: what the routes say
 * @mark: ... mark of its packets
 */
struct link_info {
	int index;
	char name[IFNAMSIZ];
	char kind[32];
	bool up;
	uint32_t mtu;
	uint32_t queue;
	uint32_t remote;
	uint32_t local;
	int under;
	uint32_t mark;
};

/**
 * struct links - all devices
 * @list: the devices by their index; owned
 * @count: how many
 */
struct links {
	struct link_info *list;
	size_t count;
};

int links_read(struct links *links, struct netlink *rt, struct why *why);
const struct link_info *links_find(const struct links *links, int index);
const struct link_info *links_named(const struct links *links, const char *name);
void links_free(struct links *links);
bool link_is_tunnel(const struct link_info *info);

/* link_is_ours() - whether a device that is called cube-router is the module's */
static inline bool link_is_ours(const struct link_info *device)
{
	return device->index && !strcmp(device->kind, CUBE_ROUTER_DEVICE);
}

int link_get(struct netlink *rt, const char *name, struct link_info *info, struct why *why);
int link_shape(struct netlink *rt, const struct link_info *to, struct why *why);
int link_rename(struct netlink *rt, int index, const char *name, struct why *why);
int link_delete(struct netlink *rt, int index, struct why *why);
int link_add_address(struct netlink *rt, int index, struct cidr address, struct why *why);
int link_del_address(struct netlink *rt, int index, struct cidr address, struct why *why);

#endif
