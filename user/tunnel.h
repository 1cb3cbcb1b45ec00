/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tunnels of the host: whether they can work, and whom they cut off.
 */
#ifndef CUBE_TUNNEL_H
#define CUBE_TUNNEL_H

#include "check.h"

void check_tunnels(struct scene *scene, struct findings *findings);

#endif
