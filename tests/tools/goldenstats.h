/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's counters, asked for directly: a program for each reading would take longer than the
 * packets do.
 */
#ifndef TESTS_TOOLS_GOLDENSTATS_H
#define TESTS_TOOLS_GOLDENSTATS_H

#include <stddef.h>
#include <stdint.h>

#include "genlwire.h"

#define GOLDEN_COUNTERS	128

/**
 * struct golden_counters - names and numbers
 * @n: how many
 * @list: a counter each
 */
struct golden_counters {
	size_t n;
	struct {
		char name[32];
		uint64_t value;
	} list[GOLDEN_COUNTERS];
};

int golden_counters_read(const struct wire *wire, struct golden_counters *c);

#endif
