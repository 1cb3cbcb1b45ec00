// SPDX-License-Identifier: GPL-2.0
/*
 * The uplink: sandboxes leave by it in mode direct, and answer calls to their mapped ports in every
 * mode. Its name, gateway and device change under RTNL; packets read them under RCU and take no
 * lock. From the top:
 *
 *	settle		which device it is, its address, whether its ingress is hooked
 *	send		a translated packet to its next hop (called by ingress.c)
 *	arrive		what comes in: replies and calls are a sandbox's, the rest is the host's
 *
 * Here we are in the place of ip_forward(): time to live, MTU and what it takes to cut are ours.
 */
#include <linux/icmp.h>
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <net/arp.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/tcp.h>

#include "compat.h"
#include "conntrack.h"
#include "event.h"
#include "hook.h"
#include "port.h"
#include "portmap.h"
#include "reject.h"
#include "rewrite.h"
#include "uplink.h"

#define NO_PORT		65536U	/* above every port */

/* -------- the device -------- */

static unsigned int arrive(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/* Its first address that is not a secondary one, as MASQUERADE would choose; 0 if there is none. */
static __be32 primary_address(const struct net_device *dev)
{
	const struct in_device *in_dev = __in_dev_get_rtnl(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rtnl(ifa, in_dev)
		if (!(ifa->ifa_flags & IFA_F_SECONDARY) && ifa->ifa_scope <= RT_SCOPE_LINK)
			return ifa->ifa_local;
	return 0;
}

static void unhook(struct cr_net *crn)
{
	if (crn->uplink.hooked)
		nf_unregister_net_hook(crn->net, &crn->uplink.hook);
	crn->uplink.hooked = false;
}

static int hook(struct cr_net *crn, struct net_device *dev)
{
	struct cr_uplink *up = &crn->uplink;
	int err;

	if (up->hooked)
		return 0;
	err = cr_hook(crn->net, &up->hook, dev, NF_NETDEV_INGRESS, arrive, crn);
	up->hooked = !err;
	if (!err)
		schedule_work(&up->lro);
	return err;
}

/*
 * Joined packets would be longer than what the ports take, and cannot be cut again. Not done where
 * the device is hooked: newer kernels (6.15) tell some devices' changes with the device's own lock
 * held, which this takes.
 */
static void disable_lro(struct work_struct *work)
{
	struct cr_uplink *up = container_of(work, struct cr_uplink, lro);
	struct net_device *dev;

	rtnl_lock();
	dev = rtnl_dereference(up->dev);
	if (dev && up->hooked)
		dev_disable_lro(dev);
	rtnl_unlock();
}

/* cr_uplink_init() - an uplink of which nothing is known yet */
void cr_uplink_init(struct cr_uplink *up)
{
	INIT_WORK(&up->lro, disable_lro);
}

/* cr_uplink_exit() - nothing is hooked, and nothing will be. Without RTNL, sleeps. */
void cr_uplink_exit(struct cr_uplink *up)
{
	cancel_work_sync(&up->lro);
}

static bool at_address(const struct cr_session *s, const void *address)
{
	return READ_ONCE(s->flags) & CR_SESSION_DIRECT &&
	       s->nat_addr == *(const __be32 *)address;
}

static void set_address(struct cr_net *crn, __be32 addr)
{
	const __be32 old = crn->uplink.addr;

	if (addr == old)
		return;
	WRITE_ONCE(crn->uplink.watch_low, NO_PORT);
	/* Who makes a session at the new address finds that nothing is watched for yet. */
	smp_store_release(&crn->uplink.addr, addr);
	if (old)
		cr_table_end(&crn->table, at_address, &old);
}

/* By its name and not by another that it has, which older kernels (5.10) forget too late. */
static struct net_device *named_device(const struct cr_net *crn, const struct net_device *leaving)
{
	struct net_device *dev;

	dev = *crn->uplink.name ? __dev_get_by_name(crn->net, crn->uplink.name) : NULL;
	return dev && dev != leaving && !strcmp(dev->name, crn->uplink.name) ? dev : NULL;
}

/**
 * cr_uplink_settle() - finds out anew what the uplink is, and hooks or unhooks it
 * @crn: the namespace; its mode, the uplink's name, its device, an address or the mapped ports may
 *	have changed
 * @leaving: a device that is about to go, or NULL: found by its name still, but not to be used
 *
 * Its ingress is hooked only while something can come in for a sandbox.
 *
 * Return: 0, or why it could not be hooked; then there is no uplink.
 */
int cr_uplink_settle(struct cr_net *crn, const struct net_device *leaving)
{
	struct cr_uplink *up = &crn->uplink;
	struct net_device *dev = named_device(crn, leaving);
	const bool wanted = dev && crn->mode != CUBE_ROUTER_MODE_OFF &&
			    (crn->mode == CUBE_ROUTER_MODE_DIRECT || !xa_empty(&crn->portmaps));
	int err = 0;

	ASSERT_RTNL();
	if (!wanted || dev != rtnl_dereference(up->dev))
		unhook(crn);
	if (wanted)
		err = hook(crn, dev);
	if (err)
		dev = NULL;
	rcu_assign_pointer(up->dev, dev);
	set_address(crn, dev ? primary_address(dev) : 0);
	return err;
}

/* cr_uplink_is() - whether a device is the uplink, or was until it got another name, or will be */
bool cr_uplink_is(const struct cr_net *crn, const struct net_device *dev)
{
	return dev == rtnl_dereference(crn->uplink.dev) || !strcmp(dev->name, crn->uplink.name);
}

/* cr_uplink_reasons_to_hold() - why nothing can leave by it, &enum cube_router_held, or 0 */
u32 cr_uplink_reasons_to_hold(const struct cr_net *crn)
{
	const struct net_device *dev = rtnl_dereference(crn->uplink.dev);

	if (!dev)
		return CUBE_ROUTER_HELD_NO_UPLINK;
	if (!(dev->flags & IFF_UP))
		return CUBE_ROUTER_HELD_UPLINK_DOWN;
	return crn->uplink.addr ? 0 : CUBE_ROUTER_HELD_UPLINK_NO_ADDRESS;
}

/**
 * cr_uplink_port_low() - where the ports begin that the host leaves to sandboxes
 * @crn: the namespace
 *
 * The host's own connections have ports of net.ipv4.ip_local_port_range, and mapped ports have
 * theirs. What lies above both is free.
 *
 * Return: the first port, or 65536 if there is none.
 */
u32 cr_uplink_port_low(const struct cr_net *crn)
{
	int low, high;

	inet_get_local_port_range(crn->net, &low, &high);
	return max_t(u32, high, READ_ONCE(crn->uplink.map_high)) + 1;
}

/* cr_uplink_watch() - a session is about to take a port from @low on: watch for its replies */
void cr_uplink_watch(struct cr_net *crn, u32 low)
{
	if (unlikely(low < READ_ONCE(crn->uplink.watch_low)))
		WRITE_ONCE(crn->uplink.watch_low, low);
}

/* -------- the way out -------- */

/* What is on one of the uplink's own links, and the gateway for the rest; 0 if there is none. */
static __be32 next_hop(const struct cr_uplink *up, const struct net_device *dev, __be32 daddr)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const __be32 gateway = READ_ONCE(up->gateway);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (inet_ifa_match(daddr, ifa))
			return daddr;
	if (!gateway && dev->flags & (IFF_NOARP | IFF_POINTOPOINT))
		return daddr;
	return gateway;
}

/* The neighbour that a packet goes to. */
static struct neighbour *neighbour(const struct cr_uplink *up, struct net_device *dev,
				   __be32 daddr)
{
	const __be32 hop = next_hop(up, dev, daddr);

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

static struct sk_buff *refuse(struct sk_buff *skb, struct cr_refusal *refusal,
			      enum cr_counter counter, u8 code, u16 mtu)
{
	*refusal = (struct cr_refusal){ .counter = counter, .code = code, .mtu = mtu };
	return skb;
}

/**
 * cr_uplink_send() - sends a packet out of the uplink
 * @crn: the namespace
 * @skb: translated, network header at skb->data; given away
 * @whole: it was put together from fragments, and shall leave in such as it came in
 * @refusal: filled; its counter is CR_INJECTED when all went well
 *
 * Return: NULL, or the packet as it was given if its sender has to be told.
 */
struct sk_buff *cr_uplink_send(struct cr_net *crn, struct sk_buff *skb, bool whole,
			       struct cr_refusal *refusal)
{
	struct net_device *dev = rcu_dereference(crn->uplink.dev);
	unsigned int limit;
	struct neighbour *n;

	*refusal = (struct cr_refusal){ .counter = CR_HELD };
	if (unlikely(!dev))
		goto drop;
	limit = READ_ONCE(dev->mtu);
	if (whole)
		limit = min_t(unsigned int, limit, IPCB(skb)->frag_max_size);
	else if (ip_hdr(skb)->frag_off & htons(IP_DF) && unlikely(!cr_port_takes(skb, limit)))
		return refuse(skb, refusal, CR_TOO_BIG, ICMP_FRAG_NEEDED, limit);
	n = neighbour(&crn->uplink, dev, ip_hdr(skb)->daddr);
	if (IS_ERR(n))
		return refuse(skb, refusal, CR_NO_NEXT_HOP, ICMP_NET_UNREACH, 0);
	if (unlikely(READ_ONCE(n->nud_state) & NUD_FAILED)) {
		/* It is asked for again, for those who come later. */
		neigh_event_send(n, NULL);
		return refuse(skb, refusal, CR_NO_NEXT_HOP, ICMP_HOST_UNREACH, 0);
	}
	refusal->counter = CR_NO_MEMORY;
	if (skb_cow_head(skb, LL_RESERVED_SPACE(dev)))
		goto drop;
	skb_orphan(skb);
	skb_scrub_packet(skb, false);
	cr_clear_tstamp(skb);
	ip_decrease_ttl(ip_hdr(skb));
	skb->dev = dev;
	if (unlikely(!cr_port_takes(skb, limit))) {
		if (!cr_fragment_cut(crn->net, skb, limit, whole, output))
			refusal->counter = CR_INJECTED;
		return NULL;
	}
	refusal->counter = CR_INJECTED;
	neigh_output(n, skb, false);
	return NULL;

drop:
	kfree_skb(skb);
	return NULL;
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

	if (skb->protocol != htons(ETH_P_IP) || skb->pkt_type != PACKET_HOST ||
	    skb_vlan_tag_present(skb))
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
 * none the host answers with a RST. In @why the counter if there is none.
 */
static struct cr_session *take_call(struct cr_net *crn, struct sk_buff *skb,
				    const struct cr_packet *p, u32 now,
				    struct cr_sandbox **sandbox, enum cr_counter *why)
{
	const struct cr_portmap *map = cr_portmap_find(crn, p->tuple.proto, p->tuple.dport);
	struct cr_tuple answer = cr_tuple_inverted(&p->tuple);
	enum cr_counter limit;
	struct cr_identity as;
	struct cr_session *s;

	if (!map || p->kind != CR_FLOW ||
	    (p->tuple.proto == IPPROTO_TCP && !cr_is_syn(p->tcp_flags)) ||
	    !caller_fine(crn, p->tuple.saddr))
		return NULL;
	/* An answer to somebody whom the host masquerades behind this port. */
	if (p->tuple.proto == IPPROTO_UDP &&
	    cr_conntrack_expects(crn->net, skb, p, p->tuple.saddr))
		return NULL;
	*sandbox = map->sbx;
	answer.saddr = map->sbx->guest;
	answer.sport = map->guest_port;
	as = (struct cr_identity){
		.addr = p->tuple.daddr, .port = map->host_port,
		.flags = CR_SESSION_DIRECT | CR_SESSION_INBOUND,
	};
	s = cr_session_create(&crn->table, &map->sbx->owner, &answer, &as, now, &limit);
	if (!s)
		cr_event_limit(crn, map->sbx, limit);
	*why = CR_BACK_REFUSED;
	/* Or the sandbox calls the far end itself, from the port that is mapped. */
	return s && READ_ONCE(s->flags) & CR_SESSION_INBOUND ? s : NULL;
}

/* The session that a packet belongs to, if it is one that passes the host by. */
static struct cr_session *find_session(struct cr_net *crn, struct sk_buff *skb,
				       const struct cr_packet *p, u32 now)
{
	struct cr_session *s = cr_port_session(&crn->table, p, now);

	if (!s || !(READ_ONCE(s->flags) & CR_SESSION_DIRECT))
		return NULL;
	if (p->kind == CR_ERROR)
		return s;
	/* Identifiers and mere addresses are not told apart from the host's own. */
	if (p->tuple.proto != IPPROTO_TCP && p->tuple.proto != IPPROTO_UDP)
		return cr_conntrack_knows(crn->net, skb, p, p->tuple.saddr) ? NULL : s;
	/* Somebody whom the host masquerades may have the same port; who was answered stays. */
	if (!(READ_ONCE(s->flags) & (CR_SESSION_REPLIED | CR_SESSION_INBOUND)) &&
	    cr_conntrack_expects(crn->net, skb, p, p->tuple.saddr))
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

/* Conntrack does not see it: a RST is judged by what the sandbox has acknowledged. */
static void judge_reset(const struct sk_buff *skb, struct cr_packet *p, struct cr_session *s,
			bool *doubtful)
{
	const struct tcphdr *th = (const struct tcphdr *)(skb->data + p->l4);

	*doubtful = p->tcp_flags & TCPHDR_RST;
	if (*doubtful && !cr_session_judge_reset(s, ntohl(th->seq))) {
		p->tcp_flags = 0;
		*doubtful = false;
	}
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
	if (p->kind == CR_ERROR && !cr_icmp_checksum_fine(skb, p))
		goto drop;
	became = CR_BACK_TTL;
	if (p->ttl <= 1) {
		tell_far_end(sbx, skb, p, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
		goto drop;
	}
	limit = READ_ONCE(port->mtu);
	became = CR_BACK_TOO_BIG;
	if (whole) {
		limit = min_t(unsigned int, limit, IPCB(skb)->frag_max_size);
	} else if (ip_hdr(skb)->frag_off & htons(IP_DF) && !cr_port_takes(skb, limit)) {
		tell_far_end(sbx, skb, p, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, limit);
		goto drop;
	}
	judge_reset(skb, p, s, &doubtful);
	became = CR_BACK_NO_MEMORY;
	if (!cr_port_translate(sbx, s, skb, p, now))
		goto drop;
	if (doubtful)
		cr_session_doubt_reset(s);
	skb_forward_csum(skb);
	cr_clear_tstamp(skb);
	ip_decrease_ttl(ip_hdr(skb));
	return cr_port_send(sbx, skb, limit, whole);

drop:
	kfree_skb(skb);
	return became;
}

/* What is a sandbox's is taken, and the rest left to the host. @skb is ours alone. */
static unsigned int receive(struct cr_net *crn, struct sk_buff *skb)
{
	enum cr_counter became = CR_BACK_STRAY;
	struct cr_sandbox *sbx = NULL;
	const u32 now = cr_now();
	struct cr_session *s;
	struct cr_packet p;
	bool whole = false;
	unsigned int len;

	if (cr_parse(skb, &p) != CR_PARSED)
		return NF_ACCEPT;
	if (p.kind == CR_FRAGMENT) {
		/* Where conntrack would do it a moment later, and in the same queues. */
		memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
		if (ip_defrag(crn->net, skb, IP_DEFRAG_CONNTRACK_IN))
			return NF_STOLEN;
		skb->ignore_df = 1;
		whole = true;
		if (cr_parse(skb, &p) != CR_PARSED)
			return NF_ACCEPT;
	}
	s = find_session(crn, skb, &p, now);
	if (s)
		sbx = cr_owner_sandbox(s->owner);
	else
		s = take_call(crn, skb, &p, now, &sbx, &became);
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

/* Every packet that comes in by the uplink. */
static unsigned int arrive(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
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
