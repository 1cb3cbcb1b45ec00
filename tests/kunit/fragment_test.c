// SPDX-License-Identifier: GPL-2.0
/*
 * Suite cr_fragment: the memory of first fragments against a naive one; real fragments through
 * the kernel's own queues, in any order; and the budget, which has to be as it was once all
 * packets are complete. The clock of the budget is moved by setting its start back.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/sort.h>
#include <net/inet_frag.h>
#include <net/net_namespace.h>

#include "fragment.h"
#include "packet.h"

#define MEMORY_TIME	(2 * HZ)
#define SPAN		(30 * HZ)
#define SHARE		8

/* -------- the memory on the way back -------- */

static struct cr_fragment_memory *new_memory(struct kunit *test)
{
	struct cr_fragment_memory *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	cr_fragment_memory_init(m);
	return m;
}

static struct cr_tuple some_tuple(struct rnd_state *rnd)
{
	return (struct cr_tuple){
		.saddr = (__force __be32)prandom_u32_state(rnd),
		.daddr = (__force __be32)prandom_u32_state(rnd),
		.sport = (__force __be16)(1 + below(rnd, 65535)),
		.dport = (__force __be16)(1 + below(rnd, 65535)),
		.proto = one_in(rnd, 2) ? IPPROTO_UDP : IPPROTO_TCP,
	};
}

static bool tuples_equal(const struct cr_tuple *a, const struct cr_tuple *b)
{
	return a->saddr == b->saddr && a->daddr == b->daddr && a->sport == b->sport &&
	       a->dport == b->dport && a->proto == b->proto;
}

/* What a later fragment knows of itself. */
static struct cr_tuple without_ports(struct cr_tuple t)
{
	t.sport = htons(0xdead);
	t.dport = htons(0xbeef);
	return t;
}

static bool recalls(struct cr_fragment_memory *m, const struct cr_tuple *t, __be16 id, u32 now)
{
	struct cr_tuple x = without_ports(*t);

	return cr_fragment_recall(m, &x, id, now) && tuples_equal(&x, t);
}

static bool knows(struct cr_fragment_memory *m, struct cr_tuple t, __be16 id, u32 now)
{
	t = without_ports(t);
	return cr_fragment_recall(m, &t, id, now);
}

static void memory_tells_the_ports_of_the_first(struct kunit *test)
{
	struct cr_fragment_memory *m = new_memory(test);
	struct trial *t = trial_new(test);
	struct cr_tuple first, second;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		const __be16 id = htons(below(&t->rnd, 65536));

		first = some_tuple(&t->rnd);
		cr_fragment_note(m, &first, id, i);
		KUNIT_ASSERT_TRUE(test, recalls(m, &first, id, i));
		KUNIT_ASSERT_TRUE_MSG(test, recalls(m, &first, id, i), "the third fragment");
		/* The same addresses and number again, from other ports. */
		second = first;
		second.sport ^= htons(1);
		cr_fragment_note(m, &second, id, i);
		KUNIT_ASSERT_TRUE(test, recalls(m, &second, id, i));
	}
}

static void empty_memory_recalls_nothing(struct kunit *test)
{
	struct cr_fragment_memory *m = new_memory(test);
	struct trial *t = trial_new(test);
	const struct cr_tuple zero = {};
	unsigned int i;

	KUNIT_EXPECT_FALSE(test, knows(m, zero, 0, 0));
	for (i = 0; i < 1000; i++)
		KUNIT_ASSERT_FALSE(test, knows(m, some_tuple(&t->rnd), htons(i), i));
}

static void another_packet_is_not_recalled(struct kunit *test)
{
	struct cr_fragment_memory *m = new_memory(test);
	struct trial *t = trial_new(test);
	struct cr_tuple first, other;
	unsigned int i;

	for (i = 0; i < 300; i++) {
		first = some_tuple(&t->rnd);
		cr_fragment_note(m, &first, htons(i), i);
		other = first;
		other.saddr ^= htonl(1 << below(&t->rnd, 32));
		KUNIT_ASSERT_FALSE(test, knows(m, other, htons(i), i));
		other = first;
		other.daddr ^= htonl(1 << below(&t->rnd, 32));
		KUNIT_ASSERT_FALSE(test, knows(m, other, htons(i), i));
		other = first;
		other.proto ^= 1 << below(&t->rnd, 8);
		KUNIT_ASSERT_FALSE(test, knows(m, other, htons(i), i));
		KUNIT_ASSERT_FALSE(test, knows(m, first, htons(i ^ 1 << below(&t->rnd, 16)), i));
		other = without_ports(first);
		cr_fragment_recall(m, &other, htons(i ^ 1), i);
		KUNIT_ASSERT_EQ_MSG(test, ntohs(other.sport), 0xdead, "ports of nobody");
		KUNIT_ASSERT_TRUE(test, knows(m, first, htons(i), i));
	}
}

static void memory_expires_after_two_seconds(struct kunit *test)
{
	static const u32 starts[] = { 0, 1000000, U32_MAX, 0 - HZ, 0 - MEMORY_TIME, 0x7fffffff };
	struct cr_fragment_memory *m = new_memory(test);
	struct trial *t = trial_new(test);
	const struct cr_tuple first = some_tuple(&t->rnd);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		cr_fragment_note(m, &first, htons(7), starts[i]);
		KUNIT_EXPECT_TRUE(test, knows(m, first, htons(7), starts[i]));
		KUNIT_EXPECT_TRUE(test, knows(m, first, htons(7), starts[i] + MEMORY_TIME - 1));
		KUNIT_EXPECT_FALSE(test, knows(m, first, htons(7), starts[i] + MEMORY_TIME));
		KUNIT_EXPECT_FALSE(test, knows(m, first, htons(7), starts[i] + 100 * MEMORY_TIME));
	}
}

/* Two packets whose place is the same, found by trying. */
static void newer_packet_takes_the_place(struct kunit *test)
{
	struct cr_fragment_memory *m = new_memory(test);
	struct trial *t = trial_new(test);
	const struct cr_tuple first = some_tuple(&t->rnd);
	struct cr_tuple other;
	unsigned int i, taken = 0;

	for (i = 0; i < 30 * CR_FRAGMENT_SLOTS; i++) {
		cr_fragment_note(m, &first, htons(7), 0);
		other = some_tuple(&t->rnd);
		cr_fragment_note(m, &other, htons(8), 0);
		KUNIT_ASSERT_TRUE(test, recalls(m, &other, htons(8), 0));
		taken += !knows(m, first, htons(7), 0);
	}
	kunit_info(test, "%u of %u took it", taken, i);
	/* 30 are to be expected; the bounds are passed but for one time in ten million. */
	KUNIT_EXPECT_GE(test, taken, 1U);
	KUNIT_EXPECT_LE(test, taken, 65U);
}

#define NOTES	24

/**
 * struct note - what the naive memory has of a packet
 * @tuple: of it
 * @id: of it
 * @when: it was noted last
 * @number: of that note
 */
struct note {
	struct cr_tuple tuple;
	__be16 id;
	u32 when;
	unsigned int number;
};

/* What is told is never wrong; what is not told was never there, is old, or had to make room. */
static void memory_agrees_with_naive_one(struct kunit *test)
{
	struct cr_fragment_memory *m = new_memory(test);
	struct trial *t = trial_new(test);
	unsigned int i, number = 0, known = 0, displaced = 0;
	struct note notes[NOTES] = {};
	u32 now = 0 - 5 * HZ;

	for (i = 0; i < NOTES; i++) {
		notes[i].tuple = some_tuple(&t->rnd);
		notes[i].id = htons(below(&t->rnd, 4));
	}
	for (i = 0; i < 5000; i++) {
		struct note *n = &notes[below(&t->rnd, NOTES)];

		now += below(&t->rnd, HZ / 8);
		if (one_in(&t->rnd, 2)) {
			n->tuple.sport = htons(below(&t->rnd, 65536));
			n->when = now;
			n->number = ++number;
			cr_fragment_note(m, &n->tuple, n->id, now);
		} else if (knows(m, n->tuple, n->id, now)) {
			known++;
			KUNIT_ASSERT_TRUE(test, n->number && now - n->when < MEMORY_TIME);
			KUNIT_ASSERT_TRUE(test, recalls(m, &n->tuple, n->id, now));
		} else if (n->number && now - n->when < MEMORY_TIME) {
			displaced++;
			KUNIT_ASSERT_LT_MSG(test, n->number, number, "the newest is gone");
		}
	}
	kunit_info(test, "%u notes, %u known, %u displaced", number, known, displaced);
	KUNIT_EXPECT_GT(test, known, 500U);
	KUNIT_EXPECT_LT(test, displaced, known);
}

/* -------- fragments for the kernel's queues -------- */

#define PIECES	12

/**
 * enum layout - what buffers the pieces of a packet come in
 * @LINEAR: all of it is linear
 * @PAGES: their payload may be in pages
 * @ANY: or in lists of buffers
 * @WATCHED: linear, in memory as a TAP's is, and somebody (tcpdump) holds them, too
 */
enum layout { LINEAR, PAGES, ANY, WATCHED };

/**
 * struct datagram - a packet, and how it is cut
 * @pk: the whole
 * @len: of its transport part
 * @n: number of pieces
 * @from: where each begins, and behind the last, where it ends
 * @order: in which they come
 * @layout: of the pieces
 */
struct datagram {
	struct packet pk;
	unsigned int len;
	unsigned int n;
	u16 from[PIECES + 1];
	u8 order[PIECES];
	enum layout layout;
};

static struct sk_buff_head watched;

static int compare_u16(const void *a, const void *b)
{
	return *(const u16 *)a - *(const u16 *)b;
}

/* Cuts at different multiples of 8, and an order that any of them can end. */
static void cut(struct rnd_state *rnd, struct datagram *d)
{
	const unsigned int units = (d->len - 1) / 8;
	unsigned int i, k, n;

	d->from[0] = 0;
	n = 1 + below(rnd, min(units, PIECES - 1U));
	for (i = 1; i <= n; i++)
		d->from[i] = 8 * (1 + below(rnd, units));
	sort(d->from, n + 1, sizeof(d->from[0]), compare_u16, NULL);
	for (i = 1, k = 1; i <= n; i++)
		if (d->from[i] != d->from[k - 1])
			d->from[k++] = d->from[i];
	d->n = k;
	d->from[k] = d->len;
	for (i = 0; i < d->n; i++) {
		k = below(rnd, i + 1);
		d->order[i] = d->order[k];
		d->order[k] = i;
	}
}

static void random_datagram(struct rnd_state *rnd, struct datagram *d, enum layout layout)
{
	memset(d, 0, sizeof(*d));
	packet_random_part(rnd, &d->pk.outer, below(rnd, PACKET_ERROR));
	/* A source of its own: the queues look at how far apart fragments of one source come. */
	d->pk.outer.saddr = (__force __be32)prandom_u32_state(rnd);
	d->pk.outer.payload_len = 16 + below(rnd, one_in(rnd, 4) ? 3500 : 400);
	d->len = packet_transport_len(&d->pk.outer);
	d->layout = layout;
	cut(rnd, d);
}

static struct sk_buff *watched_skb(const u8 *bytes, unsigned int len)
{
	struct sk_buff *skb = netdev_alloc_skb(init_net.loopback_dev, len), *clone;

	if (!skb)
		return NULL;
	skb_put_data(skb, bytes, len);
	skb_reset_network_header(skb);
	clone = skb_clone(skb, GFP_KERNEL);
	if (clone)
		skb_queue_tail(&watched, clone);
	return skb;
}

static struct sk_buff *piece_from_to(struct trial *t, const struct datagram *d, unsigned int from,
				     unsigned int to)
{
	struct packet_shape shape = {};
	struct packet pk = d->pk;
	struct sk_buff *skb;
	unsigned int len;

	pk.outer.frag_from = from;
	pk.outer.frag_len = to - from;
	len = packet_build(&pk, t->bytes);
	if (d->layout == WATCHED)
		return watched_skb(t->bytes, len);
	if (d->layout != LINEAR)
		packet_random_shape(&t->rnd, &shape, len);
	if (d->layout == PAGES)
		shape.rest = PACKET_REST_PAGES;
	shape.ethernet = false;
	/* It was parsed before: the IP header is linear. */
	shape.linear = max_t(u16, shape.linear, packet_hlen(&pk.outer));
	skb = packet_skb(t->bytes, len, &shape);
	if (skb)
		skb->dev = init_net.loopback_dev;
	return skb;
}

static struct sk_buff *piece(struct trial *t, const struct datagram *d, unsigned int i)
{
	return piece_from_to(t, d, d->from[i], d->from[i + 1]);
}

/* As the hook calls it. -1 is an answer that nobody gives. */
static int collect(struct cr_fragment_budget *budget, struct sk_buff *skb, int *why)
{
	enum cr_counter counter = CR_COUNTERS;
	int err;

	local_bh_disable();
	rcu_read_lock();
	err = cr_fragment_collect(&init_net, budget, skb, &counter);
	rcu_read_unlock();
	local_bh_enable();
	*why = err ? (int)counter : -1;
	return err;
}

static bool goes_to(struct trial *t, struct cr_fragment_budget *budget, struct sk_buff *skb,
		    enum cr_counter expected)
{
	int why;

	if (!skb)
		return trial_wrong(t, "no memory");
	if (!collect(budget, skb, &why)) {
		kfree_skb(skb);
		return trial_wrong(t, "complete, and should not be");
	}
	return why == expected || trial_wrong(t, "counter %d, not %d", why, expected);
}

/* Sends all but the last piece; sometimes one again that is there already. */
static bool send_but_last(struct trial *t, const struct datagram *d,
			  struct cr_fragment_budget *budget, bool again)
{
	unsigned int i;

	for (i = 0; i + 1 < d->n; i++) {
		if (!goes_to(t, budget, piece(t, d, d->order[i]), CR_FRAGMENT_QUEUED))
			return false;
		if (again && one_in(&t->rnd, 4) &&
		    !goes_to(t, budget, piece(t, d, d->order[below(&t->rnd, i + 1)]),
			     CR_FRAGMENT_BAD))
			return false;
	}
	return true;
}

static bool complete_with_last(struct trial *t, const struct datagram *d,
			       struct cr_fragment_budget *budget)
{
	struct sk_buff *skb = piece(t, d, d->order[d->n - 1]);
	unsigned int len;
	bool ok;
	int why;

	if (!skb)
		return trial_wrong(t, "no memory");
	if (collect(budget, skb, &why))
		return trial_wrong(t, "not complete after %u pieces: counter %d", d->n, why);
	len = packet_build(&d->pk, t->expected);
	ok = skb->data == skb_network_header(skb) || trial_wrong(t, "data is not at the header");
	ok = ok && packet_compare(t, skb, t->expected, len);
	kfree_skb(skb);
	return ok;
}

static bool send_all(struct trial *t, const struct datagram *d, struct cr_fragment_budget *budget)
{
	return send_but_last(t, d, budget, false) && complete_with_last(t, d, budget);
}

static u32 charged(const struct cr_fragment_budget *budget)
{
	return budget->current_span + budget->last_span;
}

static bool whole_again(struct trial *t)
{
	struct cr_fragment_budget budget;
	struct datagram d;

	cr_fragment_budget_init(&budget);
	random_datagram(&t->rnd, &d, ANY);
	return send_but_last(t, &d, &budget, true) && complete_with_last(t, &d, &budget);
}

static void any_order_and_duplicates_make_the_whole(struct kunit *test)
{
	trial_holds(test, 300, whole_again);
}

/* Two packets that are alike but for their contents and, by @differ, for their sources. */
static bool two_at_once(struct trial *t, u32 differ)
{
	struct cr_fragment_budget one, two;
	struct datagram a, b;

	cr_fragment_budget_init(&one);
	cr_fragment_budget_init(&two);
	random_datagram(&t->rnd, &a, ANY);
	b = a;
	b.pk.outer.saddr ^= htonl(differ);
	b.pk.outer.seed++;
	return send_but_last(t, &a, &one, false) && send_but_last(t, &b, &two, false) &&
	       complete_with_last(t, &b, &two) && complete_with_last(t, &a, &one);
}

static bool of_two_sources(struct trial *t)
{
	return two_at_once(t, 1);
}

static void packets_of_two_sources_do_not_mix(struct kunit *test)
{
	trial_holds(test, 60, of_two_sources);
}

static bool of_one_source(struct trial *t)
{
	return two_at_once(t, 0);
}

/* The second has the address that the first had, a moment after that one's end. */
static void packets_of_two_sandboxes_do_not_mix(struct kunit *test)
{
	trial_holds(test, 60, of_one_source);
}

/* RFC 5722 for both families: the packet is given up, and can be sent again. */
static bool overlap(struct trial *t)
{
	struct cr_fragment_budget budget;
	struct datagram d;
	unsigned int from, to;

	cr_fragment_budget_init(&budget);
	random_datagram(&t->rnd, &d, LINEAR);
	d.pk.outer.payload_len = 200;
	d.len = packet_transport_len(&d.pk.outer);
	from = 8 * (1 + below(&t->rnd, 7));
	to = 72 + 8 * below(&t->rnd, 8);
	if (!goes_to(t, &budget, piece_from_to(t, &d, 0, 64), CR_FRAGMENT_QUEUED) ||
	    !goes_to(t, &budget, piece_from_to(t, &d, from, to), CR_FRAGMENT_BAD))
		return false;
	/* What was queued is gone: the rest alone does not make a packet. */
	cut(&t->rnd, &d);
	return send_all(t, &d, &budget);
}

static void overlapping_fragments_are_refused(struct kunit *test)
{
	trial_holds(test, 60, overlap);
}

static bool beyond_the_end(struct trial *t)
{
	struct cr_fragment_budget budget;
	struct datagram d;

	cr_fragment_budget_init(&budget);
	random_datagram(&t->rnd, &d, LINEAR);
	d.pk.outer.payload_len = 200;
	d.len = packet_transport_len(&d.pk.outer);
	if (!goes_to(t, &budget, piece_from_to(t, &d, 64, d.len), CR_FRAGMENT_QUEUED))
		return false;
	d.pk.outer.payload_len = 400;
	return goes_to(t, &budget, piece_from_to(t, &d, 320, 328), CR_FRAGMENT_BAD);
}

static void fragment_behind_the_end_is_refused(struct kunit *test)
{
	trial_holds(test, 20, beyond_the_end);
}

/* -------- the budget -------- */

/*
 * The first half of a packet, as many times as there are sources. Linear, and a piece of one size:
 * what each costs is the same.
 */
static bool queue_one(struct trial *t, struct cr_fragment_budget *budget, u32 source, int *why,
		      u32 *cost)
{
	struct datagram d = {};
	struct sk_buff *skb;

	prandom_bytes_state(&t->rnd, &d.pk.outer.seed, sizeof(d.pk.outer.seed));
	d.pk.outer.kind = PACKET_UDP;
	d.pk.outer.proto = IPPROTO_UDP;
	d.pk.outer.saddr = htonl(source);
	d.pk.outer.payload_len = 1000;
	skb = piece_from_to(t, &d, 0, 800);
	if (!skb)
		return trial_wrong(t, "no memory");
	*cost = skb->truesize;
	if (!collect(budget, skb, why)) {
		kfree_skb(skb);
		return trial_wrong(t, "complete, and should not be");
	}
	return true;
}

/* The other half: it takes the memory out of the queues again. */
static bool finish_one(struct trial *t, struct cr_fragment_budget *budget, u32 source)
{
	struct datagram d = {};
	struct sk_buff *skb;
	int why;

	d.pk.outer.kind = PACKET_UDP;
	d.pk.outer.proto = IPPROTO_UDP;
	d.pk.outer.saddr = htonl(source);
	d.pk.outer.payload_len = 1000;
	skb = piece_from_to(t, &d, 800, 1008);
	if (!skb)
		return trial_wrong(t, "no memory");
	if (collect(budget, skb, &why))
		return trial_wrong(t, "not complete, counter %d", why);
	kfree_skb(skb);
	return true;
}

static u32 share(void)
{
	return init_net.ipv4.fqdir->high_thresh / SHARE;
}

/* Fills a budget, and tells with how many. */
static bool fill(struct trial *t, struct cr_fragment_budget *budget, u32 source, unsigned int *n)
{
	u32 cost, sum = 0;
	int why;

	for (*n = 0; *n < 100000; ++*n) {
		if (!queue_one(t, budget, source + *n, &why, &cost))
			return false;
		if (why != CR_FRAGMENT_QUEUED)
			break;
		sum += cost;
		if (charged(budget) != sum)
			return trial_wrong(t, "%u charged, not %u", charged(budget), sum);
	}
	if (why != CR_FRAGMENT_BUDGET)
		return trial_wrong(t, "counter %d", why);
	if (sum > share() || sum + cost <= share())
		return trial_wrong(t, "refused at %u of %u", sum, share());
	return charged(budget) == sum || trial_wrong(t, "what was refused is charged");
}

/* Into the queues of @owner; with budgets for each half, for the suite is done with its own. */
static bool empty(struct trial *t, const struct cr_fragment_budget *owner, u32 source,
		  unsigned int n)
{
	struct cr_fragment_budget budget;
	unsigned int i;

	for (i = 0; i < n; i++) {
		cr_fragment_budget_init(&budget);
		budget.user = owner->user;
		if (!finish_one(t, &budget, source + i))
			return false;
	}
	return true;
}

static void budget_refuses_what_is_beyond_its_share(struct kunit *test)
{
	struct trial *t = trial_new(test);
	struct cr_fragment_budget budget, other;
	const u32 source = prandom_u32_state(&t->rnd);
	unsigned int n = 0;
	u32 cost;
	int why;

	cr_fragment_budget_init(&budget);
	cr_fragment_budget_init(&other);
	KUNIT_EXPECT_TRUE_MSG(test, fill(t, &budget, source, &n), "%s", t->why);
	kunit_info(test, "%u fragments, %u of %u bytes", n, charged(&budget), share());
	/* That of another sandbox is its own. */
	KUNIT_EXPECT_TRUE(test, queue_one(t, &other, source + n, &why, &cost));
	KUNIT_EXPECT_EQ(test, why, CR_FRAGMENT_QUEUED);
	KUNIT_EXPECT_TRUE_MSG(test, empty(t, &budget, source, n), "%s", t->why);
	KUNIT_EXPECT_TRUE_MSG(test, empty(t, &other, source + n, 1), "%s", t->why);
}

static bool nothing_left(struct trial *t, enum layout layout)
{
	struct cr_fragment_budget budget;
	struct datagram d;
	bool ok;

	cr_fragment_budget_init(&budget);
	random_datagram(&t->rnd, &d, layout);
	ok = send_all(t, &d, &budget);
	skb_queue_purge(&watched);
	if (ok && charged(&budget))
		ok = trial_wrong(t, "%u bytes stay charged after one of %u bytes in %u pieces",
				 charged(&budget), d.len, d.n);
	return ok;
}

static bool nothing_left_of_linear(struct trial *t)
{
	return nothing_left(t, LINEAR);
}

static void complete_packets_give_all_back(struct kunit *test)
{
	trial_holds(test, 100, nothing_left_of_linear);
}

static bool nothing_left_of_pages(struct trial *t)
{
	return nothing_left(t, PAGES);
}

static void complete_packets_in_pages_give_all_back(struct kunit *test)
{
	trial_holds(test, 100, nothing_left_of_pages);
}

static bool nothing_left_of_watched(struct trial *t)
{
	return nothing_left(t, WATCHED);
}

static void complete_packets_that_are_watched_give_all_back(struct kunit *test)
{
	trial_holds(test, 100, nothing_left_of_watched);
}

/* A sandbox that sends nothing but complete packets is never refused, however many they are. */
static void any_number_of_complete_packets_fits(struct kunit *test)
{
	struct trial *t = trial_new(test);
	struct cr_fragment_budget budget;
	struct datagram d;
	unsigned int i;

	cr_fragment_budget_init(&budget);
	for (i = 0; i < 600; i++) {
		random_datagram(&t->rnd, &d, LINEAR);
		d.pk.outer.payload_len = 3000;
		d.len = packet_transport_len(&d.pk.outer);
		cut(&t->rnd, &d);
		if (send_all(t, &d, &budget)) {
			cond_resched();
			continue;
		}
		KUNIT_FAIL(test, "packet %u: %s; %u of %u bytes charged", i, t->why,
			   charged(&budget), share());
		return;
	}
}

/* What other packets have in the queues stays charged. */
static bool incomplete_stays(struct trial *t, enum layout layout)
{
	struct cr_fragment_budget budget;
	const u32 source = prandom_u32_state(&t->rnd);
	struct datagram d;
	u32 cost, i;
	bool ok;
	int why;

	cr_fragment_budget_init(&budget);
	ok = queue_one(t, &budget, source, &why, &cost);
	for (i = 0; ok && i < 10; i++) {
		random_datagram(&t->rnd, &d, layout);
		ok = send_all(t, &d, &budget);
		skb_queue_purge(&watched);
		if (ok && charged(&budget) < cost)
			ok = trial_wrong(t, "%u bytes are charged, %u are in the queues",
					 charged(&budget), cost);
	}
	empty(t, &budget, source, 1);
	return ok;
}

static bool incomplete_stays_among_linear(struct trial *t)
{
	return incomplete_stays(t, LINEAR);
}

static void incomplete_packet_stays_charged(struct kunit *test)
{
	trial_holds(test, 10, incomplete_stays_among_linear);
}

static bool incomplete_stays_among_pages(struct trial *t)
{
	return incomplete_stays(t, PAGES);
}

static void incomplete_packet_stays_charged_among_pages(struct kunit *test)
{
	trial_holds(test, 10, incomplete_stays_among_pages);
}

static bool incomplete_stays_among_watched(struct trial *t)
{
	return incomplete_stays(t, WATCHED);
}

static void incomplete_packet_stays_charged_among_watched(struct kunit *test)
{
	trial_holds(test, 10, incomplete_stays_among_watched);
}

static void refused_fragments_are_not_charged(struct kunit *test)
{
	struct trial *t = trial_new(test);
	struct cr_fragment_budget budget;
	struct datagram d;
	u32 before;

	cr_fragment_budget_init(&budget);
	random_datagram(&t->rnd, &d, LINEAR);
	d.pk.outer.payload_len = 200;
	KUNIT_EXPECT_TRUE_MSG(test, goes_to(t, &budget, piece_from_to(t, &d, 0, 64),
					    CR_FRAGMENT_QUEUED), "%s", t->why);
	before = charged(&budget);
	KUNIT_EXPECT_GT(test, before, 0U);
	KUNIT_EXPECT_TRUE_MSG(test, goes_to(t, &budget, piece_from_to(t, &d, 0, 64),
					    CR_FRAGMENT_BAD), "%s", t->why);
	KUNIT_EXPECT_EQ_MSG(test, charged(&budget), before, "a duplicate");
	KUNIT_EXPECT_TRUE_MSG(test, goes_to(t, &budget, piece_from_to(t, &d, 8, 80),
					    CR_FRAGMENT_BAD), "%s", t->why);
	KUNIT_EXPECT_LE_MSG(test, charged(&budget), before, "an overlapping one");
}

/* The suite's way to let time pass. */
static void later(struct cr_fragment_budget *budget, u32 ticks)
{
	budget->since -= ticks;
}

static void charges_are_forgotten_after_one_to_two_spans(struct kunit *test)
{
	struct trial *t = trial_new(test);
	struct cr_fragment_budget budget;
	const u32 source = prandom_u32_state(&t->rnd);
	unsigned int n = 0;
	u32 cost;
	int why = -1;

	cr_fragment_budget_init(&budget);
	KUNIT_EXPECT_TRUE_MSG(test, fill(t, &budget, source, &n), "%s", t->why);
	/* A second is left: a slow machine may take some of it. */
	later(&budget, SPAN - HZ);
	queue_one(t, &budget, source + n, &why, &cost);
	KUNIT_EXPECT_EQ_MSG(test, why, CR_FRAGMENT_BUDGET, "within the first span");
	later(&budget, HZ);
	queue_one(t, &budget, source + n, &why, &cost);
	KUNIT_EXPECT_EQ_MSG(test, why, CR_FRAGMENT_BUDGET, "within the second span");
	later(&budget, SPAN);
	queue_one(t, &budget, source + n, &why, &cost);
	KUNIT_EXPECT_EQ_MSG(test, why, CR_FRAGMENT_QUEUED, "after the second span");
	KUNIT_EXPECT_EQ(test, charged(&budget), cost);
	later(&budget, SPAN);
	queue_one(t, &budget, source + n + 1, &why, &cost);
	KUNIT_EXPECT_EQ_MSG(test, charged(&budget), 2 * cost, "one of each span");
	later(&budget, 2 * SPAN);
	queue_one(t, &budget, source + n + 2, &why, &cost);
	KUNIT_EXPECT_EQ_MSG(test, charged(&budget), cost, "two spans at once");
	later(&budget, 100 * SPAN);
	queue_one(t, &budget, source + n + 3, &why, &cost);
	KUNIT_EXPECT_EQ_MSG(test, charged(&budget), cost, "after a long pause");
	KUNIT_EXPECT_TRUE_MSG(test, empty(t, &budget, source, n + 4), "%s", t->why);
}

static struct kunit_case fragment_cases[] = {
	KUNIT_CASE(memory_tells_the_ports_of_the_first),
	KUNIT_CASE(empty_memory_recalls_nothing),
	KUNIT_CASE(another_packet_is_not_recalled),
	KUNIT_CASE(memory_expires_after_two_seconds),
	KUNIT_CASE(newer_packet_takes_the_place),
	KUNIT_CASE(memory_agrees_with_naive_one),
	KUNIT_CASE(any_order_and_duplicates_make_the_whole),
	KUNIT_CASE(packets_of_two_sources_do_not_mix),
	KUNIT_CASE(packets_of_two_sandboxes_do_not_mix),
	KUNIT_CASE(overlapping_fragments_are_refused),
	KUNIT_CASE(fragment_behind_the_end_is_refused),
	KUNIT_CASE(budget_refuses_what_is_beyond_its_share),
	KUNIT_CASE(complete_packets_give_all_back),
	KUNIT_CASE(complete_packets_in_pages_give_all_back),
	KUNIT_CASE(complete_packets_that_are_watched_give_all_back),
	KUNIT_CASE(any_number_of_complete_packets_fits),
	KUNIT_CASE(incomplete_packet_stays_charged),
	KUNIT_CASE(incomplete_packet_stays_charged_among_pages),
	KUNIT_CASE(incomplete_packet_stays_charged_among_watched),
	KUNIT_CASE(refused_fragments_are_not_charged),
	KUNIT_CASE(charges_are_forgotten_after_one_to_two_spans),
	{}
};

static int fragment_init(struct kunit *test)
{
	skb_queue_head_init(&watched);
	return 0;
}

static struct kunit_suite fragment_suite = {
	.name = "cr_fragment",
	.init = fragment_init,
	.test_cases = fragment_cases,
};

kunit_test_suite(fragment_suite);
