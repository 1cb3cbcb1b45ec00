// SPDX-License-Identifier: GPL-2.0
/*
 * OpenMetrics: everything that is printed, compared with tests/user/metrics.txt. Whether a real
 * parser takes it is tested in a guest (tests/e2e/observe).
 */
#include "../../user/metrics.h"
#include "capture.h"

#define GOLDEN "tests/user/metrics.txt"

static struct port ports[] = {
	{ .name = "z192.168.0.11", .ip = 0xc0a8000b, .sessions = 3, .bytes_out = 123456,
	  .bytes_back = 1ull << 40 },
	{ .name = "q\"b\\\xff", .ip = 0xc0a8000c },
};

static struct metrics sample(void)
{
	struct metrics m = {
		.live = {
			.loaded = true, .version = "1.2\"3", .mode = CUBE_ROUTER_MODE_ROUTER,
			.held = CUBE_ROUTER_HELD_DEVICE_DOWN, .max_sessions_now = 49152,
			.max_sandbox_sessions_now = 12288, .conntrack_max = 65536, .sessions = 3,
			.sandboxes = 2,
		},
		.ports = { .list = ports, .count = 2 }, .conntrack_entries = 5,
	};

	ports[0].counters.value[COUNTER_INJECTED] = 7;
	ports[0].counters.value[COUNTER_SPOOFED] = 2;
	ports[0].counters.value[COUNTER_DELIVERED] = 6;
	ports[0].counters.value[COUNTER_SESSION_NEW] = 3;
	m.counters = json_pack("{s:i, s:i, s:i, s:I}", "injected", 9, "delivered", 8, "guard", 1,
			       "of-tomorrow", (json_int_t)1 << 53);
	return m;
}

/* The tool's own version is not the test's business. */
static char *without_version(char *text)
{
	static const char version[] = "tool_version=\"" CUBE_ROUTER_VERSION "\"";
	static const char instead[] = "tool_version=\"\"";
	char *at = strstr(text, version), *behind;

	if (!at)
		return text;
	behind = at + strlen(version);
	memmove(at + strlen(instead), behind, strlen(behind) + 1);
	memcpy(at, instead, strlen(instead));
	return text;
}

static char *golden(void)
{
	static char text[16384];
	FILE *f = fopen(GOLDEN, "r");
	size_t len = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[len] = '\0';
	return text;
}

static void all(void **state)
{
	static struct capture c;
	struct metrics m = sample();

	(void)state;
	capture_begin(&c);
	metrics_print(&m);
	capture_end(&c);
	json_decref(m.counters);
	assert_string_equal(without_version(c.out), golden());
}

/* Without a port and without conntrack's number: no sample that says 0 instead. */
static void little(void **state)
{
	static struct capture c;
	struct metrics m = { .counters = json_object(), .conntrack_entries = -1 };

	(void)state;
	capture_begin(&c);
	metrics_print(&m);
	capture_end(&c);
	json_decref(m.counters);
	check_text(0, c.out, "cube_router_sandboxes 0\n");
	check_text(0, c.out, "\n# EOF\n");
	assert_null(strstr(c.out, "conntrack_entries"));
	assert_null(strstr(c.out, "port="));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all), cmocka_unit_test(little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
