// SPDX-License-Identifier: GPL-2.0
/*
 * Our nft table: what we write, and whether what nft prints of it is that. The JSON is that of nft
 * 1.0.6, each row with something changed by somebody.
 */
#include "../../user/nft.h"
#include "test.h"

#define SNAT 0xc0a83ffe

#define OF	"\"family\": \"ip\", \"table\": \"cube-router\", "
#define META	"{\"metainfo\": {\"version\": \"1.0.6\", \"json_schema_version\": 1}}"
#define TABLE	"{\"table\": {\"family\": \"ip\", \"name\": \"cube-router\", \"handle\": 8}}"
#define CHAIN_AT(prio) \
	"{\"chain\": {" OF "\"name\": \"postrouting\", \"handle\": 1, \"type\": \"nat\", " \
	"\"hook\": \"postrouting\", \"prio\": " prio ", \"policy\": \"accept\"}}"
#define CHAIN	CHAIN_AT("101")
#define RULE(expr) \
	"{\"rule\": {" OF "\"chain\": \"postrouting\", \"handle\": 2, \"expr\": [" expr "]}}"
#define FROM_OF(ip) \
	"{\"match\": {\"op\": \"==\", \"left\": {\"payload\": {\"protocol\": \"ip\", " \
	"\"field\": \"saddr\"}}, \"right\": \"" ip "\"}}, " \
	"{\"match\": {\"op\": \"!=\", \"left\": {\"meta\": {\"key\": \"oifname\"}}, " \
	"\"right\": \"cube-router\"}}, "
#define FROM	FROM_OF("192.168.63.254")
#define PROTO(name) \
	"{\"match\": {\"op\": \"==\", \"left\": {\"meta\": {\"key\": \"l4proto\"}}, " \
	"\"right\": \"" name "\"}}, "
#define PORTS(low) "{\"masquerade\": {\"port\": {\"range\": [" low ", 65535]}}}"
#define TCP	RULE(FROM PROTO("tcp") PORTS("30000"))
#define UDP	RULE(FROM PROTO("udp") PORTS("30000"))
#define REST	RULE(FROM "{\"masquerade\": null}")
#define ALL	TABLE ", " CHAIN ", " TCP ", " UDP ", " REST
#define FOREIGN	"{\"table\": {\"family\": \"inet\", \"name\": \"firewalld\", \"handle\": 1}}, " \
	"{\"chain\": {\"family\": \"inet\", \"table\": \"firewalld\", \"name\": \"x\", \"handle\": 1}}"

static json_t *ruleset(const char *objects)
{
	char text[8000];
	json_t *json;

	snprintf(text, sizeof(text), "{\"nftables\": [" META "%s%s]}", *objects ? ", " : "",
		 objects);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	return json;
}

static void what_is_ours(void **state)
{
	static const struct {
		const char *objects;
		bool present, is;
	} rows[] = {
		{ "", false, false },
		{ FOREIGN, false, false },
		{ ALL, true, true },
		{ FOREIGN ", " ALL, true, true },
		{ ALL ", " FOREIGN, true, true },
		{ TABLE, true, false },
		{ TABLE ", " CHAIN, true, false },
		{ TABLE ", " CHAIN ", " TCP ", " UDP, true, false },
		/* in another order, doubled */
		{ TABLE ", " CHAIN ", " UDP ", " TCP ", " REST, true, false },
		{ ALL ", " REST, true, false },
		{ ALL ", " CHAIN, true, false },
		/* of another address, other ports, another place, all ports */
		{ TABLE ", " CHAIN ", " TCP ", " UDP ", "
		  RULE(FROM_OF("10.254.0.2") "{\"masquerade\": null}"), true, false },
		{ TABLE ", " CHAIN ", " RULE(FROM PROTO("tcp") PORTS("40000")) ", " UDP ", " REST,
		  true, false },
		{ TABLE ", " CHAIN_AT("100") ", " TCP ", " UDP ", " REST, true, false },
		{ TABLE ", " CHAIN ", " RULE(FROM PROTO("tcp") "{\"masquerade\": null}") ", " UDP
		  ", " REST, true, false },
		{ TABLE ", " CHAIN ", " TCP ", " UDP ", "
		  RULE(FROM "{\"masquerade\": {\"flags\": \"random\"}}"), true, false },
		/* with something more in it */
		{ ALL ", {\"set\": {" OF "\"name\": \"s\"}}", true, false },
		{ TABLE ", " CHAIN ", " TCP ", " UDP ", "
		  RULE(FROM "{\"counter\": {\"packets\": 0, \"bytes\": 0}}, "
		       "{\"masquerade\": null}"),
		  true, false },
		/* dormant */
		{ "{\"table\": {\"family\": \"ip\", \"name\": \"cube-router\", \"handle\": 8, "
		  "\"flags\": \"dormant\"}}, " CHAIN ", " TCP ", " UDP ", " REST, true, false },
		/* of the same name in another family */
		{ "{\"table\": {\"family\": \"inet\", \"name\": \"cube-router\", \"handle\": 8}}",
		  false, false },
	};
	const struct rules_wish wish = { .snat = SNAT, .port_low = 30000 };
	json_t *json;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		json = ruleset(rows[i].objects);
		check_row(i, nft_present(json) == rows[i].present);
		check_row(i, nft_is(json, &wish) == rows[i].is);
		json_decref(json);
	}
	assert_false(nft_present(NULL));
	assert_false(nft_is(NULL, &wish));
}

static void text(void **state)
{
	const struct rules_wish wish = { .snat = SNAT, .port_low = 40000 };
	char *table = nft_make(&wish), *change = nft_replace(table);

	(void)state;
	assert_string_equal(change,
			    "add table ip cube-router\n"
			    "delete table ip cube-router\n"
			    "table ip cube-router {\n"
			    "\tchain postrouting {\n"
			    "\t\ttype nat hook postrouting priority 101; policy accept;\n"
			    "\t\tip saddr 192.168.63.254 oifname != \"cube-router\" "
			    "meta l4proto tcp masquerade to :40000-65535\n"
			    "\t\tip saddr 192.168.63.254 oifname != \"cube-router\" "
			    "meta l4proto udp masquerade to :40000-65535\n"
			    "\t\tip saddr 192.168.63.254 oifname != \"cube-router\" masquerade\n"
			    "\t}\n"
			    "}\n");
	free(change);
	free(table);
	change = nft_replace(NULL);
	assert_string_equal(change, "add table ip cube-router\ndelete table ip cube-router\n");
	free(change);
}

static void rule_by_handle(void **state)
{
	static const char listing[] =
		"table inet firewalld { # handle 21\n"
		"\tchain filter_FORWARD { # handle 1\n"
		"\t\ttype filter hook forward priority filter + 10; policy drop;\n"
		"\t\tiifname \"lo\" accept # handle 13\n"
		"\t\tlog prefix \" # handle 3\" drop # handle 25\n"
		"\t}\n"
		"}\n";
	static const struct {
		json_int_t handle;
		const char *rule;
	} rows[] = {
		{ 13, "iifname \"lo\" accept" }, { 25, "log prefix \" # handle 3\" drop" },
		{ 3, NULL }, { 5, NULL }, { 2, NULL },
	};
	char *rule;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		rule = nft_rule_text(listing, rows[i].handle);
		check_row(i, !rule == !rows[i].rule);
		if (rule)
			check_row(i, !strcmp(rule, rows[i].rule));
		free(rule);
	}
	assert_null(nft_rule_text("", 1));
}

/* A table's own flags, not those of its sets. */
static void dormant(void **state)
{
	static const struct {
		const char *listing;
		bool dormant;
	} rows[] = {
		{ "table inet fw {\n\tflags dormant\n\n\tchain f {\n\t}\n}\n", true },
		{ "table inet fw { # progname x\n\tcomment \"y\"\n\tflags dormant\n}\n", true },
		{ "table inet fw {\n\tflags owner\n}\n", false },
		{ "table inet fw {\n\tcomment \"flags dormant\"\n}\n", false },
		{ "table inet fw {\n\tset s {\n\t\tflags dormant\n\t}\n}\n", false },
		{ "", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		check_row(i, nft_dormant(rows[i].listing) == rows[i].dormant);
}

#define NAT_OF(device, rest) \
	"{\"rule\": {\"family\": \"ip\", \"table\": \"nat\", \"chain\": \"POSTROUTING\", " \
	"\"handle\": 3, \"expr\": [{\"match\": {\"op\": \"!=\", \"left\": {\"meta\": {\"key\": " \
	"\"oifname\"}}, \"right\": \"" device "\"}}, {\"match\": {\"op\": \"==\", \"left\": " \
	"{\"payload\": {\"protocol\": \"ip\", \"field\": \"saddr\"}}, \"right\": " \
	"\"192.168.63.254\"}}, " rest "{\"counter\": {\"packets\": 0, \"bytes\": 0}}, " \
	"{\"xt\": {\"type\": \"target\", \"name\": \"MASQUERADE\"}}]}}"
#define XT_COMMENT	"{\"xt\": {\"type\": \"match\", \"name\": \"comment\"}}, "
#define FILTER_CHAIN(name) \
	"{\"chain\": {\"family\": \"ip\", \"table\": \"filter\", \"name\": \"" name "\", " \
	"\"handle\": 1}}"
#define FILTER_JUMP(chain) \
	"{\"rule\": {\"family\": \"ip\", \"table\": \"filter\", \"chain\": \"FORWARD\", " \
	"\"handle\": 7, \"expr\": [{\"counter\": {\"packets\": 0, \"bytes\": 0}}, " \
	"{\"jump\": {\"target\": \"" chain "\"}}]}}"
#define DELETE_CHAIN	"flush chain ip filter CUBE-ROUTER;delete chain ip filter CUBE-ROUTER;"

/* Our rules of iptables, as nft shows them. */
static void hidden(void **state)
{
	static const struct {
		const char *objects, *nat, *filter;
	} rows[] = {
		{ "", "", "" },
		{ FOREIGN ", " ALL, "", "" },
		{ NAT_OF("cube-router", XT_COMMENT) ", " NAT_OF("cube-router", XT_COMMENT),
		  "delete rule ip nat POSTROUTING handle 3;"
		  "delete rule ip nat POSTROUTING handle 3;", "" },
		/* of others: without a comment, for another device */
		{ NAT_OF("cube-router", ""), "", "" },
		{ NAT_OF("docker0", XT_COMMENT), "", "" },
		{ FILTER_CHAIN("CUBE-ROUTER") ", " FILTER_CHAIN("FORWARD") ", "
		  FILTER_JUMP("DOCKER-USER") ", " FILTER_JUMP("CUBE-ROUTER"),
		  "", "delete rule ip filter FORWARD handle 7;" DELETE_CHAIN },
		{ FILTER_CHAIN("CUBE-ROUTER"), "", DELETE_CHAIN },
	};
	char *nat, *filter;
	json_t *json;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		json = ruleset(rows[i].objects);
		nat = nft_hidden(json, "nat");
		filter = nft_hidden(json, "filter");
		check_row(i, !strcmp(nat, rows[i].nat));
		check_row(i, !strcmp(filter, rows[i].filter));
		free(nat);
		free(filter);
		json_decref(json);
	}
	nat = nft_hidden(NULL, "nat");
	assert_string_equal(nat, "");
	free(nat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_ours), cmocka_unit_test(text),
		cmocka_unit_test(rule_by_handle), cmocka_unit_test(dormant),
		cmocka_unit_test(hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
