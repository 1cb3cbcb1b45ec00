// SPDX-License-Identifier: GPL-2.0
/*
 * Guests with an address of their own, which many may share. Their sessions have it as it is; what
 * is here is the one-to-one translation between it and the sandbox's address, for what goes between
 * the guest and the host's own stack: up, what ingress.c leaves to the host; down, what the host
 * sends by the sandbox's route, at the port's egress hook. No state, no lock; under RCU.
 */
#include <linux/ip.h>
#include <net/ip.h>

#include "arp.h"
#include "guest.h"
#include "kunit.h"
#include "rewrite.h"

/* The ports of a first fragment are part of its checksum's header; later ones have none. */
static int parse_first(struct sk_buff *skb, struct cr_packet *p)
{
	if (p->kind != CR_KIND_FRAGMENT || ip_hdr(skb)->frag_off & htons(IP_OFFSET))
		return CR_GO_ON;
	/* Of an error in pieces, the checksum cannot be computed anew. */
	if (cr_parse_transport(skb, p) != CR_GO_ON || p->kind == CR_KIND_ICMP_ERROR)
		return CR_FRAGMENT_BAD;
	return CR_GO_ON;
}

/**
 * cr_guest_up() - gives a packet of a guest the sandbox's address, inside an ICMP error too
 * @sbx: whose
 * @skb: the packet, not shared
 * @p: what it is; what is known of a first fragment is completed
 *
 * Return: CR_GO_ON, or the counter that says why it cannot be done.
 */
int cr_guest_up(struct cr_sandbox *sbx, struct sk_buff *skb, struct cr_packet *p)
{
	bool done;

	if (parse_first(skb, p) != CR_GO_ON)
		return CR_FRAGMENT_BAD;
	if (p->kind != CR_KIND_ICMP_ERROR) {
		done = cr_rewrite_source(skb, p, sbx->ip, p->tuple.sport);
	} else {
		if (!cr_icmp_checksum_fine(skb, p))
			return CR_ICMP_BAD;
		done = cr_rewrite_error_out(skb, p, sbx->ip, p->quoted.dport);
	}
	return done ? CR_GO_ON : CR_NO_MEMORY;
}
EXPORT_SYMBOL_CR_KUNIT(cr_guest_up);

/* From the sandbox's address to the guest's. */
static bool to_guest(struct cr_sandbox *sbx, struct sk_buff *skb)
{
	struct cr_packet p;

	if (cr_parse(skb, &p) != CR_GO_ON || parse_first(skb, &p) != CR_GO_ON)
		return false;
	if (p.kind != CR_KIND_ICMP_ERROR)
		return cr_rewrite_dest(skb, &p, sbx->guest, p.tuple.dport);
	return p.quoted.saddr == sbx->ip && cr_icmp_checksum_fine(skb, &p) &&
	       cr_rewrite_error_back(skb, &p, sbx->guest, p.quoted.sport);
}

/**
 * cr_guest_egress() - a frame leaves by the port
 * @priv: the &struct cr_sandbox
 * @skb: the frame
 * @state: not needed
 *
 * What we send ourselves has the address that the guest used; unlike the host's, it has no route.
 *
 * Return: NF_ACCEPT, or NF_DROP for what cannot be translated.
 */
unsigned int cr_guest_egress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cr_sandbox *sbx = priv;

	if (skb->protocol == htons(ETH_P_ARP)) {
		if (cr_arp_down(sbx, skb))
			return NF_ACCEPT;
		goto lost;
	}
	if (skb->protocol != htons(ETH_P_IP) || !skb_dst(skb) || ip_hdr(skb)->daddr != sbx->ip)
		return NF_ACCEPT;
	if (to_guest(sbx, skb))
		return NF_ACCEPT;
lost:
	cr_sandbox_count(sbx, CR_GUEST_LOST);
	return NF_DROP;
}
EXPORT_SYMBOL_CR_KUNIT(cr_guest_egress);
