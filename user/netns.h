/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network namespace that the tool works in, and the right to work there.
 */
#ifndef CUBE_NETNS_H
#define CUBE_NETNS_H

#include <stdio.h>

#include "why.h"

void netns_choose(const char *name);
bool netns_may(int capability);
bool netns_enter(struct why *why);
const char *netns_chosen(void);
const char *netns_prefix(void);
const char *netns_option(void);
FILE *netns_open(const char *file);

#endif
