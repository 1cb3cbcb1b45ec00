/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What outlives a reboot: the router CIDR that was agreed to, and the uplink.
 */
#ifndef CUBE_AGREED_H
#define CUBE_AGREED_H

#include "parse.h"
#include "uplink.h"

struct cidr agreed_get(void);
void agreed_set(struct cidr router);
struct uplink agreed_uplink(void);
void agreed_set_uplink(const struct uplink *uplink);

#endif
