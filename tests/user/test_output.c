// SPDX-License-Identifier: GPL-2.0
/*
 * What the tool says: one line for each error, columns, JSON.
 */
#include "../../user/output.h"
#include "capture.h"

static void lines(void **state)
{
	struct capture c;
	int refused, misused;

	(void)state;
	capture_begin(&c);
	refused = refuse("'%s' is refused", "it");
	misused = misuse("unknown word '%s'", "a\nb\tc\033[31m");
	caution("mind %d", 1);
	capture_end(&c);
	assert_int_equal(refused, 1);
	assert_int_equal(misused, 2);
	assert_string_equal(c.out, "");
	assert_string_equal(c.err, "cube-router-genl: 'it' is refused\n"
				   "cube-router-genl: unknown word 'a?b?c?[31m'\n"
				   "cube-router-genl: warning: mind 1\n");
}

/* What was printed before an error comes before it, wherever the two go. */
static void order(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	printf("result\n");
	refuse("error");
	capture_end(&c);
	assert_string_equal(c.out, "result\ncube-router-genl: error\n");
}

static void columns(void **state)
{
	struct table table = { .columns = 3 };
	static const char *const cells[] = { "PORT", "IP", "N", "z1", "192.168.0.1", "7",
					     "z192.168.63.253", "-", "65536" };
	struct capture c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cells); i++)
		table_add(&table, "%s", cells[i]);
	capture_begin(&c);
	table_print(&table);
	capture_end(&c);
	assert_string_equal(c.out, "PORT             IP           N\n"
				   "z1               192.168.0.1  7\n"
				   "z192.168.63.253  -            65536\n");
	assert_null(table.cells);
}

/* Numbers stand below one another by their ends, and lines have no blanks behind. */
static void numbers(void **state)
{
	struct table table = { .columns = 4, .right = 0xa };
	static const char *const cells[] = { "PORT", "OUT", "IP", "BACK", "z1", "1.2K", "1.1.1.1",
					     "7", "z22222", "9", "-", "34.5M" };
	struct capture c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cells); i++)
		table_add(&table, "%s", cells[i]);
	capture_begin(&c);
	table_print(&table);
	capture_end(&c);
	assert_string_equal(c.out, "PORT     OUT  IP        BACK\n"
				   "z1      1.2K  1.1.1.1      7\n"
				   "z22222     9  -        34.5M\n");
}

static void counts(void **state)
{
	static const struct {
		uint64_t count;
		const char *text;
	} rows[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1.0K" }, { 1999, "1.9K" },
		{ 99999, "99.9K" }, { 100000, "100K" }, { 999999, "999K" }, { 1000000, "1.0M" },
		{ 1234567, "1.2M" }, { 999999999, "999M" }, { 3456789012, "3.4G" },
		{ 1000000000000, "1.0T" }, { 999999999999999, "999T" },
		{ 1000000000000000, "1.0P" }, { UINT64_MAX, "18.4E" },
	};
	char text[HUMAN_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		human_count(rows[i].count, text);
		if (strcmp(text, rows[i].text))
			fail_msg("row %zu: '%s' is not '%s'", i, text, rows[i].text);
	}
}

static void times(void **state)
{
	static const struct {
		uint32_t seconds;
		const char *text;
	} rows[] = {
		{ 0, "0s" }, { 59, "59s" }, { 60, "1m00s" }, { 307, "5m07s" }, { 3599, "59m59s" },
		{ 3600, "1h00m" }, { 7500, "2h05m" }, { 10800, "3h00m" }, { 86399, "23h59m" },
		{ 86400, "1d00h" }, { 273600, "3d04h" }, { 864000, "10d00h" },
		{ UINT32_MAX, "49710d06h" },
	};
	char text[HUMAN_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		human_time(rows[i].seconds, text);
		if (strcmp(text, rows[i].text))
			fail_msg("row %zu: '%s' is not '%s'", i, text, rows[i].text);
	}
}

static void json(void **state)
{
	struct capture c;
	json_t *name;

	(void)state;
	capture_begin(&c);
	out_choose(true, false);
	out_json(json_pack("{s:o, s:o, s:[]}", "a", json_addr(0xc0a83ffe), "none", json_addr(0),
			   "list"));
	out_choose(true, true);
	out_json(json_pack("{s:o, s:o}", "a", json_cidr((struct cidr){ 0x0afe0000, 24 }), "all",
			   json_cidr((struct cidr){ 0 })));
	capture_end(&c);
	assert_true(out_is_json());
	name = json_text("z\xc3\xa4\xff");
	assert_string_equal(json_string_value(name), "z???");
	json_decref(name);
	name = json_text("z\xc3\xa4");
	assert_string_equal(json_string_value(name), "z\xc3\xa4");
	json_decref(name);
	assert_string_equal(c.out, "{\"a\":\"192.168.63.254\",\"none\":null,\"list\":[]}\n"
				   "{\n    \"a\": \"10.254.0.0/24\",\n    \"all\": \"0.0.0.0/0\"\n}\n");
}

/* No colour where nobody sees it. */
static void colour(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c);
	out_painted(PAINT_BAD, "%s", "FAIL");
	capture_end(&c);
	assert_string_equal(c.out, "FAIL");
}

/* A result that could not be written is no result. */
static void full(void **state)
{
	int saved = dup(STDOUT_FILENO), fd = open("/dev/full", O_WRONLY), done;
	struct capture c;

	(void)state;
	assert_int_equal(out_finish(DONE), DONE);
	assert_int_equal(out_finish(REFUSED), REFUSED);
	capture_begin(&c);
	dup2(fd, STDOUT_FILENO);
	printf("result\n");
	done = out_finish(DONE);
	capture_end(&c);
	clearerr(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(fd);
	assert_int_equal(done, REFUSED);
	check_text(0, c.err, "standard output: No space left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines), cmocka_unit_test(order), cmocka_unit_test(columns),
		cmocka_unit_test(numbers), cmocka_unit_test(counts), cmocka_unit_test(times),
		cmocka_unit_test(json), cmocka_unit_test(colour), cmocka_unit_test(full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
