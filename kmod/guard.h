/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guard at the way out of the host.
 */
#ifndef CR_GUARD_H
#define CR_GUARD_H

#include "netns.h"

int cr_guard_register(struct cr_net *crn);
void cr_guard_unregister(struct cr_net *crn);

#endif
