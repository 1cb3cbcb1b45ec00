/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the session table is laid out: its chains, their locks, hashes and keys. For session.c, which
 * finds and makes sessions, table.c, which ends them, and fastpath.c, which finds them without a
 * call; nobody else looks inside.
 */
#ifndef CR_TABLE_H
#define CR_TABLE_H

#include <linux/jhash.h>
#include <linux/slab.h>

#include "session.h"

#define CR_LOCKS	1024U	/* for each kind of key; a power of two */

struct cr_bucket_lock {
	spinlock_t lock; /* guards some chains */
};

extern struct kmem_cache *cr_session_cache;

/* cr_hash_out() - the bucket of an outward key */
static __always_inline u32 cr_hash_out(const struct cr_table *t, const struct cr_owner *owner,
				       const struct cr_tuple *tuple)
{
	return jhash_3words((__force u32)tuple->daddr,
			    (__force u32)tuple->sport << 16 | (__force u32)tuple->dport,
			    owner->id << 8 | tuple->proto, t->seed) & t->mask;
}

/* cr_hash_back() - the bucket of a backward key */
static __always_inline u32 cr_hash_back(const struct cr_table *t, const struct cr_tuple *tuple)
{
	return jhash_3words((__force u32)tuple->saddr,
			    (__force u32)tuple->sport << 16 | (__force u32)tuple->dport,
			    tuple->proto, t->seed) & t->mask;
}

/* cr_out_lock() - guards the chain of a bucket of &cr_table.out */
static inline spinlock_t *cr_out_lock(const struct cr_table *t, u32 bucket)
{
	return &t->out_locks[bucket & (CR_LOCKS - 1)].lock;
}

/* cr_back_lock() - guards the chain of a bucket of &cr_table.back */
static inline spinlock_t *cr_back_lock(const struct cr_table *t, u32 bucket)
{
	return &t->back_locks[bucket & (CR_LOCKS - 1)].lock;
}

/* cr_is_back() - whether a session has this backward key */
static inline bool cr_is_back(const struct cr_session *s, const struct cr_tuple *tuple)
{
	return s->tuple.daddr == tuple->saddr && s->nat_addr == tuple->daddr &&
	       s->tuple.dport == tuple->sport && s->nat_port == tuple->dport &&
	       s->tuple.proto == tuple->proto;
}

/* cr_look_out() - see cr_session_find_out() */
static __always_inline struct cr_session *cr_look_out(const struct cr_table *t,
						      const struct cr_owner *owner,
						      const struct cr_tuple *tuple)
{
	struct cr_session *s;

	hlist_for_each_entry_rcu(s, &t->out[cr_hash_out(t, owner, tuple)], out)
		if (s->tuple.saddr == tuple->saddr && s->tuple.daddr == tuple->daddr &&
		    s->tuple.sport == tuple->sport && s->tuple.dport == tuple->dport &&
		    s->tuple.proto == tuple->proto && s->owner == owner)
			return s;
	return NULL;
}

/* cr_look_back() - see cr_session_find_back() */
static __always_inline struct cr_session *cr_look_back(const struct cr_table *t,
						       const struct cr_tuple *tuple, u32 now)
{
	struct cr_session *s;

	hlist_for_each_entry_rcu(s, &t->back[cr_hash_back(t, tuple)], back)
		if (cr_is_back(s, tuple))
			return !READ_ONCE(s->dead) && cr_session_left(t, s, now) ? s : NULL;
	return NULL;
}

#endif
