/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the running module becomes the installed one, and everything what it was.
 */
#ifndef CUBE_UPGRADE_H
#define CUBE_UPGRADE_H

#include "envfile.h"
#include "findings.h"
#include "firewall.h"
#include "host.h"
#include "live.h"

/**
 * struct upgrade - what is live
 * @live: what the module says
 * @host: the facts of the host
 * @from_env: `apply` of the env file makes it: see upgrade_from_env()
 * @mtu: of cube-router, 0 without
 * @backend: by which our rules are in place
 * @first: our jump stands before the host's own rules
 */
struct upgrade {
	const struct live *live;
	const struct host *host;
	bool from_env;
	uint32_t mtu;
	enum backend backend;
	bool first;
};

bool upgrade_from_env(const struct upgrade *upgrade, const struct envfile *env, struct cidr agreed);
void remedy_upgrade(const struct upgrade *upgrade, struct findings *findings);

#endif
