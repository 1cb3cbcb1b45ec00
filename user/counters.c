// SPDX-License-Identifier: GPL-2.0
/*
 * The module's counters, by the list that both share. Pure, but for reading an attribute. Called by
 * `stats`, and by everything that shows a sandbox.
 */
#include <netlink/attr.h>
#include <string.h>

#include "array.h"
#include "counters.h"
#include "output.h"

#define COUNTER_INFO(symbol, name, help) { name, help },

const struct counter_info counter_infos[COUNTERS] = {
	CUBE_ROUTER_COUNTERS(COUNTER_INFO)
};

/**
 * counter_find() - looks a counter up
 * @name: its name
 *
 * Return: &enum counter, or -1 if this tool does not know it.
 */
int counter_find(const char *name)
{
	int i;

	for (i = 0; i < COUNTERS; i++)
		if (!strcmp(counter_infos[i].name, name))
			return i;
	return -1;
}

static bool begins(int counter, const char *with)
{
	return !strncmp(counter_infos[counter].help, with, strlen(with));
}

/**
 * counter_way() - what a counter counts
 * @counter: &enum counter, or -1 for one that a newer module has
 *
 * Return: "out" or "back", the way of the packets each of which ends in exactly one counter; or
 * "event".
 */
const char *counter_way(int counter)
{
	if (counter < 0 || begins(counter, "event: "))
		return "event";
	return begins(counter, "back: ") ? "back" : "out";
}

/**
 * counter_is_drop() - whether a counter tells of packets that did not reach their goal
 * @counter: &enum counter
 *
 * Return: whether it does.
 */
bool counter_is_drop(int counter)
{
	static const char *const words[] = { "dropped", "refused", "stopped" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(counter_infos[counter].help, words[i]))
			return true;
	return false;
}

/**
 * counter_read() - reads a counter out of a message
 * @attr: nested, with its name and its value
 * @name: the name; part of the message
 * @value: the value
 *
 * Return: whether there is one.
 */
bool counter_read(struct nlattr *attr, const char **name, uint64_t *value)
{
	static struct nla_policy policy[CUBE_ROUTER_A_STATS_MAX + 1] = {
		[CUBE_ROUTER_A_STATS_NAME] = { .type = NLA_STRING },
		[CUBE_ROUTER_A_STATS_VALUE] = { .type = NLA_U64 },
	};
	struct nlattr *tb[CUBE_ROUTER_A_STATS_MAX + 1];

	if (nla_parse_nested(tb, CUBE_ROUTER_A_STATS_MAX, attr, policy) < 0 ||
	    !tb[CUBE_ROUTER_A_STATS_NAME] || !tb[CUBE_ROUTER_A_STATS_VALUE])
		return false;
	*name = nla_get_string(tb[CUBE_ROUTER_A_STATS_NAME]);
	*value = nla_get_u64(tb[CUBE_ROUTER_A_STATS_VALUE]);
	return true;
}

/**
 * counters_dropped() - how many packets did not reach their goal
 * @counters: the values
 *
 * Return: the sum of those counters that tell of it.
 */
uint64_t counters_dropped(const struct counters *counters)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < COUNTERS; i++)
		if (counter_is_drop(i))
			sum += counters->value[i];
	return sum;
}

/**
 * counters_back() - how many packets have come back to the sandbox
 * @counters: the values
 *
 * Return: those that were sent to it, as they were or in pieces.
 */
uint64_t counters_back(const struct counters *counters)
{
	return counters->value[COUNTER_DELIVERED] + counters->value[COUNTER_BACK_REFRAGMENTED];
}

/**
 * counters_json() - the values that are not 0
 * @counters: the values
 *
 * Return: object with one number for each, by its name.
 */
json_t *counters_json(const struct counters *counters)
{
	json_t *object = json_object();
	int i;

	for (i = 0; i < COUNTERS; i++)
		if (counters->value[i])
			json_object_set_new(object, counter_infos[i].name,
					    json_count(counters->value[i]));
	return object;
}
