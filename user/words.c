// SPDX-License-Identifier: GPL-2.0
/*
 * The words behind a command, read by a table of those that it takes. Pure: what is wrong is told
 * to the caller. Called by each command before it does anything else.
 */
#include <string.h>

#include "words.h"

/**
 * words_find() - looks a keyword up
 * @words: table
 * @count: its length
 * @name: the keyword
 *
 * Return: its entry, or NULL.
 */
const struct word *words_find(const struct word *words, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(words[i].name, name))
			return &words[i];
	return NULL;
}

/* The value of a word does not fit. */
static bool unfit(const struct word *word, const char *text, struct why *why)
{
	if (word->expect)
		return why_not(why, "%s: '%s' is not %s", word->name, text, word->expect);
	return why_not(why, "%s: '%s' is not a number from %u to %u", word->name, text, word->min,
		       word->max);
}

/**
 * words_read() - reads the words behind a command
 * @words: those that the command takes; told which were given, and the values are stored
 * @count: their number
 * @argc: number of @argv
 * @argv: what was typed behind the command
 * @why: what is wrong
 *
 * Return: whether all of @argv was understood.
 */
bool words_read(struct word *words, size_t count, int argc, char **argv, struct why *why)
{
	struct word *word;
	int i;

	for (i = 0; i < argc; i++) {
		word = (struct word *)words_find(words, count, argv[i]);
		if (!word)
			return why_not(why, "unknown word '%s'", argv[i]);
		if (word->given)
			return why_not(why, "'%s' is given twice", argv[i]);
		word->given = true;
		if (!word->read)
			continue;
		if (++i == argc)
			return word->expect ?
				why_not(why, "'%s' must be followed by %s", word->name,
					word->expect) :
				why_not(why, "'%s' must be followed by a number", word->name);
		if (!word->read(word, argv[i]))
			return unfit(word, argv[i], why);
	}
	return true;
}

/* words_uplink_whole() - whether the word `via` comes with the `uplink` that it belongs to */
bool words_uplink_whole(const struct word *words, size_t count, struct why *why)
{
	const struct word *uplink = words_find(words, count, "uplink");
	const struct word *via = words_find(words, count, "via");

	return !via->given || uplink->given ||
	       why_not(why, "'via' is the gateway of an uplink: say uplink DEV too");
}

/* word_number() - reads a number of the word's range into a uint32_t */
bool word_number(const struct word *word, const char *text)
{
	return parse_number(text, word->min, word->max, word->into);
}

/* word_cidr() - reads a CIDR, aligned or not, into a struct cidr */
bool word_cidr(const struct word *word, const char *text)
{
	return parse_cidr(text, word->into);
}

/* word_addr() - reads an address into a uint32_t, host byte order */
bool word_addr(const struct word *word, const char *text)
{
	return parse_addr(text, word->into);
}

/* word_unicast() - the same of an address that a machine can have */
bool word_unicast(const struct word *word, const char *text)
{
	return parse_unicast(text, word->into);
}

/* word_end() - reads an address and a port into a struct end */
bool word_end(const struct word *word, const char *text)
{
	return parse_end(text, word->into);
}

/* word_text() - takes any text but none at all into a const char * */
bool word_text(const struct word *word, const char *text)
{
	*(const char **)word->into = text;
	return *text != '\0';
}

/* word_device() - takes the name of a device into a const char * */
bool word_device(const struct word *word, const char *text)
{
	return parse_device_name(text) && word_text(word, text);
}

/* word_protocol() - reads an IP protocol into a uint8_t */
bool word_protocol(const struct word *word, const char *text)
{
	return parse_protocol(text, word->into);
}

/* word_allow() - reads allow or deny into a bool */
bool word_allow(const struct word *word, const char *text)
{
	bool allow = !strcmp(text, "allow");

	*(bool *)word->into = allow;
	return allow || !strcmp(text, "deny");
}

/* word_mark() - reads N or N/MASK into a struct mark; without a mask all bits are meant */
bool word_mark(const struct word *word, const char *text)
{
	struct mark mark = { .mask = UINT32_MAX };
	const char *slash = strchr(text, '/');
	char value[32];
	size_t len = slash ? (size_t)(slash - text) : strlen(text);

	if (len >= sizeof(value))
		return false;
	memcpy(value, text, len);
	value[len] = '\0';
	if (!parse_hex_or_number(value, &mark.value))
		return false;
	if (slash && !parse_hex_or_number(slash + 1, &mark.mask))
		return false;
	if (mark.value & ~mark.mask)
		return false;
	*(struct mark *)word->into = mark;
	return true;
}
