// SPDX-License-Identifier: GPL-2.0
/*
 * Other programs: what becomes of their output and exit codes.
 */
#include <signal.h>

#include "../../user/child.h"
#include "test.h"

static const char *const cat[] = { "cat", NULL };
static const char *const fail[] = { "sh", "-c", "echo no; echo no >&2; exit 1", NULL };

static void ways(void)
{
	struct why why;
	char *output;

	assert_true(child_run(cat, "in", &output, &why));
	assert_string_equal(output, "in");
	free(output);
	assert_false(child_run(fail, NULL, &output, &why));
	assert_string_equal(why.text, "sh: no");
	assert_null(output);
}

static void ends(void **state)
{
	(void)state;
	ways();
}

/* As agents do who never wait for their children: it is inherited. */
static void ignored(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	ways();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends), cmocka_unit_test(ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
