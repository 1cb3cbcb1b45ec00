// SPDX-License-Identifier: GPL-2.0
/*
 * `policy`: adds entries to the policy of a sandbox, takes them away, lists them. The whole of it
 * is replaced by `sandbox set`.
 *
 * JSON:
 *   list  port     name of the port's device
 *         policy   "none", "default" or "deny-all": what holds where no entry matches
 *         entries  list, by network, of
 *                    action  "allow" or "deny"
 *                    cidr    the prefix
 *                    ttl     seconds that it holds yet, null for ever
 *   add and del as `sandbox set`
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "netns.h"
#include "output.h"
#include "policy.h"
#include "ports.h"
#include "words.h"

#define LIST_MAX	5000	/* entries in one attribute, which has to end before 64 KiB */

/* -------- messages -------- */

/* Puts the entries of one verdict, in as many attributes as they need. */
static bool put_entries(struct nl_msg *msg, const struct prefixes *said, bool deny)
{
	const int attr = deny ? CUBE_ROUTER_A_SANDBOX_DENY : CUBE_ROUTER_A_SANDBOX_ALLOW;
	static struct cube_router_prefix list[LIST_MAX];
	size_t i, n = 0;

	for (i = 0; i < said->count; i++) {
		if (said->list[i].deny != deny)
			continue;
		list[n++] = (struct cube_router_prefix){
			.net = htonl(said->list[i].cidr.addr),
			.len = said->list[i].cidr.prefix,
			.ttl = said->list[i].ttl,
		};
		if (n < LIST_MAX)
			continue;
		if (nla_put(msg, attr, (int)(n * sizeof(list[0])), list))
			return false;
		n = 0;
	}
	return !n || !nla_put(msg, attr, (int)(n * sizeof(list[0])), list);
}

/**
 * policy_request() - begins a request that says something of a policy
 * @genl: socket
 * @cmd: one of CUBE_ROUTER_CMD_SANDBOX_* and _POLICY_*
 * @said: the policy; nothing of it is put that is not said
 *
 * Return: message with some room, or NULL without memory.
 */
struct nl_msg *policy_request(const struct genl *genl, uint8_t cmd, const struct prefixes *said)
{
	struct nl_msg *msg = genl_request_room(genl, cmd, 0, said->count *
						sizeof(struct cube_router_prefix));

	if (!msg)
		return NULL;
	if (said->has_base)
		nla_put_u8(msg, CUBE_ROUTER_A_SANDBOX_POLICY, said->base);
	if (put_entries(msg, said, false) && put_entries(msg, said, true))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static void note_list(struct prefixes *policy, struct nlattr *attr, bool deny)
{
	struct cube_router_prefix entry;
	int at;

	for (at = 0; at + (int)sizeof(entry) <= nla_len(attr); at += (int)sizeof(entry)) {
		memcpy(&entry, (char *)nla_data(attr) + at, sizeof(entry));
		prefixes_add(policy, (struct prefix){
			.cidr = { .addr = ntohl(entry.net), .prefix = entry.len },
			.deny = deny,
			.ttl = entry.ttl,
		});
	}
}

static void note_entries(struct nl_msg *msg, void *arg)
{
	struct nlattr *attr;
	int rest;

	nlmsg_for_each_attr(attr, nlmsg_hdr(msg), GENL_HDRLEN, rest) {
		if (nla_type(attr) == CUBE_ROUTER_A_SANDBOX_ALLOW)
			note_list(arg, attr, false);
		else if (nla_type(attr) == CUBE_ROUTER_A_SANDBOX_DENY)
			note_list(arg, attr, true);
	}
}

/**
 * policy_read() - lists the entries of a policy
 * @policy: the entries; to be freed in any case
 * @genl: socket
 * @port: name of the sandbox's port
 * @why: why there are none
 *
 * A list that was disturbed by changes is asked for anew: see netlink_again().
 *
 * Return: 0 or a negative errno.
 */
int policy_read(struct prefixes *policy, struct genl *genl, const char *port, struct why *why)
{
	unsigned int times = 0;
	struct nl_msg *msg;
	int err;

	*policy = (struct prefixes){ 0 };
	do {
		prefixes_free(policy);
		msg = genl_request(genl, CUBE_ROUTER_CMD_POLICY_GET, NLM_F_DUMP);
		if (msg)
			nla_put_string(msg, CUBE_ROUTER_A_SANDBOX_PORT, port);
		err = ports_talk(genl, msg, note_entries, policy, why);
	} while (netlink_again(&genl->nl, err, &times));
	return err;
}

/* -------- add and del -------- */

/* Reads PORT, the entries behind it, and their ttl. */
static bool read_change(struct prefixes *said, bool with_ttl, int argc, char **argv,
			struct why *why)
{
	uint32_t ttl = 0;
	struct word words[] = {
		WORD_NUMBER("ttl", 1, CUBE_ROUTER_POLICY_TTL_MAX, &ttl),
	};
	size_t i;

	if (!argc)
		return why_not(why, "PORT is missing: the name of a network device");
	if (!parse_device_name(argv[0]))
		return why_not(why, "'%s' is not the name of a network device", argv[0]);
	argc--;
	if (!prefixes_read(said, &argc, argv + 1, why) ||
	    !words_read(words, with_ttl ? ARRAY_SIZE(words) : 0, argc, argv + 1, why))
		return false;
	if (said->has_base)
		return why_not(why, "'policy' is changed by sandbox set");
	if (!said->count)
		return why_not(why, "'%s' must be followed by allow or deny and a CIDR", argv[0]);
	for (i = 0; i < said->count; i++)
		said->list[i].ttl = ttl;
	return true;
}

static int change_with(struct genl *genl, uint8_t cmd, const char *name,
		       const struct prefixes *said)
{
	struct nl_msg *msg = policy_request(genl, cmd, said);
	char text[CIDR_TEXT];
	struct why why;

	if (msg)
		nla_put_string(msg, CUBE_ROUTER_A_SANDBOX_PORT, name);
	if (ports_talk(genl, msg, NULL, NULL, &why)) {
		/* With one there is no doubt which is meant. */
		if (said->count == 1 && genl->nl.attribute != CUBE_ROUTER_A_SANDBOX_PORT)
			return refuse("'%s': %s (%s)", name, why.text,
				      cidr_text(said->list[0].cidr, text));
		return refuse("'%s': %s", name, why.text);
	}
	return port_tell(genl, name);
}

static int change(const char *verb, uint8_t cmd, int argc, char **argv)
{
	struct prefixes said = { 0 };
	struct genl genl;
	struct why why;
	int done;

	if (!read_change(&said, cmd == CUBE_ROUTER_CMD_POLICY_ADD, argc, argv, &why)) {
		done = misuse("policy %s: %s", verb, why.text);
	} else if (!netns_enter(&why) || genl_open(&genl, &why)) {
		done = refuse("%s", why.text);
	} else {
		done = change_with(&genl, cmd, argv[0], &said);
		genl_close(&genl);
	}
	prefixes_free(&said);
	return done;
}

/* cmd_policy_add() - adds entries to a policy */
int cmd_policy_add(int argc, char **argv)
{
	return change("add", CUBE_ROUTER_CMD_POLICY_ADD, argc, argv);
}

/* cmd_policy_del() - takes entries away */
int cmd_policy_del(int argc, char **argv)
{
	return change("del", CUBE_ROUTER_CMD_POLICY_DEL, argc, argv);
}

/* -------- list -------- */

static void list_json(const struct port *port, const struct prefixes *policy)
{
	json_t *entries = json_array();
	const struct prefix *p;
	json_t *entry;
	size_t i;

	for (i = 0; i < policy->count; i++) {
		p = &policy->list[i];
		entry = json_pack("{s:s, s:o, s:o}", "action", p->deny ? "deny" : "allow",
				  "cidr", json_cidr(p->cidr),
				  "ttl", p->ttl ? json_integer(p->ttl) : json_null());
		json_array_append_new(entries, entry);
	}
	out_json(json_pack("{s:o, s:s, s:o}", "port", json_text(port->name), "policy",
			   policy_name(port->policy), "entries", entries));
}

static void list_text(const struct port *port, const struct prefixes *policy)
{
	static const char *const heading[] = { "ACTION", "CIDR", "TTL" };
	struct table table = { .columns = ARRAY_SIZE(heading), .right = 0x4 };
	char text[CIDR_TEXT], time[HUMAN_TEXT];
	const struct prefix *p;
	size_t i;

	printf("policy %s\n", policy_name(port->policy));
	for (i = 0; i < ARRAY_SIZE(heading); i++)
		table_add(&table, "%s", heading[i]);
	for (i = 0; i < policy->count; i++) {
		p = &policy->list[i];
		table_add(&table, "%s", p->deny ? "deny" : "allow");
		table_add(&table, "%s", cidr_text(p->cidr, text));
		table_add(&table, "%s", p->ttl ? human_time(p->ttl, time) : "-");
	}
	table_print(&table);
}

/* cmd_policy_list() - lists the policy of a sandbox */
int cmd_policy_list(int argc, char **argv)
{
	struct prefixes policy = { 0 };
	struct genl genl;
	struct port port;
	struct why why;
	int done = DONE;

	if (!argc)
		return misuse("policy list: PORT is missing: the name of a network device");
	if (argc > 1)
		return misuse("policy list: unknown word '%s'", argv[1]);
	if (!parse_device_name(argv[0]))
		return misuse("policy list: '%s' is not the name of a network device", argv[0]);
	if (!netns_enter(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	if (ports_find(&port, &genl, argv[0], &why) ||
	    policy_read(&policy, &genl, argv[0], &why))
		done = refuse("'%s': %s", argv[0], why.text);
	else
		(out_is_json() ? list_json : list_text)(&port, &policy);
	prefixes_free(&policy);
	genl_close(&genl);
	return done;
}
