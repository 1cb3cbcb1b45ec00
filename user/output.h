/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tool says: errors, JSON, and tables for people.
 */
#ifndef CUBE_OUTPUT_H
#define CUBE_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parse.h"

/**
 * enum done - exit codes
 * @DONE: what was asked for is done
 * @REFUSED: it was refused, or went wrong
 * @MISUSED: it was not understood
 */
enum done {
	DONE = 0,
	REFUSED = 1,
	MISUSED = 2,
};

/**
 * enum paint - colours, on a terminal only
 * @PAINT_NONE: as the terminal has it
 * @PAINT_GOOD: green
 * @PAINT_WARN: yellow
 * @PAINT_BAD: red
 * @PAINT_NAME: bold
 */
enum paint {
	PAINT_NONE,
	PAINT_GOOD,
	PAINT_WARN,
	PAINT_BAD,
	PAINT_NAME,
};

/**
 * struct table - rows of text for people, in aligned columns
 * @columns: number of columns
 * @right: bit N is set if column N is aligned to the right, as numbers are
 * @cells: their contents, row by row; owned
 * @count: number of cells
 */
struct table {
	size_t columns;
	uint32_t right;
	char **cells;
	size_t count;
};

void out_choose(bool json, bool pretty);
bool out_is_json(void);
bool out_is_pretty(void);
void out_context(const char *file, unsigned int line);
size_t out_json_flags(void);
void out_json(json_t *object);
json_t *json_text(const char *text);
json_t *json_addr(uint32_t addr);
json_t *json_cidr(struct cidr cidr);
json_t *json_count(uint64_t count);
int out_finish(int done);

void out_painted(enum paint paint, const char *format, ...) __attribute__((format(printf, 2, 3)));

void table_add(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_print(struct table *table);

#define HUMAN_TEXT 16	/* room for a number in human units */

const char *human_count(uint64_t count, char text[HUMAN_TEXT]);
const char *human_time(uint32_t seconds, char text[HUMAN_TEXT]);

void one_line(char *text);
int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
int misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
void caution(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
