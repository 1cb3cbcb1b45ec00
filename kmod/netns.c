// SPDX-License-Identifier: GPL-2.0
/*
 * The state of each network namespace: its making and end, the mode switch, and the judgement
 * whether packets may flow. Under RTNL; called by netlink_config.c and by the kernel's notifiers.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <net/netfilter/nf_conntrack.h>

#include "conntrack.h"
#include "event.h"
#include "guard.h"
#include "netns.h"
#include "path.h"
#include "sandbox.h"
#include "uplink.h"

#define DEFAULT_NET	0xc0a80000	/* 192.168.0.0 ... */
#define DEFAULT_MASK	0xffffc000	/* ... /18 */
#define DEFAULT_MAP_LOW		20000	/* mapped ports */
#define DEFAULT_MAP_HIGH	29999
#define BYPASS_MARK	0xce000000	/* CubeEgress: what its proxies on the host shall take */
#define BYPASS_MASK	0xff000000

unsigned int cr_net_id;

static u32 reasons_to_hold(const struct cr_net *crn)
{
	const struct net_device *dev = rtnl_dereference(crn->device);
	const struct in_device *in_dev;

	if (crn->mode == CUBE_ROUTER_MODE_OFF)
		return CR_HELD_OFF;
	if (crn->mode == CUBE_ROUTER_MODE_HELD)
		return CUBE_ROUTER_HELD_MODE;
	if (crn->mode == CUBE_ROUTER_MODE_DIRECT)
		return cr_uplink_reasons_to_hold(crn);
	if (!dev)
		return CUBE_ROUTER_HELD_NO_DEVICE;
	if (!(dev->flags & IFF_UP))
		return CUBE_ROUTER_HELD_DEVICE_DOWN;
	in_dev = __in_dev_get_rtnl(dev);
	if (!in_dev || !rtnl_dereference(in_dev->ifa_list))
		return CUBE_ROUTER_HELD_NO_ADDRESS;
	return 0;
}

/**
 * cr_net_update_held() - settles anew whether packets may flow
 * @crn: the namespace; its mode, its device or the device's address may have changed
 */
void cr_net_update_held(struct cr_net *crn)
{
	const u32 held = reasons_to_hold(crn);

	ASSERT_RTNL();
	if (held == crn->held)
		return;
	WRITE_ONCE(crn->held, held);
	cr_event_config(crn);
}

/* Everything that packets will need is there before the first hook is. */
static int leave_off(struct cr_net *crn)
{
	int err;

	err = cr_table_init(&crn->table, cr_table_max(&crn->table) / 2);
	if (err)
		return err;
	err = cr_timeouts_init(&crn->timeouts, &crn->table.limits);
	if (err)
		goto destroy_table;
	/* Somebody has to track connections, or we could not ask for them. */
	err = nf_ct_netns_get(crn->net, NFPROTO_IPV4);
	if (err)
		goto destroy_timeouts;
	err = cr_guard_register(crn);
	if (err)
		goto put_conntrack;
	err = cr_path_register(crn);
	if (err)
		goto unregister_guard;
	err = cr_sandbox_hook_all(crn);
	if (err)
		goto unregister_path;
	cr_table_start(&crn->table);
	crn->table_changes++;
	return 0;

unregister_path:
	cr_path_unregister(crn);
unregister_guard:
	cr_guard_unregister(crn);
put_conntrack:
	nf_ct_netns_put(crn->net, NFPROTO_IPV4);
destroy_timeouts:
	synchronize_net();
	cr_timeouts_destroy(&crn->timeouts, crn->net);
destroy_table:
	cr_table_destroy(&crn->table);
	return err;
}

/* The hooks go first, and the rest when nobody looks at it any more. */
static void enter_off(struct cr_net *crn)
{
	cr_sandbox_unhook_all(crn);
	cr_path_unregister(crn);
	cr_guard_unregister(crn);
	synchronize_net();
	cr_table_destroy(&crn->table);
	crn->table_changes++;
	cr_timeouts_destroy(&crn->timeouts, crn->net);
	nf_ct_netns_put(crn->net, NFPROTO_IPV4);
}

/* Whether a session, by a flow that the sandbox began, leaves by the way that the mode is not. */
static bool other_way(const struct cr_session *s, const void *arg)
{
	const enum cube_router_mode *mode = arg;
	const u8 flags = READ_ONCE(s->flags);

	if (flags & CR_SESSION_INBOUND)
		return false;
	return flags & CR_SESSION_DIRECT ? *mode == CUBE_ROUTER_MODE_ROUTER :
					   *mode == CUBE_ROUTER_MODE_DIRECT;
}

/**
 * cr_net_check_mode() - whether a mode can be entered
 * @mode: where to
 * @ports: how many ports will be registered
 * @snat_addr: what will be the internal address
 * @uplink: ... and the uplink's name
 * @extack: told why not
 *
 * Return: 0; -EBUSY for off while ports are registered; -EINVAL for router without an internal
 * address or direct without an uplink.
 */
int cr_net_check_mode(enum cube_router_mode mode, u32 ports, __be32 snat_addr, const char *uplink,
		      struct netlink_ext_ack *extack)
{
	if (mode == CUBE_ROUTER_MODE_OFF && ports) {
		NL_SET_ERR_MSG(extack, "ports are registered: they would be without translation");
		return -EBUSY;
	}
	if (mode == CUBE_ROUTER_MODE_ROUTER && !snat_addr) {
		NL_SET_ERR_MSG(extack, "no internal address is set");
		return -EINVAL;
	}
	if (mode == CUBE_ROUTER_MODE_DIRECT && !*uplink) {
		NL_SET_ERR_MSG(extack, "no uplink is set");
		return -EINVAL;
	}
	return 0;
}

/**
 * cr_net_set_mode() - switches the mode
 * @crn: the namespace
 * @mode: where to; cr_net_check_mode() has nothing against it
 * @extack: told why not
 *
 * Sessions that were called from outside outlive a change between the modes that are not off;
 * others do as long as it does not lead to the other way out.
 *
 * Return: 0, or what went wrong, and then the mode is as it was.
 */
int cr_net_set_mode(struct cr_net *crn, enum cube_router_mode mode,
		    struct netlink_ext_ack *extack)
{
	const enum cube_router_mode old = crn->mode;
	int err = 0;

	ASSERT_RTNL();
	if (old == CUBE_ROUTER_MODE_OFF && mode != old)
		err = leave_off(crn);
	if (err)
		return err;
	WRITE_ONCE(crn->mode, mode);
	err = cr_uplink_settle(crn, NULL);
	if (err) {
		NL_SET_ERR_MSG(extack, "the uplink cannot be hooked");
		WRITE_ONCE(crn->mode, old);
		mode = old;
	}
	cr_net_update_held(crn);
	if (mode == CUBE_ROUTER_MODE_OFF && crn->table.out)
		enter_off(crn);
	else if (mode != old)
		cr_table_flush_settled(&crn->table, other_way, &crn->mode);
	return err;
}

/* -------- what happens around -------- */

/*
 * A VRF or a bond that it were a part of would be where its packets seem to come in, and the guard
 * would know them no more.
 */
static int may_join(const struct netdev_notifier_changeupper_info *join)
{
	if (!join->master || !join->linking)
		return NOTIFY_DONE;
	NL_SET_ERR_MSG(join->info.extack, "cube-router cannot be a part of another device");
	return notifier_from_errno(-EOPNOTSUPP);
}

static int device_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct cr_net *crn = cr_net(dev_net(dev));
	const bool ours = dev == rtnl_dereference(crn->device);
	const struct net_device *leaving = event == NETDEV_UNREGISTER ? dev : NULL;

	if (!ours && !cr_uplink_is(crn, dev))
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_PRECHANGEUPPER:
		return ours ? may_join(ptr) : NOTIFY_DONE;
	case NETDEV_UNREGISTER:
		/* Before it is freed, the core waits for whoever still injects. */
		if (ours)
			RCU_INIT_POINTER(crn->device, NULL);
		fallthrough;
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
	case NETDEV_UP:
	case NETDEV_DOWN:
		if (cr_uplink_is(crn, dev) && cr_uplink_settle(crn, leaving))
			net_warn_ratelimited("cube-router: %s: cannot be hooked\n", dev->name);
		cr_net_update_held(crn);
		break;
	}
	return NOTIFY_DONE;
}

static bool goes_to(const struct cr_session *s, const void *address)
{
	return s->tuple.daddr == *(const __be32 *)address;
}

static int address_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	struct net_device *dev = ifa->ifa_dev->dev;
	struct cr_net *crn = cr_net(dev_net(dev));

	if (dev == rtnl_dereference(crn->uplink.dev)) {
		/* What is hooked already stays so, and nothing can fail. */
		cr_uplink_settle(crn, NULL);
		cr_net_update_held(crn);
	}
	if (dev == rtnl_dereference(crn->device))
		cr_net_update_held(crn);
	if (event == NETDEV_UP)
		/* What was somebody else's is the host's now, and has to be judged as that. */
		cr_table_flush_settled(&crn->table, goes_to, &ifa->ifa_local);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = { .notifier_call = device_event };
static struct notifier_block address_notifier = { .notifier_call = address_event };

/* -------- life -------- */

static int __net_init net_init(struct net *net)
{
	struct cr_net *crn = cr_net(net);

	crn->stats = alloc_percpu(struct cr_stats);
	if (!crn->stats)
		return -ENOMEM;
	crn->net = net;
	crn->held = CR_HELD_OFF;
	crn->sandbox_net = htonl(DEFAULT_NET);
	crn->sandbox_mask = htonl(DEFAULT_MASK);
	crn->bypass = cr_mark(BYPASS_MARK, BYPASS_MASK);
	xa_init(&crn->ports);
	xa_init(&crn->addresses);
	xa_init(&crn->portmaps);
	cr_uplink_init(&crn->uplink);
	crn->uplink.map_low = DEFAULT_MAP_LOW;
	crn->uplink.map_high = DEFAULT_MAP_HIGH;
	cr_fragment_memory_init(&crn->fragments);
	cr_limits_default(&crn->table.limits);
	crn->table.stats = crn->stats;
	crn->table.forget = cr_conntrack_forget;
	return 0;
}

static void __net_exit net_exit(struct net *net)
{
	struct cr_net *crn = cr_net(net);

	rtnl_lock();
	cr_sandbox_del_all(crn);
	cr_net_set_mode(crn, CUBE_ROUTER_MODE_OFF, NULL);
	rtnl_unlock();
	cr_uplink_exit(&crn->uplink);
	free_percpu(crn->stats);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &cr_net_id,
	.size = sizeof(struct cr_net),
};

/* cr_netns_init() - gives every namespace its state. Return: 0 or an error. */
int __init cr_netns_init(void)
{
	int err;

	err = register_pernet_subsys(&net_ops);
	if (err)
		return err;
	err = register_netdevice_notifier(&device_notifier);
	if (err)
		goto pernet;
	err = register_inetaddr_notifier(&address_notifier);
	if (err)
		goto devices;
	return 0;

devices:
	unregister_netdevice_notifier(&device_notifier);
pernet:
	unregister_pernet_subsys(&net_ops);
	return err;
}

/* cr_netns_exit() - takes it away; every device of ours is gone by now */
void cr_netns_exit(void)
{
	unregister_inetaddr_notifier(&address_notifier);
	unregister_netdevice_notifier(&device_notifier);
	unregister_pernet_subsys(&net_ops);
}
