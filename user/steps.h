/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `enable` does to the host, step by step, each with its way back.
 */
#ifndef CUBE_STEPS_H
#define CUBE_STEPS_H

#include "changes.h"
#include "genl.h"
#include "live.h"
#include "plan.h"
#include "route.h"
#include "sysctl.h"

/**
 * struct run - one run of the steps, and what it would need to take them back
 * @plan: what the host shall become
 * @dry: only say what would be changed
 * @rt: rtnetlink socket
 * @host: the facts of the host before the first step
 * @device: the device named cube-router before the first step
 * @genl: socket to the module
 * @connected: @genl is open
 * @loaded: this run has loaded the module
 * @live: what the module said before it was changed
 * @routes: those by it, before the first step
 * @parked: this run has renamed a foreign device
 * @readdressed: cube-router has got, or would get, another address
 * @shape: cube-router's MTU, queue and state, before they were changed
 * @shaped: they were
 * @forward: ip_forward before it was changed, -1 if it was not
 * @forwarding: what was changed with it
 * @firewall: our firewall rules before they were changed
 * @ruled: they were read
 * @changes: what was changed, or would be
 */
struct run {
	const struct plan *plan;
	bool dry;
	struct netlink *rt;
	const struct host *host;
	struct link_info device;
	struct genl genl;
	bool connected;
	bool loaded;
	struct live live;
	struct routes routes;
	bool parked;
	bool readdressed;
	struct link_info shape;
	bool shaped;
	long forward;
	struct sysctls forwarding;
	struct firewall firewall;
	bool ruled;
	struct changes changes;
};

bool steps_run(struct run *run, struct why *why);
void steps_end(struct run *run);

#endif
