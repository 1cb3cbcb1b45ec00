/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guard at the way out of the host.
 */
#ifndef CR_GUARD_H
#define CR_GUARD_H

#include "netns.h"

int cr_guard_post(struct net *net);
void cr_guard_withdraw(struct net *net);

#endif
