/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a command changes on the host, or with `dry-run` would change: one line each.
 */
#ifndef CUBE_CHANGES_H
#define CUBE_CHANGES_H

#include <jansson.h>
#include <stddef.h>

/**
 * struct change - something that is changed
 * @step: the part of the host, a word of ours; static
 * @what: what becomes of it; owned
 */
struct change {
	const char *step;
	char *what;
};

/**
 * struct changes - changes in their order
 * @list: the changes; owned
 * @count: how many
 */
struct changes {
	struct change *list;
	size_t count;
};

void changes_add(struct changes *changes, const char *step, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void changes_print(const struct changes *changes);
void changes_json(const struct changes *changes, json_t *object);
void changes_free(struct changes *changes);

#endif
