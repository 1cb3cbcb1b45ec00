/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Other programs: iptables and nft.
 */
#ifndef CUBE_CHILD_H
#define CUBE_CHILD_H

#include "why.h"

bool child_exists(const char *program);
bool child_run(const char *const argv[], const char *input, char **output, struct why *why);

#endif
