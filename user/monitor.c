// SPDX-License-Identifier: GPL-2.0
/*
 * `monitor`: prints what changes as the module tells it, one line for each event, until it is
 * interrupted. The first line has the configuration as it is when it begins; after that it has all
 * that follows, or says that events were lost and begins anew. If the module goes, that is the end.
 *
 * JSON: one object a line, with
 *   time   when it came: local time, ISO 8601
 *   event  which of these, and then
 *     begin, config   mode, held (list), device (whether there is one), snat_address, sandbox_cidr,
 *                     port_low, ports, uplink_address, portmap_low, portmap_high, and the keys of
 *                     `config show`
 *     sandbox-new, sandbox-set, sandbox-del   the keys of a port in `sandbox list`
 *     portmap-new, portmap-del   the keys of a mapped port in `portmap list`
 *     session-flush   count: sessions that were ended
 *     limit           counter: which limit; port: whose flow was refused, null when it is gone
 *     lost            events, since they came faster than they could be taken, or the kernel had
 *                     no memory for them; `begin` is next
 *     unknown         command: an event of a newer module
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "config.h"
#include "counters.h"
#include "genl.h"
#include "live.h"
#include "netns.h"
#include "output.h"
#include "portmaps.h"
#include "ports.h"

#define RECEIVE_BUFFER	(8 * 1024 * 1024)	/* bytes: thousands of ports that go at once */
#define MESSAGE_MAX	65536			/* bytes */

/**
 * struct monitor - what is watched
 * @genl: socket for requests
 * @events: socket of the events
 * @config: the configuration as last told
 * @lost: events were lost, behind those that are still to be taken
 * @gone: the module is no more
 */
struct monitor {
	struct genl genl;
	struct netlink events;
	json_t *config;
	bool lost;
	bool gone;
};

/* -------- printing -------- */

static const char *now_text(char text[40])
{
	time_t now = time(NULL);
	struct tm tm;
	size_t len;

	localtime_r(&now, &tm);
	len = strftime(text, 40, "%Y-%m-%dT%H:%M:%S%z", &tm);
	/* +0100 becomes +01:00, as the rest has its colons. */
	memmove(text + len - 1, text + len - 2, 3);
	text[len - 2] = ':';
	return text;
}

/* Begins a line for people. */
static void begin_line(const char *event)
{
	char stamp[40];

	printf("%s ", now_text(stamp));
	out_painted(PAINT_NAME, "%s", event);
}

/* Prints a line for programs; takes @more. */
static void print_json(const char *event, json_t *more)
{
	json_t *object = json_object();
	char stamp[40];

	json_object_set_new(object, "time", json_string(now_text(stamp)));
	json_object_set_new(object, "event", json_string(event));
	json_object_update(object, more);
	json_decref(more);
	out_json(object);
}

static json_t *whole_config(const struct live *live)
{
	json_t *object = json_pack("{s:s, s:o, s:b, s:o, s:o, s:I, s:s}",
				   "mode", live_mode_name(live->mode),
				   "held", live_held_json(live->held), "device", live->device,
				   "snat_address", json_addr(live->snat),
				   "sandbox_cidr", json_cidr(live->sandbox),
				   "port_low", (json_int_t)live->port_low, "ports", live->ports);
	json_t *limits = config_json(live);

	json_object_set_new(object, "uplink_address", json_addr(live->uplink_addr));
	json_object_set_new(object, "portmap_low", json_integer(live->map_low));
	json_object_set_new(object, "portmap_high", json_integer(live->map_high));

	json_object_update(object, limits);
	json_decref(limits);
	return object;
}

static void print_value(json_t *value)
{
	const char *before = "";
	json_t *item;
	size_t i;

	if (json_is_integer(value))
		printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "yes" : "no", stdout);
	else if (json_is_string(value) && *json_string_value(value))
		fputs(json_string_value(value), stdout);
	else if (!json_array_size(value))
		fputs("none", stdout);
	json_array_foreach(value, i, item) {
		printf("%s%s", before, json_string_value(item));
		before = ",";
	}
}

/* What differs from the configuration as it was. */
static void print_config_text(json_t *config, json_t *old)
{
	bool changed = false;
	const char *key;
	json_t *value;

	json_object_foreach(config, key, value) {
		if (json_equal(value, json_object_get(old, key)))
			continue;
		printf(" %s=", key);
		print_value(value);
		changed = true;
	}
	puts(changed ? "" : " unchanged");
}

static void print_config(struct monitor *m, const char *event, const struct live *live)
{
	json_t *config = whole_config(live);

	if (out_is_json()) {
		print_json(event, json_incref(config));
	} else {
		begin_line(event);
		print_config_text(config, m->config);
	}
	json_decref(m->config);
	m->config = config;
}

static void print_port(const char *event, struct nl_msg *msg)
{
	struct port port;

	if (!port_parse(msg, &port))
		return;
	if (out_is_json()) {
		print_json(event, port_json(&port));
		return;
	}
	begin_line(event);
	port_print(&port, !strcmp(event, "sandbox-del"));
}

static void print_portmap(const char *event, struct nl_msg *msg)
{
	struct portmap map;

	if (!portmap_parse(msg, &map))
		return;
	if (out_is_json()) {
		print_json(event, portmap_json(&map));
		return;
	}
	begin_line(event);
	one_line(map.port);
	printf(" %s %u to %s %u\n", protocol_name(map.protocol), map.host_port, map.port,
	       map.guest_port);
}

static void print_flush(struct nl_msg *msg)
{
	struct nlattr *attr = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN,
					      CUBE_ROUTER_A_SESSION_COUNT);
	uint32_t count = attr && nla_len(attr) >= 4 ? nla_get_u32(attr) : 0;

	if (out_is_json()) {
		print_json("session-flush", json_pack("{s:I}", "count", (json_int_t)count));
		return;
	}
	begin_line("session-flush");
	printf(" %u sessions ended\n", count);
}

static void print_limit(struct nl_msg *msg)
{
	static struct nla_policy policy[CUBE_ROUTER_A_LIMIT_MAX + 1] = {
		[CUBE_ROUTER_A_LIMIT_COUNTER] = { .type = NLA_STRING },
		[CUBE_ROUTER_A_LIMIT_PORT] = { .type = NLA_STRING },
	};
	struct nlattr *tb[CUBE_ROUTER_A_LIMIT_MAX + 1];
	const char *counter, *port;
	char name[IFNAMSIZ];
	int at;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CUBE_ROUTER_A_LIMIT_MAX, policy) < 0 ||
	    !tb[CUBE_ROUTER_A_LIMIT_COUNTER])
		return;
	counter = nla_get_string(tb[CUBE_ROUTER_A_LIMIT_COUNTER]);
	port = tb[CUBE_ROUTER_A_LIMIT_PORT] ? nla_get_string(tb[CUBE_ROUTER_A_LIMIT_PORT]) : NULL;
	if (out_is_json()) {
		print_json("limit", json_pack("{s:s, s:o}", "counter", counter,
					      "port", port ? json_text(port) : json_null()));
		return;
	}
	snprintf(name, sizeof(name), "%s", port ? port : "-");
	one_line(name);
	at = counter_find(counter);
	begin_line("limit");
	printf(" %s %s%s%s\n", name, counter, at < 0 ? "" : ": ",
	       at < 0 ? "" : counter_infos[at].help);
}

static void print_lost(void)
{
	if (out_is_json()) {
		print_json("lost", json_object());
		return;
	}
	begin_line("lost");
	puts(" events came faster than they could be taken, or there was no memory for them");
}

static void print_unknown(uint8_t command)
{
	if (out_is_json()) {
		print_json("unknown", json_pack("{s:i}", "command", command));
		return;
	}
	begin_line("unknown");
	printf(" event %u of a newer module\n", command);
}

/* -------- receiving -------- */

static void take_event(struct monitor *m, struct nl_msg *msg)
{
	const struct genlmsghdr *head = nlmsg_data(nlmsg_hdr(msg));
	struct live live;

	switch (head->cmd) {
	case CUBE_ROUTER_CMD_CONFIG_SET:
		if (live_parse(msg, &live))
			print_config(m, "config", &live);
		break;
	case CUBE_ROUTER_CMD_SANDBOX_NEW:
		print_port("sandbox-new", msg);
		break;
	case CUBE_ROUTER_CMD_SANDBOX_SET:
		print_port("sandbox-set", msg);
		break;
	case CUBE_ROUTER_CMD_SANDBOX_DEL:
		print_port("sandbox-del", msg);
		break;
	case CUBE_ROUTER_CMD_PORTMAP_NEW:
		print_portmap("portmap-new", msg);
		break;
	case CUBE_ROUTER_CMD_PORTMAP_DEL:
		print_portmap("portmap-del", msg);
		break;
	case CUBE_ROUTER_CMD_SESSION_FLUSH:
		print_flush(msg);
		break;
	case CUBE_ROUTER_CMD_LIMIT:
		print_limit(msg);
		break;
	default:
		print_unknown(head->cmd);
	}
}

/* A family has come or gone. */
static void take_family(struct monitor *m, struct nl_msg *msg)
{
	const struct genlmsghdr *head = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *name = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, CTRL_ATTR_FAMILY_NAME);

	if (head->cmd == CTRL_CMD_DELFAMILY && name && !nla_strcmp(name, CUBE_ROUTER_GENL_NAME))
		m->gone = true;
}

static void take(struct monitor *m, struct nlmsghdr *hdr)
{
	struct nl_msg *msg;

	if (hdr->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN)
		return;
	msg = nlmsg_convert(hdr);
	if (!msg) {
		m->lost = true;
		return;
	}
	if (hdr->nlmsg_type == m->genl.family)
		take_event(m, msg);
	else if (hdr->nlmsg_type == GENL_ID_CTRL)
		take_family(m, msg);
	nlmsg_free(msg);
}

/* Takes a message that has come. Returns whether there is more to wait for. */
static bool receive(struct monitor *m, int fd)
{
	static char buffer[MESSAGE_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);
	struct nlmsghdr *hdr = (struct nlmsghdr *)buffer;
	ssize_t len = recvfrom(fd, buffer, sizeof(buffer), MSG_DONTWAIT | MSG_TRUNC,
			       (struct sockaddr *)&from, &from_len);
	int rest = (int)len;

	if ((len < 0 && errno == ENOBUFS) || len > (ssize_t)sizeof(buffer)) {
		m->lost = true;
		return true;
	}
	if (len < 0)
		return errno == EAGAIN || errno == EINTR;
	/* Only the kernel's word counts. */
	if (from.nl_pid)
		return true;
	for (; nlmsg_ok(hdr, rest) && !m->gone; hdr = nlmsg_next(hdr, &rest))
		take(m, hdr);
	return !m->gone;
}

/* -------- the command -------- */

static bool subscribe(struct monitor *m, struct why *why)
{
	int size = RECEIVE_BUFFER, err;

	if (netlink_open(&m->events, NETLINK_GENERIC, why))
		return false;
	/* What the kernel does not grant is no reason to stop. */
	setsockopt(nl_socket_get_fd(m->events.sk), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	err = nl_socket_add_memberships(m->events.sk, (int)m->genl.events, (int)m->genl.families,
					0);
	if (!err)
		return true;
	netlink_close(&m->events);
	return why_not(why, WHY_NOT_PERMITTED);
}

/* Tells the whole configuration: what follows is what has changed since. */
static int begin(struct monitor *m)
{
	struct live live;
	struct why why;

	if (live_get(&m->genl, &live, &why))
		return refuse("%s", why.text);
	json_object_clear(m->config);
	print_config(m, "begin", &live);
	return DONE;
}

/* The kernel gives us no more before we have taken all that was there: that is where the gap is. */
static int begin_anew(struct monitor *m)
{
	m->lost = false;
	print_lost();
	return begin(m);
}

/* What asks for the end is read like everything else, so that each line is printed as a whole. */
static int open_signals(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	/* What runs in the background of a script ignores the former, and would never see it. */
	signal(SIGINT, SIG_DFL);
	return signalfd(-1, &ends, SFD_CLOEXEC);
}

static int watch(struct monitor *m, int signals)
{
	struct pollfd fds[] = {
		{ .fd = nl_socket_get_fd(m->events.sk), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int ready;

	while (!fflush(stdout)) {
		ready = poll(fds, 2, m->lost ? 0 : -1);
		if (!ready && begin_anew(m) != DONE)
			return REFUSED;
		if (ready > 0 && fds[1].revents)
			break;
		if (ready > 0 && !receive(m, fds[0].fd))
			return m->gone ? refuse("the module cube_router was unloaded") :
					 refuse("netlink: %s", strerror(errno));
	}
	return DONE;
}

/* cmd_monitor() - prints events until it is interrupted */
int cmd_monitor(int argc, char **argv)
{
	struct monitor m = { .config = json_object() };
	int signals, done;
	struct why why;

	if (argc)
		return misuse("monitor: unknown word '%s'", argv[0]);
	if (!netns_enter(&why) || genl_open(&m.genl, &why))
		return refuse("%s", why.text);
	signals = open_signals();
	if (!subscribe(&m, &why)) {
		done = refuse("%s", why.text);
	} else {
		done = begin(&m);
		if (done == DONE)
			done = watch(&m, signals);
		netlink_close(&m.events);
	}
	close(signals);
	json_decref(m.config);
	genl_close(&m.genl);
	return done;
}
