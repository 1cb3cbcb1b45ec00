/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What checks have found: each with how bad it is, and the commands that mend it.
 */
#ifndef CUBE_FINDINGS_H
#define CUBE_FINDINGS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "quote.h"

/**
 * enum level - how bad a finding is
 * @LEVEL_OK: as it should be
 * @LEVEL_WARN: packets flow, but may not always
 * @LEVEL_FAIL: packets do not flow
 */
enum level {
	LEVEL_OK,
	LEVEL_WARN,
	LEVEL_FAIL,
};

/**
 * struct finding - what a check has found
 * @level: how bad it is
 * @check: name of the check, the same in every version
 * @what: what is the case
 * @remedy: commands that mend it, for a shell; NULL where there is nothing to mend; owned
 */
struct finding {
	enum level level;
	const char *check;
	char what[400];
	char *remedy;
};

/**
 * struct findings - findings in their order
 * @list: the findings; owned
 * @count: how many
 */
struct findings {
	struct finding *list;
	size_t count;
};

void finding_add(struct findings *findings, enum level level, const char *check,
		 const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void remedy_add(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void remedy_by_enable(struct findings *findings, uint8_t mode, const char *words);
void remedy_each_port(struct findings *findings, const char *line);
void remedy_add_outside(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void findings_print(const struct findings *findings, enum level from);
json_t *findings_json(const struct findings *findings, enum level from);
void findings_free(struct findings *findings);

#endif
