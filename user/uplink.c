// SPDX-License-Identifier: GPL-2.0
/*
 * Which device the uplink is. What was said counts, then what is live, then what was kept from
 * earlier, and last the default route: it may be a tunnel by now, and a tunnel is no uplink. Pure:
 * all facts are given. Called by `enable`, `disable` and `apply`.
 */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "output.h"
#include "uplink.h"

#define LOCAL_HIGH	49151	/* the host's own ports end here in the remedy */

/*
 * The first default route by a gateway of the device, before those of other tables that of main, or
 * with NULL the first one of main of any device that is no tunnel.
 */
static const struct host_route *default_route(const struct uplink_facts *facts, const char *dev)
{
	const struct host_route *route, *other = NULL;
	const struct link_info *link;
	size_t i;

	for (i = 0; i < facts->host->route_count; i++) {
		route = &facts->host->routes[i];
		if (route->dst.prefix || route->type != RTN_UNICAST || !route->next_hop)
			continue;
		if (dev && strcmp(route->dev, dev))
			continue;
		if (route->table != RT_TABLE_MAIN) {
			other = other ?: route;
			continue;
		}
		if (dev)
			return route;
		link = links_named(facts->links, route->dev);
		if (link && !link_is_tunnel(link) && strcmp(link->name, CUBE_ROUTER_DEVICE))
			return route;
	}
	return dev ? other : NULL;
}

static void set(struct uplink *uplink, const char *dev, uint32_t gateway)
{
	*uplink = (struct uplink){ .gateway = gateway };
	snprintf(uplink->dev, sizeof(uplink->dev), "%s", dev);
}

/*
 * Where nobody has said the gateway of a device. It may be another one by now than the live one,
 * which `apply` does not go by where it could have been learnt.
 */
static uint32_t gateway_of(const char *dev, bool anew, const struct uplink_facts *facts)
{
	const struct host_route *route = default_route(facts, dev);

	if (anew && route)
		return route->next_hop;
	if (facts->live->gateway && !strcmp(dev, facts->live->uplink))
		return facts->live->gateway;
	if (route)
		return route->next_hop;
	return strcmp(dev, facts->kept.dev) ? 0 : facts->kept.gateway;
}

/* What was kept counts as long as its device is there; its gateway may be another one by now. */
static void from_host(struct uplink *uplink, const struct uplink_facts *facts)
{
	const struct host_route *route = default_route(facts, NULL);
	const struct uplink *kept = &facts->kept;

	if (*kept->dev && links_named(facts->links, kept->dev) &&
	    (!route || strcmp(route->dev, kept->dev)))
		*uplink = *kept;
	else if (route)
		set(uplink, route->dev, route->next_hop);
}

/**
 * uplink_known() - whether an uplink is said or live, so that no other source is asked
 * @wish: what is said
 * @live: what the module says
 *
 * Return: whether it is.
 */
bool uplink_known(const struct uplink_wish *wish, const struct live *live)
{
	return wish->dev || *live->uplink;
}

/**
 * uplink_settle() - decides which device the uplink is
 * @uplink: the decision; its name is "" if none can be known
 * @wish: what is said
 * @facts: where else it can be known from
 * @why: what is wrong with what is said
 *
 * Return: whether nothing is.
 */
bool uplink_settle(struct uplink *uplink, const struct uplink_wish *wish,
		   const struct uplink_facts *facts, struct why *why)
{
	*uplink = (struct uplink){ 0 };
	if (wish->dev) {
		if (wish->typed && !links_named(facts->links, wish->dev))
			return why_not(why, "uplink: no such device '%s'", wish->dev);
		if (!strcmp(wish->dev, CUBE_ROUTER_DEVICE) || !strcmp(wish->dev, "lo"))
			return why_not(why, "uplink: '%s' leads nowhere", wish->dev);
		set(uplink, wish->dev,
		    wish->gateway ? wish->gateway : gateway_of(wish->dev, wish->anew, facts));
	} else if (*facts->live->uplink) {
		set(uplink, facts->live->uplink,
		    wish->anew ? gateway_of(facts->live->uplink, true, facts) :
				 facts->live->gateway);
	} else {
		from_host(uplink, facts);
	}
	return true;
}

/**
 * uplink_text() - an uplink as the words that name it
 * @uplink: it
 * @text: room for them
 *
 * Return: @text.
 */
const char *uplink_text(const struct uplink *uplink, char text[UPLINK_TEXT])
{
	char gateway[CIDR_TEXT];

	if (uplink->gateway)
		snprintf(text, UPLINK_TEXT, "%s via %s", uplink->dev,
			 addr_text(uplink->gateway, gateway));
	else
		snprintf(text, UPLINK_TEXT, "%s", *uplink->dev ? uplink->dev : "none");
	return text;
}

/**
 * uplink_json() - an uplink for programs
 * @uplink: it
 *
 * Return: object: device, gateway (null without); or null where there is none.
 */
json_t *uplink_json(const struct uplink *uplink)
{
	if (!*uplink->dev)
		return json_null();
	return json_pack("{s:o, s:o}", "device", json_text(uplink->dev), "gateway",
			 json_addr(uplink->gateway));
}

/**
 * uplink_parse() - reads what uplink_text() has written
 * @uplink: the uplink
 * @line: the text; cut
 *
 * Return: whether it is one.
 */
bool uplink_parse(struct uplink *uplink, char *line)
{
	char *via = strstr(line, " via ");
	uint32_t gateway = 0;

	if (via) {
		*via = '\0';
		if (!parse_addr(via + strlen(" via "), &gateway))
			return false;
	}
	if (!parse_device_name(line))
		return false;
	set(uplink, line, gateway);
	return true;
}

/**
 * uplink_ports() - how many ports are left to sandboxes at the uplink's address
 * @local_high: last one of net.ipv4.ip_local_port_range
 * @map_high: last one that can be mapped
 *
 * Return: their number.
 */
uint32_t uplink_ports(uint16_t local_high, uint16_t map_high)
{
	return UINT16_MAX - (uint32_t)(local_high > map_high ? local_high : map_high);
}

/**
 * uplink_room() - how to make room for more ports
 * @local_low: first one of net.ipv4.ip_local_port_range
 * @local_high: last one
 * @map_high: last one that can be mapped
 * @text: room for the remedy
 *
 * Return: @text, or NULL if there are enough, or mapped ports alone stand against it.
 */
const char *uplink_room(uint16_t local_low, uint16_t local_high, uint16_t map_high, char text[200])
{
	const uint16_t end = map_high > LOCAL_HIGH ? map_high : LOCAL_HIGH;

	if (uplink_ports(local_high, map_high) >= UPLINK_PORTS || local_high <= end)
		return NULL;
	snprintf(text, 200, "sysctl -w net.ipv4.ip_local_port_range=\"%u %u\"",
		 local_low && local_low < end ? local_low : 32768, end);
	return text;
}
