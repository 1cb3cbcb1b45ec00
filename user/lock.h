/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One at a time: the lock of everything that changes the host in several steps.
 */
#ifndef CUBE_LOCK_H
#define CUBE_LOCK_H

#include "why.h"

bool lock_take(struct why *why);

#endif
