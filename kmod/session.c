// SPDX-License-Identifier: GPL-2.0
/*
 * The session table: lookup by either key, creation with a port of its own, limits, and the one
 * collector that ends sessions. It knows nothing of devices or netlink; states are state.c's.
 *
 * Packets find sessions under RCU. An owner's lock orders what happens to its sessions; inside it
 * a bucket's lock is taken, one at a time, for one chain walk. All with softirqs off.
 *
 * The end of a session has to leave its port unused until nobody can mistake it for the next
 * one's: it leaves the out table (kill), a grace period passes so that no packet on its way out
 * still uses it, conntrack forgets it, and only then does it leave the back table and is freed
 * (reap). One grace period serves all that died since the last.
 */
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/ip.h>

#include "compat.h"
#include "kunit.h"
#include "session.h"

#define BUCKETS_MIN	1024U
#define BUCKETS_MAX	1048576U
#define LOCKS		1024U		/* for each kind of key; a power of two */
#define PORT_TRIES	256		/* candidates looked at before a flow is refused */
#define CROWD		1024		/* sessions from which on an owner leaves ports to others */
#define COLLECT_PERIOD	HZ		/* the collector's rhythm ... */
#define COLLECT_ROUNDS	4		/* ... and in how many it sees the whole table */

struct cr_bucket_lock {
	spinlock_t lock; /* guards some chains */
};

static struct kmem_cache *session_cache;
static struct workqueue_struct *collector;

static u32 hash_out(const struct cr_table *t, const struct cr_owner *owner,
		    const struct cr_tuple *tuple)
{
	return jhash_3words((__force u32)tuple->daddr,
			    (__force u32)tuple->sport << 16 | (__force u32)tuple->dport,
			    owner->id << 8 | tuple->proto, t->seed) & t->mask;
}

static __always_inline u32 hash_back(const struct cr_table *t, const struct cr_tuple *tuple)
{
	return jhash_3words((__force u32)tuple->saddr,
			    (__force u32)tuple->sport << 16 | (__force u32)tuple->dport,
			    tuple->proto, t->seed) & t->mask;
}

static spinlock_t *out_lock(const struct cr_table *t, u32 bucket)
{
	return &t->out_locks[bucket & (LOCKS - 1)].lock;
}

static spinlock_t *back_lock(const struct cr_table *t, u32 bucket)
{
	return &t->back_locks[bucket & (LOCKS - 1)].lock;
}

static bool tuple_equal(const struct cr_tuple *a, const struct cr_tuple *b)
{
	return a->saddr == b->saddr && a->daddr == b->daddr && a->sport == b->sport &&
	       a->dport == b->dport && a->proto == b->proto;
}

/* -------- the table -------- */

/**
 * cr_limits_default() - what holds unless it is set otherwise
 * @limits: filled
 */
void cr_limits_default(struct cr_limits *limits)
{
	*limits = (struct cr_limits){
		.idle = {
			[CUBE_ROUTER_SESSION_TCP_SYN] = 240,
			[CUBE_ROUTER_SESSION_TCP_ESTABLISHED] = 10800,
			[CUBE_ROUTER_SESSION_TCP_CLOSING] = 240,
			[CUBE_ROUTER_SESSION_TCP_RESET] = 10,
			[CUBE_ROUTER_SESSION_UDP_UNREPLIED] = 120,
			[CUBE_ROUTER_SESSION_UDP_REPLIED] = 300,
			[CUBE_ROUTER_SESSION_ICMP] = 60,
			[CUBE_ROUTER_SESSION_OTHER] = 600,
		},
		.max = 1048576,
		.max_owner = 65536,
		.port_low = 30000,
	};
}
EXPORT_SYMBOL_CR_KUNIT(cr_limits_default);

static void collect_work(struct work_struct *work)
{
	struct cr_table *t = container_of(to_delayed_work(work), struct cr_table, work);

	cr_table_collect(t, cr_now(), DIV_ROUND_UP(t->mask + 1, COLLECT_ROUNDS));
	cr_table_reap(t);
	queue_delayed_work(collector, &t->work, COLLECT_PERIOD);
}

static struct cr_bucket_lock *new_locks(void)
{
	struct cr_bucket_lock *locks = kvcalloc(LOCKS, sizeof(*locks), GFP_KERNEL);
	u32 i;

	for (i = 0; locks && i < LOCKS; i++)
		spin_lock_init(&locks[i].lock);
	return locks;
}

static void free_buckets(struct cr_table *t)
{
	kvfree(t->out);
	kvfree(t->back);
	kvfree(t->out_locks);
	kvfree(t->back_locks);
	t->out = NULL;
	t->back = NULL;
	t->out_locks = NULL;
	t->back_locks = NULL;
}

/**
 * cr_table_init() - sets up an empty table
 * @t: its @limits, @stats and @forget are the caller's to fill
 * @buckets: how many chains, rounded to a power of two and into sane bounds; half the number of
 *	sessions that are expected gives short ones
 *
 * Return: 0 or -ENOMEM.
 */
int cr_table_init(struct cr_table *t, u32 buckets)
{
	buckets = roundup_pow_of_two(clamp(buckets, BUCKETS_MIN, BUCKETS_MAX));
	t->mask = buckets - 1;
	t->cursor = 0;
	atomic_set(&t->count, 0);
	init_llist_head(&t->dying);
	init_llist_head(&t->doomed);
	mutex_init(&t->reaping);
	INIT_DELAYED_WORK(&t->work, collect_work);
	t->seed = get_random_u32();
	t->out = kvcalloc(buckets, sizeof(*t->out), GFP_KERNEL);
	t->back = kvcalloc(buckets, sizeof(*t->back), GFP_KERNEL);
	t->out_locks = new_locks();
	t->back_locks = new_locks();
	if (t->out && t->back && t->out_locks && t->back_locks)
		return 0;
	free_buckets(t);
	return -ENOMEM;
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_init);

/* cr_table_start() - starts the collector; without it nothing ends by itself */
void cr_table_start(struct cr_table *t)
{
	queue_delayed_work(collector, &t->work, COLLECT_PERIOD);
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_start);

/**
 * cr_table_destroy() - ends every session and frees the table
 * @t: no packet may be looking at it any more. May sleep.
 */
void cr_table_destroy(struct cr_table *t)
{
	cancel_delayed_work_sync(&t->work);
	cr_table_flush(t, NULL, NULL);
	cr_table_reap(t);
	WARN_ON(atomic_read(&t->count));
	free_buckets(t);
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_destroy);

/**
 * cr_table_max() - the limit of all sessions that is in force
 * @t: the table
 *
 * Conntrack holds one entry for each session, and the host needs some for itself.
 *
 * Return: the number set, or three quarters of nf_conntrack_max if that is less.
 */
u32 cr_table_max(const struct cr_table *t)
{
	const u32 conntrack = cr_conntrack_max();
	const u32 max = READ_ONCE(t->limits.max);

	/* To conntrack, a maximum of 0 is none. */
	return conntrack ? min(max, conntrack / 4 * 3) : max;
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_max);

/* cr_table_max_owner() - the limit of one owner's sessions: never above a quarter of all */
u32 cr_table_max_owner(const struct cr_table *t)
{
	return min(READ_ONCE(t->limits.max_owner), cr_table_max(t) / 4);
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_max_owner);

/* -------- the owners -------- */

/**
 * cr_owner_init() - an owner without sessions, and with one reference
 * @owner: set up
 * @id: hashed with its tuples; best different for each owner, 24 bits
 * @release: called with the last reference gone, from any context
 */
void cr_owner_init(struct cr_owner *owner, u32 id, void (*release)(struct cr_owner *owner))
{
	*owner = (struct cr_owner){ .id = id, .release = release };
	spin_lock_init(&owner->lock);
	refcount_set(&owner->refs, 1);
}
EXPORT_SYMBOL_CR_KUNIT(cr_owner_init);

/* cr_owner_put() - gives a reference back */
void cr_owner_put(struct cr_owner *owner)
{
	if (refcount_dec_and_test(&owner->refs))
		owner->release(owner);
}
EXPORT_SYMBOL_CR_KUNIT(cr_owner_put);

/**
 * cr_owner_end() - the owner goes: no session is made any more, those it has end soon
 * @owner: the caller's reference is given away
 * @t: its table, or NULL when there is none and never was a session
 *
 * Does not sleep or wait: the collector does the work.
 */
void cr_owner_end(struct cr_owner *owner, struct cr_table *t)
{
	spin_lock_bh(&owner->lock);
	owner->dead = true;
	spin_unlock_bh(&owner->lock);
	if (!t) {
		cr_owner_put(owner);
		return;
	}
	llist_add(&owner->doomed, &t->doomed);
	cr_table_hurry(t);
}
EXPORT_SYMBOL_CR_KUNIT(cr_owner_end);

/* -------- lookup -------- */

/**
 * cr_session_find_out() - the session of a packet that leaves a sandbox
 * @t: the table
 * @owner: the sandbox
 * @tuple: of the packet
 *
 * The session may have outlived its idle time; its next packet out gives it a new one.
 *
 * Return: the session, good until rcu_read_unlock(), or NULL.
 */
struct cr_session *cr_session_find_out(const struct cr_table *t, const struct cr_owner *owner,
				       const struct cr_tuple *tuple)
{
	struct cr_session *s;

	hlist_for_each_entry_rcu(s, &t->out[hash_out(t, owner, tuple)], out)
		if (tuple_equal(&s->tuple, tuple) && s->owner == owner)
			return s;
	return NULL;
}
EXPORT_SYMBOL_CR_KUNIT(cr_session_find_out);

static bool is_back(const struct cr_session *s, const struct cr_tuple *tuple)
{
	return s->tuple.daddr == tuple->saddr && s->nat_addr == tuple->daddr &&
	       s->tuple.dport == tuple->sport && s->nat_port == tuple->dport &&
	       s->tuple.proto == tuple->proto;
}

/**
 * cr_session_find_back() - the session of a packet from the far end
 * @t: the table
 * @tuple: of the packet
 * @now: cr_now()
 *
 * Return: the session if it lives and has time left, good until rcu_read_unlock(), or NULL.
 */
struct cr_session *cr_session_find_back(const struct cr_table *t, const struct cr_tuple *tuple,
					u32 now)
{
	struct cr_session *s;

	hlist_for_each_entry_rcu(s, &t->back[hash_back(t, tuple)], back)
		if (is_back(s, tuple))
			return !READ_ONCE(s->dead) && cr_session_left(t, s, now) ? s : NULL;
	return NULL;
}
EXPORT_SYMBOL_CR_KUNIT(cr_session_find_back);

/**
 * cr_session_ended() - whether a session is dead and waits to be reaped
 * @t: the table
 * @tuple: its backward key
 *
 * Return: whether there is such a one that conntrack knows; good until rcu_read_unlock().
 */
bool cr_session_ended(const struct cr_table *t, const struct cr_tuple *tuple)
{
	const struct cr_session *s;

	hlist_for_each_entry_rcu(s, &t->back[hash_back(t, tuple)], back)
		if (is_back(s, tuple))
			return READ_ONCE(s->dead) && !(READ_ONCE(s->flags) & CR_SESSION_DIRECT);
	return false;
}

/* -------- creation -------- */

/* Makes @nat_port the session's, unless another one has it for the same far end. */
static bool take_port(struct cr_table *t, struct cr_session *s, __be16 nat_port)
{
	struct cr_tuple tuple;
	struct cr_session *other;
	spinlock_t *lock;
	bool free = true;
	u32 bucket;

	s->nat_port = nat_port;
	tuple = cr_session_backward(s);
	bucket = hash_back(t, &tuple);
	lock = back_lock(t, bucket);
	spin_lock(lock);
	hlist_for_each_entry(other, &t->back[bucket], back) {
		if (is_back(other, &tuple)) {
			free = false;
			break;
		}
	}
	if (free)
		hlist_add_head_rcu(&s->back, &t->back[bucket]);
	spin_unlock(lock);
	return free;
}

/*
 * All owners share the ports towards a far end. One with many sessions takes only those that a hash
 * of its own calls its own, every second one; so the ports that k such owners cannot take are one
 * part in 2^k, and nobody else is shut out.
 */
static bool may_take(const struct cr_table *t, const struct cr_owner *owner, u32 port)
{
	lockdep_assert_held(&owner->lock);
	return owner->count < CROWD || jhash_2words(owner->id, port, t->seed) & 1;
}

/*
 * The sandbox's own port where it can be, since that is what it would have without us and what
 * MASQUERADE keeps. Otherwise a walk with a random start and a random stride: it cannot be foretold
 * (RFC 6056, section 3.3). The stride is so short that the walk does not come round within the
 * tries made here, and so long that they see half of the range at least, for a part of it can be
 * crowded.
 */
static bool choose_port(struct cr_table *t, struct cr_session *s, const struct cr_identity *as)
{
	u32 low = s->tuple.proto == IPPROTO_ICMP ? 0 : as->low;
	u32 range = 65536 - low, own = ntohs(s->tuple.sport), at, stride, longest;
	int i;

	if (as->port || !cr_has_ports(s->tuple.proto))
		return take_port(t, s, as->port);
	if (!range)
		return false;
	if (own >= low && may_take(t, s->owner, own) && take_port(t, s, htons(own)))
		return true;
	at = reciprocal_scale(get_random_u32(), range);
	longest = max(range / PORT_TRIES, 1U);
	stride = longest - reciprocal_scale(get_random_u32(), DIV_ROUND_UP(longest, 2));
	for (i = 0; i < PORT_TRIES; i++) {
		if (may_take(t, s->owner, low + at) && take_port(t, s, htons(low + at)))
			return true;
		at = (at + stride) % range;
	}
	return false;
}

/* With the owner's lock held, which keeps a second packet of the same flow out. */
static struct cr_session *create_locked(struct cr_table *t, struct cr_owner *owner,
					const struct cr_tuple *tuple, const struct cr_identity *as,
					u32 now, enum cr_counter *why)
{
	struct cr_session *s;
	u32 bucket, limit;

	lockdep_assert_held(&owner->lock);
	if (owner->dead) {
		*why = CR_HELD;
		return NULL;
	}
	s = cr_session_find_out(t, owner, tuple);
	if (s)
		return s;
	limit = min_not_zero(READ_ONCE(owner->max), cr_table_max_owner(t));
	/* Anybody may call, as often as he likes: half is left for what the sandbox begins. */
	if (as->flags & CR_SESSION_INBOUND)
		limit = DIV_ROUND_UP(limit, 2);
	if (owner->count >= limit) {
		*why = CR_LIMIT_SANDBOX;
		return NULL;
	}
	if (atomic_read(&t->count) >= cr_table_max(t)) {
		*why = CR_LIMIT_TOTAL;
		return NULL;
	}
	s = kmem_cache_zalloc(session_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!s) {
		*why = CR_NO_MEMORY;
		return NULL;
	}
	s->owner = owner;
	s->tuple = *tuple;
	s->nat_addr = as->addr;
	s->flags = as->flags;
	s->last = now;
	s->state = cr_session_first_state(tuple->proto);
	if (!choose_port(t, s, as)) {
		kmem_cache_free(session_cache, s);
		*why = cr_has_ports(tuple->proto) ? CR_PORTS_EXHAUSTED : CR_PROTO_BUSY;
		return NULL;
	}
	bucket = hash_out(t, owner, tuple);
	spin_lock(out_lock(t, bucket));
	hlist_add_head_rcu(&s->out, &t->out[bucket]);
	spin_unlock(out_lock(t, bucket));
	hlist_add_head(&s->by_owner, &owner->sessions);
	owner->count++;
	refcount_inc(&owner->refs);
	atomic_inc(&t->count);
	cr_count_for(t->stats, &owner->account, CR_SESSION_NEW);
	return s;
}

/**
 * cr_session_create() - the session of a new flow
 * @t: the table
 * @owner: the sandbox
 * @tuple: of its first packet; of one that a far end begins: of what the sandbox will answer
 * @as: what it shall be known by outside
 * @now: cr_now()
 * @why: if there is none: the counter that names the reason
 *
 * Two limits bound it, and the ports there are towards the far end. The total can be overshot by
 * as many sessions as there are CPUs. Calls, which a far end begins, have half of what the owner
 * may have; the rest is for the flows that it begins.
 *
 * Return: the session, good until rcu_read_unlock(), or NULL. Where the flow has one already it is
 * that, whatever @as says.
 */
struct cr_session *cr_session_create(struct cr_table *t, struct cr_owner *owner,
				     const struct cr_tuple *tuple, const struct cr_identity *as,
				     u32 now, enum cr_counter *why)
{
	struct cr_session *s;

	spin_lock_bh(&owner->lock);
	s = create_locked(t, owner, tuple, as, now, why);
	spin_unlock_bh(&owner->lock);
	return s;
}
EXPORT_SYMBOL_CR_KUNIT(cr_session_create);

/* -------- the end -------- */

static bool kill_locked(struct cr_table *t, struct cr_session *s)
{
	spinlock_t *lock = out_lock(t, hash_out(t, s->owner, &s->tuple));
	bool mine;

	lockdep_assert_held(&s->owner->lock);
	spin_lock(lock);
	mine = !s->dead;
	if (mine) {
		WRITE_ONCE(s->dead, true);
		hlist_del_rcu(&s->out);
	}
	spin_unlock(lock);
	if (!mine)
		return false;
	hlist_del(&s->by_owner);
	s->owner->count--;
	llist_add(&s->dying, &t->dying);
	return true;
}

/**
 * cr_session_kill() - ends a session, unless somebody else already does
 * @t: the table
 * @s: a session found under the RCU read lock that is still held
 *
 * No packet finds it any more, in either direction. Its port stays taken until cr_table_reap().
 *
 * Return: whether it was us.
 */
bool cr_session_kill(struct cr_table *t, struct cr_session *s)
{
	struct cr_owner *owner = s->owner;
	bool mine;

	spin_lock_bh(&owner->lock);
	mine = kill_locked(t, s);
	spin_unlock_bh(&owner->lock);
	return mine;
}
EXPORT_SYMBOL_CR_KUNIT(cr_session_kill);

/* Ends the sessions of owners that are gone. */
static void end_doomed(struct cr_table *t)
{
	struct llist_node *doomed = llist_del_all(&t->doomed);
	struct cr_owner *owner, *next;

	llist_for_each_entry_safe(owner, next, doomed, doomed) {
		spin_lock_bh(&owner->lock);
		while (!hlist_empty(&owner->sessions)) {
			kill_locked(t, hlist_entry(owner->sessions.first, struct cr_session,
						   by_owner));
			cr_count(t->stats, CR_SESSION_FLUSHED);
			if (owner->count % 64 == 0) {
				spin_unlock_bh(&owner->lock);
				cond_resched();
				spin_lock_bh(&owner->lock);
			}
		}
		spin_unlock_bh(&owner->lock);
		cr_owner_put(owner);
	}
}

/**
 * cr_table_collect() - ends those sessions whose time is over, in the next part of the table
 * @t: the table
 * @now: cr_now()
 * @buckets: how large that part is. May sleep.
 */
void cr_table_collect(struct cr_table *t, u32 now, u32 buckets)
{
	struct cr_session *s;
	u32 i;

	if (!atomic_read(&t->count))
		return;
	mutex_lock(&t->reaping);
	for (i = 0; i < buckets; i++) {
		rcu_read_lock();
		hlist_for_each_entry_rcu(s, &t->out[t->cursor], out)
			if (!cr_session_left(t, s, now) && cr_session_kill(t, s))
				cr_count_for(t->stats, &s->owner->account, CR_SESSION_EXPIRED);
		rcu_read_unlock();
		t->cursor = (t->cursor + 1) & t->mask;
		if (i % 256 == 255)
			cond_resched();
	}
	mutex_unlock(&t->reaping);
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_collect);

/**
 * cr_table_walk() - shows every session of one bucket
 * @t: the table
 * @bucket: 0 to &cr_table.mask
 * @show: called under RCU; a value other than 0 ends the walk
 * @arg: handed on
 *
 * A session that is there all the while is in exactly one bucket.
 *
 * Return: what @show returned last.
 */
int cr_table_walk(struct cr_table *t, u32 bucket, int (*show)(struct cr_session *s, void *arg),
		  void *arg)
{
	struct cr_session *s;
	int err = 0;

	rcu_read_lock();
	hlist_for_each_entry_rcu(s, &t->out[bucket], out) {
		err = show(s, arg);
		if (err)
			break;
	}
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_walk);

/**
 * cr_table_flush() - ends sessions
 * @t: the table, set up or not
 * @match: says which, under RCU; NULL for all of them
 * @arg: handed on
 *
 * They are out of every packet's reach when this returns; the rest is cr_table_reap()'s. May
 * sleep.
 *
 * Return: how many.
 */
u32 cr_table_flush(struct cr_table *t, bool (*match)(const struct cr_session *s, const void *arg),
		   const void *arg)
{
	struct cr_session *s;
	u32 i, n = 0;

	if (!t->out || !atomic_read(&t->count))
		return 0;
	for (i = 0; i <= t->mask; i++) {
		rcu_read_lock();
		hlist_for_each_entry_rcu(s, &t->out[i], out) {
			if ((match && !match(s, arg)) || !cr_session_kill(t, s))
				continue;
			cr_count_for(t->stats, &s->owner->account, CR_SESSION_FLUSHED);
			n++;
		}
		rcu_read_unlock();
		if (i % 256 == 255)
			cond_resched();
	}
	return n;
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_flush);

static void free_session(struct rcu_head *rcu)
{
	kmem_cache_free(session_cache, container_of(rcu, struct cr_session, rcu));
}

/**
 * cr_table_reap() - brings to their end all sessions that were killed, and all owners that ended
 * @t: the table. Sleeps for at least a grace period if there is anything to do.
 */
void cr_table_reap(struct cr_table *t)
{
	struct llist_node *dead;
	struct cr_session *s, *next;
	struct cr_tuple tuple;
	spinlock_t *lock;
	unsigned int n = 0;

	mutex_lock(&t->reaping);
	end_doomed(t);
	dead = llist_del_all(&t->dying);
	if (!dead)
		goto out;
	synchronize_rcu();
	llist_for_each_entry(s, dead, dying)
		n++;
	t->forget(t, dead, n);
	llist_for_each_entry_safe(s, next, dead, dying) {
		struct cr_owner *owner = s->owner;

		tuple = cr_session_backward(s);
		lock = back_lock(t, hash_back(t, &tuple));
		spin_lock_bh(lock);
		hlist_del_rcu(&s->back);
		spin_unlock_bh(lock);
		atomic_dec(&t->count);
		dst_release(rcu_dereference_protected(s->route, s->dead));
		dst_release(rcu_dereference_protected(s->back_route, s->dead));
		call_rcu(&s->rcu, free_session);
		cr_owner_put(owner);
		cond_resched();
	}
out:
	mutex_unlock(&t->reaping);
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_reap);

/* cr_table_hurry() - lets the collector run now */
void cr_table_hurry(struct cr_table *t)
{
	mod_delayed_work(collector, &t->work, 0);
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_hurry);

/* -------- load, unload -------- */

int __init cr_sessions_init(void)
{
	session_cache = KMEM_CACHE(cr_session, 0);
	if (!session_cache)
		return -ENOMEM;
	collector = alloc_workqueue("cube-router", WQ_UNBOUND, 0);
	if (collector)
		return 0;
	kmem_cache_destroy(session_cache);
	return -ENOMEM;
}

void cr_sessions_exit(void)
{
	destroy_workqueue(collector);
	rcu_barrier();
	kmem_cache_destroy(session_cache);
}
