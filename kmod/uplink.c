// SPDX-License-Identifier: GPL-2.0
/*
 * The uplink's device: which one it is, its address, and whether its ingress is hooked; what its
 * packets become is in direct.c. Under RTNL; packets read what they need under RCU. Called by
 * netns.c, portmap.c and netlink_config.c, whenever something of that may have changed.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>

#include "direct.h"
#include "hook.h"
#include "uplink.h"

#define NO_PORT		65536U	/* above every port */

/* Its first address that is not a secondary one, as MASQUERADE would choose; 0 if there is none. */
static __be32 primary_address(const struct net_device *dev)
{
	const struct in_device *in_dev = __in_dev_get_rtnl(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rtnl(ifa, in_dev)
		if (!(ifa->ifa_flags & IFA_F_SECONDARY) && ifa->ifa_scope <= RT_SCOPE_LINK)
			return ifa->ifa_local;
	return 0;
}

static void unhook(struct cr_net *crn)
{
	if (crn->uplink.hooked)
		nf_unregister_net_hook(crn->net, &crn->uplink.hook);
	crn->uplink.hooked = false;
}

static int hook(struct cr_net *crn, struct net_device *dev)
{
	struct cr_uplink *up = &crn->uplink;
	int err;

	if (up->hooked)
		return 0;
	err = cr_hook(crn->net, &up->hook, dev, NF_NETDEV_INGRESS, cr_direct_arrive, crn);
	up->hooked = !err;
	if (!err)
		schedule_work(&up->lro);
	return err;
}

/*
 * Joined packets would be longer than what the ports take, and cannot be cut again. Not done where
 * the device is hooked: newer kernels (6.15) tell some devices' changes with the device's own lock
 * held, which this takes.
 */
static void disable_lro(struct work_struct *work)
{
	struct cr_uplink *up = container_of(work, struct cr_uplink, lro);
	struct net_device *dev;

	rtnl_lock();
	dev = rtnl_dereference(up->dev);
	if (dev && up->hooked)
		dev_disable_lro(dev);
	rtnl_unlock();
}

/* cr_uplink_init() - an uplink of which nothing is known yet */
void cr_uplink_init(struct cr_uplink *up)
{
	INIT_WORK(&up->lro, disable_lro);
}

/* cr_uplink_exit() - nothing is hooked, and nothing will be. Without RTNL, sleeps. */
void cr_uplink_exit(struct cr_uplink *up)
{
	cancel_work_sync(&up->lro);
}

static bool at_address(const struct cr_session *s, const void *address)
{
	return READ_ONCE(s->flags) & CR_SESSION_DIRECT &&
	       s->nat_addr == *(const __be32 *)address;
}

static void set_address(struct cr_net *crn, __be32 addr)
{
	const __be32 old = crn->uplink.addr;

	if (addr == old)
		return;
	WRITE_ONCE(crn->uplink.watch_low, NO_PORT);
	/*
	 * Who makes a session at the new address finds that nothing is watched for yet. Pairs with
	 * the smp_load_acquire() of new_by_uplink() in ingress.c.
	 */
	smp_store_release(&crn->uplink.addr, addr);
	if (old)
		cr_table_flush_settled(&crn->table, at_address, &old);
}

/*
 * By its name and not by another that it has, which older kernels (5.10) forget too late.
 * cube-router is none, whatever it is called by now.
 */
static struct net_device *named_device(const struct cr_net *crn, const struct net_device *leaving)
{
	struct net_device *dev;

	dev = *crn->uplink.name ? __dev_get_by_name(crn->net, crn->uplink.name) : NULL;
	return dev && dev != leaving && dev != rtnl_dereference(crn->device) &&
	       !strcmp(dev->name, crn->uplink.name) ? dev : NULL;
}

/**
 * cr_uplink_settle() - finds out anew what the uplink is, and hooks or unhooks it
 * @crn: the namespace; its mode, the uplink's name, its device, an address or the mapped ports may
 *	have changed
 * @leaving: a device that is about to go, or NULL: found by its name still, but not to be used
 *
 * Its ingress is hooked only while something can come in for a sandbox.
 *
 * Return: 0, or why it could not be hooked; then there is no uplink.
 */
int cr_uplink_settle(struct cr_net *crn, const struct net_device *leaving)
{
	struct cr_uplink *up = &crn->uplink;
	struct net_device *dev = named_device(crn, leaving);
	const bool wanted = dev && crn->mode != CUBE_ROUTER_MODE_OFF &&
			    (crn->mode == CUBE_ROUTER_MODE_DIRECT || !xa_empty(&crn->portmaps));
	int err = 0;

	ASSERT_RTNL();
	if (!wanted || dev != rtnl_dereference(up->dev))
		unhook(crn);
	if (wanted)
		err = hook(crn, dev);
	if (err)
		dev = NULL;
	rcu_assign_pointer(up->dev, dev);
	set_address(crn, dev ? primary_address(dev) : 0);
	return err;
}

/* cr_uplink_is() - whether a device is the uplink, or was until it got another name, or will be */
bool cr_uplink_is(const struct cr_net *crn, const struct net_device *dev)
{
	return dev == rtnl_dereference(crn->uplink.dev) || !strcmp(dev->name, crn->uplink.name);
}

/* cr_uplink_reasons_to_hold() - why nothing can leave by it, &enum cube_router_held, or 0 */
u32 cr_uplink_reasons_to_hold(const struct cr_net *crn)
{
	const struct net_device *dev = rtnl_dereference(crn->uplink.dev);

	if (!dev)
		return CUBE_ROUTER_HELD_NO_UPLINK;
	if (!(dev->flags & IFF_UP))
		return CUBE_ROUTER_HELD_UPLINK_DOWN;
	return crn->uplink.addr ? 0 : CUBE_ROUTER_HELD_UPLINK_NO_ADDRESS;
}
