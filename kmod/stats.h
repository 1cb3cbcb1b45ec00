/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters, one for each thing that can become of a packet: those of a network namespace, and the
 * same for each sandbox. Anyone may raise them, from any context; the list itself is in the uapi
 * header.
 *
 * A namespace has all of them for each CPU. For thousands of sandboxes on a hundred CPUs that
 * would be a quarter of a gigabyte; so a sandbox has only that for each CPU which its established
 * flows raise, packets and bytes of both ways, 32 bytes together, and shared ones for what is rare.
 * 4,000 sandboxes on 128 CPUs take 16 MiB for the former and 2 for the latter. A shared one costs
 * next to nothing as long as one CPU raises it, and a port is seldom served by more.
 */
#ifndef CR_STATS_H
#define CR_STATS_H

#include <linux/atomic.h>
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

/* Where an int holds a counter: none yet, the packet goes on. (0 is CR_INJECTED.) */
#define CR_GO_ON	(-1)

/**
 * struct cr_stats - one CPU's counters of a namespace
 * @count: by &enum cr_counter
 */
struct cr_stats {
	u64 count[CR_COUNTERS];
};

/**
 * struct cr_traffic - packets and bytes that pass; in one cache line
 * @packets_out: handed to the host: CR_INJECTED
 * @bytes_out: their lengths, from the IP header on
 * @packets_back: sent to the sandbox as they came: CR_DELIVERED
 * @bytes_back: their lengths, and those of CR_BACK_REFRAGMENTED
 */
struct cr_traffic {
	u64 packets_out;
	u64 bytes_out;
	u64 packets_back;
	u64 bytes_back;
} __aligned(4 * sizeof(u64));

/**
 * struct cr_account - what has become of the packets and sessions of one sandbox
 * @traffic: what passes, by CPU; NULL before cr_account_open()
 * @count: everything else, by &enum cr_counter
 */
struct cr_account {
	struct cr_traffic __percpu *traffic;
	atomic64_t count[CR_COUNTERS];
};

/* cr_count() - raises a counter by one */
static inline void cr_count(struct cr_stats __percpu *stats, enum cr_counter counter)
{
	this_cpu_inc(stats->count[counter]);
}

/* cr_count_for() - the same for a sandbox too; what cr_account_*() counts is not counted twice */
static inline void cr_count_for(struct cr_stats __percpu *stats, struct cr_account *account,
				enum cr_counter counter)
{
	cr_count(stats, counter);
	if (counter != CR_INJECTED && counter != CR_DELIVERED)
		atomic64_inc(&account->count[counter]);
}

/* cr_account_out() - a packet of @len bytes was handed to the host */
static inline void cr_account_out(struct cr_account *account, unsigned int len)
{
	struct cr_traffic __percpu *traffic = account->traffic;

	this_cpu_inc(traffic->packets_out);
	this_cpu_add(traffic->bytes_out, len);
}

/* cr_account_back() - a packet of @len bytes was sent to the sandbox, in one piece or in several */
static inline void cr_account_back(struct cr_account *account, unsigned int len, bool whole)
{
	struct cr_traffic __percpu *traffic = account->traffic;

	if (likely(whole))
		this_cpu_inc(traffic->packets_back);
	this_cpu_add(traffic->bytes_back, len);
}

u64 cr_stats_sum(const struct cr_stats __percpu *stats, enum cr_counter counter);
const char *cr_counter_name(enum cr_counter counter);

int cr_account_open(struct cr_account *account);
void cr_account_close(struct cr_account *account);
struct cr_traffic cr_account_traffic(const struct cr_account *account);
u64 cr_account_sum(const struct cr_account *account, const struct cr_traffic *traffic,
		   enum cr_counter counter);

#endif
