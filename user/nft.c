// SPDX-License-Identifier: GPL-2.0
/*
 * Our nft table. Pure: makes the text that nft reads, and judges the JSON that it prints. It has
 * nothing but the MASQUERADE rules: an accept in a table of ours would not keep another table from
 * dropping, so that there is no chain of forward, which each packet would have to pay for. Called
 * by firewall.c, and by the checks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cube_router.h>

#include "nft.h"
#include "parse.h"

#define CHAIN	"postrouting"

static bool is_text(json_t *object, const char *key, const char *want)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && !strcmp(text, want);
}

/**
 * nft_is_ours() - whether something belongs to our table
 * @object: a chain, a rule, or whatever tables have
 *
 * Return: whether it does.
 */
bool nft_is_ours(json_t *object)
{
	return is_text(object, "family", "ip") && is_text(object, "table", CUBE_ROUTER_DEVICE);
}

static bool is_our_table(json_t *table)
{
	return is_text(table, "family", "ip") && is_text(table, "name", CUBE_ROUTER_DEVICE);
}

/**
 * nft_present() - whether there is a table of ours
 * @ruleset: output of `nft -j list ruleset`
 *
 * Return: whether there is, be it empty or wrong.
 */
bool nft_present(json_t *ruleset)
{
	json_t *object;
	size_t i;

	json_array_foreach(json_object_get(ruleset, "nftables"), i, object)
		if (is_our_table(json_object_get(object, "table")))
			return true;
	return false;
}

/* Whether a condition is this one. */
static bool matches(json_t *statement, const char *op, json_t *left, const char *right)
{
	json_t *match = json_object_get(statement, "match");

	return is_text(match, "op", op) && json_equal(json_object_get(match, "left"), left) &&
	       is_text(match, "right", right);
}

/* Whether a statement masquerades, and with ports from this one on; 0: with any. */
static bool masquerades(json_t *statement, unsigned int port_low)
{
	json_t *masquerade = json_object_get(statement, "masquerade");
	json_t *range = json_object_get(json_object_get(masquerade, "port"), "range");

	if (!masquerade || json_object_get(masquerade, "flags"))
		return false;
	if (!port_low)
		return !json_object_get(masquerade, "port");
	return json_array_size(range) == 2 &&
	       json_integer_value(json_array_get(range, 0)) == port_low &&
	       json_integer_value(json_array_get(range, 1)) == UINT16_MAX;
}

/* Whether a rule is what nft_make() writes for a protocol; NULL: for those that are left. */
static bool is_rule(json_t *rule, const struct rules_wish *wish, const char *protocol)
{
	json_t *expr = json_object_get(rule, "expr"), *source, *device, *proto;
	const size_t count = protocol ? 4 : 3;
	char ip[CIDR_TEXT];
	bool is;

	addr_text(wish->snat, ip);
	source = json_pack("{s:{s:s, s:s}}", "payload", "protocol", "ip", "field", "saddr");
	device = json_pack("{s:{s:s}}", "meta", "key", "oifname");
	proto = json_pack("{s:{s:s}}", "meta", "key", "l4proto");
	is = json_array_size(expr) == count && is_text(rule, "chain", CHAIN) &&
	     matches(json_array_get(expr, 0), "==", source, ip) &&
	     matches(json_array_get(expr, 1), "!=", device, CUBE_ROUTER_DEVICE) &&
	     (!protocol || matches(json_array_get(expr, 2), "==", proto, protocol)) &&
	     masquerades(json_array_get(expr, count - 1), protocol ? wish->port_low : 0);
	json_decref(source);
	json_decref(device);
	json_decref(proto);
	return is;
}

static bool is_chain(json_t *chain)
{
	return is_text(chain, "name", CHAIN) && is_text(chain, "type", "nat") &&
	       is_text(chain, "hook", "postrouting") && is_text(chain, "policy", "accept") &&
	       json_integer_value(json_object_get(chain, "prio")) == NFT_PRIORITY;
}

/**
 * nft_is() - whether our table is what it should be
 * @ruleset: output of `nft -j list ruleset`
 * @wish: what it depends on
 *
 * Return: whether it has all that nft_make() writes, and nothing else.
 */
bool nft_is(json_t *ruleset, const struct rules_wish *wish)
{
	static const char *const protocols[] = { "tcp", "udp", NULL };
	size_t i, tables = 0, chains = 0, rules = 0;
	json_t *entry, *object;
	const char *kind;

	json_array_foreach(json_object_get(ruleset, "nftables"), i, entry) {
		kind = json_object_iter_key(json_object_iter(entry));
		object = kind ? json_object_get(entry, kind) : NULL;
		if (kind && !strcmp(kind, "table") && is_our_table(object)) {
			/* One that is dormant, say, has flags. */
			if (json_object_get(object, "flags") || tables++)
				return false;
			continue;
		}
		if (!nft_is_ours(object))
			continue;
		if (!strcmp(kind, "chain") && is_chain(object) && !chains++)
			continue;
		if (!strcmp(kind, "rule") && rules < 3 && is_rule(object, wish, protocols[rules])) {
			rules++;
			continue;
		}
		return false;
	}
	return tables == 1 && chains == 1 && rules == 3;
}

/* Text of which there is memory. */
static char *whole(char *text)
{
	if (!text)
		abort();
	return text;
}

/**
 * nft_make() - our table, as it should be
 * @wish: what it depends on
 *
 * Return: the table in nft's words; to be freed.
 */
char *nft_make(const struct rules_wish *wish)
{
	char ip[CIDR_TEXT], *text = NULL;

	addr_text(wish->snat, ip);
	if (asprintf(&text,
		     "table " NFT_TABLE " {\n"
		     "\tchain " CHAIN " {\n"
		     "\t\ttype nat hook postrouting priority %d; policy accept;\n"
		     "\t\tip saddr %s oifname != \"" CUBE_ROUTER_DEVICE
		     "\" meta l4proto tcp masquerade to :%u-65535\n"
		     "\t\tip saddr %s oifname != \"" CUBE_ROUTER_DEVICE
		     "\" meta l4proto udp masquerade to :%u-65535\n"
		     "\t\tip saddr %s oifname != \"" CUBE_ROUTER_DEVICE "\" masquerade\n"
		     "\t}\n"
		     "}\n",
		     NFT_PRIORITY, ip, wish->port_low, ip, wish->port_low, ip) < 0)
		text = NULL;
	return whole(text);
}

/**
 * nft_replace() - the way from whatever our table is to another one
 * @table: the other one in nft's words; NULL for none
 *
 * The first line is there for the second, which nft refuses where there is nothing to delete; all
 * lines are one transaction.
 *
 * Return: input for `nft -f`; to be freed.
 */
char *nft_replace(const char *table)
{
	char *text = NULL;

	if (asprintf(&text, "add table " NFT_TABLE "\ndelete table " NFT_TABLE "\n%s",
		     table ? table : "") < 0)
		text = NULL;
	return whole(text);
}

/* Whether a rule of iptables-nft is ours, by what nft tells of it: no word of the comment. */
static bool is_commented(json_t *rule)
{
	bool named = false, commented = false;
	json_t *statement, *match, *device;
	size_t i;

	device = json_pack("{s:{s:s}}", "meta", "key", "oifname");
	json_array_foreach(json_object_get(rule, "expr"), i, statement) {
		match = json_object_get(statement, "xt");
		named |= matches(statement, "!=", device, CUBE_ROUTER_DEVICE);
		commented |= is_text(match, "type", "match") && is_text(match, "name", "comment");
	}
	json_decref(device);
	return named && commented;
}

static bool is_jump(json_t *rule)
{
	json_t *statement;
	size_t i;

	json_array_foreach(json_object_get(rule, "expr"), i, statement)
		if (is_text(json_object_get(statement, "jump"), "target", RULES_CHAIN))
			return true;
	return false;
}

/**
 * nft_hidden() - rules of ours in a table of iptables that iptables itself cannot show
 * @ruleset: output of `nft -j list ruleset`; may be NULL
 * @table: name of the table: "nat" or "filter"
 *
 * Return: nft's commands that take them away, "" for none; to be freed.
 */
char *nft_hidden(json_t *ruleset, const char *table)
{
	bool nat = !strcmp(table, "nat"), chain = false;
	json_t *entry, *object;
	const char *name;
	char *text = NULL;
	size_t len, i;
	FILE *f;

	f = open_memstream(&text, &len);
	if (!f)
		abort();
	json_array_foreach(json_object_get(ruleset, "nftables"), i, entry) {
		object = json_object_get(entry, "chain");
		if (!nat && is_text(object, "family", "ip") && is_text(object, "table", table) &&
		    is_text(object, "name", RULES_CHAIN))
			chain = true;
		object = json_object_get(entry, "rule");
		name = json_string_value(json_object_get(object, "chain"));
		if (name && is_text(object, "family", "ip") && is_text(object, "table", table) &&
		    (nat ? is_commented(object) : is_jump(object)))
			fprintf(f, "delete rule ip %s %s handle %lld;", table, name,
				(long long)json_integer_value(json_object_get(object, "handle")));
	}
	if (chain)
		fprintf(f, "flush chain ip %s %s;delete chain ip %s %s;", table, RULES_CHAIN,
			table, RULES_CHAIN);
	if (fclose(f))
		abort();
	return text;
}

/**
 * nft_rule_text() - finds a rule by its handle
 * @listing: output of `nft -a list chain`
 * @handle: the handle
 *
 * Return: the rule in nft's words, or NULL; to be freed.
 */
char *nft_rule_text(const char *listing, json_int_t handle)
{
	const char *line = listing, *end;
	char mark[48];

	snprintf(mark, sizeof(mark), " # handle %lld\n", (long long)handle);
	end = strstr(listing, mark);
	if (!end)
		return NULL;
	for (; line + strcspn(line, "\n") < end; line += strcspn(line, "\n") + 1)
		;
	line += strspn(line, "\t ");
	return line < end ? whole(strndup(line, (size_t)(end - line))) : NULL;
}

/**
 * nft_dormant() - whether a table is asleep, if that is its only flag
 * @listing: output of `nft list table`
 *
 * Return: whether it is.
 */
bool nft_dormant(const char *listing)
{
	return strstr(listing, "\n\tflags dormant\n");
}
