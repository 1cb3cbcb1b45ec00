// SPDX-License-Identifier: GPL-2.0
/*
 * The way out of a sandbox, from its port to cube-router or to the uplink, read from the bottom of
 * this file upwards:
 *
 *	cr_ingress	every frame of a port: ARP is the host's, IPv4 is ours, the rest ends here
 *	take		what is plain, of a flow that is known, is translated at once (fastpath.h);
 *	take_any	else: parse, check the source, put fragments together
 *	bypass		or leave it to the host: somebody has given it the mark for that
 *	translate	session, or a new flow; the source becomes the internal address or the
 *			uplink's
 *	inject		the packet arrives on cube-router, and the host routes it; or ...
 *	send_direct	... it leaves by the uplink, unless direct.h can send it at once
 *
 * Every packet ends in one counter: a step says CR_GO_ON, or names that one and leaves the packet
 * to its caller. Runs under RCU with softirqs off; takes no lock on the way of an established flow.
 */
#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>
#include <net/route.h>
#include <net/tcp.h>

#include "arp.h"
#include "compat.h"
#include "conntrack.h"
#include "device.h"
#include "direct.h"
#include "event.h"
#include "fastpath.h"
#include "guest.h"
#include "hook.h"
#include "ingress.h"
#include "reject.h"
#include "rewrite.h"
#include "sandbox.h"

#define SHARED_TRIES	8	/* ports of the uplink's address that are looked at for a flow */

/**
 * struct end - where a packet has come to; small enough for a register
 * @counter: what is counted
 * @gone: it is somebody else's already
 */
struct end {
	enum cr_counter counter;
	bool gone;
};

static struct end here(enum cr_counter counter)
{
	return (struct end){ .counter = counter };
}

static struct end gone(enum cr_counter counter)
{
	return (struct end){ .counter = counter, .gone = true };
}

/* -------- new flows -------- */

/* Addresses of a VRF, and of the host's devices in it, are local in its table only. */
static bool is_in_vrf(struct net *net, __be32 addr)
{
	const struct net_device *dev = __ip_dev_find(net, addr, false);

	return dev && (netif_is_l3_slave(dev) || netif_is_l3_master(dev));
}

/*
 * Where no sandbox may send, and where this one may not. Addresses of the host and of other
 * sandboxes can be opened.
 */
static int judge_destination(const struct cr_sandbox *sbx, __be32 daddr, bool *local)
{
	const struct cr_net *crn = sbx->crn;

	*local = false;
	if (ntohl(daddr) < CR_UNICAST_LOW || ipv4_is_loopback(daddr))
		return CR_DST_LOOPBACK;
	if (ipv4_is_lbcast(daddr))
		return CR_DST_BROADCAST;
	/* Class E as well: 240.0.0.0/4 is the only block above multicast. */
	if (ntohl(daddr) >= CR_UNICAST_END)
		return CR_DST_MULTICAST;
	if (daddr == READ_ONCE(crn->snat_addr))
		return CR_DST_INTERNAL;
	switch (inet_addr_type(crn->net, daddr)) {
	case RTN_BROADCAST:
		return CR_DST_BROADCAST;
	case RTN_LOCAL:
		*local = true;
		break;
	default:
		*local = is_in_vrf(crn->net, daddr);
	}
	if (!*local && cr_in_sandbox_cidr(crn, daddr) && !READ_ONCE(crn->lateral))
		return CR_DST_SANDBOX;
	return cr_sandbox_judge(sbx, daddr, *local);
}

/*
 * The same for a packet of a flow that has no session, for the host has it, under the sandbox's own
 * address: what has begun goes on when the entry of the policy that has opened it runs out.
 */
static int judge_hosts(struct cr_sandbox *sbx, struct sk_buff *skb, const struct cr_packet *p,
		       bool *local)
{
	const int verdict = judge_destination(sbx, p->tuple.daddr, local);

	if (likely(verdict != CR_DST_DENIED && verdict != CR_DST_HOST))
		return verdict;
	if (p->kind == CR_KIND_FLOW && !cr_is_syn(p->tcp_flags) &&
	    cr_sandbox_judge_at(sbx, p->tuple.daddr, *local, CR_POLICY_EVER) == CR_GO_ON &&
	    cr_conntrack_has_entry(sbx->crn->net, skb, p, sbx->ip))
		return CR_GO_ON;
	return verdict;
}

/* What a policy refuses, TCP is told of. */
static void tell_denied(struct cr_sandbox *sbx, const struct sk_buff *skb,
			const struct cr_packet *p, int verdict)
{
	if (verdict == CR_DST_DENIED && p->kind == CR_KIND_FLOW && p->tuple.proto == IPPROTO_TCP)
		cr_reject_tcp(sbx, skb, p);
}

static bool is_direct(const struct cr_net *crn)
{
	return READ_ONCE(crn->mode) == CUBE_ROUTER_MODE_DIRECT;
}

/*
 * By the uplink nobody gets to the host itself or to another sandbox. Who may, gets there through
 * the host under the sandbox's own address; so it has to be one that lives here, and not only one
 * of the sandbox CIDR, which the host may route elsewhere.
 */
static int judge_neighbourhood(struct cr_net *crn, __be32 daddr, bool local)
{
	if (local || xa_load(&crn->addresses, ntohl(daddr)))
		return CR_PASSED_LOCAL;
	return cr_in_sandbox_cidr(crn, daddr) ? CR_DST_SANDBOX : CR_GO_ON;
}

/*
 * A packet without a session, in mode direct. What the host has goes on there, but nothing begins
 * at the uplink by an entry of the policy that has run out.
 */
static int judge_direct(struct cr_sandbox *sbx, struct sk_buff *skb, const struct cr_packet *p,
			bool *local)
{
	int verdict = judge_hosts(sbx, skb, p, local);

	if (verdict == CR_GO_ON)
		verdict = judge_neighbourhood(sbx->crn, p->tuple.daddr, *local);
	return verdict == CR_GO_ON ? cr_sandbox_judge(sbx, p->tuple.daddr, *local) : verdict;
}

/* A flow that cannot be had. The sandbox is told where waiting would be in vain. */
static void refuse(struct cr_sandbox *sbx, const struct sk_buff *skb, const struct cr_packet *p,
		   enum cr_counter why)
{
	if (!cr_event_limit(sbx->crn, sbx, why) && why != CR_PROTO_UNSUPPORTED)
		return;
	if (p->tuple.proto == IPPROTO_TCP)
		cr_reject_tcp(sbx, skb, p);
	else
		cr_reject_icmp(sbx, skb, p, ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, 0);
}

/* It would end in the host, whose limit of ICMP errors sees all sandboxes as one address. */
static int ttl_exceeded(struct cr_sandbox *sbx, const struct sk_buff *skb,
			const struct cr_packet *p)
{
	cr_reject_icmp(sbx, skb, p, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	return CR_TTL_EXCEEDED;
}

static struct cr_session *new_by_router(struct cr_sandbox *sbx, const struct cr_packet *p,
					bool local, u32 now, enum cr_counter *why)
{
	struct cr_net *crn = sbx->crn;
	const struct cr_identity as = {
		.addr = READ_ONCE(crn->snat_addr),
		.low = READ_ONCE(crn->table.limits.port_low),
		.flags = local ? CR_SESSION_LOCAL : 0,
	};

	return cr_session_create(&crn->table, &sbx->owner, &p->tuple, &as, now, why);
}

/* The host's own flows share the address: neither takes from the other what is for it. */
static struct cr_session *new_by_uplink(struct cr_sandbox *sbx, struct sk_buff *skb,
					const struct cr_packet *p, u32 now, enum cr_counter *why)
{
	const bool ports = p->tuple.proto == IPPROTO_TCP || p->tuple.proto == IPPROTO_UDP;
	struct cr_net *crn = sbx->crn;
	const struct cr_identity as = {
		/* Pairs with the smp_store_release() of set_address() in uplink.c. */
		.addr = smp_load_acquire(&crn->uplink.addr),
		.low = cr_direct_port_low(crn),
		.flags = CR_SESSION_DIRECT,
	};
	struct cr_session *s;
	int i;

	*why = CR_HELD;
	if (!as.addr)
		return NULL;
	/* One of the host's own tunnels, say: its far end would be cut off. */
	*why = CR_PROTO_BUSY;
	if (!cr_has_ports(p->tuple.proto) && cr_conntrack_has_entry(crn->net, skb, p, as.addr))
		return NULL;
	cr_direct_widen_watch(crn, as.low);
	/* A port stays taken when its session ends here, so that each try gets another. */
	for (i = 0; i < SHARED_TRIES; i++) {
		s = cr_session_create(&crn->table, &sbx->owner, &p->tuple, &as, now, why);
		if (!s || !ports || likely(!cr_conntrack_port_in_use(crn->net, s)))
			return s;
		cr_session_kill(&crn->table, s);
	}
	*why = CR_PORTS_EXHAUSTED;
	return NULL;
}

/*
 * A packet without a session: an answer to somebody who called the sandbox, or a piece of a
 * connection that we do not know, or the first of a flow.
 */
static int new_flow(struct cr_sandbox *sbx, struct sk_buff *skb, const struct cr_packet *p,
		    u32 now, struct cr_session **session)
{
	const bool syn = cr_is_syn(p->tcp_flags);
	struct cr_net *crn = sbx->crn;
	/* Read once: what is judged for one way does not go the other. */
	const bool direct = is_direct(crn);
	enum cr_counter why;
	bool local;
	int verdict;

	if (!syn && cr_conntrack_is_reply(crn->net, skb, p, sbx->ip))
		return CR_PASSED_REPLY;
	if (p->kind == CR_KIND_ICMP_OTHER)
		return CR_ICMP_UNSUPPORTED;
	if (p->kind != CR_KIND_FLOW)
		return CR_ICMP_STRAY;
	verdict = direct ? judge_direct(sbx, skb, p, &local) :
			   judge_destination(sbx, p->tuple.daddr, &local);
	tell_denied(sbx, skb, p, verdict);
	if (verdict != CR_GO_ON)
		return verdict;
	if (p->tuple.proto == IPPROTO_TCP && !syn) {
		cr_reject_tcp(sbx, skb, p);
		return CR_NO_CONNECTION;
	}
	if (p->ttl <= 1 && !local)
		return ttl_exceeded(sbx, skb, p);
	if (p->tuple.proto == IPPROTO_UDPLITE || p->tuple.proto == IPPROTO_DCCP)
		why = CR_PROTO_UNSUPPORTED;
	else if (direct)
		*session = new_by_uplink(sbx, skb, p, now, &why);
	else
		*session = new_by_router(sbx, p, local, now, &why);
	if (*session)
		return CR_GO_ON;
	refuse(sbx, skb, p, why);
	return why;
}

/* -------- translation -------- */

/*
 * Whether an error would tell the host itself of a small path MTU. What the host remembers of the
 * internal address holds for all sandboxes, and below net.ipv4.route.min_pmtu for what it forwards
 * to them, too.
 */
static bool shrinks_path_of_all(struct net *net, struct sk_buff *skb, const struct cr_packet *p)
{
	const struct icmphdr *ih = (const struct icmphdr *)(skb->data + p->l4);

	return ih->type == ICMP_DEST_UNREACH && ih->code == ICMP_FRAG_NEEDED &&
	       inet_addr_type(net, cr_conntrack_quoted_source(net, skb, p)) == RTN_LOCAL;
}

/* An ICMP error of the sandbox, about a packet that a session or somebody's call brought it. */
static int translate_error(struct cr_sandbox *sbx, struct sk_buff *skb, const struct cr_packet *p,
			   struct cr_session **session)
{
	const struct cr_tuple flow = cr_tuple_inverted(&p->quoted);
	struct cr_net *crn = sbx->crn;
	struct cr_session *s;

	/* It is about a packet that came to the sandbox, and goes to its sender, nobody else. */
	if ((p->quoted.daddr != sbx->guest && p->quoted.daddr != sbx->ip) ||
	    p->tuple.daddr != p->quoted.saddr)
		return CR_ICMP_STRAY;
	s = cr_session_find_out(&crn->table, &sbx->owner, &flow);
	if (!s)
		return cr_conntrack_is_reply(crn->net, skb, p, sbx->ip) ? CR_PASSED_REPLY :
									 CR_ICMP_STRAY;
	if (!cr_icmp_checksum_fine(skb, p))
		return CR_ICMP_BAD;
	if (p->ttl <= 1)
		return CR_TTL_EXCEEDED;
	if (!cr_rewrite_error_out(skb, p, s->nat_addr, s->nat_port))
		return CR_NO_MEMORY;
	if (!(READ_ONCE(s->flags) & CR_SESSION_DIRECT) && shrinks_path_of_all(crn->net, skb, p))
		return CR_ICMP_STRAY;
	cr_sandbox_count(sbx, CR_ICMP_OUT);
	*session = s;
	return CR_GO_ON;
}

/* The far end called a mapped port: the sandbox answers, and may not call from there itself. */
static bool calls_from_mapped(const struct cr_session *s, const struct cr_packet *p)
{
	return READ_ONCE(s->flags) & CR_SESSION_INBOUND && cr_is_syn(p->tcp_flags);
}

/*
 * A SYN on a connection that is over opens another one, by an entry of the policy that may have run
 * out since: sessions are not looked through for that.
 */
static int judge_anew(struct cr_sandbox *sbx, struct sk_buff *skb, const struct cr_packet *p,
		      struct cr_session *s)
{
	const int verdict = cr_sandbox_judge(sbx, p->tuple.daddr,
					     READ_ONCE(s->flags) & CR_SESSION_LOCAL);

	if (verdict == CR_GO_ON)
		return CR_GO_ON;
	cr_session_kill(&sbx->crn->table, s);
	cr_reject_tcp(sbx, skb, p);
	return verdict;
}

/* In @session the session that it found or made, or for an error the one that it is about. */
static int translate(struct cr_sandbox *sbx, struct sk_buff *skb, const struct cr_packet *p,
		     struct cr_session **session)
{
	struct cr_net *crn = sbx->crn;
	struct cr_session *s = NULL;
	const u32 now = cr_now();
	int verdict;

	if (unlikely(p->kind == CR_KIND_ICMP_ERROR))
		return translate_error(sbx, skb, p, session);
	if (likely(p->kind == CR_KIND_FLOW))
		s = cr_session_find_out(&crn->table, &sbx->owner, &p->tuple);
	if (s && unlikely(calls_from_mapped(s, p))) {
		cr_reject_tcp(sbx, skb, p);
		return CR_NO_CONNECTION;
	}
	if (unlikely(!s)) {
		verdict = new_flow(sbx, skb, p, now, &s);
		if (verdict != CR_GO_ON)
			return verdict;
	}
	if (unlikely(cr_session_begins_anew(s, p->tcp_flags))) {
		verdict = judge_anew(sbx, skb, p, s);
		if (verdict != CR_GO_ON)
			return verdict;
	}
	if (unlikely(p->ttl <= 1) && !(READ_ONCE(s->flags) & CR_SESSION_LOCAL))
		return ttl_exceeded(sbx, skb, p);
	if (!cr_rewrite_source(skb, p, s->nat_addr, s->nat_port))
		return CR_NO_MEMORY;
	cr_session_seen_out(s, p->tcp_flags, now);
	if (READ_ONCE(s->flags) & CR_SESSION_DIRECT && p->tuple.proto == IPPROTO_TCP)
		cr_session_note_ack(s, (const struct tcphdr *)(skb->data + p->l4));
	*session = s;
	return CR_GO_ON;
}

/* -------- the two ways on -------- */

/* The packet as the sandbox sent it, so that it can be quoted. */
static bool untranslate(struct sk_buff *skb, struct cr_packet *p, const struct cr_session *s)
{
	if (cr_parse(skb, p) != CR_GO_ON || p->kind != CR_KIND_FLOW ||
	    !cr_rewrite_source(skb, p, s->tuple.saddr, s->tuple.sport))
		return false;
	p->tuple = s->tuple;
	return true;
}

/*
 * The host had no port for it, or speaks the protocol with the far end itself: what it has taken is
 * not known before it looks for one. Or conntrack had no room; or it is one flow too many of its
 * session. Takes @skb.
 */
static noinline enum cr_counter given_back(struct cr_sandbox *sbx, struct sk_buff *skb,
					   struct cr_session *s, enum cr_counter why)
{
	struct cr_packet p;

	if (untranslate(skb, &p, s))
		refuse(sbx, skb, &p, why);
	kfree_skb(skb);
	if (why != CR_LIMIT_SANDBOX)
		cr_session_kill(&sbx->crn->table, s);
	return why;
}

/* Of an ICMP error @s is the session that it is about, and not its @own. Takes @skb. */
static enum cr_counter inject(struct cr_sandbox *sbx, struct sk_buff *skb, struct cr_session *s,
			      bool own)
{
	struct net_device *device = rcu_dereference(sbx->crn->device);
	struct cr_given_back back;

	if (unlikely(!device)) {
		kfree_skb(skb);
		return CR_HELD;
	}
	back = cr_device_inject(device, skb, own ? s : NULL);
	return likely(!back.skb) ? CR_INJECTED : given_back(sbx, back.skb, s, back.why);
}

/* The uplink has not taken it, and the sandbox has to know. Takes @skb. */
static noinline void tell_unsent(struct cr_sandbox *sbx, struct sk_buff *skb,
				 const struct cr_session *s, struct cr_sent sent)
{
	struct cr_packet p;

	if (untranslate(skb, &p, s))
		cr_reject_icmp(sbx, skb, &p, ICMP_DEST_UNREACH, sent.code, sent.mtu);
	kfree_skb(skb);
}

/* Takes @skb. */
static enum cr_counter send_direct(struct cr_sandbox *sbx, struct sk_buff *skb,
				   const struct cr_session *s, bool whole)
{
	const struct cr_sent sent = cr_direct_send(sbx->crn, skb, whole);

	if (unlikely(sent.back))
		tell_unsent(sbx, sent.back, s, sent);
	return sent.counter;
}

static __always_inline void give_mark(const struct cr_sandbox *sbx, struct sk_buff *skb)
{
	const u64 mark = READ_ONCE(sbx->mark);

	if (unlikely(mark))
		skb->mark = cr_mark_put(skb->mark, mark);
}

/* By the way that the session has. Takes @skb; @p is how it was before it was translated. */
static enum cr_counter hand_on(struct cr_sandbox *sbx, struct sk_buff *skb,
			       const struct cr_packet *p, struct cr_session *s, bool whole)
{
	give_mark(sbx, skb);
	if (READ_ONCE(s->flags) & CR_SESSION_DIRECT)
		return send_direct(sbx, skb, s, whole);
	/* The host shall cut it again for the way that it takes. */
	skb->ignore_df = whole;
	return inject(sbx, skb, s, p->kind != CR_KIND_ICMP_ERROR);
}

/* What has become of a packet of this length that was handed on. */
static __always_inline struct end handed_on(struct cr_sandbox *sbx, enum cr_counter became,
					    unsigned int len)
{
	if (likely(became == CR_INJECTED))
		cr_account_out(&sbx->owner.account, len);
	return gone(became);
}

/* -------- what is not ours -------- */

/*
 * Who filters on the port gives the mark to what a proxy on the host shall take. The proxy wants to
 * know whose it is, so it keeps its source; where it may go is judged as for all others, for the
 * host forwards or takes itself what no proxy does. Fragments pass as they come, and have no mark
 * but that of their own.
 */
static int bypass(struct cr_sandbox *sbx, struct sk_buff *skb, const struct cr_packet *p)
{
	bool local;
	int verdict = judge_hosts(sbx, skb, p, &local);

	/* Who called the sandbox gets his answer, be he the host. */
	if (verdict == CR_GO_ON || (p->kind != CR_KIND_FRAGMENT &&
				    cr_conntrack_is_reply(sbx->crn->net, skb, p, sbx->ip)))
		return CR_PASSED_BYPASS;
	tell_denied(sbx, skb, p, verdict);
	return verdict;
}

static bool has_bypass_mark(const struct cr_net *crn, const struct sk_buff *skb)
{
	u64 mark;

	/* It has bits, and hardly anybody marks. */
	if (likely(!skb->mark))
		return false;
	mark = READ_ONCE(crn->bypass);
	return mark && cr_mark_is_in(skb->mark, mark);
}

/* -------- the way -------- */

/* Whether the packet that ends in this counter is the host's now. */
static bool is_left_to_host(enum cr_counter counter)
{
	return counter == CR_PASSED_ARP || counter == CR_PASSED_REPLY ||
	       counter == CR_PASSED_LOCAL || counter == CR_PASSED_BYPASS;
}

/* Replies go where the newest frame came from. */
static void learn_mac(struct cr_sandbox *sbx, const struct sk_buff *skb)
{
	const u8 *source = eth_hdr(skb)->h_source;
	/* With the two bytes of the protocol behind it. */
	const u64 mac = get_unaligned((const u64 *)source) &
			(__force u64)cpu_to_be64(~0xffffULL);

	if (unlikely(READ_ONCE(sbx->mac) != mac) && is_valid_ether_addr(source))
		WRITE_ONCE(sbx->mac, mac);
}

/* A packet that is not for cube-router: the host knows the sandbox by its own address only. */
static struct end end_here(struct cr_sandbox *sbx, struct sk_buff *skb, struct cr_packet *p,
			   enum cr_counter counter)
{
	int fault = CR_GO_ON;

	if (p->tuple.saddr != sbx->ip && is_left_to_host(counter))
		fault = cr_guest_up(sbx, skb, p);
	return here(fault == CR_GO_ON ? counter : fault);
}

/* Nothing but the address, of a fragment or of what was put together from such. */
static bool change_source(struct sk_buff *skb, const struct cr_packet *p, __be32 addr)
{
	struct cr_packet bare = *p;

	bare.kind = CR_KIND_FRAGMENT;
	return addr == p->tuple.saddr || cr_rewrite_source(skb, &bare, addr, 0);
}

/*
 * Takes a fragment. The kernel keeps its queues by source, and with it counts how far apart the
 * fragments of one are: there each sandbox has an address that nobody else has. Says CR_GO_ON when
 * @skb is the whole packet; *taken if the kernel has it.
 */
static int collect(struct cr_sandbox *sbx, struct sk_buff *skb, struct cr_packet *p, bool *taken)
{
	const __be32 source = p->tuple.saddr;
	enum cr_counter why;
	int verdict;

	*taken = false;
	if (!change_source(skb, p, sbx->ip))
		return CR_NO_MEMORY;
	if (cr_fragment_collect(sbx->crn->net, &sbx->fragments, skb, &why)) {
		*taken = true;
		return why;
	}
	cr_sandbox_count(sbx, CR_REASSEMBLED);
	/* Whoever forwards it may cut it again, as conntrack has it. */
	skb->ignore_df = 1;
	verdict = cr_parse(skb, p);
	if (verdict != CR_GO_ON)
		return verdict;
	if (!change_source(skb, p, source))
		return CR_NO_MEMORY;
	p->tuple.saddr = source;
	return CR_GO_ON;
}

/* Whatever it is. */
static noinline struct end take_any(struct cr_sandbox *sbx, struct sk_buff *skb)
{
	struct cr_net *crn = sbx->crn;
	struct cr_session *session = NULL;
	bool taken, whole = false;
	struct cr_packet p;
	unsigned int len;
	int verdict;

	verdict = cr_parse(skb, &p);
	if (unlikely(verdict != CR_GO_ON))
		return here(verdict);
	verdict = cr_parse_offload(skb, &p);
	if (unlikely(verdict != CR_GO_ON))
		return here(verdict);
	if (unlikely(p.tuple.saddr != sbx->guest && p.tuple.saddr != sbx->ip))
		return here(CR_SPOOFED);
	learn_mac(sbx, skb);
	if (unlikely(has_bypass_mark(crn, skb)))
		return end_here(sbx, skb, &p, bypass(sbx, skb, &p));
	if (unlikely(p.kind == CR_KIND_FRAGMENT)) {
		verdict = collect(sbx, skb, &p, &taken);
		if (verdict != CR_GO_ON)
			return taken ? gone(verdict) : here(verdict);
		whole = true;
	}
	verdict = translate(sbx, skb, &p, &session);
	if (unlikely(verdict != CR_GO_ON))
		return end_here(sbx, skb, &p, verdict);
	len = skb->len;
	return handed_on(sbx, hand_on(sbx, skb, &p, session, whole), len);
}

/* Return: whether there was memory for it; if not, @skb is as it was. */
static __always_inline bool translate_plain(struct cr_sandbox *sbx, struct sk_buff *skb,
					    struct cr_session *s, bool hop)
{
	if (unlikely(!cr_fast_out(s, skb, cr_now(), hop)))
		return false;
	learn_mac(sbx, skb);
	give_mark(sbx, skb);
	return true;
}

/* A packet that is ours alone, so that it may be pulled, trimmed and written to. */
static __always_inline struct end take(struct cr_sandbox *sbx, struct sk_buff *skb)
{
	struct cr_net *crn = sbx->crn;
	const unsigned int len = skb->len;
	struct cr_session *s = NULL;
	struct neighbour *n;

	if (likely(!has_bypass_mark(crn, skb)))
		s = cr_fast_find_out(&crn->table, &sbx->owner, skb);
	if (unlikely(!s))
		return take_any(sbx, skb);
	if (READ_ONCE(s->flags) & CR_SESSION_DIRECT) {
		n = cr_direct_neighbour(crn, skb);
		if (unlikely(!translate_plain(sbx, skb, s, n)))
			return take_any(sbx, skb);
		if (unlikely(!n))
			return handed_on(sbx, send_direct(sbx, skb, s, false), len);
		cr_direct_send_to(n, skb);
		return handed_on(sbx, CR_INJECTED, len);
	}
	if (unlikely(!translate_plain(sbx, skb, s, false)))
		return take_any(sbx, skb);
	skb->ignore_df = 0;
	return handed_on(sbx, inject(sbx, skb, s, true), len);
}

/* The original, or what was not shared, gets the verdict. */
static unsigned int finish(struct cr_sandbox *sbx, struct sk_buff *skb, enum cr_counter counter)
{
	cr_sandbox_count(sbx, counter);
	if (!is_left_to_host(counter))
		return NF_DROP;
	cr_clear_redirect(skb);
	return NF_ACCEPT;
}

/* Of a packet that somebody else holds too, a copy went the way. The original gets the verdict. */
static unsigned int finish_shared(struct cr_sandbox *sbx, struct sk_buff *skb,
				  struct sk_buff *copy, struct end end)
{
	if (!end.gone)
		kfree_skb(copy);
	/* The original still has the guest's address: the host could do nothing with it. */
	if (sbx->guest != sbx->ip && is_left_to_host(end.counter))
		end.counter = CR_NO_MEMORY;
	return finish(sbx, skb, end.counter);
}

/**
 * cr_ingress() - a frame arrives on a port
 * @priv: the &struct cr_sandbox
 * @skb: the frame, network header at skb->data
 * @state: not needed
 *
 * Return: NF_ACCEPT for what the host shall see on the port; NF_DROP, or NF_STOLEN when the
 * packet went its way.
 */
unsigned int cr_ingress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cr_sandbox *sbx = priv;
	struct sk_buff *original = NULL;
	struct end end;

	if (unlikely(skb->protocol != htons(ETH_P_IP) || skb_vlan_tag_present(skb))) {
		if (skb->protocol == htons(ETH_P_ARP) && !skb_vlan_tag_present(skb))
			return finish(sbx, skb, cr_arp_up(sbx, skb));
		return finish(sbx, skb, CR_NOT_IPV4);
	}
	if (unlikely(READ_ONCE(sbx->crn->held)))
		return finish(sbx, skb, CR_HELD);
	if (unlikely(skb->pkt_type != PACKET_HOST))
		return finish(sbx, skb, CR_NOT_FOR_US);
	/* It is not ours to change. */
	if (unlikely(skb_shared(skb))) {
		original = skb;
		skb = cr_copy_shared(original);
		if (!skb)
			return finish(sbx, original, CR_NO_MEMORY);
	}
	end = take(sbx, skb);
	if (unlikely(original))
		return finish_shared(sbx, original, skb, end);
	if (unlikely(!end.gone))
		return finish(sbx, skb, end.counter);
	/* With the usual one known to the compiler. */
	if (likely(end.counter == CR_INJECTED))
		cr_sandbox_count(sbx, CR_INJECTED);
	else
		cr_sandbox_count(sbx, end.counter);
	return NF_STOLEN;
}
