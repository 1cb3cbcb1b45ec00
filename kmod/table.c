// SPDX-License-Identifier: GPL-2.0
/*
 * The session table as a whole: set up, walked, flushed, and the one collector, which ends what has
 * had its time. Called by netns.c, uplink.c, portmap.c, netlink_config.c and netlink_session.c, and
 * by sandbox.c, also for an owner that goes; ingress.c calls it for a session that a packet ends.
 *
 * The end of a session has to leave its port unused until nobody can mistake it for the next
 * one's: it leaves the out table (kill), a grace period passes so that no packet on its way out
 * still uses it, conntrack forgets it, and only then does it leave the back table and is freed
 * (reap). One grace period serves all that died since the last. The locks are session.c's.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <net/dst.h>

#include "kunit.h"
#include "table.h"

#define BUCKETS_MIN	1024U
#define BUCKETS_MAX	1048576U
#define COLLECT_PERIOD	HZ	/* the collector's rhythm ... */
#define COLLECT_ROUNDS	4	/* ... and in how many it sees the whole table */

static struct workqueue_struct *collector;

/* -------- the end of sessions -------- */

static bool is_call(const struct cr_session *s)
{
	return READ_ONCE(s->flags) & CR_SESSION_INBOUND;
}

/* Counted here, so that the sessions made less those ended are those that live. */
static bool kill_locked(struct cr_table *t, struct cr_session *s, enum cr_counter how)
{
	spinlock_t *lock = cr_out_lock(t, cr_hash_out(t, s->owner, &s->tuple));
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
	s->owner->calls -= is_call(s);
	atomic_inc(&s->owner->dying);
	cr_count_for(t->stats, &s->owner->account, how);
	llist_add(&s->dying, &t->dying);
	return true;
}

static bool kill(struct cr_table *t, struct cr_session *s, enum cr_counter how)
{
	struct cr_owner *owner = s->owner;
	bool mine;

	spin_lock_bh(&owner->lock);
	mine = kill_locked(t, s, how);
	spin_unlock_bh(&owner->lock);
	return mine;
}

/**
 * cr_session_kill() - ends a session, unless somebody else already does
 * @t: the table
 * @s: a session found under the RCU read lock that is still held
 *
 * No packet finds it any more, in either direction. Its port stays taken until cr_table_reap().
 * It is counted as flushed.
 *
 * Return: whether it was us.
 */
bool cr_session_kill(struct cr_table *t, struct cr_session *s)
{
	return kill(t, s, CR_SESSION_FLUSHED);
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
						   by_owner), CR_SESSION_FLUSHED);
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
			if (!cr_session_left(t, s, now))
				kill(t, s, CR_SESSION_EXPIRED);
		rcu_read_unlock();
		t->cursor = (t->cursor + 1) & t->mask;
		if (i % 256 == 255)
			cond_resched();
	}
	mutex_unlock(&t->reaping);
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_collect);

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
			if ((!match || match(s, arg)) && cr_session_kill(t, s))
				n++;
		}
		rcu_read_unlock();
		if (i % 256 == 255)
			cond_resched();
	}
	return n;
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_flush);

/**
 * cr_table_flush_settled() - ends the sessions that new settings do not allow
 * @t: the table, set up or not
 * @match: as for cr_table_flush()
 * @arg: ...
 *
 * A packet that has seen the old settings may be making a session at this moment: it has made it
 * after a grace period. May sleep.
 */
void cr_table_flush_settled(struct cr_table *t,
			    bool (*match)(const struct cr_session *s, const void *arg),
			    const void *arg)
{
	if (!t->out)
		return;
	synchronize_net();
	if (cr_table_flush(t, match, arg))
		cr_table_hurry(t);
}

static void free_session(struct rcu_head *rcu)
{
	kmem_cache_free(cr_session_cache, container_of(rcu, struct cr_session, rcu));
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
		lock = cr_back_lock(t, cr_hash_back(t, &tuple));
		spin_lock_bh(lock);
		hlist_del_rcu(&s->back);
		spin_unlock_bh(lock);
		atomic_dec(&t->count);
		if (is_call(s))
			atomic_dec(&t->calls);
		dst_release(rcu_dereference_protected(s->route, s->dead));
		dst_release(rcu_dereference_protected(s->back_route, s->dead));
		call_rcu(&s->rcu, free_session);
		atomic_dec(&owner->dying);
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

/* -------- the table -------- */

static void collect_work(struct work_struct *work)
{
	struct cr_table *t = container_of(to_delayed_work(work), struct cr_table, work);

	cr_table_collect(t, cr_now(), DIV_ROUND_UP(t->mask + 1, COLLECT_ROUNDS));
	cr_table_reap(t);
	queue_delayed_work(collector, &t->work, COLLECT_PERIOD);
}

static struct cr_bucket_lock *new_locks(void)
{
	struct cr_bucket_lock *locks = kvcalloc(CR_LOCKS, sizeof(*locks), GFP_KERNEL_ACCOUNT);
	u32 i;

	for (i = 0; locks && i < CR_LOCKS; i++)
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
	unsigned int i;

	buckets = roundup_pow_of_two(clamp(buckets, BUCKETS_MIN, BUCKETS_MAX));
	t->mask = buckets - 1;
	t->cursor = 0;
	atomic_set(&t->count, 0);
	atomic_set(&t->calls, 0);
	init_llist_head(&t->dying);
	init_llist_head(&t->doomed);
	mutex_init(&t->reaping);
	INIT_DELAYED_WORK(&t->work, collect_work);
	for (i = 0; i < ARRAY_SIZE(t->key); i++)
		t->key[i] = get_random_u64() | 1;
	t->seed = get_random_u32();
	t->out = kvcalloc(buckets, sizeof(*t->out), GFP_KERNEL_ACCOUNT);
	t->back = kvcalloc(buckets, sizeof(*t->back), GFP_KERNEL_ACCOUNT);
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
	WARN_ON(atomic_read(&t->count) || atomic_read(&t->calls));
	free_buckets(t);
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_destroy);

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

/* -------- load, unload -------- */

/* cr_collector_init() - makes the queue on which all tables collect. Return: 0 or -ENOMEM. */
int __init cr_collector_init(void)
{
	collector = alloc_workqueue("cube-router", WQ_UNBOUND, 0);
	return collector ? 0 : -ENOMEM;
}

/* cr_collector_exit() - destroys it; no namespace has a table any more */
void cr_collector_exit(void)
{
	destroy_workqueue(collector);
}
