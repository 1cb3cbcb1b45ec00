/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The router CIDR that was agreed to, which outlives a reboot.
 */
#ifndef CUBE_AGREED_H
#define CUBE_AGREED_H

#include "parse.h"

struct cidr agreed_get(void);
void agreed_set(struct cidr router);

#endif
