// SPDX-License-Identifier: GPL-2.0
/*
 * What the rules of iptables mean for our packets. Pure: reads the output of iptables-save. What is
 * not known here cannot be judged, and is taken for that. Called by the checks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "judge.h"
#include "parse.h"
#include "rules.h"

/* Whether a word is in a list, whose end is NULL. */
static bool listed(const char *word, const char *const list[])
{
	for (; *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

static struct fits address(const char *text, const struct judge_packets *p, enum judge_way ours)
{
	struct cidr net;

	if (!parse_cidr(text, &net))
		return fits_every(FIT_UNKNOWN);
	net.addr &= cidr_mask(net.prefix);
	return fits_range(net.addr, cidr_last(net), p, ours);
}

/* Whether a comma-separated list has a word. */
static bool has(const char *list, const char *word)
{
	const size_t len = strlen(word);

	for (; list; list = strchr(list, ',')) {
		list += *list == ',';
		if (!strncmp(list, word, len) && (!list[len] || list[len] == ','))
			return true;
	}
	return false;
}

/* Neither the far end nor the internal address is one of the host's own, or of many machines. */
static struct fits address_type(const char *type)
{
	static const char *const no[] = { "LOCAL", "BROADCAST", "MULTICAST", NULL };

	return fits_every(listed(type, no) ? FIT_NO : FIT_UNKNOWN);
}

/* Matches that mean nothing without their options. */
static const char *const inert[] = {
	"addrtype", "comment", "conntrack", "icmp", "multiport", "state", "tcp", "udp", NULL
};

/* Options each of which leaves some of our packets. */
static const char *const narrow[] = {
	"-f", "--dport", "--sport", "--dports", "--sports", "--ports", "--icmp-type",
	"--tcp-flags", NULL
};

/* What a condition holds for. */
static struct fits condition(const char *option, const char *value,
			     const struct judge_packets *p)
{
	uint8_t protocol;

	if (!strcmp(option, "--comment") || (!strcmp(option, "-m") && listed(value, inert)))
		return fits_every(FIT_ALL);
	if (listed(option, narrow))
		return fits_every(FIT_SOME);
	if (!strcmp(option, "-p"))
		return parse_protocol(value, &protocol) ? fits_protocol(protocol, p) :
							  fits_other_protocol(p);
	if (!strcmp(option, "-i"))
		return fits_device(value, '+', p, WAY_OUT);
	if (!strcmp(option, "-o"))
		return fits_device(value, '+', p, WAY_BACK);
	if (!strcmp(option, "-s"))
		return address(value, p, WAY_OUT);
	if (!strcmp(option, "-d"))
		return address(value, p, WAY_BACK);
	if (!strcmp(option, "--ctstate") || !strcmp(option, "--state"))
		return fits_state(has(value, "NEW"),
				  has(value, "ESTABLISHED") || has(value, "SNAT"));
	if (!strcmp(option, "--dst-type") || !strcmp(option, "--src-type"))
		return address_type(value);
	return fits_every(FIT_UNKNOWN);
}

/*
 * Takes a word off *p, tells whether it is an option. Quotes may hold blanks, and a backslash in
 * them any character.
 */
static bool take(const char **p, char *out, size_t room, bool *option)
{
	bool quoted = false;
	size_t len = 0;

	*p += strspn(*p, " ");
	if (!**p)
		return false;
	*option = **p == '-';
	for (; **p && (quoted || **p != ' '); ++*p) {
		if (**p == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && **p == '\\' && (*p)[1])
			++*p;
		if (len + 1 < room)
			out[len++] = **p;
	}
	out[len] = '\0';
	return true;
}

/* Takes the values of an option, however many; the first one is worth knowing. */
static void take_values(const char **p, char *first, size_t room)
{
	const char *next = *p;
	char word[256];
	bool option;

	*first = '\0';
	while (take(&next, word, sizeof(word), &option) && !option && strcmp(word, "!")) {
		if (!*first)
			snprintf(first, room, "%s", word);
		*p = next;
	}
}

static enum fate target_fate(const char *target)
{
	static const char *const harmless[] = {
		"AUDIT", "CHECKSUM", "CLASSIFY", "CONNMARK", "CONNSECMARK", "CT", "DSCP", "HMARK",
		"IDLETIMER", "LED", "LOG", "MARK", "NFLOG", "RATEEST", "SECMARK", "SET", "TCPMSS",
		"TCPOPTSTRIP", "TEE", "TOS", "TRACE", "TTL", "ULOG", NULL
	};
	static const struct {
		const char *target;
		enum fate fate;
	} ends[] = {
		{ RULES_CHAIN, FATE_OURS }, { "ACCEPT", FATE_ACCEPT }, { "DROP", FATE_DROP },
		{ "REJECT", FATE_DROP }, { "RETURN", FATE_RETURN }, { "SNAT", FATE_SNAT },
		{ "NETMAP", FATE_SNAT }, { "MASQUERADE", FATE_MASQUERADE },
		{ "NOTRACK", FATE_UNTRACK },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (!strcmp(target, ends[i].target))
			return ends[i].fate;
	return listed(target, harmless) ? FATE_NONE : FATE_UNKNOWN;
}

/* What SNAT comes to, by its own options. */
static enum fate snat(const char *options, const struct judge_packets *p)
{
	const char *to = strstr(options, "--to-source ");
	char word[64] = "";

	if (to)
		sscanf(to, "--to-source %63s", word);
	return fate_snat(word, p);
}

/* Reads a rule, as far as what ends it: what follows are the target's own options. */
static void read_rule(struct judge_rule *rule, const char *text, const struct judge_packets *p)
{
	char word[256], value[256];
	bool option, not = false;
	struct fits fits;

	while (take(&text, word, sizeof(word), &option)) {
		if (!strcmp(word, "!")) {
			not = true;
			continue;
		}
		take_values(&text, value, sizeof(value));
		if (!strcmp(word, "-j") || !strcmp(word, "-g")) {
			rule->fate = word[1] == 'g' ? FATE_GOTO : target_fate(value);
			if (!strcmp(value, "CT") && strstr(text, "--notrack"))
				rule->fate = FATE_UNTRACK;
			if (rule->fate == FATE_SNAT && !strcmp(value, "SNAT"))
				rule->fate = snat(text, p);
			rule->clamps = !strcmp(value, "TCPMSS") &&
				       strstr(text, "--clamp-mss-to-pmtu");
			rule->target = strdup(value);
			return;
		}
		fits = condition(word, value, p);
		rule->fits = fits_both(rule->fits, not ? fits_not(fits) : fits);
		not = false;
	}
}

/* Where iptables hangs the chain of a table. */
static void hang(struct judge_chain *chain)
{
	static const struct {
		const char *chain;
		enum hook hook;
	} hooks[] = {
		{ "PREROUTING", HOOK_PREROUTING }, { "FORWARD", HOOK_FORWARD },
		{ "POSTROUTING", HOOK_POSTROUTING },
	};
	static const struct {
		const char *table;
		json_int_t priority[HOOK_OTHER];
	} places[] = {
		{ "raw", { [HOOK_PREROUTING] = -300 } },
		{ "mangle", { [HOOK_PREROUTING] = -150, [HOOK_FORWARD] = -150,
			      [HOOK_POSTROUTING] = -150 } },
		{ "security", { [HOOK_FORWARD] = 50 } },
		{ "nat", { [HOOK_PREROUTING] = -100, [HOOK_POSTROUTING] = 100 } },
	};
	size_t i;

	chain->hook = HOOK_OTHER;
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(chain->name, hooks[i].chain))
			chain->hook = hooks[i].hook;
	if (chain->hook == HOOK_OTHER)
		return;
	chain->first = !strcmp(chain->table, "nat");
	chain->nat = chain->first && chain->hook == HOOK_POSTROUTING;
	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (!strcmp(chain->table, places[i].table))
			chain->priority = places[i].priority[chain->hook];
}

/* A line `:CHAIN POLICY [PACKETS:BYTES]`. */
static void read_chain(struct judge_set *set, const char *table, const char *line)
{
	const size_t len = strcspn(line, " ");
	const char *policy = line + len + (line[len] == ' ');
	struct judge_chain *chain;

	chain = judge_add_chain(set, strdup(table), strndup(line, len));
	chain->drops = !strncmp(policy, "DROP", 4);
	if (*policy != '-')
		hang(chain);
}

/* A target that is a chain is one, whatever its name; but ours are known by their name. */
static void find_jumps(struct judge_set *set)
{
	struct judge_chain *chain;
	struct judge_rule *rule;
	size_t i, k;

	for (i = 0; i < set->count; i++) {
		chain = &set->chains[i];
		for (k = 0; k < chain->count; k++) {
			rule = &chain->rules[k];
			if (rule->fate == FATE_UNKNOWN &&
			    judge_find(set, chain->table, rule->target))
				rule->fate = FATE_JUMP;
		}
	}
}

static void read_line(struct judge_set *set, char table[32], char *line,
		      const struct judge_packets *p)
{
	struct judge_chain *chain;
	struct judge_rule *rule;
	char *text;

	if (*line == '*')
		snprintf(table, 32, "%s", line + 1);
	else if (*line == ':')
		read_chain(set, table, line + 1);
	if (strncmp(line, "-A ", 3))
		return;
	text = line + 3 + strcspn(line + 3, " ");
	if (*text)
		*text++ = '\0';
	chain = judge_find(set, table, line + 3);
	if (!chain)
		return;
	rule = judge_add_rule(chain);
	read_rule(rule, text, p);
	rule->text = strdup(text);
	/* The last of ours takes all, and those before it lead to the same. */
	if (!strcmp(table, "nat") && rules_commented(text)) {
		rule->fits = fits_every(FIT_ALL);
		rule->fate = FATE_OURS;
	}
}

/**
 * judge_iptables() - reads rules of iptables
 * @saved: output of iptables-save
 * @p: our packets
 *
 * Return: what they mean for us; to be freed.
 */
struct judge_set judge_iptables(const char *saved, const struct judge_packets *p)
{
	struct judge_set set = { 0 };
	char table[32] = "", *line;
	const char *start;
	size_t len;

	while ((start = rules_next_line(&saved, &len))) {
		line = strndup(start, len);
		if (!line)
			abort();
		read_line(&set, table, line, p);
		free(line);
	}
	find_jumps(&set);
	return set;
}
