// SPDX-License-Identifier: GPL-2.0
/*
 * The words behind a command: order, repetition, and which word a complaint quotes.
 */
#include "../../user/words.h"
#include "test.h"

#define MAX_WORDS 6

struct values {
	uint32_t mtu;
	uint32_t ip;
	struct cidr cidr;
	const char *port;
	const char *file;
	uint8_t proto;
	struct end nat;
	struct mark mark;
	bool host;
	bool forced;
};

/* Reads words as a command with all kinds of them would. */
static bool read_all(const char *const *argv, struct values *v, struct why *why)
{
	struct word words[] = {
		WORD_NUMBER("mtu", 68, 65535, &v->mtu),
		WORD_ADDR("ip", &v->ip),
		WORD_CIDR("router-cidr", &v->cidr),
		WORD_DEVICE("sandbox", &v->port),
		WORD_FILE("env-file", &v->file),
		WORD_PROTOCOL("proto", &v->proto),
		WORD_END("nat", &v->nat),
		WORD_MARK("mark", &v->mark),
		WORD_ALLOW("host", &v->host),
		WORD_FLAG("force"),
	};
	char copy[MAX_WORDS][40], *words_of[MAX_WORDS];
	int argc;

	for (argc = 0; argc < MAX_WORDS && argv[argc]; argc++) {
		snprintf(copy[argc], sizeof(copy[argc]), "%s", argv[argc]);
		words_of[argc] = copy[argc];
	}
	*v = (struct values){ 0 };
	if (!words_read(words, COUNT(words), argc, words_of, why))
		return false;
	v->forced = words_find(words, COUNT(words), "force")->given;
	return true;
}

static void good(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const some[] = { "force", "mtu", "1400", "ip", "10.0.0.1", NULL };
	static const char *const others[] = {
		"proto", "gre", "host", "allow", "mark", "0x10/0xff",
	};
	static const char *const end[] = { "nat", "198.51.100.7:40000", NULL };
	/* A value may look like a keyword. */
	static const char *const keyword[] = { "sandbox", "mtu", "env-file", "force", NULL };
	struct values v;
	struct why why;

	(void)state;
	assert_true(read_all(none, &v, &why));
	assert_false(v.forced);
	assert_true(read_all(some, &v, &why));
	assert_true(v.forced);
	assert_int_equal(v.mtu, 1400);
	assert_int_equal(v.ip, 0x0a000001);
	assert_true(read_all(others, &v, &why));
	assert_int_equal(v.proto, 47);
	assert_true(v.host);
	assert_int_equal(v.mark.value, 0x10);
	assert_int_equal(v.mark.mask, 0xff);
	assert_true(read_all(end, &v, &why));
	assert_int_equal(v.nat.addr, 0xc6336407);
	assert_int_equal(v.nat.port, 40000);
	assert_true(read_all(keyword, &v, &why));
	assert_false(v.forced);
}

static void bad(void **state)
{
	static const struct {
		const char *argv[MAX_WORDS];
		const char *complaint;
	} rows[] = {
		{ { "mut", "1400" }, "unknown word 'mut'" },
		{ { "mt" }, "unknown word 'mt'" },
		{ { "MTU", "1400" }, "unknown word 'MTU'" },
		{ { "" }, "unknown word ''" },
		{ { "force", "on" }, "unknown word 'on'" },
		{ { "force", "force" }, "'force' is given twice" },
		{ { "mtu", "1400", "mtu", "1400" }, "'mtu' is given twice" },
		{ { "mtu" }, "'mtu' must be followed by a number" },
		{ { "ip" }, "'ip' must be followed by an IPv4 address" },
		{ { "mtu", "67" }, "mtu: '67' is not a number from 68 to 65535" },
		{ { "mtu", "65536" }, "mtu: '65536'" },
		{ { "mtu", "-1400" }, "mtu: '-1400'" },
		{ { "mtu", "" }, "mtu: ''" },
		{ { "ip", "010.0.0.1" }, "ip: '010.0.0.1' is not an IPv4 address" },
		{ { "router-cidr", "10.0.0.0" }, "router-cidr: '10.0.0.0' is not an IPv4 CIDR" },
		{ { "sandbox", "a/b" }, "sandbox: 'a/b' is not the name of a network device" },
		{ { "sandbox", "1234567890123456" }, "sandbox: '1234567890123456'" },
		{ { "env-file", "" }, "env-file: '' is not a file" },
		{ { "proto", "tpc" }, "proto: 'tpc' is not tcp, udp" },
		{ { "nat" }, "'nat' must be followed by ADDR:PORT" },
		{ { "nat", "198.51.100.7" }, "nat: '198.51.100.7' is not ADDR:PORT" },
		{ { "host", "yes" }, "host: 'yes' is not allow or deny" },
		{ { "mark", "0x100/0xff" }, "mark: '0x100/0xff'" },
		{ { "mark", "1/" }, "mark: '1/'" },
		{ { "mark", "/1" }, "mark: '/1'" },
		{ { "mark", "1/2/3" }, "mark: '1/2/3'" },
		{ { "mark", "00000000000000000000000000000000001" }, "mark: '0000" },
	};
	struct values v;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, !read_all(rows[i].argv, &v, &why));
		check_text(i, why.text, rows[i].complaint);
	}
}

static void marks(void **state)
{
	static const struct {
		const char *text;
		uint32_t value;
		uint32_t mask;
	} rows[] = {
		{ "0", 0, UINT32_MAX }, { "0xffffffff", UINT32_MAX, UINT32_MAX },
		{ "16/255", 16, 255 }, { "0/0", 0, 0 }, { "0x10/0x10", 16, 16 },
	};
	const char *argv[] = { "mark", NULL, NULL };
	struct values v;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		argv[1] = rows[i].text;
		check_row(i, read_all(argv, &v, &why));
		check_row(i, v.mark.value == rows[i].value && v.mark.mask == rows[i].mask);
	}
}

static void reasons(void **state)
{
	struct why why;
	char much[1000];

	(void)state;
	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	assert_false(why_not(&why, "%s", much));
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	why_not(&why, "reason");
	why_not(&why, "step: %s; undone", why.text);
	assert_string_equal(why.text, "step: reason; undone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good), cmocka_unit_test(bad), cmocka_unit_test(marks),
		cmocka_unit_test(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
