// SPDX-License-Identifier: GPL-2.0
/*
 * ARP on a port. A sandbox may speak in its own name only; where it has a gateway, which need not
 * exist, we answer for that. Where the guest has an address of its own, ARP is translated both
 * ways, so that the host's neighbour for the sandbox's address is made and kept by the kernel's own
 * means. No state, no lock; called under RCU by ingress.c and guest.c.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <net/arp.h>

#include "arp.h"

/**
 * struct arp - ARP for IPv4 on Ethernet (RFC 826)
 * @head: what it is about
 * @sender_mac: of the sender
 * @sender: address of the sender
 * @target_mac: of whom it is about
 * @target: address of whom it is about
 */
struct arp {
	struct arphdr head;
	u8 sender_mac[ETH_ALEN];
	__be32 sender;
	u8 target_mac[ETH_ALEN];
	__be32 target;
} __packed;

static const struct arp *read(const struct sk_buff *skb, struct arp *copy)
{
	const struct arp *arp;

	arp = skb_header_pointer(skb, skb_network_offset(skb), sizeof(*copy), copy);
	if (!arp || arp->head.ar_pro != htons(ETH_P_IP) || arp->head.ar_hln != ETH_ALEN ||
	    arp->head.ar_pln != sizeof(arp->sender))
		return NULL;
	return arp;
}

/* To be written to, or NULL. */
static struct arp *writable(struct sk_buff *skb)
{
	const unsigned int offset = skb_network_offset(skb);

	if (skb_shared(skb) || skb_ensure_writable(skb, offset + sizeof(struct arp)))
		return NULL;
	return (struct arp *)(skb->data + offset);
}

/* In the name of the address that it asks for: the guest knows one way out only. */
static void answer(const struct cr_sandbox *sbx, const struct arp *question)
{
	struct net_device *port = rcu_dereference(sbx->port);

	if (port)
		arp_send(ARPOP_REPLY, ETH_P_ARP, question->sender, port, question->target,
			 question->sender_mac, port->dev_addr, question->sender_mac);
}

/**
 * cr_arp_up() - ARP arrives on a port
 * @sbx: whose
 * @skb: the frame, network header at skb->data
 *
 * It has to be in the sandbox's own name, or a probe in nobody's (RFC 5227). The host remembers who
 * asks it, in one table for all its devices: a guest with many names would fill that for everybody.
 *
 * Return: CR_PASSED_ARP if the host shall see it, or the counter in which it ends.
 */
enum cr_counter cr_arp_up(struct cr_sandbox *sbx, struct sk_buff *skb)
{
	const __be32 ip = sbx->ip, guest = sbx->guest;
	const struct arp *arp;
	struct arp *change;
	struct arp copy;

	arp = read(skb, &copy);
	if (!arp || (arp->sender && arp->sender != ip && arp->sender != guest))
		return CR_ARP_BAD;
	if (READ_ONCE(sbx->gateway) && arp->head.ar_op == htons(ARPOP_REQUEST) && arp->sender &&
	    arp->target != ip && arp->target != guest) {
		answer(sbx, arp);
		return CR_ARP_ANSWERED;
	}
	if (ip == guest || (arp->sender != guest && arp->target != guest))
		return CR_PASSED_ARP;
	change = writable(skb);
	if (!change)
		return CR_NO_MEMORY;
	if (change->sender == guest)
		change->sender = ip;
	if (change->target == guest)
		change->target = ip;
	return CR_PASSED_ARP;
}

/**
 * cr_arp_down() - ARP of the host leaves by the port
 * @sbx: whose
 * @skb: the frame
 *
 * A question for the sandbox becomes one for its guest, from the gateway if the guest knows that
 * one; an answer goes to the address that asked.
 *
 * Return: false if there was no memory.
 */
bool cr_arp_down(struct cr_sandbox *sbx, struct sk_buff *skb)
{
	const __be32 gateway = READ_ONCE(sbx->gateway);
	const struct arp *arp;
	struct arp *change;
	struct arp copy;

	arp = read(skb, &copy);
	if (!arp || arp->target != sbx->ip)
		return true;
	change = writable(skb);
	if (!change)
		return false;
	change->target = sbx->guest;
	if (gateway && change->head.ar_op == htons(ARPOP_REQUEST))
		change->sender = gateway;
	return true;
}
