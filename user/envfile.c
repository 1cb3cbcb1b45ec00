// SPDX-License-Identifier: GPL-2.0
/*
 * The env file: read whole, cut into lines, the values of known keys noted. What the values mean
 * is the business of plan.c, but for flags. Called by `enable`, `disable`, `apply` and the checks.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "envfile.h"
#include "file.h"

static const char *const keys[ENV_KEYS] = {
	[ENV_ENABLE] = "CUBE_SANDBOX_CUBE_ROUTER_ENABLE",
	[ENV_ROUTER_CIDR] = "CUBE_SANDBOX_CUBE_ROUTER_CIDR",
	[ENV_SANDBOX_CIDR] = "CUBE_SANDBOX_NETWORK_CIDR",
	[ENV_SKIP_CONFLICT_CHECK] = "CUBE_SANDBOX_NETWORK_CIDR_SKIP_CONFLICT_CHECK",
	[ENV_UPLINK] = "CUBE_ROUTER_UPLINK",
	[ENV_UPLINK_GATEWAY] = "CUBE_ROUTER_UPLINK_GATEWAY",
	[ENV_PORTS] = "CUBE_ROUTER_PORTS",
	[ENV_BACKEND] = "CUBE_ROUTER_BACKEND",
	[ENV_FORWARD] = "CUBE_ROUTER_FORWARD",
	[ENV_PORTMAP_RANGE] = "CUBE_ROUTER_PORTMAP_RANGE",
};

/**
 * envfile_key() - name of a key
 * @key: which
 *
 * Return: the name as it stands in the file.
 */
const char *envfile_key(enum env_key key)
{
	return keys[key];
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *skip_blanks(char *p)
{
	while (blank(*p))
		p++;
	return p;
}

/* Whether nothing but blanks and a comment is left of a line. */
static bool ends_here(const char *p)
{
	while (blank(*p))
		p++;
	return !*p || *p == '#';
}

/* Cuts the value behind the = out of the rest of a line, in place. NULL if it is malformed. */
static char *cut_value(char *p)
{
	char *end;

	if (*p == '"' || *p == '\'') {
		end = strchr(p + 1, *p);
		if (!end || (end[1] && !blank(end[1])) || !ends_here(end + 1))
			return NULL;
		*end = '\0';
		return p + 1;
	}
	if (blank(*p))
		return ends_here(p) ? strcpy(p, "") : NULL;
	for (end = p; *end; end++)
		if (blank(*end) && ends_here(end))
			break;
	*end = '\0';
	return p;
}

/* Cuts the key in front of the = out of a line, in place. NULL if there is none. */
static char *cut_key(char *p, char **value)
{
	char *name;

	p = skip_blanks(p);
	if (!strncmp(p, "export", 6) && blank(p[6]))
		p = skip_blanks(p + 6);
	name = p;
	/* None of ours has dots and dashes, but others that read the file may have such. */
	while (isalnum((unsigned char)*p) || (*p && strchr("_.-", *p)))
		p++;
	if (p == name || !(isalpha((unsigned char)*name) || *name == '_') || *p != '=')
		return NULL;
	*p = '\0';
	*value = p + 1;
	return name;
}

static enum env_key find_key(const char *name)
{
	enum env_key key;

	for (key = 0; key < ENV_KEYS; key++)
		if (!strcmp(name, keys[key]))
			break;
	return key;
}

static bool starts(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* Notes a key that is not ours, if it seems to be meant for us. */
static void note_stray(struct envfile *env, const char *name, unsigned int number)
{
	if (!starts(name, "CUBE_ROUTER_") && !starts(name, "CUBE_SANDBOX_CUBE_ROUTER_"))
		return;
	env->strays = array_grow(env->strays, env->stray_count, sizeof(*env->strays));
	env->strays[env->stray_count++] = (struct env_stray){ name, number };
}

/* Where a quote ends, or NULL. */
static const char *quote_end(const char *p, char quote)
{
	for (; *p && *p != quote; p++)
		if (quote == '"' && *p == '\\' && p[1])
			p++;
	return *p ? p : NULL;
}

/**
 * struct open - the value of a key that is not ours, over more than one line
 * @quote: what ends it; 0: there is none
 * @line: number of the line where it begins
 */
struct open {
	char quote;
	unsigned int line;
};

/* A quote that nothing behind it ends is none, so that it cannot hide the rest of the file. */
static void open_quote(struct open *open, const char *value, const char *rest, unsigned int number)
{
	const char quote = *value;

	if ((quote == '"' || quote == '\'') && !quote_end(value + 1, quote) &&
	    quote_end(rest, quote))
		*open = (struct open){ quote, number };
}

/* Skips a line of such a value. One that reads as if it were ours is not lost in silence. */
static bool skip_line(struct envfile *env, char *p, unsigned int number, struct open *open,
		      struct why *why)
{
	const bool last = quote_end(p, open->quote);
	char *value, *name;

	name = cut_key(p, &value);
	if (name && find_key(name) != ENV_KEYS)
		return why_not(why, "%s:%u: %s stands in a quote that begins in line %u", env->path,
			       number, name, open->line);
	if (last)
		open->quote = '\0';
	return true;
}

/* Reads one line. What it says of keys that are not ours is left alone. */
static bool parse_line(struct envfile *env, char *p, const char *rest, unsigned int number,
		       struct open *open, struct why *why)
{
	enum env_key key;
	char *name;

	if (ends_here(p))
		return true;
	name = cut_key(p, &p);
	if (!name)
		return why_not(why, "%s:%u: not KEY=VALUE, without blanks around the =", env->path,
			       number);
	key = find_key(name);
	if (key == ENV_KEYS) {
		note_stray(env, name, number);
		open_quote(open, p, rest, number);
		return true;
	}

	p = cut_value(p);
	if (!p)
		return why_not(why, "%s:%u: %s: malformed value", env->path, number, name);
	if (env->value[key])
		env->again[key]++;
	env->value[key] = p;
	env->line[key] = number;
	return true;
}

/**
 * envfile_parse() - reads the contents of an env file
 * @env: result; its path is set, the rest zeroed
 * @text: contents with a byte of room behind them, allocated; taken over by @env in any case
 * @len: their length
 * @why: what is wrong, with the line
 *
 * Return: whether all of it was understood.
 */
bool envfile_parse(struct envfile *env, char *text, size_t len, struct why *why)
{
	struct open open = { 0 };
	unsigned int number = 1;
	char *line = text, *end;
	bool read;

	env->text = text;
	text[len] = '\0';
	if (strlen(text) != len)
		return why_not(why, "%s: has a NUL byte: not an env file", env->path);
	for (; *line; line = end, number++) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		else
			end = line + strlen(line);
		if (*line && line[strlen(line) - 1] == '\r')
			line[strlen(line) - 1] = '\0';
		read = open.quote ? skip_line(env, line, number, &open, why) :
				    parse_line(env, line, end, number, &open, why);
		if (!read)
			return false;
	}
	return true;
}

/**
 * envfile_load() - reads an env file
 * @env: result; to be freed in any case
 * @path: name of the file; must outlive @env
 * @why: why it cannot be read, or what is wrong in it
 *
 * Return: whether it was read and understood.
 */
bool envfile_load(struct envfile *env, const char *path, struct why *why)
{
	size_t len;
	char *text;

	*env = (struct envfile){ .path = path };
	text = file_read(path, ENVFILE_MAX, &len, why);
	return text && envfile_parse(env, text, len, why);
}

/**
 * envfile_wrong() - notes what is wrong with the value of a key, with the line
 * @env: the file, in which the key has a value
 * @key: which
 * @reason: what follows the value: "is not ..."
 * @why: filled
 *
 * Return: false.
 */
bool envfile_wrong(const struct envfile *env, enum env_key key, const char *reason,
		   struct why *why)
{
	return why_not(why, "%s:%u: %s: '%s' %s", env->path, env->line[key], keys[key],
		       env->value[key], reason);
}

/**
 * envfile_flag() - reads a value that is 0 or 1
 * @env: the file
 * @key: which
 * @flag: whether it is 1; 0 where it is missing or empty
 * @why: what is wrong, with the line
 *
 * Return: whether it could be understood.
 */
bool envfile_flag(const struct envfile *env, enum env_key key, bool *flag, struct why *why)
{
	const char *value = env->value[key];

	*flag = value && !strcmp(value, "1");
	if (!value || !*value || *flag || !strcmp(value, "0"))
		return true;
	return envfile_wrong(env, key, "is not 0 or 1", why);
}

/**
 * envfile_warning() - goes through what should be known of an env file
 * @env: the file
 * @cursor: 0 at first
 * @warning: the next warning
 *
 * Return: whether there is one.
 */
bool envfile_warning(const struct envfile *env, unsigned int *cursor, struct why *warning)
{
	const struct env_stray *stray;
	enum env_key key;

	while (*cursor < ENV_KEYS) {
		key = (*cursor)++;
		if (env->again[key]) {
			why_not(warning, "%s:%u: %s is given %u times: the last one counts",
				env->path, env->line[key], keys[key], env->again[key] + 1);
			return true;
		}
	}
	if (*cursor - ENV_KEYS == env->stray_count)
		return false;
	stray = &env->strays[(*cursor)++ - ENV_KEYS];
	why_not(warning, "%s:%u: %s is no key of ours, and does nothing", env->path, stray->line,
		stray->name);
	return true;
}

/**
 * envfile_free() - frees what envfile_load() has got
 * @env: it
 */
void envfile_free(struct envfile *env)
{
	free(env->strays);
	free(env->text);
	*env = (struct envfile){ 0 };
}
