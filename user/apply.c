// SPDX-License-Identifier: GPL-2.0
/*
 * `apply`: makes the host what the env file says, from any state; with `dry-run` it only says how.
 * What the file leaves out takes its default, not what is live. JSON: that of `enable` or of
 * `disable`, whichever it comes to.
 */
#include "command.h"
#include "enable.h"
#include "leave.h"
#include "live.h"
#include "lock.h"
#include "netns.h"
#include "output.h"
#include "words.h"

/*
 * Ports that are registered leave by the uplink; without any, that is for who names an uplink. The
 * module knows the sandbox CIDR and the range of mapped ports in either case: `restore` comes next.
 */
static int apply_disabled(const struct wishes *wishes, bool dry)
{
	struct live live;
	struct why why;

	/* Who has the lock may be registering ports. */
	if ((!dry && !lock_take(&why)) || !live_ask(&live, &why))
		return refuse("%s", why.text);
	if (live.sandboxes || wishes->uplink.dev)
		return leave_direct(wishes, dry, false);
	if (*wishes->ports)
		caution("CUBE_ROUTER_PORTS: of no effect in mode off: say CUBE_ROUTER_UPLINK");
	return leave_off(wishes, false, dry);
}

static int apply_file(const char *file, bool replace_device, bool dry)
{
	struct wishes wishes = { .replace_device = replace_device };
	struct envfile env;
	struct why why;
	bool enabled;
	int done;

	if (!envfile_load(&env, file, &why) || !envfile_flag(&env, ENV_ENABLE, &enabled, &why) ||
	    !wishes_from_env(&wishes, &env, &why)) {
		done = refuse("%s", why.text);
	} else {
		enable_warn(&env);
		wishes_default(&wishes);
		done = enabled ? enable_host(&wishes, dry) : apply_disabled(&wishes, dry);
	}
	envfile_free(&env);
	return done;
}

/* cmd_apply() - makes the host what the env file says */
int cmd_apply(int argc, char **argv)
{
	const char *file = ENVFILE_DEFAULT;
	struct word words[] = {
		WORD_FILE("env-file", &file),
		WORD_FLAG("replace-device"),
		WORD_FLAG("dry-run"),
	};
	struct why why;

	if (!words_read(words, ARRAY_SIZE(words), argc, argv, &why))
		return misuse("apply: %s", why.text);
	if (!netns_enter(&why))
		return refuse("%s", why.text);
	return apply_file(file, words[1].given, words[2].given);
}
