// SPDX-License-Identifier: GPL-2.0
/*
 * The counters: sums over the CPUs, and their names. No lock: each CPU writes its own, and a sum
 * taken while packets flow is as exact as such a thing can be. Read by netlink.c.
 */
#include <linux/kernel.h>

#include "kunit.h"
#include "stats.h"

/* In the order of the list, and so of enum cr_counter. */
#define CR_COUNTER_NAME(symbol, name, help) name,

static const char *const names[CR_COUNTERS] = {
	CUBE_ROUTER_COUNTERS(CR_COUNTER_NAME)
};

/* cr_count_many() - raises a counter by @n */
void cr_count_many(struct cr_stats __percpu *stats, enum cr_counter counter, u64 n)
{
	this_cpu_add(stats->count[counter], n);
}

/**
 * cr_stats_sum() - value of a counter
 * @stats: counters of the namespace
 * @counter: which one
 *
 * Return: the sum over all CPUs.
 */
u64 cr_stats_sum(const struct cr_stats __percpu *stats, enum cr_counter counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(stats, cpu)->count[counter]);
	return sum;
}
EXPORT_SYMBOL_CR_KUNIT(cr_stats_sum);

/* cr_counter_name() - the name that users see */
const char *cr_counter_name(enum cr_counter counter)
{
	return names[counter];
}
