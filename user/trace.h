/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Following one packet of a sandbox through the host.
 */
#ifndef CUBE_TRACE_H
#define CUBE_TRACE_H

#include "check.h"

void check_trace(struct scene *scene, uint32_t addr, struct findings *findings, json_t *list);

#endif
