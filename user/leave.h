/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taking away from the host what `enable` has put there.
 */
#ifndef CUBE_LEAVE_H
#define CUBE_LEAVE_H

#include "plan.h"

int leave_direct(const struct wishes *wishes, bool dry, bool quiet);
int leave_off(const struct wishes *wishes, bool force, bool dry);

#endif
