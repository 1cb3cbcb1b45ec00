/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Things that happen and that somebody may want to be told of. Whoever makes them happen does not
 * know who listens; netlink_event.c does.
 */
#ifndef CR_EVENT_H
#define CR_EVENT_H

#include <linux/notifier.h>

#include "portmap.h"
#include "sandbox.h"

/**
 * struct cr_event - something happened
 * @crn: where
 * @sandbox: to whom, or NULL
 * @portmap: of CUBE_ROUTER_CMD_PORTMAP_NEW and _DEL: which mapping
 * @counter: of CUBE_ROUTER_CMD_LIMIT: which limit
 * @flushed: of CUBE_ROUTER_CMD_SESSION_FLUSH: how many sessions
 */
struct cr_event {
	struct cr_net *crn;
	struct cr_sandbox *sandbox;
	const struct cr_portmap *portmap;
	enum cr_counter counter;
	u32 flushed;
};

/* Called with &enum cube_router_cmd and &struct cr_event, from any context, may not sleep. */
extern struct atomic_notifier_head cr_events;

/* cr_event_config() - tells that the configuration has changed, or whether packets may flow */
static inline void cr_event_config(struct cr_net *crn)
{
	struct cr_event event = { .crn = crn };

	atomic_notifier_call_chain(&cr_events, CUBE_ROUTER_CMD_CONFIG_SET, &event);
}

/* cr_event_sandbox() - tells that a sandbox has come, has changed or goes */
static inline void cr_event_sandbox(enum cube_router_cmd cmd, struct cr_sandbox *sandbox)
{
	struct cr_event event = { .crn = sandbox->crn, .sandbox = sandbox };

	atomic_notifier_call_chain(&cr_events, cmd, &event);
}

/* cr_event_portmap() - tells that a mapped port has come or goes */
static inline void cr_event_portmap(enum cube_router_cmd cmd, const struct cr_portmap *map)
{
	struct cr_event event = { .crn = map->sbx->crn, .portmap = map };

	atomic_notifier_call_chain(&cr_events, cmd, &event);
}

bool cr_event_limit(struct cr_net *crn, struct cr_sandbox *sandbox, enum cr_counter counter);

#endif
