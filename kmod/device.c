// SPDX-License-Identifier: GPL-2.0
/*
 * The net_device. Injection hands a translated packet to the host as if it had arrived on
 * cube-router; ndo_start_xmit takes what the host routes to the internal address, finds the
 * session, and sends it to the sandbox's port. RTNL for making and deleting, which netlink_config.c
 * asks for; packets, which ingress.c injects, need RCU only, and the device has neither queue nor
 * lock of its own.
 */
#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/ip.h>
#include <net/rtnetlink.h>
#include <net/tcp.h>

#include "compat.h"
#include "conntrack.h"
#include "device.h"
#include "fastpath.h"
#include "hook.h"
#include "path.h"
#include "port.h"
#include "reject.h"
#include "sandbox.h"

/* The device's private part: where it belongs. */
struct cr_device {
	struct cr_net *crn;
};

/* -------- the way in -------- */

/*
 * The packet has its session in flight: the host gets it, and what it has no place for comes back.
 * All that netif_receive_skb() does, but for handing it to another CPU.
 */
static struct cr_given_back arrive(struct sk_buff *skb)
{
	netif_receive_skb_core(skb);
	return cr_path_end();
}

/*
 * The same for one that may begin a flow, which conntrack may have no room for. It makes some if it
 * can, and only it knows: what it drops it counts, on the CPU where that happens. The copy is what
 * comes back then.
 */
static noinline struct cr_given_back arrive_first(struct net *net, struct sk_buff *skb)
{
	const unsigned int dropped = cr_conntrack_dropped(net);
	struct sk_buff *copy = cr_conntrack_full(net) ? cr_copy_shared(skb) : NULL;
	struct cr_given_back back = arrive(skb);

	if (likely(!copy))
		return back;
	if (!back.skb && cr_conntrack_dropped(net) != dropped)
		return (struct cr_given_back){ .skb = copy, .why = CR_CONNTRACK_FULL };
	kfree_skb(copy);
	return back;
}

/**
 * cr_device_inject() - lets a packet arrive on cube-router
 * @dev: cube-router
 * @skb: translated; network header at skb->data, Ethernet header in front of it; given away
 * @s: the session that is its own; NULL for an ICMP error, which goes its own way
 *
 * Whatever the packet met on its port must not follow it: a route that is set would be taken, a
 * conntrack entry believed, an old time stamp waited for, and a hash made before the translation
 * would move a flow between the paths of a multipath route. The rest of what a packet carries from
 * one place to another (skb_scrub_packet() has the list) the stack sets itself on arrival, or it
 * is worth keeping: whether it is traced, whether it may be cut.
 *
 * Return: the packet, if it cannot begin a flow in the host.
 */
struct cr_given_back cr_device_inject(struct net_device *dev, struct sk_buff *skb,
				      struct cr_session *s)
{
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	skb_clear_hash(skb);
	cr_clear_tstamp(skb);
	skb->dev = dev;
	dev_sw_netstats_rx_add(dev, skb->len + ETH_HLEN);
	cr_path_begin(skb, s);
	/* The host looks for a way, and may find that there is none. */
	if (unlikely(!skb_dst(skb) && s))
		cr_host_icmp_allow(cr_owner_sandbox(s->owner), dev);
	/* A flow to the host itself is never seen to begin, but to be answered. */
	if (unlikely(s && !READ_ONCE(s->begun) && !(READ_ONCE(s->flags) & CR_SESSION_REPLIED)))
		return arrive_first(dev_net(dev), skb);
	return arrive(skb);
}

/* -------- the way back -------- */

static int back_fragment(struct net *net, struct sock *sk, struct sk_buff *skb);

/*
 * The port takes less than cube-router does, and a TAP would not say so. @skb has its network
 * header at skb->data and still the host's route. Takes @skb when it does not fit.
 */
static bool fits(struct sk_buff *skb, unsigned int mtu, enum cr_counter *became)
{
	if (likely(cr_port_takes(skb, mtu)))
		return true;
	if (ip_hdr(skb)->frag_off & htons(IP_DF) || !skb_dst(skb)) {
		/* Told in the host's own name: its NAT puts the quoted header right. */
		cr_icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
		kfree_skb(skb);
		*became = CR_BACK_TOO_BIG;
		return false;
	}
	*became = cr_fragment_cut(dev_net(skb->dev), skb, mtu, false, back_fragment) ?
		CR_BACK_NO_MEMORY : CR_BACK_REFRAGMENTED;
	return false;
}

/* The session of a packet, and in @p what is still to be found out of its tuple. */
static struct cr_session *find_session(struct cr_net *crn, struct sk_buff *skb,
				       struct cr_packet *p, u32 now, enum cr_counter *became)
{
	*became = CR_BACK_FRAGMENT;
	if (p->kind == CR_KIND_FRAGMENT) {
		const struct iphdr *iph = ip_hdr(skb);
		const __be16 id = iph->id;

		if (iph->frag_off & htons(IP_OFFSET)) {
			if (!cr_fragment_recall(&crn->fragments, &p->tuple, id, now))
				return NULL;
		} else {
			if (cr_parse_transport(skb, p) != CR_GO_ON || p->kind == CR_KIND_ICMP_ERROR)
				return NULL;
			cr_fragment_note(&crn->fragments, &p->tuple, id, now);
		}
	}
	*became = CR_BACK_STRAY;
	return cr_port_session(&crn->table, p, now);
}

/* deliver(), of whatever it is */
static noinline enum cr_counter deliver_any(struct cr_net *crn, struct sk_buff *skb, u32 now,
					    struct cr_sandbox **sandbox)
{
	enum cr_counter became;
	struct net_device *port;
	struct cr_session *s;
	struct cr_sandbox *sbx;
	struct cr_packet p;
	unsigned int mtu;
	int err;

	err = cr_parse(skb, &p);
	if (err != CR_GO_ON) {
		became = err == CR_NO_MEMORY ? CR_BACK_NO_MEMORY : CR_BACK_BAD;
		goto drop;
	}
	s = find_session(crn, skb, &p, now, &became);
	if (!s)
		goto drop;
	sbx = cr_owner_sandbox(s->owner);
	*sandbox = sbx;
	port = rcu_dereference(sbx->port);
	became = CR_BACK_NO_PORT;
	if (!port)
		goto drop;
	mtu = cr_port_mtu(port);
	if (!fits(skb, mtu, &became))
		return became;
	became = CR_BACK_NO_MEMORY;
	if (!cr_port_translate(sbx, s, skb, &p, now))
		goto drop;
	if (unlikely(p.kind == CR_KIND_ICMP_ERROR && !skb->skb_iif))
		cr_host_icmp_sent(sbx);
	if (unlikely(p.tcp_flags & TCPHDR_RST) && cr_conntrack_reset_ignored(skb))
		cr_session_doubt_reset(s);
	return cr_port_send(sbx, skb, mtu, false);

drop:
	kfree_skb(skb);
	return became;
}

/*
 * From the packet's network header to the sandbox's port. Takes @skb. In @sandbox whose it is, if
 * that was found.
 */
static __always_inline enum cr_counter deliver(struct cr_net *crn, struct sk_buff *skb,
					       struct cr_sandbox **sandbox)
{
	const u32 now = cr_now();
	struct cr_session *s = cr_fast_find_back(&crn->table, skb, now);
	struct cr_sandbox *sbx = NULL;
	unsigned int mtu = 0;

	if (likely(s))
		sbx = cr_port_translate_plain(s, skb, now, false, &mtu);
	if (unlikely(!sbx))
		return deliver_any(crn, skb, now, sandbox);
	*sandbox = sbx;
	return cr_port_send(sbx, skb, mtu, false);
}

static struct cr_net *of_device(const struct net_device *dev)
{
	const struct cr_device *device = netdev_priv(dev);

	return device->crn;
}

/* A piece of what did not fit the port. The whole is counted, and lost with any of its pieces. */
static int back_fragment(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct cr_sandbox *sbx;

	return deliver_any(of_device(skb->dev), skb, cr_now(), &sbx) == CR_DELIVERED ? 0 : -ENOMEM;
}

/*
 * Whether a packet came from outside and conntrack does not know it as an answer to something, or
 * as an error about that. What the host itself says needs no entry, and what a flowtable sends on
 * has passed conntrack by.
 */
static bool unasked(const struct cr_net *crn, struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;

	if (!skb->skb_iif)
		return false;
	if (unlikely(!nf_ct_get(skb, &ctinfo)))
		return !cr_conntrack_is_offloaded(crn->net, skb);
	return ctinfo != IP_CT_RELATED && ctinfo < IP_CT_IS_REPLY;
}

static netdev_tx_t xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct cr_net *crn = of_device(dev);
	const unsigned int len = skb->len;
	enum cr_counter became = CR_BACK_HELD;
	struct cr_sandbox *sbx = NULL;

	/* dev_queue_xmit() holds rcu_read_lock_bh() only. */
	rcu_read_lock();
	if (unlikely(READ_ONCE(crn->held))) {
		kfree_skb(skb);
	} else if (unlikely(skb->protocol != htons(ETH_P_IP))) {
		kfree_skb(skb);
		became = CR_BACK_BAD;
	} else if (unlikely(unasked(crn, skb))) {
		kfree_skb(skb);
		became = CR_BACK_UNASKED;
	} else {
		skb_pull(skb, skb_network_offset(skb));
		became = deliver(crn, skb, &sbx);
	}
	cr_port_count(crn, sbx, became, len - ETH_HLEN);
	rcu_read_unlock();
	if (likely(became == CR_DELIVERED || became == CR_BACK_REFRAGMENTED))
		cr_dev_count_tx(dev, len);
	else
		DEV_STATS_INC(dev, tx_dropped);
	return NETDEV_TX_OK;
}

/* -------- the device -------- */

static int dev_init(struct net_device *dev)
{
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
}

static void dev_free(struct net_device *dev)
{
	free_percpu(dev->tstats);
}

static void get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	netdev_stats_to_stats64(stats, &dev->stats);
	dev_fetch_sw_netstats(stats, dev->tstats);
}

static const struct net_device_ops device_ops = {
	.ndo_init = dev_init,
	.ndo_start_xmit = xmit,
	.ndo_get_stats64 = get_stats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void dellink(struct net_device *dev, struct list_head *head)
{
	unregister_netdevice_queue(dev, head);
}

/*
 * Without .setup and .newlink, `ip link add type cube-router` is refused: the device comes with
 * the configuration. Deleting it is anybody's right; the ports are held then.
 */
static struct rtnl_link_ops link_ops __read_mostly = {
	.kind = CUBE_ROUTER_DEVICE,
	.dellink = dellink,
};

static void setup(struct net_device *dev)
{
	const netdev_features_t features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM |
					   NETIF_F_HIGHDMA | NETIF_F_GSO_SOFTWARE |
					   NETIF_F_GSO_FRAGLIST;

	ether_setup(dev);
	dev->netdev_ops = &device_ops;
	dev->rtnl_link_ops = &link_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = dev_free;
	dev->flags |= IFF_NOARP;
	dev->flags &= ~(IFF_BROADCAST | IFF_MULTICAST);
	/* A bridge would flood what is injected, past all that looks for the internal address. */
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DONT_BRIDGE;
	/* A packet on its way back is changed, so nobody may send it twice. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	/* The route is needed to say that a packet is too big. */
	netif_keep_dst(dev);
	cr_dev_set_lockless(dev);
	cr_dev_set_immovable(dev);
	dev->features |= features;
	dev->hw_features |= features;
	dev->hw_enc_features |= features;
	dev->vlan_features |= features;
	dev->max_mtu = ETH_MAX_MTU;
	eth_hw_addr_random(dev);
}

/**
 * cr_device_new() - makes the device, if it is not there
 * @crn: the namespace
 * @extack: told why not
 *
 * Return: 0 or an error.
 */
int cr_device_new(struct cr_net *crn, struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	struct cr_device *device;
	int err;

	ASSERT_RTNL();
	if (rtnl_dereference(crn->device))
		return 0;
	dev = alloc_netdev(sizeof(*device), CUBE_ROUTER_DEVICE, NET_NAME_PREDICTABLE, setup);
	if (!dev)
		return -ENOMEM;
	device = netdev_priv(dev);
	device->crn = crn;
	dev_net_set(dev, crn->net);
	err = register_netdevice(dev);
	if (err) {
		NL_SET_ERR_MSG(extack, "cube-router cannot be made");
		free_netdev(dev);
		return err;
	}
	rcu_assign_pointer(crn->device, dev);
	return 0;
}

/* cr_device_name_taken() - whether a device that is not ours is named so */
bool cr_device_name_taken(const struct cr_net *crn)
{
	return !rtnl_dereference(crn->device) && __dev_get_by_name(crn->net, CUBE_ROUTER_DEVICE);
}

/* cr_device_del() - deletes the device, if it is there; the notifier in netns.c forgets it */
void cr_device_del(struct cr_net *crn)
{
	struct net_device *dev = rtnl_dereference(crn->device);

	if (dev)
		unregister_netdevice(dev);
}

/* cr_device_init() - makes the device's kind known to the kernel. Return: 0 or an error. */
int __init cr_device_init(void)
{
	return rtnl_link_register(&link_ops);
}

/* cr_device_exit() - deletes the device in every namespace */
void cr_device_exit(void)
{
	rtnl_link_unregister(&link_ops);
}
