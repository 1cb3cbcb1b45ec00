// SPDX-License-Identifier: GPL-2.0
/*
 * What `enable` does to the host. Every step looks at what there is, changes only what differs, and
 * remembers in struct run what it has changed, so that it can be taken back if a later one fails.
 * The mode comes last: until then packets of registered ports are not let through. Called by
 * enable.c with everything decided.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "firewall.h"
#include "host.h"
#include "module.h"
#include "output.h"
#include "route.h"
#include "steps.h"
#include "sysctl.h"
#include "words.h"

#define QUEUE_LENGTH 1000

/**
 * steps_connect() - opens a socket to the module, which is loaded if need be
 * @genl: it; to be closed if it was opened
 * @loaded: whether the module had to be loaded
 * @why: why not
 *
 * Return: whether it is open.
 */
bool steps_connect(struct genl *genl, bool *loaded, struct why *why)
{
	int err = genl_open(genl, why);

	*loaded = false;
	if (err != -ENOENT)
		return !err;
	*loaded = module_load(why);
	return *loaded && !genl_open(genl, why);
}

static bool make_module(struct run *run, bool *changed, struct why *why)
{
	run->connected = steps_connect(&run->genl, &run->loaded, why);
	*changed = run->loaded;
	return run->connected && !live_get(&run->genl, &run->live, why);
}

static void unmake_module(struct run *run)
{
	if (run->connected)
		genl_close(&run->genl);
	run->connected = false;
	if (run->loaded)
		module_unload();
}

static bool foreign(const struct run *run)
{
	return run->device.index && !link_is_ours(&run->device);
}

/* Whether a route is one of those that we put on cube-router for an internal address. */
static bool on_device(const struct host_route *route)
{
	return route->table == RT_TABLE_MAIN && route->dst.prefix == 32 &&
	       route->protocol != RTPROT_KERNEL && host_route_is_link(route, CUBE_ROUTER_DEVICE);
}

/* Puts back those of these routes that there were. */
static void restore_routes(struct run *run, int index)
{
	struct why why;
	size_t i;

	for (i = 0; i < run->host->route_count; i++)
		if (on_device(&run->host->routes[i]))
			route_add(run->rt, run->host->routes[i].dst.addr, index, &why);
}

/*
 * Renames a device that stands in the way; it is deleted when all else is done. One that an earlier
 * run has left under that name is not missed by anyone.
 */
static bool make_room(struct run *run, bool *changed, struct why *why)
{
	struct link_info old;

	if (!run->plan->replace_device)
		return true;
	if (link_get(run->rt, PLAN_PARKED, &old, why) ||
	    (old.index && link_delete(run->rt, old.index, why)))
		return false;
	*changed = old.index;
	if (!foreign(run))
		return true;
	run->parked = true;
	*changed = true;
	return !link_rename(run->rt, run->device.index, PLAN_PARKED, why);
}

static void unmake_room(struct run *run)
{
	struct why why;

	if (!run->parked)
		return;
	run->parked = false;
	if (link_rename(run->rt, run->device.index, CUBE_ROUTER_DEVICE, &why) ||
	    link_shape(run->rt, &run->device, &why))
		caution(PLAN_PARKED " cannot be named " CUBE_ROUTER_DEVICE " again: %s", why.text);
	restore_routes(run, run->device.index);
}

/* Whether two configurations differ in more than the device. */
static bool differs(const struct live *a, const struct live *b)
{
	return a->sandbox.addr != b->sandbox.addr || a->sandbox.prefix != b->sandbox.prefix ||
	       a->snat != b->snat || a->port_low != b->port_low;
}

/* Makes the module's configuration @to, if it is not so already. */
static bool configure(struct run *run, const struct live *from, const struct live *to,
		      struct why *why)
{
	struct nl_msg *msg;

	if (!differs(from, to) && from->device == to->device)
		return true;
	msg = genl_request(&run->genl, CUBE_ROUTER_CMD_CONFIG_SET, 0);
	if (msg) {
		nla_put_u32(msg, CUBE_ROUTER_A_CONFIG_SANDBOX_NET, htonl(to->sandbox.addr));
		nla_put_u8(msg, CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX, to->sandbox.prefix);
		nla_put_u16(msg, CUBE_ROUTER_A_CONFIG_PORT_LOW, to->port_low);
		nla_put_u8(msg, CUBE_ROUTER_A_CONFIG_DEVICE, to->device);
		/* Once set, it cannot be unset; without a device it means nothing. */
		if (to->snat && to->snat != from->snat)
			nla_put_u32(msg, CUBE_ROUTER_A_CONFIG_SNAT_ADDR, htonl(to->snat));
	}
	return !live_set(&run->genl, msg, why);
}

/* What the module's configuration becomes. */
static struct live wanted(const struct run *run)
{
	struct live to = run->live;

	to.sandbox = run->plan->sandbox;
	to.snat = run->plan->addresses.snat;
	to.port_low = run->plan->rules.port_low;
	to.device = true;
	return to;
}

static bool make_device(struct run *run, bool *changed, struct why *why)
{
	struct live to = wanted(run);

	*changed = !run->live.device;
	if (differs(&run->live, &to))
		run->changed[run->changed_count++] = "configuration";
	if (!configure(run, &run->live, &to, why))
		return false;
	if (link_get(run->rt, CUBE_ROUTER_DEVICE, &run->shape, why))
		return false;
	return link_is_ours(&run->shape) ||
	       why_not(why, "the module has the device under another name: ip link del it");
}

static void unmake_device(struct run *run)
{
	struct live from;
	struct why why;

	if (live_get(&run->genl, &from, &why) || !configure(run, &from, &run->live, &why))
		caution("the module's configuration cannot be put back: %s", why.text);
}

static bool is_address(const struct host_address *address, struct cidr cidr)
{
	return address->local == cidr.addr && address->peer.prefix == cidr.prefix;
}

/* Goes through the addresses that cube-router had before the first step. */
static const struct host_address *next_address(const struct run *run, size_t *i)
{
	const struct host_address *address;

	while (!foreign(run) && *i < run->host->address_count) {
		address = &run->host->addresses[(*i)++];
		if (!strcmp(address->dev, CUBE_ROUTER_DEVICE))
			return address;
	}
	return NULL;
}

/* The others first: one of their network would take ours with it. */
static bool make_address(struct run *run, bool *changed, struct why *why)
{
	const struct cidr wanted = run->plan->addresses.device;
	const struct host_address *old;
	size_t i = 0;
	int err;

	while ((old = next_address(run, &i))) {
		if (is_address(old, wanted))
			continue;
		*changed = true;
		if (link_del_address(run->rt, run->shape.index,
				     (struct cidr){ old->local, old->peer.prefix }, why))
			return false;
	}
	err = link_add_address(run->rt, run->shape.index, wanted, why);
	if (!err)
		*changed = true;
	return !err || err == -EEXIST;
}

/* The old ones first: routes go with a device's last address. */
static void unmake_address(struct run *run)
{
	const struct cidr wanted = run->plan->addresses.device;
	const struct host_address *old;
	bool was_there = false;
	struct why why;
	size_t i = 0;

	while ((old = next_address(run, &i))) {
		was_there = was_there || is_address(old, wanted);
		link_add_address(run->rt, run->shape.index,
				 (struct cidr){ old->local, old->peer.prefix }, &why);
	}
	if (!was_there)
		link_del_address(run->rt, run->shape.index, wanted, &why);
}

static bool make_shape(struct run *run, bool *changed, struct why *why)
{
	struct link_info to = run->shape;

	to.mtu = run->plan->mtu;
	to.queue = QUEUE_LENGTH;
	to.up = true;
	if (to.mtu == run->shape.mtu && to.queue == run->shape.queue && run->shape.up)
		return true;
	run->shaped = true;
	*changed = true;
	return !link_shape(run->rt, &to, why);
}

static void unmake_shape(struct run *run)
{
	struct why why;

	if (run->shaped)
		link_shape(run->rt, &run->shape, &why);
}

/* Addresses have changed since the run began, and routes with them: they are read anew. */
static bool make_route(struct run *run, bool *changed, struct why *why)
{
	const uint32_t snat = run->plan->addresses.snat;
	const struct host_route *route;
	struct host host;
	bool done;
	size_t i;

	done = !host_read(&host, run->rt, why);
	for (i = 0; done && i < host.route_count; i++) {
		route = &host.routes[i];
		if (!on_device(route) || route->dst.addr == snat)
			continue;
		*changed = true;
		done = !route_del(run->rt, route->dst.addr, run->shape.index, why);
	}
	route = done ? host_route_to(&host, snat) : NULL;
	if (done && !route) {
		*changed = true;
		done = !route_add(run->rt, snat, run->shape.index, why);
	} else if (done && !host_route_is_link(route, CUBE_ROUTER_DEVICE)) {
		done = why_not(why, "table main has another route to the internal address, dev %s",
			       route->dev);
	}
	host_free(&host);
	return done;
}

static void unmake_route(struct run *run)
{
	struct why why;

	route_del(run->rt, run->plan->addresses.snat, run->shape.index, &why);
	if (!foreign(run))
		restore_routes(run, run->shape.index);
}

static bool make_forward(struct run *run, bool *changed, struct why *why)
{
	long value = sysctl_get(SYSCTL_FORWARD);

	if (value == 1)
		return true;
	run->forward = value;
	sysctls_save(&run->forwarding);
	*changed = true;
	return sysctl_set(SYSCTL_FORWARD, 1, why);
}

static void unmake_forward(struct run *run)
{
	struct why why;

	if (run->forward < 0)
		return;
	/* In this order: the first changes what the others put right. */
	sysctl_set(SYSCTL_FORWARD, run->forward, &why);
	sysctls_restore(&run->forwarding);
}

static bool make_rules(struct run *run, bool *changed, struct why *why)
{
	const struct plan *plan = run->plan;

	run->ruled = firewall_read(&run->firewall, why);
	return run->ruled && firewall_make(plan->backend, &plan->rules, changed, why);
}

static void unmake_rules(struct run *run)
{
	struct why why;

	if (run->ruled && !firewall_restore(&run->firewall, &why))
		caution("the firewall rules cannot be put back: %s", why.text);
}

/* The pattern with it: what it registers now cannot be told apart from others any more. */
static bool make_mode(struct run *run, bool *changed, struct why *why)
{
	const char *ports = run->plan->ports;
	struct nl_msg *msg;

	*changed = run->live.mode != CUBE_ROUTER_MODE_ROUTER;
	if (strcmp(run->live.ports, ports))
		run->changed[run->changed_count++] = "ports";
	else if (!*changed)
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
 * @make: does it; says whether there was something to do
 * @unmake: takes back what was changed, be it half of it; NULL for the last one
 */
struct step {
	const char *name;
	bool (*make)(struct run *run, bool *changed, struct why *why);
	void (*unmake)(struct run *run);
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

/**
 * steps_run() - does all steps, or none
 * @run: what is decided, and the sockets
 * @why: which step failed, and why
 *
 * Return: whether the host is what the plan says; if not, it is what it was before.
 */
bool steps_run(struct run *run, struct why *why)
{
	bool changed;
	size_t i;

	run->forward = -1;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		changed = false;
		if (!steps[i].make(run, &changed, why))
			break;
		if (changed)
			run->changed[run->changed_count++] = steps[i].name;
	}
	if (i == ARRAY_SIZE(steps)) {
		/* From here on there is no way back, and none is needed. */
		if (run->parked && link_delete(run->rt, run->device.index, why))
			caution(PLAN_PARKED " cannot be deleted: %s", why->text);
		return true;
	}
	why_not(why, "%s: %s; the host was left as before", steps[i].name, why->text);
	do {
		if (steps[i].unmake)
			steps[i].unmake(run);
	} while (i--);
	return false;
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
}
