/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's counters: their names, what they tell, and how they travel.
 */
#ifndef CUBE_COUNTERS_H
#define CUBE_COUNTERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/cube_router.h>

struct nlattr;

#define COUNTER_SYMBOL(symbol, name, help) COUNTER_##symbol,
/**
 * enum counter - the counters that this tool knows, COUNTER_ and the symbol in
 *	CUBE_ROUTER_COUNTERS()
 * @COUNTERS: how many there are
 */
enum counter {
	CUBE_ROUTER_COUNTERS(COUNTER_SYMBOL)
	COUNTERS
};

/**
 * struct counter_info - what is known of a counter
 * @name: its name
 * @help: what it counts
 */
struct counter_info {
	const char *name;
	const char *help;
};

/**
 * struct counters - values of the counters
 * @value: by &enum counter
 */
struct counters {
	uint64_t value[COUNTERS];
};

extern const struct counter_info counter_infos[COUNTERS];

int counter_find(const char *name);
const char *counter_way(int counter);
bool counter_is_drop(int counter);
bool counter_read(struct nlattr *attr, const char **name, uint64_t *value);

uint64_t counters_dropped(const struct counters *counters);
uint64_t counters_back(const struct counters *counters);
json_t *counters_json(const struct counters *counters);

#endif
