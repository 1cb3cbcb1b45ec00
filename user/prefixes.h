/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The policy of a sandbox as it is typed: a base, and prefixes to allow and to deny.
 */
#ifndef CUBE_PREFIXES_H
#define CUBE_PREFIXES_H

#include <stddef.h>
#include <stdint.h>

#include "parse.h"
#include "why.h"

/**
 * struct prefix - an entry of a policy
 * @cidr: aligned
 * @deny: whether it refuses
 * @ttl: seconds that it holds, 0 for ever
 */
struct prefix {
	struct cidr cidr;
	bool deny;
	uint32_t ttl;
};

/**
 * struct prefixes - what is said of a policy
 * @has_base: whether @base is said
 * @base: &enum cube_router_policy
 * @list: entries; owned
 * @count: how many
 */
struct prefixes {
	bool has_base;
	uint8_t base;
	struct prefix *list;
	size_t count;
};

bool prefixes_read(struct prefixes *said, int *argc, char **argv, struct why *why);
void prefixes_add(struct prefixes *said, struct prefix prefix);
void prefixes_free(struct prefixes *said);
const char *policy_name(uint8_t base);

#endif
