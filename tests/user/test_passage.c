// SPDX-License-Identifier: GPL-2.0
/*
 * What the firewall makes of packets to one destination: what is found, its remedy, and whether the
 * source address is ours to tell.
 */
#include "../../user/check.h"
#include "../../user/nft.h"
#include "test.h"

#define SNAT 0xc0a83ffe
#define SOURCE 0xc6120002

#define OURS_FIRST \
	"sh -c '(echo \"*nat\"; iptables-save -t nat | tac | sed -n \"/^-A POSTROUTING " \
	".*--comment cube-router /{s/^-A/-D/p;s/^-D/-I/p}\"; echo COMMIT) | iptables-restore -w -n'"

/* The output of iptables-save, with our rules between those of others. */
static char *saved(const struct rules *ours, const char *mangle, const char *nat,
		   const char *forward)
{
	char *text;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	fprintf(f, "*raw\n:PREROUTING ACCEPT [0:0]\n%sCOMMIT\n", mangle);
	fprintf(f, "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n%s", nat);
	for (i = 0; i < ours->nat.count; i++)
		fprintf(f, "-A POSTROUTING %s\n", ours->nat.rules[i].text);
	fprintf(f, "COMMIT\n*filter\n:FORWARD ACCEPT [0:0]\n:CUBE-ROUTER - [0:0]\n%s", forward);
	for (i = 0; i < ours->jumps.count; i++)
		fprintf(f, "-A FORWARD %s\n", ours->jumps.rules[i].text);
	for (i = 0; i < ours->chain.count; i++)
		fprintf(f, "-A CUBE-ROUTER %s\n", ours->chain.rules[i].text);
	fprintf(f, "COMMIT\n");
	fclose(f);
	return text;
}

static void passages(void **state)
{
	static const struct {
		const char *raw, *nat, *forward;
		enum passed passed;
		const char *found[2];	/* LEVEL CHECK WHAT: REMEDY */
	} rows[] = {
		{ "", "", "", PASSED, { NULL } },
		{ "", "", "-A FORWARD -d 10.0.0.0/8 -j DROP\n", PASSED, { NULL } },
		{ "", "", "-A FORWARD -i eth0 -j DROP\n", PASSED_NOT,
		  { "2 forward-order 1.1.1.1: filter FORWARD drops our packets before CUBE-ROUTER, "
		    "by the rule '-i eth0 -j DROP': cube-router-genl enable forward first" } },
		{ "", "", "-A FORWARD -p udp -j DROP\n", PASSED,
		  { "1 forward-order 1.1.1.1: filter FORWARD drops our udp packets before "
		    "CUBE-ROUTER, by the rule '-p udp -j DROP': "
		    "cube-router-genl enable forward first" } },
		{ "", "", "-A FORWARD -p tcp -j DROP\n-A FORWARD ! -p tcp -j DROP\n", PASSED_NOT,
		  { "2 forward-order 1.1.1.1: filter FORWARD drops our tcp packets before "
		    "CUBE-ROUTER, by the rule '-p tcp -j DROP': "
		    "cube-router-genl enable forward first",
		    "2 forward-order 1.1.1.1: filter FORWARD drops our udp and icmp packets before "
		    "CUBE-ROUTER, by the rule '! -p tcp -j DROP': "
		    "cube-router-genl enable forward first" } },
		/* told of all packets already, but lost all the same */
		{ "", "", "-A FORWARD -j DROP\n", PASSED_NOT, { NULL } },
		{ "", "", "-A FORWARD -o eth0 -m mark --mark 0x1 -j DROP\n", PASSED,
		  { "1 forward-order 1.1.1.1: filter FORWARD may drop packets of ours before "
		    "CUBE-ROUTER, by the rule '-o eth0 -m mark --mark 0x1 -j DROP': "
		    "cube-router-genl enable forward first" } },
		{ "-A PREROUTING -i eth0 -j DROP\n", "", "", PASSED_NOT,
		  { "2 forward-order 1.1.1.1: raw PREROUTING drops our answers, by the rule "
		    "'-i eth0 -j DROP': "
		    "iptables -w -t raw -I PREROUTING -i eth0 -s 1.1.1.1 -j ACCEPT" } },
		{ "", "-A PREROUTING -i eth0 -j DNAT --to-destination 10.0.0.1\n", "", PASSED,
		  { NULL } },
		{ "", "-A POSTROUTING -o eth0 -j SNAT --to-source 1.2.3.4\n", "", PASSED_RENAMED,
		  { "2 masquerade-order 1.1.1.1: nat POSTROUTING translates our packets before our "
		    "MASQUERADE, by the rule '-o eth0 -j SNAT --to-source 1.2.3.4': "
		    OURS_FIRST } },
		{ "", "-A POSTROUTING -o eth0 -j MASQUERADE\n", "", PASSED,
		  { "1 masquerade-order 1.1.1.1: nat POSTROUTING translates our packets before our "
		    "MASQUERADE, by the rule '-o eth0 -j MASQUERADE': "
		    OURS_FIRST } },
		{ "", "-A POSTROUTING -o eth0 -m comment --comment \"it\\'s $(x)\" -j ACCEPT\n", "",
		  PASSED_NOT,
		  { "2 masquerade-order 1.1.1.1: nat POSTROUTING leaves our packets untranslated "
		    "before our MASQUERADE, by the rule '-o eth0 -m comment --comment "
		    "\"it\\'s $(x)\" -j ACCEPT': " OURS_FIRST } },
	};
	static const struct passage passage = { 0x01010101, "1.1.1.1", "eth0", SOURCE };
	const struct rules_wish wish = { SNAT, 30000, FORWARD_LAST };
	const struct rules none = { 0 };
	struct rules ours = rules_make(&wish, &none);
	struct scene scene = { .live = { .snat = SNAT, .port_low = 30000 }, .walled = true };
	struct findings f = { 0 };
	enum passed passed;
	char text[1000];
	size_t i, k;

	(void)state;
	scene.wall.iptables[VARIANT_HOST] = "iptables";
	for (i = 0; i < COUNT(rows); i++) {
		scene.wall.saved[VARIANT_HOST] = saved(&ours, rows[i].raw, rows[i].nat,
						       rows[i].forward);
		scene.wall.rules[VARIANT_HOST] = rules_read(scene.wall.saved[VARIANT_HOST]);
		passed = check_passage(&scene, &passage, &f);
		if (passed != rows[i].passed)
			fail_msg("row %zu: %d", i, passed);
		for (k = 0; k < f.count; k++) {
			snprintf(text, sizeof(text), "%d %s %s: %s", f.list[k].level,
				 f.list[k].check, f.list[k].what, f.list[k].remedy);
			if (k >= 2 || !rows[i].found[k] || strcmp(text, rows[i].found[k]))
				fail_msg("row %zu: %s", i, text);
		}
		check_row(i, k == 2 || !rows[i].found[k]);
		findings_free(&f);
		firewall_free(&scene.wall);
		scene.wall.iptables[VARIANT_HOST] = "iptables";
	}
	rules_free(&ours);
}

/* Without our own rules nothing gets out, unless somebody else's give it an address. */
static void without_ours(void **state)
{
	static const struct {
		const char *nat;
		enum passed passed;
	} rows[] = {
		{ "", PASSED_NOT },
		{ "-A POSTROUTING -j MASQUERADE\n", PASSED_RENAMED },
		{ "-A POSTROUTING -o eth0 -j SNAT --to-source 1.2.3.4\n", PASSED_RENAMED },
		{ "-A POSTROUTING -s 192.168.0.0/18 ! -o docker0 -j MASQUERADE\n", PASSED_RENAMED },
		{ "-A POSTROUTING -p udp -j MASQUERADE\n", PASSED_RENAMED },
		/* for others */
		{ "-A POSTROUTING -o eth1 -j MASQUERADE\n", PASSED_NOT },
		{ "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n", PASSED_NOT },
		{ "-A POSTROUTING -d 2.2.2.2/32 -j MASQUERADE\n", PASSED_NOT },
		{ "-A POSTROUTING -o eth0 -j ACCEPT\n-A POSTROUTING -j MASQUERADE\n", PASSED_NOT },
		/* nobody knows */
		{ "-A POSTROUTING -m mark --mark 0x1 -j MASQUERADE\n", PASSED_RENAMED },
		/* what is left of ours */
		{ "-A POSTROUTING -s 192.168.63.254/32 ! -o cube-router -m comment "
		  "--comment cube-router -j MASQUERADE\n", PASSED_RENAMED },
	};
	static const struct passage passage = { 0x01010101, "1.1.1.1", "eth0", SOURCE };
	struct scene scene = { .live = { .snat = SNAT, .port_low = 30000 }, .walled = true };
	const struct rules none = { 0 };
	struct findings f = { 0 };
	enum passed passed;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		scene.wall.iptables[VARIANT_HOST] = "iptables";
		scene.wall.saved[VARIANT_HOST] = saved(&none, "", rows[i].nat, "");
		scene.wall.rules[VARIANT_HOST] = rules_read(scene.wall.saved[VARIANT_HOST]);
		passed = check_passage(&scene, &passage, &f);
		if (passed != rows[i].passed)
			fail_msg("row %zu: %d", i, passed);
		findings_free(&f);
		firewall_free(&scene.wall);
	}
}

#define LEAK	"\"family\": \"inet\", \"table\": \"leak\", "
#define MATCH(op, left, right) \
	"{\"match\": {\"op\": \"" op "\", \"left\": " left ", \"right\": " right "}}, "
#define META(key)	"{\"meta\": {\"key\": \"" key "\"}}"
#define IP(field)	"{\"payload\": {\"protocol\": \"ip\", \"field\": \"" field "\"}}"
#define NET(addr, len)	"{\"prefix\": {\"addr\": \"" addr "\", \"len\": " len "}}"
#define GUARD(op, right)	MATCH(op, IP("saddr"), right)
#define PRIVATE \
	MATCH("==", IP("daddr"), \
	      "{\"set\": [" NET("10.0.0.0", "8") ", " NET("192.168.0.0", "16") "]}")
#define BLAMED(chain) \
	"2 forward-order 1.1.1.1: nft inet leak " chain \
	" drops our packets, by the rule with handle 5: "
#define PASTE(chain, what) \
	"nft 'insert rule inet leak " chain " " what " 192.168.63.254 accept'"

/* Chains of nft before and behind NAT, where packets have the one or the other address. */
static void beside_nat(void **state)
{
	static const struct {
		const char *chain, *hook;
		int priority;
		const char *conditions;
		enum passed passed;
		const char *found;
	} rows[] = {
		{ "post", "postrouting", 200, GUARD("==", NET("192.168.0.0", "18")), PASSED, NULL },
		{ "post", "postrouting", 200,
		  MATCH("==", META("oifname"), "\"eth0\"") GUARD("!=", "\"198.18.0.2\""), PASSED,
		  NULL },
		{ "post", "postrouting", 300,
		  MATCH("==", META("oifname"), "\"eth0\"") GUARD("!=", "\"203.0.113.10\""),
		  PASSED_NOT, BLAMED("post") PASTE("post", "ct original ip saddr") },
		{ "post", "postrouting", 200,
		  MATCH("==", "{\"ct\": {\"key\": \"ip saddr\", \"dir\": \"original\"}}",
			NET("192.168.0.0", "18")),
		  PASSED_NOT, NULL },	/* told of all packets already */
		{ "post", "postrouting", 0,
		  MATCH("==", META("oifname"), "\"eth0\"") GUARD("!=", NET("192.168.0.0", "18")),
		  PASSED, NULL },
		{ "post", "postrouting", 0,
		  MATCH("==", META("oifname"), "\"eth0\"") GUARD("==", NET("192.168.0.0", "18")),
		  PASSED_NOT,
		  BLAMED("post") PASTE("post", "ip saddr") " && " PASTE("post", "ip daddr") },
		{ "pre", "prerouting", 0, MATCH("==", META("iifname"), "\"eth0\"") PRIVATE,
		  PASSED_NOT,
		  BLAMED("pre") PASTE("pre", "ip saddr") " && " PASTE("pre", "ip daddr") },
		{ "pre", "prerouting", -100, MATCH("==", META("iifname"), "\"eth0\"") PRIVATE,
		  PASSED, NULL },
		{ "pre", "prerouting", 0, MATCH("==", META("iifname"), "\"eth0\"")
		  MATCH("==", IP("daddr"), "\"198.18.0.2\""), PASSED, NULL },
		{ "pre", "prerouting", -150, MATCH("==", META("iifname"), "\"eth0\"")
		  MATCH("==", IP("daddr"), "\"198.18.0.2\""), PASSED_NOT,
		  "2 forward-order 1.1.1.1: nft inet leak pre drops our answers, by the rule with "
		  "handle 5: nft 'insert rule inet leak pre iifname \"eth0\" ip saddr 1.1.1.1 "
		  "accept'" },
	};
	static const struct passage passage = { 0x01010101, "1.1.1.1", "eth0", SOURCE };
	const struct rules_wish wish = { SNAT, 30000, FORWARD_LAST };
	const struct rules none = { 0 };
	struct rules ours = rules_make(&wish, &none);
	struct scene scene = { .live = { .snat = SNAT, .port_low = 30000 }, .walled = true };
	struct findings f = { 0 };
	char text[2000];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		scene.wall.iptables[VARIANT_HOST] = "iptables";
		scene.wall.saved[VARIANT_HOST] = saved(&ours, "", "", "");
		scene.wall.rules[VARIANT_HOST] = rules_read(scene.wall.saved[VARIANT_HOST]);
		snprintf(text, sizeof(text), "{\"nftables\": [{\"chain\": {" LEAK "\"name\": "
			 "\"%s\", \"handle\": 1, \"type\": \"filter\", \"hook\": \"%s\", "
			 "\"prio\": %d, \"policy\": \"accept\"}}, {\"rule\": {" LEAK
			 "\"chain\": \"%s\", \"handle\": 5, \"expr\": [%s{\"drop\": null}]}}]}",
			 rows[i].chain, rows[i].hook, rows[i].priority, rows[i].chain,
			 rows[i].conditions);
		scene.wall.ruleset = json_loads(text, 0, NULL);
		assert_non_null(scene.wall.ruleset);
		check_row(i, check_passage(&scene, &passage, &f) == rows[i].passed);
		check_row(i, f.count == (rows[i].found ? 1 : 0));
		if (f.count) {
			snprintf(text, sizeof(text), "%d %s %s: %s", f.list[0].level,
				 f.list[0].check, f.list[0].what, f.list[0].remedy);
			if (strcmp(text, rows[i].found))
				fail_msg("row %zu: %s", i, text);
		}
		findings_free(&f);
		firewall_free(&scene.wall);
	}
	rules_free(&ours);
}

/* Where no destination is said, a guard behind NAT is the operator's, whatever its rule for us. */
static void guard(void **state)
{
	static const char text[] =
		"{\"nftables\": [{\"chain\": {" LEAK "\"name\": \"post\", \"type\": \"filter\", "
		"\"hook\": \"postrouting\", \"prio\": 200, \"policy\": \"accept\"}}, "
		"{\"rule\": {" LEAK
		"\"chain\": \"post\", \"expr\": [" GUARD("==", NET("192.168.0.0", "18"))
		"{\"drop\": null}]}}]}";
	struct scene scene = { .live = { .snat = SNAT, .port_low = 30000 }, .walled = true };
	const struct rules none = { 0 };
	struct findings f = { 0 };
	size_t i;

	(void)state;
	scene.wall.iptables[VARIANT_HOST] = "iptables";
	scene.wall.saved[VARIANT_HOST] = saved(&none, "", "", "");
	scene.wall.ruleset = json_loads(text, 0, NULL);
	check_firewall(&scene, &f);
	for (i = 0; i < f.count; i++)
		if (!strcmp(f.list[i].check, "forward-order"))
			assert_int_equal(f.list[i].level, LEVEL_OK);
	findings_free(&f);
	firewall_free(&scene.wall);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passages), cmocka_unit_test(without_ours),
		cmocka_unit_test(beside_nat), cmocka_unit_test(guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
