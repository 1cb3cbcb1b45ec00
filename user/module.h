/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel module: loading it, and taking a load back.
 */
#ifndef CUBE_MODULE_H
#define CUBE_MODULE_H

#include "why.h"

bool module_load(struct why *why);
void module_unload(void);

#endif
