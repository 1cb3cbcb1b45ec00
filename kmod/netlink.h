/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic-netlink family.
 */
#ifndef CR_NETLINK_H
#define CR_NETLINK_H

int cr_netlink_init(void);
void cr_netlink_exit(void);

#endif
