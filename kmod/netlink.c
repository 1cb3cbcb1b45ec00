// SPDX-License-Identifier: GPL-2.0
/*
 * The generic-netlink family: its operations, and how it comes and goes. What they share is in
 * netlink_message.c, what is said of each kind of object in the other netlink_*.c. Nothing calls in
 * here but main.c and the kernel's netlink.
 *
 * Generic netlink runs one operation of a family at a time, dumps included, and changes of mode
 * only come from here, so that the session table stays while one runs. What is configured is
 * guarded by RTNL, which every operation that writes takes itself.
 */
#include "compat.h"
#include "netlink.h"
#include "netlink_ops.h"

#define OP(command, name, object, ...) {				\
	.cmd = CUBE_ROUTER_CMD_##command,				\
	.policy = cr_nl_##object##_policy,				\
	.maxattr = ARRAY_SIZE(cr_nl_##object##_policy) - 1,		\
	.flags = GENL_UNS_ADMIN_PERM,					\
	.doit = name,							\
	__VA_ARGS__							\
}

static const struct genl_ops ops[] = {
	OP(CONFIG_GET, cr_nl_config_get, config),
	OP(CONFIG_SET, cr_nl_config_set, config),
	OP(SANDBOX_NEW, cr_nl_sandbox_new, sandbox),
	OP(SANDBOX_SET, cr_nl_sandbox_set, sandbox),
	OP(SANDBOX_DEL, cr_nl_sandbox_del, sandbox),
	OP(SANDBOX_GET, cr_nl_sandbox_get, sandbox, .dumpit = cr_nl_sandbox_dump),
	OP(SANDBOX_PROBE, cr_nl_sandbox_probe, sandbox),
	OP(SESSION_GET, cr_nl_session_count, session, .dumpit = cr_nl_session_dump),
	OP(SESSION_FLUSH, cr_nl_session_flush, session),
	OP(STATS_GET, cr_nl_stats_get, stats),
	OP(PORTMAP_NEW, cr_nl_portmap_new, portmap),
	OP(PORTMAP_DEL, cr_nl_portmap_del, portmap),
	OP(PORTMAP_GET, NULL, portmap, .dumpit = cr_nl_portmap_dump),
	OP(POLICY_ADD, cr_nl_policy_change, sandbox),
	OP(POLICY_DEL, cr_nl_policy_change, sandbox),
	OP(POLICY_GET, NULL, sandbox, .dumpit = cr_nl_policy_dump),
};

static const struct genl_multicast_group groups[] = {
	{ .name = CUBE_ROUTER_GENL_MCGRP_EVENTS, CR_MCGRP_NET_ADMIN },
};

struct genl_family cr_nl_family __ro_after_init = {
	.name = CUBE_ROUTER_GENL_NAME,
	.version = CUBE_ROUTER_GENL_VERSION,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/* cr_netlink_init() - lets requests in, and events out. Return: 0 or an error. */
int __init cr_netlink_init(void)
{
	int err;

	err = genl_register_family(&cr_nl_family);
	if (err)
		return err;
	err = cr_nl_events_init();
	if (err)
		genl_unregister_family(&cr_nl_family);
	return err;
}

/* cr_netlink_exit() - ends that; no request is under way afterwards */
void cr_netlink_exit(void)
{
	cr_nl_events_exit();
	genl_unregister_family(&cr_nl_family);
}

MODULE_ALIAS_GENL_FAMILY(CUBE_ROUTER_GENL_NAME);
