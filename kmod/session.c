// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: lookup by either key, creation with a port of its own, owners and limits. It knows
 * nothing of devices or netlink; states are state.c's, and the end is table.c's. Called by
 * ingress.c and direct.c; to find only, by device.c, path.c and conntrack.c; for an owner, by
 * sandbox.c; for the limits, by netns.c and netlink_config.c.
 *
 * Packets find sessions under RCU. An owner's lock orders what happens to its sessions; inside it
 * a bucket's lock is taken, one at a time, for one chain walk. All with softirqs off.
 */
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/random.h>

#include "compat.h"
#include "kunit.h"
#include "table.h"

#define PORT_TRIES	256		/* candidates looked at before a flow is refused */
#define CROWD		1024		/* sessions from which on an owner leaves ports to others */

struct kmem_cache *cr_session_cache;

/* -------- the limits -------- */

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

/**
 * cr_table_max() - the limit of all sessions that is in force
 * @t: the table
 *
 * Conntrack holds an entry for each session of mode router, and the host needs some for itself.
 *
 * Return: the number set, or three quarters of nf_conntrack_max if that is less.
 */
u32 cr_table_max(const struct cr_table *t)
{
	const u32 conntrack = READ_ONCE(nf_conntrack_max);
	const u32 max = READ_ONCE(t->limits.max);

	/* To conntrack, a maximum of 0 is none. */
	return conntrack ? min(max, conntrack / 4 * 3) : max;
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_max);

/* cr_table_max_owner() - the limit of one owner's sessions: a quarter of all at most, but some */
u32 cr_table_max_owner(const struct cr_table *t)
{
	const u32 all = cr_table_max(t);

	return min3(READ_ONCE(t->limits.max_owner), all, max(all / 4, 1U));
}
EXPORT_SYMBOL_CR_KUNIT(cr_table_max_owner);

/* -------- the owners -------- */

/**
 * cr_owner_init() - an owner without sessions, and with one reference
 * @owner: set up
 * @id: tells it from the others
 * @release: called with the last reference gone, from any context
 */
void cr_owner_init(struct cr_owner *owner, u32 id, void (*release)(struct cr_owner *owner))
{
	*owner = (struct cr_owner){ .id = id, .salt = get_random_u64(), .release = release };
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
	return cr_look_out(t, owner, *tuple);
}
EXPORT_SYMBOL_CR_KUNIT(cr_session_find_out);

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
	return cr_look_back(t, *tuple, now);
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

	hlist_for_each_entry_rcu(s, &t->back[cr_hash_back(t, tuple)], back)
		if (cr_is_back(s, tuple))
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
	bucket = cr_hash_back(t, &tuple);
	lock = cr_back_lock(t, bucket);
	spin_lock(lock);
	hlist_for_each_entry(other, &t->back[bucket], back) {
		if (cr_is_back(other, &tuple)) {
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
	return owner->count + atomic_read(&owner->dying) < CROWD ||
	       jhash_2words(owner->id, port, t->seed) & 1;
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

/* Anybody may call, as often as he likes: half of the limit is for what sandboxes begin. */
static bool is_full(u32 sessions, u32 calls, bool call, u32 limit)
{
	return sessions >= limit || (call && calls >= limit - limit / 2);
}

/*
 * What has died holds its port, and its room among all, until it is reaped. Flows that end as they
 * begin, since conntrack has no room for them, say, must not get a sandbox more of that than
 * anybody may have of living ones.
 */
static bool owner_is_full(const struct cr_table *t, const struct cr_owner *owner, bool call)
{
	const u32 limit = cr_table_max_owner(t);

	lockdep_assert_held(&owner->lock);
	return is_full(owner->count, owner->calls, call,
		       min_not_zero(READ_ONCE(owner->max), limit)) ||
	       atomic_read(&owner->dying) >= limit;
}

/* With the owner's lock held, which keeps a second packet of the same flow out. */
static struct cr_session *create_locked(struct cr_table *t, struct cr_owner *owner,
					const struct cr_tuple *tuple, const struct cr_identity *as,
					u32 now, enum cr_counter *why)
{
	const bool call = as->flags & CR_SESSION_INBOUND;
	struct cr_session *s;
	u32 bucket;

	lockdep_assert_held(&owner->lock);
	if (owner->dead) {
		*why = CR_HELD;
		return NULL;
	}
	s = cr_session_find_out(t, owner, tuple);
	if (s)
		return s;
	if (owner_is_full(t, owner, call)) {
		*why = CR_LIMIT_SANDBOX;
		return NULL;
	}
	if (is_full(atomic_read(&t->count), atomic_read(&t->calls), call, cr_table_max(t))) {
		*why = CR_LIMIT_TOTAL;
		return NULL;
	}
	s = kmem_cache_zalloc(cr_session_cache, GFP_ATOMIC | __GFP_NOWARN);
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
		kmem_cache_free(cr_session_cache, s);
		*why = cr_has_ports(tuple->proto) ? CR_PORTS_EXHAUSTED : CR_PROTO_BUSY;
		return NULL;
	}
	bucket = cr_hash_out(t, owner, tuple);
	spin_lock(cr_out_lock(t, bucket));
	hlist_add_head_rcu(&s->out, &t->out[bucket]);
	spin_unlock(cr_out_lock(t, bucket));
	hlist_add_head(&s->by_owner, &owner->sessions);
	owner->count++;
	owner->calls += call;
	refcount_inc(&owner->refs);
	atomic_inc(&t->count);
	if (call)
		atomic_inc(&t->calls);
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
 * as many sessions as there are CPUs. Calls, which a far end begins, have half of either at most;
 * the rest is for the flows that sandboxes begin.
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

/* -------- load, unload -------- */

/* cr_sessions_init() - makes the cache that sessions come from. Return: 0 or -ENOMEM. */
int __init cr_sessions_init(void)
{
	cr_session_cache = KMEM_CACHE(cr_session, 0);
	return cr_session_cache ? 0 : -ENOMEM;
}

/* cr_sessions_exit() - waits for the sessions that RCU still has, and destroys it */
void cr_sessions_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(cr_session_cache);
}
