// SPDX-License-Identifier: GPL-2.0
/*
 * Which device the uplink is, on made-up hosts.
 */
#include <linux/rtnetlink.h>

#include "../../user/uplink.h"
#include "test.h"

#define GW0	0xc6120001	/* 198.18.0.1 */
#define GW1	0xc6120101	/* 198.18.1.1 */
#define GRE	0x0a000001	/* 10.0.0.1 */

static struct link_info devices[] = {
	{ .index = 1, .name = "lo" },
	{ .index = 2, .name = "eth0" },
	{ .index = 3, .name = "eth1" },
	{ .index = 4, .name = "natgre", .kind = "gre" },
	{ .index = 5, .name = "wg0", .kind = "wireguard" },
	{ .index = 6, .name = "vxlan0", .kind = "vxlan" },
	{ .index = 7, .name = "tap0", .kind = "tun" },
	{ .index = 8, .name = "gnv", .kind = "geneve" },
	{ .index = 9, .name = "bond0", .kind = "bond" },
	{ .index = 10, .name = CUBE_ROUTER_DEVICE, .kind = CUBE_ROUTER_DEVICE },
	{ .index = 11, .name = "ovpn0", .kind = "ovpn" },
	{ .index = 12, .name = "bare0", .kind = "bareudp" },
	{ .index = 13, .name = "gtp0", .kind = "gtp" },
};

static const struct links links = { .list = devices, .count = COUNT(devices) };

#define IN_TABLE(number, d, gw) \
	{ .type = RTN_UNICAST, .table = (number), .gateway = (gw) != 0, .next_hop = (gw), .dev = d }
#define DEFAULT(d, gw) IN_TABLE(RT_TABLE_MAIN, d, gw)

struct row {
	struct host_route routes[4];	/* up to the first without a type */
	const char *kept;
	const char *want;		/* "none" for none */
};

static struct host host_of(struct host_route *routes)
{
	struct host host = { .routes = routes };

	while (host.route_count < 4 && routes[host.route_count].type)
		host.route_count++;
	return host;
}

static struct uplink kept_as(const char *text)
{
	struct uplink uplink = { 0 };
	char line[UPLINK_TEXT];

	if (text) {
		snprintf(line, sizeof(line), "%s", text);
		assert_true(uplink_parse(&uplink, line));
	}
	return uplink;
}

static void learnt(void **state)
{
	static struct row rows[] = {
		{ .want = "none" },
		{ { DEFAULT("eth0", GW0) }, NULL, "eth0 via 198.18.0.1" },
		{ { DEFAULT("bond0", GW0) }, NULL, "bond0 via 198.18.0.1" },
		/* the kernel lists them by metric */
		{ { DEFAULT("eth1", GW1), DEFAULT("eth0", GW0) }, NULL, "eth1 via 198.18.1.1" },
		/* no gateway, or a tunnel */
		{ { DEFAULT("eth0", 0) }, NULL, "none" },
		{ { DEFAULT("natgre", GRE) }, NULL, "none" },
		{ { DEFAULT("natgre", GRE), DEFAULT("eth0", GW0) }, NULL, "eth0 via 198.18.0.1" },
		{ { DEFAULT("wg0", GRE), DEFAULT("vxlan0", GRE), DEFAULT("tap0", GRE),
		    DEFAULT("gnv", GRE) }, NULL, "none" },
		{ { DEFAULT("ovpn0", GRE), DEFAULT("bare0", GRE), DEFAULT("gtp0", GRE) }, NULL,
		  "none" },
		{ { DEFAULT(CUBE_ROUTER_DEVICE, GRE) }, NULL, "none" },
		/* not the way of all */
		{ { { .dst = { 0x0a000000, 8 }, .type = RTN_UNICAST, .table = RT_TABLE_MAIN,
		      .next_hop = GW0, .dev = "eth0" } }, NULL, "none" },
		{ { { .type = RTN_UNICAST, .table = 100, .next_hop = GW0, .dev = "eth0" } },
		  NULL, "none" },
		{ { { .type = RTN_UNREACHABLE, .table = RT_TABLE_MAIN, .next_hop = GW0,
		      .dev = "eth0" } }, NULL, "none" },
		{ { DEFAULT("eth9", GW0) }, NULL, "none" },
		/* what was kept */
		{ { DEFAULT("natgre", GRE) }, "eth0 via 198.18.0.1", "eth0 via 198.18.0.1" },
		{ { DEFAULT("eth1", GW1) }, "eth0 via 198.18.0.1", "eth0 via 198.18.0.1" },
		{ { DEFAULT("eth0", GW1) }, "eth0 via 198.18.0.1", "eth0 via 198.18.1.1" },
		{ { DEFAULT("natgre", GRE) }, "eth0", "eth0" },
		{ { DEFAULT("eth1", GW1) }, "eth9 via 198.18.0.1", "eth1 via 198.18.1.1" },
		{ { DEFAULT("natgre", GRE) }, "eth9 via 198.18.0.1", "none" },
	};
	static const struct uplink_wish nothing;
	static const struct live live;
	char text[UPLINK_TEXT];
	struct uplink uplink;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct host host = host_of(rows[i].routes);
		struct uplink_facts facts = { &live, kept_as(rows[i].kept), &host, &links };

		check_row(i, uplink_settle(&uplink, &nothing, &facts, &why));
		if (strcmp(uplink_text(&uplink, text), rows[i].want))
			fail_msg("row %zu: %s, want %s", i, text, rows[i].want);
	}
}

static void said(void **state)
{
	static const struct {
		struct uplink_wish wish;
		const char *live;
		uint32_t live_gateway;
		const char *want;	/* or what is wrong */
		bool bad;
	} rows[] = {
		{ { .dev = "eth1", .gateway = GRE }, "", 0, "eth1 via 10.0.0.1", false },
		{ { .dev = "eth1", .gateway = GRE }, "eth1", GW1, "eth1 via 10.0.0.1", false },
		/* its gateway: the live one, that of a default route by it, the kept one, none */
		{ { .dev = "eth1" }, "eth1", GRE, "eth1 via 10.0.0.1", false },
		{ { .dev = "eth0" }, "eth1", GRE, "eth0 via 198.18.0.1", false },
		{ { .dev = "eth1" }, "eth0", GW0, "eth1 via 198.18.1.1", false },
		{ { .dev = "bond0" }, "eth0", GW0, "bond0 via 10.0.0.1", false },
		{ { .dev = "wg0" }, "eth0", GW0, "wg0", false },
		/* nothing said: live before all else */
		{ { .dev = NULL }, "eth9", GRE, "eth9 via 10.0.0.1", false },
		{ { .dev = NULL }, "bond0", 0, "bond0", false },
		/* anew: the gateway of a default route by it before the live one */
		{ { .dev = "eth0", .anew = true }, "eth0", GRE, "eth0 via 198.18.0.1", false },
		{ { .dev = "eth0", .gateway = GW1, .anew = true }, "eth0", GRE,
		  "eth0 via 198.18.1.1", false },
		{ { .dev = "eth1", .anew = true }, "eth1", GRE, "eth1 via 10.0.0.1", false },
		{ { .anew = true }, "eth0", GRE, "eth0 via 198.18.0.1", false },
		{ { .anew = true }, "eth1", GRE, "eth1 via 10.0.0.1", false },
		{ { .anew = true }, "wg0", 0, "wg0", false },
		/* one of another table where main has none */
		{ { .dev = "bond0", .anew = true }, "bond0", GW0, "bond0 via 10.0.0.1", false },
		/* an env file may name a device that comes later, the operator may not */
		{ { .dev = "eth9" }, "", 0, "eth9", false },
		{ { .dev = "eth9", .typed = true }, "", 0, "no such device 'eth9'", true },
		{ { .dev = "eth0", .typed = true }, "", 0, "eth0 via 198.18.0.1", false },
		{ { .dev = "natgre", .gateway = GRE, .typed = true }, "", 0,
		  "natgre via 10.0.0.1", false },
		{ { .dev = "lo", .typed = true }, "", 0, "'lo' leads nowhere", true },
		{ { .dev = CUBE_ROUTER_DEVICE }, "", 0, "leads nowhere", true },
	};
	struct host_route routes[4] = {
		IN_TABLE(100, "eth0", GRE), IN_TABLE(100, "bond0", GRE), DEFAULT("natgre", GRE),
		DEFAULT("eth0", GW0),
	};
	struct host host = host_of(routes);
	char text[UPLINK_TEXT];
	struct uplink uplink;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct live live = { .gateway = rows[i].live_gateway };
		struct uplink_facts facts = {
			&live, kept_as("eth1 via 198.18.1.1"), &host, &links,
		};

		strcpy(live.uplink, rows[i].live);
		check_row(i, uplink_settle(&uplink, &rows[i].wish, &facts, &why) == !rows[i].bad);
		if (rows[i].bad)
			check_text(i, why.text, rows[i].want);
		else if (strcmp(uplink_text(&uplink, text), rows[i].want))
			fail_msg("row %zu: %s, want %s", i, text, rows[i].want);
	}
}

static void lines(void **state)
{
	static const char *const bad[] = {
		"", " via 1.2.3.4", "eth0 via ", "eth0 via 1.2.3", "eth0 via 1.2.3.4 x", "eth/0",
		"eth0 ", "anamethatislonger",
	};
	struct uplink uplink;
	char line[40];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		strcpy(line, bad[i]);
		check_row(i, !uplink_parse(&uplink, line));
	}
	uplink = kept_as("eth0 via 198.18.0.1");
	assert_string_equal(uplink.dev, "eth0");
	assert_int_equal(uplink.gateway, GW0);
}

static void room(void **state)
{
	static const struct {
		uint16_t low, high, map_high;
		uint32_t ports;
		const char *remedy;
	} rows[] = {
		{ 32768, 60999, 29999, 4536,
		  "sysctl -w net.ipv4.ip_local_port_range=\"32768 49151\"" },
		{ 32768, 49151, 29999, 16384, NULL },
		{ 32768, 49152, 29999, 16383,
		  "sysctl -w net.ipv4.ip_local_port_range=\"32768 49151\"" },
		{ 1024, 65535, 29999, 0, "sysctl -w net.ipv4.ip_local_port_range=\"1024 49151\"" },
		{ 50000, 65535, 29999, 0,
		  "sysctl -w net.ipv4.ip_local_port_range=\"32768 49151\"" },
		{ 10000, 20000, 29999, 35536, NULL },
		/* the host's own ports are not what stands against it */
		{ 32768, 49151, 49152, 16383, NULL },
		{ 32768, 60000, 60000, 5535, NULL },
		/* they are a part of it */
		{ 32768, 60999, 60000, 4536,
		  "sysctl -w net.ipv4.ip_local_port_range=\"32768 60000\"" },
		{ 1024, 65535, 60000, 0, "sysctl -w net.ipv4.ip_local_port_range=\"1024 60000\"" },
	};
	const char *remedy;
	char text[200];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, uplink_ports(rows[i].high, rows[i].map_high) == rows[i].ports);
		remedy = uplink_room(rows[i].low, rows[i].high, rows[i].map_high, text);
		check_row(i, !remedy == !rows[i].remedy);
		if (remedy)
			check_text(i, remedy, rows[i].remedy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learnt), cmocka_unit_test(said), cmocka_unit_test(lines),
		cmocka_unit_test(room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
