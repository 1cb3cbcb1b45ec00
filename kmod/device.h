/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The net_device cube-router: packets of sandboxes enter the host there, and what comes back for
 * them leaves it there.
 */
#ifndef CR_DEVICE_H
#define CR_DEVICE_H

#include "path.h"

int cr_device_new(struct cr_net *crn, struct netlink_ext_ack *extack);
bool cr_device_name_taken(const struct cr_net *crn);
void cr_device_del(struct cr_net *crn);
struct cr_given_back cr_device_inject(struct net_device *dev, struct sk_buff *skb,
				      struct cr_session *s);

int cr_device_init(void);
void cr_device_exit(void);

#endif
