// SPDX-License-Identifier: GPL-2.0
/*
 * The packets of the uplink, past the host's routing: sandboxes leave by it in mode direct, and
 * answer calls to their mapped ports in every mode. From the top:
 *
 *	send	a translated packet to its next hop (called by ingress.c, when it could not be sent
 *		at once, which direct.h does)
 *	arrive	what comes in: replies and calls are a sandbox's, the rest is the host's
 *
 * Here we are in the place of ip_forward(): time to live, MTU and cutting are ours. Under RCU with
 * softirqs off; takes no lock. The device itself is uplink.c's.
 */
#include <linux/icmp.h>
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/tcp.h>

#include "compat.h"
#include "conntrack.h"
#include "direct.h"
#include "event.h"
#include "fastpath.h"
#include "hook.h"
#include "port.h"
#include "portmap.h"
#include "reject.h"
#include "rewrite.h"

/* -------- the ports -------- */

/**
 * cr_direct_port_low() - where the ports begin that the host leaves to sandboxes
 * @crn: the namespace
 *
 * The host's own connections have ports of net.ipv4.ip_local_port_range, and mapped ports have
 * theirs. What lies above both is free.
 *
 * Return: the first port, or 65536 if there is none.
 */
u32 cr_direct_port_low(const struct cr_net *crn)
{
	int low, high;

	inet_get_local_port_range(crn->net, &low, &high);
	return max_t(u32, high, READ_ONCE(crn->uplink.map_high)) + 1;
}

/* cr_direct_widen_watch() - a session is about to take a port from @low on: its replies count */
void cr_direct_widen_watch(struct cr_net *crn, u32 low)
{
	if (unlikely(low < READ_ONCE(crn->uplink.watch_low)))
		WRITE_ONCE(crn->uplink.watch_low, low);
}

/* -------- the way out -------- */

/* The neighbour that a packet goes to. */
static struct neighbour *neighbour(const struct cr_uplink *up, struct net_device *dev,
				   __be32 daddr)
{
	const __be32 hop = cr_direct_next_hop(up, dev, daddr);

	return hop ? ip_neigh_gw4(dev, hop) : ERR_PTR(-ENETUNREACH);
}

static int output(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct neighbour *n = neighbour(&cr_net(net)->uplink, skb->dev, ip_hdr(skb)->daddr);

	skb_dst_drop(skb);
	if (IS_ERR(n)) {
		kfree_skb(skb);
		return PTR_ERR(n);
	}
	return neigh_output(n, skb, false);
}

static struct cr_sent ended(enum cr_counter counter)
{
	return (struct cr_sent){ .counter = counter };
}

static struct cr_sent refused(struct sk_buff *skb, enum cr_counter counter, u8 code, u16 mtu)
{
	return (struct cr_sent){ .back = skb, .counter = counter, .code = code, .mtu = mtu };
}

static struct cr_sent dropped(struct sk_buff *skb, enum cr_counter counter)
{
	kfree_skb(skb);
	return ended(counter);
}

/**
 * cr_direct_send() - sends a packet out of the uplink, whatever it is
 * @crn: the namespace
 * @skb: translated, network header at skb->data; the caller's again only if it comes back
 * @whole: it was put together from fragments, and shall leave in such as it came in
 *
 * Return: what has become of it.
 */
struct cr_sent cr_direct_send(struct cr_net *crn, struct sk_buff *skb, bool whole)
{
	struct net_device *dev = rcu_dereference(crn->uplink.dev);
	unsigned int limit;
	struct neighbour *n;

	if (unlikely(!dev))
		return dropped(skb, CR_HELD);
	limit = cr_port_mtu(dev);
	if (unlikely(whole))
		limit = min_t(unsigned int, limit, IPCB(skb)->frag_max_size);
	else if (unlikely(!cr_port_takes(skb, limit)) && ip_hdr(skb)->frag_off & htons(IP_DF))
		return refused(skb, CR_TOO_BIG, ICMP_FRAG_NEEDED, limit);
	n = neighbour(&crn->uplink, dev, ip_hdr(skb)->daddr);
	if (IS_ERR(n))
		return refused(skb, CR_NO_NEXT_HOP, ICMP_NET_UNREACH, 0);
	if (unlikely(READ_ONCE(n->nud_state) & NUD_FAILED)) {
		/* It is asked for again, for those who come later. */
		neigh_event_send(n, NULL);
		return refused(skb, CR_NO_NEXT_HOP, ICMP_HOST_UNREACH, 0);
	}
	if (skb_cow_head(skb, LL_RESERVED_SPACE(dev)))
		return dropped(skb, CR_NO_MEMORY);
	ip_decrease_ttl(ip_hdr(skb));
	cr_direct_prepare(skb, dev);
	if (unlikely(!cr_port_takes(skb, limit)))
		return ended(cr_fragment_cut(crn->net, skb, limit, whole, output) ? CR_NO_MEMORY :
										    CR_INJECTED);
	neigh_output(n, skb, false);
	return ended(CR_INJECTED);
}

/* -------- the way in -------- */

/* Something to the uplink's address that may be a sandbox's. Short: it sees all that comes in. */
static bool concerns_us(struct cr_net *crn, const struct sk_buff *skb)
{
	const struct cr_uplink *up = &crn->uplink;
	const struct iphdr *iph;
	struct iphdr iph_copy;
	const __be16 *ports;
	__be16 copy[2];

	/* A tag without a VLAN has a priority only, and the host would pass it over, too. */
	if (skb->protocol != htons(ETH_P_IP) || skb->pkt_type != PACKET_HOST ||
	    (skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb)))
		return false;
	iph = skb_header_pointer(skb, 0, sizeof(iph_copy), &iph_copy);
	if (!iph || iph->daddr != READ_ONCE(up->addr))
		return false;
	if (ip_is_fragment(iph) ||
	    (iph->protocol != IPPROTO_TCP && iph->protocol != IPPROTO_UDP))
		return true;
	ports = skb_header_pointer(skb, iph->ihl * 4, sizeof(copy), copy);
	return ports && (ntohs(ports[1]) >= READ_ONCE(up->watch_low) ||
			 cr_portmap_find(crn, iph->protocol, ports[1]));
}

/* Whether somebody may call a sandbox under this address. */
static bool caller_fine(struct cr_net *crn, __be32 saddr)
{
	return !cr_in_sandbox_cidr(crn, saddr) && inet_addr_type(crn->net, saddr) == RTN_UNICAST;
}

/*
 * The session of a call to a mapped port: a TCP connection begins with a SYN, and what belongs to
 * none the host answers with a RST. Whom it is for is in @sandbox, even if it cannot be had.
 */
static struct cr_session *take_call(struct cr_net *crn, struct sk_buff *skb,
				    const struct cr_packet *p, u32 now,
				    struct cr_sandbox **sandbox)
{
	const struct cr_portmap *map = cr_portmap_find(crn, p->tuple.proto, p->tuple.dport);
	struct cr_tuple answer = cr_tuple_inverted(&p->tuple);
	enum cr_counter why;
	struct cr_identity as;
	struct cr_session *s;

	if (!map || p->kind != CR_KIND_FLOW ||
	    (p->tuple.proto == IPPROTO_TCP && !cr_is_syn(p->tcp_flags)) ||
	    !caller_fine(crn, p->tuple.saddr))
		return NULL;
	/* An answer to somebody whom the host masquerades behind this port. */
	if (p->tuple.proto == IPPROTO_UDP &&
	    cr_conntrack_is_reply(crn->net, skb, p, p->tuple.saddr))
		return NULL;
	*sandbox = map->sbx;
	answer.saddr = map->sbx->guest;
	answer.sport = map->guest_port;
	as = (struct cr_identity){
		.addr = p->tuple.daddr, .port = map->host_port,
		.flags = CR_SESSION_DIRECT | CR_SESSION_INBOUND,
	};
	s = cr_session_create(&crn->table, &map->sbx->owner, &answer, &as, now, &why);
	if (!s)
		cr_event_limit(crn, map->sbx, why);
	/* The sandbox may have begun this flow itself; or it was called by another mapped port. */
	return s && READ_ONCE(s->flags) & CR_SESSION_INBOUND && s->nat_port == map->host_port ?
		s : NULL;
}

/* The session that a packet belongs to, if it is one that passes the host by. */
static struct cr_session *find_session(struct cr_net *crn, struct sk_buff *skb,
				       const struct cr_packet *p, u32 now)
{
	struct cr_session *s = cr_port_session(&crn->table, p, now);

	if (!s || !(READ_ONCE(s->flags) & CR_SESSION_DIRECT))
		return NULL;
	if (p->kind == CR_KIND_ICMP_ERROR)
		return s;
	/* Identifiers and mere addresses are not told apart from the host's own. */
	if (p->tuple.proto != IPPROTO_TCP && p->tuple.proto != IPPROTO_UDP)
		return cr_conntrack_has_entry(crn->net, skb, p, p->tuple.saddr) ? NULL : s;
	/* Somebody whom the host masquerades may have the same port; who was answered stays. */
	if (!(READ_ONCE(s->flags) & (CR_SESSION_REPLIED | CR_SESSION_INBOUND)) &&
	    cr_conntrack_is_reply(crn->net, skb, p, p->tuple.saddr))
		return NULL;
	return s;
}

/* Tells the far end, in the host's own name. */
static void tell_far_end(struct cr_sandbox *sbx, const struct sk_buff *skb,
			 const struct cr_packet *p, u8 type, u8 code, u16 mtu)
{
	struct net_device *dev = rcu_dereference(sbx->crn->uplink.dev);
	struct sk_buff *error;

	if (!dev)
		return;
	error = cr_reject_far(sbx, dev, skb, p, type, code, mtu);
	if (error)
		output(sbx->crn->net, NULL, error);
}

/*
 * Conntrack does not see it: what would end a connection is judged by what the sandbox has
 * acknowledged. A RST or FIN outside the window is handed on but changes no session; a RST inside
 * is @doubtful all the same.
 */
static void judge_end(const struct sk_buff *skb, struct cr_packet *p, struct cr_session *s,
		      bool *doubtful)
{
	const struct tcphdr *th = (const struct tcphdr *)(skb->data + p->l4);

	*doubtful = false;
	if (likely(!(p->tcp_flags & (TCPHDR_RST | TCPHDR_FIN))))
		return;
	if (cr_session_in_window(s, ntohl(th->seq)))
		*doubtful = p->tcp_flags & TCPHDR_RST;
	else
		p->tcp_flags = 0;
}

/* A translated packet, with its hop counted, leaves as one of the host's. Takes @skb. */
static enum cr_counter pass_on(struct cr_sandbox *sbx, struct sk_buff *skb, unsigned int limit,
			       bool whole)
{
	cr_direct_forwarded(skb);
	__vlan_hwaccel_clear_tag(skb);
	return cr_port_send(sbx, skb, limit, whole);
}

/* receive() for what is plain. Return: whether @skb was that, and is gone. */
static bool forward_plain(struct cr_net *crn, struct sk_buff *skb, u32 now)
{
	struct cr_session *s = cr_fast_find_back(&crn->table, skb, now);
	const unsigned int len = skb->len;
	unsigned int limit = 0;
	struct cr_sandbox *sbx;

	if (!s || !(READ_ONCE(s->flags) & CR_SESSION_DIRECT) || READ_ONCE(crn->held))
		return false;
	sbx = cr_port_translate_plain(s, skb, now, true, &limit);
	if (!sbx)
		return false;
	cr_port_count(crn, sbx, pass_on(sbx, skb, limit, false), len);
	return true;
}

/* From the uplink to a sandbox. Takes @skb. */
static enum cr_counter forward(struct cr_sandbox *sbx, struct cr_session *s, struct sk_buff *skb,
			       struct cr_packet *p, bool whole, u32 now)
{
	const struct net_device *port = rcu_dereference(sbx->port);
	enum cr_counter became = CR_BACK_NO_PORT;
	unsigned int limit;
	bool doubtful;

	if (!port)
		goto drop;
	became = CR_BACK_BAD;
	if (p->kind == CR_KIND_ICMP_ERROR && !cr_icmp_checksum_fine(skb, p))
		goto drop;
	became = CR_BACK_TTL;
	if (p->ttl <= 1) {
		tell_far_end(sbx, skb, p, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
		goto drop;
	}
	limit = cr_port_mtu(port);
	became = CR_BACK_TOO_BIG;
	if (whole) {
		limit = min_t(unsigned int, limit, IPCB(skb)->frag_max_size);
	} else if (ip_hdr(skb)->frag_off & htons(IP_DF) && !cr_port_takes(skb, limit)) {
		tell_far_end(sbx, skb, p, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, limit);
		goto drop;
	}
	judge_end(skb, p, s, &doubtful);
	became = CR_BACK_NO_MEMORY;
	if (!cr_port_translate(sbx, s, skb, p, now))
		goto drop;
	if (doubtful)
		cr_session_doubt_reset(s);
	ip_decrease_ttl(ip_hdr(skb));
	return pass_on(sbx, skb, limit, whole);

drop:
	kfree_skb(skb);
	return became;
}

/* What is a sandbox's is taken, and the rest left to the host. @skb is ours alone. */
static unsigned int receive(struct cr_net *crn, struct sk_buff *skb)
{
	enum cr_counter became = CR_BACK_REFUSED;
	struct cr_sandbox *sbx = NULL;
	const u32 now = cr_now();
	struct cr_session *s;
	struct cr_packet p;
	bool whole = false;
	unsigned int len;

	if (likely(forward_plain(crn, skb, now)))
		return NF_STOLEN;
	if (cr_parse(skb, &p) != CR_GO_ON)
		return NF_ACCEPT;
	if (p.kind == CR_KIND_FRAGMENT) {
		/* Where conntrack would do it a moment later, and in the same queues. */
		memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
		/* Each fragment may have one of its own. */
		__vlan_hwaccel_clear_tag(skb);
		if (ip_defrag(crn->net, skb, IP_DEFRAG_CONNTRACK_IN))
			return NF_STOLEN;
		skb->ignore_df = 1;
		whole = true;
		if (cr_parse(skb, &p) != CR_GO_ON)
			return NF_ACCEPT;
	}
	s = find_session(crn, skb, &p, now);
	if (s)
		sbx = cr_owner_sandbox(s->owner);
	else
		s = take_call(crn, skb, &p, now, &sbx);
	if (!sbx)
		return NF_ACCEPT;
	len = p.end - p.l3;
	if (unlikely(READ_ONCE(crn->held))) {
		became = CR_BACK_HELD;
		kfree_skb(skb);
	} else if (!s) {
		kfree_skb(skb);
	} else {
		became = forward(sbx, s, skb, &p, whole, now);
	}
	cr_port_count(crn, sbx, became, len);
	return NF_STOLEN;
}

/**
 * cr_direct_arrive() - a packet comes in by the uplink
 * @priv: the &struct cr_net
 * @skb: the packet, network header at skb->data
 * @state: not needed
 *
 * Return: NF_ACCEPT for what is the host's, else NF_STOLEN or NF_DROP.
 */
unsigned int cr_direct_arrive(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cr_net *crn = priv;
	struct sk_buff *copy;

	if (likely(!concerns_us(crn, skb)))
		return NF_ACCEPT;
	if (likely(!skb_shared(skb)))
		return receive(crn, skb);
	copy = cr_copy_shared(skb);
	if (!copy) {
		cr_count(crn->stats, CR_BACK_NO_MEMORY);
		return NF_DROP;
	}
	if (receive(crn, copy) == NF_STOLEN)
		return NF_DROP;
	kfree_skb(copy);
	return NF_ACCEPT;
}
