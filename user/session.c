// SPDX-License-Identifier: GPL-2.0
/*
 * `session`: lists sessions, counts them, ends them. A listing is printed as it comes, for there
 * may be a million of them. `nat` asks conntrack first: what a far end saw is known to it alone.
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
 *          ended: with `nat` and without `sandbox`, list of the flows that conntrack still has and
 *          whose session has ended: protocol, destination, destination_port, nat_port
 *   count  count: number of sessions
 *   flush  count: number of sessions that were ended
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "array.h"
#include "command.h"
#include "conntrack.h"
#include "genl.h"
#include "live.h"
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

/*
 * Which sessions are meant. Who is behind @outside the module knows in mode direct, and conntrack
 * else.
 */
struct filter {
	const char *port;
	uint8_t protocol;
	bool by_protocol;
	uint32_t destination;
	bool by_destination;
	uint16_t destination_port;
	bool by_destination_port;
	uint16_t nat_port;
	bool by_nat_port;
	struct end outside;
	bool by_outside;
};

static struct end get_end(struct nlattr **tb, int addr, int port)
{
	return (struct end){ .addr = attr_addr(tb[addr]), .port = attr_port(tb[port]) };
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
		s->state = attr_u8(tb[CUBE_ROUTER_A_SESSION_STATE]);
	s->idle = attr_u32(tb[CUBE_ROUTER_A_SESSION_IDLE]);
	s->expires = attr_u32(tb[CUBE_ROUTER_A_SESSION_EXPIRES]);
	return true;
}

static const char *state_name(uint8_t state)
{
	return state < ARRAY_SIZE(state_names) ? state_names[state] : "unknown";
}

static void print_text(const struct session *s)
{
	const char *name = protocol_name(s->protocol);
	char protocol[4], source[END_TEXT], destination[END_TEXT], nat[END_TEXT];
	char idle[HUMAN_TEXT], expires[HUMAN_TEXT];

	snprintf(protocol, sizeof(protocol), "%u", s->protocol);
	printf(ROW "\n", name ? name : protocol, state_name(s->state), s->port ? s->port : "-",
	       end_text(s->source, source), end_text(s->destination, destination),
	       end_text(s->nat, nat), human_time(s->idle, idle), human_time(s->expires, expires));
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

static void print_session(const struct session *s, void *arg)
{
	bool *begun = arg;

	if (!*begun)
		list_begin();
	if (out_is_json())
		fputs(*begun ? ",\n" : "\n", stdout);
	*begun = true;
	(out_is_json() ? print_json : print_text)(s);
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
	if (filter->by_destination_port)
		nla_put_u16(msg, CUBE_ROUTER_A_SESSION_DST_PORT, htons(filter->destination_port));
	if (filter->by_nat_port)
		nla_put_u16(msg, CUBE_ROUTER_A_SESSION_NAT_PORT, htons(filter->nat_port));
	return msg;
}

/**
 * struct walk - a walk over the sessions that match
 * @filter: which
 * @flows: where that is asked for, those behind an address outside; none other count
 * @each: called with each session
 * @arg: for @each
 * @interrupted: the walk was disturbed by changes
 */
struct walk {
	const struct filter *filter;
	struct flows flows;
	void (*each)(const struct session *s, void *arg);
	void *arg;
	bool interrupted;
};

static void walk_one(struct nl_msg *msg, void *arg)
{
	struct walk *walk = arg;
	struct session s;
	struct flow *flow;

	if (!parse_session(msg, &s))
		return;
	if (walk->filter->by_outside) {
		flow = flows_find(&walk->flows, &(struct flow){
			.protocol = s.protocol, .far = s.destination, .nat_port = s.nat.port,
		});
		if (!flow)
			return;
		flow->seen = true;
	}
	walk->each(&s, walk->arg);
}

static int walk_with(struct walk *walk, struct genl *genl, const struct filter *filter,
		     struct why *why)
{
	struct nl_msg *msg = request(genl, CUBE_ROUTER_CMD_SESSION_GET, NLM_F_DUMP, filter);
	int err = genl_talk(genl, msg, attr_words, ARRAY_SIZE(attr_words), walk_one, walk, why);

	walk->interrupted |= genl->nl.interrupted;
	return err;
}

/* A session that has the address outside itself: it passes the host, and conntrack, by. */
static void note_direct(const struct session *s, void *arg)
{
	struct walk *walk = arg;

	if (s->nat.addr != walk->filter->outside.addr)
		return;
	flows_add(&walk->flows, (struct flow){
		.protocol = s->protocol, .far = s->destination, .nat_port = s->nat.port,
	});
}

static int read_direct(struct walk *walk, struct genl *genl, struct why *why)
{
	struct filter filter = *walk->filter;
	struct walk direct = { .filter = &filter, .each = note_direct, .arg = walk };
	int err;

	filter.by_outside = false;
	filter.by_nat_port = true;
	filter.nat_port = filter.outside.port;
	err = walk_with(&direct, genl, &filter, why);
	walk->interrupted |= direct.interrupted;
	flows_sort(&walk->flows);
	return err;
}

/* Asks conntrack for the flows behind the address outside that the filter lets through. */
static int read_flows(struct walk *walk, struct genl *genl, struct why *why)
{
	const struct filter *filter = walk->filter;
	struct flow_query query = {
		.outside = filter->outside,
		.protocol = filter->protocol, .by_protocol = filter->by_protocol,
	};
	struct flows *flows = &walk->flows;
	struct live live;
	size_t i, kept = 0;
	int err;

	err = live_get(genl, &live, why);
	if (err)
		return err;
	query.internal = live.snat;
	err = flows_read(flows, &query, why);
	if (err)
		return err;
	for (i = 0; i < flows->count; i++)
		if (!filter->by_destination || flows->list[i].far.addr == filter->destination)
			flows->list[kept++] = flows->list[i];
	flows->count = kept;
	return read_direct(walk, genl, why);
}

/* One walk for each port at the internal address: usually that is the one outside. */
static int walk_flows(struct walk *walk, struct genl *genl, struct why *why)
{
	const struct flow *flow, *end;
	struct filter filter;
	int err;

	err = read_flows(walk, genl, why);
	end = walk->flows.list + walk->flows.count;
	for (flow = walk->flows.list; !err && flow < end; flow++) {
		filter = *walk->filter;
		if (flow > walk->flows.list && flow[-1].protocol == flow->protocol &&
		    flow[-1].nat_port == flow->nat_port)
			continue;
		filter.by_protocol = true;
		filter.protocol = flow->protocol;
		filter.by_nat_port = true;
		filter.nat_port = flow->nat_port;
		err = walk_with(walk, genl, &filter, why);
	}
	return err;
}

/* Goes over the sessions that match; to be ended in any case. */
static int walk_begin(struct walk *walk, struct genl *genl, struct why *why)
{
	return walk->filter->by_outside ? walk_flows(walk, genl, why) :
					  walk_with(walk, genl, walk->filter, why);
}

static void walk_end(struct walk *walk)
{
	flows_free(&walk->flows);
}

/* Says what went wrong, and with which port if one was named. */
static int failed(const struct filter *filter, const struct why *why)
{
	if (filter->port)
		return refuse("'%s': %s", filter->port, why->text);
	return refuse("%s", why->text);
}

static json_t *flow_json(const struct flow *flow)
{
	const char *name = protocol_name(flow->protocol);

	return json_pack("{s:o, s:o, s:i, s:i}",
			 "protocol", name ? json_string(name) : json_integer(flow->protocol),
			 "destination", json_addr(flow->far.addr),
			 "destination_port", flow->far.port, "nat_port", flow->nat_port);
}

/* Those flows that conntrack has, and no sandbox any more. */
static void print_ended(const struct flows *flows)
{
	json_t *ended = json_array();
	size_t i;

	for (i = 0; i < flows->count; i++)
		if (!flows->list[i].seen)
			json_array_append_new(ended, flow_json(&flows->list[i]));
	printf(",\"ended\":");
	json_dumpf(ended, stdout, out_json_flags());
	json_decref(ended);
}

/* Says in one line why less was found than somebody has seen. Of one sandbox that is no wonder. */
static void tell_ended(const struct walk *walk)
{
	const struct filter *filter = walk->filter;
	const struct flow *first = NULL;
	char outside[END_TEXT], far[END_TEXT];
	const char *name;
	size_t i, n = 0;

	if (!filter->by_outside || filter->port)
		return;
	end_text(filter->outside, outside);
	if (!walk->flows.count)
		caution("conntrack knows nothing that leaves the host as %s", outside);
	for (i = 0; i < walk->flows.count; i++) {
		if (walk->flows.list[i].seen)
			continue;
		if (!n++)
			first = &walk->flows.list[i];
	}
	if (!first)
		return;
	name = protocol_name(first->protocol);
	caution("conntrack has %zu that left the host as %s, whose session has ended: %s to %s%s",
		n, outside, name ? name : "another protocol", end_text(first->far, far),
		n > 1 ? " and so on" : "");
}

static int list(struct genl *genl, const struct filter *filter)
{
	bool begun = false, complete;
	struct walk walk = { .filter = filter, .each = print_session, .arg = &begun };
	struct why why;
	int err, done = DONE;

	err = walk_begin(&walk, genl, &why);
	complete = !err && !walk.interrupted;
	if (!begun && !err)
		list_begin();
	if ((begun || !err) && out_is_json()) {
		printf("\n],\"complete\":%s", complete ? "true" : "false");
		if (filter->by_outside && !filter->port)
			print_ended(&walk.flows);
		puts("}");
	}
	if (err)
		done = failed(filter, &why);
	else if (!complete)
		caution("the listing was disturbed: sessions may be missing or listed twice");
	if (!err)
		tell_ended(&walk);
	walk_end(&walk);
	return done;
}

static void note_count(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[CUBE_ROUTER_A_SESSION_MAX + 1];
	uint32_t *count = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CUBE_ROUTER_A_SESSION_MAX, policy) >= 0 &&
	    tb[CUBE_ROUTER_A_SESSION_COUNT])
		*count = nla_get_u32(tb[CUBE_ROUTER_A_SESSION_COUNT]);
}

/* Counts or flushes in the kernel: both are answered by a number. */
static int ask_number(struct genl *genl, uint8_t cmd, const struct filter *filter, uint32_t *number,
		      struct why *why)
{
	*number = 0;
	return genl_talk(genl, request(genl, cmd, 0, filter), attr_words, ARRAY_SIZE(attr_words),
			 note_count, number, why);
}

static int print_number(uint32_t number, const char *text)
{
	if (out_is_json())
		out_json(json_pack("{s:I}", "count", (json_int_t)number));
	else
		printf("%u%s\n", number, text);
	return DONE;
}

static void count_one(const struct session *s, void *arg)
{
	uint32_t *n = arg;

	(void)s;
	++*n;
}

static int count(struct genl *genl, const struct filter *filter)
{
	uint32_t number = 0;
	struct walk walk = { .filter = filter, .each = count_one, .arg = &number };
	struct why why;
	int err;

	if (!filter->by_outside) {
		err = ask_number(genl, CUBE_ROUTER_CMD_SESSION_GET, filter, &number, &why);
	} else {
		err = walk_begin(&walk, genl, &why);
		if (!err)
			tell_ended(&walk);
		walk_end(&walk);
	}
	return err ? failed(filter, &why) : print_number(number, "");
}

/* Ends the sessions behind an address outside, one by one; as a rule there are a few. */
static int flush_flows(struct genl *genl, const struct filter *filter, uint32_t *number,
		       struct why *why)
{
	uint32_t there = 0, ended;
	struct walk walk = { .filter = filter, .each = count_one, .arg = &there };
	const struct flow *flow;
	struct filter exact;
	int err;
	size_t i;

	err = walk_begin(&walk, genl, why);
	for (i = 0; !err && i < walk.flows.count; i++) {
		flow = &walk.flows.list[i];
		if (!flow->seen)
			continue;
		exact = (struct filter){
			.port = filter->port,
			.protocol = flow->protocol, .by_protocol = true,
			.destination = flow->far.addr, .by_destination = true,
			.destination_port = flow->far.port, .by_destination_port = true,
			.nat_port = flow->nat_port, .by_nat_port = true,
		};
		err = ask_number(genl, CUBE_ROUTER_CMD_SESSION_FLUSH, &exact, &ended, why);
		*number += ended;
	}
	if (!err)
		tell_ended(&walk);
	walk_end(&walk);
	return err;
}

static int flush(struct genl *genl, const struct filter *filter)
{
	uint32_t number = 0;
	struct why why;
	int err;

	if (filter->by_outside)
		err = flush_flows(genl, filter, &number, &why);
	else
		err = ask_number(genl, CUBE_ROUTER_CMD_SESSION_FLUSH, filter, &number, &why);
	return err ? failed(filter, &why) : print_number(number, " sessions ended");
}

static int run(const char *verb, int (*with)(struct genl *genl, const struct filter *filter),
	       int argc, char **argv)
{
	struct filter filter = { 0 };
	struct word words[] = {
		WORD_DEVICE("sandbox", &filter.port),
		WORD_PROTOCOL("proto", &filter.protocol),
		WORD_ADDR("dst", &filter.destination),
		WORD_END("nat", &filter.outside),
	};
	struct genl genl;
	struct why why;
	int done;

	if (!words_read(words, ARRAY_SIZE(words), argc, argv, &why))
		return misuse("session %s: %s", verb, why.text);
	filter.by_protocol = words[1].given;
	filter.by_destination = words[2].given;
	filter.by_outside = words[3].given;
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
