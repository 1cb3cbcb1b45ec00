// SPDX-License-Identifier: GPL-2.0
/*
 * `disable` and `stop`: understand their words; leave.c does the rest. JSON: see there.
 */
#include <unistd.h>

#include "command.h"
#include "kept.h"
#include "leave.h"
#include "netns.h"
#include "output.h"
#include "words.h"

/*
 * The env file is asked for an uplink only where nothing nearer knows one; it need not be there. It
 * is the host's: what a namespace has is not in it.
 */
static bool ask_env(struct wishes *wishes, struct envfile *env, struct why *why)
{
	struct wishes said = { 0 };
	struct live live;

	if (!live_ask(&live, why))
		return false;
	if (uplink_known(&wishes->uplink, &live) || netns_chosen() ||
	    access(ENVFILE_DEFAULT, F_OK))
		return true;
	if (!envfile_load(env, ENVFILE_DEFAULT, why) || !wishes_from_env(&said, env, why))
		return false;
	wishes->uplink = said.uplink;
	return true;
}

static bool read_disable(struct uplink_wish *wish, int argc, char **argv, struct why *why)
{
	struct word words[] = { WORD_UPLINK(&wish->dev), WORD_VIA(&wish->gateway) };

	if (!words_read(words, ARRAY_SIZE(words), argc, argv, why) ||
	    !words_uplink_whole(words, ARRAY_SIZE(words), why))
		return false;
	wish->typed = wish->dev;
	return true;
}

/* disable_understood() - whether the words behind `disable` make sense */
bool disable_understood(int argc, char **argv, struct why *why)
{
	struct uplink_wish wish = { 0 };

	return read_disable(&wish, argc, argv, why);
}

static int disable(int argc, char **argv, bool quiet)
{
	struct envfile env = { 0 };
	struct wishes wishes = { 0 };
	struct why why;
	int done;

	if (!read_disable(&wishes.uplink, argc, argv, &why))
		return misuse("disable: %s", why.text);
	if (!netns_enter(&why))
		return refuse("%s", why.text);
	done = ask_env(&wishes, &env, &why) ? leave_direct(&wishes, false, quiet) :
					      refuse("%s", why.text);
	envfile_free(&env);
	return done;
}

/* cmd_disable() - ends the routing; sandboxes leave by the uplink */
int cmd_disable(int argc, char **argv)
{
	return disable(argc, argv, false);
}

/* disable_quietly() - the same for `restore`, whose own words are enough */
int disable_quietly(int argc, char **argv)
{
	return disable(argc, argv, true);
}

/* cmd_stop() - leaves nothing of ours on the host */
int cmd_stop(int argc, char **argv)
{
	struct word words[] = { WORD_FLAG("force") };
	struct why why;
	int done;

	if (!words_read(words, ARRAY_SIZE(words), argc, argv, &why))
		return misuse("stop: %s", why.text);
	if (!netns_enter(&why))
		return refuse("%s", why.text);
	done = leave_off(&(struct wishes){ 0 }, words[0].given, false);
	/* Not with `apply`: a host that is enabled by hand boots with mode off of its env file. */
	if (done == DONE) {
		kept_set_router((struct cidr){ 0 });
		kept_set_uplink(NULL);
	}
	return done;
}
