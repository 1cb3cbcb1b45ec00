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

bool scene_read(struct scene *scene, struct why *why);
void scene_free(struct scene *scene);

void check_host(struct scene *scene, struct findings *findings);
void check_uplink(struct scene *scene, struct findings *findings);
void check_direct(struct scene *scene, struct findings *findings);
void check_firewall(const struct scene *scene, struct findings *findings);

#endif
