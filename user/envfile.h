/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The env file: KEY=VALUE lines that are read as data, never run by a shell.
 */
#ifndef CUBE_ENVFILE_H
#define CUBE_ENVFILE_H

#include <stddef.h>

#include "why.h"

#define ENVFILE_DEFAULT	"/etc/cube-router/cube-router.env"
#define ENVFILE_MAX	(1024 * 1024)	/* bytes; more is no env file */

/**
 * enum env_key - the keys that mean something to us
 * @ENV_ENABLE: CUBE_SANDBOX_CUBE_ROUTER_ENABLE
 * @ENV_ROUTER_CIDR: CUBE_SANDBOX_CUBE_ROUTER_CIDR
 * @ENV_SANDBOX_CIDR: CUBE_SANDBOX_NETWORK_CIDR
 * @ENV_SKIP_CONFLICT_CHECK: CUBE_SANDBOX_NETWORK_CIDR_SKIP_CONFLICT_CHECK
 * @ENV_UPLINK: CUBE_ROUTER_UPLINK
 * @ENV_UPLINK_GATEWAY: CUBE_ROUTER_UPLINK_GATEWAY
 * @ENV_PORTS: CUBE_ROUTER_PORTS
 * @ENV_BACKEND: CUBE_ROUTER_BACKEND
 * @ENV_FORWARD: CUBE_ROUTER_FORWARD
 * @ENV_PORTMAP_RANGE: CUBE_ROUTER_PORTMAP_RANGE
 * @ENV_KEYS: how many there are
 */
enum env_key {
	ENV_ENABLE,
	ENV_ROUTER_CIDR,
	ENV_SANDBOX_CIDR,
	ENV_SKIP_CONFLICT_CHECK,
	ENV_UPLINK,
	ENV_UPLINK_GATEWAY,
	ENV_PORTS,
	ENV_BACKEND,
	ENV_FORWARD,
	ENV_PORTMAP_RANGE,

	ENV_KEYS
};

/**
 * struct env_stray - a key that is named like one of ours and is none
 * @name: of the key, inside &envfile.text
 * @line: number of its line
 */
struct env_stray {
	const char *name;
	unsigned int line;
};

/**
 * struct envfile - what a file says
 * @path: its name, for messages; not owned
 * @text: its contents, cut into strings; owned
 * @value: value of each key, inside @text; "" where it is empty, NULL where the key is missing
 * @line: number of the line that @value is from
 * @again: how often a key was given before that
 * @strays: keys that do nothing, though their names say otherwise; owned
 * @stray_count: how many
 */
struct envfile {
	const char *path;
	char *text;
	const char *value[ENV_KEYS];
	unsigned int line[ENV_KEYS];
	unsigned int again[ENV_KEYS];
	struct env_stray *strays;
	size_t stray_count;
};

bool envfile_load(struct envfile *env, const char *path, struct why *why);
bool envfile_parse(struct envfile *env, char *text, size_t len, struct why *why);
void envfile_free(struct envfile *env);
const char *envfile_key(enum env_key key);
bool envfile_flag(const struct envfile *env, enum env_key key, bool *flag, struct why *why);
bool envfile_wrong(const struct envfile *env, enum env_key key, const char *reason,
		   struct why *why);
bool envfile_warning(const struct envfile *env, unsigned int *cursor, struct why *warning);

#endif
