// SPDX-License-Identifier: GPL-2.0
/*
 * The text of our iptables rules. Pure: text goes in, text comes out. Ours are the rules of table
 * nat with the comment `cube-router`, all of the chain CUBE-ROUTER, and the jumps to it: a rule of
 * FORWARD that has the comment alone is an operator's. Called by firewall.c, and by the
 * checks and judge_iptables.c for them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cube_router.h>

#include "array.h"
#include "parse.h"
#include "rules.h"

#define COMMENT	"-m comment --comment " CUBE_ROUTER_DEVICE

/* Adds a rule to a list. There is no going on without memory. */
static void append(struct rule_list *list, unsigned int pos, char *text)
{
	if (!text)
		abort();
	list->rules = array_grow(list->rules, list->count, sizeof(*list->rules));
	list->rules[list->count++] = (struct rule){ text, pos };
}

__attribute__((format(printf, 2, 3)))
static void append_text(struct rule_list *list, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	append(list, 0, text);
}

static void free_list(struct rule_list *list)
{
	while (list->count)
		free(list->rules[--list->count].text);
	free(list->rules);
	*list = (struct rule_list){ 0 };
}

/**
 * rules_free() - frees rules
 * @rules: what rules_read() or rules_make() has given
 */
void rules_free(struct rules *rules)
{
	free_list(&rules->nat);
	free_list(&rules->jumps);
	free_list(&rules->chain);
}

/**
 * rules_next_line() - goes through a text line by line
 * @cursor: what is left of the text
 * @len: length of the line, without its end
 *
 * Return: the line, or NULL at the end.
 */
const char *rules_next_line(const char **cursor, size_t *len)
{
	const char *line = *cursor;

	if (!*line)
		return NULL;
	*len = strcspn(line, "\n");
	*cursor = line + *len + (line[*len] == '\n');
	return line;
}

/* What follows @prefix in a line, or NULL if the line starts otherwise. */
static char *behind(const char *line, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	if (len < n || strncmp(line, prefix, n))
		return NULL;
	return strndup(line + n, len - n);
}

/* Whether a character is behind a word: strchr() finds the end of the text, too. */
static bool word_ends(char c)
{
	return strchr(" ", c) != NULL;
}

/* Whether a rule has these words, not counting what is in quotes: a comment may say anything. */
static bool has_words(const char *text, const char *words)
{
	const size_t len = strlen(words);
	bool quoted = false;

	for (; *text; text++) {
		if (!quoted && !strncmp(text, words, len) && word_ends(text[len]))
			return true;
		if (*text == '"')
			quoted = !quoted;
		else if (quoted && *text == '\\' && text[1])
			text++;
	}
	return false;
}

/**
 * rules_commented() - whether a rule has our comment
 * @text: the rule, as iptables-save writes it
 *
 * Return: whether it has.
 */
bool rules_commented(const char *text)
{
	return has_words(text, "--comment " CUBE_ROUTER_DEVICE) ||
	       has_words(text, "--comment \"" CUBE_ROUTER_DEVICE "\"");
}

/* Goes on to the next table, if that is what the line says. */
static void next_table(const char *line, size_t len, bool *nat, bool *filter)
{
	if (*line != '*')
		return;
	*nat = len == 4 && !strncmp(line, "*nat", 4);
	*filter = len == 7 && !strncmp(line, "*filter", 7);
}

/* Adds a rule to those that are ours, or not. */
static void append_if(bool ours, struct rule_list *list, unsigned int pos, char *text)
{
	if (ours)
		append(list, pos, text);
	else
		free(text);
}

static void read_filter(struct rules *rules, const char *line, size_t len)
{
	char *text = behind(line, len, "-A FORWARD ");

	if (text) {
		rules->forward_count++;
		append_if(has_words(text, "-j " RULES_CHAIN), &rules->jumps,
			  rules->forward_count, text);
		return;
	}
	text = behind(line, len, "-A " RULES_CHAIN " ");
	if (text)
		append(&rules->chain, 0, text);
	text = behind(line, len, ":" RULES_CHAIN " ");
	if (text)
		rules->has_chain = true;
	free(text);
}

/**
 * rules_read() - finds what is ours in a rule set
 * @saved: output of iptables-save
 *
 * Return: our rules with their places; to be freed.
 */
struct rules rules_read(const char *saved)
{
	bool nat = false, filter = false;
	unsigned int nat_count = 0;
	struct rules rules = { 0 };
	const char *line;
	size_t len;
	char *text;

	while ((line = rules_next_line(&saved, &len))) {
		next_table(line, len, &nat, &filter);
		if (filter)
			read_filter(&rules, line, len);
		text = nat ? behind(line, len, "-A POSTROUTING ") : NULL;
		if (text)
			append_if(rules_commented(text), &rules.nat, ++nat_count, text);
	}
	return rules;
}

/**
 * rules_same() - whether two lists have the same rules in the same order
 * @a: one
 * @b: the other
 *
 * Return: whether they do, wherever in the chain they stand.
 */
bool rules_same(const struct rule_list *a, const struct rule_list *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (strcmp(a->rules[i].text, b->rules[i].text))
			return false;
	return true;
}

/* Rules that are there in the right order may stay where they are. */
static void keep_places(struct rule_list *list, const struct rule_list *now)
{
	size_t i;

	if (rules_same(list, now))
		for (i = 0; i < list->count; i++)
			list->rules[i].pos = now->rules[i].pos;
}

/* The place of the jump: 0 for the end. */
static unsigned int jump_place(enum forward forward, const struct rules *now)
{
	unsigned int pos = now->jumps.count ? now->jumps.rules[0].pos : 0;

	if (forward == FORWARD_FIRST)
		return 1;
	if (now->jumps.count == 1 && (forward == FORWARD_UNSAID || pos == now->forward_count))
		return pos;
	return forward == FORWARD_UNSAID && pos == 1 ? 1 : 0;
}

/**
 * rules_make() - what our rules should be
 * @wish: what they depend on
 * @now: what there is; those that are right may keep their place
 *
 * Each rule is written as iptables-save shows it, so that the two can be compared. The last
 * MASQUERADE takes all protocols that those before it leave.
 *
 * Return: the rules; to be freed.
 */
struct rules rules_make(const struct rules_wish *wish, const struct rules *now)
{
	static const char dev[] = CUBE_ROUTER_DEVICE;
	struct rules r = { .has_chain = true };
	char ip[CIDR_TEXT];

	addr_text(wish->snat, ip);
	append_text(&r.nat, "-s %s/32 ! -o %s -p tcp " COMMENT " -j MASQUERADE --to-ports %u-65535",
		    ip, dev, wish->port_low);
	append_text(&r.nat, "-s %s/32 ! -o %s -p udp " COMMENT " -j MASQUERADE --to-ports %u-65535",
		    ip, dev, wish->port_low);
	append_text(&r.nat, "-s %s/32 ! -o %s -p icmp " COMMENT " -j MASQUERADE", ip, dev);
	append_text(&r.nat, "-s %s/32 ! -o %s " COMMENT " -j MASQUERADE", ip, dev);
	keep_places(&r.nat, &now->nat);

	/*
	 * Every packet meets these, so they are few and short: iptables-nft makes an extension of a
	 * comment and a comparison of strings of a device, for each packet. The chain's name says
	 * whose they are. The module itself stops what conntrack finds invalid or does not track,
	 * what comes from outside without having been asked for, and what has the internal source
	 * but not from cube-router.
	 */
	append_text(&r.jumps, "-j " RULES_CHAIN);
	r.jumps.rules[0].pos = jump_place(wish->forward, now);

	append_text(&r.chain, "-s %s/32 -j ACCEPT", ip);
	append_text(&r.chain, "-d %s/32 -j ACCEPT", ip);
	return r;
}

/**
 * rules_empty() - whether there is nothing of ours
 * @rules: what there is
 *
 * Return: whether that is nothing.
 */
bool rules_empty(const struct rules *rules)
{
	return !rules->nat.count && !rules->jumps.count && !rules->has_chain;
}

/**
 * rules_complete() - whether all rules are there, and no others of ours
 * @now: what there is
 * @then: what there should be
 *
 * Return: whether that is so, wherever among those of others they stand.
 */
bool rules_complete(const struct rules *now, const struct rules *then)
{
	return now->has_chain == then->has_chain && rules_same(&now->chain, &then->chain) &&
	       rules_same(&now->nat, &then->nat) && rules_same(&now->jumps, &then->jumps);
}

/* Whether two lists have the same rules in the same places. */
static bool identical(const struct rule_list *a, const struct rule_list *b)
{
	size_t i;

	if (!rules_same(a, b))
		return false;
	for (i = 0; i < a->count; i++)
		if (a->rules[i].pos != b->rules[i].pos)
			return false;
	return true;
}

/**
 * rules_listed() - whether iptables-save could list a table
 * @saved: output of iptables-save
 * @table: name of the table
 *
 * One that has rules of nft's own it passes over, says so in a line, and calls that a success.
 *
 * Return: whether it could, be the table empty.
 */
bool rules_listed(const char *saved, const char *table)
{
	char want[100];
	const char *line;
	size_t len;

	snprintf(want, sizeof(want), "# Table `%s' is incompatible,", table);
	while ((line = rules_next_line(&saved, &len)))
		if (!strncmp(line, want, strlen(want)))
			return false;
	return true;
}

/* Writes how the rules of a list in a chain with others are exchanged. */
static void write_exchange(FILE *f, const char *chain, const struct rule_list *now,
			   const struct rule_list *then)
{
	const struct rule *rule;
	size_t i;

	if (identical(now, then))
		return;
	for (i = 0; i < now->count; i++)
		fprintf(f, "-D %s %s\n", chain, now->rules[i].text);
	for (i = 0; i < then->count; i++) {
		rule = &then->rules[i];
		if (rule->pos)
			fprintf(f, "-I %s %u %s\n", chain, rule->pos, rule->text);
		else
			fprintf(f, "-A %s %s\n", chain, rule->text);
	}
}

/**
 * rules_change() - the way from one state of our rules to another
 * @now: what there is
 * @then: what there should be
 *
 * Return: input for `iptables-restore --noflush`, "" if nothing has to change; to be freed.
 */
char *rules_change(const struct rules *now, const struct rules *then)
{
	bool chain_same = now->has_chain == then->has_chain &&
			  rules_same(&now->chain, &then->chain);
	char *text = NULL;
	size_t len, i;
	FILE *f;

	f = open_memstream(&text, &len);
	if (!f)
		abort();
	if (!identical(&now->nat, &then->nat)) {
		fputs("*nat\n", f);
		write_exchange(f, "POSTROUTING", &now->nat, &then->nat);
		fputs("COMMIT\n", f);
	}
	if (!chain_same || !identical(&now->jumps, &then->jumps)) {
		fputs("*filter\n", f);
		/* This line makes the chain, or empties it. */
		if (!chain_same)
			fputs(":" RULES_CHAIN " - [0:0]\n", f);
		for (i = 0; !chain_same && i < then->chain.count; i++)
			fprintf(f, "-A " RULES_CHAIN " %s\n", then->chain.rules[i].text);
		write_exchange(f, "FORWARD", &now->jumps, &then->jumps);
		if (!chain_same && !then->has_chain)
			fputs("-X " RULES_CHAIN "\n", f);
		fputs("COMMIT\n", f);
	}
	if (fclose(f))
		abort();
	return text;
}
