/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel modules: loading ours, taking a load back, and whether there are others.
 */
#ifndef CUBE_MODULE_H
#define CUBE_MODULE_H

#include "why.h"

bool module_load(struct why *why);
void module_unload(void);
bool module_present(const char *name);

#endif
