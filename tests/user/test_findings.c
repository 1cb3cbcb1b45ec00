// SPDX-License-Identifier: GPL-2.0
/*
 * Findings: how they are printed, and remedies that can be pasted whatever is in them.
 */
#include <unistd.h>

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
#define BEGIN "cube-router-genl save /root/cube-router.saved && rmmod cube_router && "
#define END " && cube-router-genl restore /root/cube-router.saved"
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
		  BEGIN "cube-router-genl enable sandbox-cidr 192.168.0.0/18 router-cidr auto "
		  "uplink eth0 via 198.18.0.1 mtu 1500 ports none backend iptables "
		  "skip-conflict-check" END },
		{ LIVE(ROUTER, 0x0a000000, 8, 0x0afe0002, "z*", "$(reboot)", 0),
		  { .mtu = 1400, .backend = BACKEND_NFT, .host = &with, .first = true },
		  BEGIN "cube-router-genl enable sandbox-cidr 10.0.0.0/8 router-cidr 10.254.0.0/24 "
		  "uplink '$(reboot)' mtu 1400 ports 'z*' backend nft forward first "
		  "skip-conflict-check" END },
		/* neither device nor uplink nor firewall */
		{ LIVE(ROUTER, 0x0a000000, 8, 0x0afe0002, "", "", 0), { .host = &without },
		  BEGIN "cube-router-genl enable sandbox-cidr 10.0.0.0/8 router-cidr 10.254.0.0/30 "
		  "ports none skip-conflict-check" END },
		{ LIVE(ROUTER, 0xc0a80000, 18, 0xc0a83ffe, "", "eth0", 0xc6120001),
		  { .mtu = 1500, .host = &without, .from_env = true },
		  BEGIN "cube-router-genl apply" END },
		{ LIVE(DIRECT, 0xc0a80000, 18, 0, "", "eth0", 0xc6120001), { .host = &without },
		  BEGIN "cube-router-genl disable uplink eth0 via 198.18.0.1" END },
		{ LIVE(DIRECT, 0xc0a80000, 18, 0xc0a83ffe, "z*", "eth0", 0), { .host = &without },
		  BEGIN "cube-router-genl enable sandbox-cidr 192.168.0.0/18 router-cidr auto "
		  "uplink eth0 ports 'z*' skip-conflict-check && "
		  "cube-router-genl disable uplink eth0" END },
		{ LIVE(OFF, 0xc0a80000, 18, 0, "", "", 0), { .host = &without },
		  "rmmod cube_router" },
		/* mapped ports of another range; a module that knows of none */
		{ LIVE_MAPS(ROUTER, 0xc0a80000, 18, 0xc0a83ffe, "", "", 0, 0, 0),
		  { .host = &without },
		  BEGIN "cube-router-genl enable sandbox-cidr 192.168.0.0/18 router-cidr auto "
		  "ports none skip-conflict-check" END },
		{ LIVE_MAPS(ROUTER, 0xc0a80000, 18, 0xc0a83ffe, "", "eth0", 0, 20000, 30999),
		  { .host = &without },
		  BEGIN "echo CUBE_ROUTER_PORTMAP_RANGE=20000-30999 >/root/cube-router.env && "
		  "cube-router-genl enable sandbox-cidr 192.168.0.0/18 router-cidr auto "
		  "uplink eth0 ports none env-file /root/cube-router.env skip-conflict-check" END },
		{ LIVE_MAPS(DIRECT, 0xc0a80000, 18, 0, "", "eth0", 0, 10000, 29999),
		  { .host = &without },
		  BEGIN "echo CUBE_ROUTER_PORTMAP_RANGE=10000-29999 >/root/cube-router.env && "
		  "cube-router-genl enable sandbox-cidr 192.168.0.0/18 router-cidr auto "
		  "uplink eth0 ports none env-file /root/cube-router.env skip-conflict-check && "
		  "cube-router-genl disable uplink eth0" END },
		{ LIVE_MAPS(ROUTER, 0xc0a80000, 18, 0xc0a83ffe, "", "eth0", 0, 10000, 10999),
		  { .host = &without, .from_env = true },
		  BEGIN "cube-router-genl apply" END },
		/* mode off, with ports */
		{ LIVE_WITH(2, OFF, 0xc0a80000, 18, 0, "", "", 0, 20000, 29999),
		  { .host = &without },
		  BEGIN "cube-router-genl restore /root/cube-router.saved" },
		{ LIVE_WITH(2, OFF, 0x0a640000, 18, 0, "", "", 0, 20000, 29999),
		  { .host = &without },
		  BEGIN
		  "echo CUBE_SANDBOX_NETWORK_CIDR=10.100.0.0/18 >/root/cube-router.env && "
		  "cube-router-genl apply env-file /root/cube-router.env" END },
		{ LIVE_WITH(2, OFF, 0xc0a80000, 18, 0, "", "", 0, 20000, 30999),
		  { .host = &without },
		  BEGIN
		  "echo CUBE_SANDBOX_NETWORK_CIDR=192.168.0.0/18 >/root/cube-router.env && "
		  "echo CUBE_ROUTER_PORTMAP_RANGE=20000-30999 >>/root/cube-router.env && "
		  "cube-router-genl apply env-file /root/cube-router.env" END },
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

/* Last, for the namespace stays chosen. */
static void netns(void **state)
{
	struct findings f = { 0 };

	(void)state;
	finding_add(&f, LEVEL_FAIL, "device", "gone");
	netns_choose("it's");
	remedy_add(&f, "cube-router-genl enable");
	remedy_add(&f, "ip link set eth0 up");
	remedy_add_outside(&f, "apt-get install %s", "nftables");
	assert_string_equal(f.list[0].remedy, "cube-router-genl -n 'it'\\''s' enable && "
					      "ip netns exec 'it'\\''s' ip link set eth0 up && "
					      "apt-get install nftables");
	findings_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes), cmocka_unit_test(lines), cmocka_unit_test(length),
		cmocka_unit_test(upgrade), cmocka_unit_test(netns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
