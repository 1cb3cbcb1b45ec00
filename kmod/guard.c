// SPDX-License-Identifier: GPL-2.0
/*
 * The guard: behind every NAT rule in POSTROUTING it stops what would carry the internal address
 * out of the host, because the MASQUERADE rule is missing, somebody else's rule came first, a reply
 * has lost its way to cube-router, or conntrack finds the packet invalid, for which no rule in
 * FORWARD needs to ask; and what passed its port for a proxy, if none took it. What is as it should
 * be it notes: the route for path.c, and conntrack's idle times for a new entry; and it gives
 * fragments their size back. What the kernel would drop behind it for want of a port it returns, so
 * that the sandbox is told; and where the host begins a flow, a sandbox's gives way. No lock; one
 * hook for each namespace that is not off, which costs other packets next to nothing. netns.c posts
 * and withdraws it.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/netfilter_ipv4.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack.h>

#include "conntrack.h"
#include "guard.h"
#include "path.h"
#include "sandbox.h"
#include "timeout.h"

#define FINE	(-1)	/* no &enum cr_counter */

/* An error that quotes a packet on its way back to the internal address, or from it. */
static bool quotes_internal(const struct sk_buff *skb, const struct iphdr *iph, __be32 internal)
{
	const unsigned int icmp = skb_network_offset(skb) + iph->ihl * 4;
	const struct icmphdr *ih;
	const struct iphdr *quoted;
	struct icmphdr ih_copy;
	struct iphdr quoted_copy;

	if (iph->frag_off & htons(IP_OFFSET))
		return false;
	ih = skb_header_pointer(skb, icmp, sizeof(ih_copy), &ih_copy);
	if (!ih || (ih->type != ICMP_DEST_UNREACH && ih->type != ICMP_SOURCE_QUENCH &&
		    ih->type != ICMP_REDIRECT && ih->type != ICMP_TIME_EXCEEDED &&
		    ih->type != ICMP_PARAMETERPROB))
		return false;
	quoted = skb_header_pointer(skb, icmp + sizeof(*ih), sizeof(quoted_copy), &quoted_copy);
	return quoted && (quoted->saddr == internal || quoted->daddr == internal);
}

/* Counts it for the sandbox too if it is known whose packet it is. */
static unsigned int drop(struct cr_net *crn, struct cr_sandbox *sbx, enum cr_counter why)
{
	if (sbx)
		cr_sandbox_count(sbx, why);
	else
		cr_count(crn->stats, why);
	return NF_DROP;
}

/*
 * With the internal address still in place: nobody translated it; or it is a reply, and the route
 * that leads it to cube-router is gone.
 */
static noinline unsigned int stop(struct cr_net *crn, struct sk_buff *skb,
				  struct cr_sandbox *sbx)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	/* What conntrack finds invalid, or was told not to track, passes every NAT rule by. */
	if (!ct)
		return drop(crn, sbx, CR_INVALID);
	/*
	 * What conntrack knows of a flow that was settled without NAT would stay so when the rule
	 * is back. One that has its NAT keeps it, and with it the port that the far end knows.
	 */
	if (nf_ct_is_confirmed(ct) && !(READ_ONCE(ct->status) & IPS_SRC_NAT))
		nf_ct_kill(ct);
	return drop(crn, sbx, CR_GUARD);
}

/*
 * Our sessions have ports of their own towards each far end, but the host and others that it
 * masquerades use the same ones. NAT then looks for another; when it finds none it leaves one that
 * is taken, and conntrack drops the packet without a word. A port that it kept was free.
 */
static bool is_taken(const struct nf_conn *ct, const struct cr_session *s)
{
	const struct nf_conntrack_tuple *reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;

	if ((reply->dst.protonum == IPPROTO_TCP || reply->dst.protonum == IPPROTO_UDP) &&
	    reply->dst.u.all == s->nat_port)
		return false;
	return nf_conntrack_tuple_taken(reply, ct);
}

/* Takes the packet out of the host's hands; the caller of cr_device_inject() has it next. */
static unsigned int give_back(struct sk_buff *skb, enum cr_counter why)
{
	nf_reset_ct(skb);
	this_cpu_write(cr_flight.given_back, skb);
	this_cpu_write(cr_flight.why, why);
	return NF_STOLEN;
}

/*
 * Flows that are one session to us are several to conntrack: ICMP queries of four types with one
 * identifier, whatever SCTP's ports are, or the keys of a GRE. So that a session is not worth more
 * than others of the room that conntrack has, a sandbox gets so many entries beyond the first of
 * each, and then one every other second. Two CPUs may take the same.
 */
static bool may_begin_another(struct cr_sandbox *sbx)
{
	const unsigned long now = jiffies, oldest = now - CR_EXTRA_BURST * CR_EXTRA_PERIOD;
	unsigned long taken = READ_ONCE(sbx->extra);

	taken = (time_before(taken, oldest) ? oldest : taken) + CR_EXTRA_PERIOD;
	if (time_after(taken, now))
		return false;
	WRITE_ONCE(sbx->extra, taken);
	return true;
}

/* Why a packet may not begin the flow that it is about to: a counter, or FINE. */
static int fault_of_flow(const struct nf_conn *ct, struct cr_session *s)
{
	const u8 proto = s->tuple.proto;

	if (is_taken(ct, s))
		return cr_has_ports(proto) ? CR_PORTS_EXHAUSTED : CR_PROTO_BUSY;
	if (s->begun && (proto == IPPROTO_ICMP || proto == IPPROTO_SCTP || proto == IPPROTO_GRE) &&
	    !may_begin_another(cr_owner_sandbox(s->owner)))
		return CR_LIMIT_SANDBOX;
	WRITE_ONCE(s->begun, true);
	return FINE;
}

/* Whether a packet begins a flow of the internal address; that of a tunnel around it does not. */
static bool begins_flow(const struct nf_conn *ct, __be32 internal)
{
	return ct && !nf_ct_is_confirmed(ct) &&
	       ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3.ip == internal;
}

/*
 * A flow that somebody else began in the internal address's name. Ours is the rule that translated
 * it, and the host would do so for whoever can send it a packet.
 */
static bool is_foreign(const struct sk_buff *skb, const struct net_device *device, __be32 internal)
{
	enum ip_conntrack_info ctinfo;

	return begins_flow(nf_ct_get(skb, &ctinfo), internal) &&
	       (!device || skb->skb_iif != device->ifindex);
}

/*
 * What a port has left to the host has the sandbox's own address, and shall not leave with that: an
 * answer to somebody who called the sandbox, if conntrack finds it invalid, so that whatever
 * translated the call passes it by; and what has the bypass mark, if no proxy took it. From port to
 * port it stays on the host.
 */
static struct cr_sandbox *own_address_of(struct cr_net *crn, const struct sk_buff *skb,
					 const struct net_device *out, enum cr_counter *why)
{
	enum ip_conntrack_info ctinfo;

	*why = CR_INVALID;
	if (nf_ct_get(skb, &ctinfo)) {
		if (!skb->skb_iif || CTINFO2DIR(ctinfo) != IP_CT_DIR_ORIGINAL ||
		    xa_load(&crn->ports, out->ifindex))
			return NULL;
		*why = CR_GUARD_BYPASS;
	}
	return xa_load(&crn->ports, skb->skb_iif);
}

/* Something is new about the packet in flight: it begins a flow, or takes another route. */
static noinline unsigned int note(struct cr_net *crn, struct sk_buff *skb, struct cr_session *s,
				  __be32 internal)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	int fault;

	if (begins_flow(ct, internal)) {
		fault = fault_of_flow(ct, s);
		if (unlikely(fault != FINE))
			return give_back(skb, fault);
		cr_timeouts_attach(&crn->timeouts, ct);
	}
	if (!cr_path_known(skb, s))
		cr_path_learn(skb, s);
	cr_path_recut(skb);
	return NF_ACCEPT;
}

/* Where the host itself begins a flow that a sandbox's is in the way of, that one goes. */
static void make_way(struct cr_net *crn, const struct sk_buff *skb, __be32 internal)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (ct && !nf_ct_is_confirmed(ct) && !skb->skb_iif)
		cr_conntrack_make_way(crn->net, ct, internal);
}

/* What did not enter by cube-router leaves by another device. */
static noinline unsigned int watch_others(struct cr_net *crn, struct sk_buff *skb,
					  const struct net_device *device,
					  const struct net_device *out, __be32 internal)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct cr_sandbox *sbx;
	enum cr_counter why;

	if (unlikely(internal && is_foreign(skb, device, internal)))
		return drop(crn, NULL, CR_GUARD_FOREIGN);
	if (internal)
		make_way(crn, skb, internal);
	sbx = own_address_of(crn, skb, out, &why);
	if (unlikely(sbx))
		return drop(crn, sbx, why);
	if (iph->protocol == IPPROTO_ICMP && internal && quotes_internal(skb, iph, internal))
		return drop(crn, NULL, CR_GUARD_ICMP);
	return NF_ACCEPT;
}

/* Short, for it sees every packet of an established flow, in both directions; the rest is apart. */
static unsigned int watch(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cr_net *crn = priv;
	const struct net_device *device = rcu_dereference(crn->device);
	const __be32 internal = READ_ONCE(crn->snat_addr);
	struct cr_session *s = cr_path_in_flight();
	const struct iphdr *iph = ip_hdr(skb);
	enum ip_conntrack_info ctinfo;

	if (unlikely(state->out == device))
		return NF_ACCEPT;
	/* While its packet is carried through the host, another one can leave. */
	if (unlikely(!s || !device || skb->skb_iif != device->ifindex))
		s = NULL;
	/* Where there is none yet, the address that is none is somebody's who looks for his. */
	if (unlikely((iph->saddr == internal || iph->daddr == internal) && internal))
		return stop(crn, skb, s ? cr_owner_sandbox(s->owner) : NULL);
	if (!s)
		return watch_others(crn, skb, device, state->out, internal);
	if (unlikely(begins_flow(nf_ct_get(skb, &ctinfo), internal) || !cr_path_known(skb, s)))
		return note(crn, skb, s, internal);
	cr_path_recut(skb);
	return NF_ACCEPT;
}

/* cr_guard_post() - the guard begins its watch. Return: 0 or an error. */
int cr_guard_post(struct cr_net *crn)
{
	crn->guard = (struct nf_hook_ops){
		.hook = watch,
		.priv = crn,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_CONNTRACK_CONFIRM - 1,
	};
	return nf_register_net_hook(crn->net, &crn->guard);
}

/* cr_guard_withdraw() - it ends */
void cr_guard_withdraw(struct cr_net *crn)
{
	nf_unregister_net_hook(crn->net, &crn->guard);
}
