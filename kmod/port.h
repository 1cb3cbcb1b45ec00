/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The last steps to a sandbox, and what those to the uplink (direct.h) share with them.
 */
#ifndef CR_PORT_H
#define CR_PORT_H

#include <net/ip.h>

#include "compat.h"
#include "fastpath.h"
#include "parse.h"
#include "sandbox.h"

/* cr_port_mtu() - that of a port or the uplink; some can be set so low that cutting never ends */
static inline unsigned int cr_port_mtu(const struct net_device *dev)
{
	return max_t(unsigned int, READ_ONCE(dev->mtu), IPV4_MIN_MTU);
}

/* cr_port_takes() - whether a packet, or each one of a segmentation unit, fits an MTU */
static inline bool cr_port_takes(const struct sk_buff *skb, unsigned int mtu)
{
	return likely(skb->len <= mtu) ||
	       (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu));
}

/*
 * cr_port_scrub() - skb_scrub_packet() for a packet that goes on by another device. All of it, for
 * the uplink may be a tunnel of the host's own, of L2TP say, which has the host send the packet on,
 * and there the guard goes by where it came from. Inlined, for in mode direct most packets have no
 * reference to give back.
 */
static inline void cr_port_scrub(struct sk_buff *skb)
{
	if (skb->_skb_refdst || skb->_nfct || skb_has_extensions(skb)) {
		skb_scrub_packet(skb, false);
		return;
	}
	skb->pkt_type = PACKET_HOST;
	skb->ignore_df = 0;
	skb->skb_iif = 0;
	nf_reset_trace(skb);
	ipvs_reset(skb);
#ifdef CONFIG_NET_SWITCHDEV
	skb->offload_fwd_mark = 0;
	skb->offload_l3_fwd_mark = 0;
#endif
}

/**
 * cr_port_session() - the session of what comes back, by either way
 * @table: the sessions
 * @p: what it is; of an ICMP error, its session is that of the packet which it quotes
 * @now: cr_now()
 *
 * Here, so that it costs no call.
 *
 * Return: the session, good until rcu_read_unlock(), or NULL.
 */
static inline struct cr_session *cr_port_session(const struct cr_table *table,
						 const struct cr_packet *p, u32 now)
{
	struct cr_tuple asked;

	if (p->kind == CR_KIND_ICMP_ERROR) {
		asked = cr_tuple_inverted(&p->quoted);
		/* It goes to the sender of what it quotes, or it is about something else. */
		return asked.daddr == p->tuple.daddr ? cr_session_find_back(table, &asked, now) :
						       NULL;
	}
	/* Nobody asks a sandbox: of ICMP it gets answers, and errors. */
	if (p->kind == CR_KIND_ICMP_OTHER ||
	    (p->kind == CR_KIND_FLOW && p->tuple.proto == IPPROTO_ICMP))
		return NULL;
	return cr_session_find_back(table, &p->tuple, now);
}

/**
 * cr_port_translate_plain() - a plain packet that has come back becomes the sandbox's
 * @s: what cr_fast_find_back() has found for it
 * @skb: the packet, network header at skb->data
 * @now: cr_now()
 * @hop: see cr_fast_back()
 * @limit: set to the MTU of the sandbox's port
 *
 * Return: whose it is now; or NULL: @skb is as it was, and has to go the long way, for want of a
 * port, of room in the port's MTU or of memory.
 */
static __always_inline struct cr_sandbox *
cr_port_translate_plain(struct cr_session *s, struct sk_buff *skb, u32 now, bool hop,
			unsigned int *limit)
{
	struct cr_sandbox *sbx = cr_owner_sandbox(s->owner);
	const struct net_device *port = rcu_dereference(sbx->port);

	if (unlikely(!port))
		return NULL;
	*limit = cr_port_mtu(port);
	return likely(cr_port_takes(skb, *limit) && cr_fast_back(s, skb, now, hop)) ? sbx : NULL;
}

bool cr_port_translate(struct cr_sandbox *sbx, struct cr_session *s, struct sk_buff *skb,
		       const struct cr_packet *p, u32 now);
enum cr_counter cr_port_send(struct cr_sandbox *sbx, struct sk_buff *skb, unsigned int limit,
			     bool whole);
void cr_port_count(struct cr_net *crn, struct cr_sandbox *sbx, enum cr_counter became,
		   unsigned int len);

#endif
