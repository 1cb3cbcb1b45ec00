/* SPDX-License-Identifier: GPL-2.0 */
/*
 * leakcheck as a function: words in, report and exit code out. leakcheck.c calls it with the
 * process's own words and streams, test_leakcheck.c with its own.
 */
#ifndef TESTS_TOOLS_LEAKRUN_H
#define TESTS_TOOLS_LEAKRUN_H

#include <stdio.h>

enum leakrun_exit {
	LEAKRUN_CLEAN,
	LEAKRUN_DIRTY,		/* a leak, an unmet expectation, something unjudged, nothing seen */
	LEAKRUN_USAGE,
	LEAKRUN_UNREADABLE,	/* a file, or our own output */
};

int leakrun(int argc, char *const argv[], FILE *out, FILE *err);

#endif
