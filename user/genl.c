// SPDX-License-Identifier: GPL-2.0
/*
 * The module's generic-netlink family. Called by every command that speaks with the module; what
 * the messages hold is their business.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

#include "enabler.h"
#include "genl.h"
#include "netns.h"

#define REQUEST_SIZE	4096	/* bytes: any request but for long lists */

/* Finds the number of a multicast group in a list of them; 0 if it is not there. */
static uint32_t group_named(struct nlattr *groups, const char *name)
{
	struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1], *group;
	int rest;

	if (!groups)
		return 0;
	nla_for_each_nested(group, groups, rest) {
		if (nla_parse_nested(tb, CTRL_ATTR_MCAST_GRP_MAX, group, NULL) < 0 ||
		    !tb[CTRL_ATTR_MCAST_GRP_NAME] || !tb[CTRL_ATTR_MCAST_GRP_ID])
			continue;
		if (!nla_strcmp(tb[CTRL_ATTR_MCAST_GRP_NAME], name))
			return nla_get_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return 0;
}

/* A family that the kernel lists: is it the one that is looked for, or the one that lists them? */
static void note_family(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	struct genl *genl = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CTRL_ATTR_MAX, NULL) < 0 ||
	    !tb[CTRL_ATTR_FAMILY_ID] || !tb[CTRL_ATTR_FAMILY_NAME])
		return;
	if (nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]) == GENL_ID_CTRL)
		genl->families = group_named(tb[CTRL_ATTR_MCAST_GROUPS], "notify");
	if (nla_strcmp(tb[CTRL_ATTR_FAMILY_NAME], genl->name))
		return;
	genl->family = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	genl->events = group_named(tb[CTRL_ATTR_MCAST_GROUPS], CUBE_ROUTER_GENL_MCGRP_EVENTS);
}

/**
 * genl_open_family() - opens a socket to a family
 * @genl: it; to be closed if it was opened
 * @name: of the family; must outlive @genl
 * @why: why not
 *
 * Never loads a module: asking the kernel for a family by its name would, so all are listed.
 *
 * Return: 0, -ENOENT if there is no such family, or another negative errno.
 */
int genl_open_family(struct genl *genl, const char *name, struct why *why)
{
	struct nl_msg *msg;
	int err;

	genl->name = name;
	genl->family = 0;
	genl->events = 0;
	genl->families = 0;
	err = netlink_open(&genl->nl, NETLINK_GENERIC, why);
	if (err)
		return err;
	msg = nlmsg_alloc();
	if (msg)
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0, NLM_F_DUMP,
			    CTRL_CMD_GETFAMILY, 1);
	err = netlink_talk(&genl->nl, msg, note_family, genl, why);
	if (!err && !genl->family) {
		why_not(why, "the kernel has no family %s", name);
		err = -ENOENT;
	}
	if (err)
		netlink_close(&genl->nl);
	return err;
}

/**
 * genl_open() - opens a socket to the module
 * @genl: it; to be closed if it was opened
 * @why: why not
 *
 * Return: 0, -ENOENT if the module is not loaded, which it is not for this, or another negative
 * errno.
 */
int genl_open(struct genl *genl, struct why *why)
{
	int err = genl_open_family(genl, CUBE_ROUTER_GENL_NAME, why);

	if (err == -ENOENT)
		why_not(why, "the module cube_router is not loaded: cube-router-genl %s%s",
			netns_option(), enabler(CUBE_ROUTER_MODE_OFF));
	return err;
}

/**
 * genl_close() - closes a socket
 * @genl: it
 */
void genl_close(struct genl *genl)
{
	netlink_close(&genl->nl);
}

/**
 * genl_request() - begins a request to the module
 * @genl: socket
 * @cmd: &enum cube_router_cmd
 * @flags: NLM_F_DUMP or 0
 *
 * Return: message for genl_talk(), or NULL without memory.
 */
struct nl_msg *genl_request(const struct genl *genl, uint8_t cmd, int flags)
{
	return genl_request_room(genl, cmd, flags, 0);
}

/**
 * genl_request_room() - the same for one that is larger than most
 * @genl: socket
 * @cmd: &enum cube_router_cmd
 * @flags: NLM_F_DUMP or 0
 * @room: bytes of attributes that it has to hold beyond the usual ones
 *
 * Return: message for genl_talk(), or NULL without memory.
 */
struct nl_msg *genl_request_room(const struct genl *genl, uint8_t cmd, int flags, size_t room)
{
	struct nl_msg *msg = nlmsg_alloc_size(REQUEST_SIZE + room);

	if (msg)
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, genl->family, 0, flags, cmd,
			    CUBE_ROUTER_GENL_VERSION);
	return msg;
}

/**
 * genl_talk() - sends a request to the module and takes its answer
 * @genl: socket
 * @msg: request; freed
 * @words: what the user calls each attribute of the request, by its type
 * @word_count: number of @words
 * @each: called with each message of the answer, or NULL
 * @arg: for @each
 * @why: the module's message, behind the word that is to blame if there is one
 *
 * Return: 0 or a negative errno.
 */
int genl_talk(struct genl *genl, struct nl_msg *msg, const char *const *words, size_t word_count,
	      void (*each)(struct nl_msg *msg, void *arg), void *arg, struct why *why)
{
	int err = netlink_talk(&genl->nl, msg, each, arg, why);
	uint16_t blamed = genl->nl.attribute;

	/* A message that begins with the word need not say it twice. */
	if (err && blamed < word_count && words[blamed] &&
	    strncmp(why->text, words[blamed], strlen(words[blamed])))
		why_not(why, "%s: %s", words[blamed], why->text);
	return err;
}
