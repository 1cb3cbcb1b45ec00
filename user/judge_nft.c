// SPDX-License-Identifier: GPL-2.0
/*
 * What the rules of nft mean for our packets. Pure: reads the output of `nft -j list ruleset`. What
 * is not known here cannot be judged, and is taken for that. Called by the checks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "judge.h"
#include "nft.h"
#include "parse.h"

/* A string of an object, "" without. */
static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* What a condition's left side is. */
enum side {
	SIDE_UNKNOWN,
	SIDE_NARROW,	/* a port, say: whatever it is compared with, some packets have it */
	SIDE_PROTOCOL,
	SIDE_DEVICE_IN,
	SIDE_DEVICE_OUT,
	SIDE_SOURCE,
	SIDE_DESTINATION,
	SIDE_ORIGINAL,	/* source of the first packet of the flow */
	SIDE_STATE,
	SIDE_STATUS,
	SIDE_FAMILY,
	SIDE_OTHER,	/* of another family or protocol: no packet of ours has it */
};

struct name {
	const char *name;
	enum side side;
};

static enum side find_name(const struct name *names, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(names[i].name, name))
			return names[i].side;
	return SIDE_UNKNOWN;
}

static enum side payload(const char *protocol, const char *field, const struct judge_packets *p)
{
	static const struct name fields[] = {
		{ "saddr", SIDE_SOURCE }, { "daddr", SIDE_DESTINATION },
		{ "protocol", SIDE_PROTOCOL },
	};
	static const struct name protocols[] = {
		{ "ip6", SIDE_OTHER }, { "icmpv6", SIDE_OTHER }, { "arp", SIDE_OTHER },
		{ "tcp", SIDE_NARROW }, { "udp", SIDE_NARROW }, { "th", SIDE_NARROW },
		{ "icmp", SIDE_NARROW }, { "sctp", SIDE_NARROW },
	};
	uint8_t number;

	if (!strcmp(protocol, "ip"))
		return find_name(fields, ARRAY_SIZE(fields), field);
	if (p->protocol && parse_protocol(protocol, &number) && number != p->protocol)
		return SIDE_OTHER;
	return find_name(protocols, ARRAY_SIZE(protocols), protocol);
}

static enum side side_of(json_t *left, const struct judge_packets *p)
{
	static const struct name meta[] = {
		{ "iifname", SIDE_DEVICE_IN }, { "iif", SIDE_DEVICE_IN },
		{ "oifname", SIDE_DEVICE_OUT }, { "oif", SIDE_DEVICE_OUT },
		{ "l4proto", SIDE_PROTOCOL }, { "nfproto", SIDE_FAMILY },
		{ "protocol", SIDE_FAMILY },
	};
	static const struct name ct[] = { { "state", SIDE_STATE }, { "status", SIDE_STATUS } };
	json_t *what;

	what = json_object_get(left, "meta");
	if (what)
		return find_name(meta, ARRAY_SIZE(meta), text_of(what, "key"));
	what = json_object_get(left, "ct");
	if (!strcmp(text_of(what, "key"), "ip saddr") && !strcmp(text_of(what, "dir"), "original"))
		return SIDE_ORIGINAL;
	if (what)
		return find_name(ct, ARRAY_SIZE(ct), text_of(what, "key"));
	what = json_object_get(left, "payload");
	return payload(text_of(what, "protocol"), text_of(what, "field"), p);
}

static struct fits in_range(uint32_t first, uint32_t last, const struct judge_packets *p,
			    enum side side)
{
	if (side != SIDE_ORIGINAL)
		return fits_range(first, last, p, side == SIDE_SOURCE ? WAY_OUT : WAY_BACK);
	/* It is the same for answers, and whatever NAT has made of it. */
	return fits_every(first <= p->snat && p->snat <= last ? FIT_ALL : FIT_NO);
}

/* Addresses: one of them, a prefix, or from one to another. */
static struct fits addresses(json_t *right, const struct judge_packets *p, enum side side)
{
	json_t *prefix = json_object_get(right, "prefix"), *range = json_object_get(right, "range");
	struct cidr net = { .prefix = 32 };
	uint32_t last;

	if (range) {
		if (!parse_addr(json_string_value(json_array_get(range, 0)) ?: "", &net.addr) ||
		    !parse_addr(json_string_value(json_array_get(range, 1)) ?: "", &last))
			return fits_every(FIT_UNKNOWN);
		return in_range(net.addr, last, p, side);
	}
	if (prefix)
		net.prefix = (uint8_t)json_integer_value(json_object_get(prefix, "len"));
	if (net.prefix > 32 || !parse_addr(prefix ? text_of(prefix, "addr") :
						    json_string_value(right) ?: "", &net.addr))
		return fits_every(FIT_UNKNOWN);
	net.addr &= cidr_mask(net.prefix);
	return in_range(net.addr, cidr_last(net), p, side);
}

static struct fits protocol(json_t *right, const struct judge_packets *p)
{
	const char *name = json_string_value(right);
	uint8_t number = (uint8_t)json_integer_value(right);

	if (json_is_integer(right) || (name && parse_protocol(name, &number)))
		return fits_protocol(number, p);
	/* It may as well be the name of a set, or a range. */
	return name && *name != '@' ? fits_other_protocol(p) : fits_every(FIT_SOME);
}

/* One value that the left side may have. */
static struct fits is_value(enum side side, json_t *right, const struct judge_packets *p)
{
	const char *text = json_string_value(right) ?: "";

	switch (side) {
	case SIDE_NARROW:
		return fits_every(FIT_SOME);
	case SIDE_PROTOCOL:
		return protocol(right, p);
	case SIDE_OTHER:
		return fits_every(FIT_NO);
	case SIDE_SOURCE:
	case SIDE_DESTINATION:
	case SIDE_ORIGINAL:
		return addresses(right, p, side);
	default:
		break;
	}
	/* The others are compared with a word, but not with the name of a set. */
	if (!*text || *text == '@')
		return fits_every(FIT_UNKNOWN);
	switch (side) {
	case SIDE_DEVICE_IN:
		return fits_device(text, '*', p, WAY_OUT);
	case SIDE_DEVICE_OUT:
		return fits_device(text, '*', p, WAY_BACK);
	case SIDE_STATE:
		return fits_state(!strcmp(text, "new"), !strcmp(text, "established"));
	case SIDE_STATUS:
		/* Nobody translates destinations of ours. */
		if (!strcmp(text, "dnat"))
			return fits_every(FIT_NO);
		return fits_every(FIT_UNKNOWN);
	case SIDE_FAMILY:
		return fits_every(!strcmp(text, "ipv4") || !strcmp(text, "ip") ? FIT_ALL : FIT_NO);
	default:
		return fits_every(FIT_UNKNOWN);
	}
}

/* The right side, which may be a list of values of which one is enough. */
static struct fits is_any(enum side side, json_t *right, const struct judge_packets *p)
{
	json_t *list = json_object_get(right, "set"), *value;
	struct fits fits = fits_every(FIT_NO);
	size_t i;

	if (!list && json_is_array(right))
		list = right;
	if (!list)
		return is_value(side, right, p);
	if (!json_is_array(list))
		return is_value(side, list, p);
	json_array_foreach(list, i, value)
		fits = fits_either(fits, is_value(side, value, p));
	return fits;
}

static struct fits condition(json_t *match, const struct judge_packets *p)
{
	const enum side side = side_of(json_object_get(match, "left"), p);
	const char *op = text_of(match, "op");
	struct fits fits = is_any(side, json_object_get(match, "right"), p);

	if (!strcmp(op, "==") || !strcmp(op, "in"))
		return fits;
	/* It is no other value of a field of ours. */
	if (side == SIDE_OTHER)
		return fits_every(FIT_NO);
	if (!strcmp(op, "!="))
		return fits_not(fits);
	return fits_every(side == SIDE_NARROW || side == SIDE_PROTOCOL ? FIT_SOME : FIT_UNKNOWN);
}

/* What a statement does; its only key is its name. */
static enum fate fate_of(const char *name)
{
	static const struct {
		const char *name;
		enum fate fate;
	} fates[] = {
		{ "accept", FATE_ACCEPT }, { "drop", FATE_DROP }, { "reject", FATE_DROP },
		{ "return", FATE_RETURN }, { "jump", FATE_JUMP }, { "goto", FATE_GOTO },
		{ "snat", FATE_SNAT }, { "masquerade", FATE_MASQUERADE }, { "counter", FATE_NONE },
		{ "log", FATE_NONE }, { "mangle", FATE_NONE }, { "notrack", FATE_UNTRACK },
		{ "flow", FATE_NONE }, { "set", FATE_NONE }, { "continue", FATE_NONE },
		{ "ct helper", FATE_NONE }, { "ct timeout", FATE_NONE },
		{ "ct expectation", FATE_NONE }, { "dup", FATE_NONE }, { "limit", FATE_NONE },
		{ "ct count", FATE_NONE }, { "quota", FATE_NONE }, { "meter", FATE_NONE },
		{ "last", FATE_NONE },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fates); i++)
		if (!strcmp(name, fates[i].name))
			return fates[i].fate;
	return FATE_UNKNOWN;
}

/* What a verdict or another statement makes of a rule. */
static void set_fate(struct judge_rule *rule, json_t *statement, const struct judge_packets *p)
{
	const char *name = json_object_iter_key(json_object_iter(statement));
	const enum fate fate = fate_of(name ? name : "");

	/* What only looks on does not make another statement harmless. */
	if (fate == FATE_NONE)
		return;
	rule->fate = fate;
	if (fate == FATE_SNAT)
		rule->fate = fate_snat(text_of(json_object_get(statement, name), "addr"), p);
	if (fate == FATE_JUMP || fate == FATE_GOTO)
		rule->target = strdup(text_of(json_object_get(statement, name), "target"));
}

/* Whether a TCP option becomes what the route takes. */
static bool clamps(json_t *mangle)
{
	json_t *option = json_object_get(json_object_get(mangle, "key"), "tcp option");
	json_t *route = json_object_get(json_object_get(mangle, "value"), "rt");

	return !strcmp(text_of(option, "name"), "maxseg") && !strcmp(text_of(route, "key"), "mtu");
}

/* Each value of a verdict map is a rule of its own. */
static void add_map(struct judge_chain *chain, const struct judge_rule *before, json_t *map,
		    const struct judge_packets *p)
{
	json_t *list = json_object_get(json_object_get(map, "data"), "set"), *pair;
	const enum side side = side_of(json_object_get(map, "key"), p);
	struct judge_rule *rule;
	struct fits fits;
	size_t i;

	if (!json_is_array(list)) {
		rule = judge_add_rule(chain);
		*rule = *before;
		rule->fate = FATE_UNKNOWN;
		return;
	}
	json_array_foreach(list, i, pair) {
		fits = is_any(side, json_array_get(pair, 0), p);
		rule = judge_add_rule(chain);
		*rule = *before;
		rule->fits = fits_both(rule->fits, fits);
		set_fate(rule, json_array_get(pair, 1), p);
	}
}

/**
 * struct facts - what is known of a rule set beside its chains
 * @asleep: the tables that are dormant, by family and name
 * @states: what the sets keep for each element, by their tables and "@" with their names
 */
struct facts {
	json_t *asleep;
	json_t *states;
};

static bool has_flag(json_t *table, const char *flag)
{
	json_t *flags = json_object_get(table, "flags"), *one;
	size_t i;

	/* One of them stands for itself, in older versions. */
	if (json_is_string(flags))
		return !strcmp(json_string_value(flags), flag);
	json_array_foreach(flags, i, one)
		if (json_is_string(one) && !strcmp(json_string_value(one), flag))
			return true;
	return false;
}

static struct facts facts_read(json_t *list)
{
	struct facts facts = { json_object(), json_object() };
	json_t *object, *inner;
	char key[600];
	size_t i;

	json_array_foreach(list, i, object) {
		inner = json_object_get(object, "table");
		if (has_flag(inner, "dormant")) {
			snprintf(key, sizeof(key), "%s %s", text_of(inner, "family"),
				 text_of(inner, "name"));
			json_object_set_new(facts.asleep, key, json_true());
		}
		inner = json_object_get(object, "set");
		if (json_object_get(inner, "stmt")) {
			snprintf(key, sizeof(key), "%s %s @%s", text_of(inner, "family"),
				 text_of(inner, "table"), text_of(inner, "name"));
			json_object_set(facts.states, key, json_object_get(inner, "stmt"));
		}
	}
	return facts;
}

static void facts_free(struct facts *facts)
{
	json_decref(facts->asleep);
	json_decref(facts->states);
}

/* Whether statements, one or a list of them, may keep those that follow from being reached. */
static bool may_end(json_t *statements)
{
	const char *name;
	json_t *one;
	size_t i;

	json_array_foreach(statements, i, one)
		if (may_end(one))
			return true;
	name = json_object_iter_key(json_object_iter(statements));
	return name && strcmp(name, "counter") && strcmp(name, "last");
}

/* Whether a statement lets some packets only reach the next one. */
static bool is_condition(json_t *statement, const struct facts *facts, const char *table)
{
	json_t *set = json_object_get(statement, "set");
	char key[600];

	snprintf(key, sizeof(key), "%s %s", table, text_of(set, "set"));
	return json_object_get(statement, "limit") || json_object_get(statement, "ct count") ||
	       json_object_get(statement, "quota") ||
	       /* A match of iptables, of which no more is told. */
	       json_object_get(statement, "xt") ||
	       may_end(json_object_get(json_object_get(statement, "meter"), "stmt")) ||
	       may_end(json_object_get(set, "stmt")) ||
	       may_end(json_object_get(facts->states, key));
}

static void read_rule(struct judge_set *set, const char *table, json_t *object,
		      const struct facts *facts, const struct judge_packets *p)
{
	struct judge_rule rule = { .fits = fits_every(FIT_ALL) };
	struct judge_chain *chain;
	json_t *statement, *inner;
	size_t i;

	chain = judge_find(set, table, text_of(object, "chain"));
	if (!chain)
		return;
	rule.handle = json_integer_value(json_object_get(object, "handle"));
	json_array_foreach(json_object_get(object, "expr"), i, statement) {
		/* What is not known may be a condition of what follows. */
		if (rule.fate == FATE_UNKNOWN)
			rule.fits = fits_both(rule.fits, fits_every(FIT_UNKNOWN));
		inner = json_object_get(statement, "match");
		if (inner) {
			rule.fits = fits_both(rule.fits, condition(inner, p));
			continue;
		}
		inner = json_object_get(statement, "vmap");
		if (inner) {
			add_map(chain, &rule, inner, p);
			return;
		}
		set_fate(&rule, statement, p);
		rule.clamps |= clamps(json_object_get(statement, "mangle"));
		if (is_condition(statement, facts, table))
			rule.fits = fits_both(rule.fits, fits_every(FIT_UNKNOWN));
		if (rule.fate != FATE_NONE && rule.fate != FATE_UNKNOWN)
			break;
	}
	*judge_add_rule(chain) = rule;
}

static void read_chain(struct judge_set *set, const char *table, json_t *object)
{
	const char *hook = text_of(object, "hook");
	struct judge_chain *chain;

	chain = judge_add_chain(set, strdup(table), strdup(text_of(object, "name")));
	if (!*hook)
		return;
	chain->priority = json_integer_value(json_object_get(object, "prio"));
	chain->drops = !strcmp(text_of(object, "policy"), "drop");
	chain->hook = HOOK_OTHER;
	if (!strcmp(hook, "prerouting"))
		chain->hook = HOOK_PREROUTING;
	else if (!strcmp(hook, "forward"))
		chain->hook = HOOK_FORWARD;
	else if (!strcmp(hook, "postrouting"))
		chain->hook = HOOK_POSTROUTING;
	chain->first = !strcmp(text_of(object, "type"), "nat");
	chain->nat = chain->first && chain->hook == HOOK_POSTROUTING;
}

/* Whether packets of IPv4 come by the tables of a family. */
static bool is_ours(const char *family)
{
	return !strcmp(family, "ip") || !strcmp(family, "inet");
}

/**
 * judge_nft() - reads rules of nft
 * @ruleset: output of `nft -j list ruleset`
 * @p: our packets
 *
 * Return: what those of other tables than cube-router's mean for us, but for dormant ones; to be
 * freed.
 */
struct judge_set judge_nft(json_t *ruleset, const struct judge_packets *p)
{
	static const char *const kinds[] = { "chain", "rule" };
	json_t *list = json_object_get(ruleset, "nftables"), *object;
	struct facts facts = facts_read(list);
	struct judge_set set = { 0 };
	char table[300];
	size_t i, k;

	/* Chains first: what refers to one may stand before it. */
	for (k = 0; k < 2; k++) {
		json_array_foreach(list, i, object) {
			object = json_object_get(object, kinds[k]);
			if (!is_ours(text_of(object, "family")) || nft_is_ours(object))
				continue;
			snprintf(table, sizeof(table), "%s %s", text_of(object, "family"),
				 text_of(object, "table"));
			if (k)
				read_rule(&set, table, object, &facts, p);
			else if (!json_object_get(facts.asleep, table))
				read_chain(&set, table, object);
		}
	}
	facts_free(&facts);
	return set;
}
