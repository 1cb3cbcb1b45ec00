// SPDX-License-Identifier: GPL-2.0
/*
 * The list of counters: what each tells of follows from its help, which people read.
 */
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "../../user/counters.h"
#include "test.h"

static void names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < COUNTERS; i++)
		check_row(i, counter_find(counter_infos[i].name) == i);
	assert_int_equal(counter_find("injected"), COUNTER_INJECTED);
	assert_int_equal(counter_find("injecte"), -1);
	assert_int_equal(counter_find(""), -1);
}

static void ways(void **state)
{
	static const struct {
		int counter;
		const char *way;
		bool drop;
	} rows[] = {
		{ COUNTER_INJECTED, "out", false }, { COUNTER_PASSED_ARP, "out", false },
		{ COUNTER_FRAGMENT_QUEUED, "out", false }, { COUNTER_HELD, "out", true },
		{ COUNTER_SPOOFED, "out", true }, { COUNTER_TTL_EXCEEDED, "out", true },
		{ COUNTER_LIMIT_SANDBOX, "out", true }, { COUNTER_FRAGMENT_BAD, "out", true },
		{ COUNTER_DELIVERED, "back", false }, { COUNTER_BACK_REFRAGMENTED, "back", false },
		{ COUNTER_BACK_STRAY, "back", true }, { COUNTER_BACK_TOO_BIG, "back", true },
		{ COUNTER_GUARD, "event", true }, { COUNTER_INVALID, "event", true },
		{ COUNTER_SESSION_NEW, "event", false },
		{ COUNTER_SESSION_FLUSHED, "event", false },
		{ COUNTER_ICMP_LIMITED, "event", false }, { COUNTER_RST_SENT, "event", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, !strcmp(counter_way(rows[i].counter), rows[i].way));
		check_row(i, counter_is_drop(rows[i].counter) == rows[i].drop);
	}
	assert_string_equal(counter_way(-1), "event");
}

static void sums(void **state)
{
	struct counters counters = { 0 };
	json_t *object;
	char *text;

	(void)state;
	object = counters_json(&counters);
	assert_int_equal(json_object_size(object), 0);
	json_decref(object);
	counters.value[COUNTER_INJECTED] = 1000;
	counters.value[COUNTER_HELD] = 1;
	counters.value[COUNTER_GUARD] = 20;
	counters.value[COUNTER_BACK_NO_PORT] = 300;
	counters.value[COUNTER_SESSION_NEW] = 4000;
	counters.value[COUNTER_DELIVERED] = 50000;
	counters.value[COUNTER_BACK_REFRAGMENTED] = 1ull << 40;
	assert_int_equal(counters_dropped(&counters), 321);
	assert_int_equal(counters_back(&counters), (1ull << 40) + 50000);
	object = counters_json(&counters);
	text = json_dumps(object, JSON_COMPACT);
	assert_string_equal(text, "{\"injected\":1000,\"held\":1,\"delivered\":50000,"
				  "\"back-no-port\":300,\"back-refragmented\":1099511627776,"
				  "\"guard\":20,\"session-new\":4000}");
	free(text);
	json_decref(object);
}

/* A counter in a message, as the module or a newer one sends it; and less than that. */
static void messages(void **state)
{
	struct nl_msg *msg = nlmsg_alloc_simple(0, 0);
	uint64_t value = 0;
	const char *name = NULL;
	struct nlattr *nest;

	(void)state;
	nest = nla_nest_start(msg, CUBE_ROUTER_A_STATS_COUNTER);
	nla_put_string(msg, CUBE_ROUTER_A_STATS_NAME, "of-tomorrow");
	assert_false(counter_read(nest, &name, &value));
	nla_put_u64(msg, CUBE_ROUTER_A_STATS_VALUE, 1ull << 63);
	nla_put_u32(msg, CUBE_ROUTER_A_STATS_MAX + 1, 7);
	nla_nest_end(msg, nest);
	assert_true(counter_read(nest, &name, &value));
	assert_string_equal(name, "of-tomorrow");
	assert_int_equal(value, 1ull << 63);
	nlmsg_free(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(ways), cmocka_unit_test(sums),
		cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
