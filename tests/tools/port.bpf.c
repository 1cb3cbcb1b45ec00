// SPDX-License-Identifier: GPL-2.0
/*
 * A program for the ingress of a port, in the manner of a node whose policy is eBPF's: it drops one
 * destination, marks two ports for proxies on the host and one destination for a route of its own,
 * and passes the rest. Stateless. Built with `clang -target bpf`, loaded with
 *
 *	tc qdisc add dev PORT clsact
 *	tc filter add dev PORT ingress bpf da obj build/tools/port.bpf.o sec tc
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>

#define SECTION(name)	__attribute__((section(name), used))
#define BE16(n)		__builtin_bswap16(n)
#define BE32(n)		__builtin_bswap32(n)

#define DROPPED		0x01010109	/* 1.1.1.9 */
#define ROUTED		0x01010102	/* 1.1.1.2 ... */
#define ROUTED_MARK	0x77		/* ... by a rule for this mark */
#define PROXIED		0x01010104	/* 1.1.1.4, whatever the protocol */
#define PROXIED_MARK	0xce030000
#define HTTP_MARK	0xce010000
#define HTTPS_MARK	0xce020000

static long (*const load_bytes)(const void *skb, __u32 offset, void *to, __u32 len) =
	(void *)BPF_FUNC_skb_load_bytes;

/* The mark for the proxy of a TCP port, or 0. */
static __u32 proxy_mark(const struct __sk_buff *skb, const struct iphdr *iph)
{
	__u16 ports[2];

	if (iph->protocol != IPPROTO_TCP || iph->frag_off & BE16(0x1fff) ||
	    load_bytes(skb, ETH_HLEN + iph->ihl * 4, ports, sizeof(ports)))
		return 0;
	switch (ports[1]) {
	case BE16(80):
		return HTTP_MARK;
	case BE16(443):
		return HTTPS_MARK;
	default:
		return 0;
	}
}

SECTION("tc") int filter(struct __sk_buff *skb)
{
	struct iphdr iph;
	__u32 mark;

	if (skb->protocol != BE16(ETH_P_IP) || load_bytes(skb, ETH_HLEN, &iph, sizeof(iph)))
		return TC_ACT_OK;
	switch (iph.daddr) {
	case BE32(DROPPED):
		return TC_ACT_SHOT;
	case BE32(ROUTED):
		skb->mark = ROUTED_MARK;
		return TC_ACT_OK;
	case BE32(PROXIED):
		skb->mark = PROXIED_MARK;
		return TC_ACT_OK;
	}
	mark = proxy_mark(skb, &iph);
	if (mark)
		skb->mark = mark;
	return TC_ACT_OK;
}

char licence[] SECTION("license") = "GPL";
