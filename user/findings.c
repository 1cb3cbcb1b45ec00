// SPDX-License-Identifier: GPL-2.0
/*
 * What checks have found, and how it is told. A remedy is pasted into a root shell: what others
 * have chosen, names of devices and rules of the firewall, is quoted in it. Called by the checks,
 * and by `verify` and `status`, which print.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "enabler.h"
#include "findings.h"
#include "netns.h"
#include "output.h"

#define OURS		"cube-router-genl "
#define NAME_WIDTH	16	/* masquerade-order is the longest */

/**
 * finding_add() - adds a finding
 * @findings: to which
 * @level: how bad it is
 * @check: name of the check
 * @format: as of printf(), with what follows: what is the case
 */
void finding_add(struct findings *findings, enum level level, const char *check,
		 const char *format, ...)
{
	struct finding *finding;
	va_list args;

	findings->list = array_grow(findings->list, findings->count, sizeof(*finding));
	finding = &findings->list[findings->count++];
	*finding = (struct finding){ .level = level, .check = check };
	va_start(args, format);
	vsnprintf(finding->what, sizeof(finding->what), format, args);
	va_end(args);
	one_line(finding->what);
}

/*
 * A command as it is run in the namespace that was named. Ours remembers things by that name, so
 * that it has to be told, too.
 */
static char *in_netns(const char *command)
{
	const size_t ours = strlen(OURS);
	char *text;
	int len;

	if (strncmp(command, OURS, ours))
		len = asprintf(&text, "%s%s", netns_prefix(), command);
	else
		len = asprintf(&text, OURS "%s%s", netns_option(), command + ours);
	if (len < 0)
		abort();
	return text;
}

/* A command in words; to be freed. */
static char *put_together(const char *format, va_list args)
{
	char *command;

	if (vasprintf(&command, format, args) < 0)
		abort();
	return command;
}

/* Adds a command to the remedy of the newest finding. */
static void add(struct findings *findings, const char *command)
{
	struct finding *finding = &findings->list[findings->count - 1];
	char *remedy;

	if (asprintf(&remedy, "%s%s%s", finding->remedy ?: "", finding->remedy ? " && " : "",
		     command) < 0)
		abort();
	one_line(remedy);
	free(finding->remedy);
	finding->remedy = remedy;
}

/**
 * remedy_add() - adds a command to the remedy of the newest finding
 * @findings: whose
 * @format: as of printf(), with what follows: the command; what others have chosen must be quoted,
 *	see shell_quote()
 *
 * Commands that are added one after another are to be run so, each if the one before has worked.
 */
void remedy_add(struct findings *findings, const char *format, ...)
{
	char *command, *placed;
	va_list args;

	va_start(args, format);
	command = put_together(format, args);
	va_end(args);
	placed = in_netns(command);
	free(command);
	add(findings, placed);
	free(placed);
}

/**
 * remedy_by_enable() - adds the command that makes the host as it should be
 * @findings: whose
 * @mode: of the module, OFF where it is not loaded
 * @words: for `enable`, with a blank before; "" for none. `apply` takes the env file's.
 */
void remedy_by_enable(struct findings *findings, uint8_t mode, const char *words)
{
	const char *command = enabler(mode);

	remedy_add(findings, OURS "%s%s", command, strcmp(command, "enable") ? "" : words);
}

/**
 * remedy_add_outside() - the same for a command that is not to be run in a namespace that was named
 * @findings: whose
 * @format: as of printf(), with what follows: the command
 */
void remedy_add_outside(struct findings *findings, const char *format, ...)
{
	va_list args;
	char *command;

	va_start(args, format);
	command = put_together(format, args);
	va_end(args);
	add(findings, command);
	free(command);
}

/**
 * remedy_each_port() - adds a command of `ip` for each registered port, be they thousands
 * @findings: whose
 * @line: the command, as what awk prints: $1 is the port, $2 the address of its sandbox
 *
 * A name that `ip -batch` misreads is left over, and then one by one it is told with quotes.
 */
void remedy_each_port(struct findings *findings, const char *line)
{
	remedy_add_outside(findings,
			   OURS "%ssandbox list | awk 'NR > 1 { print %s }' | %sip -force -batch -",
			   netns_option(), line, netns_prefix());
}

/**
 * findings_free() - frees findings
 * @findings: them
 */
void findings_free(struct findings *findings)
{
	while (findings->count)
		free(findings->list[--findings->count].remedy);
	free(findings->list);
	*findings = (struct findings){ 0 };
}

/**
 * findings_print() - prints findings, one line each: how bad, which check, what is the case, remedy
 * @findings: them
 * @from: the least level that is printed
 */
void findings_print(const struct findings *findings, enum level from)
{
	static const char *const names[] = { "OK", "WARN", "FAIL" };
	static const enum paint paints[] = { PAINT_GOOD, PAINT_WARN, PAINT_BAD };
	const struct finding *f;
	size_t i;

	for (i = 0; i < findings->count; i++) {
		f = &findings->list[i];
		if (f->level < from)
			continue;
		out_painted(paints[f->level], "%-4s", names[f->level]);
		printf(" %-*s  %s%s%s\n", NAME_WIDTH, f->check, f->what, f->remedy ? ": " : "",
		       f->remedy ?: "");
	}
}

/**
 * findings_json() - findings as a list
 * @findings: them
 * @from: the least level that is listed
 *
 * Return: list of objects: level "ok", "warn" or "fail"; check; what; remedy, null where there is
 * none.
 */
json_t *findings_json(const struct findings *findings, enum level from)
{
	static const char *const names[] = { "ok", "warn", "fail" };
	json_t *list = json_array();
	const struct finding *f;
	size_t i;

	for (i = 0; i < findings->count; i++) {
		f = &findings->list[i];
		if (f->level < from)
			continue;
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:o, s:o}", "level", names[f->level],
						"check", f->check, "what", json_text(f->what),
						"remedy", f->remedy ? json_text(f->remedy) :
								      json_null()));
	}
	return list;
}
