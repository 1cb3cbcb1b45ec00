/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `enable` does to the host, step by step, each with its way back.
 */
#ifndef CUBE_STEPS_H
#define CUBE_STEPS_H

#include "genl.h"
#include "live.h"
#include "plan.h"
#include "sysctl.h"

/**
 * struct run - one run of the steps, and what it would need to take them back
 * @plan: what the host shall become
 * @rt: rtnetlink socket
 * @host: the facts of the host before the first step
 * @device: the device named cube-router before the first step
 * @genl: socket to the module
 * @connected: @genl is open
 * @loaded: this run has loaded the module
 * @live: what the module said before it was changed
 * @parked: this run has renamed a foreign device
 * @shape: cube-router's MTU, queue and state, before they were changed
 * @shaped: they were
 * @forward: ip_forward before it was changed, -1 if it was not
 * @forwarding: what was changed with it
 * @firewall: our firewall rules before they were changed
 * @ruled: they were read
 * @changed: what was changed, by the names of the steps, and the ports
 * @changed_count: how much of it there is
 */
struct run {
	const struct plan *plan;
	struct netlink *rt;
	const struct host *host;
	struct link_info device;
	struct genl genl;
	bool connected;
	bool loaded;
	struct live live;
	bool parked;
	struct link_info shape;
	bool shaped;
	long forward;
	struct sysctls forwarding;
	struct firewall firewall;
	bool ruled;
	const char *changed[16];
	size_t changed_count;
};

bool steps_run(struct run *run, struct why *why);
void steps_end(struct run *run);
bool steps_connect(struct genl *genl, bool *loaded, struct why *why);

#endif
