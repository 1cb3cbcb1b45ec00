// SPDX-License-Identifier: GPL-2.0
/*
 * flowd: small echo servers, and clients that check every byte and name how a flow ended. The
 * end-to-end scenarios run them in namespaces on both sides of the router. This file only reads
 * the words; flow_tcp.c, flow_udp.c and flow_serve.c do the work.
 */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "flow.h"

static const char usage[] =
"usage: flowd tcp-server ADDR PORT [--seconds N]\n"
"       flowd udp-server ADDR PORT [--seconds N] [--pmtu HOW]\n"
"       flowd tcp-client ADDR PORT [OPTION]...\n"
"       flowd udp-client ADDR PORT [OPTION]...\n"
"       flowd many-tcp ADDR PORT N [OPTION]...\n"
"Servers echo, print \"ready ADDR:PORT\", then \"peer ADDR:PORT\" for each connection (UDP: each new\n"
"peer), and end at SIGTERM or SIGINT or after --seconds (3600).\n"
"Clients send numbered messages, wait for each to come back, and print\n"
"  sent=N received=N end=HOW ms=N [local=ADDR:PORT] [errno=NAME]\n"
"HOW is ok, reset, timeout, refused, unreachable, closed, mismatch or error. udp-client adds\n"
"[icmp=TYPE/CODE from=ADDR] [info=MTU], many-tcp connections=N failed=N.\n"
"  --count N           messages, on each connection (1)\n"
"  --interval-ms N     between them (0)\n"
"  --timeout-ms N      the longest wait for a connection or an echo (10000)\n"
"  --size N            bytes of a message, 24 to 1048576, UDP 65507 (as long as its text)\n"
"  --bind ADDR[:PORT]  the client's own address\n"
"  --progress          a line for each step\n"
"  --keep-going        UDP: after a loss or an error too; the first one is told\n"
"  --pmtu HOW          UDP: want, do, dont or probe (the kernel's default)\n"
"Exit: 0 ok (a server: ended as told), 1 not, 2 usage.\n";

enum { SERVER = 1, CLIENT = 2, UDP = 4, MANY = 8 };

static const struct command {
	const char *word;
	int kind;
	int (*run)(const struct flow_words *w);
} commands[] = {
	{ "tcp-server", SERVER, flow_tcp_server },
	{ "udp-server", SERVER | UDP, flow_udp_server },
	{ "tcp-client", CLIENT, flow_tcp_client },
	{ "udp-client", CLIENT | UDP, flow_udp_client },
	{ "many-tcp", CLIENT | MANY, flow_tcp_many },
};

static int wrong(const char *what, const char *word)
{
	fprintf(stderr, "flowd: %s '%s' (see flowd --help)\n", what, word);
	return FLOW_USAGE;
}

static bool read_pmtu(const char *word, int *pmtu)
{
	static const struct {
		const char *word;
		int value;
	} hows[] = {
		{ "want", IP_PMTUDISC_WANT }, { "do", IP_PMTUDISC_DO },
		{ "dont", IP_PMTUDISC_DONT }, { "probe", IP_PMTUDISC_PROBE },
	};

	for (size_t i = 0; i < sizeof(hows) / sizeof(*hows); i++) {
		if (strcmp(word, hows[i].word))
			continue;
		*pmtu = hows[i].value;
		return true;
	}
	return false;
}

/* An option with a value; only those of this kind of command are known. */
static int read_value(struct flow_words *w, int kind, const char *option, const char *value)
{
	const struct {
		const char *option;
		int kind;
		uint64_t min, max, *value;
	} numbers[] = {
		{ "--seconds", SERVER, 1, 86400, &w->seconds },
		{ "--count", CLIENT, 1, 1000000, &w->count },
		{ "--interval-ms", CLIENT, 0, 3600000, &w->interval_ms },
		{ "--timeout-ms", CLIENT, 1, 3600000, &w->timeout_ms },
		{ "--size", CLIENT, FLOW_MIN_SIZE, kind & UDP ? FLOW_MAX_DATAGRAM : FLOW_MAX_SIZE,
		  &w->size },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (!(numbers[i].kind & kind) || strcmp(option, numbers[i].option))
			continue;
		if (arg_number(value, numbers[i].min, numbers[i].max, numbers[i].value))
			return 0;
		fprintf(stderr, "flowd: %s: %llu to %llu, not '%s'\n", option,
			(unsigned long long)numbers[i].min, (unsigned long long)numbers[i].max,
			value);
		return FLOW_USAGE;
	}
	if ((kind & CLIENT) && !strcmp(option, "--bind"))
		return arg_bind(value, &w->bind) ? 0 : wrong("--bind: not ADDR[:PORT]:", value);
	if ((kind & UDP) && !strcmp(option, "--pmtu"))
		return read_pmtu(value, &w->pmtu) ? 0 :
		       wrong("--pmtu: want, do, dont or probe, not", value);
	return wrong("unknown option", option);
}

static int read_options(struct flow_words *w, int kind, int argc, char *argv[])
{
	for (int i = 0; i < argc; i++) {
		int rc;

		if ((kind & CLIENT) && !strcmp(argv[i], "--progress")) {
			w->progress = true;
			continue;
		}
		if ((kind & CLIENT) && (kind & UDP) && !strcmp(argv[i], "--keep-going")) {
			w->keep_going = true;
			continue;
		}
		if (i + 1 == argc)
			return wrong("unknown option, or its value is missing:", argv[i]);
		rc = read_value(w, kind, argv[i], argv[i + 1]);
		if (rc)
			return rc;
		i++;
	}
	return 0;
}

static int run(const struct command *command, int argc, char *argv[])
{
	struct flow_words w = { .count = 1, .timeout_ms = 10000, .seconds = 3600, .pmtu = -1 };
	int taken = command->kind & MANY ? 3 : 2, rc;

	if (argc < taken)
		return wrong("ADDR, PORT or N is missing after", command->word);
	if (!arg_endpoint(argv[0], argv[1], &w.addr))
		return wrong("no ADDR and PORT:", argv[0]);
	if ((command->kind & CLIENT) && !w.addr.sin_port)
		return wrong("PORT is 1 to 65535, not", argv[1]);
	if ((command->kind & MANY) &&
	    !arg_number(argv[2], 1, FLOW_MAX_CONNECTIONS, &w.connections))
		return wrong("N is 1 to 65536, not", argv[2]);
	rc = read_options(&w, command->kind, argc - taken, argv + taken);
	return rc ?: command->run(&w);
}

int main(int argc, char *argv[])
{
	if (argc < 2)
		return wrong("no subcommand after", "flowd");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		fputs(usage, stdout);
		return 0;
	}
	/* Scenarios read the lines as they come. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].word))
			return run(&commands[i], argc - 2, argv + 2);
	return wrong("unknown subcommand", argv[1]);
}
