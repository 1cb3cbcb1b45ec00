/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The session table of a network namespace: every flow of every sandbox, found by either of its
 * two keys. Readers hold RCU; the comments in session.c tell the locks.
 */
#ifndef CR_SESSION_H
#define CR_SESSION_H

#include <linux/in.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/tcp.h>

#include "stats.h"

/**
 * struct cr_tuple - one direction of a flow
 * @saddr: source address
 * @daddr: destination address
 * @sport: source port; 0 where the protocol has none; the identifier of an ICMP query
 * @dport: destination port; 0 where the protocol has none; the same in an answer to one
 * @proto: IP protocol
 */
struct cr_tuple {
	__be32 saddr;
	__be32 daddr;
	__be16 sport;
	__be16 dport;
	u8 proto;
};

/**
 * struct cr_owner - whoever sessions belong to; part of a sandbox
 * @lock: guards @sessions, @count, @calls and @dead; taken before any bucket lock
 * @sessions: those that are not dead
 * @count: how many those are
 * @calls: how many of those a far end began
 * @dying: how many have died and still have to be reaped
 * @max: limit of @count, 0 for the table's
 * @id: tells it from the others
 * @salt: hashed with its tuples
 * @dead: set once, when no session may be made any more
 * @doomed: membership in &cr_table.doomed
 * @refs: one for its registration, one for each session
 * @release: called with the last reference gone
 * @account: what has become of its packets and sessions
 */
struct cr_owner {
	spinlock_t lock; /* guards sessions, count, calls, dead */
	struct hlist_head sessions;
	u32 count;
	u32 calls;
	atomic_t dying;
	u32 max;
	u32 id;
	u64 salt;
	bool dead;
	struct llist_node doomed;
	refcount_t refs;
	void (*release)(struct cr_owner *owner);
	struct cr_account account;
};

#define CR_SESSION_REPLIED	BIT(0)	/* who was called has spoken */
#define CR_SESSION_WENT_ON_OUT	BIT(1)	/* after a RST: the sandbox has sent more */
#define CR_SESSION_WENT_ON_BACK	BIT(2)	/* ... the far end has, or the RST may not be its own */
#define CR_SESSION_LOCAL	BIT(3)	/* the destination is the host itself */
#define CR_SESSION_DIRECT	BIT(4)	/* by the uplink, past the host's routing and conntrack */
#define CR_SESSION_INBOUND	BIT(5)	/* the far end began it, at a mapped port */

/* What a session is made as, and stays. */
#define CR_SESSION_KIND	(CR_SESSION_LOCAL | CR_SESSION_DIRECT | CR_SESSION_INBOUND)

#define CR_END_WINDOW	131072U	/* two large segments of a receive offload */

/**
 * struct cr_session - one flow of a sandbox through the internal address or the uplink's
 * @out: in the table by owner and tuple; guarded by the out bucket's lock
 * @back: in the table by what comes back; guarded by the back bucket's lock
 * @by_owner: in &cr_owner.sessions
 * @owner: the sandbox; holds a reference
 * @tuple: the flow as the sandbox sees it
 * @nat_port: takes the place of @tuple.sport on the far side
 * @nat_addr: takes the place of @tuple.saddr
 * @route_tos: TOS of the packets for which @route holds
 * @route_mark: mark of the same
 * @route: how the host forwards its packets, or NULL; see path.c. Holds a reference.
 * @back_route: how it forwards what comes back for it, or NULL; likewise
 * @back_mark: mark of the packets for which @back_route holds
 * @back_iif: index of the device by which they come in
 * @back_tos: their TOS
 * @back_filter: rp_filter of that device
 * @acked: the sandbox's newest TCP acknowledgment, host order; kept with CR_SESSION_DIRECT alone
 * @begun: whether conntrack has had an entry for it
 * @last: time of the last packet, the low half of jiffies
 * @state: &enum cube_router_session_state. Written by packets of both directions without a lock:
 *	should two race, the next packet puts it right.
 * @flags: CR_SESSION_*; as @state
 * @dead: set once, under the out bucket's lock, when @out leaves the table
 * @dying: in &cr_table.dying, from then on
 * @rcu: frees it
 */
struct cr_session {
	struct hlist_node out;
	struct hlist_node back;
	struct cr_owner *owner;
	struct cr_tuple tuple;
	u8 state;
	u8 flags;
	bool dead;
	u8 route_tos;
	__be16 nat_port;
	u8 back_tos;
	u8 back_filter;
	__be32 nat_addr;
	u32 last;
	union {
		u32 route_mark;
		u32 acked;
	};
	bool begun;
	struct dst_entry __rcu *route;
	struct dst_entry __rcu *back_route;
	u32 back_mark;
	int back_iif;
	struct hlist_node by_owner;
	union {
		struct llist_node dying;
		struct rcu_head rcu;
	};
};

/* cr_is_syn() - whether a TCP segment with these flags begins a connection */
static inline bool cr_is_syn(u8 tcp_flags)
{
	return (tcp_flags & (TCPHDR_SYN | TCPHDR_ACK)) == TCPHDR_SYN;
}

/* cr_session_begins_anew() - whether a segment opens a new connection where one has ended */
static inline bool cr_session_begins_anew(const struct cr_session *s, u8 tcp_flags)
{
	const u8 state = READ_ONCE(s->state);

	return cr_is_syn(tcp_flags) && (state == CUBE_ROUTER_SESSION_TCP_CLOSING ||
					state == CUBE_ROUTER_SESSION_TCP_RESET);
}

/**
 * struct cr_identity - what a new session shall be known by outside
 * @addr: takes the place of the sandbox's address
 * @port: and of its port; 0: one has to be found ...
 * @low: ... from here to 65535; 65536: there is none
 * @flags: CR_SESSION_LOCAL, CR_SESSION_DIRECT and CR_SESSION_INBOUND, from the beginning
 */
struct cr_identity {
	__be32 addr;
	__be16 port;
	u32 low;
	u8 flags;
};

/**
 * struct cr_limits - what bounds a table; written under RTNL, read with READ_ONCE()
 * @idle: idle time of each state, in seconds
 * @max: sessions in all
 * @max_owner: sessions of one owner
 * @port_low: ports are taken from here to 65535, host order
 */
struct cr_limits {
	u32 idle[CUBE_ROUTER_SESSION_MAX + 1];
	u32 max;
	u32 max_owner;
	u16 port_low;
};

struct cr_bucket_lock;

/**
 * struct cr_table - all sessions of a namespace
 * @out: buckets by outward key; NULL while the table is not set up
 * @back: buckets by backward key
 * @mask: number of buckets of each, less one
 * @out_locks: guard the chains of @out, several buckets to a lock
 * @back_locks: guard the chains of @back likewise
 * @key: secrets of its hash, odd
 * @seed: secret of which ports an owner may take
 * @limits: bounds and idle times
 * @stats: counters to raise
 * @count: sessions in memory
 * @calls: how many of those a far end began
 * @dying: sessions out of @out that still have to leave @back
 * @doomed: dead owners whose sessions still have to be ended
 * @reaping: one collector or reaper at a time
 * @cursor: next bucket that the collector looks at; guarded by @reaping
 * @work: the collector
 * @forget: told of dead sessions, with all readers of their outward keys gone, before their
 *	backward keys become free: ends what else knows of them. May sleep.
 */
struct cr_table {
	struct hlist_head *out;
	struct hlist_head *back;
	u32 mask;
	struct cr_bucket_lock *out_locks;
	struct cr_bucket_lock *back_locks;
	u64 key[3];
	u32 seed;
	struct cr_limits limits;
	struct cr_stats __percpu *stats;
	atomic_t count;
	atomic_t calls;
	struct llist_head dying;
	struct llist_head doomed;
	struct mutex reaping; /* one collector or reaper at a time */
	u32 cursor;
	struct delayed_work work;
	void (*forget)(struct cr_table *table, struct llist_node *dead, unsigned int n);
};

int cr_sessions_init(void);
void cr_sessions_exit(void);
int cr_collector_init(void);
void cr_collector_exit(void);

void cr_limits_default(struct cr_limits *limits);
int cr_table_init(struct cr_table *table, u32 buckets);
void cr_table_start(struct cr_table *table);
void cr_table_destroy(struct cr_table *table);
u32 cr_table_max(const struct cr_table *table);
u32 cr_table_max_owner(const struct cr_table *table);
void cr_table_collect(struct cr_table *table, u32 now, u32 buckets);
void cr_table_reap(struct cr_table *table);
void cr_table_hurry(struct cr_table *table);
u32 cr_table_flush(struct cr_table *table,
		   bool (*match)(const struct cr_session *s, const void *arg), const void *arg);
void cr_table_flush_settled(struct cr_table *table,
			    bool (*match)(const struct cr_session *s, const void *arg),
			    const void *arg);
int cr_table_walk(struct cr_table *table, u32 bucket,
		  int (*show)(struct cr_session *s, void *arg), void *arg);

void cr_owner_init(struct cr_owner *owner, u32 id, void (*release)(struct cr_owner *owner));
void cr_owner_put(struct cr_owner *owner);
void cr_owner_end(struct cr_owner *owner, struct cr_table *table);

struct cr_session *cr_session_find_out(const struct cr_table *table, const struct cr_owner *owner,
				       const struct cr_tuple *tuple);
struct cr_session *cr_session_find_back(const struct cr_table *table,
					const struct cr_tuple *tuple, u32 now);
bool cr_session_ended(const struct cr_table *table, const struct cr_tuple *tuple);
struct cr_session *cr_session_create(struct cr_table *table, struct cr_owner *owner,
				     const struct cr_tuple *tuple, const struct cr_identity *as,
				     u32 now, enum cr_counter *why);
bool cr_session_kill(struct cr_table *table, struct cr_session *s);

u8 cr_session_first_state(u8 proto);
void cr_session_seen_out(struct cr_session *s, u8 tcp_flags, u32 now);
void cr_session_seen_back(struct cr_session *s, u8 tcp_flags, u32 now);
void cr_session_doubt_reset(struct cr_session *s);

/**
 * cr_session_in_window() - whether a RST or FIN that came back can be the far end's
 * @s: its session, of CR_SESSION_DIRECT: of others conntrack has judged that
 * @seq: its sequence number, host order
 *
 * What the sandbox has received may be ahead of what it has acknowledged, by a few segments. What
 * is elsewhere is outside the window (RFC 9293, section 3.10.7.4): the sandbox will not believe it.
 * Of a FIN that is further ahead, for the sandbox has not yet got to it, its own will tell.
 */
static inline bool cr_session_in_window(const struct cr_session *s, u32 seq)
{
	return seq - READ_ONCE(s->acked) < CR_END_WINDOW;
}

/* cr_session_note_ack() - what cr_session_in_window() goes by, of a segment of the sandbox */
static inline void cr_session_note_ack(struct cr_session *s, const struct tcphdr *th)
{
	WRITE_ONCE(s->acked, ntohl(th->ack_seq));
}

/* The clock of sessions: 32 bits are enough, the longest idle time is ten days. */
static inline u32 cr_now(void)
{
	return (u32)jiffies;
}

/* cr_session_touch() - a packet has come. Written when it changes: the line stays shared. */
static inline void cr_session_touch(struct cr_session *s, u32 now)
{
	if (READ_ONCE(s->last) != now)
		WRITE_ONCE(s->last, now);
}

/* cr_session_idle() - how long no packet has come, in jiffies */
static inline u32 cr_session_idle(const struct cr_session *s, u32 now)
{
	const s32 since = now - READ_ONCE(s->last);

	/* A packet on another CPU can have been seen after @now was read. */
	return max(since, 0);
}

/**
 * cr_session_left() - how long a session lives if no packet comes
 * @t: the table
 * @s: the session
 * @now: cr_now()
 *
 * Return: jiffies, 0 if its time is over.
 */
static inline u32 cr_session_left(const struct cr_table *t, const struct cr_session *s, u32 now)
{
	const u32 idle = READ_ONCE(t->limits.idle[READ_ONCE(s->state)]) * HZ;
	const u32 since = cr_session_idle(s, now);

	return since < idle ? idle - since : 0;
}

/* cr_has_ports() - whether sessions of a protocol have ports, or are by address alone */
static inline bool cr_has_ports(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_ICMP;
}

/* cr_session_backward() - what comes back when the far end answers */
static inline struct cr_tuple cr_session_backward(const struct cr_session *s)
{
	return (struct cr_tuple){
		.saddr = s->tuple.daddr, .sport = s->tuple.dport,
		.daddr = s->nat_addr, .dport = s->nat_port, .proto = s->tuple.proto,
	};
}

#endif
