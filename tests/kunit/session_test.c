// SPDX-License-Identifier: GPL-2.0
/*
 * Suite cr_session: the table against a naive model, an array that is searched from end to end;
 * port choice, idle times, TCP states and limits by tables of cases; and many threads at once.
 * The clock is the suite's own, and the collector runs only when a case lets it.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sort.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/tcp.h>

#include "packet.h"
#include "table.h"

#define NAT		htonl(0x0a000002)
#define REMOTE(n)	htonl(0x08080000 + (n))
#define PROTO_GRE	47

struct fixture;

/**
 * struct holder - an owner of sessions
 * @owner: what the table knows of it
 * @fx: where it belongs
 * @list: in &fixture.holders until it is ended
 * @rcu: frees it, if it was not KUnit's to do so
 * @dynamic: it frees itself
 */
struct holder {
	struct cr_owner owner;
	struct fixture *fx;
	struct list_head list;
	struct rcu_head rcu;
	bool dynamic;
};

/**
 * struct fixture - a table, and the account of what went into it
 * @test: the case
 * @table: the table
 * @t: random numbers
 * @now: the clock
 * @holders: owners that are not ended
 * @made: owners there ever were
 * @released: owners that lost their last reference
 * @forgotten: sessions that the table said were dead
 * @on_forget: looks at those, too
 * @model: the naive table, where there is one
 * @conntrack_max: to be put back
 */
struct fixture {
	struct kunit *test;
	struct cr_table table;
	struct trial *t;
	u32 now;
	struct list_head holders;
	atomic_t made;
	atomic_t released;
	u64 forgotten;
	void (*on_forget)(struct fixture *fx, struct cr_session *s);
	struct model *model;
	unsigned int conntrack_max;
};

/* -------- the fixture -------- */

static void release(struct cr_owner *owner)
{
	struct holder *h = container_of(owner, struct holder, owner);

	atomic_inc(&h->fx->released);
	if (h->dynamic)
		kfree_rcu(h, rcu);
}

static void set_up_holder(struct holder *h, struct fixture *fx)
{
	const u32 id = atomic_inc_return(&fx->made);

	h->fx = fx;
	cr_owner_init(&h->owner, id, release);
}

static struct holder *new_holder(struct fixture *fx)
{
	struct holder *h = kunit_kzalloc(fx->test, sizeof(*h), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(fx->test, h);
	set_up_holder(h, fx);
	list_add(&h->list, &fx->holders);
	return h;
}

static void end_holder(struct holder *h)
{
	list_del(&h->list);
	cr_owner_end(&h->owner, &h->fx->table);
}

static void forget(struct cr_table *table, struct llist_node *dead, unsigned int n)
{
	struct fixture *fx = container_of(table, struct fixture, table);
	struct cr_session *s;
	unsigned int there = 0;

	llist_for_each_entry(s, dead, dying) {
		there++;
		KUNIT_EXPECT_TRUE(fx->test, s->dead);
		if (fx->on_forget)
			fx->on_forget(fx, s);
	}
	KUNIT_EXPECT_EQ(fx->test, there, n);
	fx->forgotten += there;
}

/* In place of the collector, which would use the real clock. */
static void nothing(struct work_struct *work)
{
}

static int set_up_table(struct cr_table *table)
{
	int err;

	cr_limits_default(&table->limits);
	table->forget = forget;
	table->stats = alloc_percpu(struct cr_stats);
	if (!table->stats)
		return -ENOMEM;
	err = cr_table_init(table, 1);
	INIT_DELAYED_WORK(&table->work, nothing);
	return err;
}

static struct fixture *fixture_new(struct kunit *test)
{
	struct fixture *fx = kunit_kzalloc(test, sizeof(*fx), GFP_KERNEL);

	if (!fx)
		return NULL;
	fx->test = test;
	fx->t = trial_new(test);
	fx->now = 1000000;
	INIT_LIST_HEAD(&fx->holders);
	if (set_up_table(&fx->table)) {
		free_percpu(fx->table.stats);
		return NULL;
	}
	fx->conntrack_max = nf_conntrack_max;
	nf_conntrack_max = 1 << 24; /* no case shall depend on the memory of the machine */
	return fx;
}

/* Whatever a case did: in the end every session is forgotten and every owner is released. */
static void fixture_end(struct fixture *fx)
{
	struct kunit *test = fx->test;

	while (!list_empty(&fx->holders))
		end_holder(list_first_entry(&fx->holders, struct holder, list));
	fx->on_forget = NULL;
	cr_table_destroy(&fx->table);
	KUNIT_EXPECT_EQ(test, fx->forgotten, cr_stats_sum(fx->table.stats, CR_SESSION_NEW));
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->released), atomic_read(&fx->made));
	free_percpu(fx->table.stats);
	nf_conntrack_max = fx->conntrack_max;
}

static int session_init(struct kunit *test)
{
	test->priv = fixture_new(test);
	return test->priv ? 0 : -ENOMEM;
}

static void session_exit(struct kunit *test)
{
	if (test->priv)
		fixture_end(test->priv);
}

static struct cr_tuple tuple(const struct holder *h, u8 proto, u16 sport, __be32 daddr, u16 dport)
{
	return (struct cr_tuple){
		.saddr = htonl(0xc0a80000 + h->owner.id), .daddr = daddr,
		.sport = htons(sport), .dport = htons(dport), .proto = proto,
	};
}

/* The session is good until it is reaped, which is the case's own doing. */
static struct cr_session *create_as(struct holder *h, struct cr_tuple t, struct cr_identity as,
				    enum cr_counter *why)
{
	struct fixture *fx = h->fx;
	struct cr_session *s;

	*why = CR_COUNTERS;
	as.addr = NAT;
	rcu_read_lock();
	s = cr_session_create(&fx->table, &h->owner, &t, &as, fx->now, why);
	rcu_read_unlock();
	return s;
}

static struct cr_session *create_why(struct holder *h, struct cr_tuple t, enum cr_counter *why)
{
	const struct cr_identity as = { .low = h->fx->table.limits.port_low };

	return create_as(h, t, as, why);
}

static struct cr_session *create(struct holder *h, struct cr_tuple t)
{
	enum cr_counter why;
	struct cr_session *s = create_why(h, t, &why);

	KUNIT_ASSERT_NOT_NULL(h->fx->test, s);
	return s;
}

static void refused(struct holder *h, struct cr_tuple t, enum cr_counter expected)
{
	enum cr_counter why;

	KUNIT_EXPECT_NULL(h->fx->test, create_why(h, t, &why));
	KUNIT_EXPECT_EQ(h->fx->test, why, expected);
}

static struct cr_session *find_out(const struct fixture *fx, const struct holder *h,
				   struct cr_tuple t)
{
	struct cr_session *s;

	rcu_read_lock();
	s = cr_session_find_out(&fx->table, &h->owner, &t);
	rcu_read_unlock();
	return s;
}

static struct cr_session *find_back(const struct fixture *fx, struct cr_tuple t)
{
	struct cr_session *s;

	rcu_read_lock();
	s = cr_session_find_back(&fx->table, &t, fx->now);
	rcu_read_unlock();
	return s;
}

static bool kill(struct fixture *fx, struct cr_session *s)
{
	bool mine;

	rcu_read_lock();
	mine = cr_session_kill(&fx->table, s);
	rcu_read_unlock();
	return mine;
}

static void collect(struct fixture *fx)
{
	cr_table_collect(&fx->table, fx->now, fx->table.mask + 1);
}

static u64 counted(const struct fixture *fx, enum cr_counter counter)
{
	return cr_stats_sum(fx->table.stats, counter);
}

/* -------- lookup and end -------- */

static struct cr_tuple with_another(struct cr_tuple t, unsigned int field)
{
	t.saddr ^= htonl(field == 0);
	t.daddr ^= htonl(field == 1);
	t.sport ^= htons(field == 2);
	t.dport ^= htons(field == 3);
	t.proto ^= field == 4;
	return t;
}

static void both_keys_find_a_session_and_no_other_does(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx), *other = new_holder(fx);
	const struct cr_tuple t = tuple(h, IPPROTO_UDP, 40000, REMOTE(1), 53);
	struct cr_session *s = create(h, t);
	struct cr_tuple back = cr_session_backward(s), x;
	unsigned int field;

	KUNIT_EXPECT_PTR_EQ(test, find_out(fx, h, t), s);
	KUNIT_EXPECT_NULL(test, find_out(fx, other, t));
	KUNIT_EXPECT_PTR_EQ(test, find_back(fx, back), s);
	KUNIT_EXPECT_TRUE(test, back.saddr == REMOTE(1) && back.sport == htons(53) &&
			  back.daddr == NAT && back.dport == s->nat_port && back.proto == t.proto);
	for (field = 0; field < 5; field++) {
		x = with_another(t, field);
		KUNIT_EXPECT_NULL_MSG(test, find_out(fx, h, x), "field %u", field);
		x = with_another(back, field);
		KUNIT_EXPECT_NULL_MSG(test, find_back(fx, x), "field %u", field);
	}
}

static void same_flow_again_is_the_same_session(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	const struct cr_tuple t = tuple(h, IPPROTO_TCP, 40000, REMOTE(1), 80);
	struct cr_session *s = create(h, t);

	KUNIT_EXPECT_PTR_EQ(test, create(h, t), s);
	KUNIT_EXPECT_EQ(test, h->owner.count, 1U);
	KUNIT_EXPECT_EQ(test, counted(fx, CR_SESSION_NEW), 1ULL);
}

/* Seen from inside the callback, the port is still taken. */
static void port_still_taken(struct fixture *fx, struct cr_session *s)
{
	struct holder *h = list_first_entry(&fx->holders, struct holder, list);
	struct cr_tuple t = s->tuple;
	struct cr_session *other;
	enum cr_counter why;

	t.sport = s->nat_port;
	other = create_why(h, t, &why);
	KUNIT_EXPECT_NOT_NULL(fx->test, other);
	KUNIT_EXPECT_TRUE(fx->test, !other || other->nat_port != s->nat_port);
	KUNIT_EXPECT_NULL(fx->test, find_back(fx, cr_session_backward(s)));
}

static void port_of_a_dead_session_is_free_only_when_forgotten(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx), *other = new_holder(fx);
	const struct cr_tuple t = tuple(h, IPPROTO_UDP, 40000, REMOTE(1), 53);
	struct cr_session *s = create(h, t), *taken;

	KUNIT_EXPECT_TRUE(test, kill(fx, s));
	KUNIT_EXPECT_FALSE_MSG(test, kill(fx, s), "killed twice");
	KUNIT_EXPECT_NULL(test, find_out(fx, h, t));
	KUNIT_EXPECT_NULL(test, find_back(fx, cr_session_backward(s)));
	KUNIT_EXPECT_EQ(test, h->owner.count, 0U);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->table.count), 1);
	taken = create(other, tuple(other, IPPROTO_UDP, 40000, REMOTE(1), 53));
	KUNIT_EXPECT_NE(test, ntohs(taken->nat_port), 40000);
	kill(fx, taken);
	fx->on_forget = port_still_taken;
	cr_table_reap(&fx->table);
	fx->on_forget = NULL;
	KUNIT_EXPECT_EQ(test, fx->forgotten, 2ULL);
	s = create(h, t);
	KUNIT_EXPECT_EQ(test, ntohs(s->nat_port), 40000);
}

static void ended_owner_makes_no_session_and_loses_those_it_has(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	const struct cr_tuple t = tuple(h, IPPROTO_TCP, 40000, REMOTE(1), 80);
	unsigned int i;

	for (i = 0; i < 200; i++)
		create(h, tuple(h, IPPROTO_TCP, 40000, REMOTE(1), 80 + i));
	end_holder(h);
	refused(h, t, CR_HELD);
	refused(h, tuple(h, IPPROTO_UDP, 1, REMOTE(2), 2), CR_HELD);
	KUNIT_EXPECT_EQ_MSG(test, atomic_read(&fx->released), 0, "it still has sessions");
	cr_table_reap(&fx->table);
	KUNIT_EXPECT_NULL(test, find_out(fx, h, t));
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->released), 1);
	KUNIT_EXPECT_EQ(test, fx->forgotten, 200ULL);
	KUNIT_EXPECT_EQ(test, counted(fx, CR_SESSION_FLUSHED), 200ULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->table.count), 0);
}

static void owner_without_table_is_released_at_once(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);

	list_del(&h->list);
	cr_owner_end(&h->owner, NULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->released), 1);
}

static bool to_remote(const struct cr_session *s, const void *arg)
{
	return s->tuple.daddr == *(const __be32 *)arg;
}

static int count_session(struct cr_session *s, void *arg)
{
	++*(u32 *)arg;
	return 0;
}

static int stop_at_first(struct cr_session *s, void *arg)
{
	++*(u32 *)arg;
	return -EINTR;
}

static u32 walk(struct fixture *fx)
{
	u32 i, n = 0;

	for (i = 0; i <= fx->table.mask; i++)
		cr_table_walk(&fx->table, i, count_session, &n);
	return n;
}

static void flush_ends_what_matches(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	const __be32 remote = REMOTE(3);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, cr_table_flush(&fx->table, NULL, NULL), 0U);
	for (i = 0; i < 100; i++)
		create(h, tuple(h, IPPROTO_UDP, 40000 + i, REMOTE(i % 10), 53));
	KUNIT_EXPECT_EQ(test, walk(fx), 100U);
	KUNIT_EXPECT_EQ(test, cr_table_flush(&fx->table, to_remote, &remote), 10U);
	KUNIT_EXPECT_EQ(test, walk(fx), 90U);
	KUNIT_EXPECT_EQ(test, cr_table_flush(&fx->table, to_remote, &remote), 0U);
	KUNIT_EXPECT_EQ(test, counted(fx, CR_SESSION_FLUSHED), 10ULL);
	KUNIT_EXPECT_EQ(test, cr_table_flush(&fx->table, NULL, NULL), 90U);
	KUNIT_EXPECT_EQ(test, walk(fx), 0U);
	KUNIT_EXPECT_EQ(test, counted(fx, CR_SESSION_EXPIRED), 0ULL);
}

static u64 owned(const struct holder *h, enum cr_counter counter)
{
	return atomic64_read(&h->owner.account.count[counter]);
}

/* Made, expired, flushed, given up: each on the account of the owner whose session it is. */
static void events_are_on_the_owner_s_account(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *a = new_holder(fx), *b = new_holder(fx);
	const __be32 remote = REMOTE(3);
	u16 i;

	for (i = 1; i <= 30; i++) {
		create(a, tuple(a, IPPROTO_UDP, i, REMOTE(3), 53));
		if (i <= 10)
			create(b, tuple(b, IPPROTO_UDP, i, REMOTE(3), 53));
	}
	create(b, tuple(b, IPPROTO_ICMP, 7, REMOTE(3), 0));
	KUNIT_EXPECT_EQ(test, owned(a, CR_SESSION_NEW), 30ULL);
	KUNIT_EXPECT_EQ(test, owned(b, CR_SESSION_NEW), 11ULL);
	fx->now += fx->table.limits.idle[CUBE_ROUTER_SESSION_ICMP] * HZ;
	collect(fx);
	KUNIT_EXPECT_EQ(test, owned(a, CR_SESSION_EXPIRED), 0ULL);
	KUNIT_EXPECT_EQ(test, owned(b, CR_SESSION_EXPIRED), 1ULL);
	KUNIT_EXPECT_EQ(test, cr_table_flush(&fx->table, to_remote, &remote), 40U);
	KUNIT_EXPECT_EQ(test, owned(a, CR_SESSION_FLUSHED), 30ULL);
	KUNIT_EXPECT_EQ(test, owned(b, CR_SESSION_FLUSHED), 10ULL);
	KUNIT_EXPECT_EQ(test, counted(fx, CR_SESSION_FLUSHED), 40ULL);
	kill(fx, create(a, tuple(a, IPPROTO_UDP, 1, REMOTE(4), 53)));
	KUNIT_EXPECT_EQ(test, owned(a, CR_SESSION_NEW), 31ULL);
	KUNIT_EXPECT_EQ(test, owned(a, CR_SESSION_FLUSHED), 31ULL);
}

static void walk_stops_where_it_is_told_to(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	unsigned int i, stopped = 0;
	u32 n = 0;

	for (i = 0; i < 3000; i++)
		create(h, tuple(h, IPPROTO_UDP, 40000, REMOTE(i), 53));
	for (i = 0; i <= fx->table.mask; i++)
		stopped += cr_table_walk(&fx->table, i, stop_at_first, &n) == -EINTR;
	KUNIT_EXPECT_EQ(test, n, stopped);
	KUNIT_EXPECT_GT(test, n, 500U);
	KUNIT_EXPECT_LE(test, n, fx->table.mask + 1);
}

/* -------- the choice of a port -------- */

static void own_port_is_kept_if_in_range(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	static const u16 kept[] = { 30000, 30001, 50000, 65534, 65535 };
	static const u16 not_kept[] = { 0, 1, 53, 1024, 29998, 29999 };
	struct cr_session *s;
	unsigned int i, proto;

	for (proto = IPPROTO_TCP; proto <= IPPROTO_UDP; proto += IPPROTO_UDP - IPPROTO_TCP) {
		for (i = 0; i < ARRAY_SIZE(kept); i++) {
			s = create(h, tuple(h, proto, kept[i], REMOTE(i), 80));
			KUNIT_EXPECT_EQ(test, ntohs(s->nat_port), kept[i]);
		}
		for (i = 0; i < ARRAY_SIZE(not_kept); i++) {
			s = create(h, tuple(h, proto, not_kept[i], REMOTE(i), 81));
			KUNIT_EXPECT_GE(test, ntohs(s->nat_port), 30000);
		}
	}
}

static void own_port_is_kept_towards_another_end(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx), *other = new_holder(fx);
	struct cr_session *s;
	unsigned int i;

	create(h, tuple(h, IPPROTO_TCP, 40000, REMOTE(1), 80));
	for (i = 2; i < 50; i++) {
		s = create(other, tuple(other, IPPROTO_TCP, 40000, REMOTE(i), 80));
		KUNIT_EXPECT_EQ(test, ntohs(s->nat_port), 40000);
		s = create(other, tuple(other, IPPROTO_TCP, 40000, REMOTE(1), 80 + i));
		KUNIT_EXPECT_EQ(test, ntohs(s->nat_port), 40000);
	}
	s = create(other, tuple(other, IPPROTO_UDP, 40000, REMOTE(1), 80));
	KUNIT_EXPECT_EQ(test, ntohs(s->nat_port), 40000);
}

static void own_port_that_is_taken_gives_another(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct cr_session *s;
	struct holder *h;
	unsigned int i, kept = 0;

	for (i = 0; i < 200; i++) {
		h = new_holder(fx);
		s = create(h, tuple(h, IPPROTO_TCP, 40000, REMOTE(1), 80));
		kept += ntohs(s->nat_port) == 40000;
		KUNIT_EXPECT_GE(test, ntohs(s->nat_port), 30000);
		KUNIT_EXPECT_PTR_EQ(test, find_back(fx, cr_session_backward(s)), s);
	}
	KUNIT_EXPECT_EQ(test, kept, 1U);
}

static void icmp_identifiers_use_the_whole_range(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	static const u16 ids[] = { 0, 1, 29999, 30000, 65535 };
	struct cr_session *s;
	unsigned int i, low = 0, kept = 0;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		s = create(h, tuple(h, IPPROTO_ICMP, ids[i], REMOTE(1), 0));
		KUNIT_EXPECT_EQ(test, ntohs(s->nat_port), ids[i]);
	}
	for (i = 0; i < 400; i++) {
		h = new_holder(fx);
		s = create(h, tuple(h, IPPROTO_ICMP, 7, REMOTE(2), 0));
		kept += ntohs(s->nat_port) == 7;
		low += ntohs(s->nat_port) < 30000;
	}
	KUNIT_EXPECT_EQ(test, kept, 1U);
	/* 183 of them are to be expected; the chance of less than 100 is below 1 in 10^15. */
	KUNIT_EXPECT_GT(test, low, 100U);
}

/* Ports of TCP and UDP stay above the limit, whatever it is. */
static void ports_stay_in_any_range(struct kunit *test)
{
	static const u16 lows[] = { 1024, 1025, 30000, 32768, 64999, 65000 };
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *s;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(lows); i++) {
		fx->table.limits.port_low = lows[i];
		for (k = 0; k < 100; k++) {
			s = create(h, tuple(h, IPPROTO_UDP, 5, REMOTE(100 * i + k), 53));
			KUNIT_EXPECT_GE(test, ntohs(s->nat_port), lows[i]);
		}
	}
}

/* How many flows one range takes towards one end, up to the first that is refused. */
static unsigned int fill(struct fixture *fx, struct holder *h, u8 proto, __be32 remote)
{
	enum cr_counter why;
	unsigned int n = 0;

	while (create_why(h, tuple(h, proto, 1 + n, remote, 443), &why))
		if (++n > 1000)
			break;
	KUNIT_EXPECT_EQ(fx->test, why, CR_PORTS_EXHAUSTED);
	return n;
}

static void range_of_536_ports_fills_nearly_completely(struct kunit *test)
{
	struct fixture *fx = test->priv;
	unsigned int round, n, least = 1000, most = 0;

	fx->table.limits.port_low = 65000;
	/* Each time another one: who has many sessions leaves ports to others. */
	for (round = 0; round < 10; round++) {
		n = fill(fx, new_holder(fx), round % 2 ? IPPROTO_TCP : IPPROTO_UDP, REMOTE(round));
		least = min(least, n);
		most = max(most, n);
	}
	kunit_info(test, "refused first after %u to %u of 536", least, most);
	KUNIT_EXPECT_GE(test, least, 536U * 3 / 4);
	KUNIT_EXPECT_LE(test, most, 536U);
}

static void exhausted_end_does_not_affect_another(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx), *other = new_holder(fx);
	struct cr_session *s;

	fx->table.limits.port_low = 65000;
	fill(fx, h, IPPROTO_TCP, REMOTE(1));
	create(h, tuple(h, IPPROTO_TCP, 1, REMOTE(2), 443));
	create(h, tuple(h, IPPROTO_TCP, 1, REMOTE(1), 444));
	create(h, tuple(h, IPPROTO_UDP, 1, REMOTE(1), 443));
	create(h, tuple(h, IPPROTO_ICMP, 1, REMOTE(1), 0));
	create(other, tuple(other, IPPROTO_TCP, 1, REMOTE(2), 443));
	/* What ends makes room. */
	KUNIT_EXPECT_GT(test, cr_table_flush(&fx->table, NULL, NULL), 400U);
	cr_table_reap(&fx->table);
	s = create(other, tuple(other, IPPROTO_TCP, 1, REMOTE(1), 443));
	KUNIT_EXPECT_GE(test, ntohs(s->nat_port), 65000);
}

/* Two that have many sessions take all they can towards one end; the bounds are at five sigma. */
static void crowded_owners_leave_ports_to_others(struct kunit *test)
{
	struct fixture *fx = test->priv;
	unsigned int i, n, taken = 0;
	struct holder *h;

	fx->table.limits.port_low = 65000;
	while (taken < 2) {
		h = new_holder(fx);
		for (i = 0; i < 1024; i++)
			create(h, tuple(h, IPPROTO_UDP, 1, REMOTE(2 + i), 443));
		n = fill(fx, h, IPPROTO_UDP, REMOTE(1));
		kunit_info(test, "crowded owner %u had %u of 536", taken, n);
		KUNIT_EXPECT_GE(test, n, taken++ ? 60U : 180U);
		KUNIT_EXPECT_LE(test, n, 536U / 2 + 58);
	}
	for (i = 0; i < 50; i++) {
		h = new_holder(fx);
		create(h, tuple(h, IPPROTO_UDP, 1, REMOTE(1), 443));
	}
}

/* Nearly half of the range is taken, in one piece, by owners who got what they asked for. */
static void crowded_part_of_the_range_shuts_nobody_out(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = NULL;
	unsigned int i;

	for (i = 0; i < 17000; i++) {
		if (i % 1000 == 0)
			h = new_holder(fx);
		create(h, tuple(h, IPPROTO_UDP, 30000 + i, REMOTE(1), 443));
	}
	h = new_holder(fx);
	for (i = 0; i < 1000; i++)
		create(h, tuple(h, IPPROTO_UDP, 1 + i, REMOTE(1), 443));
}

static void protocols_without_ports_take_one_each(struct kunit *test)
{
	static const u8 protos[] = { 4, PROTO_GRE, 50, 51, 132 };
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx), *other = new_holder(fx);
	struct cr_session *s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		s = create(h, tuple(h, protos[i], 0, REMOTE(1), 0));
		KUNIT_EXPECT_EQ(test, ntohs(s->nat_port), 0);
		KUNIT_EXPECT_EQ(test, s->state, CUBE_ROUTER_SESSION_OTHER);
		refused(other, tuple(other, protos[i], 0, REMOTE(1), 0), CR_PROTO_BUSY);
		KUNIT_EXPECT_PTR_EQ(test, find_back(fx, cr_session_backward(s)), s);
		create(other, tuple(other, protos[i], 0, REMOTE(2), 0));
		kill(fx, s);
		refused(other, tuple(other, protos[i], 0, REMOTE(1), 0), CR_PROTO_BUSY);
	}
	cr_table_reap(&fx->table);
	for (i = 0; i < ARRAY_SIZE(protos); i++)
		create(other, tuple(other, protos[i], 0, REMOTE(1), 0));
}

/* -------- ports that cannot be foretold -------- */

#define RANGE	35536U		/* ports from 30000 on: 16 times 2221 */

/* Ports that the table chose for so many flows, one after the other, each to an end of its own. */
static u16 *draw(struct fixture *fx, unsigned int n)
{
	u16 *ports = kunit_kmalloc(fx->test, n * sizeof(*ports), GFP_KERNEL);
	struct holder *h = new_holder(fx);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(fx->test, ports);
	for (i = 0; i < n; i++)
		ports[i] = ntohs(create(h, tuple(h, IPPROTO_UDP, 5353, REMOTE(i), 53))->nat_port) -
			   30000;
	return ports;
}

/*
 * Whether values below @bins are equally frequent: the square sum of the deviations over what is
 * expected. The bounds used are passed by a fair generator but for one time in a thousand million.
 */
static void even(struct kunit *test, const char *what, const u8 *value, unsigned int n,
		 unsigned int bins, u32 bound)
{
	unsigned int count[64] = {}, i;
	u64 sum = 0, chi;
	s64 off;

	for (i = 0; i < n; i++)
		count[value[i]]++;
	for (i = 0; i < bins; i++) {
		off = (s64)count[i] * bins - n;
		sum += off * off;
	}
	chi = div_u64(sum, n * bins);
	kunit_info(test, "%s: %llu, bound %u", what, chi, bound);
	KUNIT_EXPECT_LE_MSG(test, chi, (u64)bound, "%s", what);
}

#define BOUND_16	80	/* 15 degrees of freedom */
#define BOUND_64	165	/* 63 */

static void ports_are_spread_evenly(struct kunit *test)
{
	struct fixture *fx = test->priv;
	const unsigned int n = 10000;
	u8 *bin = kunit_kmalloc(test, n, GFP_KERNEL);
	u16 *ports = draw(fx, n);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, bin);
	for (i = 0; i < n; i++)
		bin[i] = ports[i] / (RANGE / 16);
	even(test, "by range", bin, n, 16, BOUND_16);
	for (i = 0; i < n; i++)
		bin[i] = ports[i] % 16;
	even(test, "by last bits", bin, n, 16, BOUND_16);
}

static void successive_ports_do_not_depend_on_each_other(struct kunit *test)
{
	struct fixture *fx = test->priv;
	const unsigned int n = 6000;
	u8 *bin = kunit_kmalloc(test, n, GFP_KERNEL);
	u16 *ports = draw(fx, n);
	unsigned int i, lag;

	KUNIT_ASSERT_NOT_NULL(test, bin);
	for (lag = 1; lag <= 2; lag++) {
		for (i = 0; i + lag < n; i++)
			bin[i] = (ports[i + lag] + RANGE - ports[i]) % RANGE / (RANGE / 16);
		even(test, lag == 1 ? "difference" : "second", bin, n - lag, 16, BOUND_16);
	}
	for (i = 0; i + 1 < n; i++)
		bin[i] = ports[i] / (RANGE / 8) * 8 + ports[i + 1] / (RANGE / 8);
	even(test, "pairs", bin, n - 1, 64, BOUND_64);
}

/* Where one end sees all of them, as a name server does. */
static void ports_towards_one_end_are_spread_evenly(struct kunit *test)
{
	struct fixture *fx = test->priv;
	const unsigned int n = 3000;
	u8 *bin = kunit_kmalloc(test, n, GFP_KERNEL);
	struct holder *h = new_holder(fx);
	unsigned int i, port, last = 0, near = 0;

	KUNIT_ASSERT_NOT_NULL(test, bin);
	for (i = 0; i < n; i++) {
		port = ntohs(create(h, tuple(h, IPPROTO_UDP, i, REMOTE(1), 53))->nat_port);
		bin[i] = (port - 30000) / (RANGE / 16);
		near += abs((int)(port - last)) <= 256;
		last = port;
	}
	even(test, "by range", bin, n, 16, BOUND_16);
	/* 43 of 3000 by chance; 100 are eight standard deviations away. */
	kunit_info(test, "%u within 256 of the one before", near);
	KUNIT_EXPECT_LE(test, near, 100U);
}

static void two_tables_do_not_repeat_each_other(struct kunit *test)
{
	const unsigned int n = 2000;
	struct fixture *fx = test->priv, *second = fixture_new(test);
	unsigned int i, same = 0;
	u16 *a, *b;

	KUNIT_ASSERT_NOT_NULL(test, second);
	a = draw(fx, n);
	b = draw(second, n);
	for (i = 0; i < n; i++)
		same += a[i] == b[i];
	fixture_end(second);
	/* By chance it is none. */
	KUNIT_EXPECT_LE_MSG(test, same, 8U, "%u of %u are the same", same, n);
}

/* -------- past the host: mode direct, and calls to mapped ports -------- */

#define MAPPED	20007

static struct cr_session *direct(struct holder *h, struct cr_tuple t, u32 low)
{
	const struct cr_identity as = { .low = low, .flags = CR_SESSION_DIRECT };
	enum cr_counter why;
	struct cr_session *s = create_as(h, t, as, &why);

	KUNIT_EXPECT_EQ(h->fx->test, why, s ? CR_COUNTERS : CR_PORTS_EXHAUSTED);
	return s;
}

static struct cr_session *call(struct holder *h, struct cr_tuple answer, enum cr_counter *why)
{
	const struct cr_identity as = {
		.port = htons(MAPPED), .flags = CR_SESSION_DIRECT | CR_SESSION_INBOUND,
	};

	return create_as(h, answer, as, why);
}

static void direct_ports_begin_where_they_are_told_to(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *s;
	u32 i;

	for (i = 0; i < 300; i++) {
		s = direct(h, tuple(h, IPPROTO_UDP, 1 + i, REMOTE(i), 53), 65500);
		KUNIT_ASSERT_NOT_NULL(test, s);
		KUNIT_EXPECT_GE(test, ntohs(s->nat_port), 65500);
		KUNIT_EXPECT_EQ(test, s->flags, CR_SESSION_DIRECT);
	}
	s = direct(h, tuple(h, IPPROTO_TCP, 65535, REMOTE(1), 80), 65535);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_EQ(test, ntohs(s->nat_port), 65535);
	KUNIT_EXPECT_NULL(test, direct(h, tuple(h, IPPROTO_TCP, 1, REMOTE(1), 80), 65535));
	KUNIT_EXPECT_NULL(test, direct(h, tuple(h, IPPROTO_TCP, 1, REMOTE(2), 80), 65536));
	KUNIT_EXPECT_NOT_NULL(test, direct(h, tuple(h, IPPROTO_ICMP, 7, REMOTE(2), 0), 65536));
}

static void call_has_the_mapped_port(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx), *other = new_holder(fx);
	const struct cr_tuple t = tuple(h, IPPROTO_TCP, 8080, REMOTE(1), 7777);
	enum cr_counter why = CR_COUNTERS;
	struct cr_session *s = call(h, t, &why);
	struct cr_tuple back;

	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_EQ(test, ntohs(s->nat_port), MAPPED);
	KUNIT_EXPECT_EQ(test, s->flags, CR_SESSION_DIRECT | CR_SESSION_INBOUND);
	back = cr_session_backward(s);
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, cr_session_find_out(&fx->table, &h->owner, &t), s);
	KUNIT_EXPECT_PTR_EQ(test, cr_session_find_back(&fx->table, &back, fx->now), s);
	rcu_read_unlock();
	KUNIT_EXPECT_NULL(test, call(other, tuple(other, IPPROTO_TCP, 80, REMOTE(1), 7777), &why));
	KUNIT_EXPECT_EQ(test, why, CR_PORTS_EXHAUSTED);
	KUNIT_EXPECT_NOT_NULL(test, call(other, tuple(other, IPPROTO_TCP, 80, REMOTE(2), 7777),
					 &why));
}

/* Or whoever sends a SYN from an address that is not his would be remembered for hours. */
static void call_is_open_once_the_caller_has_answered(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	enum cr_counter why = CR_COUNTERS;
	struct cr_session *s = call(h, tuple(h, IPPROTO_TCP, 8080, REMOTE(1), 7777), &why);

	KUNIT_ASSERT_NOT_NULL(test, s);
	cr_session_seen_back(s, TCPHDR_SYN, fx->now);
	cr_session_seen_out(s, TCPHDR_SYN | TCPHDR_ACK, fx->now);
	cr_session_seen_out(s, TCPHDR_ACK, fx->now);
	KUNIT_EXPECT_EQ(test, s->state, CUBE_ROUTER_SESSION_TCP_SYN);
	cr_session_seen_back(s, TCPHDR_ACK, fx->now);
	KUNIT_EXPECT_EQ(test, s->state, CUBE_ROUTER_SESSION_TCP_ESTABLISHED);
	cr_session_seen_back(s, TCPHDR_FIN | TCPHDR_ACK, fx->now);
	KUNIT_EXPECT_EQ(test, s->state, CUBE_ROUTER_SESSION_TCP_CLOSING);
	cr_session_seen_back(s, TCPHDR_SYN, fx->now);
	KUNIT_EXPECT_EQ(test, s->state, CUBE_ROUTER_SESSION_TCP_SYN);
	KUNIT_EXPECT_EQ(test, s->flags, CR_SESSION_DIRECT | CR_SESSION_INBOUND);

	s = call(h, tuple(h, IPPROTO_UDP, 8080, REMOTE(1), 7777), &why);
	KUNIT_ASSERT_NOT_NULL(test, s);
	cr_session_seen_back(s, 0, fx->now);
	KUNIT_EXPECT_EQ(test, s->state, CUBE_ROUTER_SESSION_UDP_UNREPLIED);
	cr_session_seen_out(s, 0, fx->now);
	KUNIT_EXPECT_EQ(test, s->state, CUBE_ROUTER_SESSION_UDP_REPLIED);
}

static void calls_leave_half_to_the_owner_s_own_flows(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	enum cr_counter why = CR_COUNTERS;
	u32 i;

	h->owner.max = 9;
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_NOT_NULL(test, call(h, tuple(h, IPPROTO_TCP, 80, REMOTE(1), i), &why));
	KUNIT_EXPECT_NULL(test, call(h, tuple(h, IPPROTO_TCP, 80, REMOTE(1), i), &why));
	KUNIT_EXPECT_EQ(test, why, CR_LIMIT_SANDBOX);
	for (i = 0; i < 4; i++)
		create(h, tuple(h, IPPROTO_TCP, 40000, REMOTE(1), i));
	refused(h, tuple(h, IPPROTO_TCP, 40000, REMOTE(1), i), CR_LIMIT_SANDBOX);
}

/* The half is of calls: many flows of its own do not make a sandbox deaf. */
static void own_flows_take_no_call_s_place_but_the_last(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	enum cr_counter why = CR_COUNTERS;
	struct cr_session *s;
	u32 i;

	h->owner.max = 9;
	for (i = 0; i < 7; i++)
		create(h, tuple(h, IPPROTO_TCP, 40000, REMOTE(1), i));
	s = call(h, tuple(h, IPPROTO_TCP, 80, REMOTE(1), 0), &why);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_NOT_NULL(test, call(h, tuple(h, IPPROTO_TCP, 80, REMOTE(1), 1), &why));
	KUNIT_EXPECT_NULL(test, call(h, tuple(h, IPPROTO_TCP, 80, REMOTE(1), 2), &why));
	KUNIT_EXPECT_EQ(test, why, CR_LIMIT_SANDBOX);
	KUNIT_EXPECT_EQ(test, h->owner.calls, 2U);
	kill(fx, s);
	KUNIT_EXPECT_EQ(test, h->owner.calls, 1U);
	KUNIT_EXPECT_NOT_NULL(test, call(h, tuple(h, IPPROTO_TCP, 80, REMOTE(1), 2), &why));
}

/* Strangers who call many sandboxes at once keep none from calling out. */
static void calls_of_all_leave_half_to_own_flows(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h[6];
	enum cr_counter why = CR_COUNTERS;
	u32 i, n = 0;

	fx->table.limits.max = 40;
	for (i = 0; i < ARRAY_SIZE(h); i++)
		h[i] = new_holder(fx);
	for (i = 0; i < 5 * ARRAY_SIZE(h); i++)
		n += !!call(h[i / 5], tuple(h[i / 5], IPPROTO_TCP, 80, REMOTE(1), i), &why);
	KUNIT_EXPECT_EQ(test, n, 20U);
	KUNIT_EXPECT_EQ(test, why, CR_LIMIT_TOTAL);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->table.calls), 20);
	for (i = 0; i < 20; i++)
		create(h[4 + i / 10], tuple(h[4 + i / 10], IPPROTO_TCP, 40000, REMOTE(1), i));
	refused(h[3], tuple(h[3], IPPROTO_TCP, 40000, REMOTE(1), 1), CR_LIMIT_TOTAL);
	KUNIT_EXPECT_EQ(test, cr_table_flush(&fx->table, NULL, NULL), 40U);
	cr_table_reap(&fx->table);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->table.calls), 0);
	KUNIT_EXPECT_NOT_NULL(test, call(h[0], tuple(h[0], IPPROTO_TCP, 80, REMOTE(1), 1), &why));
}

static void reset_is_judged_by_what_was_acknowledged(struct kunit *test)
{
	static const u32 acked[] = { 0, 1000, 0x7ffffff0, 0xfffffff0 };
	struct cr_session s = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(acked); i++) {
		s.acked = acked[i];
		KUNIT_EXPECT_TRUE(test, cr_session_in_window(&s, acked[i]));
		KUNIT_EXPECT_TRUE(test, cr_session_in_window(&s, acked[i] + 64000));
		KUNIT_EXPECT_TRUE(test, cr_session_in_window(&s, acked[i] +
								       CR_END_WINDOW - 1));
		KUNIT_EXPECT_FALSE(test, cr_session_in_window(&s, acked[i] +
									CR_END_WINDOW));
		KUNIT_EXPECT_FALSE(test, cr_session_in_window(&s, acked[i] - 1));
		KUNIT_EXPECT_FALSE(test, cr_session_in_window(&s, acked[i] + 0x80000000));
	}
}

/* -------- idle times -------- */

#define OUT(s, flags)	cr_session_seen_out(s, flags, fx->now)
#define BACK(s, flags)	cr_session_seen_back(s, flags, fx->now)

static struct cr_session *establish(struct fixture *fx, struct holder *h, struct cr_tuple t)
{
	struct cr_session *s = create(h, t);

	OUT(s, TCPHDR_SYN);
	BACK(s, TCPHDR_SYN | TCPHDR_ACK);
	OUT(s, TCPHDR_ACK);
	return s;
}

/* A session in a state, brought there by packets that are all of this moment. */
static struct cr_session *in_state(struct fixture *fx, struct holder *h, u8 state)
{
	static const u8 protos[] = {
		[CUBE_ROUTER_SESSION_TCP_SYN] = IPPROTO_TCP,
		[CUBE_ROUTER_SESSION_TCP_ESTABLISHED] = IPPROTO_TCP,
		[CUBE_ROUTER_SESSION_TCP_CLOSING] = IPPROTO_TCP,
		[CUBE_ROUTER_SESSION_TCP_RESET] = IPPROTO_TCP,
		[CUBE_ROUTER_SESSION_UDP_UNREPLIED] = IPPROTO_UDP,
		[CUBE_ROUTER_SESSION_UDP_REPLIED] = IPPROTO_UDP,
		[CUBE_ROUTER_SESSION_ICMP] = IPPROTO_ICMP,
		[CUBE_ROUTER_SESSION_OTHER] = PROTO_GRE,
	};
	const u16 sport = state == CUBE_ROUTER_SESSION_OTHER ? 0 : 40000 + state;
	const struct cr_tuple t = tuple(h, protos[state], sport, REMOTE(state), 0);
	struct cr_session *s;

	if (protos[state] == IPPROTO_TCP && state != CUBE_ROUTER_SESSION_TCP_SYN)
		s = establish(fx, h, t);
	else
		s = create(h, t);
	if (state == CUBE_ROUTER_SESSION_TCP_CLOSING)
		OUT(s, TCPHDR_FIN | TCPHDR_ACK);
	if (state == CUBE_ROUTER_SESSION_TCP_RESET)
		BACK(s, TCPHDR_RST);
	if (state == CUBE_ROUTER_SESSION_UDP_REPLIED)
		BACK(s, 0);
	KUNIT_EXPECT_EQ(fx->test, s->state, state);
	return s;
}

/* Seconds, as the design tells them. */
static const u32 idle_times[] = {
	[CUBE_ROUTER_SESSION_TCP_SYN] = 240,
	[CUBE_ROUTER_SESSION_TCP_ESTABLISHED] = 10800,
	[CUBE_ROUTER_SESSION_TCP_CLOSING] = 240,
	[CUBE_ROUTER_SESSION_TCP_RESET] = 10,
	[CUBE_ROUTER_SESSION_UDP_UNREPLIED] = 120,
	[CUBE_ROUTER_SESSION_UDP_REPLIED] = 300,
	[CUBE_ROUTER_SESSION_ICMP] = 60,
	[CUBE_ROUTER_SESSION_OTHER] = 600,
};

static void defaults_are_those_of_the_design(struct kunit *test)
{
	struct cr_limits limits;
	unsigned int i;

	cr_limits_default(&limits);
	for (i = 0; i <= CUBE_ROUTER_SESSION_MAX; i++)
		KUNIT_EXPECT_EQ_MSG(test, limits.idle[i], idle_times[i], "state %u", i);
	KUNIT_EXPECT_EQ(test, limits.max, 1048576U);
	KUNIT_EXPECT_EQ(test, limits.max_owner, 65536U);
	KUNIT_EXPECT_EQ(test, limits.port_low, 30000);
}

/* Not one tick before, and at that tick. */
static void expires_exactly(struct fixture *fx, struct holder *h, u8 state, u32 start)
{
	const u32 idle = idle_times[state] * HZ;
	struct kunit *test = fx->test;
	struct cr_session *s;
	struct cr_tuple back;

	fx->now = start;
	s = in_state(fx, h, state);
	back = cr_session_backward(s);
	KUNIT_EXPECT_EQ(test, cr_session_left(&fx->table, s, fx->now), idle);
	fx->now = start + idle - 1;
	KUNIT_EXPECT_EQ(test, cr_session_left(&fx->table, s, fx->now), 1U);
	collect(fx);
	KUNIT_EXPECT_FALSE_MSG(test, s->dead, "state %u, one tick too early", state);
	KUNIT_EXPECT_PTR_EQ(test, find_back(fx, back), s);
	fx->now = start + idle;
	KUNIT_EXPECT_EQ(test, cr_session_left(&fx->table, s, fx->now), 0U);
	KUNIT_EXPECT_NULL(test, find_back(fx, back));
	KUNIT_EXPECT_PTR_EQ(test, find_out(fx, h, s->tuple), s);
	collect(fx);
	KUNIT_EXPECT_TRUE_MSG(test, s->dead, "state %u lives on", state);
	KUNIT_EXPECT_NULL(test, find_out(fx, h, s->tuple));
	cr_table_reap(&fx->table);
}

static void every_state_expires_at_its_tick(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	u8 state;

	for (state = 0; state <= CUBE_ROUTER_SESSION_MAX; state++)
		expires_exactly(fx, h, state, 1000000);
	KUNIT_EXPECT_EQ(test, counted(fx, CR_SESSION_EXPIRED), CUBE_ROUTER_SESSION_MAX + 1ULL);
}

static void every_state_expires_over_the_wrap_of_the_clock(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	u8 state;

	for (state = 0; state <= CUBE_ROUTER_SESSION_MAX; state++) {
		expires_exactly(fx, h, state, 0 - idle_times[state] * HZ / 2);
		expires_exactly(fx, h, state, 0 - idle_times[state] * HZ);
		expires_exactly(fx, h, state, 0 - idle_times[state] * HZ + 1);
		expires_exactly(fx, h, state, U32_MAX);
		expires_exactly(fx, h, state, 0);
		expires_exactly(fx, h, state, 0x80000000 - 1);
	}
}

static void packets_of_either_direction_refresh(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *s;
	u8 state;

	for (state = 0; state <= CUBE_ROUTER_SESSION_MAX; state++) {
		s = in_state(fx, h, state);
		fx->now += 5 * HZ;
		OUT(s, TCPHDR_ACK);
		KUNIT_EXPECT_EQ(test, s->last, fx->now);
		fx->now += 5 * HZ;
		BACK(s, TCPHDR_ACK);
		KUNIT_EXPECT_EQ(test, s->last, fx->now);
	}
}

static void packet_seen_on_another_cpu_costs_no_time(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *s = in_state(fx, h, CUBE_ROUTER_SESSION_ICMP);

	KUNIT_EXPECT_EQ(test, cr_session_idle(s, fx->now - 1), 0U);
	KUNIT_EXPECT_EQ(test, cr_session_idle(s, fx->now + 7), 7U);
	KUNIT_EXPECT_EQ(test, cr_session_left(&fx->table, s, fx->now - 1), 60U * HZ);
	KUNIT_EXPECT_EQ(test, cr_session_left(&fx->table, s, fx->now - 100), 60U * HZ);
	cr_table_collect(&fx->table, fx->now - 1, fx->table.mask + 1);
	KUNIT_EXPECT_FALSE(test, s->dead);
}

static void longest_idle_time_is_kept(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *s = in_state(fx, h, CUBE_ROUTER_SESSION_TCP_ESTABLISHED);
	const u32 ten_days = 864000U * HZ;

	fx->table.limits.idle[CUBE_ROUTER_SESSION_TCP_ESTABLISHED] = 864000;
	fx->now += ten_days - 1;
	KUNIT_EXPECT_EQ(test, cr_session_left(&fx->table, s, fx->now), 1U);
	fx->now++;
	KUNIT_EXPECT_EQ(test, cr_session_left(&fx->table, s, fx->now), 0U);
}

static void change_of_limits_acts_at_once(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *s = in_state(fx, h, CUBE_ROUTER_SESSION_UDP_REPLIED);
	u32 *idle = &fx->table.limits.idle[CUBE_ROUTER_SESSION_UDP_REPLIED];

	fx->now += 100 * HZ;
	KUNIT_EXPECT_EQ(test, cr_session_left(&fx->table, s, fx->now), 200U * HZ);
	*idle = 100;
	KUNIT_EXPECT_EQ(test, cr_session_left(&fx->table, s, fx->now), 0U);
	KUNIT_EXPECT_NULL(test, find_back(fx, cr_session_backward(s)));
	*idle = 101;
	KUNIT_EXPECT_PTR_EQ(test, find_back(fx, cr_session_backward(s)), s);
	collect(fx);
	KUNIT_EXPECT_FALSE(test, s->dead);
	*idle = 100;
	collect(fx);
	KUNIT_EXPECT_TRUE(test, s->dead);
}

static void expired_session_is_revived_by_a_packet_out_only(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *s = in_state(fx, h, CUBE_ROUTER_SESSION_UDP_UNREPLIED);
	const struct cr_tuple back = cr_session_backward(s);

	fx->now += 500 * HZ;
	KUNIT_EXPECT_NULL(test, find_back(fx, back));
	KUNIT_EXPECT_PTR_EQ(test, find_out(fx, h, s->tuple), s);
	KUNIT_EXPECT_PTR_EQ(test, create(h, s->tuple), s);
	OUT(s, 0);
	KUNIT_EXPECT_PTR_EQ(test, find_back(fx, back), s);
	collect(fx);
	KUNIT_EXPECT_FALSE(test, s->dead);
}

/* Any part of the table is as good as any other: so many buckets at a time see them all. */
static void collector_gets_round_in_parts(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	const u32 part = (fx->table.mask + 1) / 4 + 7;
	unsigned int i;

	for (i = 0; i < 1000; i++)
		create(h, tuple(h, IPPROTO_UDP, 40000, REMOTE(i), 53));
	fx->now += 500 * HZ;
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_GT(test, h->owner.count, 0U);
		cr_table_collect(&fx->table, fx->now, part);
	}
	KUNIT_EXPECT_EQ(test, h->owner.count, 0U);
	KUNIT_EXPECT_EQ(test, counted(fx, CR_SESSION_EXPIRED), 1000ULL);
}

/* -------- the hash -------- */

#define CHAINS	16384U	/* and as many flows */

enum order { BY_DADDR, BY_NETWORK, BY_SPORT, BY_BOTH, BY_DPORT, BY_GRID, BY_PROTO, BY_CLIENT,
	     BY_OWNER, ORDERS };

/* The flow number @i of those that a scan, a crowd of clients or a crowd of sandboxes begins. */
static struct cr_tuple flow_in_order(enum order order, u32 base, u32 i, u32 *owner)
{
	u32 daddr = base;
	u16 sport = base, dport = base >> 16;
	u8 proto = IPPROTO_UDP;

	*owner = 0;
	switch (order) {
	case BY_DADDR:
		daddr += i;
		break;
	case BY_NETWORK:
		daddr += i << 16;
		break;
	case BY_SPORT:
		sport += i;
		break;
	case BY_BOTH:
		daddr += i;
		sport += i;
		break;
	case BY_DPORT:
		dport += i;
		break;
	case BY_GRID:
		daddr += i % 128;
		dport += i / 128;
		break;
	case BY_PROTO:
		/* Ports that make up for the protocol, where that is merely added to them. */
		sport += i / 2;
		if (i % 2) {
			sport ^= (IPPROTO_TCP ^ IPPROTO_UDP) << 8;
			proto = IPPROTO_TCP;
		}
		break;
	case BY_CLIENT:
		sport += i % 64;
		*owner = i / 64;
		break;
	default:
		*owner = i;
	}
	return (struct cr_tuple){
		.saddr = htonl(0xc0a80000), .daddr = htonl(daddr),
		.sport = htons(sport), .dport = htons(dport), .proto = proto,
	};
}

/* One set of secrets and one order. The squares of the lengths tell how even they are. */
static u32 squares_of_chains(struct kunit *test, struct cr_table *table, enum order order, u32 base,
			     const u64 *salts, u8 *chains)
{
	struct cr_owner *owner = kunit_kzalloc(test, sizeof(*owner), GFP_KERNEL);
	struct cr_tuple flow;
	u32 i, id, bucket, squares = 0;

	KUNIT_ASSERT_NOT_NULL(test, owner);
	memset(chains, 0, CHAINS);
	for (i = 0; i < CHAINS; i++) {
		flow = flow_in_order(order, base, i, &id);
		owner->salt = salts[id];
		bucket = cr_hash_out(table, owner, &flow);
		squares += 2 * chains[bucket]++ + 1;
		KUNIT_ASSERT_LE(test, chains[bucket], 16);
	}
	return squares;
}

/*
 * As short as by chance, whatever the secrets are: sequential keys are where simple hashes fail.
 * With one flow a chain, chance makes one of 17 in one run of 10^8 or so.
 */
static void flows_in_order_make_short_chains(struct kunit *test)
{
	u64 *salts = kunit_kmalloc(test, CHAINS * sizeof(*salts), GFP_KERNEL);
	u8 *chains = kunit_kmalloc(test, CHAINS, GFP_KERNEL);
	struct cr_table *table = kunit_kzalloc(test, sizeof(*table), GFP_KERNEL);
	struct fixture *fx = test->priv;
	unsigned int round, k;
	u32 squares, base;

	KUNIT_ASSERT_NOT_NULL(test, salts);
	KUNIT_ASSERT_NOT_NULL(test, chains);
	KUNIT_ASSERT_NOT_NULL(test, table);
	table->mask = CHAINS - 1;
	prandom_bytes_state(&fx->t->rnd, salts, CHAINS * sizeof(*salts));
	for (round = 0; round < 8 * ORDERS; round++) {
		prandom_bytes_state(&fx->t->rnd, table->key, sizeof(table->key));
		for (k = 0; k < ARRAY_SIZE(table->key); k++)
			table->key[k] |= 1;
		base = prandom_u32_state(&fx->t->rnd);
		squares = squares_of_chains(test, table, round % ORDERS, base, salts, chains);
		/* Chance makes twice as many as there are chains. */
		KUNIT_ASSERT_LT_MSG(test, squares, CHAINS * 9 / 4, "order %u", round % ORDERS);
	}
}

/* -------- states -------- */

static u8 flags_of(const char *word)
{
	u8 flags = 0;

	for (; *word && *word != ' '; word++)
		flags |= *word == 'S' ? TCPHDR_SYN : *word == 'A' ? TCPHDR_ACK :
			 *word == 'F' ? TCPHDR_FIN : *word == 'R' ? TCPHDR_RST :
			 *word == 'P' ? TCPHDR_PSH : 0;
	return flags;
}

/*
 * Packets in words: > goes out, < comes back, then the flags by their first letters; ? is a doubt
 * about the RST before it.
 */
static void play(struct fixture *fx, struct cr_session *s, const char *words)
{
	for (; *words; words++) {
		if (*words == '>')
			OUT(s, flags_of(words + 1));
		else if (*words == '<')
			BACK(s, flags_of(words + 1));
		else if (*words == '?')
			cr_session_doubt_reset(s);
	}
}

struct tcp_row {
	const char *words;
	u8 state;
};

static void play_rows(struct kunit *test, const struct tcp_row *rows, unsigned int n)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *s;
	unsigned int i;

	for (i = 0; i < n; i++) {
		s = create(h, tuple(h, IPPROTO_TCP, 40000, REMOTE(i), 80));
		play(fx, s, rows[i].words);
		KUNIT_ASSERT_EQ_MSG(test, s->state, rows[i].state, "%s", rows[i].words);
	}
}

#define SYN		CUBE_ROUTER_SESSION_TCP_SYN
#define ESTABLISHED	CUBE_ROUTER_SESSION_TCP_ESTABLISHED
#define CLOSING		CUBE_ROUTER_SESSION_TCP_CLOSING
#define RESET		CUBE_ROUTER_SESSION_TCP_RESET
#define OPEN		">S <SA >A "

static void tcp_opening(struct kunit *test)
{
	static const struct tcp_row rows[] = {
		{ "", SYN },
		{ ">S", SYN },
		{ ">S >S >S", SYN },
		{ ">S <SA", SYN },
		{ ">S <SA <SA", SYN },
		{ ">S <SA >A", ESTABLISHED },
		{ ">S <SA >PA", ESTABLISHED },
		{ ">S <SA >S", SYN },
		{ ">S >A", SYN },
		{ ">S <S", SYN },
		{ ">S <S >SA", ESTABLISHED },
		{ ">S <S >SA <SA >A", ESTABLISHED },
		{ OPEN "<PA >PA <A", ESTABLISHED },
		{ OPEN ">S", ESTABLISHED },
		{ OPEN "<S", ESTABLISHED },
	};

	play_rows(test, rows, ARRAY_SIZE(rows));
}

static void tcp_closing_and_opening_again(struct kunit *test)
{
	static const struct tcp_row rows[] = {
		{ OPEN ">FA", CLOSING },
		{ OPEN "<FA", CLOSING },
		{ OPEN ">FA <A <PA >A", CLOSING },
		{ OPEN ">FA <FA >A", CLOSING },
		{ ">S <FA", CLOSING },
		{ OPEN ">FA <S", CLOSING },
		{ OPEN ">FA >SA", CLOSING },
		{ OPEN ">FA <FA >A >S", SYN },
		{ OPEN ">FA <FA >A >S >A", SYN },
		{ OPEN ">FA <FA >A >S <SA", SYN },
		{ OPEN ">FA <FA >A >S <SA >A", ESTABLISHED },
	};

	play_rows(test, rows, ARRAY_SIZE(rows));
}

static void tcp_reset_and_reset_that_was_ignored(struct kunit *test)
{
	static const struct tcp_row rows[] = {
		{ ">S <R", RESET },
		{ ">S <RA", RESET },
		{ ">S <SA >R", RESET },
		{ OPEN "<R", RESET },
		{ OPEN ">RA", RESET },
		{ OPEN ">FA <FA >R", RESET },
		{ OPEN "<R >A", RESET },
		{ OPEN "<R <A", RESET },
		{ OPEN "<R >A >A >PA", RESET },
		{ OPEN "<R <A <A <PA", RESET },
		{ OPEN "<R >A <A", ESTABLISHED },
		{ OPEN "<R <A >A", ESTABLISHED },
		{ OPEN ">R >A <A", ESTABLISHED },
		{ OPEN "<R >A <R", RESET },
		{ OPEN "<R >A <R <A", RESET },
		{ OPEN "<R >A <R <A >A", ESTABLISHED },
		{ OPEN "<R >A <A <R", RESET },
		{ OPEN "<R >A <A <R >A", RESET },
		{ OPEN "<R >A <A <FA", CLOSING },
		{ OPEN "<R >S", SYN },
		{ OPEN "<R >S <SA >A", ESTABLISHED },
		{ OPEN "<R <S", RESET },
	};

	play_rows(test, rows, ARRAY_SIZE(rows));
}

static void tcp_forged_reset_is_undone_by_the_sandbox(struct kunit *test)
{
	static const struct tcp_row rows[] = {
		{ OPEN "<R?", RESET },
		{ OPEN "<R? <A <PA", RESET },
		{ OPEN "<R? >A", ESTABLISHED },
		{ OPEN "<R? >A >PA <A", ESTABLISHED },
		{ OPEN "<R? >FA", CLOSING },
		{ OPEN "<R? >R >A", RESET },
		{ OPEN "<R? >A <R >A", RESET },
		{ OPEN "<R? >A <R? >A", ESTABLISHED },
		{ OPEN "<R? >S", SYN },
		{ OPEN "<R? >S <SA >A <R >A", RESET },
	};

	play_rows(test, rows, ARRAY_SIZE(rows));
}

/* Else it would be kept for hours, with nobody left to say anything. */
static void tcp_fin_after_ignored_reset_is_closing(struct kunit *test)
{
	static const struct tcp_row rows[] = {
		{ OPEN "<R >A <FA", CLOSING },
		{ OPEN "<R <A >FA", CLOSING },
	};

	play_rows(test, rows, ARRAY_SIZE(rows));
}

static void reopening_keeps_that_it_is_local(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *s = create(h, tuple(h, IPPROTO_TCP, 40000, REMOTE(1), 80));

	s->flags |= CR_SESSION_LOCAL;
	play(fx, s, OPEN "<R >A >S");
	KUNIT_EXPECT_EQ(test, s->flags, CR_SESSION_LOCAL);
	play(fx, s, "<SA >A");
	KUNIT_EXPECT_EQ(test, s->flags, CR_SESSION_LOCAL | CR_SESSION_REPLIED);
}

static void udp_is_replied_by_a_packet_back_only(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *s = create(h, tuple(h, IPPROTO_UDP, 40000, REMOTE(1), 53));

	OUT(s, 0);
	OUT(s, 0);
	KUNIT_EXPECT_EQ(test, s->state, CUBE_ROUTER_SESSION_UDP_UNREPLIED);
	KUNIT_EXPECT_FALSE(test, s->flags & CR_SESSION_REPLIED);
	BACK(s, 0);
	KUNIT_EXPECT_EQ(test, s->state, CUBE_ROUTER_SESSION_UDP_REPLIED);
	KUNIT_EXPECT_TRUE(test, s->flags & CR_SESSION_REPLIED);
	OUT(s, 0);
	KUNIT_EXPECT_EQ(test, s->state, CUBE_ROUTER_SESSION_UDP_REPLIED);
}

static void icmp_and_others_have_one_state(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	struct cr_session *icmp = create(h, tuple(h, IPPROTO_ICMP, 7, REMOTE(1), 0));
	struct cr_session *gre = create(h, tuple(h, PROTO_GRE, 0, REMOTE(1), 0));
	unsigned int i;

	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, icmp->state, CUBE_ROUTER_SESSION_ICMP);
		KUNIT_EXPECT_EQ(test, gre->state, CUBE_ROUTER_SESSION_OTHER);
		if (i % 2) {
			OUT(icmp, 0);
			OUT(gre, 0);
		} else {
			BACK(icmp, 0);
			BACK(gre, 0);
		}
	}
}

/* -------- limits -------- */

/* Flows that are made until one is refused. */
static unsigned int make_until(struct fixture *fx, struct holder *h, unsigned int from,
			       enum cr_counter expected)
{
	enum cr_counter why = CR_COUNTERS;
	unsigned int n = 0;

	while (n < 2000 && create_why(h, tuple(h, IPPROTO_UDP, 40000, REMOTE(from + n), 53), &why))
		n++;
	KUNIT_EXPECT_EQ(fx->test, why, expected);
	return n;
}

static void limit_of_an_owner(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx), *other = new_holder(fx);
	struct cr_session *s;

	fx->table.limits.max_owner = 50;
	KUNIT_EXPECT_EQ(test, make_until(fx, h, 0, CR_LIMIT_SANDBOX), 50U);
	KUNIT_EXPECT_EQ(test, make_until(fx, other, 0, CR_LIMIT_SANDBOX), 50U);
	/* What it has goes on, and one that ends makes room for one. */
	s = find_out(fx, h, tuple(h, IPPROTO_UDP, 40000, REMOTE(7), 53));
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_PTR_EQ(test, create(h, s->tuple), s);
	KUNIT_EXPECT_PTR_EQ(test, find_back(fx, cr_session_backward(s)), s);
	kill(fx, s);
	KUNIT_EXPECT_EQ(test, make_until(fx, h, 100, CR_LIMIT_SANDBOX), 1U);
	/* A limit that is set below what there is ends nothing. */
	fx->table.limits.max_owner = 10;
	refused(h, tuple(h, IPPROTO_UDP, 1, REMOTE(900), 53), CR_LIMIT_SANDBOX);
	collect(fx);
	KUNIT_EXPECT_EQ(test, h->owner.count, 50U);
}

static void own_limit_of_an_owner_is_the_lower_one(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx), *other = new_holder(fx);

	fx->table.limits.max_owner = 50;
	h->owner.max = 20;
	other->owner.max = 1000;
	KUNIT_EXPECT_EQ(test, make_until(fx, h, 0, CR_LIMIT_SANDBOX), 20U);
	KUNIT_EXPECT_EQ(test, make_until(fx, other, 0, CR_LIMIT_SANDBOX), 50U);
	h->owner.max = 21;
	KUNIT_EXPECT_EQ(test, make_until(fx, h, 100, CR_LIMIT_SANDBOX), 1U);
	h->owner.max = 0;
	KUNIT_EXPECT_EQ(test, make_until(fx, h, 200, CR_LIMIT_SANDBOX), 29U);
}

static void limit_of_all_counts_the_dead_until_they_are_gone(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h[5];
	unsigned int i;

	fx->table.limits.max = 100;
	for (i = 0; i < 5; i++)
		h[i] = new_holder(fx);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, make_until(fx, h[i], 0, CR_LIMIT_SANDBOX), 25U);
	refused(h[4], tuple(h[4], IPPROTO_UDP, 1, REMOTE(1), 53), CR_LIMIT_TOTAL);
	KUNIT_EXPECT_EQ(test, cr_table_flush(&fx->table, NULL, NULL), 100U);
	refused(h[4], tuple(h[4], IPPROTO_UDP, 1, REMOTE(1), 53), CR_LIMIT_TOTAL);
	cr_table_reap(&fx->table);
	KUNIT_EXPECT_EQ(test, make_until(fx, h[4], 0, CR_LIMIT_SANDBOX), 25U);
}

static void an_owner_has_a_quarter_of_all_at_most(struct kunit *test)
{
	static const struct { u32 max, max_owner, expected; } rows[] = {
		{ 400, 1000, 100 }, { 400, 100, 100 }, { 400, 99, 99 }, { 400, 101, 100 },
		{ 403, 1000, 100 }, { 404, 1000, 101 }, { 1048576, 65536, 65536 },
		{ 200000, 65536, 50000 }, { 1, 65536, 1 }, { 3, 65536, 1 },
	};
	struct fixture *fx = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fx->table.limits.max = rows[i].max;
		fx->table.limits.max_owner = rows[i].max_owner;
		KUNIT_EXPECT_EQ_MSG(test, cr_table_max_owner(&fx->table), rows[i].expected,
				    "row %u", i);
	}
	fx->table.limits.max = 400;
	KUNIT_EXPECT_EQ(test, make_until(fx, new_holder(fx), 0, CR_LIMIT_SANDBOX), 100U);
}

/* Flows that end as they begin take no more of what others need than such that live. */
static void the_dead_are_an_owner_s_until_they_are_reaped(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *a = new_holder(fx), *b = new_holder(fx);
	u32 i;

	fx->table.limits.max = 40;
	for (i = 0; i < 10; i++)
		kill(fx, create(a, tuple(a, IPPROTO_UDP, 40000, REMOTE(1), i)));
	KUNIT_EXPECT_EQ(test, atomic_read(&a->owner.dying), 10);
	refused(a, tuple(a, IPPROTO_UDP, 40000, REMOTE(1), i), CR_LIMIT_SANDBOX);
	create(b, tuple(b, IPPROTO_UDP, 40000, REMOTE(1), i));
	cr_table_reap(&fx->table);
	KUNIT_EXPECT_EQ(test, atomic_read(&a->owner.dying), 0);
	create(a, tuple(a, IPPROTO_UDP, 40000, REMOTE(1), i));
}

static void all_have_three_quarters_of_conntrack_at_most(struct kunit *test)
{
	static const struct { u32 conntrack, max, expected; } rows[] = {
		{ 400, 1000, 300 }, { 400, 300, 300 }, { 400, 299, 299 }, { 400, 301, 300 },
		{ 65536, 1048576, 49152 }, { 262144, 1048576, 196608 },
		{ 4194304, 1048576, 1048576 }, { 0x7fffffff, 0xffffffff, 1610612733 },
	};
	struct fixture *fx = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		nf_conntrack_max = rows[i].conntrack;
		fx->table.limits.max = rows[i].max;
		KUNIT_EXPECT_EQ_MSG(test, cr_table_max(&fx->table), rows[i].expected, "row %u", i);
	}
	nf_conntrack_max = 400;
	fx->table.limits.max = 1000;
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, make_until(fx, new_holder(fx), 0, CR_LIMIT_SANDBOX), 75U);
	refused(new_holder(fx), tuple(new_holder(fx), IPPROTO_UDP, 1, REMOTE(1), 53),
		CR_LIMIT_TOTAL);
}

/* To conntrack, a maximum of 0 is none. */
static void conntrack_without_maximum_is_no_limit(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = new_holder(fx);
	enum cr_counter why;

	nf_conntrack_max = 0;
	KUNIT_ASSERT_EQ(test, cr_table_max(&fx->table), 1048576U);
	KUNIT_EXPECT_NOT_NULL(test, create_why(h, tuple(h, IPPROTO_UDP, 1, REMOTE(1), 53), &why));
}

static void a_session_has_192_bytes_at_most(struct kunit *test)
{
	kunit_info(test, "%zu bytes", sizeof(struct cr_session));
	KUNIT_EXPECT_LE(test, sizeof(struct cr_session), 192UL);
}

/* -------- the naive model -------- */

#define MODEL_MAX	60U	/* sessions of all owners, the limit that is set */
#define MODEL_OWNERS	4
#define MODEL_STEPS	2500

/**
 * struct entry - a session as the model knows it
 * @there: it is in memory
 * @dead: it only waits to be forgotten
 * @h: its owner
 * @s: itself; compared, and looked into
 * @tuple: of it
 * @nat_port: that it was given
 * @last: time of its last packet
 * @replied: a packet came back
 * @open: both sides have spoken
 * @fin: a FIN was seen
 * @rst: a RST was seen
 * @out_on: the sandbox went on after that
 * @back_on: so did the far end
 */
struct entry {
	bool there;
	bool dead;
	struct holder *h;
	struct cr_session *s;
	struct cr_tuple tuple;
	__be16 nat_port;
	u32 last;
	bool replied;
	bool open;
	bool fin;
	bool rst;
	bool out_on;
	bool back_on;
};

/**
 * struct model - the naive table
 * @entry: all sessions, in no order
 * @h: the owners
 * @ended: those that are ended but may still have sessions
 * @n_ended: how many those are
 * @released: how many lost their last reference
 * @expired: sessions that their idle time ended
 * @flushed: that a flush, a packet or their owner ended
 * @made: that there ever were
 */
struct model {
	struct entry entry[MODEL_MAX];
	struct holder *h[MODEL_OWNERS];
	struct holder *ended[MODEL_STEPS];
	unsigned int n_ended;
	int released;
	u64 expired;
	u64 flushed;
	u64 made;
};

static bool tuples_equal(const struct cr_tuple *a, const struct cr_tuple *b)
{
	return a->saddr == b->saddr && a->daddr == b->daddr && a->sport == b->sport &&
	       a->dport == b->dport && a->proto == b->proto;
}

static u8 model_state(const struct entry *e)
{
	switch (e->tuple.proto) {
	case IPPROTO_TCP:
		return e->rst ? RESET : e->fin ? CLOSING : e->open ? ESTABLISHED : SYN;
	case IPPROTO_UDP:
		return e->replied ? CUBE_ROUTER_SESSION_UDP_REPLIED :
		       CUBE_ROUTER_SESSION_UDP_UNREPLIED;
	case IPPROTO_ICMP:
		return CUBE_ROUTER_SESSION_ICMP;
	default:
		return CUBE_ROUTER_SESSION_OTHER;
	}
}

static u32 model_left(const struct fixture *fx, const struct entry *e)
{
	const u64 idle = (u64)fx->table.limits.idle[model_state(e)] * HZ;
	const u32 since = fx->now - e->last;

	return since < idle ? idle - since : 0;
}

static struct entry *model_find(struct model *m, const struct holder *h, const struct cr_tuple *t)
{
	struct entry *e;

	for (e = m->entry; e < m->entry + MODEL_MAX; e++)
		if (e->there && !e->dead && e->h == h && tuples_equal(&e->tuple, t))
			return e;
	return NULL;
}

static struct entry *model_any(struct fixture *fx)
{
	struct entry *e = &fx->model->entry[below(&fx->t->rnd, MODEL_MAX)];

	return e->there && !e->dead ? e : NULL;
}

static unsigned int model_count(const struct model *m, const struct holder *h, bool dead_too)
{
	const struct entry *e;
	unsigned int n = 0;

	for (e = m->entry; e < m->entry + MODEL_MAX; e++)
		n += e->there && (!h || e->h == h) && (dead_too || !e->dead);
	return n;
}

/* Whether a port towards this end is somebody's, dead or alive. */
static bool model_taken(const struct model *m, const struct cr_tuple *t, __be16 nat_port)
{
	const struct entry *e;

	for (e = m->entry; e < m->entry + MODEL_MAX; e++)
		if (e->there && e->tuple.proto == t->proto && e->tuple.daddr == t->daddr &&
		    e->tuple.dport == t->dport && e->nat_port == nat_port)
			return true;
	return false;
}

static bool model_has_ports(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_ICMP;
}

/* The reason for which a flow has to be refused, or CR_COUNTERS. */
static enum cr_counter model_refusal(struct fixture *fx, struct holder *h, const struct cr_tuple *t)
{
	struct model *m = fx->model;
	const u32 living = model_count(m, h, false);
	const u32 dead = model_count(m, h, true) - living;
	u32 most = MODEL_MAX / 4;

	if (dead >= most)
		return CR_LIMIT_SANDBOX;
	if (h->owner.max && h->owner.max < most)
		most = h->owner.max;
	if (living >= most)
		return CR_LIMIT_SANDBOX;
	if (model_count(m, NULL, true) >= MODEL_MAX)
		return CR_LIMIT_TOTAL;
	if (!model_has_ports(t->proto) && model_taken(m, t, 0))
		return CR_PROTO_BUSY;
	return CR_COUNTERS;
}

static bool port_as_it_should_be(struct fixture *fx, const struct cr_tuple *t, __be16 nat_port)
{
	const u16 low = t->proto == IPPROTO_ICMP ? 0 : fx->table.limits.port_low;

	if (!model_has_ports(t->proto))
		return !nat_port;
	if (model_taken(fx->model, t, nat_port) || ntohs(nat_port) < low)
		return false;
	return ntohs(t->sport) < low || model_taken(fx->model, t, t->sport) ||
	       nat_port == t->sport;
}

static bool op_create(struct fixture *fx)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, PROTO_GRE, 132 };
	static const u16 sports[] = { 5, 29999, 30000, 40000, 65535 };
	struct rnd_state *rnd = &fx->t->rnd;
	struct model *m = fx->model;
	struct holder *h = m->h[below(rnd, MODEL_OWNERS)];
	const u8 proto = protos[below(rnd, ARRAY_SIZE(protos))];
	const bool ports = model_has_ports(proto);
	const struct cr_tuple t = tuple(h, proto, ports ? sports[below(rnd, 5)] : 0,
					REMOTE(below(rnd, 3)),
					ports && proto != IPPROTO_ICMP ? 80 + below(rnd, 2) : 0);
	struct entry *e = model_find(m, h, &t);
	enum cr_counter why, expected = e ? CR_COUNTERS : model_refusal(fx, h, &t);
	struct cr_session *s = create_why(h, t, &why);

	if (e)
		return s == e->s || trial_wrong(fx->t, "a second session of the same flow");
	if (!s || expected != CR_COUNTERS)
		return (!s && why == expected) ||
		       trial_wrong(fx->t, "create: reason %d, not %d", s ? -1 : (int)why, expected);
	if (!port_as_it_should_be(fx, &t, s->nat_port))
		return trial_wrong(fx->t, "protocol %u, port %u became %u", t.proto,
				   ntohs(t.sport), ntohs(s->nat_port));
	for (e = m->entry; e->there;)
		e++;
	*e = (struct entry){
		.there = true, .h = h, .s = s, .tuple = t, .nat_port = s->nat_port,
		.last = fx->now,
	};
	m->made++;
	return true;
}

static void model_packet(struct fixture *fx, struct entry *e, bool out, u8 flags)
{
	e->last = fx->now;
	if (!out)
		e->replied = true;
	if (e->tuple.proto != IPPROTO_TCP)
		return;
	if (out && (flags & TCPHDR_SYN) && !(flags & TCPHDR_ACK) && (e->rst || e->fin)) {
		e->replied = false;
		e->open = false;
		e->fin = false;
		e->rst = false;
	} else if (flags & TCPHDR_RST) {
		e->rst = true;
		e->out_on = false;
		e->back_on = false;
	} else if (e->rst) {
		*(out ? &e->out_on : &e->back_on) = true;
		e->rst = !(e->out_on && e->back_on);
		e->open = e->open || !e->rst;
		e->fin = e->fin && e->rst;
	} else if (flags & TCPHDR_FIN) {
		e->fin = true;
	} else if (out && flags & TCPHDR_ACK && e->replied) {
		e->open = true;
	}
}

/* A FIN while a RST is being ignored has a case of its own. */
static u8 model_flags(struct rnd_state *rnd, const struct entry *e)
{
	static const u8 flags[] = {
		TCPHDR_SYN, TCPHDR_SYN | TCPHDR_ACK, TCPHDR_ACK, TCPHDR_ACK | TCPHDR_PSH,
		TCPHDR_RST, TCPHDR_ACK | TCPHDR_FIN,
	};

	return flags[below(rnd, ARRAY_SIZE(flags) - e->rst)];
}

static bool op_packet(struct fixture *fx)
{
	const bool out = one_in(&fx->t->rnd, 2);
	struct entry *e = model_any(fx);
	u8 flags;

	if (!e || (!out && !model_left(fx, e)))
		return true;
	flags = e->tuple.proto == IPPROTO_TCP ? model_flags(&fx->t->rnd, e) : 0;
	model_packet(fx, e, out, flags);
	if (out)
		OUT(e->s, flags);
	else
		BACK(e->s, flags);
	return true;
}

static bool op_kill(struct fixture *fx)
{
	struct entry *e = model_any(fx);

	if (!e)
		return true;
	e->dead = true;
	fx->model->flushed++;
	return kill(fx, e->s) || trial_wrong(fx->t, "a living session was dead");
}

static bool op_flush(struct fixture *fx)
{
	const __be32 remote = REMOTE(below(&fx->t->rnd, 3));
	const bool all = one_in(&fx->t->rnd, 8);
	struct model *m = fx->model;
	struct entry *e;
	u32 n = 0, ended;

	for (e = m->entry; e < m->entry + MODEL_MAX; e++) {
		if (e->there && !e->dead && (all || e->tuple.daddr == remote)) {
			e->dead = true;
			n++;
		}
	}
	m->flushed += n;
	ended = cr_table_flush(&fx->table, all ? NULL : to_remote, &remote);
	return ended == n || trial_wrong(fx->t, "flushed %u, not %u", ended, n);
}

static bool op_collect(struct fixture *fx)
{
	struct model *m = fx->model;
	struct entry *e;

	for (e = m->entry; e < m->entry + MODEL_MAX; e++) {
		if (e->there && !e->dead && !model_left(fx, e)) {
			e->dead = true;
			m->expired++;
		}
	}
	collect(fx);
	return true;
}

static void model_forget(struct fixture *fx, struct cr_session *s)
{
	struct entry *e;

	for (e = fx->model->entry; e < fx->model->entry + MODEL_MAX; e++) {
		if (e->there && e->dead && e->s == s) {
			e->there = false;
			return;
		}
	}
	KUNIT_FAIL(fx->test, "told of a session that is not dead, or of one twice");
}

static bool op_reap(struct fixture *fx)
{
	struct model *m = fx->model;
	struct entry *e;
	unsigned int i;

	for (i = 0; i < m->n_ended; i++) {
		for (e = m->entry; e < m->entry + MODEL_MAX; e++) {
			if (e->there && !e->dead && e->h == m->ended[i]) {
				e->dead = true;
				m->flushed++;
			}
		}
	}
	m->released += m->n_ended;
	m->n_ended = 0;
	cr_table_reap(&fx->table);
	for (e = m->entry; e < m->entry + MODEL_MAX; e++)
		if (e->there && e->dead)
			return trial_wrong(fx->t, "a dead session was not forgotten");
	return true;
}

static bool op_owner(struct fixture *fx)
{
	struct rnd_state *rnd = &fx->t->rnd;
	struct model *m = fx->model;
	struct holder **h = &m->h[below(rnd, MODEL_OWNERS)];

	end_holder(*h);
	m->ended[m->n_ended++] = *h;
	refused(*h, tuple(*h, IPPROTO_TCP, 40000, REMOTE(1), 80), CR_HELD);
	*h = new_holder(fx);
	(*h)->owner.max = one_in(rnd, 3) ? 1 + below(rnd, 12) : 0;
	return true;
}

static bool op_clock(struct fixture *fx)
{
	struct rnd_state *rnd = &fx->t->rnd;

	fx->now += one_in(rnd, 4) ? below(rnd, 400 * HZ) : below(rnd, 10 * HZ);
	return true;
}

static bool op_limits(struct fixture *fx)
{
	struct rnd_state *rnd = &fx->t->rnd;

	fx->table.limits.idle[below(rnd, CUBE_ROUTER_SESSION_MAX + 1)] = 1 + below(rnd, 600);
	fx->table.limits.port_low = one_in(rnd, 2) ? 30000 : 40001;
	return true;
}

static bool one_step(struct fixture *fx)
{
	const u32 dice = below(&fx->t->rnd, 100);

	if (dice < 40)
		return op_create(fx);
	if (dice < 70)
		return op_packet(fx);
	if (dice < 76)
		return op_kill(fx);
	if (dice < 78)
		return op_flush(fx);
	if (dice < 84)
		return op_collect(fx);
	if (dice < 88)
		return op_reap(fx);
	if (dice < 90)
		return op_owner(fx);
	return dice < 98 ? op_clock(fx) : op_limits(fx);
}

static bool entry_agrees(struct fixture *fx, struct entry *e)
{
	struct entry *same = model_find(fx->model, e->h, &e->tuple);
	const struct cr_tuple back = {
		.saddr = e->tuple.daddr, .sport = e->tuple.dport,
		.daddr = NAT, .dport = e->nat_port, .proto = e->tuple.proto,
	};
	const u32 left = e->dead ? 0 : model_left(fx, e);

	if (find_out(fx, e->h, e->tuple) != (same ? same->s : NULL))
		return trial_wrong(fx->t, "protocol %u: wrong one found by its outward key",
				   e->tuple.proto);
	if (find_back(fx, back) != (left ? e->s : NULL))
		return trial_wrong(fx->t, "protocol %u, dead %d, left %u: wrong one found back",
				   e->tuple.proto, e->dead, left);
	if (e->dead)
		return true;
	if (e->s->state != model_state(e) || cr_session_left(&fx->table, e->s, fx->now) != left)
		return trial_wrong(fx->t, "state %u, %u left, not %u, %u", e->s->state,
				   cr_session_left(&fx->table, e->s, fx->now), model_state(e),
				   left);
	return true;
}

static bool counts_agree(struct fixture *fx)
{
	struct model *m = fx->model;
	unsigned int i;

	if (atomic_read(&fx->table.count) != model_count(m, NULL, true))
		return trial_wrong(fx->t, "%d in all, not %u", atomic_read(&fx->table.count),
				   model_count(m, NULL, true));
	for (i = 0; i < MODEL_OWNERS; i++)
		if (m->h[i]->owner.count != model_count(m, m->h[i], false))
			return trial_wrong(fx->t, "%u of an owner, not %u", m->h[i]->owner.count,
					   model_count(m, m->h[i], false));
	if (atomic_read(&fx->released) != m->released)
		return trial_wrong(fx->t, "%d owners released, not %d",
				   atomic_read(&fx->released), m->released);
	if (counted(fx, CR_SESSION_NEW) != m->made ||
	    counted(fx, CR_SESSION_EXPIRED) != m->expired ||
	    counted(fx, CR_SESSION_FLUSHED) != m->flushed)
		return trial_wrong(fx->t, "counters");
	return true;
}

static bool model_agrees(struct fixture *fx)
{
	struct entry *e;

	for (e = fx->model->entry; e < fx->model->entry + MODEL_MAX; e++)
		if (e->there && !entry_agrees(fx, e))
			return false;
	return counts_agree(fx);
}

static void random_operations_match_naive_model(struct kunit *test)
{
	struct fixture *fx = test->priv;
	unsigned int i;

	fx->model = kunit_kzalloc(test, sizeof(*fx->model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fx->model);
	for (i = 0; i < MODEL_OWNERS; i++)
		fx->model->h[i] = new_holder(fx);
	fx->on_forget = model_forget;
	fx->table.limits.max = MODEL_MAX;
	fx->now = 0 - 2000 * HZ; /* it wraps after a while */
	for (i = 0; i < MODEL_STEPS; i++) {
		if (!one_step(fx) || !model_agrees(fx)) {
			KUNIT_FAIL(test, "step %u of %u: %s", i, MODEL_STEPS, fx->t->why);
			break;
		}
		if (i % 100 == 0 && walk(fx) != model_count(fx->model, NULL, false))
			KUNIT_FAIL(test, "step %u: the walk shows %u", i, walk(fx));
		cond_resched();
	}
	kunit_info(test, "%u steps, %llu sessions, %llu expired, %llu flushed, %d owners", i,
		   fx->model->made, fx->model->expired, fx->model->flushed,
		   atomic_read(&fx->made));
}

/* -------- many at once -------- */

#define STORM_THREADS	4
#define STORM_OWNERS	6
#define STORM_TIME	(2 * HZ)

/**
 * struct storm - what the threads share
 * @fx: the fixture
 * @slot: owners that are there right now
 * @ops: things done
 * @wrong: sessions found that are not what was looked for
 */
struct storm {
	struct fixture *fx;
	struct holder __rcu *slot[STORM_OWNERS];
	atomic_t ops;
	atomic_t wrong;
};

static struct holder *dynamic_holder(struct fixture *fx)
{
	struct holder *h = kzalloc(sizeof(*h), GFP_KERNEL);

	if (!h)
		return NULL;
	h->dynamic = true;
	set_up_holder(h, fx);
	return h;
}

/* A new owner takes the place of another, whose packets may still be under way. */
static void storm_replace(struct storm *storm, unsigned int i)
{
	struct holder *h = dynamic_holder(storm->fx);

	if (!h)
		return;
	h = (struct holder __force *)xchg(&storm->slot[i], (struct holder __rcu __force *)h);
	cr_owner_end(&h->owner, &storm->fx->table);
}

static void storm_back(struct storm *storm, const struct cr_session *s, u8 flags)
{
	const struct cr_tuple back = cr_session_backward(s);
	struct cr_session *found = cr_session_find_back(&storm->fx->table, &back, cr_now());

	if (!found)
		return;
	/* Its owner must still be there: this reads from it. */
	if (found->nat_port != back.dport || found->tuple.daddr != back.saddr ||
	    found->tuple.proto != back.proto || !found->owner->id)
		atomic_inc(&storm->wrong);
	cr_session_seen_back(found, flags, cr_now());
}

/* A packet, as the module treats it: under RCU, with softirqs off. */
static void storm_packet(struct storm *storm, struct rnd_state *rnd)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, PROTO_GRE };
	struct cr_table *table = &storm->fx->table;
	struct holder *h = rcu_dereference(storm->slot[below(rnd, STORM_OWNERS)]);
	const u8 proto = protos[below(rnd, ARRAY_SIZE(protos))];
	const bool ports = proto != PROTO_GRE;
	const struct cr_tuple t = tuple(h, proto, ports ? 29990 + below(rnd, 20) : 0,
					REMOTE(below(rnd, 5)), 0);
	const struct cr_identity as = { .addr = NAT, .low = table->limits.port_low };
	const u8 flags = below(rnd, 64);
	enum cr_counter why;
	struct cr_session *s = cr_session_find_out(table, &h->owner, &t);

	if (!s)
		s = cr_session_create(table, &h->owner, &t, &as, cr_now(), &why);
	if (!s)
		return;
	if (!tuples_equal(&s->tuple, &t) || s->owner != &h->owner)
		atomic_inc(&storm->wrong);
	cr_session_seen_out(s, flags, cr_now());
	storm_back(storm, s, flags);
	if (one_in(rnd, 8))
		cr_session_kill(table, s);
}

static int storm_thread(void *arg)
{
	struct storm *storm = arg;
	struct rnd_state rnd;
	__be32 remote;

	prandom_seed_state(&rnd, get_random_u64());
	while (!kthread_should_stop()) {
		local_bh_disable();
		rcu_read_lock();
		storm_packet(storm, &rnd);
		rcu_read_unlock();
		local_bh_enable();
		remote = REMOTE(below(&rnd, 5));
		if (one_in(&rnd, 100))
			cr_table_flush(&storm->fx->table, to_remote, &remote);
		if (one_in(&rnd, 50))
			storm_replace(storm, below(&rnd, STORM_OWNERS));
		atomic_inc(&storm->ops);
		cond_resched();
	}
	return 0;
}

struct keys {
	struct cr_tuple key[4096];
	unsigned int n;
};

static int note_key(struct cr_session *s, void *arg)
{
	struct keys *keys = arg;

	if (keys->n == ARRAY_SIZE(keys->key))
		return -ENOSPC;
	memset(&keys->key[keys->n], 0, sizeof(keys->key[0]));
	keys->key[keys->n].saddr = s->tuple.daddr;
	keys->key[keys->n].sport = s->tuple.dport;
	keys->key[keys->n].dport = s->nat_port;
	keys->key[keys->n++].proto = s->tuple.proto;
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct cr_tuple));
}

static void no_two_have_the_same_key(struct fixture *fx)
{
	struct keys *keys = kvzalloc(sizeof(*keys), GFP_KERNEL);
	unsigned int i, same = 0;

	KUNIT_ASSERT_NOT_NULL(fx->test, keys);
	for (i = 0; i <= fx->table.mask; i++)
		cr_table_walk(&fx->table, i, note_key, keys);
	sort(keys->key, keys->n, sizeof(keys->key[0]), compare_keys, NULL);
	for (i = 1; i < keys->n; i++)
		same += !compare_keys(&keys->key[i - 1], &keys->key[i]);
	kvfree(keys);
	KUNIT_EXPECT_EQ(fx->test, same, 0U);
}

static bool start_storm(struct storm *storm, struct task_struct **threads)
{
	unsigned int i;

	for (i = 0; i < STORM_OWNERS; i++) {
		struct holder *h = dynamic_holder(storm->fx);

		if (!h)
			return false;
		rcu_assign_pointer(storm->slot[i], h);
	}
	for (i = 0; i < STORM_THREADS; i++) {
		threads[i] = kthread_run(storm_thread, storm, "cr_storm%u", i);
		if (IS_ERR(threads[i]))
			return false;
	}
	return true;
}

/* Nobody looks any more. */
static void end_storm(struct storm *storm, struct task_struct **threads)
{
	struct holder *h;
	unsigned int i;

	for (i = 0; i < STORM_THREADS; i++)
		if (!IS_ERR_OR_NULL(threads[i]))
			kthread_stop(threads[i]);
	no_two_have_the_same_key(storm->fx);
	for (i = 0; i < STORM_OWNERS; i++) {
		h = rcu_dereference_protected(storm->slot[i], true);
		if (h)
			cr_owner_end(&h->owner, &storm->fx->table);
	}
}

static void four_threads_owners_and_collector_at_once(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct storm *storm = kunit_kzalloc(test, sizeof(*storm), GFP_KERNEL);
	struct task_struct *threads[STORM_THREADS] = {};
	unsigned long end = jiffies + STORM_TIME;
	unsigned int i, rounds = 0;

	KUNIT_ASSERT_NOT_NULL(test, storm);
	storm->fx = fx;
	for (i = 0; i <= CUBE_ROUTER_SESSION_MAX; i++)
		fx->table.limits.idle[i] = 1;
	KUNIT_EXPECT_TRUE(test, start_storm(storm, threads));
	while (time_before(jiffies, end)) {
		cr_table_collect(&fx->table, cr_now(), 300);
		cr_table_reap(&fx->table);
		rounds++;
		msleep(20);
	}
	end_storm(storm, threads);
	KUNIT_EXPECT_EQ(test, atomic_read(&storm->wrong), 0);
	cr_table_reap(&fx->table);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->table.count), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->released), atomic_read(&fx->made));
	KUNIT_EXPECT_EQ(test, counted(fx, CR_SESSION_NEW),
			counted(fx, CR_SESSION_EXPIRED) + counted(fx, CR_SESSION_FLUSHED));
	kunit_info(test, "%d packets, %llu sessions, %d owners, %u rounds",
		   atomic_read(&storm->ops), counted(fx, CR_SESSION_NEW), atomic_read(&fx->made),
		   rounds);
}

static struct kunit_case session_cases[] = {
	KUNIT_CASE(both_keys_find_a_session_and_no_other_does),
	KUNIT_CASE(same_flow_again_is_the_same_session),
	KUNIT_CASE(port_of_a_dead_session_is_free_only_when_forgotten),
	KUNIT_CASE(ended_owner_makes_no_session_and_loses_those_it_has),
	KUNIT_CASE(owner_without_table_is_released_at_once),
	KUNIT_CASE(flush_ends_what_matches),
	KUNIT_CASE(events_are_on_the_owner_s_account),
	KUNIT_CASE(walk_stops_where_it_is_told_to),
	KUNIT_CASE(own_port_is_kept_if_in_range),
	KUNIT_CASE(own_port_is_kept_towards_another_end),
	KUNIT_CASE(own_port_that_is_taken_gives_another),
	KUNIT_CASE(icmp_identifiers_use_the_whole_range),
	KUNIT_CASE(ports_stay_in_any_range),
	KUNIT_CASE(range_of_536_ports_fills_nearly_completely),
	KUNIT_CASE(exhausted_end_does_not_affect_another),
	KUNIT_CASE(crowded_owners_leave_ports_to_others),
	KUNIT_CASE(crowded_part_of_the_range_shuts_nobody_out),
	KUNIT_CASE(protocols_without_ports_take_one_each),
	KUNIT_CASE(ports_are_spread_evenly),
	KUNIT_CASE(successive_ports_do_not_depend_on_each_other),
	KUNIT_CASE(ports_towards_one_end_are_spread_evenly),
	KUNIT_CASE(two_tables_do_not_repeat_each_other),
	KUNIT_CASE(direct_ports_begin_where_they_are_told_to),
	KUNIT_CASE(call_has_the_mapped_port),
	KUNIT_CASE(call_is_open_once_the_caller_has_answered),
	KUNIT_CASE(calls_leave_half_to_the_owner_s_own_flows),
	KUNIT_CASE(own_flows_take_no_call_s_place_but_the_last),
	KUNIT_CASE(calls_of_all_leave_half_to_own_flows),
	KUNIT_CASE(reset_is_judged_by_what_was_acknowledged),
	KUNIT_CASE(defaults_are_those_of_the_design),
	KUNIT_CASE(every_state_expires_at_its_tick),
	KUNIT_CASE(every_state_expires_over_the_wrap_of_the_clock),
	KUNIT_CASE(packets_of_either_direction_refresh),
	KUNIT_CASE(packet_seen_on_another_cpu_costs_no_time),
	KUNIT_CASE(longest_idle_time_is_kept),
	KUNIT_CASE(change_of_limits_acts_at_once),
	KUNIT_CASE(expired_session_is_revived_by_a_packet_out_only),
	KUNIT_CASE(collector_gets_round_in_parts),
	KUNIT_CASE(flows_in_order_make_short_chains),
	KUNIT_CASE(tcp_opening),
	KUNIT_CASE(tcp_closing_and_opening_again),
	KUNIT_CASE(tcp_reset_and_reset_that_was_ignored),
	KUNIT_CASE(tcp_forged_reset_is_undone_by_the_sandbox),
	KUNIT_CASE(tcp_fin_after_ignored_reset_is_closing),
	KUNIT_CASE(reopening_keeps_that_it_is_local),
	KUNIT_CASE(udp_is_replied_by_a_packet_back_only),
	KUNIT_CASE(icmp_and_others_have_one_state),
	KUNIT_CASE(limit_of_an_owner),
	KUNIT_CASE(own_limit_of_an_owner_is_the_lower_one),
	KUNIT_CASE(limit_of_all_counts_the_dead_until_they_are_gone),
	KUNIT_CASE(an_owner_has_a_quarter_of_all_at_most),
	KUNIT_CASE(the_dead_are_an_owner_s_until_they_are_reaped),
	KUNIT_CASE(all_have_three_quarters_of_conntrack_at_most),
	KUNIT_CASE(conntrack_without_maximum_is_no_limit),
	KUNIT_CASE(a_session_has_192_bytes_at_most),
	KUNIT_CASE(random_operations_match_naive_model),
	KUNIT_CASE(four_threads_owners_and_collector_at_once),
	{}
};

static struct kunit_suite session_suite = {
	.name = "cr_session",
	.init = session_init,
	.exit = session_exit,
	.test_cases = session_cases,
};

kunit_test_suite(session_suite);
