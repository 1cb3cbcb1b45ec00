// SPDX-License-Identifier: GPL-2.0
/*
 * `stats`: every counter of the module, with the words that tell what it counts. A counter that a
 * newer module has is shown without. `stats openmetrics`: see metrics.c.
 *
 * JSON:
 *   counters  object with one number for each counter, by its name
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "counters.h"
#include "genl.h"
#include "metrics.h"
#include "netns.h"
#include "output.h"
#include "sysctl.h"

static void note_counter(struct nlattr *attr, json_t *counters)
{
	const char *name;
	uint64_t value;

	if (counter_read(attr, &name, &value))
		json_object_set_new(counters, name, json_count(value));
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
	int at;

	json_object_foreach(counters, name, value) {
		at = counter_find(name);
		printf("%-18s %14" JSON_INTEGER_FORMAT "  %s\n", name, json_integer_value(value),
		       at < 0 ? "" : counter_infos[at].help);
	}
}

static int print(json_t *counters)
{
	if (out_is_json())
		out_json(json_pack("{s:O}", "counters", counters));
	else
		print_text(counters);
	return DONE;
}

/* Everything that there is to measure. */
static int expose(struct genl *genl, json_t *counters)
{
	struct metrics m = {
		.counters = counters, .conntrack_entries = sysctl_get(SYSCTL_CONNTRACK_COUNT),
	};
	struct why why;
	int done = DONE;

	if (live_get(genl, &m.live, &why) || ports_read(&m.ports, genl, &why))
		done = refuse("%s", why.text);
	else
		metrics_print(&m);
	ports_free(&m.ports);
	return done;
}

/* cmd_stats() - shows the counters, or all that can be measured */
int cmd_stats(int argc, char **argv)
{
	bool openmetrics = argc && !strcmp(argv[0], "openmetrics");
	json_t *counters;
	struct genl genl;
	struct why why;
	int done;

	if (argc > openmetrics)
		return misuse("stats: unknown word '%s'", argv[openmetrics]);
	if (openmetrics && out_is_json())
		return misuse("stats openmetrics: is a format of its own, not JSON");
	if (!netns_enter(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	counters = json_object();
	if (genl_talk(&genl, genl_request(&genl, CUBE_ROUTER_CMD_STATS_GET, 0), NULL, 0,
		      note_counters, counters, &why))
		done = refuse("%s", why.text);
	else
		done = openmetrics ? expose(&genl, counters) : print(counters);
	json_decref(counters);
	genl_close(&genl);
	return done;
}
