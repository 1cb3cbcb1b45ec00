/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The uplink: the device by which sandboxes leave in mode direct, past the host's routing, and
 * answer who called one of their mapped ports in every mode.
 */
#ifndef CR_UPLINK_H
#define CR_UPLINK_H

#include "netns.h"

bool cr_uplink_is(const struct cr_net *crn, const struct net_device *dev);
void cr_uplink_init(struct cr_uplink *up);
void cr_uplink_exit(struct cr_uplink *up);
int cr_uplink_settle(struct cr_net *crn, const struct net_device *leaving);
u32 cr_uplink_reasons_to_hold(const struct cr_net *crn);

#endif
