/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whom we must not cut off.
 */
#ifndef CUBE_SSH_H
#define CUBE_SSH_H

#include <stddef.h>
#include <stdint.h>

uint32_t ssh_client_in(const char *environment, size_t len);
uint32_t ssh_client(void);

#endif
