// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of one sandbox: what passes is kept for each CPU, everything else is shared, and
 * both are read as one.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/slab.h>

#include "stats.h"

static struct cr_account *new_account(struct kunit *test)
{
	struct cr_account *account = kunit_kzalloc(test, sizeof(*account), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, account);
	KUNIT_ASSERT_EQ(test, cr_account_open(account), 0);
	return account;
}

static u64 value(const struct cr_account *account, enum cr_counter counter)
{
	const struct cr_traffic traffic = cr_account_traffic(account);

	return cr_account_sum(account, &traffic, counter);
}

static void new_account_counts_nothing(struct kunit *test)
{
	struct cr_account *account = new_account(test);
	const struct cr_traffic traffic = cr_account_traffic(account);
	enum cr_counter counter;

	for (counter = 0; counter < CR_COUNTERS; counter++)
		KUNIT_EXPECT_EQ(test, value(account, counter), 0ULL);
	KUNIT_EXPECT_EQ(test, traffic.bytes_out, 0ULL);
	KUNIT_EXPECT_EQ(test, traffic.bytes_back, 0ULL);
	cr_account_close(account);
}

/* Each counter is raised once more than the one before it, so that none can stand for another. */
static void each_counter_is_its_own(struct kunit *test)
{
	struct cr_stats __percpu *stats = alloc_percpu(struct cr_stats);
	struct cr_account *account = new_account(test);
	enum cr_counter counter;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, (void __force *)stats);
	for (counter = 0; counter < CR_COUNTERS; counter++) {
		for (i = 0; i <= counter; i++)
			cr_count_for(stats, account, counter);
	}
	for (counter = 0; counter < CR_COUNTERS; counter++) {
		const bool passes = counter == CR_INJECTED || counter == CR_DELIVERED;

		KUNIT_EXPECT_EQ(test, cr_stats_sum(stats, counter), counter + 1ULL);
		KUNIT_EXPECT_EQ(test, value(account, counter), passes ? 0 : counter + 1ULL);
	}
	cr_account_close(account);
	free_percpu(stats);
}

static void what_passes_has_packets_and_bytes(struct kunit *test)
{
	struct cr_account *account = new_account(test);
	struct cr_traffic traffic;

	cr_account_out(account, 60);
	cr_account_out(account, 65535);
	cr_account_back(account, 1500, true);
	cr_account_back(account, 3000, false);
	traffic = cr_account_traffic(account);
	KUNIT_EXPECT_EQ(test, value(account, CR_INJECTED), 2ULL);
	KUNIT_EXPECT_EQ(test, traffic.bytes_out, 65595ULL);
	KUNIT_EXPECT_EQ(test, value(account, CR_DELIVERED), 1ULL);
	KUNIT_EXPECT_EQ(test, traffic.bytes_back, 4500ULL);
	cr_account_close(account);
}

/* The sum is that of all CPUs, and does not end at 32 bits. */
static void every_cpu_has_its_part(struct kunit *test)
{
	struct cr_account *account = new_account(test);
	struct cr_traffic sum;
	u64 cpus = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct cr_traffic *part = per_cpu_ptr(account->traffic, cpu);

		part->packets_out = 1;
		part->bytes_out = 3ULL << 32;
		part->packets_back = 2;
		part->bytes_back = 5ULL << 32;
		cpus++;
	}
	sum = cr_account_traffic(account);
	KUNIT_EXPECT_EQ(test, sum.packets_out, cpus);
	KUNIT_EXPECT_EQ(test, sum.bytes_out, cpus * (3ULL << 32));
	KUNIT_EXPECT_EQ(test, sum.packets_back, 2 * cpus);
	KUNIT_EXPECT_EQ(test, sum.bytes_back, cpus * (5ULL << 32));
	cr_account_close(account);
}

/* What the file's head promises: thousands of sandboxes on a hundred CPUs. */
static void an_account_is_small(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct cr_traffic), 32UL);
	KUNIT_EXPECT_LE(test, sizeof(struct cr_account), 1024UL);
}

static struct kunit_case stats_cases[] = {
	KUNIT_CASE(new_account_counts_nothing),
	KUNIT_CASE(each_counter_is_its_own),
	KUNIT_CASE(what_passes_has_packets_and_bytes),
	KUNIT_CASE(every_cpu_has_its_part),
	KUNIT_CASE(an_account_is_small),
	{}
};

static struct kunit_suite stats_suite = {
	.name = "cr_stats",
	.test_cases = stats_cases,
};

kunit_test_suite(stats_suite);
