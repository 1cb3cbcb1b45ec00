// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of sandboxes: adding and removing ports by hand and by name, their hooks, and the
 * notifier through which a port that disappears takes everything of its own with it. All of it
 * under RTNL; packets reach a sandbox through its hook or its sessions, under RCU. Called by
 * netlink_*.c and by netns.c.
 */
#include <linux/glob.h>
#include <linux/if_arp.h>
#include <linux/inet.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/route.h>

#include "compat.h"
#include "event.h"
#include "guest.h"
#include "hook.h"
#include "ingress.h"
#include "portmap.h"
#include "reject.h"
#include "sandbox.h"

#define AUTO_PREFIX	'z'	/* of the name of a port that is registered as it appears */

static void free_sandbox(struct rcu_head *rcu)
{
	struct cr_sandbox *sbx = container_of(rcu, struct cr_sandbox, rcu);

	cr_account_close(&sbx->owner.account);
	cr_policy_free(rcu_dereference_protected(sbx->policy, true));
	kfree(sbx);
}

static void release(struct cr_owner *owner)
{
	/* The hook or a session found a moment ago may still lead here. */
	call_rcu(&cr_owner_sandbox(owner)->rcu, free_sandbox);
}

static bool has_guest(const struct cr_sandbox *sbx)
{
	return sbx->guest != sbx->ip;
}

static int hook(struct cr_sandbox *sbx, struct net_device *port)
{
	struct net *net = sbx->crn->net;
	int err;

	/* Behind all others too: they see the sandbox's address, as everywhere on the host. */
	if (has_guest(sbx)) {
		err = cr_hook(net, &sbx->egress, port, CR_NETDEV_EGRESS, cr_guest_egress, sbx);
		if (err)
			return err;
	}
	/* Last: packets make sessions as soon as it is there, so nothing may fail after it. */
	err = cr_hook(net, &sbx->hook, port, NF_NETDEV_INGRESS, cr_ingress, sbx);
	if (err && has_guest(sbx))
		nf_unregister_net_hook(net, &sbx->egress);
	sbx->hooked = !err;
	return err;
}

static void unhook(struct cr_sandbox *sbx)
{
	if (sbx->hooked)
		nf_unregister_net_hook(sbx->crn->net, &sbx->hook);
	if (sbx->hooked && has_guest(sbx))
		nf_unregister_net_hook(sbx->crn->net, &sbx->egress);
	sbx->hooked = false;
}

/* Whether an address is one of cube-router's two: its own lies before the internal one. */
static bool is_reserved(const struct cr_net *crn, __be32 addr)
{
	return crn->snat_addr &&
	       (addr == crn->snat_addr || ntohl(addr) + 1 == ntohl(crn->snat_addr));
}

/* Why a sandbox cannot have @ip, or NULL. */
static const char *address_fault(const struct cr_net *crn, __be32 ip)
{
	const __be32 host_part = ip & ~crn->sandbox_mask;

	if (!cr_in_sandbox_cidr(crn, ip))
		return "address is outside the sandbox CIDR";
	if (!host_part || host_part == ~crn->sandbox_mask)
		return "address is the sandbox CIDR's network or broadcast address";
	if (is_reserved(crn, ip))
		return "address is reserved for cube-router";
	if (inet_addr_type(crn->net, ip) == RTN_LOCAL)
		return "address is the host's own";
	return NULL;
}

/* Why a sandbox's guest cannot call itself @guest, or NULL. */
static const char *guest_fault(struct cr_net *crn, __be32 guest)
{
	if (!cr_is_unicast(guest))
		return "guest address is not a unicast address";
	if (is_reserved(crn, guest))
		return "guest address is reserved for cube-router";
	if (inet_addr_type(crn->net, guest) == RTN_LOCAL)
		return "guest address is the host's own";
	if (xa_load(&crn->addresses, ntohl(guest)))
		return "guest address is another sandbox's ip";
	return NULL;
}

/* cr_sandbox_gateway_fault() - why a sandbox cannot have @gateway, or NULL */
const char *cr_sandbox_gateway_fault(const struct cr_net *crn, __be32 gateway, __be32 ip,
				     __be32 guest)
{
	if (!gateway)
		return NULL;
	if (!cr_is_unicast(gateway))
		return "gateway is not a unicast address";
	if (is_reserved(crn, gateway))
		return "gateway is reserved for cube-router";
	return gateway == ip || gateway == guest ? "gateway is the sandbox itself" : NULL;
}

/**
 * cr_sandbox_uses() - whether some sandbox has an address, be it inside only
 * @crn: the namespace, under RTNL
 * @addr: the address
 *
 * Return: whether it is the ip, guest or gateway of one.
 */
bool cr_sandbox_uses(struct cr_net *crn, __be32 addr)
{
	struct cr_sandbox *sbx;
	unsigned long index;

	xa_for_each(&crn->ports, index, sbx)
		if (sbx->ip == addr || sbx->guest == addr || sbx->gateway == addr)
			return true;
	return false;
}

/* Whether a sandbox's guest calls itself so. */
static bool is_guest(struct cr_net *crn, __be32 ip)
{
	struct cr_sandbox *sbx;
	unsigned long index;

	xa_for_each(&crn->ports, index, sbx)
		if (sbx->guest == ip)
			return true;
	return false;
}

static int check_guest(struct cr_net *crn, const struct cr_sandbox_words *words,
		       struct netlink_ext_ack *extack)
{
	const char *fault;

	if (words->guest != words->ip && !CR_HAS_EGRESS_HOOK) {
		NL_SET_ERR_MSG_ATTR(extack, words->guest_attr,
				    "this kernel cannot translate what the host sends to the guest");
		return -EOPNOTSUPP;
	}
	fault = words->guest == words->ip ? NULL : guest_fault(crn, words->guest);
	if (fault) {
		extack->_msg = fault;
		NL_SET_BAD_ATTR(extack, words->guest_attr);
		return -EINVAL;
	}
	fault = cr_sandbox_gateway_fault(crn, words->gateway, words->ip, words->guest);
	if (fault) {
		extack->_msg = fault;
		NL_SET_BAD_ATTR(extack, words->gateway_attr);
		return -EINVAL;
	}
	return 0;
}

static int check(struct cr_net *crn, const struct net_device *port,
		 const struct cr_sandbox_words *words, struct netlink_ext_ack *extack)
{
	const char *fault;

	if (port == rtnl_dereference(crn->device)) {
		NL_SET_ERR_MSG_ATTR(extack, words->port_attr,
				    "cube-router cannot be a port of itself");
		return -EINVAL;
	}
	if (port->type != ARPHRD_ETHER) {
		NL_SET_ERR_MSG_ATTR(extack, words->port_attr, "port is not an Ethernet device");
		return -EINVAL;
	}
	if (cr_sandbox_of(crn, port)) {
		NL_SET_ERR_MSG_ATTR(extack, words->port_attr, "port is registered already");
		return -EEXIST;
	}
	fault = address_fault(crn, words->ip);
	if (fault) {
		extack->_msg = fault;
		NL_SET_BAD_ATTR(extack, words->ip_attr);
		return -EINVAL;
	}
	if (xa_load(&crn->addresses, ntohl(words->ip))) {
		NL_SET_ERR_MSG_ATTR(extack, words->ip_attr,
				    "address belongs to another sandbox");
		return -EEXIST;
	}
	if (is_guest(crn, words->ip)) {
		NL_SET_ERR_MSG_ATTR(extack, words->ip_attr,
				    "address is the guest address of another sandbox");
		return -EEXIST;
	}
	return check_guest(crn, words, extack);
}

/**
 * cr_sandbox_new() - registers a port
 * @crn: its namespace
 * @port: its device
 * @words: what is known of the sandbox
 * @extack: told why not
 *
 * Return: 0; -EINVAL or -EEXIST with a message; -ENOMEM, or why the port cannot be hooked.
 */
int cr_sandbox_new(struct cr_net *crn, struct net_device *port,
		   const struct cr_sandbox_words *words, struct netlink_ext_ack *extack)
{
	struct cr_sandbox *sbx;
	int err;

	ASSERT_RTNL();
	err = check(crn, port, words, extack);
	if (err)
		return err;
	sbx = kzalloc(sizeof(*sbx), GFP_KERNEL_ACCOUNT);
	if (!sbx)
		return -ENOMEM;
	cr_owner_init(&sbx->owner, port->ifindex, release);
	err = cr_account_open(&sbx->owner.account);
	if (err)
		goto free;
	sbx->owner.max = words->max_sessions;
	sbx->crn = crn;
	sbx->ip = words->ip;
	sbx->guest = words->guest;
	sbx->gateway = words->gateway;
	sbx->mark = words->mark;
	sbx->host = words->host;
	RCU_INIT_POINTER(sbx->policy, words->policy);
	if (words->policy)
		words->policy->version = ++crn->policy_changes;
	sbx->automatic = words->automatic;
	rcu_assign_pointer(sbx->port, port);
	cr_fragment_budget_init(&sbx->fragments);
	cr_rate_init(&sbx->icmp);
	sbx->extra = jiffies - CR_EXTRA_BURST * CR_EXTRA_PERIOD;

	err = xa_insert(&crn->ports, port->ifindex, sbx, GFP_KERNEL);
	if (err)
		goto close_account;
	err = xa_insert(&crn->addresses, ntohl(sbx->ip), sbx, GFP_KERNEL);
	if (err)
		goto forget_port;
	if (crn->mode != CUBE_ROUTER_MODE_OFF) {
		err = hook(sbx, port);
		if (err) {
			NL_SET_ERR_MSG_ATTR(extack, words->port_attr, "port cannot be hooked");
			goto forget_address;
		}
	}
	crn->port_count++;
	crn->port_changes++;
	cr_event_sandbox(CUBE_ROUTER_CMD_SANDBOX_NEW, sbx);
	return 0;

forget_address:
	xa_erase(&crn->addresses, ntohl(sbx->ip));
forget_port:
	xa_erase(&crn->ports, port->ifindex);
	/* Whoever looks for sandboxes may have found it, and the policy that the caller frees. */
	synchronize_net();
close_account:
	cr_account_close(&sbx->owner.account);
free:
	kfree(sbx);
	return err;
}

static bool refused_now(const struct cr_session *s, const void *arg)
{
	const struct cr_sandbox *sbx = arg;

	/* Who called the sandbox was not judged. */
	return s->owner == &sbx->owner && !(READ_ONCE(s->flags) & CR_SESSION_INBOUND) &&
	       cr_sandbox_judge(sbx, s->tuple.daddr,
				READ_ONCE(s->flags) & CR_SESSION_LOCAL) != CR_GO_ON;
}

/**
 * cr_sandbox_judge_again() - ends the sessions that could not be opened any more
 * @sbx: the sandbox, whose settings have changed
 *
 * As cr_table_flush_settled() does it, but the table is walked only if there are sessions. May
 * sleep.
 */
void cr_sandbox_judge_again(struct cr_sandbox *sbx)
{
	struct cr_table *table = &sbx->crn->table;

	ASSERT_RTNL();
	synchronize_net();
	if (READ_ONCE(sbx->owner.count) && cr_table_flush(table, refused_now, sbx))
		cr_table_hurry(table);
}

/**
 * cr_sandbox_set_policy() - puts a policy in force, for new flows
 * @sbx: the sandbox
 * @policy: the policy; is the sandbox's from now on
 */
void cr_sandbox_set_policy(struct cr_sandbox *sbx, struct cr_policy *policy)
{
	struct cr_policy *old = rtnl_dereference(sbx->policy);

	ASSERT_RTNL();
	policy->version = ++sbx->crn->policy_changes;
	rcu_assign_pointer(sbx->policy, policy);
	if (old)
		kvfree_rcu(old, rcu);
}

/**
 * cr_sandbox_del() - unregisters a port
 * @sbx: the caller must not use it any more
 *
 * Returns at once. Packets in the hook finish; the collector ends the sessions; what comes back
 * for them is dropped from now on. A port registered next under the same name is another sandbox.
 */
void cr_sandbox_del(struct cr_sandbox *sbx)
{
	struct cr_net *crn = sbx->crn;
	const struct net_device *port = rtnl_dereference(sbx->port);

	ASSERT_RTNL();
	unhook(sbx);
	cr_portmap_del_of(sbx);
	xa_erase(&crn->ports, port->ifindex);
	xa_erase(&crn->addresses, ntohl(sbx->ip));
	crn->port_count--;
	crn->port_changes++;
	cr_event_sandbox(CUBE_ROUTER_CMD_SANDBOX_DEL, sbx);
	RCU_INIT_POINTER(sbx->port, NULL);
	cr_owner_end(&sbx->owner, crn->mode == CUBE_ROUTER_MODE_OFF ? NULL : &crn->table);
}

/* cr_sandbox_del_all() - unregisters every port */
void cr_sandbox_del_all(struct cr_net *crn)
{
	struct cr_sandbox *sbx;
	unsigned long index;

	xa_for_each(&crn->ports, index, sbx)
		cr_sandbox_del(sbx);
}

/**
 * cr_sandbox_hook_all() - puts the hooks on all ports
 * @crn: the namespace
 *
 * Return: 0, or an error, and then there are none.
 */
int cr_sandbox_hook_all(struct cr_net *crn)
{
	struct cr_sandbox *sbx;
	unsigned long index;
	int err;

	xa_for_each(&crn->ports, index, sbx) {
		err = hook(sbx, rtnl_dereference(sbx->port));
		if (err) {
			cr_sandbox_unhook_all(crn);
			return err;
		}
	}
	return 0;
}

/* cr_sandbox_unhook_all() - takes them off; packets may be in them until a grace period is over */
void cr_sandbox_unhook_all(struct cr_net *crn)
{
	struct cr_sandbox *sbx;
	unsigned long index;

	xa_for_each(&crn->ports, index, sbx)
		unhook(sbx);
}

/* Each address has one name only: leading zeros, octal to some, are no part of it. */
static bool address_in_name(const char *name, __be32 *ip)
{
	char written[IFNAMSIZ + 1];

	if (*name != AUTO_PREFIX || !in4_pton(name + 1, -1, (u8 *)ip, -1, NULL))
		return false;
	snprintf(written, sizeof(written), "%c%pI4", AUTO_PREFIX, ip);
	return !strcmp(written, name);
}

/**
 * cr_sandbox_match() - registers a device if the pattern and its name say so
 * @crn: the namespace
 * @port: a device
 *
 * A device that matches the pattern, but has no usable address in its name, is left alone and
 * named in the log: whoever chose both should know.
 */
void cr_sandbox_match(struct cr_net *crn, struct net_device *port)
{
	struct cr_sandbox_words words = { .automatic = true };
	struct netlink_ext_ack extack = {};

	if (!*crn->pattern || !glob_match(crn->pattern, port->name) || cr_sandbox_of(crn, port))
		return;
	if (!address_in_name(port->name, &words.ip)) {
		net_info_ratelimited("cube-router: %s: matches %s, but is not named z<address>\n",
				     port->name, crn->pattern);
		return;
	}
	words.guest = words.ip;
	if (cr_sandbox_new(crn, port, &words, &extack))
		net_warn_ratelimited("cube-router: %s: not registered: %s\n", port->name,
				     extack._msg ?: "no memory");
}

static int device_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct cr_net *crn = cr_net(dev_net(dev));
	struct cr_sandbox *sbx;

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
		cr_sandbox_match(crn, dev);
		break;
	case NETDEV_UNREGISTER:
		sbx = cr_sandbox_of(crn, dev);
		if (sbx)
			cr_sandbox_del(sbx);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = { .notifier_call = device_event };

/* cr_sandboxes_init() - begins to watch devices. Return: 0 or an error. */
int __init cr_sandboxes_init(void)
{
	return register_netdevice_notifier(&device_notifier);
}

/* cr_sandboxes_exit() - ends that; for every port this is as if its device went away */
void cr_sandboxes_exit(void)
{
	unregister_netdevice_notifier(&device_notifier);
}
