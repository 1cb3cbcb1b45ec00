/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's generic-netlink family: its number, and requests to it. Other families, too, are
 * found here.
 */
#ifndef CUBE_GENL_H
#define CUBE_GENL_H

#include <stddef.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include <linux/cube_router.h>

#include "netlink.h"

/**
 * struct genl - a socket that speaks with the module
 * @nl: the socket
 * @name: of the family
 * @family: its number
 * @events: number of its multicast group
 * @families: number of the group in which the kernel tells of families that come and go
 */
struct genl {
	struct netlink nl;
	const char *name;
	int family;
	uint32_t events;
	uint32_t families;
};

int genl_open(struct genl *genl, struct why *why);
int genl_open_family(struct genl *genl, const char *name, struct why *why);
void genl_close(struct genl *genl);
struct nl_msg *genl_request(const struct genl *genl, uint8_t cmd, int flags);
struct nl_msg *genl_request_room(const struct genl *genl, uint8_t cmd, int flags, size_t room);
int genl_talk(struct genl *genl, struct nl_msg *msg, const char *const *words, size_t word_count,
	      void (*each)(struct nl_msg *msg, void *arg), void *arg, struct why *why);

#endif
