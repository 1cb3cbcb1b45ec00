/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules by which cube-router's two addresses are chosen, over the facts of a host given as
 * plain data.
 */
#ifndef CUBE_ADDRESS_H
#define CUBE_ADDRESS_H

#include <net/if.h>
#include <stddef.h>

#include "parse.h"
#include "why.h"

/**
 * struct host_address - an IPv4 address of an interface
 * @local: the address, host byte order
 * @peer: network that is reached by it: itself with its prefix, or the far end of a link
 * @scope: RT_SCOPE_*
 * @secondary: not the first of its network
 * @dev: name of the interface
 */
struct host_address {
	uint32_t local;
	struct cidr peer;
	uint8_t scope;
	bool secondary;
	char dev[IFNAMSIZ];
};

/**
 * struct host_route - an IPv4 route
 * @dst: destination
 * @type: RTN_*
 * @scope: RT_SCOPE_*
 * @protocol: RTPROT_*
 * @gateway: whether it has a next hop
 * @next_hop: its first one, host byte order; 0 without, or where that is an IPv6 address
 * @table: RT_TABLE_*, or the number of another one
 * @dev: name of the interface of its first next hop, "" without one
 */
struct host_route {
	struct cidr dst;
	uint8_t type;
	uint8_t scope;
	uint8_t protocol;
	bool gateway;
	uint32_t next_hop;
	uint32_t table;
	char dev[IFNAMSIZ];
};

/**
 * struct host - what of a host matters for the choice of addresses
 * @addresses: of all interfaces, in the kernel's order
 * @address_count: how many
 * @routes: of all routing tables
 * @route_count: how many
 * @nameservers: IPv4 addresses, host byte order
 * @nameserver_count: how many
 * @ssh_client: address of the SSH client whose session this is, host byte order, or 0
 * @ssh_server: the address that he has called, or 0
 * @agreed: router CIDR of an earlier `enable`, be it before a reboot; prefix length 0 for none
 */
struct host {
	struct host_address *addresses;
	size_t address_count;
	struct host_route *routes;
	size_t route_count;
	uint32_t *nameservers;
	size_t nameserver_count;
	uint32_t ssh_client;
	uint32_t ssh_server;
	struct cidr agreed;
};

/**
 * struct address_wish - what is asked for
 * @sandbox: the sandbox CIDR
 * @derive: take the two addresses from the sandbox CIDR
 * @router: else the CIDR to take them from
 * @sandbox_word: what @sandbox is called where it is said
 * @router_word: what @router is called there
 * @skip_conflicts: do not look for conflicts with the host
 * @leaving: name of a device that will be gone, or NULL
 */
struct address_wish {
	struct cidr sandbox;
	bool derive;
	struct cidr router;
	const char *sandbox_word;
	const char *router_word;
	bool skip_conflicts;
	const char *leaving;
};

/**
 * struct router_addresses - the two addresses
 * @device: of cube-router, with its prefix
 * @snat: the internal address, host byte order
 */
struct router_addresses {
	struct cidr device;
	uint32_t snat;
};

/* Sandbox CIDR where nobody has said another one. */
#define ADDRESS_SANDBOX_DEFAULT ((struct cidr){ .addr = 0xc0a80000, .prefix = 18 })

bool address_settle(const struct address_wish *wish, const struct host *host,
		    struct router_addresses *out, struct why *why);
bool address_sandbox_cidr(const char *what, struct cidr sandbox, struct why *why);
bool address_reserved(uint32_t addr, struct cidr sandbox, uint32_t snat);
bool address_sandbox(uint32_t ip, struct cidr sandbox, uint32_t snat, struct why *why);
const struct host_address *address_next(const struct host *host, const char *dev, size_t *i);
bool address_local(const struct host *host, uint32_t addr, const char *leaving, const char **dev);
bool address_broadcast(const struct host *host, uint32_t addr);
bool address_on_link(const struct host *host, const char *dev, uint32_t addr);
uint32_t address_masquerade(const struct host *host, const char *dev, uint32_t next_hop);

#endif
