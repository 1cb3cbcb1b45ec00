// SPDX-License-Identifier: GPL-2.0
/*
 * Events become messages to the multicast group. Owns its place in the event chain; called from
 * there in any context, under RCU, and may not sleep.
 */
#include "event.h"
#include "netlink_ops.h"

static int fill_limit(struct sk_buff *skb, const struct cr_event *event)
{
	const struct net_device *port = rcu_dereference(event->sandbox->port);

	if (nla_put_string(skb, CUBE_ROUTER_A_LIMIT_COUNTER, cr_counter_name(event->counter)) ||
	    (port && nla_put_string(skb, CUBE_ROUTER_A_LIMIT_PORT, port->name)))
		return -EMSGSIZE;
	return 0;
}

static int fill_event(struct sk_buff *skb, unsigned long cmd, const struct cr_event *event)
{
	switch (cmd) {
	case CUBE_ROUTER_CMD_CONFIG_SET:
		return cr_nl_fill_config(skb, event->crn);
	case CUBE_ROUTER_CMD_SESSION_FLUSH:
		return nla_put_u32(skb, CUBE_ROUTER_A_SESSION_COUNT, event->flushed);
	case CUBE_ROUTER_CMD_LIMIT:
		return fill_limit(skb, event);
	case CUBE_ROUTER_CMD_PORTMAP_NEW:
	case CUBE_ROUTER_CMD_PORTMAP_DEL:
		return cr_nl_fill_portmap(skb, event->portmap);
	default:
		return cr_nl_fill_sandbox(skb, event->sandbox);
	}
}

static int tell(struct notifier_block *nb, unsigned long cmd, void *ptr)
{
	const struct cr_event *event = ptr;
	struct cr_message m;

	if (!cr_nl_begin_event(&m, event->crn->net, cmd))
		cr_nl_tell(&m, event->crn->net, fill_event(m.skb, cmd, event));
	return NOTIFY_DONE;
}

static struct notifier_block event_notifier = { .notifier_call = tell };

/* cr_nl_events_init() - begins to tell of events. Return: 0 or an error. */
int __init cr_nl_events_init(void)
{
	return atomic_notifier_chain_register(&cr_events, &event_notifier);
}

/* cr_nl_events_exit() - ends that */
void cr_nl_events_exit(void)
{
	atomic_notifier_chain_unregister(&cr_events, &event_notifier);
}
