// SPDX-License-Identifier: GPL-2.0
/*
 * How the module's configuration becomes another one: sandbox CIDR, internal address, ports and
 * uplink. Mode, device and pattern are the business of who calls: the steps of `enable`, and
 * leaving.
 */
#include <arpa/inet.h>
#include <netlink/attr.h>
#include <string.h>

#include "plan.h"
#include "portmaps.h"
#include "ports.h"
#include "settings.h"
#include "uplink.h"

/* settings_fresh - as the module says of itself when it has just been loaded */
const struct live settings_fresh = {
	.loaded = true, .sandbox = ADDRESS_SANDBOX_DEFAULT, .port_low = PLAN_PORT_LOW,
	.map_low = PLAN_MAP_LOW, .map_high = PLAN_MAP_HIGH,
};

static bool other_cidr(const struct live *a, const struct live *b)
{
	return a->sandbox.addr != b->sandbox.addr || a->sandbox.prefix != b->sandbox.prefix;
}

static bool other_uplink(const struct live *a, const struct live *b)
{
	return strcmp(a->uplink, b->uplink) || a->gateway != b->gateway;
}

static bool other_range(const struct live *a, const struct live *b)
{
	return a->map_low != b->map_low || a->map_high != b->map_high;
}

/* settings_differ() - whether two configurations do */
bool settings_differ(const struct live *a, const struct live *b)
{
	return other_cidr(a, b) || a->snat != b->snat || a->port_low != b->port_low ||
	       other_uplink(a, b) || other_range(a, b);
}

/**
 * settings_tell() - says in which points they differ
 * @changes: told
 * @from: what is
 * @to: what shall be
 */
void settings_tell(struct changes *changes, const struct live *from, const struct live *to)
{
	static const char step[] = "configuration";
	struct uplink uplink = { .gateway = to->gateway };
	char text[UPLINK_TEXT];

	if (other_cidr(from, to))
		changes_add(changes, step, "sandbox CIDR %s", cidr_text(to->sandbox, text));
	if (from->snat != to->snat)
		changes_add(changes, step, "internal address %s", addr_text(to->snat, text));
	if (from->port_low != to->port_low)
		changes_add(changes, step, "translated ports %u-65535", to->port_low);
	if (other_range(from, to))
		changes_add(changes, step, "mapped ports %u-%u", to->map_low, to->map_high);
	strcpy(uplink.dev, to->uplink);
	if (other_uplink(from, to))
		changes_add(changes, step, "uplink %s", uplink_text(&uplink, text));
}

static bool maps_fit(const struct portmaps *maps, const struct live *to, struct why *why)
{
	uint16_t port;
	size_t i;

	for (i = 0; i < maps->count; i++) {
		port = maps->list[i].host_port;
		if (port < to->map_low || port > to->map_high)
			return why_not(why,
				       "CUBE_ROUTER_PORTMAP_RANGE: a mapped port lies outside this range");
	}
	return true;
}

static bool ports_fit(const struct ports *ports, const struct live *to, struct why *why)
{
	const uint32_t last = cidr_last(to->sandbox);
	uint32_t ip;
	size_t i;

	for (i = 0; i < ports->count; i++) {
		ip = ports->list[i].ip;
		if (!cidr_contains(to->sandbox, ip))
			return why_not(why,
				       "sandbox-cidr: a registered port's address is outside this sandbox CIDR");
		if (ip == to->sandbox.addr || ip == last)
			return why_not(why,
				       "sandbox-cidr: a registered port has this CIDR's network or broadcast address");
	}
	return true;
}

/**
 * settings_fit() - whether ports that are registered and mapped fit in, for who only says what
 * would be
 * @genl: socket
 * @to: what shall be
 * @why: why not, as the module says it when it is asked for that
 *
 * Return: whether they do.
 */
bool settings_fit(struct genl *genl, const struct live *to, struct why *why)
{
	struct portmaps maps = { 0 };
	struct ports ports = { 0 };
	bool fit;

	fit = !portmaps_read(&maps, genl, why) && !ports_read(&ports, genl, why) &&
	      maps_fit(&maps, to, why) && ports_fit(&ports, to, why);
	portmaps_free(&maps);
	ports_free(&ports);
	return fit;
}

/**
 * settings_put() - puts them into a request
 * @msg: a CUBE_ROUTER_CMD_CONFIG_SET
 * @from: what is
 * @to: what shall be
 */
void settings_put(struct nl_msg *msg, const struct live *from, const struct live *to)
{
	nla_put_u32(msg, CUBE_ROUTER_A_CONFIG_SANDBOX_NET, htonl(to->sandbox.addr));
	nla_put_u8(msg, CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX, to->sandbox.prefix);
	nla_put_u16(msg, CUBE_ROUTER_A_CONFIG_PORT_LOW, to->port_low);
	/* Once set, it cannot be unset; without a device it means nothing. */
	if (to->snat && to->snat != from->snat)
		nla_put_u32(msg, CUBE_ROUTER_A_CONFIG_SNAT_ADDR, htonl(to->snat));
	if (other_range(from, to)) {
		nla_put_u16(msg, CUBE_ROUTER_A_CONFIG_PORTMAP_LOW, to->map_low);
		nla_put_u16(msg, CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH, to->map_high);
	}
	if (other_uplink(from, to)) {
		nla_put_string(msg, CUBE_ROUTER_A_CONFIG_UPLINK, to->uplink);
		nla_put_u32(msg, CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY, htonl(to->gateway));
	}
}
