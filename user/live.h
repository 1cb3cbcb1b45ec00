/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module says of itself: the configuration of a network namespace.
 */
#ifndef CUBE_LIVE_H
#define CUBE_LIVE_H

#include <jansson.h>
#include <net/if.h>

#include <linux/cube_router.h>

#include "parse.h"

/**
 * struct live - the module's configuration
 * @loaded: whether the module is there; nothing else is set if not
 * @version: its version, "" where it does not say
 * @mode: &enum cube_router_mode
 * @held: bits of &enum cube_router_held
 * @device: whether the device cube-router exists
 * @snat: internal address, host byte order; 0 before it is set
 * @sandbox: the sandbox CIDR; prefix 0 before it is set
 * @ports: pattern of the devices that are registered as they appear
 * @lateral: whether sandboxes may reach one another
 * @bypass_mark: what has this mark is left to the host ...
 * @bypass_mask: ... if these bits of it are the same; 0 for no such mark
 * @port_low: translated ports lie in @port_low..65535; 0 where the module does not say
 * @max_sessions: configured limit of all sessions
 * @max_sessions_now: the same, after nf_conntrack_max
 * @max_sandbox_sessions: configured limit of one sandbox's sessions
 * @max_sandbox_sessions_now: the same, after @max_sessions_now
 * @conntrack_max: nf_conntrack_max
 * @sessions: sessions there are
 * @sandboxes: ports registered
 * @uplink: name of the uplink, "" for none
 * @gateway: its gateway, host byte order, or 0
 * @uplink_addr: its address now, host byte order, or 0
 * @uplink_ports: translated ports at that address are the last so many
 * @map_low: mapped ports lie in @map_low..@map_high; 0 where the module does not say
 * @map_high: ...
 * @idle: idle times in seconds, by &enum cube_router_session_state
 */
struct live {
	bool loaded;
	char version[64];
	uint8_t mode;
	uint32_t held;
	bool device;
	uint32_t snat;
	struct cidr sandbox;
	char ports[PATTERN_MAX];
	bool lateral;
	uint32_t bypass_mark;
	uint32_t bypass_mask;
	uint16_t port_low;
	uint32_t max_sessions;
	uint32_t max_sessions_now;
	uint32_t max_sandbox_sessions;
	uint32_t max_sandbox_sessions_now;
	uint32_t conntrack_max;
	uint32_t sessions;
	uint32_t sandboxes;
	char uplink[IFNAMSIZ];
	uint32_t gateway;
	uint32_t uplink_addr;
	uint32_t uplink_ports;
	uint16_t map_low;
	uint16_t map_high;
	uint32_t idle[CUBE_ROUTER_SESSION_MAX + 1];
};

struct genl;
struct nl_msg;
struct why;

bool live_parse(struct nl_msg *msg, struct live *live);
int live_get(struct genl *genl, struct live *live, struct why *why);
bool live_ask(struct live *live, struct why *why);
int live_set(struct genl *genl, struct nl_msg *msg, struct why *why);
int live_set_device(struct genl *genl, bool exists, struct why *why);
const char *live_mode_name(uint8_t mode);
const char *live_held_name(uint32_t bit);
json_t *live_held_json(uint32_t held);

#endif
