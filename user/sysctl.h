/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers below /proc/sys/net.
 */
#ifndef CUBE_SYSCTL_H
#define CUBE_SYSCTL_H

#include "why.h"

#define SYSCTL_FORWARD "ipv4/ip_forward"

long sysctl_get(const char *name);
bool sysctl_set(const char *name, long value, struct why *why);

#endif
