// SPDX-License-Identifier: GPL-2.0
/*
 * Suite cr_guest: between a guest and the host, a packet has afterwards the very bytes of one that
 * was built from scratch with the other address, and everything else as it was.
 */
#include <linux/netfilter.h>
#include <net/dst.h>

#include "guest.h"
#include "packet.h"

#define GUEST	htonl(0xa9fe4406)	/* 169.254.68.6 */
#define IP	htonl(0xc0a8000a)	/* 192.168.0.10 */

static struct dst_entry route;	/* what comes from the host has one */

static enum packet_kind any_kind(struct rnd_state *rnd)
{
	return below(rnd, PACKET_ERROR);
}

/* An ICMP error that quotes all of a packet. */
static void random_error(struct rnd_state *rnd, struct packet *pk)
{
	packet_random_error(rnd, pk, any_kind(rnd));
	pk->outer.quote_len = packet_hlen(&pk->quoted) + packet_transport_len(&pk->quoted);
	pk->quoted.wrong_sum = 0;
}

static void random_plain(struct rnd_state *rnd, struct packet *pk)
{
	memset(pk, 0, sizeof(*pk));
	packet_random_part(rnd, &pk->outer, any_kind(rnd));
	if (one_in(rnd, 4))
		packet_cut(rnd, pk, one_in(rnd, 2));
}

static struct cr_sandbox *sandbox(struct kunit *test)
{
	struct cr_sandbox *sbx = kunit_kzalloc(test, sizeof(*sbx), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sbx);
	sbx->ip = IP;
	sbx->guest = GUEST;
	return sbx;
}

static struct sk_buff *build(struct trial *t, const struct packet *pk, bool ethernet)
{
	const unsigned int len = packet_build(pk, t->bytes);
	struct packet_shape shape;

	packet_random_shape(&t->rnd, &shape, packet_transport_len(&pk->outer));
	shape.ethernet = ethernet;
	/* What comes down from the host has its IP header in the linear part: IP had to read it. */
	if (ethernet)
		shape.linear = max_t(u16, shape.linear, packet_hlen(&pk->outer));
	return packet_skb(t->bytes, len, &shape);
}

static bool compare(struct trial *t, const struct sk_buff *skb, const struct packet *after)
{
	return packet_compare(t, skb, t->expected, packet_build(after, t->expected));
}

/* -------- up -------- */

static bool goes_up(struct trial *t, const struct packet *before, const struct packet *after)
{
	struct sk_buff *skb = build(t, before, false);
	struct cr_packet p;
	bool ok;

	if (!skb)
		return trial_wrong(t, "no memory");
	ok = cr_parse(skb, &p) == CR_GO_ON || trial_wrong(t, "not parsed");
	if (ok && cr_guest_up(t->test->priv, skb, &p) != CR_GO_ON)
		ok = trial_wrong(t, "refused");
	ok = ok && compare(t, skb, after);
	kfree_skb(skb);
	return ok;
}

static bool up_property(struct trial *t)
{
	struct packet before, after;

	random_plain(&t->rnd, &before);
	before.outer.saddr = GUEST;
	after = before;
	after.outer.saddr = IP;
	return goes_up(t, &before, &after);
}

static void up_it_has_the_sandboxs_address(struct kunit *test)
{
	trial_holds(test, 2000, up_property);
}

static bool error_up_property(struct trial *t)
{
	struct packet before, after;

	random_error(&t->rnd, &before);
	before.outer.saddr = GUEST;
	before.quoted.daddr = GUEST;
	after = before;
	after.outer.saddr = IP;
	after.quoted.daddr = IP;
	return goes_up(t, &before, &after);
}

static void up_an_error_quotes_the_sandboxs_address(struct kunit *test)
{
	trial_holds(test, 2000, error_up_property);
}

/* -------- down -------- */

static bool goes_down(struct trial *t, const struct packet *before, const struct packet *after,
		      bool routed)
{
	struct sk_buff *skb = build(t, before, true);
	bool ok;

	if (!skb)
		return trial_wrong(t, "no memory");
	rcu_read_lock();
	if (routed)
		skb_dst_set_noref(skb, &route);
	ok = cr_guest_egress(t->test->priv, skb, NULL) == NF_ACCEPT || trial_wrong(t, "dropped");
	ok = ok && compare(t, skb, after);
	kfree_skb(skb);
	rcu_read_unlock();
	return ok;
}

static bool down_property(struct trial *t)
{
	struct packet before, after;

	random_plain(&t->rnd, &before);
	before.outer.daddr = IP;
	after = before;
	after.outer.daddr = GUEST;
	return goes_down(t, &before, &after, true);
}

static void down_it_has_the_guests_address(struct kunit *test)
{
	trial_holds(test, 2000, down_property);
}

static bool error_down_property(struct trial *t)
{
	struct packet before, after;

	random_error(&t->rnd, &before);
	before.outer.daddr = IP;
	before.quoted.saddr = IP;
	after = before;
	after.outer.daddr = GUEST;
	after.quoted.saddr = GUEST;
	return goes_down(t, &before, &after, true);
}

static void down_an_error_quotes_the_guests_address(struct kunit *test)
{
	trial_holds(test, 2000, error_down_property);
}

/* What is not for the sandbox, and what the module sends itself. */
static bool untouched_property(struct trial *t)
{
	const bool routed = one_in(&t->rnd, 2);
	struct packet pk;

	random_plain(&t->rnd, &pk);
	pk.outer.daddr = routed ? GUEST : IP;
	return goes_down(t, &pk, &pk, routed);
}

static void down_others_stay_as_they_are(struct kunit *test)
{
	trial_holds(test, 500, untouched_property);
}

static int guest_init(struct kunit *test)
{
	test->priv = sandbox(test);
	return 0;
}

static struct kunit_case guest_cases[] = {
	KUNIT_CASE(up_it_has_the_sandboxs_address),
	KUNIT_CASE(up_an_error_quotes_the_sandboxs_address),
	KUNIT_CASE(down_it_has_the_guests_address),
	KUNIT_CASE(down_an_error_quotes_the_guests_address),
	KUNIT_CASE(down_others_stay_as_they_are),
	{}
};

static struct kunit_suite guest_suite = {
	.name = "cr_guest",
	.init = guest_init,
	.test_cases = guest_cases,
};

kunit_test_suite(guest_suite);
