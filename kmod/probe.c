// SPDX-License-Identifier: GPL-2.0
/*
 * A probe is an ICMP echo request that arrives on a port as if its sandbox had sent it. It goes the
 * way of every packet, past XDP, TC and our own hook, and its answer reaches the sandbox, which
 * never asked and ignores it. Owns nothing; RTNL keeps the port. Called by netlink_sandbox.c.
 */
#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/rtnetlink.h>
#include <net/checksum.h>
#include <net/ip.h>

#include "probe.h"

/* struct probe - the packet, from its IP header on */
struct probe {
	struct iphdr ip;
	struct icmphdr icmp;
	u8 token[CR_PROBE_TOKEN];
};

static void fill(struct probe *probe, __be32 saddr, __be32 daddr, const u8 *token)
{
	*probe = (struct probe){
		.ip = {
			.version = 4, .ihl = sizeof(probe->ip) / 4,
			.tot_len = htons(sizeof(*probe)), .frag_off = htons(IP_DF),
			.ttl = IPDEFTTL, .protocol = IPPROTO_ICMP, .saddr = saddr, .daddr = daddr,
		},
		.icmp = { .type = ICMP_ECHO },
	};
	memcpy(probe->token, token, sizeof(probe->token));
	get_random_bytes(&probe->icmp.un.echo.id, sizeof(probe->icmp.un.echo.id));
	probe->icmp.checksum = ip_compute_csum(&probe->icmp, sizeof(*probe) - sizeof(probe->ip));
	ip_send_check(&probe->ip);
}

/**
 * cr_probe() - sends a probe
 * @sbx: in whose stead
 * @daddr: where to
 * @token: what it carries
 *
 * The frame has the sandbox's own MAC address, as far as that is known, so that nothing is learnt
 * from it.
 *
 * Return: 0, -ENODEV if the port is gone or down, -ENOMEM.
 */
int cr_probe(struct cr_sandbox *sbx, __be32 daddr, const u8 token[CR_PROBE_TOKEN])
{
	struct net_device *port = rtnl_dereference(sbx->port);
	const u64 mac = READ_ONCE(sbx->mac);
	struct sk_buff *skb;
	struct ethhdr *eth;

	if (!port || !(port->flags & IFF_UP))
		return -ENODEV;
	skb = alloc_skb(NET_SKB_PAD + NET_IP_ALIGN + sizeof(*eth) + sizeof(struct probe),
			GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	skb_reserve(skb, NET_SKB_PAD + NET_IP_ALIGN);
	eth = skb_put_zero(skb, sizeof(*eth));
	ether_addr_copy(eth->h_dest, port->dev_addr);
	memcpy(eth->h_source, &mac, ETH_ALEN);
	eth->h_proto = htons(ETH_P_IP);
	fill(skb_put(skb, sizeof(struct probe)), sbx->ip, daddr, token);
	skb->protocol = eth_type_trans(skb, port);
	local_bh_disable();
	netif_receive_skb(skb);
	local_bh_enable();
	return 0;
}
