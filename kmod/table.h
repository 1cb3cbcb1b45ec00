/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the session table is laid out: its chains, their locks, hashes and keys. For session.c, which
 * finds and makes sessions, and table.c, which ends them; nobody else looks inside.
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
static inline u32 cr_hash_out(const struct cr_table *t, const struct cr_owner *owner,
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

#endif
