// SPDX-License-Identifier: GPL-2.0
/*
 * Whether the host is as `enable` has made it. The scene is read once; then each check looks at it
 * and changes nothing. Called by `verify` and `status`. Never loads the module.
 */
#include <errno.h>
#include <fnmatch.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "check.h"
#include "enabler.h"
#include "envfile.h"
#include "kept.h"
#include "module.h"
#include "netns.h"
#include "route.h"
#include "sysctl.h"
#include "upgrade.h"
#include "version.h"

#define CONNTRACK_HIGH 8	/* tenths of its table */

/**
 * scene_read() - looks at the host
 * @scene: what there is; to be freed in any case
 * @why: why it cannot be known
 *
 * Return: whether it was read; without the module it is.
 */
bool scene_read(struct scene *scene, struct why *why)
{
	struct genl genl;
	int err;

	*scene = (struct scene){ 0 };
	/* Devices first: what registers itself meanwhile is not taken for one that has not. */
	if (netlink_open(&scene->rt, NETLINK_ROUTE, why) ||
	    links_read(&scene->links, &scene->rt, why))
		return false;
	err = genl_open(&genl, why);
	if (err && err != -ENOENT)
		return false;
	if (!err) {
		err = live_get(&genl, &scene->live, why);
		if (!err)
			err = ports_read(&scene->ports, &genl, why);
		if (!err)
			err = portmaps_read(&scene->maps, &genl, why);
		genl_close(&genl);
		if (err)
			return false;
	}
	if (link_get(&scene->rt, CUBE_ROUTER_DEVICE, &scene->device, why) ||
	    host_read(&scene->host, &scene->rt, why))
		return false;
	scene->walled = firewall_possible(BACKEND_UNSAID, &scene->wall_why) &&
			firewall_read(&scene->wall, &scene->wall_why);
	return true;
}

/**
 * scene_free() - frees a scene
 * @scene: what scene_read() has filled
 */
void scene_free(struct scene *scene)
{
	if (scene->rt.sk)
		netlink_close(&scene->rt);
	portmaps_free(&scene->maps);
	ports_free(&scene->ports);
	links_free(&scene->links);
	host_free(&scene->host);
	firewall_free(&scene->wall);
}

/* A namespace is not the env file's. */
static bool from_env(const struct scene *s, const struct upgrade *upgrade)
{
	struct envfile env = { 0 };
	struct why why;
	bool same;

	same = s->live.mode == CUBE_ROUTER_MODE_ROUTER && !netns_chosen() &&
	       envfile_load(&env, ENVFILE_DEFAULT, &why) &&
	       upgrade_from_env(upgrade, &env, kept_router());
	envfile_free(&env);
	return same;
}

/* The loaded module becomes the installed one, and everything what it was. */
static void remedy_version(const struct scene *s, struct findings *f)
{
	const struct rules *rules = &s->wall.rules[VARIANT_HOST];
	struct upgrade upgrade = {
		.live = &s->live,
		.host = &s->host,
		.mtu = s->device.mtu,
		.backend = s->walled ? firewall_backend(&s->wall, BACKEND_UNSAID) : BACKEND_UNSAID,
		.first = rules->jumps.count && rules->jumps.rules[0].pos == 1 &&
			 rules->forward_count > 1,
	};

	upgrade.from_env = from_env(s, &upgrade);
	remedy_upgrade(&upgrade, f);
}

static void check_module(const struct scene *s, struct findings *f)
{
	if (!s->live.loaded) {
		finding_add(f, LEVEL_FAIL, "module", "module cube_router is not loaded");
		remedy_by_enable(f, s->live.mode, "");
		return;
	}
	finding_add(f, LEVEL_OK, "module", "module cube_router %s is loaded", s->live.version);
	if (!strcmp(s->live.version, CUBE_ROUTER_VERSION))
		return;
	finding_add(f, LEVEL_WARN, "version", "the loaded module is %s, this program %s",
		    s->live.version, CUBE_ROUTER_VERSION);
	remedy_version(s, f);
}

static void check_mode(const struct scene *s, struct findings *f)
{
	if (s->live.mode == CUBE_ROUTER_MODE_ROUTER) {
		finding_add(f, LEVEL_OK, "mode", "mode is router");
		return;
	}
	finding_add(f, LEVEL_FAIL, "mode", "mode is %s", live_mode_name(s->live.mode));
	remedy_by_enable(f, s->live.mode, "");
}

/* Of what is wrong because there is no cube-router, or one that is somebody else's. */
static void remedy_device(const struct scene *s, struct findings *f)
{
	if (s->device.index)
		remedy_add(f, "cube-router-genl %s replace-device", enabler(s->live.mode));
	else
		remedy_by_enable(f, s->live.mode, "");
}

/* Returns whether there is a device of ours to look at. */
static bool check_device(const struct scene *s, struct findings *f)
{
	const struct link_info *device = &s->device;

	if (!device->index) {
		finding_add(f, LEVEL_FAIL, "device", "device cube-router does not exist");
		remedy_device(s, f);
	} else if (!link_is_ours(device)) {
		finding_add(f, LEVEL_FAIL, "device",
			    "device cube-router is not ours but of kind '%s'",
			    *device->kind ? device->kind : "hardware");
		remedy_device(s, f);
		return false;
	} else if (!device->up) {
		finding_add(f, LEVEL_FAIL, "device", "device cube-router is down");
		remedy_add(f, "ip link set cube-router up");
	} else {
		finding_add(f, LEVEL_OK, "device", "device cube-router is up, MTU %u", device->mtu);
	}
	return device->index;
}

/* Whether an address of cube-router is the one that goes with the internal address. */
static bool goes_with(const struct host_address *address, uint32_t snat)
{
	const uint32_t net = address->local & cidr_mask(address->peer.prefix);

	return address->local + 1 == snat &&
	       (address->peer.prefix == 32 || address->local == net + 1);
}

static void check_address(const struct scene *s, struct findings *f)
{
	const struct host_address *address;
	char text[CIDR_TEXT];
	size_t i = 0;

	while ((address = address_next(&s->host, CUBE_ROUTER_DEVICE, &i))) {
		if (!goes_with(address, s->live.snat))
			continue;
		finding_add(f, LEVEL_OK, "address", "cube-router has the address %s",
			    cidr_text((struct cidr){ address->local, address->peer.prefix }, text));
		return;
	}
	finding_add(f, LEVEL_FAIL, "address", "cube-router lacks its address %s",
		    addr_text(s->live.snat - 1, text));
	remedy_by_enable(f, s->live.mode, "");
}

/* Whether the kernel would send replies elsewhere, by a rule or another table. */
static bool misrouted(struct scene *s, const char *snat, struct findings *f)
{
	const struct route_as own = { 0 };
	const struct link_info *out;
	struct route_answer answer;
	struct why why;

	if (!s->device.up || (!route_lookup(&s->rt, s->live.snat, &own, &answer, &why) &&
			      answer.out == s->device.index))
		return false;
	out = links_find(&s->links, answer.out);
	finding_add(f, LEVEL_FAIL, "route",
		    "replies, whose destination is %s, are routed to %s in spite of the route in table main",
		    snat, out ? out->name : "nowhere");
	remedy_add(f, "ip rule add to %s lookup main pref 1", snat);
	return true;
}

static void check_route(struct scene *s, struct findings *f)
{
	const struct host_route *route = host_route_to(&s->host, s->live.snat);
	char text[CIDR_TEXT];

	addr_text(s->live.snat, text);
	if (route && host_route_is_link(route, CUBE_ROUTER_DEVICE)) {
		if (!misrouted(s, text, f))
			finding_add(f, LEVEL_OK, "route", "route %s dev cube-router scope link",
				    text);
		return;
	}
	finding_add(f, LEVEL_FAIL, "route", "route %s dev cube-router scope link is missing", text);
	if (s->device.index && link_is_ours(&s->device))
		remedy_add(f, "ip route replace %s dev cube-router scope link", text);
	else
		remedy_device(s, f);
}

/* The route that makes an address local which no device has, or NULL. */
static const struct host_route *local_route(const struct host *host, uint32_t addr)
{
	const struct host_route *route = host->routes, *end = route + host->route_count;
	size_t i;

	for (i = 0; i < host->address_count; i++)
		if (host->addresses[i].local == addr)
			return NULL;
	for (; route < end; route++)
		if (route->type == RTN_LOCAL && route->table == RT_TABLE_LOCAL &&
		    cidr_contains(route->dst, addr))
			return route;
	return NULL;
}

static void check_local(const struct scene *s, struct findings *f)
{
	char text[CIDR_TEXT], quoted[QUOTED_DEVICE];
	const struct host_route *route;
	const char *dev;

	addr_text(s->live.snat, text);
	if (!address_local(&s->host, s->live.snat, NULL, &dev)) {
		finding_add(f, LEVEL_OK, "local", "internal address %s is not local", text);
		return;
	}
	finding_add(f, LEVEL_FAIL, "local", "internal address %s is local to the host, device %s",
		    text, dev);
	route = local_route(&s->host, s->live.snat);
	if (route)
		remedy_add(f, "ip route del local %s/%u dev %s table local",
			   addr_text(route->dst.addr, text), route->dst.prefix,
			   shell_quote(dev, quoted));
	else
		remedy_add(f, "ip address del %s dev %s", text, shell_quote(dev, quoted));
}

static void check_forwarding(const struct scene *s, struct findings *f)
{
	static const char ours[] = "ipv4/conf/" CUBE_ROUTER_DEVICE "/forwarding";

	const long forward = sysctl_get(SYSCTL_FORWARD);

	/* The kernel takes any number but 0 for on. */
	if (forward <= 0) {
		finding_add(f, LEVEL_FAIL, "ip-forward", "net.ipv4.ip_forward is 0");
		remedy_add(f, "sysctl -w net.ipv4.ip_forward=1");
	} else if (s->device.index && !sysctl_get(ours)) {
		finding_add(f, LEVEL_FAIL, "ip-forward", "forwarding is off for cube-router");
		remedy_add(f, "sysctl -w net/%s=1", ours);
	} else {
		finding_add(f, LEVEL_OK, "ip-forward", "net.ipv4.ip_forward is %ld", forward);
	}
}

static void check_conntrack(const struct scene *s, struct findings *f)
{
	const long count = sysctl_get("netfilter/nf_conntrack_count");
	const long max = (long)s->live.conntrack_max;

	if (count < 0 || !max)
		return;
	if (count * 10 <= max * CONNTRACK_HIGH) {
		finding_add(f, LEVEL_OK, "conntrack", "conntrack has %ld of %ld entries", count,
			    max);
		return;
	}
	finding_add(f, LEVEL_WARN, "conntrack",
		    "conntrack has %ld of %ld entries: new flows are refused when it is full",
		    count, max);
	/* One for all namespaces, which only the first of them can change. */
	remedy_add_outside(f, "sysctl -w net.netfilter.nf_conntrack_max=%ld", 2 * max);
}

/*
 * Conntrack's own times, in seconds, beside ours. Those of connections that begin or end are left
 * out: what they cut short is over soon anyway, and all of the host's would last as long.
 */
static const struct {
	const char *name;
	enum cube_router_session_state ours;
} conntrack_times[] = {
	{ "tcp_timeout_established", CUBE_ROUTER_SESSION_TCP_ESTABLISHED },
	{ "udp_timeout", CUBE_ROUTER_SESSION_UDP_UNREPLIED },
	{ "udp_timeout_stream", CUBE_ROUTER_SESSION_UDP_REPLIED },
	{ "icmp_timeout", CUBE_ROUTER_SESSION_ICMP },
	{ "gre_timeout_stream", CUBE_ROUTER_SESSION_OTHER },
	{ "generic_timeout", CUBE_ROUTER_SESSION_OTHER },
};

/*
 * Where the kernel cannot give entries times of their own, the shorter ones rule. The module uses
 * this function wherever there is one.
 */
static void check_idle_times(const struct scene *s, struct findings *f)
{
	char words[500] = "", path[80];
	size_t i, len = 0, shorter = 0;
	uint32_t ours;
	long time;

	if (!module_lacks("nf_ct_untimeout"))
		return;
	for (i = 0; i < ARRAY_SIZE(conntrack_times); i++) {
		snprintf(path, sizeof(path), "netfilter/nf_conntrack_%s", conntrack_times[i].name);
		time = sysctl_get(path);
		ours = s->live.idle[conntrack_times[i].ours];
		if (time < 0 || time >= (long)ours)
			continue;
		len += (size_t)snprintf(words + len, sizeof(words) - len,
					" net.netfilter.nf_conntrack_%s=%u",
					conntrack_times[i].name, ours);
		shorter++;
	}
	if (!shorter)
		return;
	finding_add(f, LEVEL_WARN, "idle-times",
		    "conntrack's idle times that are shorter than those of config: %zu, and they rule: this kernel has no CONFIG_NF_CONNTRACK_TIMEOUT",
		    shorter);
	remedy_add(f, "sysctl -w%s", words);
}

static void check_held(const struct scene *s, struct findings *f)
{
	const uint32_t held = s->live.held;
	uint32_t bit;

	if (!held) {
		finding_add(f, LEVEL_OK, "held", "ports registered: %u, none held",
			    s->live.sandboxes);
		return;
	}
	for (bit = 1; bit; bit <<= 1) {
		if (!(held & bit))
			continue;
		finding_add(f, LEVEL_FAIL, "held", "ports registered: %u, held: %s",
			    s->live.sandboxes, live_held_name(bit));
		if (bit == CUBE_ROUTER_HELD_DEVICE_DOWN)
			remedy_add(f, "ip link set cube-router up");
		else if (s->live.mode == CUBE_ROUTER_MODE_DIRECT)
			remedy_uplink(s, f);
		else
			remedy_by_enable(f, s->live.mode, "");
	}
}

/* Ports that register themselves get their host route from whoever makes them. */
static void check_ports(const struct scene *s, struct findings *f)
{
	const struct port *port, *first = NULL;
	char text[CIDR_TEXT], quoted[QUOTED_DEVICE];
	const struct host_route *route;
	size_t i, lacking = 0;

	for (i = 0; i < s->ports.count; i++) {
		port = &s->ports.list[i];
		route = host_route_to(&s->host, port->ip);
		if (route && !strcmp(route->dev, port->name))
			continue;
		if (!lacking++)
			first = port;
	}
	if (!lacking) {
		finding_add(f, LEVEL_OK, "sandbox-routes",
			    "each port has the host route to its sandbox");
		return;
	}
	finding_add(f, LEVEL_WARN, "sandbox-routes",
		    "ports without a host route to their sandbox: %zu, %s the first", lacking,
		    first->name);
	if (lacking > 1)
		remedy_each_port(f, "\"route replace\", $2, \"dev\", $1, \"scope link\"");
	else
		remedy_add(f, "ip route replace %s dev %s scope link", addr_text(first->ip, text),
			   shell_quote(first->name, quoted));
}

/* Whether a device's name says whose it is. */
static bool names_sandbox(const struct scene *s, const struct link_info *link)
{
	uint32_t ip;

	return *link->name == 'z' && parse_addr(link->name + 1, &ip) &&
	       cidr_contains(s->live.sandbox, ip);
}

static bool is_registered(const struct scene *s, const struct link_info *link)
{
	size_t i;

	for (i = 0; i < s->ports.count; i++)
		if (s->ports.list[i].index == (uint32_t)link->index)
			return true;
	return false;
}

/* Who has the address that a device's name says, so that it could not be registered; or NULL. */
static const struct port *holder(const struct scene *s, const struct link_info *link)
{
	uint32_t ip = 0;
	size_t i;

	parse_addr(link->name + 1, &ip);
	for (i = 0; i < s->ports.count; i++)
		if (s->ports.list[i].ip == ip)
			return &s->ports.list[i];
	return NULL;
}

/* A device that should have registered itself, and has not, is one of the host's. */
static void check_unregistered(const struct scene *s, struct findings *f)
{
	const struct link_info *link = s->links.list, *end = link + s->links.count, *first = NULL;
	char quoted[QUOTED_DEVICE];
	const struct port *other;
	size_t count = 0;

	if (!*s->live.ports)
		return;
	for (; link < end; link++)
		if (names_sandbox(s, link) && !fnmatch(s->live.ports, link->name, 0) &&
		    !is_registered(s, link) && !count++)
			first = link;
	if (!count)
		return;
	finding_add(f, LEVEL_WARN, "unregistered",
		    "devices that are named like sandboxes' ports and are not registered: %zu, %s the first; the host forwards what they send as it is",
		    count, first->name);
	other = holder(s, first);
	if (other)
		remedy_add(f, "cube-router-genl sandbox del %s", shell_quote(other->name, quoted));
	remedy_add(f, "cube-router-genl sandbox add %s", shell_quote(first->name, quoted));
}

/**
 * remedy_register() - adds how a port is registered: one that there is, if its name says so
 * @scene: the host, without any that is registered
 * @words: what else to say of it, with a blank before; or ""
 * @findings: whose
 */
void remedy_register(const struct scene *scene, const char *words, struct findings *findings)
{
	const struct link_info *link = scene->links.list, *end = link + scene->links.count;
	char quoted[QUOTED_DEVICE];

	for (; link < end; link++)
		if (link->up && names_sandbox(scene, link))
			break;
	remedy_add(findings, "cube-router-genl sandbox add %s%s",
		   link < end ? shell_quote(link->name, quoted) : "PORT", words);
}

/**
 * check_host() - looks at everything but destinations
 * @scene: the host
 * @findings: what is found is added to it
 *
 * What cannot be judged without something that is missing itself is left out.
 */
void check_host(struct scene *scene, struct findings *findings)
{
	bool device;

	check_module(scene, findings);
	if (!scene->live.loaded)
		return;
	if (scene->live.mode == CUBE_ROUTER_MODE_DIRECT) {
		check_direct(scene, findings);
		check_held(scene, findings);
		check_ports(scene, findings);
		check_unregistered(scene, findings);
		return;
	}
	check_mode(scene, findings);
	device = check_device(scene, findings);
	if (scene->live.snat) {
		if (device)
			check_address(scene, findings);
		check_route(scene, findings);
		check_local(scene, findings);
		check_firewall(scene, findings);
	}
	check_forwarding(scene, findings);
	check_conntrack(scene, findings);
	check_idle_times(scene, findings);
	if (scene->maps.count)
		check_uplink(scene, findings);
	check_held(scene, findings);
	check_ports(scene, findings);
	check_unregistered(scene, findings);
}
