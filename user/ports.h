/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registered ports, as the module tells them, and as they are told on.
 */
#ifndef CUBE_PORTS_H
#define CUBE_PORTS_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "counters.h"
#include "genl.h"

/**
 * struct port - a registered port and its sandbox
 * @name: of the port's device
 * @index: of the port's device
 * @ip: the sandbox's address, host byte order
 * @guest: what the sandbox calls itself; the same as @ip unless it was told
 * @gateway: its next hop, for which the module answers; 0 for none
 * @host: whether it may reach the host's own addresses
 * @policy: &enum cube_router_policy
 * @policy_entries: entries that its policy has
 * @mark: mark of its packets
 * @mark_mask: the bits of the mark that are set
 * @max_sessions: its own limit of sessions; 0: that of the configuration
 * @automatic: registered by its name
 * @has_mac: whether @mac is known
 * @mac: learnt from its newest frame
 * @sessions: sessions it has
 * @bytes_out: lengths of the packets that were handed to the host
 * @bytes_back: lengths of those that came back
 * @counters: what has become of its packets
 */
struct port {
	char name[IFNAMSIZ];
	uint32_t index;
	uint32_t ip;
	uint32_t guest;
	uint32_t gateway;
	bool host;
	uint8_t policy;
	uint32_t policy_entries;
	uint32_t mark;
	uint32_t mark_mask;
	uint32_t max_sessions;
	bool automatic;
	bool has_mac;
	uint8_t mac[6];
	uint32_t sessions;
	uint64_t bytes_out;
	uint64_t bytes_back;
	struct counters counters;
};

/**
 * struct ports - registered ports
 * @list: the ports, in the module's order; owned
 * @count: how many
 */
struct ports {
	struct port *list;
	size_t count;
};

bool port_parse(struct nl_msg *msg, struct port *port);
json_t *port_json(const struct port *port);
void port_print(const struct port *port, bool ends);
void ports_print(const struct ports *ports);
int port_tell(struct genl *genl, const char *name);
int ports_read(struct ports *ports, struct genl *genl, struct why *why);
int ports_find(struct port *port, struct genl *genl, const char *name, struct why *why);
int ports_talk(struct genl *genl, struct nl_msg *msg, void (*each)(struct nl_msg *msg, void *arg),
	       void *arg, struct why *why);
void ports_free(struct ports *ports);

#endif
