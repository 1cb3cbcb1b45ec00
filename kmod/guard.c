// SPDX-License-Identifier: GPL-2.0
/*
 * The guard, a hook behind every NAT rule in POSTROUTING. It drops what would leave the host with
 * the internal address, because the MASQUERADE rule is missing, somebody else's rule came first,
 * the route to cube-router is gone, or conntrack finds the packet invalid, so that no rule in
 * FORWARD has to ask for that; and what passed its port for a proxy, if none took it. Of all else
 * it records the route (path.c), sets conntrack's idle times for a new entry (timeout.c) and
 * restores the size of fragments. What the kernel would drop a moment later for want of a port it
 * gives back to ingress.c, so that the sandbox is told. Where the host begins a flow, a sandbox's
 * gives way. No lock; registered by netns.c while the mode is not off; costs other packets next to
 * nothing.
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
	cr_path_give_back(skb, why);
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

/* Why a packet may not begin the flow that it is about to: a counter, or CR_GO_ON. */
static int fault_of_flow(const struct nf_conn *ct, struct cr_session *s)
{
	const u8 proto = s->tuple.proto;

	if (is_taken(ct, s))
		return cr_has_ports(proto) ? CR_PORTS_EXHAUSTED : CR_PROTO_BUSY;
	if (s->begun && (proto == IPPROTO_ICMP || proto == IPPROTO_SCTP || proto == IPPROTO_GRE) &&
	    !may_begin_another(cr_owner_sandbox(s->owner)))
		return CR_LIMIT_SANDBOX;
	WRITE_ONCE(s->begun, true);
	return CR_GO_ON;
}

/* Whether a packet begins a flow of the internal address; that of a tunnel around it does not. */
static bool begins_flow(const struct nf_conn *ct, __be32 internal)
{
	return ct && !nf_ct_is_confirmed(ct) &&
	       ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3.ip == internal;
}

/*
 * A new flow from the internal address, whose packet is not in flight. If it did not enter by
 * cube-router, our MASQUERADE rule would translate it for anybody who can send the host a packet.
 * If it did, it has waited in a queue (NFQUEUE) meanwhile, or has led to another injection: it may
 * begin what it could have begun at once, but there is nobody any more to give it back to.
 */
static unsigned int let_begin(struct cr_net *crn, const struct sk_buff *skb,
			      const struct net_device *device, struct nf_conn *ct)
{
	struct cr_session *s = NULL;
	struct cr_tuple back;

	if (device && skb->skb_iif == device->ifindex) {
		back = cr_conntrack_backward(ct);
		s = cr_session_find_back(&crn->table, &back, cr_now());
	}
	if (!s)
		return drop(crn, NULL, CR_GUARD_FOREIGN);
	if (fault_of_flow(ct, s) != CR_GO_ON)
		return drop(crn, cr_owner_sandbox(s->owner), CR_GUARD_QUEUED);
	cr_timeouts_attach(&crn->timeouts, ct);
	return NF_ACCEPT;
}

/*
 * What ingress.c left to the host still has the sandbox's own address and must not leave with it:
 * an answer to a caller, if conntrack finds it invalid, so that the NAT of the call does not apply
 * (CR_INVALID); and what has the bypass mark, if no proxy took it (CR_GUARD_BYPASS). To another
 * port it may go: that is on the host.
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
		if (unlikely(fault != CR_GO_ON))
			return give_back(skb, fault);
		cr_timeouts_attach(&crn->timeouts, ct);
	}
	if (!cr_path_known(skb, s))
		cr_path_learn(skb, s);
	cr_path_recut(skb);
	return NF_ACCEPT;
}

/* The host begins a flow: an entry of a sandbox's that would get its answers goes. */
static void make_way(struct cr_net *crn, const struct sk_buff *skb, const struct nf_conn *ct,
		     __be32 internal)
{
	if (ct && !nf_ct_is_confirmed(ct) && !skb->skb_iif)
		cr_conntrack_make_way(crn->net, ct, internal);
}

/* What did not enter by cube-router leaves by another device. */
static noinline unsigned int watch_others(struct cr_net *crn, struct sk_buff *skb,
					  const struct net_device *device,
					  const struct net_device *out, __be32 internal)
{
	const struct iphdr *iph = ip_hdr(skb);
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	struct cr_sandbox *sbx;
	enum cr_counter why;

	if (unlikely(internal && begins_flow(ct, internal)))
		return let_begin(crn, skb, device, ct);
	if (internal)
		make_way(crn, skb, ct, internal);
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
	/* By its session's own: the internal address may be another one by now. */
	if (unlikely(s && iph->saddr == s->nat_addr))
		return stop(crn, skb, cr_owner_sandbox(s->owner));
	/* Before an internal address is set: 0.0.0.0 is the source of a DHCP client. */
	if (unlikely((iph->saddr == internal || iph->daddr == internal) && internal))
		return stop(crn, skb, s ? cr_owner_sandbox(s->owner) : NULL);
	if (!s)
		return watch_others(crn, skb, device, state->out, internal);
	if (unlikely(begins_flow(nf_ct_get(skb, &ctinfo), internal) || !cr_path_known(skb, s)))
		return note(crn, skb, s, internal);
	cr_path_recut(skb);
	return NF_ACCEPT;
}

/* cr_guard_register() - from now on the guard sees what leaves. Return: 0 or an error. */
int cr_guard_register(struct cr_net *crn)
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

/* cr_guard_unregister() - and no longer */
void cr_guard_unregister(struct cr_net *crn)
{
	nf_unregister_net_hook(crn->net, &crn->guard);
}
