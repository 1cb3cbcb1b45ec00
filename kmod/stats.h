/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU counters of a network namespace, one for each thing that can become of a packet. Anyone
 * may raise them, from any context; the list itself is in the uapi header.
 */
#ifndef CR_STATS_H
#define CR_STATS_H

#include <linux/percpu.h>

#include <uapi/linux/cube_router.h>

#define CR_COUNTER_SYMBOL(symbol, name, help) CR_##symbol,
/**
 * enum cr_counter - index of a counter, CR_ and the symbol in CUBE_ROUTER_COUNTERS()
 * @CR_COUNTERS: how many there are
 */
enum cr_counter {
	CUBE_ROUTER_COUNTERS(CR_COUNTER_SYMBOL)
	CR_COUNTERS
};

/**
 * struct cr_stats - one CPU's counters
 * @count: by &enum cr_counter
 */
struct cr_stats {
	u64 count[CR_COUNTERS];
};

/* cr_count() - raises a counter by one */
static inline void cr_count(struct cr_stats __percpu *stats, enum cr_counter counter)
{
	this_cpu_inc(stats->count[counter]);
}

void cr_count_many(struct cr_stats __percpu *stats, enum cr_counter counter, u64 n);
u64 cr_stats_sum(const struct cr_stats __percpu *stats, enum cr_counter counter);
const char *cr_counter_name(enum cr_counter counter);

#endif
