/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the session table is laid out: its chains, their locks, hashes and keys. For session.c, which
 * finds and makes sessions, table.c, which ends them, and fastpath.h, which finds them without a
 * call; nobody else looks inside.
 */
#ifndef CR_TABLE_H
#define CR_TABLE_H

#include <linux/slab.h>

#include "session.h"

#define CR_LOCKS	1024U	/* for each kind of key; a power of two */

struct cr_bucket_lock {
	spinlock_t lock; /* guards some chains */
};

extern struct kmem_cache *cr_session_cache;

/*
 * A third of jhash's instructions, and spreads as well. Of two multiplications either order of the
 * halves of the key, and either way to bring their upper bits down, had some secrets with which
 * sequential addresses or ports made chains of 25; three had none (300 secrets each, 60,000 flows
 * in 65,536 buckets: no longer than 11, jhash's 10).
 */
static __always_inline u32 cr_hash(const struct cr_table *t, u64 salt, __be32 addr, __be16 sport,
				   __be16 dport, u8 proto)
{
	const u32 ports = (__force u32)dport << 16 | (__force u32)sport;
	u64 x = (u64)(__force u32)addr << 32 | ports;

	x = (x ^ salt) * t->key[0];
	/* Not before: whoever chooses the ports could make up for it. */
	x ^= proto;
	x ^= x >> 32;
	x *= t->key[1];
	x ^= x >> 32;
	x *= t->key[2];
	return (x >> 32) & t->mask;
}

/* cr_hash_out() - the bucket of an outward key */
static __always_inline u32 cr_hash_out(const struct cr_table *t, const struct cr_owner *owner,
				       const struct cr_tuple *tuple)
{
	return cr_hash(t, owner->salt, tuple->daddr, tuple->sport, tuple->dport, tuple->proto);
}

/* cr_hash_back() - the bucket of a backward key */
static __always_inline u32 cr_hash_back(const struct cr_table *t, const struct cr_tuple *tuple)
{
	return cr_hash(t, 0, tuple->saddr, tuple->sport, tuple->dport, tuple->proto);
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
						      struct cr_tuple tuple)
{
	struct cr_session *s;

	hlist_for_each_entry_rcu(s, &t->out[cr_hash_out(t, owner, &tuple)], out)
		if (s->tuple.saddr == tuple.saddr && s->tuple.daddr == tuple.daddr &&
		    s->tuple.sport == tuple.sport && s->tuple.dport == tuple.dport &&
		    s->tuple.proto == tuple.proto && s->owner == owner)
			return s;
	return NULL;
}

/* cr_look_back() - see cr_session_find_back() */
static __always_inline struct cr_session *cr_look_back(const struct cr_table *t,
						       struct cr_tuple tuple, u32 now)
{
	struct cr_session *s;

	hlist_for_each_entry_rcu(s, &t->back[cr_hash_back(t, &tuple)], back)
		if (cr_is_back(s, &tuple))
			return !READ_ONCE(s->dead) && cr_session_left(t, s, now) ? s : NULL;
	return NULL;
}

#endif
