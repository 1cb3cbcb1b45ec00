/* SPDX-License-Identifier: GPL-2.0 */
/*
 * conntrack's idle times for what enters by cube-router: an nft table of our own.
 */
#ifndef CUBE_TIMEOUTS_H
#define CUBE_TIMEOUTS_H

#include <stdint.h>

#include "why.h"

bool timeouts_possible(void);
char *timeouts_text(const uint32_t *idle);
bool timeouts_match(const char *listed, const uint32_t *idle);

char *timeouts_list(void);
bool timeouts_become(const char *listed, const uint32_t *idle, struct why *why);
bool timeouts_restore(const char *listed, struct why *why);

#endif
