// SPDX-License-Identifier: GPL-2.0
/*
 * The nft table of idle times, and how another program's output and errors come back.
 */
#include <linux/cube_router.h>

#include "../../user/child.h"
#include "../../user/timeouts.h"
#include "test.h"

static const uint32_t idle[CUBE_ROUTER_SESSION_MAX + 1] = {
	[CUBE_ROUTER_SESSION_TCP_SYN] = 240, [CUBE_ROUTER_SESSION_TCP_ESTABLISHED] = 10800,
	[CUBE_ROUTER_SESSION_TCP_CLOSING] = 250, [CUBE_ROUTER_SESSION_TCP_RESET] = 10,
	[CUBE_ROUTER_SESSION_UDP_UNREPLIED] = 120, [CUBE_ROUTER_SESSION_UDP_REPLIED] = 300,
	[CUBE_ROUTER_SESSION_ICMP] = 60, [CUBE_ROUTER_SESSION_OTHER] = 600,
};

static void table(void **state)
{
	char *text = timeouts_text(idle);

	(void)state;
	check_text(0, text, "table ip cube-router {\n");
	check_text(1, text, "syn_sent : 240, syn_recv : 240, established : 10800, fin_wait : 250, "
			    "close_wait : 250, last_ack : 250, time_wait : 250, close : 10 }");
	check_text(2, text, "unreplied : 120, replied : 300 }");
	check_text(3, text, "iifname cube-router meta l4proto tcp ct timeout set cube-tcp comment "
			    "\"cube-router tcp 240 10800 250 10\"\n");
	check_text(4, text, "iifname cube-router meta l4proto udp ct timeout set cube-udp comment "
			    "\"cube-router udp 120 300\"\n");
	free(text);
}

/* A table stands for the idle times that it was made of, and for no others. */
static void match(void **state)
{
	static const struct {
		enum cube_router_session_state state;
		bool counts;
	} rows[] = {
		{ CUBE_ROUTER_SESSION_TCP_SYN, true },
		{ CUBE_ROUTER_SESSION_TCP_ESTABLISHED, true },
		{ CUBE_ROUTER_SESSION_TCP_CLOSING, true },
		{ CUBE_ROUTER_SESSION_TCP_RESET, true },
		{ CUBE_ROUTER_SESSION_UDP_UNREPLIED, true },
		{ CUBE_ROUTER_SESSION_UDP_REPLIED, true },
		{ CUBE_ROUTER_SESSION_ICMP, false },
		{ CUBE_ROUTER_SESSION_OTHER, false },
	};
	uint32_t other[CUBE_ROUTER_SESSION_MAX + 1];
	char *text = timeouts_text(idle), *rule;
	size_t i;

	(void)state;
	assert_true(timeouts_match(text, idle));
	assert_false(timeouts_match(NULL, idle));
	assert_false(timeouts_match("", idle));
	for (i = 0; i < COUNT(rows); i++) {
		memcpy(other, idle, sizeof(other));
		other[rows[i].state]++;
		check_row(i, timeouts_match(text, other) != rows[i].counts);
		other[rows[i].state] = idle[rows[i].state] * 10;
		check_row(i, timeouts_match(text, other) != rows[i].counts);
	}
	/* a rule that somebody has deleted */
	rule = strstr(text, "\t\tiifname cube-router meta l4proto udp");
	assert_non_null(rule);
	*rule = '\0';
	assert_false(timeouts_match(text, idle));
	free(text);
}

static void children(void **state)
{
	static const char *const cat[] = { "cat", NULL };
	static const char *const fail[] = {
		"sh", "-c", "echo one >&2; echo '	two  ' >&2; exit 3", NULL,
	};
	static const char *const silent[] = { "false", NULL };
	static const char *const killed[] = { "sh", "-c", "kill -9 $$", NULL };
	static const char *const missing[] = { "cube-router-no-such-program", NULL };
	static const char *const environment[] = { "env", NULL };
	size_t len = 3000000;
	char *output, *much;
	struct why why;

	(void)state;
	assert_true(child_run(cat, "some\ninput\n", &output, &why));
	assert_string_equal(output, "some\ninput\n");
	free(output);
	assert_true(child_run(cat, NULL, &output, &why));
	assert_string_equal(output, "");
	free(output);

	/* more than any pipe would hold */
	much = malloc(len + 1);
	assert_non_null(much);
	memset(much, 'x', len);
	much[len] = '\0';
	assert_true(child_run(cat, much, &output, &why));
	assert_string_equal(output, much);
	free(output);
	free(much);

	assert_false(child_run(fail, NULL, &output, &why));
	assert_string_equal(why.text, "sh: one two");
	assert_null(output);
	assert_false(child_run(silent, NULL, NULL, &why));
	assert_string_equal(why.text, "false: failed without a word");
	assert_false(child_run(killed, NULL, NULL, &why));
	assert_string_equal(why.text, "sh: killed by signal 9");
	assert_false(child_run(missing, NULL, NULL, &why));
	check_text(0, why.text, "No such file");

	/* nothing of our environment reaches them */
	setenv("CUBE_ROUTER_TEST", "1", 1);
	assert_true(child_run(environment, NULL, &output, &why));
	assert_null(strstr(output, "CUBE_ROUTER_TEST"));
	check_text(1, output, "PATH=/usr/local/sbin:");
	free(output);

	assert_true(child_exists("cat"));
	assert_false(child_exists("cube-router-no-such-program"));
	setenv("PATH", "/nowhere", 1);
	assert_true(child_exists("cat"));
	assert_true(child_run(cat, NULL, NULL, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table), cmocka_unit_test(match), cmocka_unit_test(children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
