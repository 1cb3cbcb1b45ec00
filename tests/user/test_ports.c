// SPDX-License-Identifier: GPL-2.0
/*
 * The registered ports as people read them: the columns of `sandbox list`, and the lines of
 * `monitor`.
 */
#include "../../user/ports.h"
#include "capture.h"

static struct port list[] = {
	{ .name = "z192.168.0.11", .ip = 0xc0a8000b, .guest = 0xc0a8000b },
	{ .name = "tap7", .ip = 0xc0a8000c, .guest = 0xa9fe4406, .gateway = 0xa9fe4405,
	  .host = true, .policy = CUBE_ROUTER_POLICY_DENY_ALL, .policy_entries = 8192,
	  .mark = 0x10, .mark_mask = 0xf0, .max_sessions = 77, .automatic = true, .has_mac = true,
	  .mac = { 2, 0, 0, 0, 0xab, 1 }, .sessions = 3, .bytes_out = 123456,
	  .bytes_back = 1ull << 40 },
	{ .name = "q\033", .ip = 0xc0a8000d, .guest = 0xc0a8000d, .gateway = 0xa9fe4405,
	  .policy = CUBE_ROUTER_POLICY_DEFAULT, .mark = 7, .mark_mask = UINT32_MAX },
};

static const char table_text[] =
	"PORT           IP            SESSIONS  OUT  BYTES  BACK  BYTES  DROPPED  "
	"MAC                GUEST         GATEWAY       HOST   MARK       MAX-SESSIONS  "
	"POLICY         REGISTERED\n"
	"z192.168.0.11  192.168.0.11         0    0      0     0      0        0  "
	"-                  -             -             deny   -                     -  "
	"none           by hand\n"
	"tap7           192.168.0.12         3    7   123K     6   1.0T        2  "
	"02:00:00:00:ab:01  169.254.68.6  169.254.68.5  allow  0x10/0xf0            77  "
	"deny-all+8192  by name\n"
	"q?             192.168.0.13         0    0      0     0      0        0  "
	"-                  -             169.254.68.5  deny   0x7                   -  "
	"default        by hand\n";

static void columns(void **state)
{
	struct ports ports = { .list = list, .count = COUNT(list) };
	struct capture c;

	(void)state;
	list[1].counters.value[COUNTER_INJECTED] = 7;
	list[1].counters.value[COUNTER_SPOOFED] = 2;
	list[1].counters.value[COUNTER_DELIVERED] = 6;
	capture_begin(&c);
	ports_print(&ports);
	capture_end(&c);
	assert_string_equal(c.out, table_text);
}

static const char *line_of(struct capture *c, const struct port *port, bool ends)
{
	capture_begin(c);
	port_print(port, ends);
	capture_end(c);
	return c->out;
}

/* What was not said of a port is left out. */
static void lines(void **state)
{
	struct capture c;

	(void)state;
	assert_string_equal(line_of(&c, &list[0], false), " z192.168.0.11 ip 192.168.0.11\n");
	assert_string_equal(line_of(&c, &list[1], false),
			    " tap7 ip 192.168.0.12 guest 169.254.68.6 gateway 169.254.68.5"
			    " mark 0x10/0xf0 max-sessions 77 host allow policy deny-all+8192"
			    " (by name)\n");
	assert_string_equal(line_of(&c, &list[2], true),
			    " q? ip 192.168.0.13 gateway 169.254.68.5 mark 0x7 policy default:"
			    " out 0 packets, 0 bytes; back 0 packets, 0 bytes; dropped 0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns), cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
