// SPDX-License-Identifier: GPL-2.0
/*
 * With which random numbers every case begins. A module of its own: where KUnit runs the suites
 * while their module is still coming (Linux 6.1.192 does), its own parameters are not parsed yet.
 */
#include <linux/module.h>

#include "packet.h"

uint trial_seed;
EXPORT_SYMBOL_GPL(trial_seed);

module_param_named(seed, trial_seed, uint, 0444);
MODULE_PARM_DESC(seed, "start of the random numbers of every case, 0 for one of its own");
MODULE_DESCRIPTION("Random numbers for the KUnit suites of cube_router");
MODULE_LICENSE("GPL");
