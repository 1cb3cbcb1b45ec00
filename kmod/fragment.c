// SPDX-License-Identifier: GPL-2.0
/*
 * Fragments. On the way out (ingress.c) the kernel's own queues put the packet together; a budget
 * keeps one sandbox from filling them for all. On the way back (device.c) fragments come one by
 * one, in order, cut by the host's own output; only the first has ports, so a small memory tells
 * the others. What is too long where it leaves is cut. Locks: one spinlock for each budget and each
 * memory, held for a few instructions.
 */
#include <linux/jhash.h>
#include <net/ip.h>
#include <net/route.h>

#include "compat.h"
#include "fragment.h"
#include "kunit.h"

/*
 * User numbers in the upper half of the bridge's range: these queues say nothing when they expire,
 * while others send ICMP by the host's routes to the sandbox. Each sandbox has its own, or what is
 * left of one would be joined with the fragments of the next that has its address. A number comes
 * again when the queues of its last user have long expired.
 */
#define DEFRAG_USERS		(IP_DEFRAG_CONNTRACK_BRIDGE_IN + 0x8000)
#define DEFRAG_USERS_MASK	0x7fff
#define BUDGET_SHARE	8		/* of what the namespace may hold: one part in so many */
#define MEMORY_TIME	(2 * HZ)	/* fragments of a packet follow each other at once */

/* cr_fragment_budget_init() - nothing is charged, and nothing is in the queues */
void cr_fragment_budget_init(struct cr_fragment_budget *budget)
{
	static atomic_t last;

	*budget = (struct cr_fragment_budget){
		.user = DEFRAG_USERS + (atomic_inc_return(&last) & DEFRAG_USERS_MASK),
		.since = cr_now(),
	};
	spin_lock_init(&budget->lock);
}
EXPORT_SYMBOL_CR_KUNIT(cr_fragment_budget_init);

/*
 * What was charged is forgotten after one to two spans, when the kernel has long dropped the
 * fragments too, so that nothing needs to be told of their end.
 */
static bool charge(struct cr_fragment_budget *b, u32 bytes, u32 limit, u32 span)
{
	u32 passed;
	bool fits;

	spin_lock_bh(&b->lock);
	passed = cr_now() - b->since;
	if (passed >= span) {
		b->last_span = passed / 2 < span ? b->current_span : 0;
		b->current_span = 0;
		b->since = cr_now();
	}
	fits = b->current_span + b->last_span + bytes <= limit;
	if (fits)
		b->current_span += bytes;
	spin_unlock_bh(&b->lock);
	return fits;
}

static void give_back(struct cr_fragment_budget *b, u32 bytes)
{
	u32 part;

	spin_lock_bh(&b->lock);
	part = min(b->current_span, bytes);
	b->current_span -= part;
	b->last_span -= min(b->last_span, bytes - part);
	spin_unlock_bh(&b->lock);
}

/**
 * cr_fragment_collect() - takes a fragment of a sandbox
 * @net: the namespace
 * @budget: the sandbox's
 * @skb: the fragment, network header at skb->data, its source the sandbox's own address, for the
 *	kernel's queues are kept by source
 * @why: if the packet is not complete: the counter that says what became of the fragment
 *
 * Return: 0 when @skb is now the whole packet; otherwise -EINPROGRESS, and @skb is gone.
 */
int cr_fragment_collect(struct net *net, struct cr_fragment_budget *budget, struct sk_buff *skb,
			enum cr_counter *why)
{
	const u32 limit = READ_ONCE(net->ipv4.fqdir->high_thresh) / BUDGET_SHARE;
	/* As long as the kernel waits for a missing fragment. */
	const u32 span = READ_ONCE(net->ipv4.fqdir->timeout);
	u32 bytes;
	int err;

	/* A packet that somebody else sees too would grow in the queue, uncharged. */
	if (skb_unclone(skb, GFP_ATOMIC)) {
		kfree_skb(skb);
		*why = CR_NO_MEMORY;
		return -EINPROGRESS;
	}
	bytes = skb->truesize;
	if (!charge(budget, bytes, limit, span)) {
		kfree_skb(skb);
		*why = CR_FRAGMENT_BUDGET;
		return -EINPROGRESS;
	}
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	err = ip_defrag(net, skb, budget->user);
	if (!err) {
		give_back(budget, skb->truesize);
		return 0;
	}
	if (err != -EINPROGRESS)
		give_back(budget, bytes);
	*why = err == -EINPROGRESS ? CR_FRAGMENT_QUEUED :
	       err == -ENOMEM ? CR_NO_MEMORY : CR_FRAGMENT_BAD;
	return -EINPROGRESS;
}
EXPORT_SYMBOL_CR_KUNIT(cr_fragment_collect);

/* The kernel's cutter asks the route for the device; one that passed routing by has none. */
static int give_route(struct net *net, struct sk_buff *skb)
{
	struct flowi4 flow = {
		.daddr = ip_hdr(skb)->daddr, .flowi4_oif = skb->dev->ifindex,
	};
	struct rtable *rt;

	if (skb_dst(skb))
		return 0;
	rt = ip_route_output_key(net, &flow);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	skb_dst_set(skb, &rt->dst);
	return 0;
}

/**
 * cr_fragment_cut() - cuts a packet, or each packet of a segmentation unit, and sends the pieces
 * @net: the namespace
 * @skb: network header at skb->data; leaves by skb->dev, or has a route; given away
 * @limit: how long a piece may be
 * @whole: the kernel's defragmenter has just put it together: IPCB() still tells what it was like
 * @output: sends a piece
 *
 * Return: 0, or an error if any of it is lost.
 */
int cr_fragment_cut(struct net *net, struct sk_buff *skb, unsigned int limit, bool whole,
		    int (*output)(struct net *net, struct sock *sk, struct sk_buff *skb))
{
	struct sk_buff *segment = skb, *next;
	int err;

	err = give_route(net, skb);
	if (err) {
		kfree_skb(skb);
		return err;
	}
	if (skb_is_gso(skb)) {
		segment = skb_gso_segment(skb, netif_skb_features(skb) & ~NETIF_F_GSO_MASK);
		if (IS_ERR_OR_NULL(segment)) {
			kfree_skb(skb);
			return -ENOMEM;
		}
		consume_skb(skb);
	}
	skb_list_walk_safe(segment, segment, next) {
		skb_mark_not_on_list(segment);
		if (!whole)
			memset(IPCB(segment), 0, sizeof(*IPCB(segment)));
		IPCB(segment)->frag_max_size = limit;
		if (ip_do_fragment(net, NULL, segment, output))
			err = -ENOMEM;
	}
	return err;
}

/* cr_fragment_memory_init() - nothing is remembered */
void cr_fragment_memory_init(struct cr_fragment_memory *memory)
{
	memset(memory, 0, sizeof(*memory));
	spin_lock_init(&memory->lock);
}
EXPORT_SYMBOL_CR_KUNIT(cr_fragment_memory_init);

static struct cr_fragment_slot *slot_of(struct cr_fragment_memory *m, const struct cr_tuple *tuple,
					__be16 id)
{
	u32 hash = jhash_3words((__force u32)tuple->saddr, (__force u32)tuple->daddr,
				(__force u32)id << 16 | tuple->proto, 0);

	return &m->slots[hash % CR_FRAGMENT_SLOTS];
}

/**
 * cr_fragment_note() - the first fragment of a packet goes by
 * @memory: the namespace's
 * @tuple: of the packet, with its ports
 * @id: its IP identification
 * @now: cr_now()
 */
void cr_fragment_note(struct cr_fragment_memory *memory, const struct cr_tuple *tuple, __be16 id,
		      u32 now)
{
	spin_lock_bh(&memory->lock);
	*slot_of(memory, tuple, id) = (struct cr_fragment_slot){
		.tuple = *tuple, .id = id, .used = true, .when = now,
	};
	spin_unlock_bh(&memory->lock);
}
EXPORT_SYMBOL_CR_KUNIT(cr_fragment_note);

/**
 * cr_fragment_recall() - finds the ports of a fragment behind the first
 * @memory: the namespace's
 * @tuple: addresses and protocol of the fragment; its ports are filled
 * @id: its IP identification
 * @now: cr_now()
 *
 * Return: whether its first fragment went by, not long ago.
 */
bool cr_fragment_recall(struct cr_fragment_memory *memory, struct cr_tuple *tuple, __be16 id,
			u32 now)
{
	const struct cr_fragment_slot *slot;
	bool known;

	spin_lock_bh(&memory->lock);
	slot = slot_of(memory, tuple, id);
	known = slot->used && slot->id == id && slot->tuple.saddr == tuple->saddr &&
		slot->tuple.daddr == tuple->daddr && slot->tuple.proto == tuple->proto &&
		now - slot->when < MEMORY_TIME;
	if (known)
		*tuple = slot->tuple;
	spin_unlock_bh(&memory->lock);
	return known;
}
EXPORT_SYMBOL_CR_KUNIT(cr_fragment_recall);
