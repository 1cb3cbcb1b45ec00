// SPDX-License-Identifier: GPL-2.0
/*
 * `disable` and `stop`: the mode first, then the rules, then the device, and its address and route
 * with it. Whatever of it is gone already is no error; what goes wrong does not keep the rest from
 * being done, and the command can be repeated. Never loads the module.
 *
 * JSON, as of `apply` with ENABLE=0:
 *   mode        "held" or "off"
 *   module      whether the module is loaded
 *   sandboxes   ports that stay registered
 *   changed     list of what was taken away
 *   ip_forward  net.ipv4.ip_forward, which stays as it is
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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
	struct live live;
	uint32_t sandboxes;
	json_t *changed;
	int done;
};

static void note(struct leaving *l, const char *what)
{
	json_array_append_new(l->changed, json_string(what));
}

static void failed(struct leaving *l, const char *what, const struct why *why)
{
	l->done = refuse("%s: %s", what, why->text);
}

/* The host routes to sandboxes whose ports are unregistered by force. */
static void drop_routes(struct leaving *l, const struct ports *ports)
{
	struct netlink rt;
	struct why why;
	bool some = false;
	size_t i;

	if (!ports->count || netlink_open(&rt, NETLINK_ROUTE, &why))
		return;
	for (i = 0; i < ports->count; i++)
		if (!ports->list[i].automatic &&
		    !route_del(&rt, ports->list[i].ip, (int)ports->list[i].index, &why))
			some = true;
	if (some)
		note(l, "sandbox routes");
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
	if (!err)
		err = tell_mode(l, genl, force, &why);
	if (err == -EBUSY && l->mode == CUBE_ROUTER_MODE_OFF)
		l->done = refuse("%s: %scube-router-genl stop force", why.text, netns_prefix());
	else if (err)
		failed(l, "module", &why);
	else if (l->live.mode != l->mode)
		note(l, "mode");
	l->sandboxes = force ? 0 : l->live.sandboxes;
	if (!err && ports.count)
		note(l, "ports");
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
	if (!firewall_drop(&changed, &why))
		failed(l, "firewall rules", &why);
	else if (changed)
		note(l, "firewall rules");
}

static void drop_device(struct leaving *l, struct genl *genl)
{
	struct why why;

	if (!l->live.device)
		return;
	if (live_set_device(genl, false, &why))
		failed(l, CUBE_ROUTER_DEVICE, &why);
	else
		note(l, "device");
}

static void report(const struct leaving *l)
{
	long forward = sysctl_get(SYSCTL_FORWARD);
	const char *mode = live_mode_name(l->mode);

	if (out_is_json())
		out_json(json_pack("{s:s, s:b, s:I, s:O, s:I}", "mode", mode,
				   "module", l->live.loaded,
				   "sandboxes", (json_int_t)l->sandboxes, "changed", l->changed,
				   "ip_forward", (json_int_t)forward));
	else if (!l->live.loaded)
		printf("mode off: the module is not loaded");
	else if (l->mode == CUBE_ROUTER_MODE_HELD)
		printf("mode held: packets of registered ports (%u) are dropped until enable",
		       l->sandboxes);
	else
		printf("mode off: no port is registered");
	if (out_is_json())
		return;
	printf("; cube-router, its route and rules are gone; ip_forward stays %ld\n", forward);
	out_changed(l->changed);
}

/**
 * leave_host() - takes everything away
 * @mode: what the mode becomes: CUBE_ROUTER_MODE_HELD or CUBE_ROUTER_MODE_OFF
 * @force: with mode off, unregister the ports
 *
 * Return: exit code; all is said.
 */
int leave_host(enum cube_router_mode mode, bool force)
{
	struct leaving l = { .mode = mode };
	struct genl genl;
	struct why why;
	int err;

	if (!lock_take(&why))
		return refuse("%s", why.text);
	err = genl_open(&genl, &why);
	if (err && err != -ENOENT)
		return refuse("%s", why.text);
	/* Without the module no port is held. */
	if (err)
		l.mode = CUBE_ROUTER_MODE_OFF;
	l.changed = json_array();
	if (err || set_mode(&l, &genl, force)) {
		drop_rules(&l);
		drop_device(&l, &genl);
		if (l.done == DONE)
			report(&l);
	}
	if (!err)
		genl_close(&genl);
	json_decref(l.changed);
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
	return leave_host(mode, count && words[0].given);
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
