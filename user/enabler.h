/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which command brings sandboxes their way back.
 */
#ifndef CUBE_ENABLER_H
#define CUBE_ENABLER_H

#include <stdbool.h>
#include <stdint.h>

bool enabler_in_file(const char *path);
const char *enabler(uint8_t mode);

#endif
