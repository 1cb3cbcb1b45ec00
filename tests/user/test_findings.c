// SPDX-License-Identifier: GPL-2.0
/*
 * Findings: how they are printed, and remedies that can be pasted whatever is in them.
 */
#include <unistd.h>

#include "../../user/enabler.h"
#include "../../user/findings.h"
#include "../../user/netns.h"
#include "../../user/output.h"
#include "../../user/upgrade.h"
#include "capture.h"

static void quotes(void **state)
{
	static const struct {
		const char *word, *quoted;
	} rows[] = {
		{ "z192.168.0.11", "z192.168.0.11" },
		{ "192.168.0.0/16", "192.168.0.0/16" },
		{ "RELATED,ESTABLISHED", "RELATED,ESTABLISHED" },
		{ "!", "!" },
		{ "", "''" },
		{ "no NAT", "'no NAT'" },
		{ "$(reboot)", "'$(reboot)'" },
		{ "`reboot`", "'`reboot`'" },
		{ "a;b", "'a;b'" },
		{ "a&b", "'a&b'" },
		{ "a|b", "'a|b'" },
		{ "a>b", "'a>b'" },
		{ "z*", "'z*'" },
		{ "#a", "'#a'" },
		{ "~", "'~'" },
		{ "a!b", "'a!b'" },
		{ "a\"b\\c", "'a\"b\\c'" },
		{ "it's", "'it'\\''s'" },
		{ "'", "''\\'''" },
		{ "\xc3\xa4", "'\xc3\xa4'" },
		{ "''''''''''''''",
		  "''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''" },
	};
	char quoted[QUOTED_DEVICE], command[200], said[200];
	size_t i, len;
	FILE *shell;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (strcmp(shell_quote(rows[i].word, quoted), rows[i].quoted))
			fail_msg("row %zu: %s, not %s", i, quoted, rows[i].quoted);
		/* What a shell makes of it is the word again. */
		snprintf(command, sizeof(command), "printf %%s %s", quoted);
		shell = popen(command, "r");
		assert_non_null(shell);
		len = fread(said, 1, sizeof(said) - 1, shell);
		said[len] = '\0';
		check_row(i, !pclose(shell) && !strcmp(said, rows[i].word));
	}
}

static void print(const struct findings *f, struct capture *c)
{
	capture_begin(c);
	findings_print(f, LEVEL_OK);
	capture_end(c);
}

/* Which check has found it, and no control character of others' reaches the terminal. */
static void lines(void **state)
{
	struct findings f = { 0 };
	char quoted[QUOTED_DEVICE];
	struct capture c;

	(void)state;
	finding_add(&f, LEVEL_OK, "mode", "mode is %s", "router");
	finding_add(&f, LEVEL_FAIL, "masquerade-order", "the rule '%s'", "a\033b\nc");
	remedy_add(&f, "iptables -D %s", shell_quote("a\033b\nc", quoted));
	remedy_add(&f, "iptables -A %s", "x");
	finding_add(&f, LEVEL_WARN, "mtu", "small");
	print(&f, &c);
	assert_string_equal(c.out, "OK   mode              mode is router\n"
				   "FAIL masquerade-order  the rule 'a?b?c': "
				   "iptables -D 'a?b?c' && iptables -A x\n"
				   "WARN mtu               small\n");
	capture_begin(&c);
	findings_print(&f, LEVEL_FAIL);
	capture_end(&c);
	assert_int_equal(strncmp(c.out, "FAIL ", 5), 0);
	assert_null(strchr(c.out, '\n')[1] ? "more than one line" : NULL);
	findings_free(&f);
	assert_int_equal(f.count, 0);
}

/* Nothing is cut off, however long. */
static void length(void **state)
{
	struct findings f = { 0 };
	char word[5000];

	(void)state;
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	finding_add(&f, LEVEL_FAIL, "forward-order", "%s", word);
	remedy_add(&f, "iptables -D %s", word);
	assert_int_equal(strlen(f.list[0].remedy), strlen("iptables -D ") + strlen(word));
	findings_free(&f);
}

/* The changing of the module, by what is live. */
static void upgrade(void **state)
{
#define SAVE "cube-router-genl save /root/cube-router.saved && "
#define RESTORE "cube-router-genl restore /root/cube-router.saved"
#define OFF_BEGIN SAVE "rmmod cube_router && "
#define OFF_END " && " RESTORE
#define BEGIN SAVE "ip rule flush protocol 99 && cube-router-genl sandbox list | " \
	"awk 'NR > 1 { print \"rule add blackhole iif\", $1, \"priority 1 protocol 99\" }' | " \
	"ip -force -batch - && rmmod cube_router && "
#define END OFF_END " && ip rule flush protocol 99"
#define LIVE_WITH(registered, m, net, len, internal, pattern, dev, via, low, high) { \
	.loaded = true, .sandboxes = registered, .mode = CUBE_ROUTER_MODE_##m, \
	.sandbox = { net, len }, .snat = internal, .ports = pattern, .uplink = dev, \
	.gateway = via, .map_low = low, .map_high = high }
#define LIVE_MAPS(...) LIVE_WITH(0, __VA_ARGS__)
#define LIVE(...) LIVE_MAPS(__VA_ARGS__, 20000, 29999)
	static struct host_address given = {
		.local = 0x0afe0001, .peer = { 0x0afe0000, 24 }, .dev = "cube-router",
	};
	const struct host with = { .addresses = &given, .address_count = 1 }, without = { 0 };
	const struct {
		struct live live;
		struct upgrade u;
		const char *remedy;
	} rows[] = {
		{ LIVE(ROUTER, 0xc0a80000, 18, 0xc0a83ffe, "", "eth0", 0xc6120001),
		  { .mtu = 1500, .backend = BACKEND_IPTABLES, .host = &without },
		  BEGIN
		  "cube-router-genl enable sandbox-cidr 192.168.0.0/18 router-cidr auto "
		  "uplink eth0 via 198.18.0.1 mtu 1500 ports none backend iptables "
		  "skip-conflict-check" END },
		{ LIVE(ROUTER, 0x0a000000, 8, 0x0afe0002, "z*", "$(reboot)", 0),
		  { .mtu = 1400, .backend = BACKEND_NFT, .host = &with, .first = true },
		  BEGIN
		  "cube-router-genl enable sandbox-cidr 10.0.0.0/8 router-cidr 10.254.0.0/24 "
		  "uplink '$(reboot)' mtu 1400 ports 'z*' backend nft forward first "
		  "skip-conflict-check" END },
		/* neither device nor uplink nor firewall */
		{ LIVE(ROUTER, 0x0a000000, 8, 0x0afe0002, "", "", 0), { .host = &without },
		  BEGIN
		  "cube-router-genl enable sandbox-cidr 10.0.0.0/8 router-cidr 10.254.0.0/30 "
		  "ports none skip-conflict-check" END },
		{ LIVE(ROUTER, 0xc0a80000, 18, 0xc0a83ffe, "", "eth0", 0xc6120001),
		  { .mtu = 1500, .host = &without, .from_env = true },
		  BEGIN
		  "cube-router-genl apply" END },
		{ LIVE(DIRECT, 0xc0a80000, 18, 0, "", "eth0", 0xc6120001), { .host = &without },
		  BEGIN
		  "cube-router-genl disable uplink eth0 via 198.18.0.1" END },
		{ LIVE(DIRECT, 0xc0a80000, 18, 0xc0a83ffe, "z*", "eth0", 0), { .host = &without },
		  BEGIN
		  "echo CUBE_SANDBOX_NETWORK_CIDR=192.168.0.0/18 >/root/cube-router.env && "
		  "echo CUBE_ROUTER_PORTS='z*' >>/root/cube-router.env && "
		  "echo CUBE_ROUTER_UPLINK=eth0 >>/root/cube-router.env && "
		  "cube-router-genl apply env-file /root/cube-router.env" END },
		/* no address can be derived from this CIDR; names that an env file would misread */
		{ LIVE(DIRECT, 0x0a140000, 26, 0, "\"*", "'0", 0xc6120001), { .host = &without },
		  BEGIN
		  "echo CUBE_SANDBOX_NETWORK_CIDR=10.20.0.0/26 >/root/cube-router.env && "
		  "echo CUBE_ROUTER_PORTS=''\\''\"*'\\''' >>/root/cube-router.env && "
		  "echo CUBE_ROUTER_UPLINK='\"'\\''0\"' >>/root/cube-router.env && "
		  "echo CUBE_ROUTER_UPLINK_GATEWAY=198.18.0.1 >>/root/cube-router.env && "
		  "cube-router-genl apply env-file /root/cube-router.env" END },
		{ LIVE(OFF, 0xc0a80000, 18, 0, "", "", 0), { .host = &without },
		  "rmmod cube_router" },
		/* mapped ports of another range; a module that knows of none */
		{ LIVE_MAPS(ROUTER, 0xc0a80000, 18, 0xc0a83ffe, "", "", 0, 0, 0),
		  { .host = &without },
		  BEGIN
		  "cube-router-genl enable sandbox-cidr 192.168.0.0/18 router-cidr auto "
		  "ports none skip-conflict-check" END },
		{ LIVE_MAPS(ROUTER, 0xc0a80000, 18, 0xc0a83ffe, "", "eth0", 0, 20000, 30999),
		  { .host = &without },
		  BEGIN
		  "echo CUBE_ROUTER_PORTMAP_RANGE=20000-30999 >/root/cube-router.env && "
		  "cube-router-genl enable sandbox-cidr 192.168.0.0/18 router-cidr auto "
		  "uplink eth0 ports none env-file /root/cube-router.env skip-conflict-check"
		  END },
		{ LIVE_MAPS(DIRECT, 0xc0a80000, 18, 0, "", "eth0", 0, 10000, 29999),
		  { .host = &without },
		  BEGIN
		  "echo CUBE_SANDBOX_NETWORK_CIDR=192.168.0.0/18 >/root/cube-router.env && "
		  "echo CUBE_ROUTER_PORTMAP_RANGE=10000-29999 >>/root/cube-router.env && "
		  "echo CUBE_ROUTER_UPLINK=eth0 >>/root/cube-router.env && "
		  "cube-router-genl apply env-file /root/cube-router.env" END },
		{ LIVE_MAPS(ROUTER, 0xc0a80000, 18, 0xc0a83ffe, "", "eth0", 0, 10000, 10999),
		  { .host = &without, .from_env = true },
		  BEGIN
		  "cube-router-genl apply" END },
		/* mode off, with ports */
		{ LIVE_WITH(2, OFF, 0xc0a80000, 18, 0, "", "", 0, 20000, 29999),
		  { .host = &without },
		  OFF_BEGIN "cube-router-genl restore /root/cube-router.saved" },
		{ LIVE_WITH(2, OFF, 0x0a640000, 18, 0, "", "", 0, 20000, 29999),
		  { .host = &without },
		  OFF_BEGIN
		  "echo CUBE_SANDBOX_NETWORK_CIDR=10.100.0.0/18 >/root/cube-router.env && "
		  "cube-router-genl apply env-file /root/cube-router.env" OFF_END },
		{ LIVE_WITH(2, OFF, 0xc0a80000, 18, 0, "", "", 0, 20000, 30999),
		  { .host = &without },
		  OFF_BEGIN
		  "echo CUBE_SANDBOX_NETWORK_CIDR=192.168.0.0/18 >/root/cube-router.env && "
		  "echo CUBE_ROUTER_PORTMAP_RANGE=20000-30999 >>/root/cube-router.env && "
		  "cube-router-genl apply env-file /root/cube-router.env" OFF_END },
	};
	struct findings f = { 0 };
	struct upgrade u;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		u = rows[i].u;
		u.live = &rows[i].live;
		finding_add(&f, LEVEL_WARN, "version", "another");
		remedy_upgrade(&u, &f);
		if (strcmp(f.list[i].remedy, rows[i].remedy))
			fail_msg("row %zu: %s, not %s", i, f.list[i].remedy, rows[i].remedy);
	}
	findings_free(&f);
}

/* `apply` is offered only where the env file makes what is live. */
static void same_as_env(void **state)
{
#define ON "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=1\n"
#define GIVEN ON "CUBE_SANDBOX_CUBE_ROUTER_CIDR=10.254.0.0/24\n"
	static struct host_address both[] = {
		{ .local = 0x0afe0001, .peer = { 0x0afe0000, 24 }, .dev = "cube-router" },
		{ .local = 0xc6120002, .peer = { 0xc6120000, 24 }, .dev = "eth0" },
	};
	static struct host_route covers = { .dst = { 0x0a000000, 8 }, .dev = "eth0", .table = 254 };
	const struct host host = {
		.addresses = both, .address_count = 2, .routes = &covers, .route_count = 1,
	};
	const struct live derived = {
		.loaded = true, .mode = CUBE_ROUTER_MODE_ROUTER, .sandbox = { 0xc0a80000, 18 },
		.snat = 0xc0a83ffe, .uplink = "eth0", .gateway = 0xc6120001,
		.port_low = 30000, .map_low = 20000, .map_high = 29999,
	};
	struct live given = derived, named = derived, older = derived, ranged = derived;
	const struct cidr agreed = { 0x0afe0000, 24 }, none = { 0 };
	const struct {
		const char *file;
		const struct live *live;
		uint32_t mtu;
		struct cidr agreed;
		bool first;
		bool same;
	} rows[] = {
		{ ON, &derived, 1500, none, false, true },
		{ "", &derived, 1500, none, false, false },
		{ ON "CUBE_ROUTER_PORTS=\n\n", &derived, 1500, none, true, true },
		{ ON "no line\n", &derived, 1500, none, false, false },
		/* what has been typed since */
		{ ON, &derived, 8900, none, false, false },
		{ ON, &named, 1500, none, false, false },
		{ ON "CUBE_ROUTER_PORTS=z*\n", &named, 1500, none, false, true },
		{ ON, &ranged, 1500, none, false, false },
		{ ON "CUBE_ROUTER_PORTMAP_RANGE=20000-30999\n", &ranged, 1500, none, false, true },
		{ ON, &given, 1500, agreed, false, false },
		{ ON "CUBE_SANDBOX_NETWORK_CIDR=192.168.0.0/20\n", &derived, 1500, none, false,
		  false },
		{ ON "CUBE_ROUTER_UPLINK=eth0\n", &derived, 1500, none, false, true },
		{ ON "CUBE_ROUTER_UPLINK=eth1\n", &derived, 1500, none, false, false },
		{ ON "CUBE_ROUTER_UPLINK=eth0\nCUBE_ROUTER_UPLINK_GATEWAY=198.18.0.9\n", &derived,
		  1500, none, false, false },
		{ ON "CUBE_ROUTER_BACKEND=iptables\n", &derived, 1500, none, false, true },
		{ ON "CUBE_ROUTER_BACKEND=nft\n", &derived, 1500, none, false, false },
		{ ON "CUBE_ROUTER_FORWARD=last\n", &derived, 1500, none, false, true },
		{ ON "CUBE_ROUTER_FORWARD=last\n", &derived, 1500, none, true, false },
		/* what covers the router CIDR is a conflict, but where that was agreed to */
		{ GIVEN, &given, 1500, agreed, false, true },
		{ GIVEN, &given, 1500, none, false, false },
		{ GIVEN "CUBE_SANDBOX_NETWORK_CIDR_SKIP_CONFLICT_CHECK=1\n", &given, 1500, none,
		  false, true },
		/* a module that knows nothing of mapped ports; a device that is gone */
		{ ON, &older, 1500, none, false, true },
		{ GIVEN, &given, 0, agreed, false, true },
	};
	struct envfile env;
	struct upgrade u;
	struct why why;
	size_t i, len;
	bool same;

	(void)state;
	given.snat = 0x0afe0002;
	strcpy(named.ports, "z*");
	older.map_low = 0;
	older.map_high = 0;
	ranged.map_high = 30999;
	ranged.port_low = 31000;
	for (i = 0; i < COUNT(rows); i++) {
		len = strlen(rows[i].file);
		env = (struct envfile){ .path = "file" };
		same = envfile_parse(&env, strcpy(malloc(len + 1), rows[i].file), len, &why);
		u = (struct upgrade){
			.live = rows[i].live, .host = &host, .mtu = rows[i].mtu,
			.backend = BACKEND_IPTABLES, .first = rows[i].first,
		};
		check_row(i, (same && upgrade_from_env(&u, &env, rows[i].agreed)) == rows[i].same);
		envfile_free(&env);
	}
}

/* A file that says how the host is to be is what counts where nothing is live. */
static void env_file(void **state)
{
	static const struct {
		const char *file;
		bool says;
	} rows[] = {
		{ "", false },
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=1\n", true },
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=0\n"
		  "CUBE_SANDBOX_CUBE_ROUTER_CIDR=10.254.0.0/24\n", false },
		{ "CUBE_SANDBOX_CUBE_ROUTER_CIDR=10.254.0.0/24\nCUBE_ROUTER_PORTS=z*\n", false },
		/* mode direct */
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=0\nCUBE_ROUTER_UPLINK=eth0\n", true },
		{ "CUBE_ROUTER_UPLINK=\n", false },
		/* `apply` tells what is wrong */
		{ "CUBE_SANDBOX_CUBE_ROUTER_ENABLE=yes\n", true },
		{ "no line\n", true },
	};
	char path[] = "/tmp/env-XXXXXX";
	size_t i, len;
	int fd;

	(void)state;
	fd = mkstemp(path);
	assert_true(fd >= 0);
	for (i = 0; i < COUNT(rows); i++) {
		len = strlen(rows[i].file);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, rows[i].file, len, 0), (ssize_t)len);
		check_row(i, enabler_in_file(path) == rows[i].says);
	}
	close(fd);
	unlink(path);
	assert_false(enabler_in_file(path));
	assert_false(enabler_in_file("/tmp/no-such-folder/env"));
	assert_true(enabler_in_file("/tmp"));
}

/* What `enable` is told stands behind it. */
static void enables(void **state)
{
	struct findings f = { 0 };

	(void)state;
	finding_add(&f, LEVEL_FAIL, "forward-order", "dropped");
	remedy_by_enable(&f, CUBE_ROUTER_MODE_ROUTER, " forward first");
	assert_string_equal(f.list[0].remedy, "cube-router-genl enable forward first");
	findings_free(&f);
}

/* Last, for the namespace stays chosen. */
static void netns(void **state)
{
	struct findings f = { 0 };

	(void)state;
	finding_add(&f, LEVEL_FAIL, "device", "gone");
	netns_choose("it's");
	remedy_by_enable(&f, CUBE_ROUTER_MODE_OFF, "");
	remedy_add(&f, "ip link set eth0 up");
	remedy_add_outside(&f, "apt-get install %s", "nftables");
	assert_string_equal(f.list[0].remedy, "cube-router-genl -n 'it'\\''s' enable && "
					      "ip netns exec 'it'\\''s' ip link set eth0 up && "
					      "apt-get install nftables");
	finding_add(&f, LEVEL_WARN, "mtu", "small");
	remedy_each_port(&f, "\"link set\", $1, \"mtu 1400\"");
	assert_string_equal(f.list[1].remedy, "cube-router-genl -n 'it'\\''s' sandbox list | "
					      "awk 'NR > 1 { print \"link set\", $1, \"mtu 1400\" }'"
					      " | ip netns exec 'it'\\''s' ip -force -batch -");
	findings_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes), cmocka_unit_test(lines), cmocka_unit_test(length),
		cmocka_unit_test(upgrade), cmocka_unit_test(same_as_env),
		cmocka_unit_test(env_file), cmocka_unit_test(enables), cmocka_unit_test(netns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
