/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether the host is as `enable` has made it: one finding for each thing that sandboxes depend on.
 */
#ifndef CUBE_CHECK_H
#define CUBE_CHECK_H

#include <stddef.h>

#include "firewall.h"
#include "host.h"
#include "link.h"
#include "live.h"
#include "output.h"
#include "portmaps.h"
#include "ports.h"

/**
 * enum level - how bad a finding is
 * @LEVEL_OK: as it should be
 * @LEVEL_WARN: packets flow, but may not always
 * @LEVEL_FAIL: packets do not flow
 */
enum level {
	LEVEL_OK,
	LEVEL_WARN,
	LEVEL_FAIL,
};

/**
 * struct finding - what a check has found
 * @level: how bad it is
 * @check: name of the check, the same in every version
 * @what: what is the case
 * @remedy: command that mends it, "" where there is nothing to mend
 */
struct finding {
	enum level level;
	const char *check;
	char what[400];
	char remedy[800];
};

/**
 * struct findings - findings in their order
 * @list: the findings; owned
 * @count: how many
 */
struct findings {
	struct finding *list;
	size_t count;
};

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
void find(struct findings *findings, enum level level, const char *check, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void mend(struct findings *findings, const char *format, ...) __attribute__((format(printf, 2, 3)));
void findings_print(const struct findings *findings, enum level from);
json_t *findings_json(const struct findings *findings, enum level from);
void findings_free(struct findings *findings);

#endif
