/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taking away from the host what `enable` has put there.
 */
#ifndef CUBE_LEAVE_H
#define CUBE_LEAVE_H

#include <linux/cube_router.h>
#include <stdbool.h>

int leave_host(enum cube_router_mode mode, bool force, bool dry);

#endif
