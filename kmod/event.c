// SPDX-License-Identifier: GPL-2.0
/*
 * The chain on which events go from those who make them to those who tell of them. Called by
 * whoever makes one (ingress.c and direct.c at a limit) in any context; netlink_event.c listens.
 */
#include <linux/jiffies.h>

#include "event.h"

ATOMIC_NOTIFIER_HEAD(cr_events);

static bool is_limit(enum cr_counter counter)
{
	switch (counter) {
	case CR_LIMIT_SANDBOX:
	case CR_LIMIT_TOTAL:
	case CR_CONNTRACK_FULL:
	case CR_PORTS_EXHAUSTED:
	case CR_PROTO_BUSY:
		return true;
	default:
		return false;
	}
}

/**
 * cr_event_limit() - a new flow was refused, maybe at a limit
 * @crn: its namespace
 * @sandbox: whose flow
 * @counter: why
 *
 * Called for each such packet; told at most once a second for each sandbox, so that one which
 * floods does not hide the others.
 *
 * Return: whether it was at a limit; nothing else is told.
 */
bool cr_event_limit(struct cr_net *crn, struct cr_sandbox *sandbox, enum cr_counter counter)
{
	struct cr_event event = { .crn = crn, .sandbox = sandbox, .counter = counter };
	unsigned long told = READ_ONCE(sandbox->limit_told);

	if (!is_limit(counter))
		return false;
	if (!time_before(jiffies, told + HZ) &&
	    cmpxchg(&sandbox->limit_told, told, jiffies) == told)
		atomic_notifier_call_chain(&cr_events, CUBE_ROUTER_CMD_LIMIT, &event);
	return true;
}
