// SPDX-License-Identifier: GPL-2.0
/*
 * Load and unload: the order of the subsystems, and nothing else.
 *
 * At unload: nobody can ask for anything more, then no packet comes in, then the devices go, then
 * the sessions and what else each namespace holds, then what is in nobody's hands but RCU's.
 */
#include <linux/module.h>

#include "device.h"
#include "netlink.h"
#include "netns.h"
#include "sandbox.h"
#include "session.h"

static int __init cr_init(void)
{
	int err;

	err = cr_sessions_init();
	if (err)
		return err;
	err = cr_collector_init();
	if (err)
		goto sessions;
	err = cr_netns_init();
	if (err)
		goto collector;
	err = cr_device_init();
	if (err)
		goto netns;
	err = cr_sandboxes_init();
	if (err)
		goto device;
	err = cr_netlink_init();
	if (err)
		goto sandboxes;
	return 0;

sandboxes:
	cr_sandboxes_exit();
device:
	cr_device_exit();
netns:
	cr_netns_exit();
collector:
	cr_collector_exit();
sessions:
	cr_sessions_exit();
	return err;
}

static void __exit cr_exit(void)
{
	cr_netlink_exit();
	cr_sandboxes_exit();
	cr_device_exit();
	cr_netns_exit();
	cr_collector_exit();
	cr_sessions_exit();
}

module_init(cr_init);
module_exit(cr_exit);

MODULE_DESCRIPTION("Lets the traffic of micro-VM sandboxes follow the host's routing");
MODULE_AUTHOR("The cube-router authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(CR_VERSION);
