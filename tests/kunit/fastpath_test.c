// SPDX-License-Identifier: GPL-2.0
/*
 * Suite cr_fastpath: the short way does to a packet and its session what the long way does, or
 * nothing at all, and then the packet is one that needs the long way. Two buffers with the same
 * bytes go one way each; the long way is put together here from what it consists of. Most packets
 * are nearly plain, with one thing or the other about them that is not.
 */
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/tcp.h>

#include "fastpath.h"
#include "packet.h"
#include "port.h"
#include "rewrite.h"

#define GUEST	htonl(0xc0a8000a)
#define NOW	1000000

/**
 * struct fixture - a table
 * @table: the table
 * @owner: has all its sessions
 * @other: has none
 * @t: random numbers
 */
struct fixture {
	struct cr_table table;
	struct cr_owner owner;
	struct cr_owner other;
	struct trial *t;
};

/**
 * struct job - a packet of a session, and what the two ways make of it
 * @pk: the packet
 * @out: it leaves the sandbox; else it comes back
 * @hop: it is forwarded, too
 * @whole: nothing about the packet has been spoilt
 * @session: whose it is
 * @made: that session, before the packet
 * @shape: of both buffers
 * @len: of the packet
 * @pending: its checksum is still to be computed
 * @complete: what received it has added up all its bytes
 * @gso_type: its segmentation, 0 for none
 * @start_off: its checksum is asked for so many bytes from where it belongs
 */
struct job {
	struct packet pk;
	bool out;
	bool hop;
	bool whole;
	struct cr_session *session;
	struct cr_session made;
	struct packet_shape shape;
	unsigned int len;
	bool pending;
	bool complete;
	unsigned int gso_type;
	unsigned int start_off;
};

/* -------- the fixture -------- */

static void release(struct cr_owner *owner)
{
}

static void forget(struct cr_table *table, struct llist_node *dead, unsigned int n)
{
}

static void nothing(struct work_struct *work)
{
}

static int fastpath_init(struct kunit *test)
{
	struct fixture *fx = kunit_kzalloc(test, sizeof(*fx), GFP_KERNEL);

	if (!fx)
		return -ENOMEM;
	cr_limits_default(&fx->table.limits);
	fx->table.forget = forget;
	fx->table.stats = alloc_percpu(struct cr_stats);
	if (!fx->table.stats)
		return -ENOMEM;
	if (cr_table_init(&fx->table, 1)) {
		free_percpu(fx->table.stats);
		return -ENOMEM;
	}
	INIT_DELAYED_WORK(&fx->table.work, nothing);
	cr_owner_init(&fx->owner, 1, release);
	cr_owner_init(&fx->other, 2, release);
	test->priv = fx;
	return 0;
}

static void fastpath_exit(struct kunit *test)
{
	struct fixture *fx = test->priv;

	if (!fx)
		return;
	cr_owner_end(&fx->owner, &fx->table);
	cr_owner_end(&fx->other, &fx->table);
	cr_table_destroy(&fx->table);
	free_percpu(fx->table.stats);
}

/* -------- jobs -------- */

/* A session in any state that one can be in, well or badly chosen for the packet. */
static struct cr_session *random_session(struct fixture *fx, struct rnd_state *rnd,
					 const struct cr_tuple *tuple)
{
	static const u8 kinds[] = { 0, CR_SESSION_DIRECT, CR_SESSION_DIRECT | CR_SESSION_INBOUND,
				    CR_SESSION_LOCAL };
	const struct cr_identity as = {
		.addr = htonl(0x0a000002), .low = 30000,
		.flags = kinds[below(rnd, ARRAY_SIZE(kinds))],
	};
	enum cr_counter why;
	struct cr_session *s;

	rcu_read_lock();
	s = cr_session_create(&fx->table, &fx->owner, tuple, &as, NOW, &why);
	rcu_read_unlock();
	if (!s)
		return NULL;
	if (!one_in(rnd, 4))
		s->flags |= CR_SESSION_REPLIED;
	if (tuple->proto == IPPROTO_TCP)
		s->state = one_in(rnd, 3) ? below(rnd, CUBE_ROUTER_SESSION_TCP_RESET + 1) :
					    CUBE_ROUTER_SESSION_TCP_ESTABLISHED;
	else if (s->flags & CR_SESSION_REPLIED)
		s->state = CUBE_ROUTER_SESSION_UDP_REPLIED;
	return s;
}

/* With both headers in the linear part: where the rest is does not matter. */
static void lay_out(struct rnd_state *rnd, struct job *j)
{
	const unsigned int headers = j->pk.outer.kind == PACKET_TCP ? 40 : 28;

	j->shape.rest = below(rnd, PACKET_REST_LIST + 1);
	j->shape.linear = headers + (one_in(rnd, 2) ? below(rnd, 40) : 0);
}

/* One thing that keeps a packet from being plain, or nearly does. */
static void spoil(struct rnd_state *rnd, struct job *j)
{
	struct packet_part *part = &j->pk.outer;

	switch (below(rnd, 8)) {
	case 0:
		part->ttl = below(rnd, 3);
		break;
	case 1:
		part->tcp_flags = below(rnd, 256);
		break;
	case 2:
		part->payload_len = below(rnd, 14);
		break;
	case 3:
		packet_cut(rnd, &j->pk, one_in(rnd, 2));
		break;
	case 4:
		j->pending = true;
		j->complete = false;
		j->start_off = 2 * below(rnd, 5);
		break;
	case 5:
		j->gso_type = BIT(below(rnd, 20)) | BIT(below(rnd, 20));
		break;
	case 6:
		packet_random_shape(rnd, &j->shape, packet_hlen(part) + packet_transport_len(part));
		j->shape.ethernet = false;
		break;
	default:
		part->options_len = 4 * below(rnd, 11);
		memset(part->options, 1, part->options_len);
		break;
	}
}

/* What no description of a packet has: lengths and sums that are wrong, or any bit. */
static void spoil_bytes(struct rnd_state *rnd, const struct packet_part *part, u8 *bytes,
			unsigned int len)
{
	if (one_in(rnd, 2))
		bytes[below(rnd, min(len, 40U))] ^= BIT(below(rnd, 8));
	else if (part->kind == PACKET_UDP)
		put16(bytes + packet_hlen(part) + 4, below(rnd, 12));
	else
		bytes[packet_hlen(part) + 12] = below(rnd, 6) << 4;
	if (one_in(rnd, 2))
		packet_fix_header(bytes);
}

/* The packet's ends are those of the session, which is made for it. */
static bool make_job(struct fixture *fx, struct trial *t, struct job *j, bool out)
{
	struct packet_part *part = &j->pk.outer;
	struct cr_tuple tuple;

	memset(j, 0, sizeof(*j));
	j->out = out;
	j->hop = one_in(&t->rnd, 2);
	packet_random_part(&t->rnd, part, one_in(&t->rnd, 2) ? PACKET_TCP : PACKET_UDP);
	part->options_len = 0;
	part->ttl = 2 + below(&t->rnd, 254);
	part->tcp_flags = part->kind == PACKET_TCP ? TCPHDR_ACK : 0;
	if (part->kind == PACKET_TCP && one_in(&t->rnd, 2))
		part->tcp_flags |= TCPHDR_PSH;
	part->no_checksum = part->kind == PACKET_UDP && one_in(&t->rnd, 4);
	part->payload_len = max_t(u16, part->payload_len, 12);
	j->pending = !part->no_checksum && one_in(&t->rnd, 3);
	j->complete = !j->pending && one_in(&t->rnd, 3);
	lay_out(&t->rnd, j);
	if (j->pending && one_in(&t->rnd, 2))
		j->gso_type = part->kind == PACKET_TCP ? SKB_GSO_TCPV4 | SKB_GSO_DODGY :
							 SKB_GSO_UDP_L4;
	j->whole = !one_in(&t->rnd, 2);
	if (!j->whole)
		spoil(&t->rnd, j);
	tuple = (struct cr_tuple){
		.saddr = GUEST, .sport = part->sport, .daddr = part->daddr, .dport = part->dport,
		.proto = part->proto,
	};
	j->session = random_session(fx, &t->rnd, &tuple);
	if (!j->session)
		return trial_wrong(t, "no session");
	part->saddr = GUEST;
	if (!out) {
		part->saddr = tuple.daddr;
		part->sport = tuple.dport;
		part->daddr = j->session->nat_addr;
		part->dport = j->session->nat_port;
	}
	j->made = *j->session;
	j->len = packet_build(&j->pk, t->bytes);
	if (!j->whole && one_in(&t->rnd, 4))
		spoil_bytes(&t->rnd, part, t->bytes, j->len);
	return true;
}

static struct sk_buff *new_skb(const struct trial *t, const struct job *j)
{
	const struct packet_part *part = &j->pk.outer;
	const unsigned int l4 = packet_hlen(part);
	struct packet_shape shape = j->shape;
	struct sk_buff *skb;

	/* Whoever asks for a checksum has its place in the linear part. */
	if (j->pending)
		shape.linear = max_t(u16, shape.linear,
				     l4 + j->start_off + (part->kind == PACKET_TCP ? 18 : 8));
	skb = packet_skb(t->bytes, j->len, &shape);
	if (!skb)
		return NULL;
	if (j->pending) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) + l4 + j->start_off;
		skb->csum_offset = part->kind == PACKET_TCP ? offsetof(struct tcphdr, check) :
							      offsetof(struct udphdr, check);
	}
	if (j->complete) {
		skb->ip_summed = CHECKSUM_COMPLETE;
		skb->csum = skb_checksum(skb, 0, skb->len, 0);
	}
	if (j->gso_type) {
		skb_shinfo(skb)->gso_type = j->gso_type;
		skb_shinfo(skb)->gso_size = 8;
	}
	return skb;
}

/* -------- the long way -------- */

static struct cr_session *find(struct fixture *fx, const struct cr_packet *p, bool out)
{
	return out ? cr_session_find_out(&fx->table, &fx->owner, &p->tuple) :
		     cr_session_find_back(&fx->table, &p->tuple, NOW + 1);
}

/* The kernel's way to do it. */
static void forwarded(struct sk_buff *skb, const struct job *j)
{
	if (j->hop)
		ip_decrease_ttl((struct iphdr *)skb->data);
}

/* Whether it is an ordinary packet of the session, and then it is translated. */
static bool go_long(struct fixture *fx, struct sk_buff *skb, const struct job *j)
{
	struct cr_session *s = j->session;
	struct cr_packet p;

	if (cr_parse(skb, &p) != CR_GO_ON || cr_parse_offload(skb, &p) != CR_GO_ON)
		return false;
	if (p.kind != CR_KIND_FLOW || p.ttl <= 1 || find(fx, &p, j->out) != s)
		return false;
	/* What begins or ends a connection is judged. */
	if (p.tcp_flags & (TCPHDR_SYN | TCPHDR_FIN | TCPHDR_RST))
		return false;
	if (j->out) {
		if (!cr_rewrite_source(skb, &p, s->nat_addr, s->nat_port))
			return false;
		forwarded(skb, j);
		cr_session_seen_out(s, p.tcp_flags, NOW + 1);
		if (s->flags & CR_SESSION_DIRECT && p.tuple.proto == IPPROTO_TCP)
			cr_session_note_ack(s, (const struct tcphdr *)(skb->data + p.l4));
		return true;
	}
	if (!cr_rewrite_dest(skb, &p, s->tuple.saddr, s->tuple.sport))
		return false;
	forwarded(skb, j);
	cr_session_seen_back(s, p.tcp_flags, NOW + 1);
	return true;
}

static bool go_fast(struct fixture *fx, struct sk_buff *skb, const struct job *j)
{
	struct cr_session *s;

	if (j->out) {
		s = cr_fast_find_out(&fx->table, &fx->owner, skb);
		return s && s == j->session && cr_fast_out(s, skb, NOW + 1, j->hop);
	}
	s = cr_fast_find_back(&fx->table, skb, NOW + 1);
	return s && s == j->session && cr_fast_back(s, skb, NOW + 1, j->hop);
}

/* -------- the comparison -------- */

static bool same_session(struct trial *t, const struct cr_session *a, const struct cr_session *b)
{
	return (a->state == b->state && a->flags == b->flags && a->last == b->last &&
		a->acked == b->acked) ||
	       trial_wrong(t, "state %u, flags %#x, last %u, acked %u; not %u, %#x, %u, %u",
			   a->state, a->flags, a->last, a->acked, b->state, b->flags, b->last,
			   b->acked);
}

/* Zero has two forms. */
static u16 sum_of(const struct sk_buff *skb)
{
	return (__force u16)~csum_fold(skb->csum) % 0xffff;
}

static bool same_skb(struct trial *t, const struct sk_buff *skb, const struct sk_buff *long_one)
{
	if (skb_copy_bits(long_one, 0, t->expected, long_one->len))
		return trial_wrong(t, "cannot be read");
	if (skb->ip_summed != long_one->ip_summed)
		return trial_wrong(t, "ip_summed %u, not %u", skb->ip_summed, long_one->ip_summed);
	if (skb->ip_summed == CHECKSUM_COMPLETE && sum_of(skb) != sum_of(long_one))
		return trial_wrong(t, "csum %#x, not %#x", sum_of(skb), sum_of(long_one));
	return packet_compare(t, skb, t->expected, long_one->len);
}

/* Whether the short way has to take it: whatever else it leaves is a matter of speed alone. */
static bool is_for_fast(const struct job *j)
{
	const bool first = j->out == !(j->made.flags & CR_SESSION_INBOUND);

	return j->whole && (first || j->made.flags & CR_SESSION_REPLIED) &&
	       (j->pk.outer.kind != PACKET_TCP ||
		j->made.state == CUBE_ROUTER_SESSION_TCP_ESTABLISHED);
}

static bool compare(struct fixture *fx, struct trial *t, struct job *j, struct sk_buff *skb,
		    struct sk_buff *long_one)
{
	struct cr_session after;
	bool fast;

	rcu_read_lock();
	fast = go_fast(fx, skb, j);
	rcu_read_unlock();
	after = *j->session;
	if (!fast) {
		if (is_for_fast(j))
			return trial_wrong(t, "a plain packet is not taken");
		return same_session(t, &after, &j->made) && same_skb(t, skb, long_one);
	}
	j->session->state = j->made.state;
	j->session->flags = j->made.flags;
	j->session->last = j->made.last;
	j->session->acked = j->made.acked;
	rcu_read_lock();
	fast = go_long(fx, long_one, j);
	rcu_read_unlock();
	if (!fast)
		return trial_wrong(t, "the long way would not have it");
	return same_session(t, &after, j->session) && same_skb(t, skb, long_one);
}

/* With a clone somebody else has the bytes, too, and they must stay as they are. */
static bool clone_untouched(struct trial *t, const struct sk_buff *clone, const struct job *j)
{
	return !clone || packet_compare(t, clone, t->bytes, j->len);
}

static bool ways_agree(struct fixture *fx, struct trial *t, bool out)
{
	struct sk_buff *skb, *long_one, *clone = NULL;
	struct job j;
	bool ok;

	if (!make_job(fx, t, &j, out))
		return false;
	skb = new_skb(t, &j);
	long_one = new_skb(t, &j);
	if (skb && one_in(&t->rnd, 4))
		clone = skb_clone(skb, GFP_KERNEL);
	ok = skb && long_one ? compare(fx, t, &j, skb, long_one) && clone_untouched(t, clone, &j) :
			       trial_wrong(t, "no memory");
	kfree_skb(clone);
	kfree_skb(long_one);
	kfree_skb(skb);
	rcu_read_lock();
	cr_session_kill(&fx->table, j.session);
	rcu_read_unlock();
	/* It waits for readers, which takes longer than all else here. */
	if (one_in(&t->rnd, 64))
		cr_table_reap(&fx->table);
	return ok;
}

static bool out_property(struct trial *t)
{
	return ways_agree(t->test->priv, t, true);
}

static void out_is_as_by_the_long_way(struct kunit *test)
{
	trial_holds(test, 4000, out_property);
}

static bool back_property(struct trial *t)
{
	return ways_agree(t->test->priv, t, false);
}

static void back_is_as_by_the_long_way(struct kunit *test)
{
	trial_holds(test, 4000, back_property);
}

static void give_source(struct sk_buff *skb, __be32 saddr)
{
	((struct iphdr *)skb->data)->saddr = saddr;
	packet_fix_header(skb->data);
}

/* A packet that is as plain as can be is for its own sandbox and its own source alone. */
static void others_are_left(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct trial *t = trial_new(test);
	struct sk_buff *skb;
	struct job j;

	do
		KUNIT_ASSERT_TRUE(test, make_job(fx, t, &j, true));
	while (!is_for_fast(&j));
	skb = new_skb(t, &j);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	rcu_read_lock();
	KUNIT_EXPECT_NULL(test, cr_fast_find_out(&fx->table, &fx->other, skb));
	KUNIT_EXPECT_NULL(test, cr_fast_find_back(&fx->table, skb, NOW));
	give_source(skb, htonl(0xc0a8000b));
	KUNIT_EXPECT_NULL(test, cr_fast_find_out(&fx->table, &fx->owner, skb));
	give_source(skb, GUEST);
	KUNIT_EXPECT_PTR_EQ(test, j.session, cr_fast_find_out(&fx->table, &fx->owner, skb));
	rcu_read_unlock();
	kfree_skb(skb);
}

/* What has run out, or is dead, takes no answers any more. */
static void ended_sessions_take_no_answers(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct trial *t = trial_new(test);
	struct sk_buff *skb;
	struct job j;
	u32 idle;

	do
		KUNIT_ASSERT_TRUE(test, make_job(fx, t, &j, false));
	while (!is_for_fast(&j));
	skb = new_skb(t, &j);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	idle = fx->table.limits.idle[j.session->state] * HZ;
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, j.session,
			    cr_fast_find_back(&fx->table, skb, j.session->last + idle - 1));
	KUNIT_EXPECT_NULL(test, cr_fast_find_back(&fx->table, skb, j.session->last + idle));
	cr_session_kill(&fx->table, j.session);
	KUNIT_EXPECT_NULL(test, cr_fast_find_back(&fx->table, skb, NOW));
	rcu_read_unlock();
	kfree_skb(skb);
}

static bool scrubbed_alike(struct trial *t, struct sk_buff *skb, struct sk_buff *by_kernel)
{
	skb_scrub_packet(by_kernel, false);
	cr_port_scrub(skb);
	return (skb->_skb_refdst == by_kernel->_skb_refdst && skb->_nfct == by_kernel->_nfct &&
		skb->active_extensions == by_kernel->active_extensions &&
		!memcmp(&skb->headers, &by_kernel->headers, sizeof(skb->headers))) ||
	       trial_wrong(t, "not what the kernel makes of it");
}

/* All that the kernel takes from a packet, with any bits set of those that a copy has, too. */
static bool scrub_property(struct trial *t)
{
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL), *by_kernel = NULL;
	bool ok = false;

	if (!skb)
		return trial_wrong(t, "no memory");
	prandom_bytes_state(&t->rnd, &skb->headers, sizeof(skb->headers));
	if (one_in(&t->rnd, 4))
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	if (!one_in(&t->rnd, 4) || skb_ext_add(skb, 0))
		by_kernel = skb_clone(skb, GFP_KERNEL);
	rcu_read_lock();
	if (by_kernel && one_in(&t->rnd, 4)) {
		skb_dst_set_noref(skb, t->test->priv);
		skb_dst_set_noref(by_kernel, t->test->priv);
	}
	ok = by_kernel ? scrubbed_alike(t, skb, by_kernel) : trial_wrong(t, "no memory");
	rcu_read_unlock();
	kfree_skb(by_kernel);
	kfree_skb(skb);
	return ok;
}

static void scrub_is_as_by_the_kernel(struct kunit *test)
{
	trial_holds(test, 1000, scrub_property);
}

static struct kunit_case fastpath_cases[] = {
	KUNIT_CASE(out_is_as_by_the_long_way),
	KUNIT_CASE(back_is_as_by_the_long_way),
	KUNIT_CASE(others_are_left),
	KUNIT_CASE(ended_sessions_take_no_answers),
	KUNIT_CASE(scrub_is_as_by_the_kernel),
	{}
};

static struct kunit_suite fastpath_suite = {
	.name = "cr_fastpath",
	.init = fastpath_init,
	.exit = fastpath_exit,
	.test_cases = fastpath_cases,
};

kunit_test_suite(fastpath_suite);
