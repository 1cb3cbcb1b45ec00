// SPDX-License-Identifier: GPL-2.0
/*
 * genlabuse: says to the module's generic-netlink family what a correct tool never says, and
 * asks as somebody who may not. genlcases.c and genlrandom.c have the requests; this file reads
 * the words, and has what needs no wrong request.
 */
#include <errno.h>
#include <linux/cube_router.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "args.h"
#include "genlabuse.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

static const char usage[] =
"usage: genlabuse malformed       to a node with default addresses that has the ports " ABUSE_PORT
"\n"
"                                 and " ABUSE_OTHER ", and a device " ABUSE_FREE "\n"
"       genlabuse fresh           to a namespace with a dummy called " CUBE_ROUTER_DEVICE "\n"
"       genlabuse denied          every operation and the events, by somebody who may not\n"
"       genlabuse events          joins the events, makes one, and reads it\n"
"       genlabuse random SEED N   N random requests\n"
"All but random print a line for each request:\n"
"  OPERATION KIND fine|wrong WHAT: want ... got ...\n"
"random prints granted=N refused=N unanswered=N mute=N, mute being refused without a reason.\n"
"Exit: 0 all as it should be, 1 not, 2 usage.\n";

static void print_outcome(const char *op, const char *what, bool fine, int err)
{
	printf("%s privilege %s %s: want EPERM, got %s\n", op, fine ? "fine" : "wrong", what,
	       err ? strerrorname_np(-err) : "success");
}

/* One operation by somebody without the right to it. */
static bool denied_op(const struct wire *wire, const struct abuse_op *op, uint16_t flags)
{
	struct wire_message m;
	struct wire_answer a;
	bool fine;
	int err;

	abuse_begin(&m, wire, op, flags);
	err = wire_talk(wire, &m, &a);
	fine = !err && a.came && a.error == EPERM && !a.objects;
	print_outcome(op->name, flags ? "dump" : "request", fine, err ?: -a.error);
	return fine;
}

/* The older way to join: groups as bits of the address. */
static bool denied_bind(const struct wire *wire)
{
	struct sockaddr_nl self;
	socklen_t len = sizeof(self);
	int err;

	getsockname(wire->fd, (struct sockaddr *)&self, &len);
	self.nl_groups = 1U << (wire->group - 1);
	err = bind(wire->fd, (const struct sockaddr *)&self, sizeof(self)) ? -errno : 0;
	print_outcome("events", "bind to the group", err == -EPERM, err);
	return err == -EPERM;
}

static int denied(const struct wire *wire)
{
	int bad = 0, err;

	for (size_t i = 0; i < abuse_op_count; i++) {
		bad += !denied_op(wire, &abuse_ops[i], 0);
		if (abuse_ops[i].dumps)
			bad += !denied_op(wire, &abuse_ops[i], NLM_F_DUMP);
	}
	err = wire_join(wire);
	print_outcome("events", "join the group", err == -EPERM, err);
	bad += err != -EPERM;
	if (wire->group <= 32)
		bad += !denied_bind(wire);
	return bad;
}

static int events(const struct wire *wire)
{
	struct wire_message m;
	struct wire_answer a;
	int err = wire_join(wire);
	bool fine;

	wire_begin(&m, wire, CUBE_ROUTER_CMD_CONFIG_SET, 0);
	if (!err)
		err = wire_talk(wire, &m, &a);
	fine = !err && a.came && !a.error && a.objects == 1;
	printf("events subscriber %s a change: want one message, got %u, %s\n",
	       fine ? "fine" : "wrong", err ? 0 : a.objects,
	       err ? strerrorname_np(-err) : "success");
	return !fine;
}

static int usage_error(const char *what, const char *word)
{
	fprintf(stderr, "genlabuse: %s '%s' (see genlabuse --help)\n", what, word);
	return EXIT_USAGE;
}

static int random_requests(const struct wire *wire, char *argv[])
{
	uint64_t seed, count;

	if (!arg_number(argv[0], 0, UINT64_MAX, &seed))
		return usage_error("not a seed:", argv[0]);
	if (!arg_number(argv[1], 1, 1000000000, &count))
		return usage_error("not a number of requests:", argv[1]);
	return abuse_random(wire, seed, count) ? EXIT_FAILED : EXIT_DONE;
}

static int run(const struct wire *wire, int argc, char *argv[])
{
	static const struct {
		const char *word;
		int (*run)(const struct wire *wire);
	} commands[] = {
		{ "malformed", abuse_malformed }, { "fresh", abuse_fresh },
		{ "denied", denied }, { "events", events },
	};

	if (argc == 4 && !strcmp(argv[1], "random"))
		return random_requests(wire, argv + 2);
	for (size_t i = 0; argc == 2 && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].word))
			return commands[i].run(wire) ? EXIT_FAILED : EXIT_DONE;
	return usage_error("unknown subcommand, or its words are wrong:", argv[1]);
}

int main(int argc, char *argv[])
{
	struct wire wire;
	int err, rc;

	if (argc < 2)
		return usage_error("no subcommand after", "genlabuse");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	err = wire_open(&wire, CUBE_ROUTER_GENL_NAME, CUBE_ROUTER_GENL_MCGRP_EVENTS);
	if (err) {
		fprintf(stderr, "genlabuse: %s: %s\n", CUBE_ROUTER_GENL_NAME, strerror(-err));
		return EXIT_FAILED;
	}
	rc = run(&wire, argc, argv);
	wire_close(&wire);
	return rc;
}
