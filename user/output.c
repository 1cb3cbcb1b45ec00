// SPDX-License-Identifier: GPL-2.0
/*
 * What the tool says: results to standard output, as text or JSON, errors and warnings to standard
 * error in one line each. Called by every command; the format is chosen once by main.c.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "output.h"

#define PROGRAM "cube-router-genl"

static bool as_json;
static bool as_pretty;
static const char *context_file;
static unsigned int context_line;

/**
 * out_choose() - says how results are printed
 * @json: as JSON
 * @pretty: with indentation
 */
void out_choose(bool json, bool pretty)
{
	as_json = json;
	as_pretty = pretty;
}

/**
 * out_is_json() - how results are printed
 *
 * Return: whether as JSON.
 */
bool out_is_json(void)
{
	return as_json;
}

/**
 * out_is_pretty() - how JSON is printed
 *
 * Return: whether with indentation.
 */
bool out_is_pretty(void)
{
	return as_pretty;
}

/**
 * out_context() - says where the words come from that errors are about
 * @file: file, NULL for the command line; must outlive the errors
 * @line: line in it
 */
void out_context(const char *file, unsigned int line)
{
	context_file = file;
	context_line = line;
}

/**
 * out_json_flags() - how JSON is written
 *
 * Return: flags for json_dumpf().
 */
size_t out_json_flags(void)
{
	return JSON_ENSURE_ASCII | (as_pretty ? JSON_INDENT(4) : JSON_COMPACT);
}

/**
 * out_json() - prints a command's object
 * @object: what; its reference is taken
 */
void out_json(json_t *object)
{
	json_dumpf(object, stdout, out_json_flags());
	putchar('\n');
	json_decref(object);
}

/**
 * json_text() - a text that comes from elsewhere as JSON
 * @text: the text; names and comments may hold any bytes
 *
 * Return: string, without what is not ASCII if it is not UTF-8.
 */
json_t *json_text(const char *text)
{
	json_t *string = json_string(text);
	char *ascii, *p;

	if (string)
		return string;
	ascii = strdup(text);
	for (p = ascii; p && *p; p++)
		if (*p & 0x80)
			*p = '?';
	string = json_string(ascii);
	free(ascii);
	return string;
}

/**
 * json_addr() - an address as JSON
 * @addr: address, host byte order; 0 for none
 *
 * Return: string or null.
 */
json_t *json_addr(uint32_t addr)
{
	char text[CIDR_TEXT];

	return addr ? json_string(addr_text(addr, text)) : json_null();
}

/**
 * json_cidr() - a CIDR as JSON
 * @cidr: what
 *
 * Return: string.
 */
json_t *json_cidr(struct cidr cidr)
{
	char text[CIDR_TEXT];

	return json_string(cidr_text(cidr, text));
}

/**
 * json_count() - a number of packets or bytes as JSON
 * @count: the number
 *
 * Return: integer.
 */
json_t *json_count(uint64_t count)
{
	return json_integer((json_int_t)count);
}

/**
 * out_finish() - sees to it that all results are out
 * @done: exit code so far
 *
 * Return: exit code.
 */
int out_finish(int done)
{
	if (!fflush(stdout) && !ferror(stdout))
		return done;
	return refuse("standard output: %s", strerror(errno));
}

/**
 * out_painted() - prints coloured text
 * @paint: colour, where standard output is a terminal
 * @format: as of printf(), with what follows
 */
void out_painted(enum paint paint, const char *format, ...)
{
	static const char *const codes[] = {
		[PAINT_GOOD] = "32", [PAINT_WARN] = "33", [PAINT_BAD] = "31", [PAINT_NAME] = "1",
	};
	bool colour = paint != PAINT_NONE && isatty(STDOUT_FILENO);
	va_list args;

	if (colour)
		printf("\033[%sm", codes[paint]);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	if (colour)
		fputs("\033[0m", stdout);
}

/**
 * table_add() - adds a cell
 * @table: to which
 * @format: as of printf(), with what follows; names of devices may have anything in them
 */
void table_add(struct table *table, const char *format, ...)
{
	va_list args;
	int len;

	table->cells = array_grow(table->cells, table->count, sizeof(*table->cells));
	va_start(args, format);
	len = vasprintf(&table->cells[table->count], format, args);
	va_end(args);
	if (len < 0)
		abort();
	one_line(table->cells[table->count]);
	table->count++;
}

/**
 * table_print() - prints a table and frees it
 * @table: the table; its first row is the heading
 */
void table_print(struct table *table)
{
	size_t width[32] = { 0 }, i, column;
	const char *cell;
	int room;

	for (i = 0; i < table->count; i++) {
		column = i % table->columns;
		if (width[column] < strlen(table->cells[i]))
			width[column] = strlen(table->cells[i]);
	}
	for (i = 0; i < table->count; i++) {
		column = i % table->columns;
		cell = table->cells[i];
		room = (int)(width[column] - strlen(cell));
		if (table->right >> column & 1)
			printf("%*s", room, "");
		if (i < table->columns)
			out_painted(PAINT_NAME, "%s", cell);
		else
			fputs(cell, stdout);
		if (column + 1 == table->columns)
			putchar('\n');
		else
			printf("%*s", table->right >> column & 1 ? 2 : room + 2, "");
		free(table->cells[i]);
	}
	free(table->cells);
	*table = (struct table){ 0 };
}

/**
 * human_count() - a number of packets or bytes in human units
 * @count: the number
 * @text: room for it
 *
 * Three digits at most, cut off, not rounded: 999, 1.2K, 34.5M, 678G.
 *
 * Return: @text.
 */
const char *human_count(uint64_t count, char text[HUMAN_TEXT])
{
	static const char units[] = "KMGTPE";
	const char *unit = units;

	if (count < 1000) {
		snprintf(text, HUMAN_TEXT, "%u", (unsigned int)count);
		return text;
	}
	for (; count >= 1000000; count /= 1000)
		unit++;
	if (count < 100000)
		snprintf(text, HUMAN_TEXT, "%u.%u%c", (unsigned int)count / 1000,
			 (unsigned int)count / 100 % 10, *unit);
	else
		snprintf(text, HUMAN_TEXT, "%u%c", (unsigned int)count / 1000, *unit);
	return text;
}

/**
 * human_time() - a span of time in human units
 * @seconds: the span
 * @text: room for it
 *
 * The two largest units of it: 45s, 5m07s, 2h05m, 3d04h.
 *
 * Return: @text.
 */
const char *human_time(uint32_t seconds, char text[HUMAN_TEXT])
{
	if (seconds < 60)
		snprintf(text, HUMAN_TEXT, "%us", seconds);
	else if (seconds < 3600)
		snprintf(text, HUMAN_TEXT, "%um%02us", seconds / 60, seconds % 60);
	else if (seconds < 86400)
		snprintf(text, HUMAN_TEXT, "%uh%02um", seconds / 3600, seconds / 60 % 60);
	else
		snprintf(text, HUMAN_TEXT, "%ud%02uh", seconds / 86400, seconds / 3600 % 24);
	return text;
}

/**
 * one_line() - makes a text harmless that has come from elsewhere
 * @text: the text; what is not meant to be seen becomes a question mark
 */
void one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static void say(const char *kind, const char *format, va_list args)
{
	char line[2048];
	int len = 0;

	if (context_file)
		len = snprintf(line, sizeof(line) / 2, "%s:%u: ", context_file, context_line);
	if (len >= (int)sizeof(line) / 2)
		len = 0;
	vsnprintf(line + len, sizeof(line) - (size_t)len, format, args);
	one_line(line);
	fflush(stdout);
	fprintf(stderr, PROGRAM ": %s%s\n", kind, line);
}

/**
 * refuse() - says that something is refused or has failed
 * @format: as of printf(), with what follows; one line without its end
 *
 * Return: REFUSED.
 */
int refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
	return REFUSED;
}

/**
 * misuse() - says that something was not understood
 * @format: as of printf(), with what follows; one line without its end
 *
 * Return: MISUSED.
 */
int misuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
	return MISUSED;
}

/**
 * caution() - warns
 * @format: as of printf(), with what follows; one line without its end
 */
void caution(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("warning: ", format, args);
	va_end(args);
}
