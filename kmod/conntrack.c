// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's connection tracking beside our sessions: what it knows of a packet, and the end of
 * entries whose session ended, or that may not be any more. Takes no lock of ours; called from the
 * datapath under RCU and, as netns.c has it, by the collector of table.c, which may sleep, and by
 * netlink_config.c.
 */
#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/route.h>

#include "compat.h"
#include "conntrack.h"
#include "netns.h"

/* From this many on, one walk over all of conntrack is cheaper than as many lookups. */
#define SWEEP_FROM	4096

/* Whether conntrack has a tuple as that of one direction of a flow, with these IPS_* bits set. */
static bool has_entry(struct net *net, const struct nf_conntrack_tuple *tuple,
		      enum ip_conntrack_dir direction, unsigned long status)
{
	const struct nf_conntrack_tuple_hash *found;
	struct nf_conn *ct;
	bool match;

	found = nf_conntrack_find_get(net, &nf_ct_zone_dflt, tuple);
	if (!found)
		return false;
	ct = nf_ct_tuplehash_to_ctrack(found);
	match = NF_CT_DIRECTION(found) == direction && (READ_ONCE(ct->status) & status) == status;
	nf_ct_put(ct);
	return match;
}

/**
 * cr_conntrack_is_reply() - whether a packet answers a connection opened to the sandbox
 * @net: the namespace
 * @skb: a packet of a sandbox, network header at skb->data
 * @p: what it is
 * @ip: by which address the host knows the sandbox, whatever it calls itself
 *
 * Such connections are opened by the host, or by others through it, to the sandbox's own address;
 * they have an entry in conntrack and no session here. An error belongs to the connection of what
 * it quotes.
 *
 * Return: whether conntrack has the packet as one of reply direction.
 */
bool cr_conntrack_is_reply(struct net *net, struct sk_buff *skb, const struct cr_packet *p,
			   __be32 ip)
{
	struct nf_conntrack_tuple tuple, quoted;

	if (p->kind == CR_KIND_ICMP_ERROR) {
		if (!nf_ct_get_tuplepr(skb, p->quoted_l3, NFPROTO_IPV4, net, &quoted) ||
		    !nf_ct_invert_tuple(&tuple, &quoted))
			return false;
	} else if (!nf_ct_get_tuplepr(skb, p->l3, NFPROTO_IPV4, net, &tuple)) {
		return false;
	}
	tuple.src.u3.ip = ip;
	return has_entry(net, &tuple, IP_CT_DIR_REPLY, 0);
}

/**
 * cr_conntrack_has_entry() - whether a packet belongs to a connection that conntrack has
 * @net: the namespace
 * @skb: the packet, network header at skb->data
 * @p: what it is
 * @saddr: the source address that it would have
 *
 * Return: whether there is such an entry, in either direction.
 */
bool cr_conntrack_has_entry(struct net *net, struct sk_buff *skb, const struct cr_packet *p,
			    __be32 saddr)
{
	const struct nf_conntrack_tuple_hash *found;
	struct nf_conntrack_tuple tuple;

	if (!nf_ct_get_tuplepr(skb, p->l3, NFPROTO_IPV4, net, &tuple))
		return false;
	tuple.src.u3.ip = saddr;
	found = nf_conntrack_find_get(net, &nf_ct_zone_dflt, &tuple);
	if (found)
		nf_ct_put(nf_ct_tuplehash_to_ctrack(found));
	return found;
}

/**
 * cr_conntrack_quoted_source() - who sent a packet that an ICMP error quotes, before NAT
 * @net: the namespace
 * @skb: an error of a sandbox, translated, network header at skb->data
 * @p: what it is
 *
 * Return: that address; the one quoted if conntrack does not have the packet's flow.
 */
__be32 cr_conntrack_quoted_source(struct net *net, struct sk_buff *skb, const struct cr_packet *p)
{
	const struct nf_conntrack_tuple_hash *found;
	struct nf_conntrack_tuple quoted, asked;
	__be32 source = p->quoted.saddr;
	const struct nf_conn *ct;

	if (!nf_ct_get_tuplepr(skb, p->quoted_l3, NFPROTO_IPV4, net, &quoted) ||
	    !nf_ct_invert_tuple(&asked, &quoted))
		return source;
	found = nf_conntrack_find_get(net, &nf_ct_zone_dflt, &asked);
	if (!found)
		return source;
	ct = nf_ct_tuplehash_to_ctrack(found);
	source = ct->tuplehash[!NF_CT_DIRECTION(found)].tuple.src.u3.ip;
	nf_ct_put(nf_ct_tuplehash_to_ctrack(found));
	return source;
}

/**
 * cr_conntrack_is_offloaded() - whether a packet is part of a flow that a flowtable forwards
 * @net: the namespace
 * @skb: a packet that answers a sandbox, its NAT undone, without an entry of its own
 *
 * Return: whether the flow that it answers has an entry, and that is offloaded.
 */
bool cr_conntrack_is_offloaded(struct net *net, struct sk_buff *skb)
{
	struct nf_conntrack_tuple tuple, asked;

	if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), NFPROTO_IPV4, net, &tuple) ||
	    !nf_ct_invert_tuple(&asked, &tuple))
		return false;
	return has_entry(net, &asked, IP_CT_DIR_ORIGINAL, IPS_OFFLOAD);
}

/**
 * cr_conntrack_port_in_use() - whether what comes back for a session answers somebody else's flow
 * @net: the namespace
 * @s: a session of TCP or UDP
 *
 * The host's own connections keep to net.ipv4.ip_local_port_range, but those that it masquerades
 * have any port.
 *
 * Return: whether conntrack has that as one of reply direction.
 */
bool cr_conntrack_port_in_use(struct net *net, const struct cr_session *s)
{
	const struct nf_conntrack_tuple tuple = {
		.src = { .u3.ip = s->tuple.daddr, .u.all = s->tuple.dport,
			 .l3num = NFPROTO_IPV4 },
		.dst = { .u3.ip = s->nat_addr, .u.all = s->nat_port,
			 .protonum = s->tuple.proto },
	};

	return has_entry(net, &tuple, IP_CT_DIR_REPLY, 0);
}

/**
 * cr_conntrack_reset_ignored() - whether conntrack lets a connection live in spite of a reset
 * @skb: a TCP reset on its way back, with its entry
 *
 * A reset inside the window that has not the very next number can be forged. Its receiver ignores
 * it but asks back (RFC 5961), and so conntrack waits with an open connection for who goes on.
 *
 * Return: whether the connection is as open as before.
 */
bool cr_conntrack_reset_ignored(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ct && READ_ONCE(ct->proto.tcp.state) != TCP_CONNTRACK_CLOSE;
}

/**
 * cr_conntrack_full() - whether conntrack may have no room for another entry, unless it makes some
 * @net: the namespace
 *
 * It ends a flow that nobody has answered yet, if it finds one at once. If not, the first packet of
 * a flow is dropped without a word to anybody. Who filled it does not matter: the limits of our own
 * sessions leave room to the host, but the host does not know of ours.
 *
 * Return: whether it is.
 */
bool cr_conntrack_full(const struct net *net)
{
	const u32 max = READ_ONCE(nf_conntrack_max);

	/* To conntrack, a maximum of 0 is none. Other CPUs may be about to take the last ones. */
	return max && cr_conntrack_count(net) + num_online_cpus() > max;
}

/**
 * cr_conntrack_dropped() - how many packets conntrack has dropped on this CPU
 * @net: the namespace
 *
 * Those that it had no room for are among them. Softirqs are off.
 *
 * Return: the number, modulo 2^32.
 */
unsigned int cr_conntrack_dropped(const struct net *net)
{
	return this_cpu_read(net->ct.stat->drop);
}

/**
 * cr_conntrack_make_way() - the host begins a flow, which goes before a sandbox's
 * @net: the namespace
 * @ct: the host's entry, behind NAT and not confirmed yet
 * @internal: the address that all flows of sandboxes have at first
 *
 * With ports NAT has seen to it that both have answers of their own. Without, a sandbox that sends
 * to the far end of a tunnel of the host's, while that is silent, would get what is meant for the
 * host, and conntrack would drop what the host sends. The sandbox's next packet finds the host
 * there.
 */
void cr_conntrack_make_way(struct net *net, const struct nf_conn *ct, __be32 internal)
{
	const struct nf_conntrack_tuple_hash *found;
	struct nf_conn *other;

	found = nf_conntrack_find_get(net, &nf_ct_zone_dflt, &ct->tuplehash[IP_CT_DIR_REPLY].tuple);
	if (!found)
		return;
	other = nf_ct_tuplehash_to_ctrack(found);
	if (other->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3.ip == internal)
		nf_ct_kill(other);
	nf_ct_put(other);
}

static void forget_entry(struct net *net, const struct nf_conntrack_tuple *tuple)
{
	const struct nf_conntrack_tuple_hash *found;

	found = nf_conntrack_find_get(net, &nf_ct_zone_dflt, tuple);
	if (!found)
		return;
	if (NF_CT_DIRECTION(found) == IP_CT_DIR_ORIGINAL)
		nf_ct_kill(nf_ct_tuplehash_to_ctrack(found));
	nf_ct_put(nf_ct_tuplehash_to_ctrack(found));
}

/* What the packets of a session made, as they were when they entered by cube-router. */
static void forget_one(struct net *net, const struct cr_session *s)
{
	/* Conntrack tells the kinds of ICMP queries apart. */
	static const u8 queries[] = {
		ICMP_ECHO, ICMP_TIMESTAMP, ICMP_INFO_REQUEST, ICMP_ADDRESS,
	};
	struct nf_conntrack_tuple tuple = {
		.src = { .u3.ip = s->nat_addr, .l3num = NFPROTO_IPV4 },
		.dst = { .u3.ip = s->tuple.daddr, .protonum = s->tuple.proto,
			 .dir = IP_CT_DIR_ORIGINAL },
	};
	unsigned int i;

	tuple.src.u.all = s->nat_port;
	if (s->tuple.proto != IPPROTO_ICMP) {
		tuple.dst.u.all = s->tuple.dport;
		forget_entry(net, &tuple);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(queries); i++) {
		tuple.dst.u.icmp.type = queries[i];
		forget_entry(net, &tuple);
	}
}

/**
 * cr_conntrack_backward() - the backward key of the session that an entry's first packet had
 * @ct: the entry, of IPv4
 *
 * Return: the key.
 */
struct cr_tuple cr_conntrack_backward(const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *orig = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	struct cr_tuple back = {
		.saddr = orig->dst.u3.ip, .daddr = orig->src.u3.ip, .proto = orig->dst.protonum,
	};

	switch (back.proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		back.sport = orig->dst.u.all;
		fallthrough;
	case IPPROTO_ICMP:
		back.dport = orig->src.u.all;
	}
	return back;
}

/* Whether an entry was made by packets of a session that is dead, under whatever address. */
static int orphaned(struct nf_conn *ct, void *data)
{
	const struct cr_table *table = data;
	struct cr_tuple back;
	bool ended;

	if (nf_ct_l3num(ct) != NFPROTO_IPV4)
		return 0;
	back = cr_conntrack_backward(ct);
	rcu_read_lock();
	ended = cr_session_ended(table, &back);
	rcu_read_unlock();
	return ended;
}

static bool by_address_alone(const struct llist_node *dead)
{
	const struct cr_session *s;

	llist_for_each_entry(s, dead, dying)
		if ((s->tuple.proto == IPPROTO_SCTP || s->tuple.proto == IPPROTO_GRE) &&
		    !(s->flags & CR_SESSION_DIRECT))
			return true;
	return false;
}

/**
 * cr_conntrack_forget() - ends the entries of sessions that ended
 * @table: the sessions' table, part of a &struct cr_net
 * @dead: the sessions, by &cr_session.dying
 * @n: how many. May sleep.
 *
 * An entry that is offloaded to a flowtable leaves that too. Conntrack knows SCTP by ports, and GRE
 * by keys, that our sessions do not have, so that these are found by looking at all entries.
 */
void cr_conntrack_forget(struct cr_table *table, struct llist_node *dead, unsigned int n)
{
	struct net *net = container_of(table, struct cr_net, table)->net;
	const struct cr_session *s;

	if (n >= SWEEP_FROM || by_address_alone(dead)) {
		cr_conntrack_sweep(net, orphaned, table);
		return;
	}
	llist_for_each_entry(s, dead, dying) {
		/* It passed conntrack by: an entry that looks like it is the host's own. */
		if (!(s->flags & CR_SESSION_DIRECT))
			forget_one(net, s);
		cond_resched();
	}
}

/* Whether a sandbox has called another one, both under their own addresses. */
static int lateral(struct nf_conn *ct, void *data)
{
	const struct nf_conntrack_tuple *orig = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	struct cr_net *crn = data;

	return nf_ct_l3num(ct) == NFPROTO_IPV4 && cr_in_sandbox_cidr(crn, orig->dst.u3.ip) &&
	       inet_addr_type(crn->net, orig->dst.u3.ip) != RTN_LOCAL &&
	       xa_load(&crn->addresses, ntohl(orig->src.u3.ip));
}

/**
 * cr_conntrack_part() - ends what the host has forwarded from one sandbox to another
 * @crn: the namespace
 *
 * No session tells of it, and who was called could go on as one who answers. May sleep.
 */
void cr_conntrack_part(struct cr_net *crn)
{
	cr_conntrack_sweep(crn->net, lateral, crn);
}
