// SPDX-License-Identifier: GPL-2.0
/*
 * Strict reading of single words: what is taken, and above all what is not.
 */
#include "../../user/parse.h"
#include "test.h"

static void numbers(void **state)
{
	static const struct {
		const char *text;
		uint32_t min;
		uint32_t max;
		bool good;
		uint32_t value;
	} rows[] = {
		{ "0", 0, 10, true, 0 },
		{ "10", 0, 10, true, 10 },
		{ "11", 0, 10, false, 0 },
		{ "68", 68, 65535, true, 68 },
		{ "67", 68, 65535, false, 0 },
		{ "007", 0, 10, true, 7 },
		{ "4294967295", 0, UINT32_MAX, true, UINT32_MAX },
		{ "4294967296", 0, UINT32_MAX, false, 0 },
		{ "18446744073709551616", 0, UINT32_MAX, false, 0 },
		{ "99999999999999999999999999", 0, UINT32_MAX, false, 0 },
		{ "", 0, 10, false, 0 },
		{ "-1", 0, 10, false, 0 },
		{ "+1", 0, 10, false, 0 },
		{ " 1", 0, 10, false, 0 },
		{ "1 ", 0, 10, false, 0 },
		{ "1x", 0, 10, false, 0 },
		{ "0x1", 0, 10, false, 0 },
		{ "1e1", 0, 10, false, 0 },
		{ "1.0", 0, 10, false, 0 },
		{ "one", 0, 10, false, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint32_t value = 4711;

		check_row(i, parse_number(rows[i].text, rows[i].min, rows[i].max, &value) ==
			     rows[i].good);
		check_row(i, value == (rows[i].good ? rows[i].value : 4711));
	}
}

static void hex_numbers(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t value;
	} rows[] = {
		{ "0x0", true, 0 }, { "0xff", true, 0xff }, { "0XfF", true, 0xff },
		{ "0xffffffff", true, UINT32_MAX }, { "0x00000000ffffffff", true, UINT32_MAX },
		{ "255", true, 255 }, { "0", true, 0 }, { "4294967295", true, UINT32_MAX },
		{ "0x", false, 0 }, { "0x100000000", false, 0 }, { "0xfg", false, 0 },
		{ "ff", false, 0 }, { "-0x1", false, 0 }, { "0x-1", false, 0 }, { "", false, 0 },
		{ "0x 1", false, 0 }, { "4294967296", false, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint32_t value = 4711;

		check_row(i, parse_hex_or_number(rows[i].text, &value) == rows[i].good);
		check_row(i, value == (rows[i].good ? rows[i].value : 4711));
	}
}

static void addresses(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t value;
	} rows[] = {
		{ "0.0.0.0", true, 0 },
		{ "10.254.0.1", true, 0x0afe0001 },
		{ "192.168.63.254", true, 0xc0a83ffe },
		{ "255.255.255.255", true, UINT32_MAX },
		{ "1.2.3.0", true, 0x01020300 },
		{ "010.254.0.0", false, 0 },
		{ "10.254.0.01", false, 0 },
		{ "10.00.0.1", false, 0 },
		{ "256.0.0.1", false, 0 },
		{ "1.2.3.256", false, 0 },
		{ "1.2.3.4294967297", false, 0 },
		{ "1.2.3", false, 0 },
		{ "1.2.3.", false, 0 },
		{ "1.2.3.4.", false, 0 },
		{ "1.2.3.4.5", false, 0 },
		{ ".1.2.3", false, 0 },
		{ "1..2.3", false, 0 },
		{ "+1.2.3.4", false, 0 },
		{ "1.-2.3.4", false, 0 },
		{ "1.2.3.4 ", false, 0 },
		{ " 1.2.3.4", false, 0 },
		{ "0x1.2.3.4", false, 0 },
		{ "16909060", false, 0 },
		{ "", false, 0 },
		{ "::1", false, 0 },
		{ "1,2,3,4", false, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint32_t value = 4711;

		check_row(i, parse_addr(rows[i].text, &value) == rows[i].good);
		check_row(i, value == (rows[i].good ? rows[i].value : 4711));
	}
}

/* Of well-formed addresses, those that a machine can have. */
static void unicast(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "1.0.0.0", true }, { "126.255.255.255", true }, { "128.0.0.0", true },
		{ "223.255.255.255", true }, { "198.18.0.1", true },
		{ "0.0.0.0", false }, { "0.255.255.255", false }, { "127.0.0.0", false },
		{ "127.255.255.255", false }, { "224.0.0.0", false }, { "239.1.2.3", false },
		{ "255.255.255.255", false }, { "1.2.3", false },
	};
	uint32_t value;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		value = 4711;
		check_row(i, parse_unicast(rows[i].text, &value) == rows[i].good);
		check_row(i, rows[i].good != (value == 4711));
	}
}

static void cidrs(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t addr;
		uint8_t prefix;
	} rows[] = {
		{ "0.0.0.0/0", true, 0, 0 },
		{ "10.254.0.0/24", true, 0x0afe0000, 24 },
		{ "10.254.0.1/24", true, 0x0afe0001, 24 },
		{ "10.254.0.1/32", true, 0x0afe0001, 32 },
		{ "192.168.0.0/18", true, 0xc0a80000, 18 },
		{ "010.254.0.0/24", false, 0, 0 },
		{ "10.254.0.0/33", false, 0, 0 },
		{ "10.254.0.0/024", false, 0, 0 },
		{ "10.254.0.0/00", false, 0, 0 },
		{ "10.254.0.0/-1", false, 0, 0 },
		{ "10.254.0.0/+24", false, 0, 0 },
		{ "10.254.0.0/", false, 0, 0 },
		{ "10.254.0.0", false, 0, 0 },
		{ "10.254.0.0/24/8", false, 0, 0 },
		{ "10.254.0.0/24 ", false, 0, 0 },
		{ "10.254.0.0/255.255.255.0", false, 0, 0 },
		{ "10.254.0/24", false, 0, 0 },
		{ "/24", false, 0, 0 },
		{ "", false, 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct cidr cidr = { 4711, 99 };

		check_row(i, parse_cidr(rows[i].text, &cidr) == rows[i].good);
		check_row(i, cidr.addr == (rows[i].good ? rows[i].addr : 4711));
		check_row(i, cidr.prefix == (rows[i].good ? rows[i].prefix : 99));
	}
}

static void networks(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool overlap;
	} rows[] = {
		{ "10.0.0.0/8", "10.254.0.0/24", true },
		{ "10.254.0.0/24", "10.0.0.0/8", true },
		{ "10.254.0.0/24", "10.254.0.0/24", true },
		{ "10.254.0.0/24", "10.254.0.255/32", true },
		{ "10.254.0.0/24", "10.254.1.0/32", false },
		{ "10.254.0.0/24", "10.253.255.255/32", false },
		{ "10.254.0.0/25", "10.254.0.128/25", false },
		{ "0.0.0.0/0", "10.254.0.128/25", true },
		{ "0.0.0.0/0", "0.0.0.0/0", true },
		{ "0.0.0.0/1", "128.0.0.0/1", false },
		{ "10.0.0.1/32", "10.0.0.1/32", true },
	};
	struct cidr a, b;
	char text[CIDR_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, parse_cidr(rows[i].a, &a) && parse_cidr(rows[i].b, &b));
		check_row(i, cidr_overlaps(a, b) == rows[i].overlap);
		check_row(i, !strcmp(cidr_text(a, text), rows[i].a));
	}
	assert_int_equal(cidr_mask(0), 0);
	assert_int_equal(cidr_mask(1), 0x80000000);
	assert_int_equal(cidr_mask(18), 0xffffc000);
	assert_int_equal(cidr_mask(32), UINT32_MAX);
	assert_string_equal(addr_text(UINT32_MAX, text), "255.255.255.255");
	assert_string_equal(cidr_text((struct cidr){ UINT32_MAX, 32 }, text), "255.255.255.255/32");
}

static void names(void **state)
{
	static const char *const good[] = {
		"z192.168.63.253", "eth0", "eth0.100", "a", "cube-router", "...", "123456789012345",
	};
	static const char *const bad[] = {
		"", ".", "..", "1234567890123456", "a b", "a/b", "a:b", "a\tb", "a\nb", "\xc3\xa4",
	};
	static const char *const patterns[] = {
		"z*", "*", "z192.168.[0-9]*", "z?.*", "1234567890123456789012345678901",
	};
	static const char *const no_patterns[] = {
		"", "z *", "z/*", "a:b", "12345678901234567890123456789012",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		check_row(i, parse_device_name(good[i]));
	for (i = 0; i < COUNT(bad); i++)
		check_row(i, !parse_device_name(bad[i]));
	for (i = 0; i < COUNT(patterns); i++)
		check_row(i, parse_pattern(patterns[i]));
	for (i = 0; i < COUNT(no_patterns); i++)
		check_row(i, !parse_pattern(no_patterns[i]));
}

static void protocols(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint8_t number;
	} rows[] = {
		{ "tcp", true, 6 }, { "udp", true, 17 }, { "icmp", true, 1 }, { "sctp", true, 132 },
		{ "gre", true, 47 }, { "esp", true, 50 }, { "ah", true, 51 }, { "ipip", true, 4 },
		{ "0", true, 0 }, { "255", true, 255 }, { "47", true, 47 },
		{ "256", false, 0 }, { "TCP", false, 0 }, { "", false, 0 }, { "tcpx", false, 0 },
		{ "-6", false, 0 },
	};
	uint8_t number;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		number = 77;
		check_row(i, parse_protocol(rows[i].text, &number) == rows[i].good);
		check_row(i, number == (rows[i].good ? rows[i].number : 77));
	}
	assert_string_equal(protocol_name(47), "gre");
	assert_null(protocol_name(99));
}

static void ends(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t addr;
		uint16_t port;
		const char *as;
	} rows[] = {
		{ "198.51.100.7:40000", true, 0xc6336407, 40000, "198.51.100.7:40000" },
		{ "255.255.255.255:65535", true, 0xffffffff, 65535, "255.255.255.255:65535" },
		{ "0.0.0.0:1", true, 0, 1, "0.0.0.0:1" },
		{ "1.1.1.1:0", true, 0x01010101, 0, "1.1.1.1" },
		{ "1.1.1.1:007", true, 0x01010101, 7, "1.1.1.1:7" },
		{ "1.1.1.1:65536", false, 0, 0, "" }, { "1.1.1.1:-1", false, 0, 0, "" },
		{ "1.1.1.1:", false, 0, 0, "" }, { "1.1.1.1", false, 0, 0, "" },
		{ "1.1.1.1:1 ", false, 0, 0, "" }, { "1.1.1.1: 1", false, 0, 0, "" },
		{ "1.1.1.1:1:1", false, 0, 0, "" }, { ":1", false, 0, 0, "" },
		{ "", false, 0, 0, "" }, { "1.1.1:1", false, 0, 0, "" },
		{ "01.1.1.1:1", false, 0, 0, "" }, { "[1.1.1.1]:1", false, 0, 0, "" },
		{ "1.1.1.1/32:1", false, 0, 0, "" }, { "host:1", false, 0, 0, "" },
	};
	char text[END_TEXT];
	struct end end;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		end = (struct end){ 7, 7 };
		check_row(i, parse_end(rows[i].text, &end) == rows[i].good);
		check_row(i, end.addr == (rows[i].good ? rows[i].addr : 7));
		check_row(i, end.port == (rows[i].good ? rows[i].port : 7));
		if (rows[i].good)
			check_row(i, !strcmp(end_text(end, text), rows[i].as));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers), cmocka_unit_test(hex_numbers),
		cmocka_unit_test(addresses), cmocka_unit_test(unicast),
		cmocka_unit_test(cidrs), cmocka_unit_test(networks),
		cmocka_unit_test(names), cmocka_unit_test(protocols), cmocka_unit_test(ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
