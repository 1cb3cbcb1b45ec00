/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sandboxes and their ports: what is known of each, and the hook through which its packets
 * come. What packets ask is answered here, so that the way out (ingress.c), which the hooks call,
 * calls nobody that sets hooks.
 */
#ifndef CR_SANDBOX_H
#define CR_SANDBOX_H

#include <linux/if_ether.h>
#include <linux/jiffies.h>
#include <linux/netfilter.h>

#include "netns.h"
#include "policy.h"

/* Tokens of the ICMP errors that a sandbox is sent, by us or by the host itself. */
struct cr_rate {
	spinlock_t lock;	/* guards the rest */
	u32 when;		/* cr_now() of the last refill */
	u32 tokens;
};

#define CR_EXTRA_BURST	256		/* conntrack entries beyond one a session ... */
#define CR_EXTRA_PERIOD	(2 * HZ)	/* ... and how long until there may be another */

/**
 * struct cr_sandbox - a sandbox, known by its port
 * @owner: whose its sessions are; its reference count is the sandbox's
 * @crn: its namespace
 * @port: its device; NULL as soon as it is unregistered
 * @ip: its address
 * @guest: what it calls itself; the same, or one that many may share
 * @gateway: its next hop, for which we answer; 0 if the host does
 * @mac: six bytes as they stand in a frame, learnt from its newest one; 0 before
 * @mark: set on what is injected, 0 for none
 * @host: whether it may reach the host's own addresses
 * @policy: where else it may open flows to; NULL for anywhere
 * @automatic: registered by the pattern
 * @hook: on the port's ingress
 * @egress: on what leaves by the port; only where @guest is another address than @ip
 * @hooked: whether @hook is registered, and @egress where there is one
 * @fragments: its share of the kernel's reassembly
 * @icmp: its rate of ICMP errors, ours and the host's
 * @extra: until when its room for further entries in conntrack is taken, in jiffies; see guard.c
 * @portmaps: how many mapped ports lead to it
 * @limit_told: when the last event of a limit that it met was sent
 * @rcu: frees it
 */
struct cr_sandbox {
	struct cr_owner owner;
	struct cr_net *crn;
	struct net_device __rcu *port;
	__be32 ip;
	__be32 guest;
	__be32 gateway;
	u64 mac;
	u64 mark;
	bool host;
	struct cr_policy __rcu *policy;

	bool automatic;
	bool hooked;
	struct nf_hook_ops hook;
	struct nf_hook_ops egress;
	struct cr_fragment_budget fragments;
	struct cr_rate icmp;
	unsigned long extra;
	u32 portmaps;
	unsigned long limit_told;
	struct rcu_head rcu;
};

/**
 * struct cr_sandbox_words - what can be said of a sandbox when it is made
 * @ip: its address
 * @guest: what it calls itself
 * @gateway: see &struct cr_sandbox
 * @mark: see &struct cr_sandbox
 * @max_sessions: its own limit, 0 for that of the configuration
 * @host: see &struct cr_sandbox
 * @policy: see &struct cr_sandbox; the sandbox's if it is made, else still the caller's
 * @automatic: see &struct cr_sandbox
 * @port_attr: blamed in a refusal that is about the port, or NULL
 * @ip_attr: blamed in one that is about @ip, or NULL
 * @guest_attr: blamed in one that is about @guest, or NULL
 * @gateway_attr: blamed in one that is about @gateway, or NULL
 */
struct cr_sandbox_words {
	__be32 ip;
	__be32 guest;
	__be32 gateway;
	u64 mark;
	u32 max_sessions;
	bool host;
	struct cr_policy *policy;
	bool automatic;
	const struct nlattr *port_attr;
	const struct nlattr *ip_attr;
	const struct nlattr *guest_attr;
	const struct nlattr *gateway_attr;
};

/* cr_owner_sandbox() - the sandbox that owns a session */
static inline struct cr_sandbox *cr_owner_sandbox(struct cr_owner *owner)
{
	return container_of(owner, struct cr_sandbox, owner);
}

/* cr_sandbox_count() - raises a counter of a sandbox and of its namespace by one */
static inline void cr_sandbox_count(struct cr_sandbox *sbx, enum cr_counter counter)
{
	cr_count_for(sbx->crn->stats, &sbx->owner.account, counter);
}

/* cr_sandbox_of() - the sandbox behind a device, or NULL */
static inline struct cr_sandbox *cr_sandbox_of(struct cr_net *crn, const struct net_device *port)
{
	return xa_load(&crn->ports, port->ifindex);
}

/**
 * cr_sandbox_judge_at() - what a sandbox's own settings say of a destination
 * @sbx: the sandbox, under RCU
 * @daddr: the destination, sane otherwise
 * @local: whether it is an address of the host
 * @now: the time, of jiffies_64; CR_POLICY_EVER: whether it could ever be opened since something
 *	was last taken away
 *
 * An address of the host is closed, unless an entry of the policy allows just that one; or all of
 * them are open, and then the policy judges it like any other.
 *
 * Return: CR_GO_ON, or the counter of the refusal.
 */
static inline int cr_sandbox_judge_at(const struct cr_sandbox *sbx, __be32 daddr, bool local,
				      u64 now)
{
	const struct cr_policy *policy = rcu_dereference(sbx->policy);

	if (local && !READ_ONCE(sbx->host) && !cr_policy_names(policy, daddr, now))
		return CR_DST_HOST;
	return cr_policy_judge(policy, daddr, now) == CR_POLICY_DENIED ? CR_DST_DENIED :
									  CR_GO_ON;
}

/* cr_sandbox_judge() - the same, now */
static inline int cr_sandbox_judge(const struct cr_sandbox *sbx, __be32 daddr, bool local)
{
	return cr_sandbox_judge_at(sbx, daddr, local, get_jiffies_64());
}

int cr_sandbox_new(struct cr_net *crn, struct net_device *port,
		   const struct cr_sandbox_words *words, struct netlink_ext_ack *extack);
void cr_sandbox_judge_again(struct cr_sandbox *sbx);
void cr_sandbox_set_policy(struct cr_sandbox *sbx, struct cr_policy *policy);
const char *cr_sandbox_gateway_fault(const struct cr_net *crn, __be32 gateway, __be32 ip,
				     __be32 guest);
bool cr_sandbox_uses(struct cr_net *crn, __be32 addr);
void cr_sandbox_del(struct cr_sandbox *sbx);
void cr_sandbox_del_all(struct cr_net *crn);
void cr_sandbox_match(struct cr_net *crn, struct net_device *port);
int cr_sandbox_hook_all(struct cr_net *crn);
void cr_sandbox_unhook_all(struct cr_net *crn);

int cr_sandboxes_init(void);
void cr_sandboxes_exit(void);

#endif
