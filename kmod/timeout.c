// SPDX-License-Identifier: GPL-2.0
/*
 * Conntrack's idle times. Its defaults are shorter than ours for UDP and ICMP, and the shorter one
 * would end a flow; so the entries that our packets make get times of their own, which last as
 * long as the session. When a session ends its entry ends with it, so that here longer is safe.
 *
 * Made and destroyed under RTNL by netns.c, changed by netlink_config.c; attached by guard.c, under
 * RCU, to an entry that no other CPU knows yet.
 */
#include <linux/netfilter/nf_conntrack_sctp.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_l4proto.h>

#include "compat.h"
#include "timeout.h"

#ifdef CONFIG_NF_CONNTRACK_TIMEOUT
static struct nf_ct_timeout *new_timeout(u8 proto, unsigned int values)
{
	struct nf_ct_timeout *timeout;

	timeout = kzalloc(sizeof(*timeout) + values * sizeof(unsigned int), GFP_KERNEL);
	if (!timeout)
		return NULL;
	cr_ct_timeout_init(timeout);
	timeout->l3num = NFPROTO_IPV4;
	timeout->l4proto = nf_ct_l4proto_find(proto);
	return timeout;
}

/* The values of a set, as conntrack reads them: jiffies, each a word of its own. */
static void set(struct nf_ct_timeout *timeout, unsigned int index, u32 seconds)
{
	WRITE_ONCE(((unsigned int *)timeout->data)[index], seconds * HZ);
}

/**
 * cr_timeouts_update() - takes over idle times that changed
 * @t: the sets; entries that have them follow with their next packet
 * @limits: ours
 */
void cr_timeouts_update(struct cr_timeouts *t, const struct cr_limits *limits)
{
	const u32 *idle = limits->idle;
	/* For its first two seconds an answered UDP flow still counts as unreplied there. */
	const u32 udp = max(idle[CUBE_ROUTER_SESSION_UDP_UNREPLIED],
			    idle[CUBE_ROUTER_SESSION_UDP_REPLIED]);
	unsigned int i;

	if (!t->tcp)
		return;
	/* What is not named below: unacknowledged or retransmitted data of a connection. */
	for (i = 0; i < TCP_CONNTRACK_TIMEOUT_MAX; i++)
		set(t->tcp, i, idle[CUBE_ROUTER_SESSION_TCP_ESTABLISHED]);
	set(t->tcp, TCP_CONNTRACK_SYN_SENT, idle[CUBE_ROUTER_SESSION_TCP_SYN]);
	set(t->tcp, TCP_CONNTRACK_SYN_RECV, idle[CUBE_ROUTER_SESSION_TCP_SYN]);
	set(t->tcp, TCP_CONNTRACK_SYN_SENT2, idle[CUBE_ROUTER_SESSION_TCP_SYN]);
	set(t->tcp, TCP_CONNTRACK_FIN_WAIT, idle[CUBE_ROUTER_SESSION_TCP_CLOSING]);
	set(t->tcp, TCP_CONNTRACK_CLOSE_WAIT, idle[CUBE_ROUTER_SESSION_TCP_CLOSING]);
	set(t->tcp, TCP_CONNTRACK_LAST_ACK, idle[CUBE_ROUTER_SESSION_TCP_CLOSING]);
	set(t->tcp, TCP_CONNTRACK_TIME_WAIT, idle[CUBE_ROUTER_SESSION_TCP_CLOSING]);
	set(t->tcp, TCP_CONNTRACK_CLOSE, idle[CUBE_ROUTER_SESSION_TCP_RESET]);
	set(t->udp, UDP_CT_UNREPLIED, udp);
	set(t->udp, UDP_CT_REPLIED, udp);
	set(t->icmp, 0, idle[CUBE_ROUTER_SESSION_ICMP]);
	set(t->gre, 0, idle[CUBE_ROUTER_SESSION_OTHER]);
	set(t->gre, 1, idle[CUBE_ROUTER_SESSION_OTHER]);
	for (i = 0; i < SCTP_CONNTRACK_MAX; i++)
		set(t->sctp, i, idle[CUBE_ROUTER_SESSION_OTHER]);
	set(t->other, 0, idle[CUBE_ROUTER_SESSION_OTHER]);
}

/**
 * cr_timeouts_init() - makes the sets
 * @t: filled
 * @limits: ours
 *
 * Return: 0 or -ENOMEM.
 */
int cr_timeouts_init(struct cr_timeouts *t, const struct cr_limits *limits)
{
	*t = (struct cr_timeouts){
		.tcp = new_timeout(IPPROTO_TCP, TCP_CONNTRACK_TIMEOUT_MAX),
		.udp = new_timeout(IPPROTO_UDP, UDP_CT_MAX),
		.icmp = new_timeout(IPPROTO_ICMP, 1),
		.gre = new_timeout(IPPROTO_GRE, 2),
		.sctp = new_timeout(IPPROTO_SCTP, SCTP_CONNTRACK_MAX),
		.other = new_timeout(IPPROTO_RAW, 1),
	};
	if (!t->tcp || !t->udp || !t->icmp || !t->gre || !t->sctp || !t->other) {
		cr_timeouts_destroy(t, NULL);
		return -ENOMEM;
	}
	cr_timeouts_update(t, limits);
	return 0;
}

static void destroy(struct nf_ct_timeout *timeout, struct net *net)
{
	if (!timeout)
		return;
	if (net)
		nf_ct_untimeout(net, timeout);
	cr_ct_timeout_put(timeout);
}

/**
 * cr_timeouts_destroy() - takes the sets away; entries that have them go back to the defaults
 * @t: the sets
 * @net: their namespace; NULL if none was ever attached
 */
void cr_timeouts_destroy(struct cr_timeouts *t, struct net *net)
{
	destroy(t->tcp, net);
	destroy(t->udp, net);
	destroy(t->icmp, net);
	destroy(t->gre, net);
	destroy(t->sctp, net);
	destroy(t->other, net);
	*t = (struct cr_timeouts){};
}

static struct nf_ct_timeout *set_for(const struct cr_timeouts *t, u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return t->tcp;
	case IPPROTO_UDP:
		return t->udp;
	case IPPROTO_ICMP:
		return t->icmp;
	case IPPROTO_GRE:
		return t->gre;
	case IPPROTO_SCTP:
		return t->sctp;
	default:
		return t->other;
	}
}

/**
 * cr_timeouts_attach() - gives an entry our idle times, unless somebody gave it others
 * @t: the sets
 * @ct: an entry that is not confirmed yet. Its time so far is replaced too: until it is confirmed
 *	that is a span, not a point in time.
 */
void cr_timeouts_attach(const struct cr_timeouts *t, struct nf_conn *ct)
{
	const u8 proto = nf_ct_protonum(ct);
	struct nf_conn_timeout *extension;
	const unsigned int *values;
	unsigned int index = 0;

	if (nf_ct_timeout_find(ct))
		return;
	extension = nf_ct_timeout_ext_add(ct, set_for(t, proto), GFP_ATOMIC);
	values = extension ? nf_ct_timeout_data(extension) : NULL;
	if (!values)
		return;
	if (proto == IPPROTO_TCP)
		index = READ_ONCE(ct->proto.tcp.state);
	WRITE_ONCE(ct->timeout, READ_ONCE(values[index]));
}
#else /* CONFIG_NF_CONNTRACK_TIMEOUT: entries keep conntrack's own times */
int cr_timeouts_init(struct cr_timeouts *t, const struct cr_limits *limits)
{
	return 0;
}

void cr_timeouts_update(struct cr_timeouts *t, const struct cr_limits *limits)
{
}

void cr_timeouts_destroy(struct cr_timeouts *t, struct net *net)
{
}

void cr_timeouts_attach(const struct cr_timeouts *t, struct nf_conn *ct)
{
}
#endif
