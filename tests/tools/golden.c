// SPDX-License-Identifier: GPL-2.0
/*
 * golden: does what files of golden packets say (tests/golden/README.md has their form), line by
 * line, and says of each packet whether all came as it stands there: every byte, every counter,
 * and nothing else.
 */
#include <errno.h>
#include <linux/cube_router.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "goldenframe.h"
#include "goldenplace.h"
#include "goldenstats.h"

#define MAX_PLACES	8
#define MAX_AFTER	8
#define PORT_LOW	30000	/* the node has its defaults */
#define WAIT_MS		10000	/* for what is expected */
#define WAIT_FAILED_MS	200	/* the same, in a packet that has failed already */

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

static const char usage[] =
"usage: golden PLACE... FILE...\n"
"  PLACE    NAME=DEV, NAME=NETNS/DEV, or NAME=tap:DEV, of which golden is the virtual machine\n"
"  FILE     golden packets\n"
"Prints `ok - NAME` or `not ok - NAME` for each packet. Exit: 0 all ok, 1 not, 2 usage, or a\n"
"file that cannot be read.\n";

/**
 * struct play - where in which file we are
 * @places: all that the command line names
 * @place_count: how many
 * @module: gives its counters
 * @file: its name
 * @line: number of the line
 * @step: what the frame that is being read is for: 's'end, 'e'xpect, or 0
 * @place: where
 * @frame: the frame
 * @port: the one that the module chose in this file, 0 before it is known
 * @packet: name of the packet, empty before the first
 * @failed: whether it has failed
 * @counted: whether its counters were compared
 * @base: counters at its beginning
 * @base_known: whether @base holds, because nobody else did anything since it was read
 * @after: commands for the end of the file
 * @after_count: how many
 * @bad: packets that failed, in all files
 */
struct play {
	struct golden_place places[MAX_PLACES];
	size_t place_count;
	struct wire module;
	const char *file;
	unsigned int line;
	char step;
	struct golden_place *place;
	struct golden_frame frame;
	uint16_t port;
	char packet[100];
	bool failed;
	bool counted;
	struct golden_counters base;
	bool base_known;
	char after[MAX_AFTER][200];
	size_t after_count;
	unsigned int bad;
};

/* A file that does not say what to do, or a machine on which it cannot be done. */
__attribute__((format(printf, 2, 3), noreturn))
static void die(const struct play *p, const char *format, ...)
{
	va_list list;

	printf("not ok - %s, line %u: ", p->file, p->line);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	exit(EXIT_USAGE);
}

/* The packet fails; what follows tells why. */
static void fail(struct play *p)
{
	if (!p->failed)
		printf("not ok - %s\n", p->packet);
	p->failed = true;
}

static int patience(const struct play *p)
{
	return p->failed ? WAIT_FAILED_MS : WAIT_MS;
}

/* Counters ---------------------------------------------------------------------------------- */

static void read_counters(const struct play *p, struct golden_counters *c)
{
	const int err = golden_counters_read(&p->module, c);

	if (err)
		die(p, "no counters: %s", strerror(-err));
}

/* By how much each counter rose; those that stayed are left out. */
static void rises(const struct golden_counters *from, const struct golden_counters *to,
		  struct golden_counters *rose)
{
	rose->n = 0;
	for (size_t i = 0; i < to->n; i++) {
		if (to->list[i].value == from->list[i].value)
			continue;
		rose->list[rose->n] = to->list[i];
		rose->list[rose->n++].value -= from->list[i].value;
	}
}

static bool counters_same(const struct golden_counters *want, const struct golden_counters *got)
{
	size_t found = 0;

	for (size_t i = 0; i < want->n; i++)
		for (size_t j = 0; j < got->n; j++)
			found += !strcmp(want->list[i].name, got->list[j].name) &&
				 want->list[i].value == got->list[j].value;
	return found == want->n && want->n == got->n;
}

static void show_counters(const char *what, const struct golden_counters *c)
{
	printf("#   counters %s:", what);
	for (size_t i = 0; i < c->n; i++)
		printf(" %s %llu", c->list[i].name, (unsigned long long)c->list[i].value);
	putchar('\n');
}

static void parse_counters(const struct play *p, char *words, struct golden_counters *want)
{
	char *save, *name = strtok_r(words, " \n", &save), *value;
	uint64_t number;

	for (want->n = 0; name; name = strtok_r(NULL, " \n", &save)) {
		value = strtok_r(NULL, " \n", &save);
		if (!value || !arg_number(value, 1, 1000000, &number) ||
		    strlen(name) >= sizeof(want->list[0].name) || want->n == GOLDEN_COUNTERS)
			die(p, "counters: '%s' has no right number", name);
		strcpy(want->list[want->n].name, name);
		want->list[want->n++].value = number;
	}
}

/* Exactly these rise, and exactly by so much. */
static void compare_counters(struct play *p, char *words)
{
	static struct golden_counters want, now, rose;
	int left = patience(p);

	parse_counters(p, words, &want);
	for (;; left -= 100) {
		read_counters(p, &now);
		rises(&p->base, &now, &rose);
		if (counters_same(&want, &rose) || left <= 0)
			break;
		poll(NULL, 0, 100);
	}
	if (!counters_same(&want, &rose)) {
		fail(p);
		show_counters("wanted", &want);
		show_counters("rose", &rose);
	}
	p->base = now;
	p->base_known = true;
	p->counted = true;
}

/* Frames ------------------------------------------------------------------------------------ */

static struct golden_place *find_place(struct play *p, const char *name)
{
	for (size_t i = 0; i < p->place_count; i++)
		if (!strcmp(p->places[i].name, name))
			return &p->places[i];
	die(p, "there is no place '%s'", name);
}

/* Of the file's only flow; the first packet on cube-router tells it. */
static void learn_port(struct play *p, const struct golden_frame *got)
{
	if (p->port || !p->frame.symbol_count)
		return;
	p->port = golden_port_of(&p->frame, got);
	if (p->port < PORT_LOW) {
		fail(p);
		printf("#   port %u is none of the range\n", p->port);
	}
}

static void await(struct play *p)
{
	static struct golden_frame got;
	int rc = golden_receive(p->place, &got, patience(p));

	if (rc < 0)
		die(p, "%s: %s", p->place->name, strerror(-rc));
	if (rc)
		learn_port(p, &got);
	golden_resolve(&p->frame, p->port);
	if (rc && golden_same(&p->frame, &got))
		return;
	fail(p);
	printf("#   line %u, %s: %s\n", p->line, p->place->name,
	       rc ? "another frame came" : "nothing came");
	if (rc)
		golden_show(&p->frame, &got);
}

/* Takes all that lies at the places; whether it is a fault that it does. */
static void drain(struct play *p, bool fault)
{
	static struct golden_frame got;

	for (size_t i = 0; i < p->place_count; i++) {
		while (golden_receive(&p->places[i], &got, 0) > 0) {
			if (!fault || !p->places[i].watched)
				continue;
			fail(p);
			printf("#   a frame that was not expected, at %s:\n", p->places[i].name);
			golden_show(NULL, &got);
		}
	}
}

/* What it makes arrive somewhere is not part of any packet. */
static void command(struct play *p, const char *words)
{
	p->base_known = false;
	fflush(stdout);
	if (system(words))
		die(p, "failed: %s", words);
	drain(p, false);
}

/* The frame that was being read is complete. */
static void end_frame(struct play *p)
{
	int err = 0;

	if (p->step == 's' && p->frame.symbol_count) {
		if (!p->port)
			die(p, "the port is not known yet");
		golden_resolve(&p->frame, p->port);
	}
	if (p->step == 's')
		err = golden_send(p->place, &p->frame);
	else if (p->step == 'e')
		await(p);
	if (err) {
		fail(p);
		printf("#   line %u, %s: not sent: %s\n", p->line, p->place->name, strerror(-err));
	}
	p->step = 0;
}

static void begin_frame(struct play *p, char step, const char *place)
{
	if (!p->packet[0] || p->counted)
		die(p, "this belongs into a packet, before its counters");
	p->place = find_place(p, place);
	p->step = step;
	golden_begin(&p->frame);
}

/* Packets ----------------------------------------------------------------------------------- */

static void end_packet(struct play *p)
{
	if (!p->packet[0])
		return;
	if (!p->counted)
		die(p, "packet '%s' has no line `counters`", p->packet);
	drain(p, true);
	p->bad += p->failed;
	if (!p->failed)
		printf("ok - %s\n", p->packet);
	fflush(stdout);
	p->packet[0] = '\0';
}

static void begin_packet(struct play *p, const char *name)
{
	end_packet(p);
	if (!*name || strlen(name) >= sizeof(p->packet))
		die(p, "a packet needs a name");
	strcpy(p->packet, name);
	p->failed = false;
	p->counted = false;
	if (!p->base_known)
		read_counters(p, &p->base);
}

/* A line that does not belong to a frame: a word, and what it is about. */
static void do_line(struct play *p, char *line)
{
	char *rest = line + strcspn(line, " ");

	line[strcspn(line, "\n")] = '\0';
	if (*rest)
		*rest++ = '\0';
	if (!strcmp(line, "packet")) {
		begin_packet(p, rest);
	} else if (!strcmp(line, "send")) {
		begin_frame(p, 's', rest);
	} else if (!strcmp(line, "expect")) {
		begin_frame(p, 'e', rest);
	} else if (!strcmp(line, "counters")) {
		compare_counters(p, rest);
	} else if (!strcmp(line, "watch")) {
		find_place(p, rest)->watched = true;
	} else if (!strcmp(line, "run")) {
		end_packet(p);
		command(p, rest);
	} else if (!strcmp(line, "after")) {
		if (p->after_count == MAX_AFTER || strlen(rest) >= sizeof(p->after[0]))
			die(p, "too many or too long: after %s", rest);
		strcpy(p->after[p->after_count++], rest);
	} else {
		die(p, "unknown word '%s'", line);
	}
}

static void begin_file(struct play *p, const char *name)
{
	p->file = name;
	p->line = 0;
	p->after_count = 0;
	p->port = 0;
	/* Beyond the host there is more to see than a packet is about. */
	find_place(p, "far")->watched = false;
	drain(p, false);
}

/* Each file leaves the node as it found it. */
static void end_file(struct play *p)
{
	end_frame(p);
	end_packet(p);
	while (p->after_count)
		command(p, p->after[--p->after_count]);
	command(p, "cube-router-genl session flush >/dev/null");
}

static void play_file(struct play *p, const char *name)
{
	FILE *file = fopen(name, "re");
	char *line = NULL;
	size_t size = 0;

	begin_file(p, name);
	if (!file)
		die(p, "%s", strerror(errno));
	while (getline(&line, &size, file) >= 0) {
		p->line++;
		if (*line == '#' || *line == '\n')
			continue;
		if (*line == ' ' || *line == '\t') {
			if (!p->step || !golden_line(&p->frame, line))
				die(p, "these are no bytes of a frame");
			continue;
		}
		end_frame(p);
		do_line(p, line);
	}
	end_file(p);
	free(line);
	fclose(file);
}

int main(int argc, char *argv[])
{
	static struct play p = { .file = "command line" };
	int i = 1, err;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	for (; i < argc && strchr(argv[i], '='); i++) {
		err = p.place_count < MAX_PLACES ?
		      golden_open(&p.places[p.place_count++], argv[i]) : -E2BIG;
		if (err)
			die(&p, "%s: %s", argv[i], strerror(-err));
	}
	if (i == argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	err = wire_open(&p.module, CUBE_ROUTER_GENL_NAME, CUBE_ROUTER_GENL_MCGRP_EVENTS);
	if (err)
		die(&p, "%s: %s", CUBE_ROUTER_GENL_NAME, strerror(-err));
	for (; i < argc; i++)
		play_file(&p, argv[i]);
	wire_close(&p.module);
	return p.bad ? EXIT_FAILED : EXIT_DONE;
}
