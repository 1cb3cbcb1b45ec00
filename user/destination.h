/* SPDX-License-Identifier: GPL-2.0 */
/*
 * By which ways the packets of sandboxes would reach a destination.
 */
#ifndef CUBE_DESTINATION_H
#define CUBE_DESTINATION_H

#include "check.h"

void check_destination(struct scene *scene, uint32_t addr, struct findings *findings,
		       json_t *list);

#endif
