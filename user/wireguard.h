/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The peers of a WireGuard device.
 */
#ifndef CUBE_WIREGUARD_H
#define CUBE_WIREGUARD_H

#include <stdint.h>

#include "why.h"

bool wireguard_ends(const char *dev, void (*each)(uint32_t remote, uint32_t mark, void *arg),
		    void *arg, struct why *why);

#endif
