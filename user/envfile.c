// SPDX-License-Identifier: GPL-2.0
/*
 * The env file: read whole, cut into lines, the values of known keys noted. What the values mean
 * is the business of plan.c, but for flags. Called by `enable`, `disable`, `apply` and the checks.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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

/* Reads one line. What it says of keys that are not ours is left alone. */
static bool parse_line(struct envfile *env, char *p, unsigned int number, struct why *why)
{
	enum env_key key;
	char *name, *end;

	if (ends_here(p))
		return true;
	p = skip_blanks(p);
	if (!strncmp(p, "export", 6) && blank(p[6]))
		p = skip_blanks(p + 6);
	name = p;
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	end = p;
	if (end == name || isdigit((unsigned char)*name) || *end != '=')
		return why_not(why, "%s:%u: not KEY=VALUE, without blanks around the =", env->path,
			       number);
	*end = '\0';
	for (key = 0; key < ENV_KEYS; key++)
		if (!strcmp(name, keys[key]))
			break;
	if (key == ENV_KEYS)
		return true;

	p = cut_value(end + 1);
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
	unsigned int number = 1;
	char *line = text, *end;

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
		if (!parse_line(env, line, number, why))
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
	enum env_key key;

	while (*cursor < ENV_KEYS) {
		key = (*cursor)++;
		if (env->again[key]) {
			why_not(warning, "%s:%u: %s is given %u times: the last one counts",
				env->path, env->line[key], keys[key], env->again[key] + 1);
			return true;
		}
	}
	return false;
}

/**
 * envfile_free() - frees what envfile_load() has got
 * @env: it
 */
void envfile_free(struct envfile *env)
{
	free(env->text);
	*env = (struct envfile){ 0 };
}
