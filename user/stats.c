// SPDX-License-Identifier: GPL-2.0
/*
 * `stats`: every counter of the module, with the words that tell what it counts. A counter that a
 * newer module has is shown without.
 *
 * JSON:
 *   counters  object with one number for each counter, by its name
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "genl.h"
#include "netns.h"
#include "output.h"
#include "words.h"

#define COUNTER_HELP(symbol, name, help) { name, help },

static const struct {
	const char *name;
	const char *help;
} helps[] = {
	CUBE_ROUTER_COUNTERS(COUNTER_HELP)
};

static const char *help_of(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(helps); i++)
		if (!strcmp(helps[i].name, name))
			return helps[i].help;
	return "";
}

static void note_counter(struct nlattr *counter, json_t *counters)
{
	static struct nla_policy policy[CUBE_ROUTER_A_STATS_MAX + 1] = {
		[CUBE_ROUTER_A_STATS_NAME] = { .type = NLA_STRING },
		[CUBE_ROUTER_A_STATS_VALUE] = { .type = NLA_U64 },
	};
	struct nlattr *tb[CUBE_ROUTER_A_STATS_MAX + 1];

	if (nla_parse_nested(tb, CUBE_ROUTER_A_STATS_MAX, counter, policy) < 0 ||
	    !tb[CUBE_ROUTER_A_STATS_NAME] || !tb[CUBE_ROUTER_A_STATS_VALUE])
		return;
	json_object_set_new(counters, nla_get_string(tb[CUBE_ROUTER_A_STATS_NAME]),
			    json_integer((json_int_t)nla_get_u64(tb[CUBE_ROUTER_A_STATS_VALUE])));
}

static void note_counters(struct nl_msg *msg, void *arg)
{
	struct nlattr *attr;
	int rest;

	nlmsg_for_each_attr(attr, nlmsg_hdr(msg), GENL_HDRLEN, rest)
		if (nla_type(attr) == CUBE_ROUTER_A_STATS_COUNTER)
			note_counter(attr, arg);
}

static void print_text(json_t *counters)
{
	const char *name;
	json_t *value;

	json_object_foreach(counters, name, value)
		printf("%-18s %14" JSON_INTEGER_FORMAT "  %s\n", name, json_integer_value(value),
		       help_of(name));
}

/* cmd_stats() - shows the counters */
int cmd_stats(int argc, char **argv)
{
	json_t *counters;
	int done = DONE;
	struct genl genl;
	struct why why;

	if (argc)
		return misuse("stats: unknown word '%s'", argv[0]);
	if (!netns_enter(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	counters = json_object();
	if (genl_talk(&genl, genl_request(&genl, CUBE_ROUTER_CMD_STATS_GET, 0), NULL, 0,
		      note_counters, counters, &why))
		done = refuse("%s", why.text);
	else if (out_is_json())
		out_json(json_pack("{s:O}", "counters", counters));
	else
		print_text(counters);
	json_decref(counters);
	genl_close(&genl);
	return done;
}
