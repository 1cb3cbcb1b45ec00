// SPDX-License-Identifier: GPL-2.0
/*
 * `portmap`: ports of the uplink's address that are sandboxes', in both modes.
 *
 * JSON of a mapped port, as of `add`:
 *   protocol    "tcp" or "udp"
 *   host_port   the port at the uplink's address
 *   port        name of the sandbox's port
 *   guest_port  the port at the sandbox
 * `list`:  portmaps: list of mapped ports, by protocol and port
 * `del`:   deleted: list of the one that is ended: protocol, host_port
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "command.h"
#include "listener.h"
#include "live.h"
#include "lock.h"
#include "netns.h"
#include "output.h"
#include "portmaps.h"

#define REMEDY "config set uplink DEV uplink-gateway ADDR"

/* Reads `tcp|udp HOSTPORT`. */
static bool read_mapped(struct portmap *map, int argc, char **argv, struct why *why)
{
	uint32_t port;

	*map = (struct portmap){ 0 };
	if (argc < 1)
		return why_not(why, "tcp or udp is missing");
	if (!strcmp(argv[0], "tcp"))
		map->protocol = IPPROTO_TCP;
	else if (!strcmp(argv[0], "udp"))
		map->protocol = IPPROTO_UDP;
	else
		return why_not(why, "'%s' is not tcp or udp", argv[0]);
	if (argc < 2)
		return why_not(why, "HOSTPORT is missing: a port of the uplink's address");
	if (!parse_number(argv[1], 1, UINT16_MAX, &port))
		return why_not(why, "HOSTPORT: '%s' is not a number from 1 to 65535", argv[1]);
	map->host_port = (uint16_t)port;
	return true;
}

static bool read_add(struct portmap *map, int argc, char **argv, struct why *why)
{
	uint32_t port;

	if (!read_mapped(map, argc, argv, why))
		return false;
	if (argc < 3)
		return why_not(why, "PORT is missing: the name of a sandbox's network device");
	if (!parse_device_name(argv[2]))
		return why_not(why, "'%s' is not the name of a network device", argv[2]);
	snprintf(map->port, sizeof(map->port), "%s", argv[2]);
	if (argc < 4)
		return why_not(why, "GUESTPORT is missing: a port at the sandbox");
	if (!parse_number(argv[3], 1, UINT16_MAX, &port))
		return why_not(why, "GUESTPORT: '%s' is not a number from 1 to 65535", argv[3]);
	map->guest_port = (uint16_t)port;
	return argc == 4 || why_not(why, "unknown word '%s'", argv[4]);
}

/* portmap_add_understood() - whether the words behind `portmap add` make sense */
bool portmap_add_understood(int argc, char **argv, struct why *why)
{
	struct portmap map;

	return read_add(&map, argc, argv, why);
}

/* Whoever listens there on the host would not be called any more. */
static bool check_listener(const struct portmap *map, const struct live *live, struct why *why)
{
	char program[64], addr[CIDR_TEXT];
	struct listener found;
	const char *who;

	if (!listener_find(map->protocol, map->host_port, live->uplink_addr, &found))
		return true;
	who = listener_program(&found, program);
	return why_not(why, "a program of the host has this port at %s: %s",
		       found.any ? "all addresses" : addr_text(found.addr, addr),
		       who ? who : "which one cannot be known");
}

static int map_port(struct genl *genl, const struct portmap *map, struct why *why)
{
	struct live live;
	int err;

	err = live_get(genl, &live, why);
	if (err)
		return err;
	/* What the module refuses says more than that somebody has the port. */
	if (map->host_port >= live.map_low && map->host_port <= live.map_high &&
	    !check_listener(map, &live, why))
		return -EADDRINUSE;
	err = portmaps_talk(genl, CUBE_ROUTER_CMD_PORTMAP_NEW, map, why);
	if (err == -ERANGE)
		why_not(why, "%s, %u-%u: CUBE_ROUTER_PORTMAP_RANGE", why->text, live.map_low,
			live.map_high);
	if (!err && !*live.uplink)
		caution("no uplink is known, by which somebody could call: "
			"cube-router-genl %s" REMEDY, netns_option());
	return err;
}

static int refuse_map(const struct portmap *map, const struct why *why)
{
	return refuse("%s %u: %s", protocol_name(map->protocol), map->host_port, why->text);
}

/* Whether this very port is mapped already. */
static bool mapped(struct genl *genl, const struct portmap *map)
{
	const struct portmap *there;
	struct portmaps maps;
	struct why why;
	bool same;

	same = !portmaps_read(&maps, genl, &why);
	there = portmaps_find(&maps, map->protocol, map->host_port);
	same = same && there && !strcmp(there->port, map->port) &&
	       there->guest_port == map->guest_port;
	portmaps_free(&maps);
	return same;
}

static int add(int argc, char **argv, bool again)
{
	struct portmap map;
	struct genl genl;
	struct why why;
	int done = DONE;

	if (!read_add(&map, argc, argv, &why))
		return misuse("portmap add: %s", why.text);
	if (!netns_enter(&why) || !lock_take(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	if (!(again && mapped(&genl, &map)) && map_port(&genl, &map, &why))
		done = refuse_map(&map, &why);
	else if (out_is_json())
		out_json(portmap_json(&map));
	genl_close(&genl);
	return done;
}

/* cmd_portmap_add() - maps a port */
int cmd_portmap_add(int argc, char **argv)
{
	return add(argc, argv, false);
}

/* portmap_restore() - the same, where it may be so already */
int portmap_restore(int argc, char **argv)
{
	return add(argc, argv, true);
}

/* cmd_portmap_del() - ends the mapping of a port */
int cmd_portmap_del(int argc, char **argv)
{
	struct portmap map;
	struct genl genl;
	struct why why;
	int done = DONE;

	if (!read_mapped(&map, argc, argv, &why))
		return misuse("portmap del: %s", why.text);
	if (argc > 2)
		return misuse("portmap del: unknown word '%s'", argv[2]);
	if (!netns_enter(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	if (portmaps_talk(&genl, CUBE_ROUTER_CMD_PORTMAP_DEL, &map, &why))
		done = refuse_map(&map, &why);
	else if (out_is_json())
		out_json(json_pack("{s:[{s:s, s:i}]}", "deleted",
				   "protocol", protocol_name(map.protocol),
				   "host_port", map.host_port));
	genl_close(&genl);
	return done;
}

static void list_text(const struct portmaps *maps)
{
	static const char *const heading[] = { "PROTO", "HOSTPORT", "PORT", "GUESTPORT" };
	struct table table = { .columns = ARRAY_SIZE(heading), .right = 0xa };
	const struct portmap *map;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(heading); i++)
		table_add(&table, "%s", heading[i]);
	for (i = 0; i < maps->count; i++) {
		map = &maps->list[i];
		table_add(&table, "%s", protocol_name(map->protocol));
		table_add(&table, "%u", map->host_port);
		table_add(&table, "%s", map->port);
		table_add(&table, "%u", map->guest_port);
	}
	table_print(&table);
}

static void list_json(const struct portmaps *maps)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < maps->count; i++)
		json_array_append_new(list, portmap_json(&maps->list[i]));
	out_json(json_pack("{s:o}", "portmaps", list));
}

/* cmd_portmap_list() - lists the mapped ports */
int cmd_portmap_list(int argc, char **argv)
{
	struct portmaps maps;
	struct genl genl;
	struct why why;
	int done = DONE;

	if (argc)
		return misuse("portmap list: unknown word '%s'", argv[0]);
	if (!netns_enter(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	if (portmaps_read(&maps, &genl, &why))
		done = refuse("%s", why.text);
	else
		(out_is_json() ? list_json : list_text)(&maps);
	portmaps_free(&maps);
	genl_close(&genl);
	return done;
}
