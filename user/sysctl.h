/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers below /proc/sys/net.
 */
#ifndef CUBE_SYSCTL_H
#define CUBE_SYSCTL_H

#include <glob.h>
#include <stdint.h>

#include "why.h"

#define SYSCTL_FORWARD "ipv4/ip_forward"
#define SYSCTL_LOCAL_PORTS "ipv4/ip_local_port_range"
#define SYSCTL_CONNTRACK_COUNT "netfilter/nf_conntrack_count"

/**
 * struct sysctls - numbers as they were once
 * @names: of their files
 * @values: the numbers, in the order of the names; owned
 */
struct sysctls {
	glob_t names;
	long *values;
};

bool sysctl_get_range(const char *name, uint16_t *low, uint16_t *high);
long sysctl_get(const char *name);
bool sysctl_set(const char *name, long value, struct why *why);
void sysctls_save(struct sysctls *saved);
void sysctls_restore(const struct sysctls *saved);
void sysctls_free(struct sysctls *saved);

#endif
