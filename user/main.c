// SPDX-License-Identifier: GPL-2.0
/*
 * The program: its options, the table of its commands, and the help that is made from it.
 */
#include <ctype.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "command.h"
#include "netns.h"
#include "output.h"
#include "version.h"

/**
 * struct command - a command
 * @noun: its first word
 * @verb: its second word, or NULL
 * @run: does it
 * @help: what it does, in a line
 * @words: what follows, for the help; lines of it, ending with NULL
 */
struct command {
	const char *noun;
	const char *verb;
	int (*run)(int argc, char **argv);
	const char *help;
	const char *words[4];
};

static const char letters[] = "+:jpn:hV";	/* of the options, for getopt */

static const struct command commands[] = {
	{ "enable", NULL, cmd_enable, "let the host route the packets of its sandboxes",
	  { "[sandbox-cidr CIDR] [router-cidr CIDR|auto] [uplink DEV [via ADDR]] [mtu N]",
	    "[ports PATTERN|none] [backend iptables|nft] [forward first|last] [env-file FILE]",
	    "[skip-conflict-check] [replace-device]" } },
	{ "disable", NULL, cmd_disable, "end that, and let them leave by the uplink directly",
	  { "[uplink DEV [via ADDR]]" } },
	{ "stop", NULL, cmd_stop, "leave nothing on the host; force unregisters the ports",
	  { "[force]" } },
	{ "apply", NULL, cmd_apply, "make the host what the env file says, from any state",
	  { "[env-file FILE] [replace-device] [dry-run]" } },
	{ "status", NULL, cmd_status, "show what cube-router is doing, and what it lacks", { 0 } },
	{ "verify", NULL, cmd_verify, "check the host, and by which way packets reach DEST",
	  { "[DEST]... [trace]" } },
	{ "sandbox", "add", cmd_sandbox_add, "register a sandbox's port",
	  { "PORT [ip ADDR] [guest ADDR] [gateway ADDR] [mark N[/MASK]]",
	    "[max-sessions N] [host allow|deny] [policy none|default|deny-all]",
	    "[allow CIDR]... [deny CIDR]..." } },
	{ "sandbox", "set", cmd_sandbox_set, "change a registered port",
	  { "PORT [gateway ADDR] [mark N[/MASK]] [max-sessions N] [host allow|deny]",
	    "[policy none|default|deny-all] [allow CIDR]... [deny CIDR]..." } },
	{ "sandbox", "del", cmd_sandbox_del, "unregister a port, or all of them", { "PORT|all" } },
	{ "sandbox", "list", cmd_sandbox_list, "list the registered ports", { 0 } },
	{ "portmap", "add", cmd_portmap_add, "let a port of the uplink's address be a sandbox's",
	  { "tcp|udp HOSTPORT PORT GUESTPORT" } },
	{ "portmap", "del", cmd_portmap_del, "end that, and its sessions",
	  { "tcp|udp HOSTPORT" } },
	{ "portmap", "list", cmd_portmap_list, "list the mapped ports", { 0 } },
	{ "policy", "add", cmd_policy_add, "let a sandbox send to CIDR, or not",
	  { "PORT allow|deny CIDR [ttl SECONDS]" } },
	{ "policy", "del", cmd_policy_del, "take back what policy add has said",
	  { "PORT allow|deny CIDR" } },
	{ "policy", "list", cmd_policy_list, "list where a sandbox may send", { "PORT" } },
	{ "session", "list", cmd_session_list, "list sessions",
	  { "[sandbox PORT] [proto PROTOCOL] [dst ADDR] [nat ADDR:PORT]" } },
	{ "session", "count", cmd_session_count, "count sessions",
	  { "[sandbox PORT] [proto PROTOCOL] [dst ADDR] [nat ADDR:PORT]" } },
	{ "session", "flush", cmd_session_flush, "end sessions",
	  { "[sandbox PORT] [proto PROTOCOL] [dst ADDR] [nat ADDR:PORT]" } },
	{ "config", "show", cmd_config_show, "show limits and idle times", { 0 } },
	{ "config", "set", cmd_config_set, "change them, all at once", { "KEY VALUE..." } },
	{ "stats", NULL, cmd_stats, "show the counters, or all that can be measured",
	  { "[openmetrics]" } },
	{ "monitor", NULL, cmd_monitor, "print what changes as it happens, until interrupted",
	  { 0 } },
	{ "save", NULL, cmd_save, "write ports, mapped ports and configuration to a file",
	  { "FILE" } },
	{ "restore", NULL, cmd_restore, "make them what a file of save says",
	  { "FILE" } },
};

static void print_help(FILE *f)
{
	const struct command *c;
	size_t i, k;

	fputs("Usage: cube-router-genl [OPTION]... COMMAND\n\n"
	      "  -j, --json         print JSON\n"
	      "  -p, --pretty       print JSON with indentation\n"
	      "  -n, --netns NAME   work in this network namespace\n"
	      "  -h, --help         print this\n"
	      "  -V, --version      print the version\n\nCommands:\n", f);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		c = &commands[i];
		fprintf(f, "\n  %s%s%s: %s\n", c->noun, c->verb ? " " : "", c->verb ? c->verb : "",
			c->help);
		for (k = 0; c->words[k]; k++)
			fprintf(f, "      %s\n", c->words[k]);
	}
}

static int help(void)
{
	print_help(stdout);
	return DONE;
}

/* Runs the command that the words name. */
static int dispatch(int argc, char **argv)
{
	bool known = false;
	size_t i;

	if (!argc)
		return misuse("a command is missing: see cube-router-genl help");
	if (!strcmp(argv[0], "help"))
		return argc == 1 ? help() : misuse("help: unknown word '%s'", argv[1]);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[0], commands[i].noun))
			continue;
		if (!commands[i].verb)
			return commands[i].run(argc - 1, argv + 1);
		known = true;
		if (argc > 1 && !strcmp(argv[1], commands[i].verb))
			return commands[i].run(argc - 2, argv + 2);
	}
	if (!known)
		return misuse("unknown command '%s': see cube-router-genl help", argv[0]);
	if (argc == 1)
		return misuse("'%s' must be followed by a verb: see cube-router-genl help",
			      argv[0]);
	return misuse("%s: unknown verb '%s': see cube-router-genl help", argv[0], argv[1]);
}

/*
 * Whoever closes a standard stream shall not find what is for it in the file that is opened next.
 * Nothing can be written to what is opened here, so that it is an error, as it would be without.
 */
static void hold_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Whether an option has been given before, be it by its other name. */
static bool doubled(unsigned int *given, int option)
{
	const char *place = strchr(letters, option);
	const unsigned int bit = place ? 1u << (place - letters) : 0;
	const bool before = *given & bit;

	*given |= bit;
	return before;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "netns", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	bool json = false, pretty = false;
	unsigned int given = 0;
	int option, at;

	hold_streams();
	for (;;) {
		/* Where the option stands: getopt stays there within a cluster of letters. */
		at = optind;
		option = getopt_long(argc, argv, letters, options, NULL);
		if (option == -1)
			break;
		if (isalpha(option) && doubled(&given, option))
			return misuse("option -%c is given twice", option);
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'p':
			json = true;
			pretty = true;
			break;
		case 'n':
			netns_choose(optarg);
			break;
		case 'h':
			return out_finish(help());
		case 'V':
			puts("cube-router-genl " CUBE_ROUTER_VERSION);
			return out_finish(DONE);
		case ':':
			return misuse("'%s' must be followed by the name of a network namespace",
				      argv[at]);
		default:
			return misuse("unknown option '%s': see cube-router-genl help",
				      argv[at]);
		}
	}
	out_choose(json, pretty);
	return out_finish(dispatch(argc - optind, argv + optind));
}
