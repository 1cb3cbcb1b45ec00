// SPDX-License-Identifier: GPL-2.0
/*
 * `disable` and `stop`: the mode first, then the rules, then the device, and its address and route
 * with it. Whatever of it is gone already is no error; what goes wrong does not keep the rest from
 * being done, and the command can be repeated. A dry run looks and says the same, and takes nothing
 * away. Never loads the module.
 *
 * JSON, as of `apply` with ENABLE=0:
 *   mode        "held" or "off"
 *   module      whether the module is loaded
 *   sandboxes   ports that stay registered
 *   ip_forward  net.ipv4.ip_forward, which stays as it is
 *   dry_run     whether all this is only what would be
 *   changed, changes  what was taken away: see changes_json()
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agreed.h"
#include "changes.h"
#include "command.h"
#include "firewall.h"
#include "leave.h"
#include "live.h"
#include "lock.h"
#include "netns.h"
#include "output.h"
#include "ports.h"
#include "route.h"
#include "sysctl.h"
#include "words.h"

/* What was found, and what became of it. */
struct leaving {
	enum cube_router_mode mode;
	bool dry;
	struct live live;
	uint32_t sandboxes;
	struct changes changes;
	int done;
};

static void failed(struct leaving *l, const char *what, const struct why *why)
{
	l->done = refuse("%s: %s", what, why->text);
}

/* The host routes to sandboxes whose ports are unregistered by force. */
static void drop_routes(struct leaving *l, const struct ports *ports)
{
	struct netlink rt;
	struct why why;
	size_t i, some = 0;

	if (!ports->count || netlink_open(&rt, NETLINK_ROUTE, &why))
		return;
	for (i = 0; i < ports->count; i++)
		if (!ports->list[i].automatic &&
		    (l->dry || !route_del(&rt, ports->list[i].ip, (int)ports->list[i].index, &why)))
			some++;
	if (some)
		changes_add(&l->changes, "sandbox routes", "remove %zu", some);
	netlink_close(&rt);
}

static int tell_mode(struct leaving *l, struct genl *genl, bool force, struct why *why)
{
	struct nl_msg *msg = genl_request(genl, CUBE_ROUTER_CMD_CONFIG_SET, 0);

	if (msg) {
		nla_put_u8(msg, CUBE_ROUTER_A_CONFIG_MODE, l->mode);
		if (force)
			nla_put_flag(msg, CUBE_ROUTER_A_CONFIG_FORCE);
		/* Nothing of ours is left in mode off, so nothing is to come of itself either. */
		if (l->mode == CUBE_ROUTER_MODE_OFF)
			nla_put_string(msg, CUBE_ROUTER_A_CONFIG_PORTS, "");
	}
	return live_set(genl, msg, why);
}

static bool set_mode(struct leaving *l, struct genl *genl, bool force)
{
	struct ports ports = { 0 };
	struct why why;
	int err;

	err = live_get(genl, &l->live, &why);
	if (!err && force)
		err = ports_read(&ports, genl, &why);
	if (!err && !l->dry)
		err = tell_mode(l, genl, force, &why);
	if (err == -EBUSY && l->mode == CUBE_ROUTER_MODE_OFF)
		l->done = refuse("%s: %scube-router-genl stop force", why.text, netns_prefix());
	else if (err)
		failed(l, "module", &why);
	else if (l->live.mode != l->mode)
		changes_add(&l->changes, "mode", "%s, it was %s", live_mode_name(l->mode),
			    live_mode_name(l->live.mode));
	l->sandboxes = force ? 0 : l->live.sandboxes;
	if (!err && ports.count)
		changes_add(&l->changes, "ports", "unregister %zu", ports.count);
	if (!err)
		drop_routes(l, &ports);
	ports_free(&ports);
	return !err;
}

static void drop_rules(struct leaving *l)
{
	struct why why;
	bool changed;

	/* Where `enable` never was, there are no rules to miss. */
	if (!firewall_possible(BACKEND_UNSAID, &why)) {
		if (l->live.snat)
			failed(l, "firewall rules", &why);
		return;
	}
	if (!firewall_drop(l->dry, &changed, &why))
		failed(l, "firewall rules", &why);
	else if (changed)
		changes_add(&l->changes, "firewall rules", "remove ours");
}

static void drop_device(struct leaving *l, struct genl *genl)
{
	struct why why;

	if (!l->live.device)
		return;
	if (!l->dry && live_set_device(genl, false, &why))
		failed(l, CUBE_ROUTER_DEVICE, &why);
	else
		changes_add(&l->changes, "device",
			    "remove " CUBE_ROUTER_DEVICE ", its address and route");
}

static void report_json(const struct leaving *l)
{
	json_t *object;

	object = json_pack("{s:s, s:b, s:I, s:I, s:b}", "mode", live_mode_name(l->mode),
			   "module", l->live.loaded, "sandboxes", (json_int_t)l->sandboxes,
			   "ip_forward", (json_int_t)sysctl_get(SYSCTL_FORWARD), "dry_run", l->dry);
	changes_json(&l->changes, object);
	out_json(object);
}

static void report_text(const struct leaving *l)
{
	if (l->dry)
		printf("dry run: ");
	if (!l->live.loaded)
		printf("mode off: the module is not loaded");
	else if (l->mode == CUBE_ROUTER_MODE_HELD)
		printf("mode held: packets of registered ports (%u) are dropped until enable",
		       l->sandboxes);
	else
		printf("mode off: no port is registered");
	printf("; cube-router, its route and rules are gone; ip_forward stays %ld\n",
	       sysctl_get(SYSCTL_FORWARD));
	changes_print(&l->changes);
}

/**
 * leave_host() - takes everything away
 * @mode: what the mode becomes: CUBE_ROUTER_MODE_HELD or CUBE_ROUTER_MODE_OFF
 * @force: with mode off, unregister the ports
 * @dry: only say what would be taken away
 *
 * Return: exit code; all is said.
 */
int leave_host(enum cube_router_mode mode, bool force, bool dry)
{
	struct leaving l = { .mode = mode, .dry = dry };
	struct genl genl;
	struct why why;
	int err;

	if (!dry && !lock_take(&why))
		return refuse("%s", why.text);
	err = genl_open(&genl, &why);
	if (err && err != -ENOENT)
		return refuse("%s", why.text);
	/* Without the module no port is held. */
	if (err)
		l.mode = CUBE_ROUTER_MODE_OFF;
	if (err || set_mode(&l, &genl, force)) {
		drop_rules(&l);
		drop_device(&l, &genl);
		if (l.mode == CUBE_ROUTER_MODE_OFF && !dry)
			agreed_set((struct cidr){ 0 });
		if (l.done == DONE)
			(out_is_json() ? report_json : report_text)(&l);
	}
	if (!err)
		genl_close(&genl);
	changes_free(&l.changes);
	return l.done;
}

static int leave_with(const char *name, enum cube_router_mode mode, struct word *words,
		      size_t count, int argc, char **argv)
{
	struct why why;

	if (!words_read(words, count, argc, argv, &why))
		return misuse("%s: %s", name, why.text);
	if (!netns_enter(&why))
		return refuse("%s", why.text);
	return leave_host(mode, count && words[0].given, false);
}

/* cmd_disable() - ends the routing; the packets of registered ports are held */
int cmd_disable(int argc, char **argv)
{
	return leave_with("disable", CUBE_ROUTER_MODE_HELD, NULL, 0, argc, argv);
}

/* cmd_stop() - leaves nothing of ours on the host */
int cmd_stop(int argc, char **argv)
{
	struct word words[] = { WORD_FLAG("force") };

	return leave_with("stop", CUBE_ROUTER_MODE_OFF, words, ARRAY_SIZE(words), argc, argv);
}
