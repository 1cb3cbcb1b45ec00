/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The limits and idle times as JSON.
 */
#ifndef CUBE_CONFIG_H
#define CUBE_CONFIG_H

#include "live.h"

json_t *config_json(const struct live *live);

#endif
