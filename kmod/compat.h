/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the kernels we build for, 5.10 to the newest in Debian. Distributions
 * backport, so Kbuild looks into the kernel's headers for the feature and defines CR_HAVE_*; no
 * version number is compared anywhere.
 */
#ifndef CR_COMPAT_H
#define CR_COMPAT_H

#include <linux/netdevice.h>
#include <net/genetlink.h>
#ifdef CR_HAVE_NET_GSO
#include <net/gso.h>
#endif
#include <net/icmp.h>
#include <net/inetpeer.h>
#ifdef CR_HAVE_ROUTE_INPUT_DSCP
#include <net/inet_dscp.h>
#endif
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <net/route.h>

#ifndef DEV_STATS_INC
#define DEV_STATS_INC(dev, field)	((dev)->stats.field++)
#endif

/* A packet's time stamp, and what it stands for, are void. */
static inline void cr_clear_tstamp(struct sk_buff *skb)
{
#ifdef CR_HAVE_SKB_CLEAR_TSTAMP
	skb_clear_tstamp(skb);
#else
	skb->tstamp = 0;
#endif
}

/* One more packet that left by the device. */
static inline void cr_dev_count_tx(struct net_device *dev, unsigned int len)
{
#ifdef CR_HAVE_DEV_SW_NETSTATS_TX_ADD
	dev_sw_netstats_tx_add(dev, 1, len);
#else
	struct pcpu_sw_netstats *stats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&stats->syncp);
	stats->tx_bytes += len;
	stats->tx_packets++;
	u64_stats_update_end(&stats->syncp);
#endif
}

/* Designated member of a multicast group that only CAP_NET_ADMIN may join. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define CR_MCGRP_NET_ADMIN	.flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define CR_MCGRP_NET_ADMIN
#endif

/* The parsed attributes of the request that began a dump. */
static inline struct nlattr **cr_dump_attrs(struct netlink_callback *cb)
{
#ifdef CR_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* How many it holds for a namespace. */
static inline u32 cr_conntrack_count(const struct net *net)
{
#ifdef CR_HAVE_NF_CONNTRACK_COUNT
	return nf_conntrack_count(net);
#else
	return atomic_read(&net->ct.count);
#endif
}

/* Deletes those entries of a namespace for which @iter says so. May sleep. */
static inline void cr_conntrack_sweep(struct net *net, int (*iter)(struct nf_conn *ct, void *data),
				      void *data)
{
#ifdef CR_HAVE_NF_CT_ITER_DATA
	struct nf_ct_iter_data iter_data = { .net = net, .data = data };

	nf_ct_iterate_cleanup_net(iter, &iter_data);
#else
	nf_ct_iterate_cleanup_net(net, iter, data, 0, 0);
#endif
}

/*
 * What the host remembers of an address that it sends to, or NULL, as always where the kernel keeps
 * that to itself. Under RCU, until cr_peer_put(): older kernels count references.
 */
static inline struct inet_peer *cr_peer_get(const struct net *net, __be32 addr, int vif)
{
#if !defined(CR_HAVE_INET_GETPEER)
	return NULL;
#elif defined(CR_HAVE_INET_PEER_RCU)
	return inet_getpeer_v4(net->ipv4.peers, addr, vif);
#else
	return inet_getpeer_v4(net->ipv4.peers, addr, vif, 1);
#endif
}

static inline void cr_peer_put(struct inet_peer *peer)
{
#ifndef CR_HAVE_INET_PEER_RCU
	inet_putpeer(peer);
#endif
}

/*
 * Whether a filter has led a packet through another device, which gave it back to the one that it
 * had come in by, past all hooks there (drivers/net/ifb.c). cr_clear_redirect(): it has passed
 * ours.
 */
static inline bool cr_was_redirected(const struct sk_buff *skb)
{
#if defined(CR_HAVE_SKB_FROM_INGRESS) && defined(CONFIG_NET_REDIRECT)
	return skb->from_ingress;
#else
	return false;
#endif
}

static inline void cr_clear_redirect(struct sk_buff *skb)
{
#if defined(CR_HAVE_SKB_FROM_INGRESS) && defined(CONFIG_NET_REDIRECT)
	if (unlikely(skb->from_ingress))
		skb->from_ingress = 0;
#endif
}

/* Looks up the route of a packet that has come in, and sets it. Return: whether there is one. */
static inline bool cr_route_input(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
#ifdef CR_HAVE_ROUTE_INPUT_DSCP
	const dscp_t tos = inet_dsfield_to_dscp(iph->tos);
#else
	const u8 tos = iph->tos;
#endif

	return !ip_route_input_noref(skb, iph->daddr, iph->saddr, tos, skb->dev);
}

/* ndo_start_xmit() may run on several CPUs at once. */
static inline void cr_dev_set_lockless(struct net_device *dev)
{
#ifdef CR_HAVE_DEV_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* The device stays in its network namespace. */
static inline void cr_dev_set_immovable(struct net_device *dev)
{
#if defined(CR_HAVE_DEV_NETNS_IMMUTABLE)
	dev->netns_immutable = true;
#elif defined(CR_HAVE_DEV_NETNS_LOCAL)
	dev->netns_local = true;
#else
	dev->features |= NETIF_F_NETNS_LOCAL;
#endif
}

/*
 * An ICMP error about a packet in ndo_start_xmit(), where its control block is not IP's any more.
 * icmp_ndo_send() will not do: it takes every packet for one of the original direction.
 */
static inline void cr_icmp_send(struct sk_buff *skb, int type, int code, __be32 info)
{
#ifdef CR_HAVE_ICMP_SEND_PARM
	struct inet_skb_parm parm = {};
#else
	struct ip_options parm = {};
#endif
	__icmp_send(skb, type, code, info, &parm);
}

/* Netfilter can hook what leaves by a device, or here stands a number that it refuses. */
#if defined(CR_HAVE_NETDEV_EGRESS) && defined(CONFIG_NETFILTER_EGRESS)
#define CR_HAS_EGRESS_HOOK	true
#define CR_NETDEV_EGRESS	NF_NETDEV_EGRESS
#else
#define CR_HAS_EGRESS_HOOK	false
#define CR_NETDEV_EGRESS	U32_MAX
#endif

#ifdef CONFIG_NF_CONNTRACK_TIMEOUT
/* The first reference to a set of conntrack's idle times, and its end. */
static inline void cr_ct_timeout_init(struct nf_ct_timeout *timeout)
{
#ifdef CR_HAVE_NF_CT_TIMEOUT_REFCNT
	refcount_set(&timeout->refcnt, 1);
#endif
}

static inline void cr_ct_timeout_put(struct nf_ct_timeout *timeout)
{
#ifdef CR_HAVE_NF_CT_TIMEOUT_REFCNT
	if (!refcount_dec_and_test(&timeout->refcnt))
		return;
#endif
#ifdef CR_HAVE_NF_CT_TIMEOUT_RCU
	kfree_rcu(timeout, rcu);
#else
	synchronize_rcu();
	kfree(timeout);
#endif
}
#endif

#endif
