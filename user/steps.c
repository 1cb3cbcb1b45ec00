// SPDX-License-Identifier: GPL-2.0
/*
 * What `enable` does to the host. Every step looks at what there is, changes only what differs, and
 * remembers in struct run what it has changed, so that it can be taken back if a later one fails.
 * In a dry run it looks and says the same, and changes nothing: what an earlier step would have
 * done is inferred. The mode comes last: until then packets of registered ports are not let
 * through. Called by enable.c with everything decided.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "array.h"
#include "firewall.h"
#include "host.h"
#include "module.h"
#include "output.h"
#include "route.h"
#include "settings.h"
#include "steps.h"
#include "sysctl.h"

#define QUEUE_LENGTH 1000

static bool find_module(struct run *run, struct why *why)
{
	int err = genl_open(&run->genl, why);

	run->connected = !err;
	if (!err)
		return !live_get(&run->genl, &run->live, why);
	if (err != -ENOENT || !module_installed(why))
		return false;
	changes_add(&run->changes, "module", "load cube_router");
	run->live = settings_fresh;
	return true;
}

static bool make_module(struct run *run, struct why *why)
{
	if (run->dry)
		return find_module(run, why);
	run->connected = module_connect(&run->genl, &run->loaded, why);
	if (run->loaded)
		changes_add(&run->changes, "module", "load cube_router");
	return run->connected && !live_get(&run->genl, &run->live, why);
}

static bool unmake_module(struct run *run, struct why *why)
{
	(void)why;
	if (run->connected)
		genl_close(&run->genl);
	run->connected = false;
	if (run->loaded)
		module_unload();
	return true;
}

static bool foreign(const struct run *run)
{
	return run->device.index && !link_is_ours(&run->device);
}

/* Whether this run has made cube-router: it goes as a whole then, with all that it has. */
static bool fresh(const struct run *run)
{
	return !run->live.device;
}

/* Routes go with a device that is taken down, and with its last address. */
static bool save_routes(struct run *run, struct why *why)
{
	return run->dry || !run->device.index ||
	       !routes_save(&run->routes, run->rt, run->device.index, why);
}

static bool restore_routes(struct run *run, struct why *why)
{
	return routes_restore(&run->routes, run->rt, why) ||
	       why_not(why, "a route by " CUBE_ROUTER_DEVICE " cannot be put back: %s", why->text);
}

/*
 * Renames a device that stands in the way; it is deleted when all else is done. One that an earlier
 * run has left under that name is not missed by anyone.
 */
static bool make_room(struct run *run, struct why *why)
{
	static const char step[] = "foreign device";
	struct link_info old;

	if (!save_routes(run, why))
		return false;
	if (!run->plan->replace_device)
		return true;
	if (link_get(run->rt, PLAN_PARKED, &old, why))
		return false;
	if (old.index)
		changes_add(&run->changes, step, "remove " PLAN_PARKED ", left by an earlier run");
	if (foreign(run))
		changes_add(&run->changes, step, "remove " CUBE_ROUTER_DEVICE " of kind '%s'",
			    *run->device.kind ? run->device.kind : "hardware");
	if (run->dry)
		return true;
	if (old.index && link_delete(run->rt, old.index, why))
		return false;
	run->parked = foreign(run);
	return !run->parked || !link_rename(run->rt, run->device.index, PLAN_PARKED, why);
}

static bool unmake_room(struct run *run, struct why *why)
{
	if (!run->parked)
		return true;
	run->parked = false;
	if (link_rename(run->rt, run->device.index, CUBE_ROUTER_DEVICE, why) ||
	    link_shape(run->rt, &run->device, why))
		return why_not(why, PLAN_PARKED " cannot be named " CUBE_ROUTER_DEVICE " again: %s",
			       why->text);
	return restore_routes(run, why);
}

/* Makes the module's configuration @to, if it is not so already. */
static bool configure(struct run *run, const struct live *from, const struct live *to,
		      struct why *why)
{
	struct nl_msg *msg;

	if (!settings_differ(from, to) && from->device == to->device)
		return true;
	msg = genl_request(&run->genl, CUBE_ROUTER_CMD_CONFIG_SET, 0);
	if (msg) {
		settings_put(msg, from, to);
		nla_put_u8(msg, CUBE_ROUTER_A_CONFIG_DEVICE, to->device);
	}
	return !live_set(&run->genl, msg, why);
}

/* As the module makes it. */
static const struct link_info fresh_device = { .mtu = 1500, .queue = QUEUE_LENGTH };

/* What the module's configuration becomes. */
static struct live wanted(const struct run *run)
{
	struct live to = run->live;

	to.sandbox = run->plan->sandbox;
	to.snat = run->plan->addresses.snat;
	to.port_low = run->plan->rules.port_low;
	to.device = true;
	if (*run->plan->uplink.dev) {
		strcpy(to.uplink, run->plan->uplink.dev);
		to.gateway = run->plan->uplink.gateway;
	}
	/* An older module knows nothing of it. */
	if (run->live.map_low) {
		to.map_low = run->plan->map_low;
		to.map_high = run->plan->map_high;
	}
	return to;
}

static bool make_device(struct run *run, struct why *why)
{
	struct live to = wanted(run);

	settings_tell(&run->changes, &run->live, &to);
	if (!run->live.device)
		changes_add(&run->changes, "device", "make " CUBE_ROUTER_DEVICE);
	if (run->dry) {
		run->shape = run->live.device ? run->device : fresh_device;
		return !run->connected || settings_fit(&run->genl, &to, why);
	}
	if (!configure(run, &run->live, &to, why))
		return false;
	if (link_get(run->rt, CUBE_ROUTER_DEVICE, &run->shape, why))
		return false;
	return link_is_ours(&run->shape) ||
	       why_not(why, "somebody has taken the device away: repeat that");
}

static bool unmake_device(struct run *run, struct why *why)
{
	struct live from;

	return !live_get(&run->genl, &from, why) && configure(run, &from, &run->live, why);
}

static bool is_address(const struct host_address *address, struct cidr cidr)
{
	return address->local == cidr.addr && address->peer.prefix == cidr.prefix;
}

/* Goes through the addresses that cube-router had before the first step. */
static const struct host_address *next_address(const struct run *run, size_t *i)
{
	return foreign(run) ? NULL : address_next(run->host, CUBE_ROUTER_DEVICE, i);
}

/* The others first: one of their network would take ours with it. */
static bool make_address(struct run *run, struct why *why)
{
	const struct cidr wanted = run->plan->addresses.device;
	const struct host_address *old;
	char text[CIDR_TEXT];
	struct cidr cidr;
	bool has = false;
	size_t i = 0;
	int err;

	while ((old = next_address(run, &i))) {
		if (is_address(old, wanted)) {
			has = true;
			continue;
		}
		cidr = (struct cidr){ old->local, old->peer.prefix };
		changes_add(&run->changes, "address", "remove %s", cidr_text(cidr, text));
		if (!run->dry && link_del_address(run->rt, run->shape.index, cidr, why))
			return false;
	}
	if (run->dry)
		err = has ? -EEXIST : 0;
	else
		err = link_add_address(run->rt, run->shape.index, wanted, why);
	if (!err)
		changes_add(&run->changes, "address", "add %s", cidr_text(wanted, text));
	run->readdressed = !err;
	return !err || err == -EEXIST;
}

/*
 * The old ones first: routes go with a device's last address. They may have gone with the last of
 * the old ones, and whatever a later step has deleted of them comes back here, too.
 */
static bool unmake_address(struct run *run, struct why *why)
{
	const struct cidr wanted = run->plan->addresses.device;
	bool was_there = false, done = true;
	const struct host_address *old;
	struct why told;
	size_t i = 0;
	int err;

	if (fresh(run))
		return true;
	while ((old = next_address(run, &i))) {
		was_there = was_there || is_address(old, wanted);
		err = link_add_address(run->rt, run->shape.index,
				       (struct cidr){ old->local, old->peer.prefix }, &told);
		if (err && err != -EEXIST)
			done = why_not(why, "%s", told.text);
	}
	if (!was_there) {
		err = link_del_address(run->rt, run->shape.index, wanted, &told);
		if (err && err != -EADDRNOTAVAIL)
			done = why_not(why, "%s", told.text);
	}
	if (!restore_routes(run, &told))
		done = why_not(why, "%s", told.text);
	return done;
}

static bool make_shape(struct run *run, struct why *why)
{
	struct link_info to = run->shape;

	to.mtu = run->plan->mtu;
	to.queue = QUEUE_LENGTH;
	to.up = true;
	if (to.mtu != run->shape.mtu)
		changes_add(&run->changes, "link", "mtu %u", to.mtu);
	if (to.queue != run->shape.queue)
		changes_add(&run->changes, "link", "txqueuelen %u", to.queue);
	if (!run->shape.up)
		changes_add(&run->changes, "link", "up");
	run->shaped = to.mtu != run->shape.mtu || to.queue != run->shape.queue || !run->shape.up;
	return !run->shaped || run->dry || !link_shape(run->rt, &to, why);
}

static bool unmake_shape(struct run *run, struct why *why)
{
	return fresh(run) || !run->shaped || !link_shape(run->rt, &run->shape, why);
}

/* In a dry run: whether a route would be gone: a device's routes go with its last address. */
static bool gone(const struct run *run, const struct host_route *route)
{
	return run->dry && !strcmp(route->dev, CUBE_ROUTER_DEVICE) &&
	       (foreign(run) || run->readdressed);
}

/* Whether a route is one of those that we put on cube-router for an internal address. */
static bool on_device(const struct host_route *route)
{
	return route->table == RT_TABLE_MAIN && route->dst.prefix == 32 &&
	       route->protocol != RTPROT_KERNEL && host_route_is_link(route, CUBE_ROUTER_DEVICE);
}

static bool make_routes(struct run *run, const struct host *host, struct why *why)
{
	const uint32_t snat = run->plan->addresses.snat;
	const struct host_route *route;
	char text[CIDR_TEXT];
	size_t i;

	for (i = 0; i < host->route_count; i++) {
		route = &host->routes[i];
		if (!on_device(route) || route->dst.addr == snat || gone(run, route))
			continue;
		changes_add(&run->changes, "route", "remove %s dev " CUBE_ROUTER_DEVICE,
			    addr_text(route->dst.addr, text));
		if (!run->dry && route_del(run->rt, route->dst.addr, run->shape.index, why))
			return false;
	}
	route = host_route_to(host, snat);
	if (route && !gone(run, route))
		return host_route_is_link(route, CUBE_ROUTER_DEVICE) ||
		       why_not(why,
			       "table main has another route to the internal address, dev %s",
			       route->dev);
	changes_add(&run->changes, "route", "add %s dev " CUBE_ROUTER_DEVICE " scope link",
		    addr_text(snat, text));
	return run->dry || !route_add(run->rt, snat, run->shape.index, why);
}

/* Addresses have changed since the run began, and routes with them: they are read anew. */
static bool make_route(struct run *run, struct why *why)
{
	struct host host;
	bool done;

	done = !host_read(&host, run->rt, why) && make_routes(run, &host, why);
	host_free(&host);
	return done;
}

static bool unmake_route(struct run *run, struct why *why)
{
	int err;

	if (fresh(run))
		return true;
	err = route_del(run->rt, run->plan->addresses.snat, run->shape.index, why);
	return !err || err == -ESRCH;
}

static bool make_forward(struct run *run, struct why *why)
{
	long value = sysctl_get(SYSCTL_FORWARD);

	/* The kernel takes any number but 0 for on. */
	if (value > 0)
		return true;
	changes_add(&run->changes, "ip_forward", "net.ipv4.ip_forward = 1, it was %ld", value);
	if (run->dry)
		return true;
	run->forward = value;
	sysctls_save(&run->forwarding);
	return sysctl_set(SYSCTL_FORWARD, 1, why);
}

static bool unmake_forward(struct run *run, struct why *why)
{
	if (run->forward < 0 || sysctl_get(SYSCTL_FORWARD) == run->forward)
		return true;
	/* In this order: the first changes what the others put right. */
	if (!sysctl_set(SYSCTL_FORWARD, run->forward, why))
		return false;
	sysctls_restore(&run->forwarding);
	return true;
}

static bool make_rules(struct run *run, struct why *why)
{
	const struct plan *plan = run->plan;
	bool changed;

	run->ruled = firewall_read(&run->firewall, why);
	if (!run->ruled ||
	    !firewall_make(&run->firewall, plan->backend, &plan->rules, run->dry, &changed,
			   why))
		return false;
	if (changed)
		changes_add(&run->changes, "firewall rules", "put ours in place, by %s",
			    firewall_backend(&run->firewall, plan->backend) == BACKEND_NFT ?
				    "nft" : "iptables");
	return true;
}

static bool unmake_rules(struct run *run, struct why *why)
{
	return !run->ruled || firewall_restore(&run->firewall, why);
}

/* The pattern with it: what it registers now cannot be told apart from others any more. */
static bool make_mode(struct run *run, struct why *why)
{
	const bool mode = run->live.mode != CUBE_ROUTER_MODE_ROUTER;
	const char *ports = run->plan->ports;
	struct nl_msg *msg;

	if (strcmp(run->live.ports, ports))
		changes_add(&run->changes, "ports", "register by name: %s",
			    *ports ? ports : "none");
	else if (!mode)
		return true;
	if (mode)
		changes_add(&run->changes, "mode", "router, it was %s",
			    live_mode_name(run->live.mode));
	if (run->dry)
		return true;
	msg = genl_request(&run->genl, CUBE_ROUTER_CMD_CONFIG_SET, 0);
	if (msg) {
		nla_put_u8(msg, CUBE_ROUTER_A_CONFIG_MODE, CUBE_ROUTER_MODE_ROUTER);
		nla_put_string(msg, CUBE_ROUTER_A_CONFIG_PORTS, ports);
	}
	return !live_set(&run->genl, msg, why);
}

/**
 * struct step - something that `enable` does
 * @name: for people
 * @make: does what there is to do, and notes it
 * @unmake: takes back what was changed, be it half of it; NULL for the last one
 */
struct step {
	const char *name;
	bool (*make)(struct run *run, struct why *why);
	bool (*unmake)(struct run *run, struct why *why);
};

static const struct step steps[] = {
	{ "module", make_module, unmake_module },
	{ "foreign device", make_room, unmake_room },
	{ "device", make_device, unmake_device },
	{ "address", make_address, unmake_address },
	{ "link", make_shape, unmake_shape },
	{ "route", make_route, unmake_route },
	{ "ip_forward", make_forward, unmake_forward },
	{ "firewall rules", make_rules, unmake_rules },
	{ "mode", make_mode, NULL },
};

/* Takes back all up to a step that has failed, be one of them in vain. */
static bool undo(struct run *run, size_t step, struct why *why)
{
	bool done = true;
	struct why told;
	size_t i;

	for (i = step + 1; i--;)
		if (steps[i].unmake && !steps[i].unmake(run, &told))
			done = why_not(why, "%s: %s", steps[i].name, told.text);
	return done;
}

/**
 * steps_run() - does all steps, or none
 * @run: what is decided, and the sockets
 * @why: which step failed, and why
 *
 * Return: whether the host is what the plan says, or in a dry run could be made so; if not, it is
 * what it was before, or @why says that it may not be.
 */
bool steps_run(struct run *run, struct why *why)
{
	struct why left;
	size_t i;

	run->forward = -1;
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (!steps[i].make(run, why))
			break;
	if (i == ARRAY_SIZE(steps)) {
		/* From here on there is no way back, and none is needed. */
		if (run->parked && link_delete(run->rt, run->device.index, why))
			caution(PLAN_PARKED " cannot be deleted: %s", why->text);
		return true;
	}
	if (run->dry || undo(run, i, &left))
		return why_not(why, "%s: %s; the host was left as before", steps[i].name,
			       why->text);
	return why_not(why, "%s: %s; the host may not be as before (%s): repeat that",
		       steps[i].name, why->text, left.text);
}

/**
 * steps_end() - frees what a run holds
 * @run: it
 */
void steps_end(struct run *run)
{
	if (run->connected)
		genl_close(&run->genl);
	firewall_free(&run->firewall);
	sysctls_free(&run->forwarding);
	routes_free(&run->routes);
	changes_free(&run->changes);
}
