/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What outlives a reboot: the router CIDR that was agreed to, and the uplink.
 */
#ifndef CUBE_KEPT_H
#define CUBE_KEPT_H

#include "parse.h"
#include "uplink.h"

struct cidr kept_router(void);
void kept_set_router(struct cidr router);
struct uplink kept_uplink(void);
void kept_set_uplink(const struct uplink *uplink);

#endif
