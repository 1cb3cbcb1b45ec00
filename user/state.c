// SPDX-License-Identifier: GPL-2.0
/*
 * `save` and `restore`: ports, mapped ports and configuration as text, over a reboot or a reload of
 * the module. The file holds commands of this program and nothing else: what can be typed can be
 * restored. All lines are understood before the first is run.
 *
 * What `apply` makes comes from the env file: it goes first.
 *
 * JSON:
 *   save     file, sandboxes: how many ports were saved
 *   restore  file, lines: how many were run, failed: how many of them failed
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "command.h"
#include "file.h"
#include "genl.h"
#include "live.h"
#include "lock.h"
#include "module.h"
#include "netns.h"
#include "output.h"
#include "policy.h"
#include "portmaps.h"
#include "ports.h"

#define STATE_MAX	(64 << 20)
#define LINE_WORDS	(2 * CUBE_ROUTER_POLICY_ENTRIES_MAX + 64)

/* -------- save -------- */

/* What holds for a while only is left out: it would come back later, and hold too long. */
static void write_policy(FILE *f, uint8_t kind, const struct prefixes *policy)
{
	const struct prefix *p = policy->list, *end = p + policy->count;
	char text[CIDR_TEXT];

	fprintf(f, " policy %s", policy_name(kind));
	for (; p < end; p++)
		if (!p->ttl)
			fprintf(f, " %s %s", p->deny ? "deny" : "allow", cidr_text(p->cidr, text));
	fputc('\n', f);
}

static void write_port(FILE *f, const struct port *port, const struct prefixes *policy)
{
	char ip[CIDR_TEXT];

	/* One that registers itself will do so again, but knows no more than its name. */
	if (port->automatic)
		fprintf(f, "sandbox set %s", port->name);
	else
		fprintf(f, "sandbox add %s ip %s", port->name, addr_text(port->ip, ip));
	if (port->guest != port->ip)
		fprintf(f, " guest %s", addr_text(port->guest, ip));
	/* What can be changed is said in any case: it is changed back where it was. */
	fprintf(f, " gateway %s mark %#x/%#x max-sessions %u host %s",
		addr_text(port->gateway, ip), port->mark, port->mark_mask, port->max_sessions,
		port->host ? "allow" : "deny");
	write_policy(f, port->policy, policy);
}

/* A port may go while we look: then it is left out, and out of @ports, too. */
static bool write_ports(FILE *f, struct genl *genl, struct ports *ports, struct why *why)
{
	struct prefixes policy = { 0 };
	struct port *port;
	size_t i, left = 0;
	int err = 0;

	for (i = 0; i < ports->count; i++) {
		port = &ports->list[i];
		if (port->policy_entries)
			err = policy_read(&policy, genl, port->name, why);
		if (!err) {
			write_port(f, port, &policy);
			ports->list[left++] = *port;
		}
		prefixes_free(&policy);
		if (err && err != -ENOENT && err != -ENODEV)
			return why_not(why, "'%s': %s", port->name, why->text);
		err = 0;
	}
	ports->count = left;
	return true;
}

static bool has_port(const struct ports *ports, const char *name)
{
	size_t i;

	for (i = 0; i < ports->count; i++)
		if (!strcmp(ports->list[i].name, name))
			return true;
	return false;
}

static void write_portmaps(FILE *f, const struct portmaps *maps, const struct ports *ports)
{
	const struct portmap *map;
	size_t i;

	for (i = 0; i < maps->count; i++) {
		map = &maps->list[i];
		if (has_port(ports, map->port))
			fprintf(f, "portmap add %s %u %s %u\n", protocol_name(map->protocol),
				map->host_port, map->port, map->guest_port);
	}
}

/* Returns the text, or NULL with the reason. */
static char *write_state(const struct live *live, struct genl *genl, struct ports *ports,
			 const struct portmaps *maps, struct why *why)
{
	char *text = NULL;
	size_t len;
	bool done;
	FILE *f;

	f = open_memstream(&text, &len);
	if (!f)
		abort();
	fputs("# cube-router-genl save: cube-router-genl restore FILE reads it\n", f);
	config_write(f, live);
	done = write_ports(f, genl, ports, why);
	write_portmaps(f, maps, ports);
	/* The ports come first: `apply` has left the mode off, as long as there were none. */
	if (live->mode == CUBE_ROUTER_MODE_DIRECT)
		fputs("disable\n", f);
	if (fclose(f))
		abort();
	if (done)
		return text;
	free(text);
	return NULL;
}

static bool save_to(const char *file, struct genl *genl, size_t *count, struct why *why)
{
	struct portmaps maps = { 0 };
	struct ports ports = { 0 };
	struct live live;
	char *text;
	bool done;

	done = !live_get(genl, &live, why) && !ports_read(&ports, genl, why) &&
	       !portmaps_read(&maps, genl, why);
	if (done) {
		text = write_state(&live, genl, &ports, &maps, why);
		/* Not when it is too late: what it was saved for has taken everything down then. */
		done = text && file_fits(file, text, STATE_MAX, why) &&
		       file_replace(file, text, why);
		free(text);
	}
	*count = ports.count;
	portmaps_free(&maps);
	ports_free(&ports);
	return done;
}

/* The file behind a command, and nothing else. */
static int read_file_word(const char *verb, int argc, char **argv)
{
	if (!argc || !*argv[0])
		return misuse("%s: FILE is missing", verb);
	if (argc > 1)
		return misuse("%s: unknown word '%s'", verb, argv[1]);
	return DONE;
}

/* cmd_save() - writes ports and configuration to a file */
int cmd_save(int argc, char **argv)
{
	int done = read_file_word("save", argc, argv);
	struct genl genl;
	struct why why;
	size_t count;
	bool saved;

	if (done != DONE)
		return done;
	if (!netns_enter(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	saved = save_to(argv[0], &genl, &count, &why);
	genl_close(&genl);
	if (!saved)
		return refuse("%s", why.text);
	if (out_is_json())
		out_json(json_pack("{s:o, s:I}", "file", json_text(argv[0]), "sandboxes",
				   (json_int_t)count));
	return DONE;
}

/* -------- restore -------- */

/**
 * struct line - a line of the file, in words
 * @number: from 1
 * @argc: number of words, 0 for a comment
 * @argv: the words, in the file's text
 */
struct line {
	unsigned int number;
	int argc;
	char *argv[LINE_WORDS];
};

/* What a line may be. */
static const struct verb {
	const char *noun;
	const char *verb;
	bool (*understood)(int argc, char **argv, struct why *why);
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "config", "set", config_understood, cmd_config_set },
	{ "sandbox", "add", sandbox_add_understood, cmd_sandbox_add },
	{ "sandbox", "set", sandbox_set_understood, cmd_sandbox_set },
	{ "portmap", "add", portmap_add_understood, portmap_restore },
	{ "disable", NULL, disable_understood, disable_quietly },
};

/* Words of a line that name what it does. */
static int verb_words(const struct verb *verb)
{
	return verb->verb ? 2 : 1;
}

static const struct verb *verb_of(const struct line *line)
{
	size_t i;

	for (i = 0; line->argc && i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(line->argv[0], verbs[i].noun))
			continue;
		if (!verbs[i].verb || (line->argc > 1 && !strcmp(line->argv[1], verbs[i].verb)))
			return &verbs[i];
	}
	return NULL;
}

/* Cuts the next line of *text into words. Returns false at the end, or with @why set. */
static bool next_line(char **text, struct line *line, struct why *why)
{
	char *words, *word, *rest;

	why->text[0] = '\0';
	line->argc = 0;
	if (!*text || !**text)
		return false;
	line->number++;
	words = strsep(text, "\n");
	if (*words == '#')
		return true;
	for (word = strtok_r(words, " \t\r", &rest); word; word = strtok_r(NULL, " \t\r", &rest)) {
		if (line->argc == LINE_WORDS)
			return why_not(why, "too many words");
		line->argv[line->argc++] = word;
	}
	return true;
}

/* Goes through a text, and says of the first line that makes no sense why. The text is cut. */
static bool understood(const char *file, char *text, struct why *why)
{
	struct line line = { 0 };
	const struct verb *verb;

	while (next_line(&text, &line, why)) {
		if (!line.argc)
			continue;
		verb = verb_of(&line);
		if (!verb)
			why_not(why, "'%s' is nothing that can be restored", line.argv[0]);
		else if (verb->understood(line.argc - verb_words(verb),
					  line.argv + verb_words(verb), why))
			continue;
		break;
	}
	return !*why->text || why_not(why, "%s:%u: %s", file, line.number, why->text);
}

/*
 * Takes out of a line a word that cannot be changed any more, and its value, which must be what
 * there is already; @unsaid is what it means that the word is not there.
 */
static bool take_same(struct line *line, const char *word, uint32_t addr, uint32_t unsaid)
{
	char text[CIDR_TEXT];
	bool said;
	int k;

	for (k = 3; k + 1 < line->argc && strcmp(line->argv[k], word); k += 2)
		;
	said = k + 1 < line->argc;
	addr_text(addr, text);
	if (said ? strcmp(line->argv[k + 1], text) : addr != unsaid) {
		refuse("'%s': registered already, with %s %s: sandbox del ends it", line->argv[2],
		       word, text);
		return false;
	}
	if (!said)
		return true;
	memmove(&line->argv[k], &line->argv[k + 2],
		(size_t)(line->argc - k - 2) * sizeof(line->argv[0]));
	line->argc -= 2;
	return true;
}

/* A port that is registered already is changed: all but its addresses, which must be the same. */
static int run_add(const struct verb *verb, const struct ports *ports, struct line *line)
{
	const struct port *port = ports->list, *end = port + ports->count;

	while (port < end && strcmp(port->name, line->argv[2]))
		port++;
	if (port == end)
		return verb->run(line->argc - 2, line->argv + 2);
	if (!take_same(line, "ip", port->ip, port->ip) ||
	    !take_same(line, "guest", port->guest, port->ip))
		return REFUSED;
	return line->argc == 3 ? DONE : cmd_sandbox_set(line->argc - 2, line->argv + 2);
}

static void run_lines(const char *file, char *text, const struct ports *ports, unsigned int *lines,
		      unsigned int *failed)
{
	struct line line = { 0 };
	const struct verb *verb;
	struct why why;
	int done;

	while (next_line(&text, &line, &why)) {
		verb = verb_of(&line);
		if (!verb)
			continue;
		out_context(file, line.number);
		done = verb->run == cmd_sandbox_add ? run_add(verb, ports, &line) :
						      verb->run(line.argc - verb_words(verb),
								line.argv + verb_words(verb));
		++*lines;
		*failed += done != DONE;
	}
	out_context(NULL, 0);
}

/* The module is loaded if need be, and what is registered already is known. */
static bool begin(struct ports *ports, struct why *why)
{
	struct genl genl;
	bool loaded, done;

	if (!module_connect(&genl, &loaded, why))
		return false;
	done = !ports_read(ports, &genl, why);
	genl_close(&genl);
	return done;
}

static int restore_from(const char *file, char *text, char *again)
{
	unsigned int lines = 0, failed = 0;
	const bool json = out_is_json();
	struct ports ports = { 0 };
	struct why why;

	if (!understood(file, text, &why))
		return refuse("%s", why.text);
	if (!netns_enter(&why) || !lock_take(&why) || !begin(&ports, &why))
		return refuse("%s", why.text);
	/* What each line has to say to programs is not what they have asked for. */
	out_choose(false, out_is_pretty());
	run_lines(file, again, &ports, &lines, &failed);
	out_choose(json, out_is_pretty());
	ports_free(&ports);
	if (json)
		out_json(json_pack("{s:o, s:I, s:I}", "file", json_text(file), "lines",
				   (json_int_t)lines, "failed", (json_int_t)failed));
	if (failed)
		return refuse("%s: %u of %u lines failed, the others are in force", file, failed,
			      lines);
	return DONE;
}

/* cmd_restore() - runs what a file of `save` says */
int cmd_restore(int argc, char **argv)
{
	int done = read_file_word("restore", argc, argv);
	char *text, *again;
	struct why why;
	size_t len;

	if (done != DONE)
		return done;
	text = file_read(argv[0], STATE_MAX, &len, &why);
	if (!text)
		return refuse("%s", why.text);
	if (strlen(text) != len) {
		free(text);
		return refuse("%s: not a text file", argv[0]);
	}
	again = strdup(text);
	if (!again)
		abort();
	done = restore_from(argv[0], text, again);
	free(again);
	free(text);
	return done;
}
