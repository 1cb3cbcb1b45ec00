// SPDX-License-Identifier: GPL-2.0
/*
 * Which command brings sandboxes their way back, for whoever names a remedy. `enable` keeps what is
 * live; where nothing is, it takes the defaults: other addresses than those of the env file, and no
 * pattern of ports, whose packets would pass us by. Called by findings.c and genl.c.
 */
#include <errno.h>
#include <linux/cube_router.h>
#include <unistd.h>

#include "enabler.h"
#include "envfile.h"
#include "netns.h"

/**
 * enabler_in_file() - whether an env file says in which mode the host is to be
 * @path: its name
 *
 * Return: whether it does. One that cannot be understood may: what is wrong in it, `apply` tells.
 */
bool enabler_in_file(const char *path)
{
	struct envfile env;
	struct why why;
	bool on, says;

	if (access(path, F_OK) && errno == ENOENT)
		return false;
	says = !envfile_load(&env, path, &why) || !envfile_flag(&env, ENV_ENABLE, &on, &why) ||
	       on || (env.value[ENV_UPLINK] && *env.value[ENV_UPLINK]);
	envfile_free(&env);
	return says;
}

/**
 * enabler() - the command that makes the host route the packets of its sandboxes again
 * @mode: of the module, &enum cube_router_mode; OFF where it is not loaded
 *
 * Return: the command. A namespace is not the env file's.
 */
const char *enabler(uint8_t mode)
{
	return mode == CUBE_ROUTER_MODE_OFF && !netns_chosen() &&
	       enabler_in_file(ENVFILE_DEFAULT) ? "apply" : "enable";
}
