// SPDX-License-Identifier: GPL-2.0
/*
 * What the host has: its addresses, the routes of all tables, its nameservers, and where its
 * operator sits. Read at one go, as plain data. Called by what changes its network, and the checks.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "host.h"
#include "link.h"
#include "netns.h"
#include "ssh.h"

/* The facts, and the devices by which they are named. */
struct gathering {
	struct host *host;
	struct links links;
};

static void put_name(const struct gathering *g, int index, char name[IFNAMSIZ])
{
	const struct link_info *link = links_find(&g->links, index);

	if (link)
		snprintf(name, IFNAMSIZ, "%s", link->name);
	else if (index)
		snprintf(name, IFNAMSIZ, "#%d", index);
}

static uint32_t ipv4(struct nl_addr *addr)
{
	uint32_t raw = 0;

	if (addr && nl_addr_get_len(addr) == sizeof(raw))
		memcpy(&raw, nl_addr_get_binary_addr(addr), sizeof(raw));
	return ntohl(raw);
}

static void note_address(struct nl_object *object, void *arg)
{
	struct rtnl_addr *addr = (struct rtnl_addr *)object;
	struct nl_addr *local = rtnl_addr_get_local(addr);
	struct nl_addr *peer = rtnl_addr_get_peer(addr);
	struct gathering *g = arg;
	struct host *host = g->host;
	struct host_address *new;

	if (!local || rtnl_addr_get_family(addr) != AF_INET)
		return;
	host->addresses = array_grow(host->addresses, host->address_count,
				     sizeof(*host->addresses));
	new = &host->addresses[host->address_count++];
	*new = (struct host_address){
		.local = ipv4(local),
		.peer.addr = ipv4(peer ? peer : local),
		.peer.prefix = (uint8_t)rtnl_addr_get_prefixlen(addr),
		.scope = (uint8_t)rtnl_addr_get_scope(addr),
		.secondary = rtnl_addr_get_flags(addr) & IFA_F_SECONDARY,
	};
	put_name(g, rtnl_addr_get_ifindex(addr), new->dev);
}

static void on_address(struct nl_msg *msg, void *arg)
{
	nl_msg_parse(msg, note_address, arg);
}

static void note_route(struct nl_object *object, void *arg)
{
	struct rtnl_route *route = (struct rtnl_route *)object;
	struct nl_addr *dst = rtnl_route_get_dst(route);
	struct gathering *g = arg;
	struct host *host = g->host;
	struct rtnl_nexthop *hop;
	struct host_route *new;

	if (rtnl_route_get_family(route) != AF_INET)
		return;
	host->routes = array_grow(host->routes, host->route_count, sizeof(*host->routes));
	new = &host->routes[host->route_count++];
	*new = (struct host_route){
		.dst.addr = ipv4(dst),
		.dst.prefix = dst ? (uint8_t)nl_addr_get_prefixlen(dst) : 0,
		.type = rtnl_route_get_type(route),
		.scope = rtnl_route_get_scope(route),
		.protocol = rtnl_route_get_protocol(route),
		.table = rtnl_route_get_table(route),
	};
	if (!rtnl_route_get_nnexthops(route))
		return;
	hop = rtnl_route_nexthop_n(route, 0);
	new->gateway = rtnl_route_nh_get_gateway(hop) || rtnl_route_nh_get_via(hop);
	new->next_hop = ipv4(rtnl_route_nh_get_gateway(hop));
	put_name(g, rtnl_route_nh_get_ifindex(hop), new->dev);
}

static void on_route(struct nl_msg *msg, void *arg)
{
	nl_msg_parse(msg, note_route, arg);
}

/* Without the file, or with another family's addresses in it, there is no nameserver to mind. */
static void read_resolv(struct host *host, FILE *f)
{
	char line[256], word[64];
	uint32_t addr;

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " nameserver %63s", word) != 1 || !parse_addr(word, &addr))
			continue;
		host->nameservers = array_grow(host->nameservers, host->nameserver_count,
					       sizeof(addr));
		host->nameservers[host->nameserver_count++] = addr;
	}
	fclose(f);
}

/*
 * Where all that are named are the host itself, those count whom it asks in its turn. Each resolver
 * has a file of them of its own. In a namespace with a name, nobody listens at these addresses.
 */
static void read_nameservers(struct host *host)
{
	static const char *const asked[] = {
		"/run/systemd/resolve/resolv.conf", "/run/NetworkManager/no-stub-resolv.conf",
		"/run/dnsmasq/resolv.conf",
	};
	static const struct cidr loopback = { 0x7f000000, 8 };
	size_t i;

	read_resolv(host, netns_open("resolv.conf"));
	for (i = 0; i < host->nameserver_count; i++)
		if (!cidr_contains(loopback, host->nameservers[i]))
			return;
	if (!host->nameserver_count || netns_chosen())
		return;
	for (i = 0; i < ARRAY_SIZE(asked); i++)
		read_resolv(host, fopen(asked[i], "re"));
}

/**
 * host_read() - gathers the facts of the host
 * @host: the facts; to be freed in any case
 * @rt: rtnetlink socket
 * @why: why they cannot be known
 *
 * Return: 0 or a negative errno.
 */
int host_read(struct host *host, struct netlink *rt, struct why *why)
{
	const struct ssh_peers peers = ssh_peers();
	struct gathering g = { .host = host };
	int err;

	*host = (struct host){ .ssh_client = peers.client, .ssh_server = peers.server };
	err = links_read(&g.links, rt, why);
	if (!err)
		err = netlink_dump(rt, RTM_GETADDR, on_address, &g, &host->address_count, why);
	if (!err)
		err = netlink_dump(rt, RTM_GETROUTE, on_route, &g, &host->route_count, why);
	links_free(&g.links);
	read_nameservers(host);
	return err;
}

/**
 * host_free() - frees facts
 * @host: what host_read() has filled
 */
void host_free(struct host *host)
{
	free(host->addresses);
	free(host->routes);
	free(host->nameservers);
	*host = (struct host){ 0 };
}

/**
 * host_route_to() - finds the host route to an address in table main
 * @host: facts
 * @addr: address, host byte order
 *
 * Return: the route, or NULL.
 */
const struct host_route *host_route_to(const struct host *host, uint32_t addr)
{
	const struct host_route *route;
	size_t i;

	for (i = 0; i < host->route_count; i++) {
		route = &host->routes[i];
		if (route->table == RT_TABLE_MAIN && route->dst.prefix == 32 &&
		    route->dst.addr == addr)
			return route;
	}
	return NULL;
}

/**
 * host_route_is_link() - whether a route is as route_add() would have made it
 * @route: the route
 * @dev: the device that it should lead to
 *
 * Return: whether it is `ADDR dev DEV scope link`.
 */
bool host_route_is_link(const struct host_route *route, const char *dev)
{
	return route->type == RTN_UNICAST && route->scope == RT_SCOPE_LINK && !route->gateway &&
	       !strcmp(route->dev, dev);
}
