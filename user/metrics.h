/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that there is to measure, in the OpenMetrics text format.
 */
#ifndef CUBE_METRICS_H
#define CUBE_METRICS_H

#include <jansson.h>

#include "live.h"
#include "ports.h"

/**
 * struct metrics - what is measured
 * @live: what the module says
 * @ports: the registered ports
 * @counters: object with the counters of the namespace, by their names
 * @conntrack_entries: entries of conntrack in the namespace, or -1
 */
struct metrics {
	struct live live;
	struct ports ports;
	json_t *counters;
	long conntrack_entries;
};

void metrics_print(const struct metrics *m);

#endif
