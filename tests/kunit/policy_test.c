// SPDX-License-Identifier: GPL-2.0
/*
 * The policy's table against one that looks at each entry, on random policies and at every address
 * where something can change; times on a clock of our own; changes, limits and refusals.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/mm.h>

#include "policy.h"

#define MOST	CUBE_ROUTER_POLICY_ENTRIES_MAX
#define EVER	CR_POLICY_FOREVER

static u32 mask_of(u8 len)
{
	return len ? ~0U << (32 - len) : 0;
}

static bool covers(const struct cr_policy_entry *e, u32 addr)
{
	return (addr & mask_of(e->len)) == e->net;
}

/* The definition, in the words of the documentation. */
static enum cr_policy_verdict naive(u8 base, const struct cr_policy_entry *list, u32 count,
				    u32 addr, u64 now)
{
	static const struct cr_policy_entry inner[] = {
		{ .net = 0x0a000000, .len = 8 },
		{ .net = 0x7f000000, .len = 8 },
		{ .net = 0xa9fe0000, .len = 16 },
		{ .net = 0xac100000, .len = 12 },
		{ .net = 0xc0a80000, .len = 16 },
	};
	bool denied = base == CUBE_ROUTER_POLICY_DENY_ALL;
	u32 i;

	for (i = 0; i < count; i++) {
		if (!covers(&list[i], addr) || list[i].until <= now)
			continue;
		if (!list[i].deny)
			return CR_POLICY_OPENED;
		denied = true;
	}
	for (i = 0; i < ARRAY_SIZE(inner) && base == CUBE_ROUTER_POLICY_DEFAULT; i++)
		denied |= covers(&inner[i], addr);
	return denied ? CR_POLICY_DENIED : CR_POLICY_BASE;
}

static struct cr_policy *change(const struct cr_policy *old, enum cr_policy_how how, u8 base,
				const struct cr_policy_entry *list, u32 count, u64 now)
{
	struct cr_policy_change c = { .how = how, .base = base, .count = count };
	struct cr_policy *p;

	c.list = kvcalloc(count + 1, sizeof(*list), GFP_KERNEL);
	if (!c.list)
		return ERR_PTR(-ENOMEM);
	if (count)
		memcpy(c.list, list, count * sizeof(*list));
	p = cr_policy_make(old, &c, now);
	kvfree(c.list);
	return p;
}

static enum cr_policy_verdict judge(const struct cr_policy *p, u32 addr, u64 now)
{
	return cr_policy_judge(p, htonl(addr), now);
}

/* A prefix in a small part of the address space, so that many nest and touch; times, too. */
static struct cr_policy_entry random_entry(struct rnd_state *rnd)
{
	struct cr_policy_entry e = { .len = prandom_u32_state(rnd) % 33 };
	u32 kind = prandom_u32_state(rnd);

	e.net = prandom_u32_state(rnd);
	if (kind & 1)
		e.net &= 0xff00000f;
	if (kind & 2)
		e.net |= 0xfffffff0;
	if (kind & 4)
		e.net = (e.net & 0xffff) | 0xc0a80000;
	e.net &= mask_of(e.len);
	e.deny = kind & 8;
	e.until = kind & 16 ? EVER : 1000 + prandom_u32_state(rnd) % 10;
	return e;
}

static u32 random_list(struct rnd_state *rnd, struct cr_policy_entry *list, u32 count)
{
	u32 i, k, n = 0;

	for (i = 0; i < count; i++) {
		list[n] = random_entry(rnd);
		for (k = 0; k < n; k++)
			if (list[k].net == list[n].net && list[k].len == list[n].len &&
			    list[k].deny == list[n].deny)
				break;
		n += k == n;
	}
	return n;
}

static u32 differences(const struct cr_policy *p, const struct cr_policy_entry *list, u32 count,
		       u32 addr)
{
	u32 n = 0;
	u64 now;

	for (now = 998; now < 1011; now += 3)
		n += judge(p, addr, now) != naive(p->base, list, count, addr, now);
	return n;
}

static void match_is_that_of_the_naive_one(struct kunit *test)
{
	struct cr_policy_entry list[60];
	struct rnd_state rnd;
	struct cr_policy *p;
	u32 round, count, i;

	prandom_seed_state(&rnd, 20261128);
	for (round = 0; round < 300; round++) {
		count = random_list(&rnd, list, round % ARRAY_SIZE(list));
		p = change(NULL, CR_POLICY_REPLACE, round % 3, list, count, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR(p));
		KUNIT_EXPECT_LE(test, p->range_count, 2 * count + 1);
		for (i = 0; i < count; i++) {
			const u32 first = list[i].net, last = first | ~mask_of(list[i].len);

			KUNIT_EXPECT_EQ(test, differences(p, list, count, first), 0U);
			KUNIT_EXPECT_EQ(test, differences(p, list, count, last), 0U);
			KUNIT_EXPECT_EQ(test, differences(p, list, count, first - 1), 0U);
			KUNIT_EXPECT_EQ(test, differences(p, list, count, last + 1), 0U);
		}
		for (i = 0; i < 50; i++)
			KUNIT_EXPECT_EQ(test, differences(p, list, count, prandom_u32_state(&rnd)),
					0U);
		cr_policy_free(p);
	}
}

static void bases_are_as_documented(struct kunit *test)
{
	static const struct {
		u32 addr;
		bool refused;
	} cases[] = {
		{ 0x09ffffff, false }, { 0x0a000000, true }, { 0x0affffff, true },
		{ 0x0b000000, false }, { 0x7f000001, true }, { 0xa9fdffff, false },
		{ 0xa9fe6402, true }, { 0xa9ff0000, false }, { 0xac0fffff, false },
		{ 0xac100000, true }, { 0xac1fffff, true }, { 0xac200000, false },
		{ 0xc0a7ffff, false }, { 0xc0a80000, true }, { 0xc0a8ffff, true },
		{ 0xc0a90000, false }, { 0x08080808, false },
	};
	struct cr_policy *p;
	u8 base;
	u32 i;

	for (base = 0; base <= CUBE_ROUTER_POLICY_MAX; base++) {
		p = change(NULL, CR_POLICY_REPLACE, base, NULL, 0, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR(p));
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			const bool refused = base == CUBE_ROUTER_POLICY_DENY_ALL ||
					     (base == CUBE_ROUTER_POLICY_DEFAULT &&
					      cases[i].refused);

			KUNIT_EXPECT_EQ(test, judge(p, cases[i].addr, 0) == CR_POLICY_DENIED,
					refused);
			KUNIT_EXPECT_EQ(test, judge(NULL, cases[i].addr, 0), CR_POLICY_BASE);
		}
		cr_policy_free(p);
	}
}

#define ONE	{ .net = 0x08080808, .len = 32, .until = EVER }

static void entries_run_out_by_themselves(struct kunit *test)
{
	const struct cr_policy_entry list[] = {
		{ .net = 0x08080808, .len = 32, .until = 100 },
		{ .net = 0x08080800, .len = 24, .until = 50 },
		{ .net = 0x08080000, .len = 16, .until = 200, .deny = true },
	};
	struct cr_policy *p = change(NULL, CR_POLICY_REPLACE, CUBE_ROUTER_POLICY_NONE, list,
				     ARRAY_SIZE(list), 10);

	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	KUNIT_EXPECT_EQ(test, judge(p, 0x08080808, 99), CR_POLICY_OPENED);
	KUNIT_EXPECT_EQ(test, judge(p, 0x08080808, 100), CR_POLICY_DENIED);
	KUNIT_EXPECT_EQ(test, judge(p, 0x08080808, 200), CR_POLICY_BASE);
	KUNIT_EXPECT_EQ(test, judge(p, 0x08080801, 49), CR_POLICY_OPENED);
	KUNIT_EXPECT_EQ(test, judge(p, 0x08080801, 50), CR_POLICY_DENIED);
	KUNIT_EXPECT_EQ(test, cr_policy_count(p, 49), 3U);
	KUNIT_EXPECT_EQ(test, cr_policy_count(p, 50), 2U);
	KUNIT_EXPECT_EQ(test, cr_policy_count(p, 200), 0U);
	cr_policy_free(p);
}

/* Adds an entry that holds until @second to one that holds until @first. */
static u64 added_again(struct kunit *test, u64 first, u64 second)
{
	struct cr_policy_entry list[] = { ONE };
	struct cr_policy *p, *q;
	u64 until;

	list[0].until = first;
	p = change(NULL, CR_POLICY_REPLACE, CUBE_ROUTER_POLICY_DENY_ALL, list, 1, 10);
	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	list[0].until = second;
	q = change(p, CR_POLICY_ADD, CUBE_ROUTER_POLICY_DENY_ALL, list, 1, 20);
	KUNIT_ASSERT_FALSE(test, IS_ERR(q));
	KUNIT_EXPECT_EQ(test, q->count, 1U);
	until = q->entries[0].until;
	cr_policy_free(p);
	cr_policy_free(q);
	return until;
}

static void added_again_it_is_never_shorter(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, added_again(test, 100, 200), 200ULL);
	KUNIT_EXPECT_EQ(test, added_again(test, 200, 100), 200ULL);
	KUNIT_EXPECT_EQ(test, added_again(test, EVER, 100), EVER);
	KUNIT_EXPECT_EQ(test, added_again(test, 100, EVER), EVER);
	KUNIT_EXPECT_EQ(test, added_again(test, 15, 100), 100ULL);
}

static void only_an_entry_of_its_own_names_an_address(struct kunit *test)
{
	const struct cr_policy_entry list[] = {
		ONE,
		{ .net = 0x09000000, .len = 8, .until = EVER },
		{ .net = 0x09090909, .len = 32, .until = EVER, .deny = true },
		{ .net = 0x0a0a0a0a, .len = 32, .until = 100 },
	};
	struct cr_policy *p = change(NULL, CR_POLICY_REPLACE, CUBE_ROUTER_POLICY_NONE, list,
				     ARRAY_SIZE(list), 10);

	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	KUNIT_EXPECT_TRUE(test, cr_policy_names(p, htonl(0x08080808), 10));
	KUNIT_EXPECT_FALSE(test, cr_policy_names(p, htonl(0x08080809), 10));
	KUNIT_EXPECT_FALSE(test, cr_policy_names(p, htonl(0x09000000), 10));
	KUNIT_EXPECT_FALSE(test, cr_policy_names(p, htonl(0x09090909), 10));
	KUNIT_EXPECT_TRUE(test, cr_policy_names(p, htonl(0x0a0a0a0a), 99));
	KUNIT_EXPECT_FALSE(test, cr_policy_names(p, htonl(0x0a0a0a0a), 100));
	KUNIT_EXPECT_FALSE(test, cr_policy_names(NULL, htonl(0x08080808), 10));
	cr_policy_free(p);
}

static void a_refresh_disturbs_no_other(struct kunit *test)
{
	const struct cr_policy_entry list[] = {
		{ .net = 0x01000000, .len = 8, .until = 100 },
		{ .net = 0x01020000, .len = 16, .until = 30, .deny = true },
		{ .net = 0x02000000, .len = 8, .until = EVER },
		{ .net = 0x03000000, .len = 8, .until = 15 },
	};
	const struct cr_policy_entry again = { .net = 0x01000000, .len = 8, .until = 300 };
	struct cr_policy *p = change(NULL, CR_POLICY_REPLACE, CUBE_ROUTER_POLICY_DENY_ALL, list,
				     ARRAY_SIZE(list), 10);
	struct cr_policy *q;

	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	q = change(p, CR_POLICY_ADD, p->base, &again, 1, 20);
	KUNIT_ASSERT_FALSE(test, IS_ERR(q));
	KUNIT_EXPECT_EQ(test, cr_policy_count(q, 20), 3U);
	KUNIT_EXPECT_EQ(test, q->entries[0].until, 300ULL);
	KUNIT_EXPECT_EQ(test, q->entries[1].until, 30ULL);
	KUNIT_EXPECT_EQ(test, q->entries[2].until, EVER);
	KUNIT_EXPECT_EQ(test, judge(q, 0x03000000, 20), CR_POLICY_DENIED);
	KUNIT_EXPECT_EQ(test, q->base, p->base);
	cr_policy_free(p);
	cr_policy_free(q);
}

/* Whether a policy in which an entry ran out at 15 has it in mind after a change at 20. */
static bool remembers(struct kunit *test, enum cr_policy_how how,
		      const struct cr_policy_entry *changes)
{
	const struct cr_policy_entry list[] = {
		ONE,
		{ .net = 0x03000000, .len = 8, .until = 15 },
	};
	struct cr_policy *p = change(NULL, CR_POLICY_REPLACE, CUBE_ROUTER_POLICY_DENY_ALL, list,
				     ARRAY_SIZE(list), 10);
	struct cr_policy *q;
	bool opened;

	KUNIT_EXPECT_FALSE(test, IS_ERR(p));
	q = change(p, how, CUBE_ROUTER_POLICY_DENY_ALL, changes, 1, 20);
	KUNIT_EXPECT_FALSE(test, IS_ERR(q));
	if (IS_ERR(p) || IS_ERR(q))
		return false;
	KUNIT_EXPECT_EQ(test, judge(q, 0x03000000, 20), CR_POLICY_DENIED);
	opened = judge(q, 0x03000000, CR_POLICY_EVER) == CR_POLICY_OPENED;
	KUNIT_EXPECT_EQ(test, q->count, cr_policy_count(q, 20) + opened);
	cr_policy_free(p);
	cr_policy_free(q);
	return opened;
}

static void what_ran_out_is_remembered_until_something_is_taken_away(struct kunit *test)
{
	const struct cr_policy_entry one = ONE;
	const struct cr_policy_entry other = { .net = 0x04000000, .len = 8, .until = EVER };
	const struct cr_policy_entry deny = { .net = 0x05000000, .len = 8, .until = EVER,
					      .deny = true };

	KUNIT_EXPECT_TRUE(test, remembers(test, CR_POLICY_ADD, &other));
	KUNIT_EXPECT_TRUE(test, remembers(test, CR_POLICY_ADD, &one));
	KUNIT_EXPECT_FALSE(test, remembers(test, CR_POLICY_ADD, &deny));
	KUNIT_EXPECT_FALSE(test, remembers(test, CR_POLICY_DEL, &one));
	KUNIT_EXPECT_FALSE(test, remembers(test, CR_POLICY_REPLACE, &one));
}

/* An old crowd goes, what has run out within the day stays. */
static void what_ran_out_long_ago_makes_room(struct kunit *test)
{
	const u64 day = 86400ULL * HZ, now = 2 * day;
	const struct cr_policy_entry one = ONE;
	struct cr_policy_entry *list;
	struct cr_policy *p, *q;
	u32 i;

	list = kunit_kcalloc(test, 1100, sizeof(*list), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, list);
	for (i = 0; i < 1100; i++) {
		list[i] = (struct cr_policy_entry){ .net = 0x09000000 + i, .len = 32 };
		list[i].until = i % 2 ? now - day - 1 : now - day + 1;
	}
	p = change(NULL, CR_POLICY_REPLACE, CUBE_ROUTER_POLICY_DENY_ALL, list, 1100, 1);
	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	q = change(p, CR_POLICY_ADD, CUBE_ROUTER_POLICY_DENY_ALL, &one, 1, now);
	KUNIT_ASSERT_FALSE(test, IS_ERR(q));
	KUNIT_EXPECT_EQ(test, q->count, 551U);
	KUNIT_EXPECT_EQ(test, judge(q, 0x09000000, CR_POLICY_EVER), CR_POLICY_OPENED);
	KUNIT_EXPECT_EQ(test, judge(q, 0x09000001, CR_POLICY_EVER), CR_POLICY_DENIED);
	cr_policy_free(p);
	cr_policy_free(q);
}

static void what_goes_must_be_there(struct kunit *test)
{
	const struct cr_policy_entry list[] = {
		ONE,
		{ .net = 0x09000000, .len = 8, .until = EVER, .deny = true },
		{ .net = 0x0a000000, .len = 8, .until = 15 },
	};
	const struct cr_policy_entry other_verdict = { .net = 0x08080808, .len = 32, .deny = true };
	struct cr_policy *p = change(NULL, CR_POLICY_REPLACE, 0, list, ARRAY_SIZE(list), 10);
	struct cr_policy *q;

	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	KUNIT_EXPECT_EQ(test, PTR_ERR(change(p, CR_POLICY_DEL, 0, &other_verdict, 1, 10)),
			(long)-ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(change(NULL, CR_POLICY_DEL, 0, list, 1, 10)), (long)-ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(change(p, CR_POLICY_DEL, 0, &list[2], 1, 15)),
			(long)-ENOENT);
	q = change(p, CR_POLICY_DEL, 0, list, 2, 10);
	KUNIT_ASSERT_FALSE(test, IS_ERR(q));
	KUNIT_EXPECT_EQ(test, q->count, 1U);
	KUNIT_EXPECT_EQ(test, q->entries[0].net, 0x0a000000U);
	cr_policy_free(p);
	cr_policy_free(q);
}

static void duplicates_are_refused(struct kunit *test)
{
	struct cr_policy_entry list[] = { ONE, { .net = 0x09000000, .len = 8 }, ONE };
	struct cr_policy *p;

	KUNIT_EXPECT_EQ(test, PTR_ERR(change(NULL, CR_POLICY_REPLACE, 0, list, 3, 0)),
			(long)-EEXIST);
	/* Two verdicts, or two lengths, are two entries. */
	list[2].deny = true;
	p = change(NULL, CR_POLICY_REPLACE, 0, list, 3, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	KUNIT_EXPECT_EQ(test, judge(p, 0x08080808, 0), CR_POLICY_OPENED);
	cr_policy_free(p);
}

static void as_many_as_the_limit_and_no_more(struct kunit *test)
{
	struct cr_policy_entry *list = kvcalloc(MOST + 1, sizeof(*list), GFP_KERNEL);
	struct cr_policy *p, *q;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, list);
	for (i = 0; i <= MOST; i++)
		list[i] = (struct cr_policy_entry){
			.net = (MOST - i) * 4, .len = 32, .until = EVER,
		};
	list[0].until = 20;
	KUNIT_EXPECT_EQ(test, PTR_ERR(change(NULL, CR_POLICY_REPLACE, 2, list, MOST + 1, 0)),
			(long)-E2BIG);
	p = change(NULL, CR_POLICY_REPLACE, 2, list, MOST, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	for (i = 0; i < MOST * 4; i++)
		KUNIT_EXPECT_EQ(test, judge(p, i + 4, 0),
				i % 4 ? CR_POLICY_DENIED : CR_POLICY_OPENED);
	KUNIT_EXPECT_EQ(test, judge(p, 0, 0), CR_POLICY_DENIED);
	KUNIT_EXPECT_EQ(test, PTR_ERR(change(p, CR_POLICY_ADD, 2, &list[MOST], 1, 0)),
			(long)-E2BIG);
	/* One that is there needs no room, and one that has run out makes some. */
	q = change(p, CR_POLICY_ADD, 2, &list[5], 1, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(q));
	cr_policy_free(q);
	q = change(p, CR_POLICY_ADD, 2, &list[MOST], 1, 20);
	KUNIT_ASSERT_FALSE(test, IS_ERR(q));
	KUNIT_EXPECT_EQ(test, q->count, (u32)MOST);
	KUNIT_EXPECT_EQ(test, cr_policy_count(q, 20), (u32)MOST);
	cr_policy_free(p);
	cr_policy_free(q);
	kvfree(list);
}

/* The deepest nesting there is: both verdicts of all lengths, at both ends of the address space. */
static void every_length_nests(struct kunit *test)
{
	struct cr_policy_entry list[66];
	struct cr_policy *p;
	u32 end, i;

	for (end = 0; end < 2; end++) {
		for (i = 0; i < 66; i++)
			list[i] = (struct cr_policy_entry){
				.net = end ? mask_of(i / 2) : 0, .len = i / 2,
				.deny = i & 1, .until = i & 1 ? 100 : i + 1,
			};
		p = change(NULL, CR_POLICY_REPLACE, 0, list, 66, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR(p));
		for (i = 0; i < 64; i++) {
			const u32 addr = (end ? ~0U : 0) ^ (i < 32 ? 1U << i : 0);

			KUNIT_EXPECT_EQ(test, judge(p, addr, i), naive(0, list, 66, addr, i));
		}
		cr_policy_free(p);
	}
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(match_is_that_of_the_naive_one),
	KUNIT_CASE(bases_are_as_documented),
	KUNIT_CASE(entries_run_out_by_themselves),
	KUNIT_CASE(added_again_it_is_never_shorter),
	KUNIT_CASE(only_an_entry_of_its_own_names_an_address),
	KUNIT_CASE(a_refresh_disturbs_no_other),
	KUNIT_CASE(what_ran_out_is_remembered_until_something_is_taken_away),
	KUNIT_CASE(what_ran_out_long_ago_makes_room),
	KUNIT_CASE(what_goes_must_be_there),
	KUNIT_CASE(duplicates_are_refused),
	KUNIT_CASE(as_many_as_the_limit_and_no_more),
	KUNIT_CASE(every_length_nests),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "cr_policy",
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
