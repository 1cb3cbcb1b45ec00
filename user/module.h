/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel modules: loading ours, by itself or for a socket to it, taking a load back, whether there
 * are others, and what the kernel has for them.
 */
#ifndef CUBE_MODULE_H
#define CUBE_MODULE_H

#include "genl.h"

bool module_installed(struct why *why);
bool module_load(struct why *why);
bool module_connect(struct genl *genl, bool *loaded, struct why *why);
void module_unload(void);
bool module_present(const char *name);
bool module_lacks(const char *name);

#endif
