// SPDX-License-Identifier: GPL-2.0
/*
 * The counters: sums over the CPUs, and their names. No lock: each CPU writes its own, what is
 * shared is atomic, and a sum taken while packets flow is as exact as such a thing can be. Read by
 * netlink_stats.c and netlink_sandbox.c, names by netlink_event.c too; sandbox.c opens and closes
 * each sandbox's own.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>

#include "kunit.h"
#include "stats.h"

/* In the order of the list, and so of enum cr_counter. */
#define CR_COUNTER_NAME(symbol, name, help) name,

static const char *const names[CR_COUNTERS] = {
	CUBE_ROUTER_COUNTERS(CR_COUNTER_NAME)
};

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

/**
 * cr_account_open() - makes ready to count what passes
 * @account: zeroed
 *
 * Return: 0 or -ENOMEM.
 */
int cr_account_open(struct cr_account *account)
{
	account->traffic = alloc_percpu_gfp(struct cr_traffic, GFP_KERNEL_ACCOUNT);
	return account->traffic ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_CR_KUNIT(cr_account_open);

/* cr_account_close() - ends that; any context */
void cr_account_close(struct cr_account *account)
{
	free_percpu(account->traffic);
	account->traffic = NULL;
}
EXPORT_SYMBOL_CR_KUNIT(cr_account_close);

/**
 * cr_account_traffic() - what has passed
 * @account: an open one
 *
 * Return: the sums over all CPUs.
 */
struct cr_traffic cr_account_traffic(const struct cr_account *account)
{
	struct cr_traffic sum = {};
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct cr_traffic *one = per_cpu_ptr(account->traffic, cpu);

		sum.packets_out += READ_ONCE(one->packets_out);
		sum.bytes_out += READ_ONCE(one->bytes_out);
		sum.packets_back += READ_ONCE(one->packets_back);
		sum.bytes_back += READ_ONCE(one->bytes_back);
	}
	return sum;
}
EXPORT_SYMBOL_CR_KUNIT(cr_account_traffic);

/**
 * cr_account_sum() - value of a sandbox's counter
 * @account: of the sandbox
 * @traffic: what cr_account_traffic() has summed up
 * @counter: which one
 *
 * Return: the value.
 */
u64 cr_account_sum(const struct cr_account *account, const struct cr_traffic *traffic,
		   enum cr_counter counter)
{
	switch (counter) {
	case CR_INJECTED:
		return traffic->packets_out;
	case CR_DELIVERED:
		return traffic->packets_back;
	default:
		return atomic64_read(&account->count[counter]);
	}
}
EXPORT_SYMBOL_CR_KUNIT(cr_account_sum);

/* cr_counter_name() - the name that users see */
const char *cr_counter_name(enum cr_counter counter)
{
	return names[counter];
}
