/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fragments: put together on the way out, within a budget for each sandbox, and recognised one by
 * one on the way back.
 */
#ifndef CR_FRAGMENT_H
#define CR_FRAGMENT_H

#include "session.h"

/**
 * struct cr_fragment_budget - what incomplete packets one sandbox has in the kernel's queues
 * @user: whose queues they are to the kernel: a number of the sandbox's own
 * @lock: guards the rest
 * @since: start of the current span of time, cr_now()
 * @current_span: bytes of memory charged since then
 * @last_span: bytes charged in the span before, and not given back
 */
struct cr_fragment_budget {
	u32 user;
	spinlock_t lock; /* guards the rest */
	u32 since;
	u32 current_span;
	u32 last_span;
};

#define CR_FRAGMENT_SLOTS	256

/**
 * struct cr_fragment_slot - a packet whose first fragment went by
 * @tuple: of the packet
 * @id: its IP identification
 * @when: cr_now() then
 * @used: there is something here
 */
struct cr_fragment_slot {
	struct cr_tuple tuple;
	__be16 id;
	bool used;
	u32 when;
};

/**
 * struct cr_fragment_memory - the packets from far ends whose fragments are going by
 * @lock: guards the slots
 * @slots: by a hash of what all fragments of a packet share; a newer packet takes the place
 */
struct cr_fragment_memory {
	spinlock_t lock; /* guards the slots */
	struct cr_fragment_slot slots[CR_FRAGMENT_SLOTS];
};

void cr_fragment_budget_init(struct cr_fragment_budget *budget);
int cr_fragment_collect(struct net *net, struct cr_fragment_budget *budget, struct sk_buff *skb,
			enum cr_counter *why);
int cr_fragment_cut(struct net *net, struct sk_buff *skb, unsigned int limit, bool whole,
		    int (*output)(struct net *net, struct sock *sk, struct sk_buff *skb));

void cr_fragment_memory_init(struct cr_fragment_memory *memory);
void cr_fragment_note(struct cr_fragment_memory *memory, const struct cr_tuple *tuple, __be16 id,
		      u32 now);
bool cr_fragment_recall(struct cr_fragment_memory *memory, struct cr_tuple *tuple, __be16 id,
			u32 now);

#endif
