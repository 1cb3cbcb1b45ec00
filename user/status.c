// SPDX-License-Identifier: GPL-2.0
/*
 * `status`: what cube-router is doing, and what it lacks. Never loads the module, changes nothing.
 *
 * JSON:
 *   loaded                whether the module is loaded; if not, the rest is null or empty
 *   version               of the module
 *   mode                  "off", "router", "direct" or "held"
 *   held                  list of the reasons why ports are held
 *   device                the device cube-router, null without:
 *     kind, ours, up, mtu, addresses (list)
 *   snat_address          the internal address
 *   sandbox_cidr          the sandbox CIDR
 *   lateral               "allow" or "deny"
 *   port_low              translated ports lie between it and 65535
 *   ports                 pattern of the ports that register themselves, "" for none
 *   sandboxes             ports registered
 *   sessions              sessions there are
 *   max_sessions          configured limit, and
 *   max_sessions_now      what nf_conntrack_max leaves of it
 *   max_sandbox_sessions  configured limit of one sandbox, and
 *   max_sandbox_sessions_now  what max_sessions_now leaves of it
 *   nf_conntrack_max      conntrack's own limit
 *   uplink                null without:
 *     device, gateway (null without), address (null while it has none), ports: how many are left
 *     to sandboxes at it in mode direct, up to 65535
 *   portmap_low, portmap_high  mapped ports lie between these
 *   portmaps              how many there are
 *   problems              in modes router and direct, the checks that fail: see findings_json()
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "command.h"
#include "netns.h"
#include "output.h"
#include "uplink.h"

static json_t *device_json(const struct scene *s)
{
	const struct host_address *address;
	struct cidr cidr;
	json_t *addresses;
	size_t i = 0;

	if (!s->device.index)
		return json_null();
	addresses = json_array();
	while ((address = address_next(&s->host, CUBE_ROUTER_DEVICE, &i))) {
		cidr = (struct cidr){ address->local, address->peer.prefix };
		json_array_append_new(addresses, json_cidr(cidr));
	}
	return json_pack("{s:o, s:b, s:b, s:I, s:o}", "kind", json_text(s->device.kind),
			 "ours", link_is_ours(&s->device), "up", s->device.up,
			 "mtu", (json_int_t)s->device.mtu, "addresses", addresses);
}

static json_t *number_json(const struct live *live, uint32_t number)
{
	return live->loaded ? json_integer(number) : json_null();
}

static json_t *text_json(const struct live *live, const char *text)
{
	return live->loaded ? json_string(text) : json_null();
}

static json_t *uplink_now_json(const struct live *l)
{
	if (!*l->uplink)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:I}", "device", json_text(l->uplink),
			 "gateway", json_addr(l->gateway), "address", json_addr(l->uplink_addr),
			 "ports", (json_int_t)l->uplink_ports);
}

static void report_json(const struct scene *s, const struct findings *problems)
{
	const struct live *l = &s->live;
	json_t *object = json_object();

	json_object_set_new(object, "loaded", json_boolean(l->loaded));
	json_object_set_new(object, "version", text_json(l, l->version));
	json_object_set_new(object, "mode", text_json(l, live_mode_name(l->mode)));
	json_object_set_new(object, "held", live_held_json(l->held));
	json_object_set_new(object, "device", device_json(s));
	json_object_set_new(object, "snat_address", json_addr(l->snat));
	json_object_set_new(object, "sandbox_cidr",
			    l->loaded ? json_cidr(l->sandbox) : json_null());
	json_object_set_new(object, "lateral", text_json(l, l->lateral ? "allow" : "deny"));
	json_object_set_new(object, "port_low", number_json(l, l->port_low));
	json_object_set_new(object, "ports", text_json(l, l->ports));
	json_object_set_new(object, "sandboxes", number_json(l, l->sandboxes));
	json_object_set_new(object, "sessions", number_json(l, l->sessions));
	json_object_set_new(object, "max_sessions", number_json(l, l->max_sessions));
	json_object_set_new(object, "max_sessions_now", number_json(l, l->max_sessions_now));
	json_object_set_new(object, "max_sandbox_sessions",
			    number_json(l, l->max_sandbox_sessions));
	json_object_set_new(object, "max_sandbox_sessions_now",
			    number_json(l, l->max_sandbox_sessions_now));
	json_object_set_new(object, "nf_conntrack_max", number_json(l, l->conntrack_max));
	json_object_set_new(object, "uplink", uplink_now_json(l));
	json_object_set_new(object, "portmap_low", number_json(l, l->map_low));
	json_object_set_new(object, "portmap_high", number_json(l, l->map_high));
	json_object_set_new(object, "portmaps", number_json(l, (uint32_t)s->maps.count));
	json_object_set_new(object, "problems", findings_json(problems, LEVEL_FAIL));
	out_json(object);
}

static void device_text(const struct scene *s)
{
	const struct host_address *address;
	char text[CIDR_TEXT];
	size_t i = 0;

	if (!s->device.index) {
		puts("  device: none");
		return;
	}
	printf("  device: %s, MTU %u", s->device.up ? "up" : "down", s->device.mtu);
	if (!link_is_ours(&s->device))
		printf(", not ours but of kind '%s'", s->device.kind);
	while ((address = address_next(&s->host, CUBE_ROUTER_DEVICE, &i)))
		printf(", %s",
		       cidr_text((struct cidr){ address->local, address->peer.prefix }, text));
	putchar('\n');
}

static void uplink_now_text(const struct live *l, size_t maps)
{
	struct uplink uplink = { .gateway = l->gateway };
	char text[UPLINK_TEXT];

	strcpy(uplink.dev, l->uplink);
	printf("  uplink: %s", uplink_text(&uplink, text));
	if (*l->uplink)
		printf(", address %s", l->uplink_addr ? addr_text(l->uplink_addr, text) : "none");
	if (*l->uplink && l->mode == CUBE_ROUTER_MODE_DIRECT && l->uplink_ports)
		printf(", ports %u-65535", 65536 - l->uplink_ports);
	printf("\n  mapped ports: %zu in %u-%u\n", maps, l->map_low, l->map_high);
}

static void live_text(const struct live *l)
{
	char text[CIDR_TEXT];

	if (l->mode != CUBE_ROUTER_MODE_DIRECT)
		printf("  internal address: %s, ports %u-65535\n",
		       l->snat ? addr_text(l->snat, text) : "none", l->port_low);
	printf("  sandboxes: %u in %s", l->sandboxes, cidr_text(l->sandbox, text));
	if (*l->ports)
		printf(", registered by name: %s", l->ports);
	printf("\n  lateral: %s\n", l->lateral ? "allow" : "deny");
	printf("  sessions: %u of %u (configured %u, nf_conntrack_max %u)\n", l->sessions,
	       l->max_sessions_now, l->max_sessions, l->conntrack_max);
	printf("  sessions of a sandbox: at most %u (configured %u)\n",
	       l->max_sandbox_sessions_now, l->max_sandbox_sessions);
}

static void held_text(uint32_t held)
{
	const char *before = "  held: ";
	uint32_t bit;

	for (bit = 1; bit; bit <<= 1) {
		if (!(held & bit))
			continue;
		fputs(before, stdout);
		out_painted(PAINT_BAD, "%s", live_held_name(bit));
		before = ", ";
	}
	if (held)
		putchar('\n');
}

static void report_text(const struct scene *s, const struct findings *problems)
{
	const struct live *l = &s->live;

	out_painted(PAINT_NAME, "cube-router");
	if (l->loaded)
		printf(": mode %s, module %s\n", live_mode_name(l->mode), l->version);
	else
		puts(": the module is not loaded");
	if ((l->loaded && l->mode != CUBE_ROUTER_MODE_DIRECT) || s->device.index)
		device_text(s);
	if (l->loaded)
		live_text(l);
	if (l->map_low)
		uplink_now_text(l, s->maps.count);
	held_text(l->held);
	findings_print(problems, LEVEL_FAIL);
}

/* cmd_status() - shows what cube-router is doing */
int cmd_status(int argc, char **argv)
{
	struct findings problems = { 0 };
	struct scene scene;
	struct why why;
	int done = DONE;

	if (argc)
		return misuse("status: unknown word '%s'", argv[0]);
	if (!netns_enter(&why))
		return refuse("%s", why.text);
	if (scene_read(&scene, &why)) {
		/* In the other modes nothing but the mode is wrong, and that is told anyway. */
		if (scene.live.mode == CUBE_ROUTER_MODE_ROUTER ||
		    scene.live.mode == CUBE_ROUTER_MODE_DIRECT)
			check_host(&scene, &problems);
		(out_is_json() ? report_json : report_text)(&scene, &problems);
	} else {
		done = refuse("%s", why.text);
	}
	findings_free(&problems);
	scene_free(&scene);
	return done;
}
