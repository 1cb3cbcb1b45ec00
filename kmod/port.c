// SPDX-License-Identifier: GPL-2.0
/*
 * What has come back for a session is translated and leaves by the sandbox's port. Owns nothing;
 * called by device.c and direct.c, which know where it came from, under RCU with softirqs off.
 */
#include <linux/netdevice.h>
#include <net/route.h>

#include "fragment.h"
#include "port.h"
#include "rewrite.h"

/**
 * cr_port_translate() - a packet that has come back becomes the sandbox's
 * @sbx: whose it is
 * @s: its session, or that of what it quotes
 * @skb: the packet, network header at skb->data
 * @p: what it is; @p->tcp_flags is what the session learns
 * @now: cr_now()
 *
 * Return: whether there was memory for it.
 */
bool cr_port_translate(struct cr_sandbox *sbx, struct cr_session *s, struct sk_buff *skb,
		       const struct cr_packet *p, u32 now)
{
	if (unlikely(p->kind == CR_KIND_ICMP_ERROR)) {
		if (!cr_rewrite_error_back(skb, p, s->tuple.saddr, s->tuple.sport))
			return false;
		cr_sandbox_count(sbx, CR_ICMP_BACK);
		return true;
	}
	if (!cr_rewrite_dest(skb, p, s->tuple.saddr, s->tuple.sport))
		return false;
	cr_session_seen_back(s, p->tcp_flags, now);
	return true;
}

/* Nothing has been learnt of a sandbox that is called before it has said a word: ARP will tell. */
static enum cr_counter ask_and_send(struct sk_buff *skb, struct net_device *port, __be32 ip)
{
	struct neighbour *n = ip_neigh_gw4(port, ip);

	if (IS_ERR(n)) {
		kfree_skb(skb);
		return CR_BACK_NO_MEMORY;
	}
	neigh_output(n, skb, false);
	return CR_DELIVERED;
}

static enum cr_counter send(const struct cr_sandbox *sbx, struct sk_buff *skb,
			    struct net_device *port)
{
	const u64 mac = READ_ONCE(sbx->mac);

	if (skb_cow_head(skb, LL_RESERVED_SPACE(port))) {
		kfree_skb(skb);
		return CR_BACK_NO_MEMORY;
	}
	cr_port_scrub(skb);
	skb->dev = port;
	if (unlikely(!mac))
		return ask_and_send(skb, port, sbx->ip);
	dev_hard_header(skb, port, ETH_P_IP, &mac, NULL, skb->len);
	skb_reset_mac_header(skb);
	dev_queue_xmit(skb);
	return CR_DELIVERED;
}

static int send_piece(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct cr_sandbox *sbx = cr_sandbox_of(cr_net(net), skb->dev);

	if (!sbx) {
		kfree_skb(skb);
		return -ENODEV;
	}
	return send(sbx, skb, skb->dev) == CR_DELIVERED ? 0 : -ENOMEM;
}

/**
 * cr_port_send() - sends a packet to a sandbox
 * @sbx: whose it is
 * @skb: translated, network header at skb->data; given away
 * @limit: length from which on it is cut; at most the port's MTU
 * @whole: see cr_fragment_cut()
 *
 * Return: what has become of it.
 */
enum cr_counter cr_port_send(struct cr_sandbox *sbx, struct sk_buff *skb, unsigned int limit,
			     bool whole)
{
	struct net_device *port = rcu_dereference(sbx->port);

	if (!port) {
		kfree_skb(skb);
		return CR_BACK_NO_PORT;
	}
	if (likely(cr_port_takes(skb, limit)))
		return send(sbx, skb, port);
	skb_scrub_packet(skb, false);
	skb->dev = port;
	return cr_fragment_cut(sbx->crn->net, skb, limit, whole, send_piece) ?
		CR_BACK_NO_MEMORY : CR_BACK_REFRAGMENTED;
}

/**
 * cr_port_count() - counts what has become of a packet on its way back
 * @crn: the namespace
 * @sbx: whose it was, or NULL
 * @became: what
 * @len: its length, from the IP header on
 */
void cr_port_count(struct cr_net *crn, struct cr_sandbox *sbx, enum cr_counter became,
		   unsigned int len)
{
	if (unlikely(!sbx)) {
		cr_count(crn->stats, became);
		return;
	}
	cr_sandbox_count(sbx, became);
	if (likely(became == CR_DELIVERED || became == CR_BACK_REFRAGMENTED))
		cr_account_back(&sbx->owner.account, len, became == CR_DELIVERED);
}
