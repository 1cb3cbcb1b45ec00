// SPDX-License-Identifier: GPL-2.0
/*
 * `sandbox`: registers ports, changes them, takes them away, lists them. Each port has a host route
 * to its sandbox's address, made before the registration and undone if that is refused.
 *
 * JSON of a port, as of `add` and `set`:
 *   port          name of the port's device
 *   ifindex       index of the port's device
 *   ip            the sandbox's address
 *   guest         what the sandbox calls itself: the same, or an address that many may share
 *   gateway       its next hop, for which the module answers ARP; null where the host does
 *   mac           learnt from its newest frame, null before
 *   host          "allow" or "deny": whether it may reach the host's own addresses
 *   policy        "none", "default" or "deny-all": where it may send, but for the entries
 *   policy_entries  how many entries of allow and deny there are, see `policy list`
 *   mark          packet mark of what it sends
 *   mark_mask     the bits of the mark that are set
 *   max_sessions  its own limit of sessions, 0 for that of the configuration
 *   sessions      sessions it has
 *   automatic     whether it was registered by its name
 *   packets_out   sent by the sandbox and handed to the host's routing, and
 *   bytes_out     their lengths from the IP header on
 *   packets_back  come back and sent to the sandbox, and
 *   bytes_back    theirs
 *   dropped       of both ways, dropped, refused or stopped: the sum of what `counters` has of that
 *   counters      object with one number for each counter that is not 0, by its name as in `stats`
 * `list`:  sandboxes: list of ports
 * `del`:   deleted: list of the names of the ports
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "host.h"
#include "link.h"
#include "live.h"
#include "lock.h"
#include "module.h"
#include "netns.h"
#include "output.h"
#include "policy.h"
#include "ports.h"
#include "quote.h"
#include "route.h"
#include "words.h"

/* What can be said of a sandbox, by the words of the command. */
struct sandbox_words {
	const char *port;
	uint32_t ip;
	bool has_ip;
	uint32_t guest;
	bool has_guest;
	uint32_t gateway;
	bool has_gateway;
	struct mark mark;
	bool has_mark;
	uint32_t max_sessions;
	bool has_max_sessions;
	bool host;
	bool has_host;
	struct prefixes policy;
};

/* Reads PORT and the words behind it. */
static bool read_words(struct sandbox_words *said, bool with_ip, int argc, char **argv,
		       struct why *why)
{
	struct word words[] = {
		WORD_MARK("mark", &said->mark),
		WORD_NUMBER("max-sessions", 0, UINT32_MAX, &said->max_sessions),
		WORD_ALLOW("host", &said->host),
		WORD_ADDR("gateway", &said->gateway),
		/* What a registered port keeps: */
		WORD_ADDR("ip", &said->ip),
		WORD_ADDR("guest", &said->guest),
	};
	const size_t count = ARRAY_SIZE(words) - (with_ip ? 0 : 2);

	if (!argc)
		return why_not(why, "PORT is missing: the name of a network device");
	if (!parse_device_name(argv[0]))
		return why_not(why, "'%s' is not the name of a network device", argv[0]);
	said->port = argv[0];
	argc--;
	if (!prefixes_read(&said->policy, &argc, argv + 1, why) ||
	    !words_read(words, count, argc, argv + 1, why))
		return false;
	said->has_mark = words[0].given;
	said->has_max_sessions = words[1].given;
	said->has_host = words[2].given;
	said->has_gateway = words[3].given;
	said->has_ip = words[4].given;
	said->has_guest = words[5].given;
	return true;
}

static struct nl_msg *request(const struct genl *genl, uint8_t cmd, const char *port)
{
	struct nl_msg *msg = genl_request(genl, cmd, 0);

	if (msg)
		nla_put_string(msg, CUBE_ROUTER_A_SANDBOX_PORT, port);
	return msg;
}

static struct nl_msg *request_with(const struct genl *genl, uint8_t cmd,
				   const struct sandbox_words *said)
{
	struct nl_msg *msg = policy_request(genl, cmd, &said->policy);

	if (!msg)
		return NULL;
	nla_put_string(msg, CUBE_ROUTER_A_SANDBOX_PORT, said->port);
	if (said->has_ip)
		nla_put_u32(msg, CUBE_ROUTER_A_SANDBOX_IP, htonl(said->ip));
	if (said->has_guest)
		nla_put_u32(msg, CUBE_ROUTER_A_SANDBOX_GUEST, htonl(said->guest));
	if (said->has_gateway)
		nla_put_u32(msg, CUBE_ROUTER_A_SANDBOX_GATEWAY, htonl(said->gateway));
	if (said->has_mark) {
		nla_put_u32(msg, CUBE_ROUTER_A_SANDBOX_MARK, said->mark.value);
		nla_put_u32(msg, CUBE_ROUTER_A_SANDBOX_MARK_MASK, said->mark.mask);
	}
	if (said->has_max_sessions)
		nla_put_u32(msg, CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS, said->max_sessions);
	if (said->has_host)
		nla_put_u8(msg, CUBE_ROUTER_A_SANDBOX_HOST, said->host);
	return msg;
}

/* Makes the host route to a sandbox; one that is there already must be the same. */
static bool make_route(struct netlink *rt, const struct sandbox_words *said, int index, bool *made,
		       struct why *why)
{
	const struct host_route *route;
	char text[CIDR_TEXT];
	struct host host;
	bool same = false;
	int err;

	addr_text(said->ip, text);
	err = route_add(rt, said->ip, index, why);
	*made = !err;
	if (!err)
		return true;
	if (err != -EEXIST)
		return why_not(why, "route %s dev %s: %s", text, said->port, why->text);
	/* All routes are read only where this does not tell: `restore` adds thousands of ports. */
	if (route_taken(rt, said->ip, index))
		return true;
	if (!host_read(&host, rt, why)) {
		route = host_route_to(&host, said->ip);
		same = route && host_route_is_link(route, said->port);
		if (!same)
			why_not(why, "ip: %s has another host route already, dev %s", text,
				route && *route->dev ? route->dev : "none");
	}
	host_free(&host);
	return same;
}

/* The internal address that is in use, or 0. */
static uint32_t snat_now(const struct live *live)
{
	return live->mode == CUBE_ROUTER_MODE_OFF ? 0 : live->snat;
}

/* Whether what a sandbox calls itself, or its next hop, is not one of cube-router's addresses. */
static bool check_reserved(const struct sandbox_words *said, const struct live *live,
			   struct why *why)
{
	char text[CIDR_TEXT];

	if (said->has_guest && address_reserved(said->guest, live->sandbox, snat_now(live)))
		return why_not(why, "guest: %s is reserved for cube-router",
			       addr_text(said->guest, text));
	if (said->has_gateway && address_reserved(said->gateway, live->sandbox, snat_now(live)))
		return why_not(why, "gateway: %s is reserved for cube-router",
			       addr_text(said->gateway, text));
	return true;
}

/* What the module would refuse after the route is made, or without saying what is meant. */
static bool check_free(struct genl *genl, const struct sandbox_words *said, struct why *why)
{
	char text[CIDR_TEXT];
	struct port port;
	struct why none;
	struct live live;

	if (live_get(genl, &live, why))
		return false;
	if (!ports_find(&port, genl, said->port, &none))
		return why_not(why,
			       "registered already, with ip %s: sandbox set changes it, sandbox del ends it",
			       addr_text(port.ip, text));
	return address_sandbox(said->ip, live.sandbox, snat_now(&live), why) &&
	       check_reserved(said, &live, why);
}

/* The address that the module has refused, or NULL. */
static const uint32_t *blamed_addr(const struct genl *genl, const struct sandbox_words *said)
{
	switch (genl->nl.attribute) {
	case CUBE_ROUTER_A_SANDBOX_IP:
		return &said->ip;
	case CUBE_ROUTER_A_SANDBOX_GUEST:
		return &said->guest;
	case CUBE_ROUTER_A_SANDBOX_GATEWAY:
		return &said->gateway;
	default:
		return NULL;
	}
}

static bool add_with(struct netlink *rt, struct genl *genl, const struct sandbox_words *said,
		     int index, struct why *why)
{
	const uint32_t *blamed;
	char text[CIDR_TEXT];
	struct why ignored;
	struct port port;
	bool made;
	int err;

	if (!check_free(genl, said, why) || !make_route(rt, said, index, &made, why))
		return false;
	err = ports_talk(genl, request_with(genl, CUBE_ROUTER_CMD_SANDBOX_NEW, said), NULL, NULL,
			 why);
	/*
	 * Of an answer that was lost the module knows what it was. Where it does not tell that,
	 * either, the route stays: it harms nobody, and without it a sandbox would be cut off.
	 */
	if (err == -EPROTO) {
		err = ports_find(&port, genl, said->port, &ignored);
		made = made && (err == -ENOENT || err == -ENODEV);
	}
	if (!err)
		return true;
	blamed = blamed_addr(genl, said);
	if (blamed)
		why_not(why, "%s (%s)", why->text, addr_text(*blamed, text));
	if (made)
		route_del(rt, said->ip, index, &ignored);
	return false;
}

/* Returns the index of a device that can be a port, or 0. */
static int find_device(struct netlink *rt, const char *name, struct why *why)
{
	char quoted[QUOTED_DEVICE];
	struct link_info port;

	if (link_get(rt, name, &port, why))
		return 0;
	if (!port.index)
		why_not(why, "no such device");
	else if (!port.up)
		why_not(why, "port is down: %sip link set %s up", netns_prefix(),
			shell_quote(name, quoted));
	return port.up ? port.index : 0;
}

/* The device is looked for first: the module is not to be loaded for one that is not there. */
static int add(struct netlink *rt, const struct sandbox_words *said)
{
	struct genl genl;
	struct why why;
	bool loaded;
	int index, done;

	index = find_device(rt, said->port, &why);
	if (!index)
		return refuse("'%s': %s", said->port, why.text);
	if (!module_connect(&genl, &loaded, &why))
		return refuse("%s", why.text);
	done = add_with(rt, &genl, said, index, &why) ? port_tell(&genl, said->port) :
							refuse("'%s': %s", said->port, why.text);
	genl_close(&genl);
	if (loaded && done != DONE)
		module_unload();
	return done;
}

/* Reads the words of `add`, where the name of the port can stand for its address. */
static bool read_add(struct sandbox_words *said, int argc, char **argv, struct why *why)
{
	*said = (struct sandbox_words){ 0 };
	if (!read_words(said, true, argc, argv, why))
		return false;
	if (!said->has_ip)
		said->has_ip = *said->port == 'z' && parse_addr(said->port + 1, &said->ip);
	return said->has_ip ||
	       why_not(why, "'%s' is not z and an address: say ip ADDR", said->port);
}

/* Reads the words of `set`, of which there has to be one. */
static bool read_set(struct sandbox_words *said, int argc, char **argv, struct why *why)
{
	*said = (struct sandbox_words){ 0 };
	if (!read_words(said, false, argc, argv, why))
		return false;
	return argc > 1 ||
	       why_not(why,
		       "'%s' must be followed by gateway, mark, max-sessions, host, policy, allow or deny",
		       said->port);
}

/* sandbox_add_understood() - whether the words behind `sandbox add` make sense */
bool sandbox_add_understood(int argc, char **argv, struct why *why)
{
	struct sandbox_words said;
	bool done = read_add(&said, argc, argv, why);

	prefixes_free(&said.policy);
	return done;
}

/* sandbox_set_understood() - the same of `sandbox set` */
bool sandbox_set_understood(int argc, char **argv, struct why *why)
{
	struct sandbox_words said;
	bool done = read_set(&said, argc, argv, why);

	prefixes_free(&said.policy);
	return done;
}

/* cmd_sandbox_add() - registers a port */
int cmd_sandbox_add(int argc, char **argv)
{
	struct sandbox_words said;
	struct netlink rt;
	struct why why;
	int done;

	if (!read_add(&said, argc, argv, &why)) {
		done = misuse("sandbox add: %s", why.text);
	} else if (!netns_enter(&why) || !lock_take(&why) ||
		   netlink_open(&rt, NETLINK_ROUTE, &why)) {
		done = refuse("%s", why.text);
	} else {
		done = add(&rt, &said);
		netlink_close(&rt);
	}
	prefixes_free(&said.policy);
	return done;
}

static bool set_with(struct genl *genl, const struct sandbox_words *said, struct why *why)
{
	struct live live;

	return !live_get(genl, &live, why) && check_reserved(said, &live, why) &&
	       !ports_talk(genl, request_with(genl, CUBE_ROUTER_CMD_SANDBOX_SET, said), NULL, NULL,
			   why);
}

/* cmd_sandbox_set() - changes a registered port */
int cmd_sandbox_set(int argc, char **argv)
{
	struct sandbox_words said;
	struct genl genl;
	struct why why;
	int done;

	if (!read_set(&said, argc, argv, &why)) {
		done = misuse("sandbox set: %s", why.text);
	} else if (!netns_enter(&why) || genl_open(&genl, &why)) {
		done = refuse("%s", why.text);
	} else {
		done = set_with(&genl, &said, &why) ? port_tell(&genl, said.port) :
						      refuse("'%s': %s", said.port, why.text);
		genl_close(&genl);
	}
	prefixes_free(&said.policy);
	return done;
}

/* Returns 0 or a negative errno. */
static int del_one(struct netlink *rt, struct genl *genl, const struct port *port, json_t *deleted,
		   struct why *why)
{
	struct why ignored;
	int err;

	err = ports_talk(genl, request(genl, CUBE_ROUTER_CMD_SANDBOX_DEL, port->name), NULL, NULL,
			 why);
	if (err)
		return err;
	/*
	 * A route that somebody has replaced by another one is not ours to delete, nor is that of
	 * a port that was registered by its name.
	 */
	if (!port->automatic)
		route_del(rt, port->ip, (int)port->index, &ignored);
	json_array_append_new(deleted, json_text(port->name));
	return 0;
}

static bool del_named(struct netlink *rt, struct genl *genl, const char *name, json_t *deleted,
		      struct why *why)
{
	struct port port;

	return (!ports_find(&port, genl, name, why) && !del_one(rt, genl, &port, deleted, why)) ||
	       why_not(why, "'%s': %s", name, why->text);
}

/* Ports come and go all the time: one that has gone since they were listed needs no word. */
static bool del_all(struct netlink *rt, struct genl *genl, json_t *deleted, struct why *why)
{
	struct ports ports = { 0 };
	bool done;
	size_t i;
	int err;

	done = !ports_read(&ports, genl, why);
	for (i = 0; done && i < ports.count; i++) {
		err = del_one(rt, genl, &ports.list[i], deleted, why);
		done = !err || err == -ENODEV || err == -ENOENT ||
		       why_not(why, "'%s': %s; %zu of %zu ports are unregistered: repeat that",
			       ports.list[i].name, why->text, json_array_size(deleted),
			       ports.count);
	}
	ports_free(&ports);
	return done;
}

/* Deletes one port, or with NULL all of them. */
static int del_and_tell(struct netlink *rt, struct genl *genl, const char *name)
{
	json_t *deleted = json_array();
	int done = DONE;
	struct why why;

	if (!(name ? del_named(rt, genl, name, deleted, &why) : del_all(rt, genl, deleted, &why)))
		done = refuse("%s", why.text);
	else if (out_is_json())
		out_json(json_pack("{s:O}", "deleted", deleted));
	else if (!name)
		printf("%zu ports unregistered\n", json_array_size(deleted));
	json_decref(deleted);
	return done;
}

/* cmd_sandbox_del() - unregisters a port, or all */
int cmd_sandbox_del(int argc, char **argv)
{
	struct netlink rt;
	struct genl genl;
	struct why why;
	int done;

	if (!argc)
		return misuse("sandbox del: PORT or all is missing");
	if (argc > 1)
		return misuse("sandbox del: unknown word '%s'", argv[1]);
	if (!parse_device_name(argv[0]))
		return misuse("sandbox del: '%s' is not the name of a network device", argv[0]);
	if (!netns_enter(&why) || !lock_take(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	if (netlink_open(&rt, NETLINK_ROUTE, &why)) {
		done = refuse("%s", why.text);
	} else {
		done = del_and_tell(&rt, &genl, strcmp(argv[0], "all") ? argv[0] : NULL);
		netlink_close(&rt);
	}
	genl_close(&genl);
	return done;
}

static void list_json(const struct ports *ports)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < ports->count; i++)
		json_array_append_new(list, port_json(&ports->list[i]));
	out_json(json_pack("{s:o}", "sandboxes", list));
}

/* cmd_sandbox_list() - lists all ports */
int cmd_sandbox_list(int argc, char **argv)
{
	struct ports ports;
	struct genl genl;
	struct why why;
	int done = DONE;

	if (argc)
		return misuse("sandbox list: unknown word '%s'", argv[0]);
	if (!netns_enter(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	if (ports_read(&ports, &genl, &why))
		done = refuse("%s", why.text);
	else
		(out_is_json() ? list_json : ports_print)(&ports);
	ports_free(&ports);
	genl_close(&genl);
	return done;
}
