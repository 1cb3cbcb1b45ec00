// SPDX-License-Identifier: GPL-2.0
/*
 * `session`: lists sessions, counts them, ends them. A listing is printed as it comes, for there
 * may be a million of them.
 *
 * JSON:
 *   list   sessions: list of
 *            protocol     name, or number where there is none
 *            port         name of the sandbox's port, null when it is gone
 *            source       the address that the sandbox uses, and
 *            source_port  its port or ICMP identifier, 0 without
 *            destination, destination_port  the far end
 *            nat, nat_port  the internal address, and the port or identifier at it
 *            state        see state_names
 *            idle         seconds since the last packet
 *            expires      seconds until it ends if none comes
 *          complete: whether the list came to its end undisturbed
 *   count  count: number of sessions
 *   flush  count: number of sessions that were ended
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "command.h"
#include "genl.h"
#include "lock.h"
#include "netns.h"
#include "output.h"
#include "words.h"

#define ROW "%-6s %-15s %-15s %-21s %-21s %-21s %6s %7s"

/* What the user calls the attributes that can be refused. */
static const char *const attr_words[] = {
	[CUBE_ROUTER_A_SESSION_PORT] = "sandbox",
	[CUBE_ROUTER_A_SESSION_PROTO] = "proto",
	[CUBE_ROUTER_A_SESSION_DST] = "dst",
};

static const char *const state_names[] = {
	[CUBE_ROUTER_SESSION_TCP_SYN] = "tcp-syn",
	[CUBE_ROUTER_SESSION_TCP_ESTABLISHED] = "tcp-established",
	[CUBE_ROUTER_SESSION_TCP_CLOSING] = "tcp-closing",
	[CUBE_ROUTER_SESSION_TCP_RESET] = "tcp-reset",
	[CUBE_ROUTER_SESSION_UDP_UNREPLIED] = "udp-unreplied",
	[CUBE_ROUTER_SESSION_UDP_REPLIED] = "udp-replied",
	[CUBE_ROUTER_SESSION_ICMP] = "icmp",
	[CUBE_ROUTER_SESSION_OTHER] = "other",
};

static struct nla_policy policy[CUBE_ROUTER_A_SESSION_MAX + 1] = {
	[CUBE_ROUTER_A_SESSION_PORT] = { .type = NLA_STRING },
	[CUBE_ROUTER_A_SESSION_PROTO] = { .type = NLA_U8 },
	[CUBE_ROUTER_A_SESSION_SRC] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SESSION_SRC_PORT] = { .type = NLA_U16 },
	[CUBE_ROUTER_A_SESSION_DST] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SESSION_DST_PORT] = { .type = NLA_U16 },
	[CUBE_ROUTER_A_SESSION_NAT] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SESSION_NAT_PORT] = { .type = NLA_U16 },
	[CUBE_ROUTER_A_SESSION_STATE] = { .type = NLA_U8 },
	[CUBE_ROUTER_A_SESSION_IDLE] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SESSION_EXPIRES] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SESSION_COUNT] = { .type = NLA_U32 },
};

/* An address and a port, host byte order. */
struct end {
	uint32_t addr;
	uint16_t port;
};

struct session {
	const char *port;
	uint8_t protocol;
	struct end source;
	struct end destination;
	struct end nat;
	uint8_t state;
	uint32_t idle;
	uint32_t expires;
};

/* Which sessions are meant. */
struct filter {
	const char *port;
	uint8_t protocol;
	bool by_protocol;
	uint32_t destination;
	bool by_destination;
};

static struct end get_end(struct nlattr **tb, int addr, int port)
{
	return (struct end){
		.addr = tb[addr] ? ntohl(nla_get_u32(tb[addr])) : 0,
		.port = tb[port] ? ntohs(nla_get_u16(tb[port])) : 0,
	};
}

static bool parse_session(struct nl_msg *msg, struct session *s)
{
	struct nlattr *tb[CUBE_ROUTER_A_SESSION_MAX + 1];

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CUBE_ROUTER_A_SESSION_MAX, policy) < 0 ||
	    !tb[CUBE_ROUTER_A_SESSION_PROTO])
		return false;
	*s = (struct session){
		.protocol = nla_get_u8(tb[CUBE_ROUTER_A_SESSION_PROTO]),
		.source = get_end(tb, CUBE_ROUTER_A_SESSION_SRC, CUBE_ROUTER_A_SESSION_SRC_PORT),
		.destination = get_end(tb, CUBE_ROUTER_A_SESSION_DST,
				       CUBE_ROUTER_A_SESSION_DST_PORT),
		.nat = get_end(tb, CUBE_ROUTER_A_SESSION_NAT, CUBE_ROUTER_A_SESSION_NAT_PORT),
		.state = UINT8_MAX,
	};
	if (tb[CUBE_ROUTER_A_SESSION_PORT])
		s->port = nla_get_string(tb[CUBE_ROUTER_A_SESSION_PORT]);
	if (tb[CUBE_ROUTER_A_SESSION_STATE])
		s->state = nla_get_u8(tb[CUBE_ROUTER_A_SESSION_STATE]);
	if (tb[CUBE_ROUTER_A_SESSION_IDLE])
		s->idle = nla_get_u32(tb[CUBE_ROUTER_A_SESSION_IDLE]);
	if (tb[CUBE_ROUTER_A_SESSION_EXPIRES])
		s->expires = nla_get_u32(tb[CUBE_ROUTER_A_SESSION_EXPIRES]);
	return true;
}

static const char *state_name(uint8_t state)
{
	return state < ARRAY_SIZE(state_names) ? state_names[state] : "unknown";
}

static const char *end_text(struct end end, char text[32])
{
	char addr[CIDR_TEXT];

	snprintf(text, 32, end.port ? "%s:%u" : "%s", addr_text(end.addr, addr), end.port);
	return text;
}

static void print_text(const struct session *s)
{
	const char *name = protocol_name(s->protocol);
	char protocol[4], source[32], destination[32], nat[32], idle[12], expires[12];

	snprintf(protocol, sizeof(protocol), "%u", s->protocol);
	snprintf(idle, sizeof(idle), "%u", s->idle);
	snprintf(expires, sizeof(expires), "%u", s->expires);
	printf(ROW "\n", name ? name : protocol, state_name(s->state), s->port ? s->port : "-",
	       end_text(s->source, source), end_text(s->destination, destination),
	       end_text(s->nat, nat), idle, expires);
}

static void print_json(const struct session *s)
{
	const char *name = protocol_name(s->protocol);
	json_t *object;

	object = json_pack("{s:o, s:o, s:o, s:i, s:o, s:i, s:o, s:i, s:s, s:I, s:I}",
			   "protocol", name ? json_string(name) : json_integer(s->protocol),
			   "port", s->port ? json_text(s->port) : json_null(),
			   "source", json_addr(s->source.addr), "source_port", s->source.port,
			   "destination", json_addr(s->destination.addr),
			   "destination_port", s->destination.port,
			   "nat", json_addr(s->nat.addr), "nat_port", s->nat.port,
			   "state", state_name(s->state), "idle", (json_int_t)s->idle,
			   "expires", (json_int_t)s->expires);
	json_dumpf(object, stdout, out_json_flags());
	json_decref(object);
}

static void list_begin(void)
{
	if (out_is_json()) {
		printf("{\"sessions\":[");
		return;
	}
	out_painted(PAINT_NAME, ROW, "PROTO", "STATE", "PORT", "SOURCE", "DESTINATION", "NAT",
		    "IDLE", "EXPIRES");
	putchar('\n');
}

static void list_one(struct nl_msg *msg, void *arg)
{
	bool *begun = arg;
	struct session s;

	if (!parse_session(msg, &s))
		return;
	if (!*begun)
		list_begin();
	if (out_is_json())
		fputs(*begun ? ",\n" : "\n", stdout);
	*begun = true;
	(out_is_json() ? print_json : print_text)(&s);
}

static struct nl_msg *request(const struct genl *genl, uint8_t cmd, int flags,
			      const struct filter *filter)
{
	struct nl_msg *msg = genl_request(genl, cmd, flags);

	if (!msg)
		return NULL;
	if (filter->port)
		nla_put_string(msg, CUBE_ROUTER_A_SESSION_PORT, filter->port);
	if (filter->by_protocol)
		nla_put_u8(msg, CUBE_ROUTER_A_SESSION_PROTO, filter->protocol);
	if (filter->by_destination)
		nla_put_u32(msg, CUBE_ROUTER_A_SESSION_DST, htonl(filter->destination));
	return msg;
}

/* Says what went wrong, and with which port if one was named. */
static int failed(const struct filter *filter, const struct why *why)
{
	if (filter->port)
		return refuse("'%s': %s", filter->port, why->text);
	return refuse("%s", why->text);
}

static int list(struct genl *genl, const struct filter *filter)
{
	bool begun = false, complete;
	struct why why;
	int err;

	err = genl_talk(genl, request(genl, CUBE_ROUTER_CMD_SESSION_GET, NLM_F_DUMP, filter),
			attr_words, ARRAY_SIZE(attr_words), list_one, &begun, &why);
	complete = !err && !genl->nl.interrupted;
	if (!begun && !err)
		list_begin();
	if ((begun || !err) && out_is_json())
		printf("\n],\"complete\":%s}\n", complete ? "true" : "false");
	if (err)
		return failed(filter, &why);
	if (!complete)
		caution("the listing was disturbed: sessions may be missing or listed twice");
	return DONE;
}

static void note_count(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[CUBE_ROUTER_A_SESSION_MAX + 1];
	uint32_t *count = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CUBE_ROUTER_A_SESSION_MAX, policy) >= 0 &&
	    tb[CUBE_ROUTER_A_SESSION_COUNT])
		*count = nla_get_u32(tb[CUBE_ROUTER_A_SESSION_COUNT]);
}

/* Counts or flushes: both are answered by a number. */
static int number(struct genl *genl, uint8_t cmd, const char *text, const struct filter *filter)
{
	uint32_t count = 0;
	struct why why;

	if (genl_talk(genl, request(genl, cmd, 0, filter), attr_words, ARRAY_SIZE(attr_words),
		      note_count, &count, &why))
		return failed(filter, &why);
	if (out_is_json())
		out_json(json_pack("{s:I}", "count", (json_int_t)count));
	else
		printf("%u%s\n", count, text);
	return DONE;
}

static int count(struct genl *genl, const struct filter *filter)
{
	return number(genl, CUBE_ROUTER_CMD_SESSION_GET, "", filter);
}

static int flush(struct genl *genl, const struct filter *filter)
{
	return number(genl, CUBE_ROUTER_CMD_SESSION_FLUSH, " sessions ended", filter);
}

static int run(const char *verb, int (*with)(struct genl *genl, const struct filter *filter),
	       int argc, char **argv)
{
	struct filter filter = { 0 };
	struct word words[] = {
		WORD_DEVICE("sandbox", &filter.port),
		WORD_PROTOCOL("proto", &filter.protocol),
		WORD_ADDR("dst", &filter.destination),
	};
	struct genl genl;
	struct why why;
	int done;

	if (!words_read(words, ARRAY_SIZE(words), argc, argv, &why))
		return misuse("session %s: %s", verb, why.text);
	filter.by_protocol = words[1].given;
	filter.by_destination = words[2].given;
	if (!netns_enter(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	done = with(&genl, &filter);
	genl_close(&genl);
	return done;
}

/* cmd_session_list() - lists the sessions that match */
int cmd_session_list(int argc, char **argv)
{
	return run("list", list, argc, argv);
}

/* cmd_session_count() - counts the sessions that match */
int cmd_session_count(int argc, char **argv)
{
	return run("count", count, argc, argv);
}

/* cmd_session_flush() - ends the sessions that match */
int cmd_session_flush(int argc, char **argv)
{
	return run("flush", flush, argc, argv);
}
