// SPDX-License-Identifier: GPL-2.0
/*
 * The rules by which cube-router's two addresses are chosen: form first, then conflicts with what
 * the host has; and what else is asked of addresses. Pure: the host is plain data. Called by
 * `enable` and `sandbox`, and by `status` and the checks.
 */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include <linux/cube_router.h>

#include "address.h"
#include "array.h"

static const struct cidr private_nets[] = {
	{ 0x0a000000, 8 },	/* 10.0.0.0/8 */
	{ 0xac100000, 12 },	/* 172.16.0.0/12 */
	{ 0xc0a80000, 16 },	/* 192.168.0.0/16 */
};

/* What `enable` can be told to do all the same ends in these words; `apply` is told by its file. */
#define SKIP "; choose another CIDR, or: enable skip-conflict-check, in an env file " \
	     "CUBE_SANDBOX_NETWORK_CIDR_SKIP_CONFLICT_CHECK=1"

static bool private(struct cidr cidr)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(private_nets); i++)
		if (cidr.prefix >= private_nets[i].prefix &&
		    cidr_contains(private_nets[i], cidr.addr))
			return true;
	return false;
}

/* What both CIDRs have to be: of the right size, aligned and private. */
static bool formed(const char *what, struct cidr cidr, uint8_t min, uint8_t max, struct why *why)
{
	struct cidr aligned = { cidr.addr & cidr_mask(cidr.prefix), cidr.prefix };
	char text[CIDR_TEXT], better[CIDR_TEXT];

	cidr_text(cidr, text);
	if (cidr.prefix < min || cidr.prefix > max)
		return why_not(why, "%s: '%s': the prefix length must be from /%u to /%u", what,
			       text, min, max);
	if (cidr.addr != aligned.addr)
		return why_not(why, "%s: '%s' is not aligned: use %s", what, text,
			       cidr_text(aligned, better));
	if (!private(cidr))
		return why_not(why,
			       "%s: '%s' is not private: use a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
			       what, text);
	return true;
}

/* What cube-router itself left behind is no conflict, nor what a device that leaves has. */
static bool ours(const char *dev, const char *leaving)
{
	return !strcmp(dev, CUBE_ROUTER_DEVICE) || (leaving && !strcmp(dev, leaving));
}

static const char *table_text(uint32_t table, char text[16])
{
	if (table == RT_TABLE_MAIN)
		return "main";
	if (table == RT_TABLE_LOCAL)
		return "local";
	snprintf(text, 16, "%u", table);
	return text;
}

/* Names a conflicting route. */
static bool blame_route(const char *what, const char *that, const struct host_route *route,
			struct why *why)
{
	char dst[CIDR_TEXT], table[16];

	return why_not(why, "%s: %s conflicts with the route %s%s%s in table %s" SKIP, what, that,
		       cidr_text(route->dst, dst), *route->dev ? " dev " : "", route->dev,
		       table_text(route->table, table));
}

/* An address out of the sandbox CIDR: nobody else may have it, be it as a host route. */
static bool reserved_free(uint32_t addr, const struct address_wish *wish, const struct host *host,
			  struct why *why)
{
	const char *what = wish->sandbox_word, *leaving = wish->leaving;
	const struct host_address *address;
	const struct host_route *route;
	char text[CIDR_TEXT];
	size_t i;

	addr_text(addr, text);
	for (i = 0; i < host->address_count; i++) {
		address = &host->addresses[i];
		if (address->local == addr && !ours(address->dev, leaving))
			return why_not(why,
				       "%s: %s, reserved, is an address of %s" SKIP, what, text,
				       address->dev);
	}
	for (i = 0; i < host->route_count; i++) {
		route = &host->routes[i];
		if (route->dst.prefix == 32 && route->dst.addr == addr &&
		    !ours(route->dev, leaving))
			return blame_route(what, text, route, why);
	}
	return true;
}

/**
 * address_next() - goes through the addresses of a device
 * @host: facts
 * @dev: name of the device
 * @i: 0 at first
 *
 * Return: the next one, or NULL.
 */
const struct host_address *address_next(const struct host *host, const char *dev, size_t *i)
{
	const struct host_address *address;

	while (*i < host->address_count) {
		address = &host->addresses[(*i)++];
		if (!strcmp(address->dev, dev))
			return address;
	}
	return NULL;
}

/* Whether cube-router has this very address already: then its CIDR has been agreed to before. */
static bool live(const struct host *host, struct cidr device)
{
	const struct host_address *address;
	size_t i = 0;

	while ((address = address_next(host, CUBE_ROUTER_DEVICE, &i)))
		if (address->local == device.addr && address->peer.prefix == device.prefix)
			return true;
	return false;
}

/* Whether a route came after the CIDR had been agreed to, and takes nothing away from it. */
static bool covers_agreed(const struct host_route *route, struct cidr router,
			  const struct host *host)
{
	return router.addr == host->agreed.addr && router.prefix == host->agreed.prefix &&
	       route->dst.prefix < router.prefix;
}

/* A CIDR of cube-router's own: no address, route or nameserver of the host may touch it. */
static bool given_free(const struct address_wish *wish, const struct host *host, struct why *why)
{
	const char *what = wish->router_word, *leaving = wish->leaving;
	const struct cidr router = wish->router;
	const struct host_address *address;
	const struct host_route *route;
	char text[CIDR_TEXT], other[CIDR_TEXT];
	size_t i;

	cidr_text(router, text);
	for (i = 0; i < host->address_count; i++) {
		address = &host->addresses[i];
		if (cidr_contains(router, address->local) && !ours(address->dev, leaving))
			return why_not(why,
				       "%s: %s conflicts with the address %s of %s" SKIP, what,
				       text, addr_text(address->local, other), address->dev);
	}
	for (i = 0; i < host->route_count; i++) {
		route = &host->routes[i];
		if (route->dst.prefix && cidr_overlaps(router, route->dst) &&
		    !ours(route->dev, leaving) && !covers_agreed(route, router, host))
			return blame_route(what, text, route, why);
	}
	for (i = 0; i < host->nameserver_count; i++)
		if (cidr_contains(router, host->nameservers[i]))
			return why_not(why,
				       "%s: %s conflicts with the nameserver %s" SKIP, what, text,
				       addr_text(host->nameservers[i], other));
	return true;
}

/**
 * address_local() - whether an address is one of the host's own
 * @host: the host
 * @addr: address, host byte order
 * @leaving: name of a device that does not count, or NULL; cube-router never counts
 * @dev: the device that has it; may be NULL
 *
 * Return: whether packets for it would end in the host.
 */
bool address_local(const struct host *host, uint32_t addr, const char *leaving, const char **dev)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < host->address_count && !found; i++)
		if (host->addresses[i].local == addr && !ours(host->addresses[i].dev, leaving))
			found = host->addresses[i].dev;
	for (i = 0; i < host->route_count && !found; i++)
		/* In another table it is a rule's: transparent proxies have a default one there. */
		if (host->routes[i].type == RTN_LOCAL && host->routes[i].table == RT_TABLE_LOCAL &&
		    cidr_contains(host->routes[i].dst, addr) &&
		    !ours(host->routes[i].dev, leaving))
			found = host->routes[i].dev;
	if (dev)
		*dev = found;
	return found != NULL;
}

/**
 * address_broadcast() - whether an address is the broadcast address of a network of the host's
 * @host: the host
 * @addr: address, host byte order
 *
 * Return: whether packets for it would be for all machines of a link.
 */
bool address_broadcast(const struct host *host, uint32_t addr)
{
	size_t i;

	for (i = 0; i < host->route_count; i++)
		if (host->routes[i].type == RTN_BROADCAST &&
		    host->routes[i].table == RT_TABLE_LOCAL &&
		    cidr_contains(host->routes[i].dst, addr))
			return true;
	return false;
}

static bool derive(const struct address_wish *wish, const struct host *host,
		   struct router_addresses *out, struct why *why)
{
	uint32_t last;

	if (!formed(wish->sandbox_word, wish->sandbox, 16, 24, why))
		return false;
	last = cidr_last(wish->sandbox);
	out->device = (struct cidr){ last - 2, 32 };
	out->snat = last - 1;
	return wish->skip_conflicts ||
	       (reserved_free(out->device.addr, wish, host, why) &&
		reserved_free(out->snat, wish, host, why));
}

static bool take_given(const struct address_wish *wish, const struct host *host,
		       struct router_addresses *out, struct why *why)
{
	char router[CIDR_TEXT], sandbox[CIDR_TEXT];

	if (!formed(wish->router_word, wish->router, 16, 30, why))
		return false;
	/* Nothing is taken from the sandbox CIDR here: the module's own bounds will do. */
	if (!address_sandbox_cidr(wish->sandbox_word, wish->sandbox, why))
		return false;
	out->device = (struct cidr){ wish->router.addr + 1, wish->router.prefix };
	out->snat = wish->router.addr + 2;
	if (wish->skip_conflicts)
		return true;
	if (cidr_overlaps(wish->router, wish->sandbox))
		return why_not(why, "%s: %s overlaps the sandbox CIDR %s" SKIP, wish->router_word,
			       cidr_text(wish->router, router), cidr_text(wish->sandbox, sandbox));
	return live(host, out->device) || given_free(wish, host, why);
}

/**
 * address_settle() - chooses the two addresses
 * @wish: what is asked for
 * @host: what the host has
 * @out: the addresses
 * @why: why there are none, with the word that is to blame
 *
 * Return: whether @wish can be had on @host.
 */
bool address_settle(const struct address_wish *wish, const struct host *host,
		    struct router_addresses *out, struct why *why)
{
	const char *what = wish->derive ? wish->sandbox_word : wish->router_word;
	char text[CIDR_TEXT];
	const char *dev;

	if (!(wish->derive ? derive : take_given)(wish, host, out, why))
		return false;

	/* These two are no matter of taste: packets would be lost, or the operator's session. */
	if (address_local(host, out->snat, wish->leaving, &dev))
		return why_not(why, "%s: the internal address %s is one of %s: choose another CIDR",
			       what, addr_text(out->snat, text), dev);
	if (host->ssh_client &&
	    (host->ssh_client == out->device.addr || host->ssh_client == out->snat ||
	     (!wish->derive && cidr_contains(wish->router, host->ssh_client))))
		return why_not(why, "%s: your SSH client %s would be cut off: choose another CIDR",
			       what, addr_text(host->ssh_client, text));
	return true;
}

/**
 * address_sandbox_cidr() - whether a sandbox CIDR will do where no address is derived from it
 * @what: what it is called where it comes from
 * @sandbox: the sandbox CIDR
 * @why: why not
 *
 * Return: whether it will.
 */
bool address_sandbox_cidr(const char *what, struct cidr sandbox, struct why *why)
{
	return formed(what, sandbox, 8, 30, why);
}

/**
 * address_reserved() - whether an address is one of cube-router's two, and no sandbox's
 * @addr: the address, host byte order
 * @sandbox: the sandbox CIDR
 * @snat: the internal address, host byte order, or 0 as long as none is in use; then the one that
 *	would be derived is reserved
 *
 * cube-router's own address lies before the internal one, be they derived or not.
 *
 * Return: whether it is.
 */
bool address_reserved(uint32_t addr, struct cidr sandbox, uint32_t snat)
{
	if (!snat)
		snat = cidr_last(sandbox) - 1;
	return addr == snat || addr == snat - 1;
}

/**
 * address_sandbox() - whether the sandbox CIDR has an address for a sandbox
 * @ip: the address, host byte order
 * @sandbox: the sandbox CIDR
 * @snat: the internal address or 0; see address_reserved()
 * @why: why it has not
 *
 * Return: whether it has.
 */
bool address_sandbox(uint32_t ip, struct cidr sandbox, uint32_t snat, struct why *why)
{
	const uint32_t last = cidr_last(sandbox);
	char text[CIDR_TEXT], net[CIDR_TEXT];

	addr_text(ip, text);
	cidr_text(sandbox, net);
	if (!cidr_contains(sandbox, ip))
		return why_not(why,
			       "ip: %s is outside the sandbox CIDR %s: another one is set by enable sandbox-cidr",
			       text, net);
	if (ip == sandbox.addr || ip == last)
		return why_not(why, "ip: %s is the %s address of the sandbox CIDR %s", text,
			       ip == last ? "broadcast" : "network", net);
	if (address_reserved(ip, sandbox, snat))
		return why_not(why, "ip: %s is reserved for cube-router", text);
	return true;
}

/* The first address of a device that MASQUERADE may take: in the next hop's network, else any. */
static uint32_t device_source(const struct host *host, const char *dev, uint32_t next_hop)
{
	const struct host_address *address;
	uint32_t any = 0;
	size_t i;

	for (i = 0; i < host->address_count; i++) {
		address = &host->addresses[i];
		if (strcmp(address->dev, dev) || address->secondary ||
		    address->scope != RT_SCOPE_UNIVERSE)
			continue;
		if (cidr_contains(address->peer, next_hop))
			return address->local;
		if (!any)
			any = address->local;
	}
	return any;
}

/**
 * address_masquerade() - the source address that MASQUERADE gives a packet
 * @host: the host
 * @dev: device it leaves by
 * @next_hop: gateway, or the destination itself where it is on the link
 *
 * The kernel takes the device's primary address for the next hop, not the route's `src`, and where
 * the device has none the first of any other.
 *
 * Return: the address, host byte order, or 0 if there is none.
 */
uint32_t address_masquerade(const struct host *host, const char *dev, uint32_t next_hop)
{
	uint32_t source = device_source(host, dev, next_hop);
	size_t i;

	for (i = 0; i < host->address_count && !source; i++)
		source = device_source(host, host->addresses[i].dev, 0);
	return source;
}

/**
 * address_on_link() - whether a device reaches an address without a gateway
 * @host: the host
 * @dev: the device
 * @addr: the address, host byte order
 *
 * Return: whether it is in the network of one of the device's addresses.
 */
bool address_on_link(const struct host *host, const char *dev, uint32_t addr)
{
	size_t i;

	for (i = 0; i < host->address_count; i++)
		if (!strcmp(host->addresses[i].dev, dev) &&
		    cidr_contains(host->addresses[i].peer, addr))
			return true;
	return false;
}
