// SPDX-License-Identifier: GPL-2.0
/*
 * What a command changes on the host. Filled step by step, printed when nothing can go wrong any
 * more. Called by the steps of `enable`, on leaving, and by what reports of them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "changes.h"
#include "output.h"

/**
 * changes_add() - notes a change
 * @changes: to which it is added
 * @step: the part of the host; must outlive @changes
 * @format: as of printf(), with what follows: what becomes of it, in a line
 */
void changes_add(struct changes *changes, const char *step, const char *format, ...)
{
	struct change *change;
	va_list args;

	changes->list = array_grow(changes->list, changes->count, sizeof(*change));
	change = &changes->list[changes->count++];
	change->step = step;
	va_start(args, format);
	if (vasprintf(&change->what, format, args) < 0)
		abort();
	va_end(args);
	one_line(change->what);
}

/**
 * changes_print() - tells people
 * @changes: what was changed
 */
void changes_print(const struct changes *changes)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		printf("  %s: %s\n", changes->list[i].step, changes->list[i].what);
	if (!changes->count)
		puts("nothing to do");
}

/**
 * changes_json() - tells programs
 * @changes: what was changed
 * @object: gets the keys `changed`, the list of the steps without repetition, and `changes`, a list
 *	of objects with the keys `step` and `what`
 */
void changes_json(const struct changes *changes, json_t *object)
{
	json_t *steps = json_array(), *lines = json_array();
	const struct change *c;
	size_t i;

	for (i = 0; i < changes->count; i++) {
		c = &changes->list[i];
		if (!i || strcmp(c->step, changes->list[i - 1].step))
			json_array_append_new(steps, json_string(c->step));
		json_array_append_new(lines, json_pack("{s:s, s:o}", "step", c->step, "what",
						       json_text(c->what)));
	}
	json_object_set_new(object, "changed", steps);
	json_object_set_new(object, "changes", lines);
}

/**
 * changes_free() - frees changes
 * @changes: them
 */
void changes_free(struct changes *changes)
{
	while (changes->count)
		free(changes->list[--changes->count].what);
	free(changes->list);
	*changes = (struct changes){ 0 };
}
