// SPDX-License-Identifier: GPL-2.0
/*
 * How words, env file, live values and defaults come together, in this order.
 */
#include <linux/rtnetlink.h>

#include "../../user/plan.h"
#include "test.h"

#define ROUTER	"CUBE_SANDBOX_CUBE_ROUTER_CIDR"
#define SANDBOX	"CUBE_SANDBOX_NETWORK_CIDR"

/* Reads an env file out of a text. */
static struct envfile env_of(const char *text)
{
	struct envfile env = { .path = "file" };
	char *copy = malloc(strlen(text) + 1);
	struct why why;

	assert_non_null(copy);
	strcpy(copy, text);
	if (!envfile_parse(&env, copy, strlen(text), &why))
		fail_msg("%s", why.text);
	return env;
}

static void env_values(void **state)
{
	static const struct {
		const char *text;
		const char *complaint;	/* NULL: understood */
	} rows[] = {
		{ "", NULL },
		{ ROUTER "=\n", NULL },
		{ ROUTER "=10.254.0.0/24\n", NULL },
		{ ROUTER "=10.254.0.1/24\n", NULL },
		{ ROUTER "=auto\n", NULL },
		{ ROUTER "=automatic\n",
		  "file:1: " ROUTER ": 'automatic' is not an IPv4 CIDR" },
		{ ROUTER "=010.254.0.0/24\n", "is not an IPv4 CIDR" },
		{ "\n\n" ROUTER "=10.254.0.0\n", "file:3: " },
		{ ROUTER "=10.254.0.0/24 \n", NULL },
		{ ROUTER "='10.254.0.0/24 '\n", "is not an IPv4 CIDR" },
		{ SANDBOX "=192.168.0.0/18\n", NULL },
		{ SANDBOX "=\n", NULL },
		{ SANDBOX "=x\n", SANDBOX ": 'x' is not an IPv4 CIDR" },
		{ SANDBOX "=10.0.0.0/8\n", NULL },
		{ SANDBOX "=172.20.0.0/30\n", NULL },
		{ "\n" SANDBOX "=8.8.0.0/16\n",
		  "file:2: " SANDBOX ": '8.8.0.0/16' is not private" },
		{ SANDBOX "=10.0.0.0/7\n", "file:1: " SANDBOX ": '10.0.0.0/7': the prefix length" },
		{ SANDBOX "=10.0.0.0/31\n", "from /8 to /30" },
		{ SANDBOX "=10.0.0.1/18\n", "'10.0.0.1/18' is not aligned: use 10.0.0.0/18" },
		{ SANDBOX "_SKIP_CONFLICT_CHECK=\n", NULL },
		{ SANDBOX "_SKIP_CONFLICT_CHECK=0\n", NULL },
		{ SANDBOX "_SKIP_CONFLICT_CHECK=1\n", NULL },
		{ SANDBOX "_SKIP_CONFLICT_CHECK=2\n", "'2' is not 0 or 1" },
		{ SANDBOX "_SKIP_CONFLICT_CHECK=true\n", "'true' is not 0 or 1" },
		{ "CUBE_ROUTER_PORTS=z*\n", NULL },
		{ "CUBE_ROUTER_PORTS=none\n", NULL },
		{ "CUBE_ROUTER_PORTS=\n", NULL },
		{ "CUBE_ROUTER_PORTS=z *\n", "'z *' is not a pattern" },
		{ "CUBE_ROUTER_PORTS=$(reboot)/\n", "'$(reboot)/' is not a pattern" },
		{ "CUBE_ROUTER_BACKEND=\n", NULL },
		{ "CUBE_ROUTER_BACKEND=iptables\n", NULL },
		{ "CUBE_ROUTER_BACKEND=nft\n", NULL },
		{ "CUBE_ROUTER_BACKEND=nftables\n", "'nftables' is not iptables or nft" },
		{ "CUBE_ROUTER_BACKEND=ipfw\n", "'ipfw' is not iptables or nft" },
		{ "CUBE_ROUTER_FORWARD=\n", NULL },
		{ "CUBE_ROUTER_FORWARD=first\n", NULL },
		{ "CUBE_ROUTER_FORWARD=last\n", NULL },
		{ "CUBE_ROUTER_FORWARD=1\n", "'1' is not first or last" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=\n", NULL },
		{ "CUBE_ROUTER_PORTMAP_RANGE=20000-29999\n", NULL },
		{ "CUBE_ROUTER_PORTMAP_RANGE=20000\n", "is not a range" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=20000-\n", "is not a range" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=-20000\n", "is not a range" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=0-20000\n", "is not a range" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=20001-20000\n", "is not a range" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=20000-65536\n", "is not a range" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=20000--30000\n", "is not a range" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=20000 - 30000\n", "is not a range" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=1234567890-30000\n", "is not a range" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=20000-64999\n", NULL },
		{ "CUBE_ROUTER_PORTMAP_RANGE=20000-65000\n", "too few ports" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=20000-65535\n", "too few ports" },
		{ "CUBE_ROUTER_PORTMAP_RANGE=1023-2000\n", "begins below 1024" },
		{ "CUBE_ROUTER_UPLINK=\n", NULL },
		{ "CUBE_ROUTER_UPLINK=eth0\n", NULL },
		{ "CUBE_ROUTER_UPLINK=eth/0\n", "'eth/0' is not the name of a network device" },
		{ "CUBE_ROUTER_UPLINK=anamethatislonger\n", "is not the name of a network device" },
		{ "CUBE_ROUTER_UPLINK=eth0\nCUBE_ROUTER_UPLINK_GATEWAY=198.18.0.1\n", NULL },
		{ "CUBE_ROUTER_UPLINK=eth0\nCUBE_ROUTER_UPLINK_GATEWAY=\n", NULL },
		{ "CUBE_ROUTER_UPLINK=eth0\nCUBE_ROUTER_UPLINK_GATEWAY=gw\n",
		  "file:2: CUBE_ROUTER_UPLINK_GATEWAY: 'gw' is not the IPv4 address of a gateway" },
		{ "CUBE_ROUTER_UPLINK=eth0\nCUBE_ROUTER_UPLINK_GATEWAY=127.0.0.1\n",
		  "'127.0.0.1' is not the IPv4 address of a gateway" },
		{ "CUBE_ROUTER_UPLINK=eth0\nCUBE_ROUTER_UPLINK_GATEWAY=224.0.0.1\n",
		  "'224.0.0.1' is not the IPv4 address of a gateway" },
		{ "CUBE_ROUTER_UPLINK=eth0\nCUBE_ROUTER_UPLINK_GATEWAY=0.0.0.0\n",
		  "'0.0.0.0' is not the IPv4 address of a gateway" },
		{ "CUBE_ROUTER_UPLINK_GATEWAY=198.18.0.1\n", "needs CUBE_ROUTER_UPLINK" },
		{ "CUBE_ROUTER_UPLINK=\nCUBE_ROUTER_UPLINK_GATEWAY=198.18.0.1\n",
		  "needs CUBE_ROUTER_UPLINK" },
	};
	struct wishes w;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct envfile env = env_of(rows[i].text);

		w = (struct wishes){ 0 };
		if (rows[i].complaint) {
			check_row(i, !wishes_from_env(&w, &env, &why));
			check_text(i, why.text, rows[i].complaint);
		} else if (!wishes_from_env(&w, &env, &why)) {
			fail_msg("row %zu: %s", i, why.text);
		}
		envfile_free(&env);
	}
}

static void ranges(void **state)
{
	static const struct {
		const char *range;
		uint32_t low, first, last;
	} rows[] = {
		{ "", 30000, 20000, 29999 }, { "20000-29999", 30000, 20000, 29999 },
		{ "1024-1024", 30000, 1024, 1024 }, { "20000-29998", 30000, 20000, 29998 },
		{ "20000-30000", 30001, 20000, 30000 }, { "20000-39999", 40000, 20000, 39999 },
		{ "40000-49999", 50000, 40000, 49999 }, { "64999-64999", 65000, 64999, 64999 },
	};
	struct wishes w;
	char text[100];
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct envfile env;

		snprintf(text, sizeof(text), "CUBE_ROUTER_PORTMAP_RANGE=%s\n", rows[i].range);
		env = env_of(text);
		w = (struct wishes){ 0 };
		check_row(i, wishes_from_env(&w, &env, &why));
		check_row(i, w.port_low == rows[i].low);
		check_row(i, w.map_low == rows[i].first && w.map_high == rows[i].last);
		envfile_free(&env);
	}
}

static void precedence(void **state)
{
	struct envfile env = env_of(ROUTER "=10.254.0.0/24\n" SANDBOX "=10.1.0.0/16\n"
				    SANDBOX "_SKIP_CONFLICT_CHECK=1\nCUBE_ROUTER_PORTS=z*\n"
				    "CUBE_ROUTER_FORWARD=first\nCUBE_ROUTER_BACKEND=nft\n"
				    "CUBE_ROUTER_UPLINK=eth1\n"
				    "CUBE_ROUTER_UPLINK_GATEWAY=198.18.1.1\n");
	struct wishes said = {
		.sandbox_said = true, .sandbox = { 0xac100000, 16 }, .router_how = ROUTER_AUTO,
		.ports = "", .forward = FORWARD_LAST, .backend = BACKEND_IPTABLES,
		.uplink = { .dev = "eth0" },
	};
	struct wishes unsaid = { 0 };
	struct why why;

	(void)state;
	assert_true(wishes_from_env(&said, &env, &why));
	assert_int_equal(said.sandbox.addr, 0xac100000);
	assert_int_equal(said.router_how, ROUTER_AUTO);
	assert_string_equal(said.ports, "");
	assert_int_equal(said.forward, FORWARD_LAST);
	assert_int_equal(said.backend, BACKEND_IPTABLES);
	assert_true(said.skip_conflicts);
	assert_string_equal(said.uplink.dev, "eth0");
	assert_int_equal(said.uplink.gateway, 0);

	assert_true(wishes_from_env(&unsaid, &env, &why));
	assert_int_equal(unsaid.sandbox.addr, 0x0a010000);
	assert_int_equal(unsaid.router_how, ROUTER_GIVEN);
	assert_int_equal(unsaid.router.addr, 0x0afe0000);
	assert_string_equal(unsaid.ports, "z*");
	assert_int_equal(unsaid.forward, FORWARD_FIRST);
	assert_int_equal(unsaid.backend, BACKEND_NFT);
	assert_int_equal(unsaid.port_low, 0);
	assert_string_equal(unsaid.uplink.dev, "eth1");
	assert_int_equal(unsaid.uplink.gateway, 0xc6120101);
	assert_int_equal(unsaid.map_low, 0);
	envfile_free(&env);
}

static void enabled(void **state)
{
	static const struct {
		const char *text;
		bool good;
		bool enabled;
	} rows[] = {
		{ "", true, false },
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=\n", true, false },
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=0\n", true, false },
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=1\n", true, true },
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=\"1\"\n", true, true },
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=0\n"
		  "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=1\n", true, true },
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=yes\n", false, false },
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=01\n", false, false },
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=true\n", false, false },
	};
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct envfile env = env_of(rows[i].text);
		bool enabled = false;

		check_row(i, envfile_flag(&env, ENV_ENABLE, &enabled, &why) == rows[i].good);
		check_row(i, enabled == rows[i].enabled);
		envfile_free(&env);
	}
}

static void warnings(void **state)
{
	struct envfile env = env_of("CUBE_ROUTER_UPLINK=eth0\nCUBE_ROUTER_PORTS=a\n"
				    "CUBE_ROUTER_UPLINK_GATEWAY=\nCUBE_ROUTER_PORTS=b\n"
				    "CUBE_ROUTER_UPLINK=eth1\nX=1\nX=2\n");
	static const char *const expected[] = {
		"file:5: CUBE_ROUTER_UPLINK is given 2 times: the last one counts",
		"file:4: CUBE_ROUTER_PORTS is given 2 times: the last one counts",
	};
	unsigned int cursor = 0;
	struct why warning;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(expected); i++) {
		assert_true(envfile_warning(&env, &cursor, &warning));
		assert_string_equal(warning.text, expected[i]);
	}
	assert_false(envfile_warning(&env, &cursor, &warning));
	envfile_free(&env);
}

/* A host on which cube-router has one address, or none. */
static struct host host_with(struct host_address *address, const char *cidr)
{
	struct cidr parsed;

	if (!cidr)
		return (struct host){ 0 };
	assert_true(parse_cidr(cidr, &parsed));
	*address = (struct host_address){
		.local = parsed.addr, .peer = parsed, .dev = CUBE_ROUTER_DEVICE,
	};
	return (struct host){ .addresses = address, .address_count = 1 };
}

static const struct link_info no_device;

static const struct link_info our_device = {
	.index = 5, .name = CUBE_ROUTER_DEVICE, .kind = CUBE_ROUTER_DEVICE, .up = true, .mtu = 1450,
};

static const struct link_info dummy_device = {
	.index = 5, .name = CUBE_ROUTER_DEVICE, .kind = "dummy", .up = true, .mtu = 1400,
};

static const struct live fresh = {
	.loaded = true, .sandbox = { 0xc0a80000, 18 }, .port_low = 30000,
};

static const struct live running = {
	.loaded = true, .mode = CUBE_ROUTER_MODE_ROUTER, .device = true, .snat = 0x0afe0002,
	.sandbox = { 0x0a010000, 16 }, .ports = "z*", .port_low = 40000,
	.map_low = 30000, .map_high = 39999,
};

static void defaults(void **state)
{
	const struct live *const lives[] = { &(struct live){ 0 }, &fresh };
	struct wishes nothing = { 0 };
	struct host host = { 0 };
	struct plan plan;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lives); i++) {
		check_row(i, plan_settle(&plan, &nothing, lives[i], &no_device, &host, &why));
		check_row(i, plan.sandbox.addr == 0xc0a80000 && plan.sandbox.prefix == 18);
		check_row(i, plan.addresses.device.addr == 0xc0a83ffd);
		check_row(i, plan.addresses.device.prefix == 32);
		check_row(i, plan.addresses.snat == 0xc0a83ffe && plan.rules.snat == 0xc0a83ffe);
		check_row(i, plan.mtu == 1500 && plan.rules.port_low == 30000);
		check_row(i, plan.map_low == 20000 && plan.map_high == 29999);
		check_row(i, !*plan.ports && plan.rules.forward == FORWARD_UNSAID);
	}
}

static void live_values(void **state)
{
	struct wishes nothing = { 0 }, apply = { 0 }, some = { .mtu = 1280, .ports = "" };
	struct host_address address;
	struct host host = host_with(&address, "10.254.0.1/24");
	struct plan plan;
	struct why why;

	(void)state;
	/* what is left out keeps the live value ... */
	assert_true(plan_settle(&plan, &nothing, &running, &our_device, &host, &why));
	assert_int_equal(plan.sandbox.addr, 0x0a010000);
	assert_int_equal(plan.addresses.device.addr, 0x0afe0001);
	assert_int_equal(plan.addresses.device.prefix, 24);
	assert_int_equal(plan.addresses.snat, 0x0afe0002);
	assert_int_equal(plan.mtu, 1450);
	assert_int_equal(plan.rules.port_low, 40000);
	assert_int_equal(plan.map_low, 30000);
	assert_int_equal(plan.map_high, 39999);
	assert_string_equal(plan.ports, "z*");
	assert_true(plan_settle(&plan, &some, &running, &our_device, &host, &why));
	assert_int_equal(plan.mtu, 1280);
	assert_string_equal(plan.ports, "");

	/* ... but for apply takes its default */
	wishes_default(&apply);
	assert_true(plan_settle(&plan, &apply, &running, &our_device, &host, &why));
	assert_int_equal(plan.addresses.snat, 0xc0a83ffe);
	assert_int_equal(plan.rules.port_low, 30000);
	assert_int_equal(plan.map_low, 20000);
	assert_int_equal(plan.map_high, 29999);
	assert_string_equal(plan.ports, "");
	assert_int_equal(plan.mtu, 1500);
	assert_true(apply.uplink.anew);
	/* ... and what is done with our rules is not for it to change unasked */
	assert_int_equal(plan.rules.forward, FORWARD_UNSAID);
	assert_int_equal(plan.backend, BACKEND_UNSAID);
}

/* What is wrong with a CIDR for this host is told with the place where it is said. */
static void places(void **state)
{
	static const struct {
		const char *text;
		bool typed;
		const char *complaint;
	} rows[] = {
		{ "\n" ROUTER "=10.254.0.1/24\n", false,
		  "file:2: " ROUTER ": '10.254.0.1/24' is not aligned" },
		{ "\n" ROUTER "=10.254.0.1/24\n", true, "router-cidr: '10.253.0.1/24' is not" },
		{ ROUTER "=10.254.0.0/31\n", false, "file:1: " ROUTER ": '10.254.0.0/31': the" },
		{ ROUTER "=10.7.0.0/24\n", false, "file:1: " ROUTER ": 10.7.0.0/24 conflicts" },
		{ SANDBOX "=10.7.0.0/24\n", false,
		  "file:1: " SANDBOX ": 10.7.0.253, reserved, is an address of eth0" },
		{ ROUTER "=auto\n" SANDBOX "=10.0.0.0/8\n", false,
		  "file:2: " SANDBOX ": '10.0.0.0/8': the prefix length" },
		{ ROUTER "=192.168.1.0/24\n", false,
		  "file:1: " ROUTER ": 192.168.1.0/24 overlaps" },
	};
	struct host_address address = {
		.local = 0x0a0700fd, .peer = { 0x0a0700fd, 32 }, .dev = "eth0",
	};
	const struct host host = { .addresses = &address, .address_count = 1 };
	struct plan plan;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct envfile env = env_of(rows[i].text);
		struct wishes w = { 0 };

		if (rows[i].typed) {
			w.router_how = ROUTER_GIVEN;
			w.router = (struct cidr){ 0x0afd0001, 24 };
		}
		check_row(i, wishes_from_env(&w, &env, &why));
		check_row(i, !plan_settle(&plan, &w, &fresh, &no_device, &host, &why));
		check_text(i, why.text, rows[i].complaint);
		check_row(i, why.text == strstr(why.text, rows[i].complaint));
		envfile_free(&env);
	}
}

/* The CIDR that was given is known by the device's address, or because it was agreed to. */
static void live_router(void **state)
{
	struct live held = running, off = running, derived = running;
	struct wishes nothing = { 0 }, automatic = { .router_how = ROUTER_AUTO };
	struct host_address address;
	struct host none = { 0 }, host = host_with(&address, "10.1.255.253/32");
	struct host agreed = { .agreed = { 0x0afe0000, 24 } };
	struct host other = { .agreed = { 0x0afd0000, 24 } };
	struct plan plan;
	struct why why;

	(void)state;
	assert_false(plan_settle(&plan, &nothing, &running, &no_device, &none, &why));
	assert_non_null(strstr(why.text, "say router-cidr CIDR or auto"));
	assert_false(plan_settle(&plan, &nothing, &running, &no_device, &other, &why));
	assert_true(plan_settle(&plan, &nothing, &running, &no_device, &agreed, &why));
	assert_int_equal(plan.addresses.device.addr, 0x0afe0001);
	assert_int_equal(plan.addresses.device.prefix, 24);
	assert_int_equal(plan.addresses.snat, 0x0afe0002);
	held.mode = CUBE_ROUTER_MODE_HELD;
	assert_false(plan_settle(&plan, &nothing, &held, &no_device, &none, &why));
	assert_true(plan_settle(&plan, &automatic, &held, &no_device, &none, &why));
	assert_int_equal(plan.addresses.snat, 0x0a01fffe);
	/* nothing is live any more in mode off */
	off.mode = CUBE_ROUTER_MODE_OFF;
	assert_true(plan_settle(&plan, &nothing, &off, &no_device, &none, &why));
	assert_int_equal(plan.addresses.snat, 0x0a01fffe);
	/* derived addresses need no device to be known */
	derived.snat = 0x0a01fffe;
	assert_true(plan_settle(&plan, &nothing, &derived, &no_device, &none, &why));
	assert_true(plan_settle(&plan, &nothing, &derived, &our_device, &host, &why));
	assert_int_equal(plan.addresses.device.addr, 0x0a01fffd);
}

static void foreign(void **state)
{
	struct wishes nothing = { 0 }, replace = { .replace_device = true };
	struct link_info hardware = dummy_device;
	struct host_address address;
	struct host host = host_with(&address, "192.168.63.253/32");
	struct plan plan;
	struct why why;

	(void)state;
	assert_false(link_is_ours(&no_device));
	assert_false(link_is_ours(&dummy_device));
	assert_true(link_is_ours(&our_device));
	assert_false(plan_settle(&plan, &nothing, &fresh, &dummy_device, &host, &why));
	assert_non_null(strstr(why.text, "kind 'dummy'"));
	assert_non_null(strstr(why.text, "replace-device"));
	assert_true(plan_settle(&plan, &replace, &fresh, &dummy_device, &host, &why));
	assert_int_equal(plan.mtu, 1500);
	hardware.kind[0] = '\0';
	assert_false(plan_settle(&plan, &nothing, &fresh, &hardware, &host, &why));
	assert_non_null(strstr(why.text, "hardware"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(env_values), cmocka_unit_test(ranges),
		cmocka_unit_test(precedence),
		cmocka_unit_test(enabled), cmocka_unit_test(warnings), cmocka_unit_test(defaults),
		cmocka_unit_test(live_values), cmocka_unit_test(places),
		cmocka_unit_test(live_router),
		cmocka_unit_test(foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
