// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of mapped ports. Under RTNL; packets find a mapping under RCU (direct.c), and the
 * sandbox that it leads to stays as long as that. Called by netlink_portmap.c, and by sandbox.c
 * when a port goes.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "event.h"
#include "portmap.h"
#include "uplink.h"

/**
 * cr_portmap_new() - maps a port
 * @sbx: to whom
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @host_port: at the uplink's address
 * @guest_port: at the sandbox's
 *
 * Return: 0; -EEXIST if it is mapped; -ENOMEM; or why the uplink cannot be watched.
 */
int cr_portmap_new(struct cr_sandbox *sbx, u8 proto, __be16 host_port, __be16 guest_port)
{
	struct cr_net *crn = sbx->crn;
	struct cr_portmap *map;
	int err;

	ASSERT_RTNL();
	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map)
		return -ENOMEM;
	*map = (struct cr_portmap){
		.sbx = sbx, .proto = proto, .host_port = host_port, .guest_port = guest_port,
	};
	err = xa_insert(&crn->portmaps, cr_portmap_key(proto, host_port), map, GFP_KERNEL);
	if (err) {
		kfree(map);
		return err == -EBUSY ? -EEXIST : err;
	}
	err = cr_uplink_settle(crn, NULL);
	if (err) {
		xa_erase(&crn->portmaps, cr_portmap_key(proto, host_port));
		kfree_rcu(map, rcu);
		/* Only a first mapping needs a hook: without it the uplink is back. */
		cr_uplink_settle(crn, NULL);
		return err;
	}
	sbx->portmaps++;
	crn->port_changes++;
	cr_event_portmap(CUBE_ROUTER_CMD_PORTMAP_NEW, map);
	return 0;
}

static bool by_mapping(const struct cr_session *s, const void *arg)
{
	const struct cr_portmap *map = arg;

	return READ_ONCE(s->flags) & CR_SESSION_INBOUND && s->owner == &map->sbx->owner &&
	       s->tuple.proto == map->proto && s->nat_port == map->host_port;
}

/* Takes it away. A call that arrives at this moment may still use it. */
static void withdraw(struct cr_net *crn, struct cr_portmap *map)
{
	xa_erase(&crn->portmaps, cr_portmap_key(map->proto, map->host_port));
	map->sbx->portmaps--;
	crn->port_changes++;
	cr_event_portmap(CUBE_ROUTER_CMD_PORTMAP_DEL, map);
}

/**
 * cr_portmap_del() - ends a mapping, and the sessions that came by it
 * @crn: the namespace
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @host_port: at the uplink's address
 *
 * Return: 0, or -ENOENT.
 */
int cr_portmap_del(struct cr_net *crn, u8 proto, __be16 host_port)
{
	struct cr_portmap *map;

	ASSERT_RTNL();
	map = xa_load(&crn->portmaps, cr_portmap_key(proto, host_port));
	if (!map)
		return -ENOENT;
	withdraw(crn, map);
	cr_table_flush_settled(&crn->table, by_mapping, map);
	kfree_rcu(map, rcu);
	/* Without hooks to add, this does not fail. */
	cr_uplink_settle(crn, NULL);
	return 0;
}

/**
 * cr_portmap_del_of() - ends the mappings of a sandbox that goes; its sessions end with it
 * @sbx: the sandbox
 */
void cr_portmap_del_of(struct cr_sandbox *sbx)
{
	struct cr_net *crn = sbx->crn;
	struct cr_portmap *map;
	unsigned long key;

	ASSERT_RTNL();
	if (!sbx->portmaps)
		return;
	xa_for_each(&crn->portmaps, key, map) {
		if (map->sbx != sbx)
			continue;
		withdraw(crn, map);
		kfree_rcu(map, rcu);
	}
	cr_uplink_settle(crn, NULL);
}
