// SPDX-License-Identifier: GPL-2.0
/*
 * The policy of a sandbox, as a table that is made once for each change and then only read. No
 * lock: who changes it holds RTNL, packets look under RCU. Called by netlink_policy.c and
 * netlink_sandbox.c, and for each new flow by sandbox.h.
 *
 * Prefixes nest or are apart, so they cut the address space into at most twice as many ranges and
 * one more. Each range knows until when one of its allow entries holds, and until when one of its
 * deny entries does. That is all of it: a binary search for the range, two comparisons with the
 * clock, and entries run out by themselves, to the jiffy, without a timer. What has run out stays
 * in the table, if there is room, until a change takes something away: a flow that it opened may
 * live on, and not each has a session that says so.
 */
#include <linux/bsearch.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "kunit.h"
#include "policy.h"

/* Nested prefixes: 33 lengths with two verdicts each, in the whole address space. */
#define LEVELS	(33 * 2 + 1)

#define LAPSED_MAX	1024	/* entries that have run out and are remembered */

/**
 * struct level - a prefix that has begun
 * @allowed: see &struct cr_policy_range; of those around it too
 * @denied: the same
 * @last: its last address
 */
struct level {
	u64 allowed;
	u64 denied;
	u32 last;
};

static u32 last_of(const struct cr_policy_entry *e)
{
	return e->len ? e->net | (u32)((1ULL << (32 - e->len)) - 1) : U32_MAX;
}

static int compare(const void *left, const void *right)
{
	const struct cr_policy_entry *a = left, *b = right;

	if (a->net != b->net)
		return a->net < b->net ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return (int)a->deny - (int)b->deny;
}

/* From @start on it is as @level says, whatever was said of the same address before. */
static void begin_range(struct cr_policy *p, u32 start, const struct level *level)
{
	struct cr_policy_range *r = &p->ranges[p->range_count];

	if (p->range_count && r[-1].start == start)
		r--;
	else
		p->range_count++;
	*r = (struct cr_policy_range){
		.allowed = level->allowed,
		.denied = level->denied,
		.start = start,
	};
}

/* Cuts the address space into ranges, in one pass over the sorted entries. */
static void make_ranges(struct cr_policy *p)
{
	struct level levels[LEVELS] = { { .last = U32_MAX } }, *top = levels;
	const struct cr_policy_entry *e = p->entries, *end = e + p->count;

	begin_range(p, 0, top);
	for (; e < end; e++) {
		for (; top->last < e->net; top--)
			begin_range(p, top->last + 1, top - 1);
		top[1] = top[0];
		top++;
		top->last = last_of(e);
		if (e->deny)
			top->denied = max(top->denied, e->until);
		else
			top->allowed = max(top->allowed, e->until);
		begin_range(p, e->net, top);
	}
	/* What reaches to the end of the address space has nothing behind it. */
	for (; top->last < U32_MAX; top--)
		begin_range(p, top->last + 1, top - 1);
}

/* Each of a command's entries is there once, or it was meant to be another one. */
static bool has_duplicates(const struct cr_policy_change *change)
{
	u32 i;

	for (i = 1; i < change->count; i++)
		if (!compare(&change->list[i - 1], &change->list[i]))
			return true;
	return false;
}

/**
 * struct merged - a list of entries that is being made of two
 * @to: the list, or NULL to count only
 * @count: its length
 */
struct merged {
	struct cr_policy_entry *to;
	u32 count;
};

static void append(struct merged *m, const struct cr_policy_entry *e, u64 until)
{
	if (m->to) {
		m->to[m->count] = *e;
		m->to[m->count].until = until;
	}
	m->count++;
}

/*
 * Goes through what is there and what changes, both sorted. An entry that is there holds as long
 * as either says, so that nothing is cut short by being added again. What had run out by @since is
 * left behind. Returns whether all that is to go was there.
 */
static bool merge(struct merged *m, const struct cr_policy *old,
		  const struct cr_policy_change *change, u64 since)
{
	const bool keep = old && change->how != CR_POLICY_REPLACE;
	const struct cr_policy_entry *a = keep ? old->entries : NULL;
	const struct cr_policy_entry *a_end = keep ? a + old->count : NULL;
	const struct cr_policy_entry *b = change->list, *b_end = b + change->count;
	const bool del = change->how == CR_POLICY_DEL;
	int order;

	while (a < a_end || b < b_end) {
		if (a < a_end && a->until <= since) {
			a++;
			continue;
		}
		order = a == a_end ? 1 : b == b_end ? -1 : compare(a, b);
		if (order > 0 && del)
			return false;
		if (order < 0)
			append(m, a, a->until);
		else if (order > 0)
			append(m, b, b->until);
		else if (!del)
			append(m, b, max(a->until, b->until));
		a += order <= 0;
		b += order >= 0;
	}
	return true;
}

/* Whether a change refuses nothing that was open. */
static bool only_opens(const struct cr_policy_change *change)
{
	u32 i;

	for (i = 0; i < change->count; i++)
		if (change->list[i].deny)
			return false;
	return change->how == CR_POLICY_ADD;
}

/*
 * Since when what has run out stays: as long as can be, while it is not too much. Who keeps a list
 * alive adds to it all the time, and would let it grow without end. @m is of what holds now, and
 * becomes that of what stays.
 */
static u64 remembered_since(struct merged *m, const struct cr_policy *old,
			    const struct cr_policy_change *change, u64 now)
{
	static const u32 spans[] = { U32_MAX, 86400, 3600, 300 };
	const u32 most = min(m->count + LAPSED_MAX, (u32)CUBE_ROUTER_POLICY_ENTRIES_MAX);
	struct merged all;
	u64 since, span;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spans); i++) {
		span = (u64)spans[i] * HZ;
		since = now > span ? now - span : CR_POLICY_EVER;
		all = (struct merged){};
		merge(&all, old, change, since);
		if (all.count <= most) {
			*m = all;
			return since;
		}
	}
	return now;
}

static struct cr_policy *alloc_policy(u32 count)
{
	struct cr_policy *p;
	const size_t entries = struct_size(p, entries, count);

	p = kvzalloc(entries + (2 * count + 1) * sizeof(*p->ranges),
		     GFP_KERNEL_ACCOUNT);
	if (p)
		p->ranges = (void *)p + entries;
	return p;
}

/**
 * cr_policy_make() - makes a policy out of another one
 * @old: what is in force, or NULL
 * @change: what is to be different; its list is sorted
 * @now: the time, of jiffies_64; what has run out by then counts no more
 *
 * An entry that is there already is kept, and holds as long as the longer of both: a static one
 * stays static, one with a time gets more of it.
 *
 * Return: the policy; or -EEXIST if an entry is in the list twice, -ENOENT if one that is to go is
 * not there, -E2BIG above %CUBE_ROUTER_POLICY_ENTRIES_MAX entries, or -ENOMEM.
 */
struct cr_policy *cr_policy_make(const struct cr_policy *old, struct cr_policy_change *change,
				 u64 now)
{
	struct merged m = {};
	struct cr_policy *p;
	u64 since = now;

	if (change->count)
		sort(change->list, change->count, sizeof(*change->list), compare, NULL);
	if (has_duplicates(change))
		return ERR_PTR(-EEXIST);
	if (!merge(&m, old, change, now))
		return ERR_PTR(-ENOENT);
	if (m.count > CUBE_ROUTER_POLICY_ENTRIES_MAX)
		return ERR_PTR(-E2BIG);
	if (only_opens(change))
		since = remembered_since(&m, old, change, now);
	p = alloc_policy(m.count);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->base = change->base;
	m = (struct merged){ .to = p->entries };
	merge(&m, old, change, since);
	p->count = m.count;
	make_ranges(p);
	return p;
}
EXPORT_SYMBOL_CR_KUNIT(cr_policy_make);

/* cr_policy_free() - frees one that no packet sees, or NULL; any context but NMI */
void cr_policy_free(struct cr_policy *policy)
{
	kvfree(policy);
}
EXPORT_SYMBOL_CR_KUNIT(cr_policy_free);

/* What the base "default" refuses: what is not the internet, as far as sanity leaves it. */
static bool is_private(u32 addr)
{
	return addr >> 24 == 10 || addr >> 24 == 127 || addr >> 16 == 0xa9fe ||
	       addr >> 20 == 0xac1 || addr >> 16 == 0xc0a8;
}

/**
 * cr_policy_judge() - what a policy says of a destination
 * @policy: the policy, under RCU, or NULL
 * @daddr: the destination
 * @now: the time, of jiffies_64
 *
 * Return: the verdict.
 */
enum cr_policy_verdict cr_policy_judge(const struct cr_policy *policy, __be32 daddr, u64 now)
{
	const u32 addr = ntohl(daddr);
	u32 low = 0, high, middle;

	if (!policy)
		return CR_POLICY_BASE;
	/* The last range that does not begin behind the address. */
	for (high = policy->range_count - 1; low < high;) {
		middle = low + (high - low + 1) / 2;
		if (policy->ranges[middle].start <= addr)
			low = middle;
		else
			high = middle - 1;
	}
	if (now < policy->ranges[low].allowed)
		return CR_POLICY_OPENED;
	if (now < policy->ranges[low].denied ||
	    policy->base == CUBE_ROUTER_POLICY_DENY_ALL ||
	    (policy->base == CUBE_ROUTER_POLICY_DEFAULT && is_private(addr)))
		return CR_POLICY_DENIED;
	return CR_POLICY_BASE;
}
EXPORT_SYMBOL_CR_KUNIT(cr_policy_judge);

/**
 * cr_policy_names() - whether an entry allows just this one address
 * @policy: the policy, under RCU, or NULL
 * @daddr: the address
 * @now: the time, of jiffies_64
 *
 * Who allows a network seldom thinks of the addresses that the host itself has in it.
 *
 * Return: whether one does.
 */
bool cr_policy_names(const struct cr_policy *policy, __be32 daddr, u64 now)
{
	const struct cr_policy_entry wanted = { .net = ntohl(daddr), .len = 32 }, *e;

	if (!policy)
		return false;
	e = bsearch(&wanted, policy->entries, policy->count, sizeof(wanted), compare);
	return e && now < e->until;
}
EXPORT_SYMBOL_CR_KUNIT(cr_policy_names);

/* cr_policy_count() - how many entries of a policy, which may be NULL, have not run out */
u32 cr_policy_count(const struct cr_policy *policy, u64 now)
{
	u32 i, count = 0;

	for (i = 0; policy && i < policy->count; i++)
		count += now < policy->entries[i].until;
	return count;
}
EXPORT_SYMBOL_CR_KUNIT(cr_policy_count);
