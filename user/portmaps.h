/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mapped ports, as the module tells them.
 */
#ifndef CUBE_PORTMAPS_H
#define CUBE_PORTMAPS_H

#include <jansson.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "genl.h"

/**
 * struct portmap - a port of the uplink's address that is a sandbox's
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @host_port: the port
 * @port: name of the sandbox's port
 * @guest_port: the port at the sandbox
 */
struct portmap {
	uint8_t protocol;
	uint16_t host_port;
	char port[IFNAMSIZ];
	uint16_t guest_port;
};

/**
 * struct portmaps - mapped ports
 * @list: them, by protocol and port; owned
 * @count: how many
 */
struct portmaps {
	struct portmap *list;
	size_t count;
};

bool portmap_parse(struct nl_msg *msg, struct portmap *map);
json_t *portmap_json(const struct portmap *map);
int portmaps_talk(struct genl *genl, uint8_t cmd, const struct portmap *map, struct why *why);
int portmaps_read(struct portmaps *maps, struct genl *genl, struct why *why);
const struct portmap *portmaps_find(const struct portmaps *maps, uint8_t protocol,
				    uint16_t host_port);
void portmaps_free(struct portmaps *maps);

#endif
