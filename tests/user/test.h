/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every unit test of the tool needs.
 */
#ifndef CUBE_TEST_H
#define CUBE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fails with the row of a table that is to blame. */
#define check_row(row, condition) do { \
	if (!(condition)) \
		fail_msg("row %zu: %s", (size_t)(row), #condition); \
} while (0)

/* The same, with a text that was not the expected one. */
#define check_text(row, text, part) do { \
	if (!strstr(text, part)) \
		fail_msg("row %zu: '%s' is not in '%s'", (size_t)(row), part, text); \
} while (0)

#endif
