// SPDX-License-Identifier: GPL-2.0
/*
 * The mapped ports, as the module tells them: for whoever shows, saves, checks or changes them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "array.h"
#include "output.h"
#include "portmaps.h"

/* What the user calls the attributes that can be refused. */
static const char *const attr_words[] = {
	[CUBE_ROUTER_A_PORTMAP_PROTO] = "protocol",
	[CUBE_ROUTER_A_PORTMAP_HOST_PORT] = "HOSTPORT",
	[CUBE_ROUTER_A_PORTMAP_PORT] = "PORT",
	[CUBE_ROUTER_A_PORTMAP_GUEST_PORT] = "GUESTPORT",
};

/**
 * portmap_parse() - reads a message about a mapped port
 * @msg: a CUBE_ROUTER_CMD_PORTMAP_*
 * @map: the mapped port
 *
 * Return: whether the message told of one.
 */
bool portmap_parse(struct nl_msg *msg, struct portmap *map)
{
	static struct nla_policy policy[CUBE_ROUTER_A_PORTMAP_MAX + 1] = {
		[CUBE_ROUTER_A_PORTMAP_PROTO] = { .type = NLA_U8 },
		[CUBE_ROUTER_A_PORTMAP_HOST_PORT] = { .type = NLA_U16 },
		[CUBE_ROUTER_A_PORTMAP_PORT] = { .type = NLA_STRING },
		[CUBE_ROUTER_A_PORTMAP_GUEST_PORT] = { .type = NLA_U16 },
	};
	struct nlattr *tb[CUBE_ROUTER_A_PORTMAP_MAX + 1];

	*map = (struct portmap){ 0 };
	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CUBE_ROUTER_A_PORTMAP_MAX, policy) < 0 ||
	    !tb[CUBE_ROUTER_A_PORTMAP_PROTO] || !tb[CUBE_ROUTER_A_PORTMAP_HOST_PORT])
		return false;
	map->protocol = nla_get_u8(tb[CUBE_ROUTER_A_PORTMAP_PROTO]);
	map->host_port = attr_port(tb[CUBE_ROUTER_A_PORTMAP_HOST_PORT]);
	if (tb[CUBE_ROUTER_A_PORTMAP_PORT])
		nla_strlcpy(map->port, tb[CUBE_ROUTER_A_PORTMAP_PORT], sizeof(map->port));
	map->guest_port = attr_port(tb[CUBE_ROUTER_A_PORTMAP_GUEST_PORT]);
	return true;
}

/**
 * portmap_json() - a mapped port as JSON
 * @map: it
 *
 * Return: object; see portmap.c.
 */
json_t *portmap_json(const struct portmap *map)
{
	const char *name = protocol_name(map->protocol);

	return json_pack("{s:o, s:i, s:o, s:i}",
			 "protocol", name ? json_string(name) : json_integer(map->protocol),
			 "host_port", map->host_port, "port", json_text(map->port),
			 "guest_port", map->guest_port);
}

/**
 * portmaps_talk() - asks for a port to be mapped, or no longer to be
 * @genl: socket
 * @cmd: CUBE_ROUTER_CMD_PORTMAP_NEW or CUBE_ROUTER_CMD_PORTMAP_DEL
 * @map: the mapped port
 * @why: why it was refused
 *
 * Return: 0 or a negative errno.
 */
int portmaps_talk(struct genl *genl, uint8_t cmd, const struct portmap *map, struct why *why)
{
	struct nl_msg *msg = genl_request(genl, cmd, 0);

	if (msg) {
		nla_put_u8(msg, CUBE_ROUTER_A_PORTMAP_PROTO, map->protocol);
		nla_put_u16(msg, CUBE_ROUTER_A_PORTMAP_HOST_PORT, htons(map->host_port));
	}
	if (msg && cmd == CUBE_ROUTER_CMD_PORTMAP_NEW) {
		nla_put_string(msg, CUBE_ROUTER_A_PORTMAP_PORT, map->port);
		nla_put_u16(msg, CUBE_ROUTER_A_PORTMAP_GUEST_PORT, htons(map->guest_port));
	}
	return genl_talk(genl, msg, attr_words, ARRAY_SIZE(attr_words), NULL, NULL, why);
}

static void note_map(struct nl_msg *msg, void *arg)
{
	struct portmaps *maps = arg;

	maps->list = array_grow(maps->list, maps->count, sizeof(*maps->list));
	if (portmap_parse(msg, &maps->list[maps->count]))
		maps->count++;
}

static int in_order(const void *a, const void *b)
{
	const struct portmap *x = a, *y = b;

	return x->protocol != y->protocol ? x->protocol - y->protocol :
					    x->host_port - y->host_port;
}

/**
 * portmaps_read() - lists all mapped ports
 * @maps: the list; to be freed in any case
 * @genl: socket
 * @why: why there is none
 *
 * A list that was disturbed by changes is asked for anew: see netlink_again(). A module of an
 * earlier version maps no ports.
 *
 * Return: 0 or a negative errno.
 */
int portmaps_read(struct portmaps *maps, struct genl *genl, struct why *why)
{
	unsigned int times = 0;
	int err;

	*maps = (struct portmaps){ 0 };
	do {
		maps->count = 0;
		err = genl_talk(genl, genl_request(genl, CUBE_ROUTER_CMD_PORTMAP_GET, NLM_F_DUMP),
				attr_words, ARRAY_SIZE(attr_words), note_map, maps, why);
	} while (netlink_again(&genl->nl, err, &times));
	if (err == -EOPNOTSUPP)
		err = 0;
	if (maps->count)
		qsort(maps->list, maps->count, sizeof(*maps->list), in_order);
	return err;
}

/**
 * portmaps_find() - looks a mapped port up
 * @maps: a list
 * @protocol: of the port
 * @host_port: the port
 *
 * Return: it, or NULL.
 */
const struct portmap *portmaps_find(const struct portmaps *maps, uint8_t protocol,
				    uint16_t host_port)
{
	const struct portmap key = { .protocol = protocol, .host_port = host_port };

	if (!maps->count)
		return NULL;
	return bsearch(&key, maps->list, maps->count, sizeof(key), in_order);
}

/**
 * portmaps_free() - frees a list
 * @maps: what portmaps_read() has filled
 */
void portmaps_free(struct portmaps *maps)
{
	free(maps->list);
	*maps = (struct portmaps){ 0 };
}
