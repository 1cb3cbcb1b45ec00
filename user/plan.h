/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From what is wished for to what is done: words, env file, live values and defaults come together
 * here.
 */
#ifndef CUBE_PLAN_H
#define CUBE_PLAN_H

#include "address.h"
#include "envfile.h"
#include "firewall.h"
#include "link.h"
#include "live.h"
#include "uplink.h"

/* A foreign device is called so until nothing can go wrong any more, and it can be deleted. */
#define PLAN_PARKED	CUBE_ROUTER_DEVICE ".old"

#define PLAN_WORD	300	/* room for what says where something is said */

#define PLAN_PORT_LOW	30000	/* lies above the default range of mapped ports */
#define PLAN_MAP_LOW	20000
#define PLAN_MAP_HIGH	29999

/**
 * enum router_wish - where cube-router's addresses come from
 * @ROUTER_UNSAID: nobody has said
 * @ROUTER_AUTO: from the sandbox CIDR
 * @ROUTER_GIVEN: from a CIDR of their own
 */
enum router_wish {
	ROUTER_UNSAID,
	ROUTER_AUTO,
	ROUTER_GIVEN,
};

/**
 * struct wishes - what somebody has said; the rest is unsaid
 * @sandbox_said: @sandbox is said
 * @sandbox: the sandbox CIDR
 * @router_how: where the addresses come from
 * @router: with ROUTER_GIVEN, that CIDR
 * @sandbox_word: where @sandbox is said, if that is an env file: the file, the line and the key
 * @router_word: where @router_how is said, likewise
 * @mtu: of cube-router; 0 unsaid
 * @ports: pattern of the ports that register themselves, "" for none; NULL unsaid
 * @port_low: lowest translated port; 0 unsaid
 * @map_low: lowest port that can be mapped; 0 unsaid
 * @map_high: highest port that can be mapped
 * @uplink: the uplink
 * @backend: by which means the firewall rules are in place
 * @forward: place of our jump in FORWARD
 * @skip_conflicts: do not look for conflicts with the host
 * @replace_device: a foreign device cube-router may be taken away
 */
struct wishes {
	bool sandbox_said;
	struct cidr sandbox;
	enum router_wish router_how;
	struct cidr router;
	char sandbox_word[PLAN_WORD];
	char router_word[PLAN_WORD];
	uint32_t mtu;
	const char *ports;
	uint32_t port_low;
	uint32_t map_low;
	uint32_t map_high;
	struct uplink_wish uplink;
	enum backend backend;
	enum forward forward;
	bool skip_conflicts;
	bool replace_device;
};

/**
 * struct plan - what `enable` makes of a host
 * @sandbox: the sandbox CIDR
 * @addresses: cube-router's address, and the internal one
 * @mtu: of cube-router
 * @ports: pattern of the ports that register themselves
 * @backend: by which means the firewall rules are in place
 * @rules: what they depend on
 * @uplink: the uplink; filled by who calls
 * @map_low: lowest port that can be mapped
 * @map_high: highest port that can be mapped
 * @replace_device: a foreign device cube-router may be taken away
 */
struct plan {
	struct cidr sandbox;
	struct router_addresses addresses;
	uint32_t mtu;
	char ports[PATTERN_MAX];
	enum backend backend;
	struct rules_wish rules;
	struct uplink uplink;
	uint16_t map_low;
	uint16_t map_high;
	bool replace_device;
};

bool wishes_from_env(struct wishes *wishes, const struct envfile *env, struct why *why);
void wishes_default(struct wishes *wishes);

bool plan_settle(struct plan *plan, const struct wishes *wishes, const struct live *live,
		 const struct link_info *device, const struct host *host, struct why *why);

bool backend_named(const char *name, enum backend *backend);

#endif
