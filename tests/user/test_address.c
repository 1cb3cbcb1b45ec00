// SPDX-License-Identifier: GPL-2.0
/*
 * The rules by which addresses are chosen, over hosts made of tables.
 */
#include <linux/rtnetlink.h>

#include "../../user/address.h"
#include "test.h"

#define MAX_FACTS 8

/* A host, as short as it can be written. */
struct facts {
	struct {
		const char *cidr;
		const char *dev;
	} addresses[MAX_FACTS];
	struct {
		const char *dst;
		const char *dev;
		uint32_t table;		/* 0: main */
		uint8_t type;		/* 0: unicast */
	} routes[MAX_FACTS];
	const char *nameservers[MAX_FACTS];
	const char *ssh_client;
	const char *agreed;
};

#define VIA(to, by)			{ .dst = (to), .dev = (by) }
#define IN(to, by, number)		{ .dst = (to), .dev = (by), .table = (number) }
#define TYPED(to, by, number, kind)	\
	{ .dst = (to), .dev = (by), .table = (number), .type = (kind) }

struct built {
	struct host host;
	struct host_address addresses[MAX_FACTS];
	struct host_route routes[MAX_FACTS];
	uint32_t nameservers[MAX_FACTS];
};

static struct cidr cidr_of(const char *text)
{
	struct cidr cidr = { 0 };

	if (!parse_cidr(text, &cidr))
		fail_msg("'%s' is no CIDR", text);
	return cidr;
}

static void build(struct built *b, const struct facts *f)
{
	size_t i;

	*b = (struct built){ 0 };
	b->host.addresses = b->addresses;
	b->host.routes = b->routes;
	b->host.nameservers = b->nameservers;
	for (i = 0; i < MAX_FACTS && f->addresses[i].cidr; i++) {
		struct cidr cidr = cidr_of(f->addresses[i].cidr);

		b->addresses[i] = (struct host_address){ .local = cidr.addr, .peer = cidr };
		strcpy(b->addresses[i].dev, f->addresses[i].dev);
		b->host.address_count++;
	}
	for (i = 0; i < MAX_FACTS && f->routes[i].dst; i++) {
		b->routes[i] = (struct host_route){
			.dst = cidr_of(f->routes[i].dst),
			.type = f->routes[i].type ? f->routes[i].type : RTN_UNICAST,
			.table = f->routes[i].table ? f->routes[i].table : RT_TABLE_MAIN,
		};
		if (f->routes[i].dev)
			strcpy(b->routes[i].dev, f->routes[i].dev);
		b->host.route_count++;
	}
	for (i = 0; i < MAX_FACTS && f->nameservers[i]; i++)
		if (parse_addr(f->nameservers[i], &b->nameservers[i]))
			b->host.nameserver_count++;
	if (f->ssh_client && !parse_addr(f->ssh_client, &b->host.ssh_client))
		fail_msg("'%s' is no address", f->ssh_client);
	if (f->agreed)
		b->host.agreed = cidr_of(f->agreed);
}

/*
 * Settles addresses: @router NULL derives them from @sandbox. Returns "DEVICE SNAT", or the reason
 * behind a "!".
 */
static const char *settle(const char *sandbox, const char *router, const struct facts *facts,
			  bool skip, const char *leaving)
{
	static const struct facts bare;
	static char text[sizeof(struct why) + 1];
	char device[CIDR_TEXT], snat[CIDR_TEXT];
	struct address_wish wish = {
		.sandbox = cidr_of(sandbox), .derive = !router, .skip_conflicts = skip,
		.leaving = leaving, .sandbox_word = "sandbox-cidr", .router_word = "router-cidr",
	};
	struct router_addresses out;
	struct built b;
	struct why why;

	if (router)
		wish.router = cidr_of(router);
	build(&b, facts ? facts : &bare);
	if (address_settle(&wish, &b.host, &out, &why))
		snprintf(text, sizeof(text), "%s %s", cidr_text(out.device, device),
			 addr_text(out.snat, snat));
	else
		snprintf(text, sizeof(text), "!%s", why.text);
	return text;
}

static void derived_form(void **state)
{
	static const struct {
		const char *sandbox;
		const char *result;
	} rows[] = {
		/* size, both ends */
		{ "192.168.0.0/18", "192.168.63.253/32 192.168.63.254" },
		{ "192.168.0.0/16", "192.168.255.253/32 192.168.255.254" },
		{ "10.1.0.0/16", "10.1.255.253/32 10.1.255.254" },
		{ "10.0.0.0/17", "10.0.127.253/32 10.0.127.254" },
		{ "10.0.0.0/23", "10.0.1.253/32 10.0.1.254" },
		{ "172.31.255.0/24", "172.31.255.253/32 172.31.255.254" },
		{ "192.168.5.0/24", "192.168.5.253/32 192.168.5.254" },
		{ "10.0.0.0/8", "!sandbox-cidr: '10.0.0.0/8': the prefix length must be" },
		{ "10.0.0.0/14", "must be from /16" },
		{ "10.0.0.0/15", "must be from /16" },
		{ "172.16.0.0/12", "must be from /16" },
		{ "0.0.0.0/0", "must be from /16" },
		{ "10.0.0.0/25", "to /24" },
		{ "10.0.0.0/26", "to /24" },
		{ "10.0.0.0/30", "to /24" },
		{ "10.0.0.0/31", "to /24" },
		{ "10.0.0.0/32", "to /24" },
		/* alignment */
		{ "192.168.0.1/18", "'192.168.0.1/18' is not aligned: use 192.168.0.0/18" },
		{ "192.168.32.0/18", "use 192.168.0.0/18" },
		{ "192.168.64.0/18", "192.168.127.253/32 192.168.127.254" },
		{ "10.1.1.0/16", "use 10.1.0.0/16" },
		{ "10.1.1.128/24", "use 10.1.1.0/24" },
		{ "10.1.1.255/24", "use 10.1.1.0/24" },
		/* private, both ends of each range */
		{ "10.255.0.0/16", "10.255.255.253/32 10.255.255.254" },
		{ "9.255.0.0/16", "!sandbox-cidr: '9.255.0.0/16' is not private" },
		{ "11.0.0.0/16", "is not private" },
		{ "172.16.0.0/16", "172.16.255.253/32 172.16.255.254" },
		{ "172.31.0.0/16", "172.31.255.253/32 172.31.255.254" },
		{ "172.15.0.0/16", "is not private" },
		{ "172.32.0.0/16", "is not private" },
		{ "192.167.0.0/16", "is not private" },
		{ "192.169.0.0/16", "is not private" },
		{ "8.8.0.0/16", "is not private" },
		{ "127.0.0.0/16", "is not private" },
		{ "169.254.0.0/16", "is not private" },
		{ "100.64.0.0/16", "is not private" },
		{ "224.0.0.0/24", "is not private" },
		{ "0.0.0.0/16", "is not private" },
		{ "255.255.0.0/16", "is not private" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		check_text(i, settle(rows[i].sandbox, NULL, NULL, false, NULL), rows[i].result);
}

static void given_form(void **state)
{
	static const struct {
		const char *router;
		const char *result;
	} rows[] = {
		/* size, both ends */
		{ "10.254.0.0/24", "10.254.0.1/24 10.254.0.2" },
		{ "10.254.0.0/16", "10.254.0.1/16 10.254.0.2" },
		{ "10.254.0.0/17", "10.254.0.1/17 10.254.0.2" },
		{ "10.254.0.0/18", "10.254.0.1/18 10.254.0.2" },
		{ "10.254.0.0/28", "10.254.0.1/28 10.254.0.2" },
		{ "10.254.0.0/29", "10.254.0.1/29 10.254.0.2" },
		{ "10.254.0.0/30", "10.254.0.1/30 10.254.0.2" },
		{ "10.254.0.64/30", "10.254.0.65/30 10.254.0.66" },
		{ "10.254.0.252/30", "10.254.0.253/30 10.254.0.254" },
		{ "10.254.0.0/15", "!router-cidr: '10.254.0.0/15': the prefix length must" },
		{ "10.252.0.0/14", "must be from /16" },
		{ "172.16.0.0/12", "must be from /16" },
		{ "10.0.0.0/8", "must be from /16" },
		{ "0.0.0.0/0", "must be from /16" },
		{ "10.254.0.0/31", "to /30" },
		{ "10.254.0.2/31", "to /30" },
		{ "10.254.0.0/32", "to /30" },
		{ "10.254.0.1/32", "to /30" },
		{ "172.16.0.254/31", "to /30" },
		/* alignment */
		{ "10.254.0.1/24", "'10.254.0.1/24' is not aligned: use 10.254.0.0/24" },
		{ "10.254.0.255/24", "use 10.254.0.0/24" },
		{ "10.254.1.0/16", "use 10.254.0.0/16" },
		{ "10.254.0.65/30", "use 10.254.0.64/30" },
		{ "10.254.0.66/30", "use 10.254.0.64/30" },
		{ "10.254.0.67/30", "use 10.254.0.64/30" },
		{ "10.254.0.68/30", "10.254.0.69/30 10.254.0.70" },
		/* private, both ends of each range */
		{ "10.0.0.0/16", "10.0.0.1/16 10.0.0.2" },
		{ "10.255.255.252/30", "10.255.255.253/30 10.255.255.254" },
		{ "9.255.255.252/30", "!router-cidr: '9.255.255.252/30' is not private" },
		{ "11.0.0.0/30", "is not private" },
		{ "172.16.0.0/30", "172.16.0.1/30 172.16.0.2" },
		{ "172.31.255.252/30", "172.31.255.253/30 172.31.255.254" },
		{ "172.15.255.252/30", "is not private" },
		{ "172.32.0.0/30", "is not private" },
		{ "192.168.255.252/30", "192.168.255.253/30 192.168.255.254" },
		{ "192.167.255.252/30", "is not private" },
		{ "192.169.0.0/30", "is not private" },
		{ "8.8.0.0/16", "is not private" },
		{ "127.0.0.0/16", "is not private" },
		{ "224.0.0.0/24", "is not private" },
		{ "169.254.0.0/16", "is not private" },
		{ "100.64.0.0/24", "is not private" },
		/* the sandbox CIDR, 192.168.0.0/18 here, from both sides */
		{ "192.168.0.0/16", "!router-cidr: 192.168.0.0/16 overlaps the sandbox CIDR" },
		{ "192.168.0.0/17", "overlaps the sandbox CIDR" },
		{ "192.168.0.0/18", "overlaps the sandbox CIDR" },
		{ "192.168.0.0/24", "overlaps the sandbox CIDR" },
		{ "192.168.63.0/24", "overlaps the sandbox CIDR" },
		{ "192.168.63.252/30", "overlaps the sandbox CIDR" },
		{ "192.168.64.0/18", "192.168.64.1/18 192.168.64.2" },
		{ "192.168.64.0/30", "192.168.64.1/30 192.168.64.2" },
		{ "192.168.64.0/24", "192.168.64.1/24 192.168.64.2" },
		{ "192.168.128.0/17", "192.168.128.1/17 192.168.128.2" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		check_text(i, settle("192.168.0.0/18", rows[i].router, NULL, false, NULL),
			   rows[i].result);
	/* With a CIDR of cube-router's own, the sandbox CIDR may have any size for the module. */
	assert_string_equal(settle("10.0.0.0/8", "172.16.0.0/24", NULL, false, NULL),
			    "172.16.0.1/24 172.16.0.2");
	assert_string_equal(settle("10.0.0.0/30", "172.16.0.0/24", NULL, false, NULL),
			    "172.16.0.1/24 172.16.0.2");
	check_text(0, settle("10.0.0.0/31", "172.16.0.0/24", NULL, false, NULL),
		   "!sandbox-cidr: '10.0.0.0/31': the prefix length must be from /8 to /30");
	check_text(1, settle("10.0.0.1/30", "172.16.0.0/24", NULL, false, NULL), "use 10.0.0.0/30");
}

/* What the host has, and what becomes of 192.168.0.0/18 and of 10.254.0.0/24 on it. */
static void on_hosts(void **state)
{
	static const struct {
		struct facts facts;
		const char *derived;	/* NULL: accepted */
		const char *given;
	} rows[] = {
		/* addresses */
		{ { .addresses = { { "192.168.63.253/24", "eth0" } } },
		  "192.168.63.253, reserved, is an address of eth0", NULL },
		{ { .addresses = { { "192.168.63.254/32", "lo" } } },
		  "192.168.63.254, reserved, is an address of lo", NULL },
		{ { .addresses = { { "192.168.63.252/24", "eth0" } } }, NULL, NULL },
		{ { .addresses = { { "192.168.63.255/24", "eth0" } } }, NULL, NULL },
		{ { .addresses = { { "192.168.0.1/18", "br0" } } }, NULL, NULL },
		{ { .addresses = { { "10.254.0.0/32", "eth1" } } }, NULL,
		  "10.254.0.0/24 conflicts with the address 10.254.0.0 of eth1" },
		{ { .addresses = { { "10.254.0.255/8", "eth1" } } }, NULL,
		  "conflicts with the address 10.254.0.255 of eth1" },
		{ { .addresses = { { "10.254.0.1/24", "eth1" } } }, NULL,
		  "conflicts with the address 10.254.0.1 of eth1" },
		{ { .addresses = { { "10.254.1.0/24", "eth1" } } }, NULL, NULL },
		{ { .addresses = { { "10.253.255.255/16", "eth1" } } }, NULL, NULL },
		{ { .addresses = { { "203.0.113.10/24", "eth0" } } }, NULL, NULL },
		/* routes */
		{ { .routes = { VIA("192.168.63.253/32", "eth0") } },
		  "192.168.63.253 conflicts with the route 192.168.63.253/32 dev eth0 in table main",
		  NULL },
		{ { .routes = { IN("192.168.63.254/32", "z1", 100) } },
		  "192.168.63.254 conflicts with the route 192.168.63.254/32 dev z1 in table 100",
		  NULL },
		{ { .routes = { TYPED("192.168.63.254/32", NULL, 0, RTN_BLACKHOLE) } },
		  "192.168.63.254/32 in table main", NULL },
		{ { .routes = { VIA("192.168.63.252/31", "eth0") } }, NULL, NULL },
		{ { .routes = { VIA("192.168.63.252/32", "z1") } }, NULL, NULL },
		{ { .routes = { VIA("192.168.0.0/16", "eth0") } }, NULL, NULL },
		{ { .routes = { VIA("192.168.0.0/18", "br0") } }, NULL, NULL },
		{ { .routes = { VIA("10.254.0.7/32", "eth1") } }, NULL,
		  "10.254.0.0/24 conflicts with the route 10.254.0.7/32 dev eth1 in table main" },
		{ { .routes = { VIA("10.0.0.0/8", "eth1") } }, NULL,
		  "conflicts with the route 10.0.0.0/8 dev eth1" },
		{ { .routes = { VIA("10.254.0.0/24", "eth1") } }, NULL, "with the route" },
		{ { .routes = { VIA("10.254.0.128/25", "eth1") } }, NULL, "with the route" },
		{ { .routes = { VIA("10.254.0.0/23", "eth1") } }, NULL, "with the route" },
		{ { .routes = { IN("10.254.0.0/24", "tun0", 4711) } }, NULL, "in table 4711" },
		{ { .routes = { TYPED("10.254.0.9/32", "eth0", RT_TABLE_LOCAL, RTN_BROADCAST) } },
		  NULL, "in table local" },
		{ { .routes = { TYPED("10.0.0.0/8", NULL, 0, RTN_UNREACHABLE) } }, NULL,
		  "the route 10.0.0.0/8 in table main" },
		{ { .routes = { VIA("10.254.1.0/24", "eth1") } }, NULL, NULL },
		{ { .routes = { VIA("10.253.0.0/16", "eth1") } }, NULL, NULL },
		{ { .routes = { IN("10.254.1.0/32", "eth1", 100) } }, NULL, NULL },
		{ { .routes = { VIA("172.16.0.0/12", "eth1") } }, NULL, NULL },
		{ { .routes = { VIA("0.0.0.0/1", "tun0") } }, NULL, "0.0.0.0/1 dev tun0" },
		/* default routes are none, in whatever table */
		{ { .routes = { VIA("0.0.0.0/0", "eth0"), IN("0.0.0.0/0", "tun0", 100),
				TYPED("0.0.0.0/0", NULL, 200, RTN_BLACKHOLE) } }, NULL, NULL },
		/* nameservers */
		{ { .nameservers = { "10.254.0.53" } }, NULL,
		  "10.254.0.0/24 conflicts with the nameserver 10.254.0.53" },
		{ { .nameservers = { "8.8.8.8", "10.254.0.255" } }, NULL, "10.254.0.255" },
		{ { .nameservers = { "10.254.0.0" } }, NULL, "nameserver 10.254.0.0" },
		{ { .nameservers = { "10.254.1.0", "10.253.255.255", "127.0.0.53" } }, NULL, NULL },
		{ { .nameservers = { "192.168.63.254" } }, NULL, NULL },
	};
	const char *result;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		result = settle("192.168.0.0/18", NULL, &rows[i].facts, false, NULL);
		check_text(i, result, rows[i].derived ? rows[i].derived : "/32 192.168.63.254");
		check_row(i, (*result == '!') == !!rows[i].derived);
		result = settle("192.168.0.0/18", "10.254.0.0/24", &rows[i].facts, false, NULL);
		check_text(i, result, rows[i].given ? rows[i].given : "10.254.0.1/24 10.254.0.2");
		check_row(i, (*result == '!') == !!rows[i].given);
	}
}

/* The hosts of Example 1 and Example 2 (docs/), as they are then. */
static void examples(void **state)
{
	static const struct facts gre = {
		.addresses = { { "127.0.0.1/8", "lo" }, { "203.0.113.10/24", "eth0" },
			       { "169.254.100.1/30", "natgre" } },
		.routes = { VIA("0.0.0.0/0", "natgre"), VIA("10.0.0.0/8", "eth0"),
			    VIA("172.16.0.0/12", "eth0"), VIA("192.168.0.0/16", "eth0"),
			    VIA("198.51.100.20/32", "eth0"), VIA("169.254.100.0/30", "natgre") },
		.ssh_client = "198.18.0.5",
	};
	static const struct facts dual = {
		.addresses = { { "127.0.0.1/8", "lo" }, { "10.206.0.4/24", "eth0" },
			       { "10.206.0.15/24", "eth1" } },
		.routes = { VIA("0.0.0.0/0", "eth0"), VIA("10.0.0.0/8", "eth1"),
			    VIA("172.16.0.0/12", "eth1"), VIA("192.168.0.0/16", "eth1"),
			    VIA("10.206.0.0/24", "eth0") },
		.nameservers = { "10.206.0.1" },
	};

	(void)state;
	assert_string_equal(settle("192.168.0.0/18", NULL, &gre, false, NULL),
			    "192.168.63.253/32 192.168.63.254");
	assert_string_equal(settle("192.168.0.0/18", NULL, &dual, false, NULL),
			    "192.168.63.253/32 192.168.63.254");
	check_text(0, settle("192.168.0.0/18", "10.254.0.0/24", &gre, false, NULL),
		   "conflicts with the route 10.0.0.0/8 dev eth0");
	check_text(1, settle("192.168.0.0/18", "10.254.0.0/24", &dual, false, NULL),
		   "conflicts with the route 10.0.0.0/8 dev eth1");
}

/* Which addresses are a sandbox's to have. */
static void of_sandboxes(void **state)
{
	static const struct {
		const char *ip;
		const char *sandbox;
		const char *snat;	/* NULL: none is in use */
		const char *complaint;	/* NULL: accepted */
	} rows[] = {
		{ "192.168.0.1", "192.168.0.0/18", NULL, NULL },
		{ "192.168.63.252", "192.168.0.0/18", NULL, NULL },
		{ "192.168.63.253", "192.168.0.0/18", NULL, "ip: 192.168.63.253 is reserved" },
		{ "192.168.63.254", "192.168.0.0/18", NULL, "ip: 192.168.63.254 is reserved" },
		{ "192.168.63.253", "192.168.0.0/18", "192.168.63.254", "is reserved" },
		{ "192.168.63.254", "192.168.0.0/18", "192.168.63.254", "is reserved" },
		{ "192.168.63.253", "192.168.0.0/18", "10.254.0.2", NULL },
		{ "192.168.63.254", "192.168.0.0/18", "10.254.0.2", NULL },
		{ "192.168.0.0", "192.168.0.0/18", NULL,
		  "ip: 192.168.0.0 is the network address of the sandbox CIDR 192.168.0.0/18" },
		{ "192.168.63.255", "192.168.0.0/18", NULL,
		  "ip: 192.168.63.255 is the broadcast address" },
		{ "192.168.64.0", "192.168.0.0/18", NULL,
		  "ip: 192.168.64.0 is outside the sandbox CIDR 192.168.0.0/18" },
		{ "192.167.255.255", "192.168.0.0/18", NULL, "is outside" },
		{ "10.0.0.1", "10.0.0.0/30", "172.16.0.2", NULL },
	};
	uint32_t ip, snat;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		snat = 0;
		check_row(i, parse_addr(rows[i].ip, &ip));
		check_row(i, !rows[i].snat || parse_addr(rows[i].snat, &snat));
		check_row(i, address_sandbox(ip, cidr_of(rows[i].sandbox), snat, &why) ==
				     !rows[i].complaint);
		if (rows[i].complaint)
			check_text(i, why.text, rows[i].complaint);
	}
}

/* The two addresses in use, or as long as there are none those that would be derived. */
static void reserved(void **state)
{
	const struct cidr sandbox = { 0xc0a80000, 18 };

	(void)state;
	assert_false(address_reserved(0xc0a83ffc, sandbox, 0));
	assert_true(address_reserved(0xc0a83ffd, sandbox, 0));
	assert_true(address_reserved(0xc0a83ffe, sandbox, 0));
	assert_false(address_reserved(0xc0a83fff, sandbox, 0));
	assert_false(address_reserved(0xc0a83ffe, sandbox, 0x0afe0002));
	assert_true(address_reserved(0x0afe0001, sandbox, 0x0afe0002));
	assert_true(address_reserved(0x0afe0002, sandbox, 0x0afe0002));
	assert_false(address_reserved(0, sandbox, 0x0afe0002));
}

/* What cube-router itself has put there is in nobody's way. */
static void residue(void **state)
{
	static const struct facts derived = {
		.addresses = { { "192.168.63.253/32", "cube-router" } },
		.routes = { VIA("192.168.63.254/32", "cube-router"),
			    TYPED("192.168.63.253/32", "cube-router", RT_TABLE_LOCAL, RTN_LOCAL) },
	};
	static const struct facts given = {
		.addresses = { { "10.254.0.1/24", "cube-router" } },
		.routes = { VIA("10.254.0.0/24", "cube-router"),
			    VIA("10.254.0.2/32", "cube-router"),
			    TYPED("10.254.0.1/32", "cube-router", RT_TABLE_LOCAL, RTN_LOCAL) },
	};
	/* Live, and somebody has added a route and a nameserver since. */
	static const struct facts live = {
		.addresses = { { "10.254.0.1/24", "cube-router" } },
		.routes = { VIA("10.0.0.0/8", "tun0") },
		.nameservers = { "10.254.0.53" },
	};
	/* The internal address on our own device, where it does not belong: it will go. */
	static const struct facts own = {
		.addresses = { { "10.254.0.2/24", "cube-router" } },
		.routes = { TYPED("10.254.0.2/32", "cube-router", RT_TABLE_LOCAL, RTN_LOCAL) },
	};
	static const struct facts parked = {
		.addresses = { { "192.168.63.253/32", "cube-router.old" } },
		.routes = { VIA("192.168.63.254/32", "cube-router.old") },
	};

	(void)state;
	assert_int_not_equal(*settle("192.168.0.0/18", NULL, &derived, false, NULL), '!');
	assert_int_not_equal(*settle("192.168.0.0/18", "10.254.0.0/24", &given, false, NULL), '!');
	assert_int_not_equal(*settle("192.168.0.0/18", "10.254.0.0/16", &given, false, NULL), '!');
	assert_int_not_equal(*settle("192.168.0.0/18", "10.254.0.0/24", &live, false, NULL), '!');
	assert_int_not_equal(*settle("192.168.0.0/18", "10.254.0.0/24", &own, false, NULL), '!');
	/* Another CIDR is not live, nor is the same one overlapping a new sandbox CIDR. */
	check_text(0, settle("192.168.0.0/18", "10.253.0.0/24", &live, false, NULL), "10.0.0.0/8");
	check_text(1, settle("192.168.0.0/18", "10.254.0.0/25", &live, false, NULL), "10.0.0.0/8");
	check_text(2, settle("10.254.0.0/16", "10.254.0.0/24", &live, false, NULL), "overlaps");
	/* A device that will be replaced. */
	check_text(3, settle("192.168.0.0/18", NULL, &parked, false, NULL), "cube-router.old");
	assert_int_not_equal(*settle("192.168.0.0/18", NULL, &parked, false, "cube-router.old"),
			     '!');
}

/* Agreed to before a reboot: routes that cover it have come since, others are in the way. */
static void agreed(void **state)
{
	static const struct {
		struct facts facts;
		const char *router;
		const char *want;	/* NULL: agreed */
	} cases[] = {
		{ { .agreed = "10.254.0.0/24", .routes = { VIA("10.0.0.0/8", "eth0") } },
		  "10.254.0.0/24", NULL },
		{ { .agreed = "10.254.0.0/24", .routes = { VIA("10.254.0.0/23", "eth0") } },
		  "10.254.0.0/24", NULL },
		{ { .agreed = "10.254.0.0/24", .routes = { IN("10.0.0.0/8", "tun0", 100) } },
		  "10.254.0.0/24", NULL },
		{ { .agreed = "10.254.0.0/24", .routes = { VIA("10.254.0.0/24", "eth0") } },
		  "10.254.0.0/24", "10.254.0.0/24 dev eth0" },
		{ { .agreed = "10.254.0.0/24", .routes = { VIA("10.254.0.9/32", "eth0") } },
		  "10.254.0.0/24", "10.254.0.9/32 dev eth0" },
		{ { .agreed = "10.254.0.0/24", .addresses = { { "10.254.0.9/8", "eth0" } } },
		  "10.254.0.0/24", "address 10.254.0.9 of eth0" },
		{ { .agreed = "10.254.0.0/24", .nameservers = { "10.254.0.53" } },
		  "10.254.0.0/24", "nameserver" },
		{ { .agreed = "10.254.0.0/24", .routes = { VIA("10.0.0.0/8", "eth0") } },
		  "10.254.0.0/25", "10.0.0.0/8 dev eth0" },
		{ { .agreed = "10.254.0.0/24", .routes = { VIA("10.0.0.0/8", "eth0") } },
		  "10.253.0.0/24", "10.0.0.0/8 dev eth0" },
		{ { .routes = { VIA("10.0.0.0/8", "eth0") } },
		  "10.254.0.0/24", "10.0.0.0/8 dev eth0" },
	};
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		got = settle("192.168.0.0/18", cases[i].router, &cases[i].facts, false, NULL);
		if (cases[i].want)
			check_text(i, got, cases[i].want);
		else if (*got == '!')
			fail_msg("case %zu: %s", i, got + 1);
	}
}

/* skip-conflict-check skips conflicts, and nothing else. */
static void skipped(void **state)
{
	static const struct facts busy = {
		.addresses = { { "192.168.63.253/24", "eth0" }, { "10.254.0.9/24", "eth1" } },
		.routes = { VIA("10.0.0.0/8", "eth1"), VIA("192.168.63.254/32", "eth1") },
		.nameservers = { "10.254.0.53" },
	};
	static const struct facts local = {
		.addresses = { { "192.168.63.254/24", "eth0" }, { "10.254.0.2/24", "eth1" } },
	};
	static const struct facts any_ip = {
		.routes = { TYPED("10.254.0.0/16", "lo", RT_TABLE_LOCAL, RTN_LOCAL) },
	};
	static const struct facts proxy = {
		.routes = { TYPED("0.0.0.0/0", "lo", 100, RTN_LOCAL) },
	};

	(void)state;
	assert_int_not_equal(*settle("192.168.0.0/18", NULL, &busy, true, NULL), '!');
	assert_int_not_equal(*settle("192.168.0.0/18", NULL, &proxy, false, NULL), '!');
	assert_int_not_equal(*settle("192.168.0.0/18", "10.254.0.0/24", &busy, true, NULL), '!');
	assert_int_not_equal(*settle("192.168.0.0/18", "192.168.0.0/24", NULL, true, NULL), '!');
	check_text(0, settle("192.168.0.0/25", NULL, NULL, true, NULL), "prefix length");
	check_text(1, settle("8.8.0.0/16", NULL, NULL, true, NULL), "not private");
	check_text(2, settle("192.168.0.0/18", "10.254.0.1/24", NULL, true, NULL), "not aligned");
	check_text(3, settle("192.168.0.0/18", "10.254.0.0/31", NULL, true, NULL), "prefix length");
	check_text(4, settle("192.168.0.0/18", NULL, &local, true, NULL),
		   "internal address 192.168.63.254 is one of eth0");
	check_text(5, settle("192.168.0.0/18", "10.254.0.0/24", &local, true, NULL),
		   "internal address 10.254.0.2 is one of eth1");
	check_text(6, settle("192.168.0.0/18", "10.254.0.0/24", &any_ip, true, NULL),
		   "internal address 10.254.0.2 is one of lo");
}

static void ssh_client(void **state)
{
	static const struct {
		const char *client;
		bool derived;
		bool given;
	} rows[] = {
		{ "10.254.0.0", true, false }, { "10.254.0.1", true, false },
		{ "10.254.0.2", true, false }, { "10.254.0.77", true, false },
		{ "10.254.0.255", true, false }, { "10.254.1.0", true, true },
		{ "10.253.255.255", true, true }, { "192.168.63.253", false, true },
		{ "192.168.63.254", false, true }, { "192.168.63.252", true, true },
		{ "192.168.63.255", true, true }, { "203.0.113.7", true, true },
	};
	struct facts facts = { 0 };
	const char *result;
	int skip;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		facts.ssh_client = rows[i].client;
		for (skip = 0; skip < 2; skip++) {
			result = settle("192.168.0.0/18", NULL, &facts, skip, NULL);
			check_row(i, (*result != '!') == rows[i].derived);
			result = settle("192.168.0.0/18", "10.254.0.0/24", &facts, skip, NULL);
			check_row(i, (*result != '!') == rows[i].given);
			if (!rows[i].given)
				check_text(i, result, rows[i].client);
		}
	}
}

/* The address that MASQUERADE takes. */
static void masquerade(void **state)
{
	struct host_address addresses[] = {
		{ .local = 0x7f000001, .peer = { 0x7f000001, 8 }, .scope = RT_SCOPE_HOST,
		  .dev = "lo" },
		{ .local = 0x0a000005, .peer = { 0x0a000005, 24 }, .dev = "eth0" },
		{ .local = 0x0a000006, .peer = { 0x0a000006, 24 }, .secondary = true,
		  .dev = "eth0" },
		{ .local = 0x0a010005, .peer = { 0x0a010005, 24 }, .dev = "eth0" },
		{ .local = 0xa9fe0101, .peer = { 0xa9fe0101, 16 }, .scope = RT_SCOPE_LINK,
		  .dev = "eth1" },
		{ .local = 0x0a020001, .peer = { 0x0a020002, 32 }, .dev = "tun0" },
	};
	const struct host host = { .addresses = addresses, .address_count = COUNT(addresses) };
	static const struct {
		const char *dev;
		const char *next_hop;
		const char *source;
	} rows[] = {
		{ "eth0", "10.0.0.1", "10.0.0.5" }, { "eth0", "10.1.0.1", "10.1.0.5" },
		{ "eth0", "8.8.8.8", "10.0.0.5" }, { "tun0", "10.2.0.2", "10.2.0.1" },
		{ "tun0", "1.1.1.1", "10.2.0.1" },
		/* without a usable address of its own, the first of another device */
		{ "eth1", "1.1.1.1", "10.0.0.5" }, { "wg0", "1.1.1.1", "10.0.0.5" },
	};
	const struct host none = { .addresses = addresses, .address_count = 1 };
	char text[CIDR_TEXT];
	uint32_t next_hop;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, parse_addr(rows[i].next_hop, &next_hop));
		check_text(i, addr_text(address_masquerade(&host, rows[i].dev, next_hop), text),
			   rows[i].source);
	}
	assert_int_equal(address_masquerade(&none, "eth0", 0x01010101), 0);
}

/* The broadcast addresses are those of the local table, as for the kernel. */
static void broadcast(void **state)
{
	static const struct facts facts = {
		.addresses = { { "198.18.0.2/24", "eth0" } },
		.routes = {
			TYPED("198.18.0.2/32", "eth0", RT_TABLE_LOCAL, RTN_LOCAL),
			TYPED("198.18.0.255/32", "eth0", RT_TABLE_LOCAL, RTN_BROADCAST),
			TYPED("198.18.1.255/32", "eth0", RT_TABLE_MAIN, RTN_BROADCAST),
		},
	};
	static const struct {
		const char *addr;
		bool broadcast;
	} rows[] = {
		{ "198.18.0.255", true }, { "198.18.0.254", false }, { "198.18.0.2", false },
		{ "198.18.1.255", false }, { "255.255.255.255", false },
	};
	struct built b;
	uint32_t addr;
	size_t i;

	(void)state;
	build(&b, &facts);
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, parse_addr(rows[i].addr, &addr));
		check_row(i, address_broadcast(&b.host, addr) == rows[i].broadcast);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derived_form), cmocka_unit_test(given_form),
		cmocka_unit_test(on_hosts), cmocka_unit_test(examples), cmocka_unit_test(residue),
		cmocka_unit_test(agreed),
		cmocka_unit_test(skipped), cmocka_unit_test(ssh_client),
		cmocka_unit_test(of_sandboxes), cmocka_unit_test(reserved),
		cmocka_unit_test(masquerade), cmocka_unit_test(broadcast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
