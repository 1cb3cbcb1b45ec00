/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether the host is as `enable` has made it: one finding for each thing that sandboxes depend on.
 */
#ifndef CUBE_CHECK_H
#define CUBE_CHECK_H

#include "findings.h"
#include "firewall.h"
#include "host.h"
#include "link.h"
#include "live.h"
#include "portmaps.h"
#include "ports.h"

/**
 * struct scene - all that the checks look at
 * @rt: rtnetlink socket
 * @live: what the module says; its ports are
 * @ports: the registered ones
 * @maps: the mapped ports
 * @links: all devices
 * @device: the one named cube-router, or one with index 0
 * @host: the facts of the host
 * @wall: the firewall
 * @walled: it was read
 * @wall_why: why it was not
 */
struct scene {
	struct netlink rt;
	struct live live;
	struct ports ports;
	struct portmaps maps;
	struct links links;
	struct link_info device;
	struct host host;
	struct firewall wall;
	bool walled;
	struct why wall_why;
};

/**
 * struct passage - packets of sandboxes to one destination
 * @to: the destination, host byte order
 * @text: the same, as text
 * @dev: device by which they leave
 * @source: address that our MASQUERADE would give them there
 */
struct passage {
	uint32_t to;
	const char *text;
	const char *dev;
	uint32_t source;
};

/**
 * enum passed - what the firewall makes of them
 * @PASSED: they and their answers get through, with that address
 * @PASSED_RENAMED: they do, and what address they have is not known
 * @PASSED_NOT: they, or their answers, do not get through
 */
enum passed {
	PASSED,
	PASSED_RENAMED,
	PASSED_NOT,
};

bool scene_read(struct scene *scene, struct why *why);
void scene_free(struct scene *scene);

void remedy_register(const struct scene *scene, const char *words, struct findings *findings);
void check_host(struct scene *scene, struct findings *findings);
void check_uplink(struct scene *scene, struct findings *findings);
void remedy_uplink(const struct scene *scene, struct findings *findings);
void remedy_gateway(const struct scene *scene, struct findings *findings);
void check_direct(struct scene *scene, struct findings *findings);
void check_firewall(const struct scene *scene, struct findings *findings);
bool check_clamped(const struct scene *scene, const char *dev);
enum passed check_passage(const struct scene *scene, const struct passage *passage,
			  struct findings *findings);

#endif
