// SPDX-License-Identifier: GPL-2.0
/*
 * Options, help, and which words lead to which command. The commands themselves are stand-ins.
 */
#define main tool_main
#include "../../user/main.c"
#undef main

#include "capture.h"

#define MAX_ARGS 8

static const char *called;
static int called_argc;
static char **called_argv;

static int note(const char *name, int argc, char **argv)
{
	called = name;
	called_argc = argc;
	called_argv = argv;
	return DONE;
}

#define STAND_IN(name) \
	int cmd_##name(int argc, char **argv) \
	{ \
		return note(#name, argc, argv); \
	}

STAND_IN(enable)
STAND_IN(disable)
STAND_IN(stop)
STAND_IN(apply)
STAND_IN(status)
STAND_IN(verify)
STAND_IN(sandbox_add)
STAND_IN(sandbox_set)
STAND_IN(sandbox_del)
STAND_IN(sandbox_list)
STAND_IN(portmap_add)
STAND_IN(portmap_del)
STAND_IN(portmap_list)
STAND_IN(policy_add)
STAND_IN(policy_del)
STAND_IN(policy_list)
STAND_IN(session_list)
STAND_IN(session_count)
STAND_IN(session_flush)
STAND_IN(config_show)
STAND_IN(config_set)
STAND_IN(stats)
STAND_IN(monitor)
STAND_IN(save)
STAND_IN(restore)

/* Runs the tool with words that are separated by blanks. */
static int run(const char *line, struct capture *c)
{
	static char copy[200];
	char *argv[MAX_ARGS + 1] = { "cube-router-genl" }, *rest = copy;
	int argc = 1, done;

	snprintf(copy, sizeof(copy), "%s", line);
	while (rest && *rest && argc < MAX_ARGS)
		argv[argc++] = strsep(&rest, " ");
	called = NULL;
	optind = 0;
	getopt(1, argv, "+"); /* forgets where in a cluster of letters it was, and goes to 1 */
	out_choose(false, false);
	capture_begin(c);
	done = tool_main(argc, argv);
	capture_end(c);
	return done;
}

static void found(void **state)
{
	static const struct {
		const char *line;
		const char *command;
		int argc;
		bool json;
	} rows[] = {
		{ "enable", "enable", 0, false },
		{ "enable mtu 1400", "enable", 2, false },
		{ "-j enable", "enable", 0, true },
		{ "--json enable -j", "enable", 1, true },
		{ "-p status", "status", 0, true },
		{ "-jp status", "status", 0, true },
		{ "-pj -n name status", "status", 0, true },
		{ "--pretty status", "status", 0, true },
		{ "-n name status", "status", 0, false },
		{ "--netns=name -j status", "status", 0, true },
		{ "disable", "disable", 0, false },
		{ "disable uplink eth0 via 10.0.0.1", "disable", 4, false },
		{ "stop force", "stop", 1, false },
		{ "apply env-file x", "apply", 2, false },
		{ "verify 1.1.1.1 1.1.1.2", "verify", 2, false },
		{ "sandbox add z1 ip 10.0.0.1", "sandbox_add", 3, false },
		{ "sandbox set z1", "sandbox_set", 1, false },
		{ "sandbox del all", "sandbox_del", 1, false },
		{ "sandbox list", "sandbox_list", 0, false },
		{ "portmap add tcp 20007 z1 8080", "portmap_add", 4, false },
		{ "portmap del tcp 20007", "portmap_del", 2, false },
		{ "-j portmap list", "portmap_list", 0, true },
		{ "policy add z1 allow 10.0.0.0/8 ttl 9", "policy_add", 5, false },
		{ "policy del z1 deny 10.0.0.0/8", "policy_del", 3, false },
		{ "-j policy list z1", "policy_list", 1, true },
		{ "session list", "session_list", 0, false },
		{ "session count proto tcp", "session_count", 2, false },
		{ "session flush", "session_flush", 0, false },
		{ "config show", "config_show", 0, false },
		{ "config set lateral allow", "config_set", 2, false },
		{ "config set bypass-mark 0/0", "config_set", 2, false },
		{ "stats", "stats", 0, false },
		{ "stats openmetrics", "stats", 1, false },
		{ "-j monitor", "monitor", 0, true },
		{ "save FILE", "save", 1, false },
		{ "restore FILE", "restore", 1, false },
	};
	struct capture c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, run(rows[i].line, &c) == DONE);
		check_row(i, called && !strcmp(called, rows[i].command));
		check_row(i, called_argc == rows[i].argc);
		check_row(i, out_is_json() == rows[i].json);
		check_row(i, !*c.err);
	}
}

static void not_found(void **state)
{
	static const struct {
		const char *line;
		const char *complaint;
	} rows[] = {
		{ "", "a command is missing" },
		{ "-j", "a command is missing" },
		{ "enabel", "unknown command 'enabel'" },
		{ "ena", "unknown command 'ena'" },
		{ "ENABLE", "unknown command 'ENABLE'" },
		{ "uplink", "unknown command 'uplink'" },
		{ "policy", "'policy' must be followed by a verb" },
		{ "policy z1", "policy: unknown verb 'z1'" },
		{ "portmap", "'portmap' must be followed by a verb" },
		{ "portmap show", "portmap: unknown verb 'show'" },
		{ "sandbox", "'sandbox' must be followed by a verb" },
		{ "sandbox z1", "sandbox: unknown verb 'z1'" },
		{ "session show", "session: unknown verb 'show'" },
		{ "config", "'config' must be followed by a verb" },
		{ "help me", "help: unknown word 'me'" },
		{ "-x status", "unknown option '-x'" },
		{ "-xj status", "unknown option '-xj'" },
		{ "-j -n name -px status", "unknown option '-px'" },
		{ "--json=yes status", "unknown option '--json=yes'" },
		{ "--jsno status", "unknown option '--jsno'" },
		{ "-n", "'-n' must be followed by" },
		{ "--netns", "'--netns' must be followed by" },
		{ "-n a -n b status", "option -n is given twice" },
		{ "-n a --netns=a status", "option -n is given twice" },
		{ "-jj status", "option -j is given twice" },
		{ "-j -n a --json status", "option -j is given twice" },
		{ "-p --pretty", "option -p is given twice" },
	};
	struct capture c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, run(rows[i].line, &c) == MISUSED);
		check_row(i, !called);
		check_text(i, c.err, "cube-router-genl: ");
		check_text(i, c.err, rows[i].complaint);
		check_row(i, strchr(c.err, '\n') == c.err + strlen(c.err) - 1);
		check_row(i, !*c.out);
	}
}

static void told(void **state)
{
	static const char *const asked[] = { "help", "-h", "--help", "-h status" };
	struct capture c;
	char line[60];
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(asked); i++) {
		check_row(i, run(asked[i], &c) == DONE);
		check_row(i, !called && !*c.err);
		for (k = 0; k < ARRAY_SIZE(commands); k++) {
			snprintf(line, sizeof(line), "\n  %s%s%s: ", commands[k].noun,
				 commands[k].verb ? " " : "",
				 commands[k].verb ? commands[k].verb : "");
			check_text(k, c.out, line);
			check_row(k, commands[k].help && *commands[k].help);
		}
	}
	assert_int_equal(run("-V", &c), DONE);
	assert_string_equal(c.out, "cube-router-genl " CUBE_ROUTER_VERSION "\n");
	assert_int_equal(run("--version enable", &c), DONE);
	assert_null(called);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found), cmocka_unit_test(not_found), cmocka_unit_test(told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
