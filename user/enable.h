/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making the host route the packets of its sandboxes.
 */
#ifndef CUBE_ENABLE_H
#define CUBE_ENABLE_H

#include "plan.h"

int enable_host(const struct wishes *wishes, bool dry);
void enable_warn(const struct envfile *env);

#endif
