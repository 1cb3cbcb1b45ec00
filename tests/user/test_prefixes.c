// SPDX-License-Identifier: GPL-2.0
/*
 * The words of a policy: which are picked out, which stay, and what is refused by name.
 */
#include <linux/cube_router.h>
#include <stdlib.h>

#include "../../user/prefixes.h"
#include "test.h"

#define MAX_WORDS 10

static bool read_words(const char *const *argv, struct prefixes *said, int *argc, char **left,
		       struct why *why)
{
	static char copy[MAX_WORDS][40];

	for (*argc = 0; *argc < MAX_WORDS && argv[*argc]; ++*argc) {
		snprintf(copy[*argc], sizeof(copy[0]), "%s", argv[*argc]);
		left[*argc] = copy[*argc];
	}
	return prefixes_read(said, argc, left, why);
}

static void picked_out(void **state)
{
	static const char *const words[] = {
		"host", "allow", "deny", "10.0.0.0/8", "policy", "deny-all", "mark", "deny",
		"allow", "0.0.0.0/0",
	};
	static const char *const none[] = { "host", "deny", "mark", NULL };
	char *left[MAX_WORDS];
	struct prefixes said;
	struct why why;
	int argc;

	(void)state;
	assert_true(read_words(words, &said, &argc, left, &why));
	assert_int_equal(argc, 4);
	assert_string_equal(left[0], "host");
	assert_string_equal(left[1], "allow");
	assert_string_equal(left[2], "mark");
	assert_string_equal(left[3], "deny");
	assert_true(said.has_base);
	assert_int_equal(said.base, CUBE_ROUTER_POLICY_DENY_ALL);
	assert_int_equal(said.count, 2);
	assert_int_equal(said.list[0].cidr.prefix, 0);
	assert_false(said.list[0].deny);
	assert_int_equal(said.list[1].cidr.addr, 0x0a000000);
	assert_true(said.list[1].deny);
	prefixes_free(&said);
	assert_true(read_words(none, &said, &argc, left, &why));
	assert_int_equal(argc, 3);
	assert_false(said.has_base);
	assert_int_equal(said.count, 0);
	prefixes_free(&said);
}

static void not_understood(void **state)
{
	static const struct {
		const char *argv[MAX_WORDS];
		const char *complaint;
	} rows[] = {
		{ { "policy" }, "'policy' must be followed by none, default or deny-all" },
		{ { "allow" }, "'allow' must be followed by an IPv4 CIDR" },
		{ { "host", "allow", "deny" }, "'deny' must be followed by an IPv4 CIDR" },
		{ { "policy", "all" }, "policy: 'all' is not none, default or deny-all" },
		{ { "policy", "none", "policy", "none" }, "'policy' is given twice" },
		{ { "allow", "10.0.0.0" }, "allow: '10.0.0.0' is not an IPv4 CIDR" },
		{ { "deny", "10.0.0.0/33" }, "deny: '10.0.0.0/33' is not an IPv4 CIDR" },
		{ { "deny", "010.0.0.0/8" }, "deny: '010.0.0.0/8' is not an IPv4 CIDR" },
		{ { "deny", "::/0" }, "deny: '::/0' is not an IPv4 CIDR" },
		{ { "allow", "10.1.2.3/8" }, "allow: '10.1.2.3/8' is not aligned: use 10.0.0.0/8" },
		{ { "allow", "0.0.0.1/0" }, "allow: '0.0.0.1/0' is not aligned: use 0.0.0.0/0" },
		{ { "deny", "1.1.1.1/31" }, "deny: '1.1.1.1/31' is not aligned: use 1.1.1.0/31" },
		{ { "allow", "1.1.1.1/32", "deny", "9.0.0.0/8", "allow", "1.1.1.1/32" },
		  "allow: '1.1.1.1/32' is given twice" },
	};
	char *left[MAX_WORDS];
	struct prefixes said;
	struct why why;
	size_t i;
	int argc;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, !read_words(rows[i].argv, &said, &argc, left, &why));
		check_text(i, why.text, rows[i].complaint);
		prefixes_free(&said);
	}
}

/* What overlaps or is both allowed and denied has a meaning. */
static void overlapping(void **state)
{
	static const char *const words[] = {
		"allow", "10.0.0.0/8", "deny", "10.0.0.0/8", "allow", "10.0.0.0/9",
	};
	char *left[MAX_WORDS];
	const char *argv[MAX_WORDS + 1] = { 0 };
	struct prefixes said;
	struct why why;
	int argc;

	(void)state;
	memcpy(argv, words, sizeof(words));
	assert_true(read_words(argv, &said, &argc, left, &why));
	assert_int_equal(said.count, 3);
	prefixes_free(&said);
}

static void as_many_as_there_can_be(void **state)
{
	const int max = CUBE_ROUTER_POLICY_ENTRIES_MAX;
	char **argv = calloc((size_t)max * 2 + 2, sizeof(*argv));
	char (*text)[CIDR_TEXT] = calloc((size_t)max + 1, sizeof(*text));
	struct prefixes said;
	struct why why;
	int i, argc;

	(void)state;
	for (i = 0; i <= max; i++) {
		argv[2 * i] = "allow";
		argv[2 * i + 1] = (char *)cidr_text((struct cidr){ (uint32_t)(max - i), 32 },
						    text[i]);
	}
	argc = 2 * max;
	assert_true(prefixes_read(&said, &argc, argv, &why));
	assert_int_equal(argc, 0);
	assert_int_equal(said.count, max);
	for (i = 0; i < max; i++)
		assert_int_equal(said.list[i].cidr.addr, i + 1);
	prefixes_free(&said);
	argc = 2 * max + 2;
	assert_false(prefixes_read(&said, &argc, argv, &why));
	assert_string_equal(why.text,
			    "allow: '0.0.0.0/32' is one more than the 8192 prefixes of a policy");
	prefixes_free(&said);
	free(argv);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(picked_out), cmocka_unit_test(not_understood),
		cmocka_unit_test(overlapping), cmocka_unit_test(as_many_as_there_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
