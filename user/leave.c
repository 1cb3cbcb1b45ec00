// SPDX-License-Identifier: GPL-2.0
/*
 * Away from mode router: the mode first, then the rules, then the device, and its address and route
 * with it. A step that fails takes back those before it. Where that cannot be, as ports that were
 * unregistered by force do not come back, the rest is done all the same: the command can be
 * repeated. Whatever is gone already is no error. A dry run looks and says the same, and takes
 * nothing away. The module is loaded for mode direct, and in mode off to be told what is not its
 * default. Called by `disable`, `stop` and `apply`.
 *
 * JSON of the three:
 *   mode        "direct" or "off"
 *   module      whether the module is loaded
 *   sandboxes   ports that stay registered
 *   uplink      in mode direct: device, gateway (null without); else null
 *   ip_forward  net.ipv4.ip_forward, which stays as it is
 *   dry_run     whether all this is only what would be
 *   changed, changes  what was changed or taken away: see changes_json()
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "changes.h"
#include "firewall.h"
#include "host.h"
#include "kept.h"
#include "leave.h"
#include "link.h"
#include "live.h"
#include "lock.h"
#include "module.h"
#include "netns.h"
#include "output.h"
#include "ports.h"
#include "route.h"
#include "settings.h"
#include "sysctl.h"

/**
 * struct leaving - what was found, and what became of it
 * @mode: what the mode becomes: CUBE_ROUTER_MODE_DIRECT or CUBE_ROUTER_MODE_OFF
 * @force: with mode off, unregister the ports
 * @dry: only say what would be done
 * @quiet: say nothing but what goes wrong
 * @genl: socket to the module
 * @connected: @genl is open
 * @loaded: this run has loaded the module
 * @live: what the module said before
 * @to: what its configuration becomes
 * @uplink: in mode direct, the uplink
 * @ports: those that are unregistered by force
 * @firewall: our firewall rules before they were taken away
 * @ruled: they were read
 * @changes: what was changed
 */
struct leaving {
	enum cube_router_mode mode;
	bool force;
	bool dry;
	bool quiet;
	struct genl genl;
	bool connected;
	bool loaded;
	struct live live;
	struct live to;
	struct uplink uplink;
	struct ports ports;
	struct firewall firewall;
	bool ruled;
	struct changes changes;
};

/* Ports that stay registered. */
static uint32_t sandboxes(const struct leaving *l)
{
	return l->force ? 0 : l->live.sandboxes;
}

/* Makes of the module's configuration @from that of @to, with its mode, or changes nothing. */
static int tell_mode(struct leaving *l, const struct live *from, const struct live *to,
		     struct why *why)
{
	struct nl_msg *msg = genl_request(&l->genl, CUBE_ROUTER_CMD_CONFIG_SET, 0);

	if (msg) {
		if (settings_differ(from, to))
			settings_put(msg, from, to);
		nla_put_u8(msg, CUBE_ROUTER_A_CONFIG_MODE, to->mode);
		if (l->force && to == &l->to)
			nla_put_flag(msg, CUBE_ROUTER_A_CONFIG_FORCE);
		/* Nothing of ours is left in mode off, so nothing is to come of itself either. */
		nla_put_string(msg, CUBE_ROUTER_A_CONFIG_PORTS,
			       to->mode == CUBE_ROUTER_MODE_OFF ? "" : l->live.ports);
	}
	return live_set(&l->genl, msg, why);
}

static void note_mode(struct leaving *l)
{
	settings_tell(&l->changes, &l->live, &l->to);
	if (strcmp(l->live.ports, l->to.ports))
		changes_add(&l->changes, "ports", "register by name: %s",
			    *l->to.ports ? l->to.ports : "none");
	if (l->ports.count)
		changes_add(&l->changes, "ports", "unregister %zu", l->ports.count);
	if (l->live.mode != l->mode)
		changes_add(&l->changes, "mode", "%s, it was %s", live_mode_name(l->mode),
			    live_mode_name(l->live.mode));
}

/* The host routes to sandboxes whose ports were unregistered by force. */
static void drop_routes(struct leaving *l)
{
	const struct ports *ports = &l->ports;
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

static bool make_mode(struct leaving *l, struct why *why)
{
	int err = 0;

	if (l->connected && l->dry && !settings_fit(&l->genl, &l->to, why))
		return false;
	if (l->connected && l->force)
		err = ports_read(&l->ports, &l->genl, why);
	if (l->connected && !err && !l->dry)
		err = tell_mode(l, &l->live, &l->to, why);
	if (err == -EBUSY && l->mode == CUBE_ROUTER_MODE_OFF)
		return why_not(why, "%s: cube-router-genl %sstop force", why->text,
			       netns_option());
	if (err)
		return false;
	note_mode(l);
	drop_routes(l);
	return true;
}

static bool unmake_mode(struct leaving *l, struct why *why)
{
	return !l->connected || !tell_mode(l, &l->to, &l->live, why);
}

static bool drop_rules(struct leaving *l, struct why *why)
{
	bool changed;

	/* Where `enable` never was, there are no rules to miss. */
	if (!firewall_possible(BACKEND_UNSAID, why))
		return !l->live.snat;
	l->ruled = firewall_read(&l->firewall, why);
	if (!l->ruled || !firewall_drop(&l->firewall, l->dry, &changed, why))
		return false;
	if (changed)
		changes_add(&l->changes, "firewall rules", "remove ours");
	return true;
}

static bool restore_rules(struct leaving *l, struct why *why)
{
	return !l->ruled || firewall_restore(&l->firewall, why);
}

static bool drop_device(struct leaving *l, struct why *why)
{
	if (!l->live.device)
		return true;
	if (!l->dry && live_set_device(&l->genl, false, why))
		return false;
	changes_add(&l->changes, "device", "remove " CUBE_ROUTER_DEVICE ", its address and route");
	return true;
}

/**
 * struct step - something that leaving does
 * @name: for people
 * @make: does what there is to do, and notes it
 * @unmake: takes back what was changed, be it half of it; NULL for the last one
 */
struct step {
	const char *name;
	bool (*make)(struct leaving *l, struct why *why);
	bool (*unmake)(struct leaving *l, struct why *why);
};

static const struct step steps[] = {
	{ "module", make_mode, unmake_mode },
	{ "firewall rules", drop_rules, restore_rules },
	{ CUBE_ROUTER_DEVICE, drop_device, NULL },
};

/* Takes back what was done up to a step that has failed; the first one does all or nothing. */
static bool undo(struct leaving *l, size_t step, struct why *why)
{
	size_t i;

	if (!step || l->dry)
		return true;
	for (i = step + 1; i--;)
		if (steps[i].unmake && !steps[i].unmake(l, why))
			return false;
	return true;
}

/* Says which step has failed and why, and how the host was left. */
static int fail(struct leaving *l, size_t step, const struct why *failure)
{
	const char *name = steps[step].name;
	struct why why;

	if (!step)
		return refuse("%s: %s", name, failure->text);
	if (l->ports.count)
		return refuse("%s: %s; the mode is off, no port is registered: repeat that",
			      name, failure->text);
	if (!undo(l, step, &why))
		return refuse("%s: %s; what was done stays (%s), mode %s: repeat that", name,
			      failure->text, why.text, live_mode_name(l->mode));
	return refuse("%s: %s; the host was left as before", name, failure->text);
}

/*
 * Last comes what would stand in the way back: the ports that a pattern registers stay, and without
 * an uplink there is no mode direct.
 */
static bool finish(struct leaving *l, struct why *why)
{
	const bool off = l->mode == CUBE_ROUTER_MODE_OFF;
	struct nl_msg *msg;

	if (!l->connected || l->dry)
		return true;
	if (off ? !*l->live.uplink : !strcmp(l->live.ports, l->to.ports))
		return true;
	msg = genl_request(&l->genl, CUBE_ROUTER_CMD_CONFIG_SET, 0);
	if (msg && off) {
		nla_put_string(msg, CUBE_ROUTER_A_CONFIG_UPLINK, "");
		nla_put_u32(msg, CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY, 0);
	} else if (msg) {
		nla_put_string(msg, CUBE_ROUTER_A_CONFIG_PORTS, l->to.ports);
	}
	return !live_set(&l->genl, msg, why);
}

static void report_json(const struct leaving *l)
{
	json_t *object;

	object = json_pack("{s:s, s:b, s:I, s:o, s:I, s:b}", "mode", live_mode_name(l->mode),
			   "module", l->live.loaded, "sandboxes", (json_int_t)sandboxes(l),
			   "uplink", uplink_json(&l->uplink),
			   "ip_forward", (json_int_t)sysctl_get(SYSCTL_FORWARD), "dry_run", l->dry);
	changes_json(&l->changes, object);
	out_json(object);
}

/* Whether a device has our name that is not ours: it is none of our business, and stays. */
static bool foreign_device(void)
{
	struct link_info device = { 0 };
	struct netlink rt;
	struct why why;

	if (netlink_open(&rt, NETLINK_ROUTE, &why))
		return false;
	if (link_get(&rt, CUBE_ROUTER_DEVICE, &device, &why))
		device.index = 0;
	netlink_close(&rt);
	return device.index && !link_is_ours(&device);
}

static void report_text(const struct leaving *l)
{
	char text[UPLINK_TEXT];

	if (l->dry)
		printf("dry run: ");
	if (l->mode == CUBE_ROUTER_MODE_DIRECT)
		printf("mode direct: packets of registered ports (%u) leave by %s", sandboxes(l),
		       uplink_text(&l->uplink, text));
	else if (!l->live.loaded)
		printf("mode off: the module is not loaded");
	else
		printf("mode off: no port is registered");
	printf("; %s; ip_forward stays %ld\n", foreign_device() ?
	       "our rules are gone, device cube-router is not ours and stays" :
	       "cube-router, its route and rules are gone", sysctl_get(SYSCTL_FORWARD));
	changes_print(&l->changes);
}

/* Whoever changes something is told when few ports are left. */
static void warn_ports(const struct leaving *l)
{
	char text[200];
	const char *remedy;
	uint16_t low, high;
	uint32_t ports;

	if (l->mode != CUBE_ROUTER_MODE_DIRECT || !l->changes.count ||
	    !sysctl_get_range(SYSCTL_LOCAL_PORTS, &low, &high))
		return;
	ports = uplink_ports(high, l->to.map_high);
	if (ports >= UPLINK_PORTS)
		return;
	remedy = uplink_room(low, high, l->to.map_high, text);
	fflush(stdout);
	caution("%u ports are left to sandboxes at the uplink's address: %s%s", ports,
		remedy ? netns_prefix() : "",
		remedy ? remedy : "CUBE_ROUTER_PORTMAP_RANGE should end below 49152");
}

/* Takes everything away, the module being connected if it is there. */
static int leave(struct leaving *l)
{
	int done = DONE;
	struct why why;
	size_t i;

	l->to.mode = l->mode;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		if (steps[i].make(l, &why))
			continue;
		done = fail(l, i, &why);
		/* Ports that are gone do not come back: then as much is done as can be. */
		if (!i || !l->ports.count)
			return done;
	}
	if (!finish(l, &why))
		done = refuse("module: %s; all else is done: repeat that", why.text);
	if (l->mode == CUBE_ROUTER_MODE_DIRECT && !l->dry)
		kept_set_uplink(&l->uplink);
	if (done == DONE && !l->quiet) {
		(out_is_json() ? report_json : report_text)(l);
		warn_ports(l);
	}
	return done;
}

/* Asks the module, which need not be there. */
static bool look(struct leaving *l, struct why *why)
{
	int err;

	if (!l->dry && !lock_take(why))
		return false;
	err = genl_open(&l->genl, why);
	l->connected = !err;
	if (!err)
		return !live_get(&l->genl, &l->live, why);
	return err == -ENOENT;
}

static int end(struct leaving *l, int done)
{
	if (l->connected)
		genl_close(&l->genl);
	if (l->loaded && done != DONE)
		module_unload();
	ports_free(&l->ports);
	firewall_free(&l->firewall);
	changes_free(&l->changes);
	return done;
}

/* The module has to be loaded; then it is as it is when it has just been. */
static bool need_module(struct leaving *l, struct why *why)
{
	if (l->live.loaded)
		return true;
	if (l->dry && !module_installed(why))
		return false;
	changes_add(&l->changes, "module", "load cube_router");
	l->live = settings_fresh;
	return true;
}

static bool connect_module(struct leaving *l, struct why *why)
{
	if (l->connected || l->dry || !l->live.loaded)
		return true;
	l->connected = module_connect(&l->genl, &l->loaded, why);
	return l->connected && !live_get(&l->genl, &l->live, why);
}

/* Puts into a configuration what is said of sandboxes and mapped ports; nothing else changes. */
static void take_wishes(struct live *to, const struct wishes *w)
{
	if (w->sandbox_said)
		to->sandbox = w->sandbox;
	if (w->port_low)
		to->port_low = (uint16_t)w->port_low;
	/* An older module knows nothing of it. */
	if (w->map_low && to->map_low) {
		to->map_low = (uint16_t)w->map_low;
		to->map_high = (uint16_t)w->map_high;
	}
}

/* What sandboxes and mapped ports will need when they come; the module as it comes may do. */
static bool decide_off(struct leaving *l, const struct wishes *w, struct why *why)
{
	struct live to = settings_fresh;

	take_wishes(&to, w);
	if (settings_differ(&settings_fresh, &to) && !need_module(l, why))
		return false;
	l->to = l->live;
	*l->to.ports = '\0';
	if (l->live.loaded)
		take_wishes(&l->to, w);
	return true;
}

/**
 * leave_off() - leaves nothing on the host
 * @wishes: what somebody has said
 * @force: unregister the ports
 * @dry: only say what would be taken away
 *
 * Return: exit code; all is said.
 */
int leave_off(const struct wishes *wishes, bool force, bool dry)
{
	struct leaving l = { .mode = CUBE_ROUTER_MODE_OFF, .force = force, .dry = dry };
	struct why why;

	if (!look(&l, &why) || !decide_off(&l, wishes, &why) || !connect_module(&l, &why))
		return end(&l, refuse("%s", why.text));
	return end(&l, leave(&l));
}

static bool find_uplink(struct leaving *l, const struct uplink_wish *wish, struct why *why)
{
	struct links links = { 0 };
	struct host host = { 0 };
	struct uplink_facts facts = {
		.live = &l->live, .kept = kept_uplink(), .host = &host, .links = &links,
	};
	struct netlink rt;
	bool done;

	if (netlink_open(&rt, NETLINK_ROUTE, why))
		return false;
	done = !host_read(&host, &rt, why) && !links_read(&links, &rt, why) &&
	       uplink_settle(&l->uplink, wish, &facts, why);
	host_free(&host);
	links_free(&links);
	netlink_close(&rt);
	if (done && !*l->uplink.dev)
		return why_not(why,
			       "no uplink is known, and no default route shows one: cube-router-genl %sdisable uplink DEV via ADDR",
			       netns_option());
	return done;
}

/* What the configuration becomes; nothing that is not said changes. */
static bool decide_direct(struct leaving *l, const struct wishes *w, struct why *why)
{
	if (!find_uplink(l, &w->uplink, why) || !need_module(l, why))
		return false;
	l->to = l->live;
	take_wishes(&l->to, w);
	strcpy(l->to.uplink, l->uplink.dev);
	l->to.gateway = l->uplink.gateway;
	if (w->ports)
		snprintf(l->to.ports, sizeof(l->to.ports), "%s", w->ports);
	return true;
}

/**
 * leave_direct() - lets sandboxes leave by the uplink, and takes everything else away
 * @wishes: what somebody has said
 * @dry: only say what would be done
 * @quiet: say nothing but what goes wrong
 *
 * Return: exit code; all is said.
 */
int leave_direct(const struct wishes *wishes, bool dry, bool quiet)
{
	struct leaving l = { .mode = CUBE_ROUTER_MODE_DIRECT, .dry = dry, .quiet = quiet };
	struct why why;
	bool ready = look(&l, &why) && decide_direct(&l, wishes, &why) && connect_module(&l, &why);

	if (!ready)
		return end(&l, refuse("%s", why.text));
	return end(&l, leave(&l));
}
