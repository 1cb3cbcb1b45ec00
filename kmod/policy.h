/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a sandbox may open flows to: allow and deny prefixes, some of them for a while only, and a
 * base for all that none of them covers. Nothing here changes once it is made: whoever changes a
 * policy makes another one and publishes it under RCU.
 */
#ifndef CR_POLICY_H
#define CR_POLICY_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#include <uapi/linux/cube_router.h>

#define CR_POLICY_FOREVER	U64_MAX		/* what ends never, in the time of jiffies_64 */
#define CR_POLICY_EVER		0		/* a time at which nothing had run out yet */

/**
 * enum cr_policy_verdict - what a policy says of a destination
 * @CR_POLICY_BASE: no entry matches, and the base allows it
 * @CR_POLICY_OPENED: an allow entry matches
 * @CR_POLICY_DENIED: refused, by a deny entry or the base
 */
enum cr_policy_verdict {
	CR_POLICY_BASE,
	CR_POLICY_OPENED,
	CR_POLICY_DENIED,
};

/**
 * struct cr_policy_entry - one prefix
 * @until: it holds before that time, of jiffies_64
 * @net: its network, host byte order, without host bits
 * @len: its length, 0 to 32
 * @deny: whether it refuses
 */
struct cr_policy_entry {
	u64 until;
	u32 net;
	u8 len;
	bool deny;
};

/**
 * struct cr_policy_range - addresses for which the same entries match
 * @allowed: until when one that allows holds; 0 if there is none
 * @denied: the same of those that refuse
 * @start: the first address, host byte order; the last is that before the next range
 */
struct cr_policy_range {
	u64 allowed;
	u64 denied;
	u32 start;
};

/**
 * struct cr_policy - a policy; NULL stands for %CUBE_ROUTER_POLICY_NONE without entries
 * @rcu: frees it
 * @version: another one for each that was in force in a namespace
 * @base: &enum cube_router_policy
 * @count: number of @entries, those that have run out too
 * @range_count: number of @ranges, at least one
 * @ranges: of the whole address space, ascending; behind @entries
 * @entries: by network, length and verdict, ascending
 */
struct cr_policy {
	struct rcu_head rcu;
	u32 version;
	u8 base;
	u32 count;
	u32 range_count;
	struct cr_policy_range *ranges;
	struct cr_policy_entry entries[];
};

/**
 * enum cr_policy_how - what becomes of the entries that are there
 * @CR_POLICY_REPLACE: they go
 * @CR_POLICY_ADD: they stay, and get more beside them
 * @CR_POLICY_DEL: those that are named go
 */
enum cr_policy_how {
	CR_POLICY_REPLACE,
	CR_POLICY_ADD,
	CR_POLICY_DEL,
};

/**
 * struct cr_policy_change - what a new policy has that the old one has not
 * @how: what @list means
 * @base: of the new one
 * @list: entries, in any order; will be sorted
 * @count: how many
 */
struct cr_policy_change {
	enum cr_policy_how how;
	u8 base;
	struct cr_policy_entry *list;
	u32 count;
};

struct cr_policy *cr_policy_make(const struct cr_policy *old, struct cr_policy_change *change,
				 u64 now);
void cr_policy_free(struct cr_policy *policy);
enum cr_policy_verdict cr_policy_judge(const struct cr_policy *policy, __be32 daddr, u64 now);
bool cr_policy_names(const struct cr_policy *policy, __be32 daddr, u64 now);
u32 cr_policy_count(const struct cr_policy *policy, u64 now);

/* cr_policy_base() - the base of a policy, which may be NULL */
static inline u8 cr_policy_base(const struct cr_policy *policy)
{
	return policy ? policy->base : CUBE_ROUTER_POLICY_NONE;
}

#endif
