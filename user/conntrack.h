/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which flows of sandboxes leave the host by an address and port: what the far end saw, and what
 * only conntrack knows.
 */
#ifndef CUBE_CONNTRACK_H
#define CUBE_CONNTRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netlink.h"
#include "parse.h"

/**
 * struct flow - a flow as it enters by cube-router; a session has the same
 * @protocol: IP protocol
 * @far: the far end; port 0 where the session has none
 * @nat_port: port or identifier at the internal address, or 0
 * @seen: its session was found
 */
struct flow {
	uint8_t protocol;
	struct end far;
	uint16_t nat_port;
	bool seen;
};

/**
 * struct flows - flows, each once, in an order of protocol and @nat_port
 * @list: the flows; owned
 * @count: how many
 */
struct flows {
	struct flow *list;
	size_t count;
};

/**
 * struct flow_query - which flows are asked for, by what a far end saw of them
 * @internal: the internal address
 * @outside: where the flow came from
 * @protocol: IP protocol, if @by_protocol
 * @by_protocol: whether it is known
 */
struct flow_query {
	uint32_t internal;
	struct end outside;
	uint8_t protocol;
	bool by_protocol;
};

int flows_read(struct flows *flows, const struct flow_query *query, struct why *why);
void flows_add(struct flows *flows, struct flow flow);
void flows_note(struct flows *flows, const struct flow_query *query, struct nl_msg *msg);
void flows_sort(struct flows *flows);
struct flow *flows_find(const struct flows *flows, const struct flow *flow);
void flows_free(struct flows *flows);

#endif
