// SPDX-License-Identifier: GPL-2.0
/*
 * By which ways the packets of sandboxes would reach a destination. In mode router: the kernel's
 * own lookup, as of a packet from cube-router, once for each mark that a sandbox has; marks that
 * share a way are told together. In mode direct: the uplink, for all of them. Called by `verify`.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "child.h"
#include "destination.h"
#include "netns.h"
#include "output.h"
#include "route.h"
#include "sysctl.h"

/**
 * struct way - where packets to the destination go
 * @to: the destination
 * @text: the same, as text
 * @marks: marks of the packets that go there, ascending; at least one
 * @mark_count: how many
 * @err: negative errno of the lookup: what the kernel would make of the packet
 * @route: else its answer
 * @out: device by which they leave, or NULL
 */
struct way {
	uint32_t to;
	char text[CIDR_TEXT];
	uint32_t *marks;
	size_t mark_count;
	int err;
	struct route_answer route;
	const struct link_info *out;
};

static int by_value(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The marks that packets have on cube-router, each once, ascending; 0 where there is no sandbox. */
static uint32_t *marks_of(const struct ports *ports, size_t *count)
{
	uint32_t *marks = calloc(ports->count + 1, sizeof(*marks));
	size_t i;

	if (!marks)
		abort();
	for (i = 0; i < ports->count; i++)
		marks[i] = ports->list[i].mark & ports->list[i].mark_mask;
	qsort(marks, ports->count, sizeof(*marks), by_value);
	*count = 1;
	for (i = 1; i < ports->count; i++)
		if (marks[i] != marks[*count - 1])
			marks[(*count)++] = marks[i];
	return marks;
}

static void look_up(struct way *way, struct scene *s, uint32_t mark)
{
	const struct route_as as = { .src = s->live.snat, .in = s->device.index, .mark = mark };
	struct why why;

	way->err = route_lookup(&s->rt, way->to, &as, &way->route, &why);
	way->out = links_find(&s->links, way->route.out);
}

static bool same(const struct way *a, const struct way *b)
{
	return a->err == b->err && a->route.type == b->route.type && a->out == b->out &&
	       a->route.gateway == b->route.gateway && a->route.mtu == b->route.mtu;
}

/* Adds a way, or to one that is the same the marks. */
static size_t add_way(struct way *ways, size_t count, const struct way *new, uint32_t mark)
{
	struct way *way;
	size_t i;

	for (i = 0; i < count && !same(&ways[i], new); i++)
		;
	way = &ways[i];
	if (i == count)
		*way = *new;
	way->marks = array_grow(way->marks, way->mark_count, sizeof(mark));
	way->marks[way->mark_count++] = mark;
	return i == count ? count + 1 : count;
}

/* " with mark 0x1, 0x2", or nothing where no packet has one. */
static const char *marks_text(const struct way *way, char text[80])
{
	size_t i, len = 0;

	*text = '\0';
	if (way->mark_count == 1 && !way->marks[0])
		return text;
	for (i = 0; i < way->mark_count && i < 3; i++)
		len += (size_t)snprintf(text + len, 80 - len, "%s%#x", i ? ", " : " with mark ",
					way->marks[i]);
	if (i < way->mark_count)
		snprintf(text + len, 80 - len, " and %zu more", way->mark_count - i);
	return text;
}

static void lost(const struct way *way, const struct scene *s, struct findings *f, const char *what)
{
	char snat[CIDR_TEXT], marks[80], mark[20] = "";

	finding_add(f, LEVEL_FAIL, "destination", "%s%s %s", way->text, marks_text(way, marks),
		    what);
	if (way->marks[0])
		snprintf(mark, sizeof(mark), " mark %#x", way->marks[0]);
	remedy_add(f, "ip route get %s from %s iif cube-router%s", way->text,
		   addr_text(s->live.snat, snat), mark);
}

/* What the kernel makes of packets that it would not send on; NULL if it would. */
static const char *fate(const struct way *way, const struct scene *s)
{
	switch (way->err) {
	case 0:
		break;
	case -EINVAL:
		return "is a blackhole, or no destination at all";
	case -EACCES:
		return "is prohibited";
	case -ENETUNREACH:
	case -EHOSTUNREACH:
		return "is unreachable";
	default:
		return "cannot be looked up";
	}
	if (way->route.type == RTN_LOCAL)
		return "is an address that no sandbox reaches";
	if (way->route.type != RTN_UNICAST)
		return "is no destination for unicast packets";
	if (!way->out)
		return "leaves by no device";
	if (way->out->index == s->device.index)
		return "does not leave cube-router";
	return NULL;
}

/* The largest packet that a sandbox may send: the MTU of a port, and which. */
static uint32_t largest(const struct scene *s, const char **name)
{
	const struct link_info *link;
	uint32_t mtu = 0;
	size_t i;

	for (i = 0; i < s->ports.count; i++) {
		link = links_find(&s->links, (int)s->ports.list[i].index);
		if (link && link->mtu > mtu) {
			mtu = link->mtu;
			*name = link->name;
		}
	}
	return mtu;
}

/* Lets TCP know what the way takes. */
static void remedy_mtu(const struct scene *s, const char *dev, struct findings *f)
{
	char rule[200], quoted[QUOTED(sizeof(rule))];

	if (firewall_backend(&s->wall, BACKEND_UNSAID) == BACKEND_IPTABLES) {
		remedy_add(f, "iptables -t mangle -A FORWARD -o %s -p tcp --tcp-flags SYN,RST SYN "
			      "-j TCPMSS --clamp-mss-to-pmtu", shell_quote(dev, quoted));
		return;
	}
	snprintf(rule, sizeof(rule), "table ip clamp { chain forward { "
		 "type filter hook forward priority mangle; oifname \"%s\" tcp flags syn "
		 "tcp option maxseg size set rt mtu; }; }", dev);
	remedy_add(f, "nft %s", shell_quote(rule, quoted));
}

static void check_mtu(const struct way *way, const struct scene *s, uint32_t mtu,
		      struct findings *f)
{
	const char *name = NULL;
	uint32_t port = largest(s, &name);

	if (port <= mtu || check_clamped(s, way->out->name))
		return;
	finding_add(f, LEVEL_WARN, "mtu",
		    "%s: MTU %u of the way is smaller than %u of %s: without ICMP on the way back, TCP stalls",
		    way->text, mtu, port, name);
	remedy_mtu(s, way->out->name, f);
}

/* A sysctl of a device; the greater of its own and that of all devices, as for rp_filter. */
static long of_device(const char *dev, const char *name)
{
	char path[80];
	long all, own;

	snprintf(path, sizeof(path), "ipv4/conf/all/%s", name);
	all = sysctl_get(path);
	snprintf(path, sizeof(path), "ipv4/conf/%s/%s", dev, name);
	own = sysctl_get(path);
	return own > all ? own : all;
}

/*
 * A strict rp_filter asks for the way back as of a packet from cube-router: that is the way out,
 * for what has no mark. Replies come without the mark of their sandbox.
 */
static void check_rp_filter(const struct way *way, struct scene *s, struct findings *f)
{
	struct way plain = { .to = way->to };
	const char *dev = way->out->name;
	char marks[80], quoted[QUOTED_DEVICE];

	if (of_device(dev, "rp_filter") != 1)
		return;
	look_up(&plain, s, 0);
	if (!plain.err && plain.out == way->out) {
		finding_add(f, LEVEL_OK, "rp-filter",
			    "rp_filter is strict on %s, and lets replies pass", dev);
		return;
	}
	finding_add(f, LEVEL_FAIL, "rp-filter",
		    "rp_filter is strict on %s and drops the replies from %s: packets%s leave there, others do not",
		    dev, way->text, marks_text(way, marks));
	remedy_add(f, "sysctl -w net/ipv4/conf/%s/rp_filter=2", shell_quote(dev, quoted));
}

/* Whether the device by which packets leave forwards what arrives there. */
static bool forwards(const struct way *way)
{
	char path[64];

	snprintf(path, sizeof(path), "ipv4/conf/%s/forwarding", way->out->name);
	return sysctl_get(path);
}

static void check_forwarding(const struct way *way, struct findings *f)
{
	char quoted[QUOTED_DEVICE];

	if (forwards(way))
		return;
	finding_add(f, LEVEL_FAIL, "forwarding", "forwarding is off for %s, replies end there",
		    way->out->name);
	remedy_add(f, "sysctl -w net/ipv4/conf/%s/forwarding=1",
		   shell_quote(way->out->name, quoted));
}

/* @mtu: 0 where packets do not leave. */
static json_t *way_json(const struct way *way, bool ok, uint32_t source, uint32_t mtu)
{
	json_t *marks = json_array();
	size_t i;

	for (i = 0; i < way->mark_count; i++)
		json_array_append_new(marks, json_integer(way->marks[i]));
	return json_pack("{s:s, s:o, s:b, s:o, s:o, s:o, s:o}", "destination", way->text,
			 "marks", marks, "ok", ok,
			 "device", mtu ? json_text(way->out->name) : json_null(),
			 "gateway", json_addr(mtu ? way->route.gateway : 0),
			 "source", json_addr(source),
			 "mtu", mtu ? json_integer(mtu) : json_null());
}

/* The source address of packets that leave, as far as it is ours to tell. */
static const char *source_text(enum passed passed, uint32_t source, char text[40])
{
	char addr[CIDR_TEXT];

	if (passed == PASSED)
		snprintf(text, 40, "source %s", addr_text(source, addr));
	else
		strcpy(text, "a source that is not of our rules");
	return text;
}

static enum passed pass(const struct way *way, const struct scene *s, uint32_t source,
			struct findings *f)
{
	const struct passage passage = { way->to, way->text, way->out->name, source };

	return check_passage(s, &passage, f);
}

/*
 * Where replies that arrive where packets leave are routed, if not to cube-router, as by a rule
 * about that device; or NULL. What rp_filter and forwarding do to them is told by checks of theirs.
 */
static const char *misrouted(const struct way *way, struct scene *s)
{
	const struct route_as reply = { .src = way->to, .in = way->out->index };
	struct route_answer answer;
	const struct link_info *out;
	struct why why;
	int err;

	err = route_lookup(&s->rt, s->live.snat, &reply, &answer, &why);
	if (err == -EXDEV || !forwards(way) || (!err && answer.out == s->device.index))
		return NULL;
	out = err ? NULL : links_find(&s->links, answer.out);
	return out ? out->name : "nowhere";
}

static void check_way(const struct way *way, struct scene *s, struct findings *f, json_t *list)
{
	char via[CIDR_TEXT] = "", text[40], marks[80];
	const char *reason = fate(way, s), *back = NULL;
	enum passed passed = PASSED_NOT;
	uint32_t source = 0, mtu = 0;

	if (!reason) {
		mtu = way->route.mtu ? way->route.mtu : way->out->mtu;
		source = address_masquerade(&s->host, way->out->name,
					    way->route.gateway ? way->route.gateway : way->to);
		if (!source)
			reason = "leaves by a device without an address for MASQUERADE";
	}
	if (!reason)
		passed = pass(way, s, source, f);
	if (passed != PASSED_NOT)
		back = misrouted(way, s);
	json_array_append_new(list, way_json(way, passed != PASSED_NOT && !back,
					     passed == PASSED ? source : 0,
					     passed == PASSED_NOT ? 0 : mtu));
	if (reason) {
		lost(way, s, f, reason);
		return;
	}
	if (passed == PASSED_NOT) {
		finding_add(f, LEVEL_FAIL, "destination",
			    "%s%s is routed to %s, and lost in the firewall, as told above",
			    way->text, marks_text(way, marks), way->out->name);
		/* What helps is told with the rule. */
		remedy_add(f, child_exists("nft") ? "nft list ruleset" : "iptables-save");
		return;
	}
	if (back) {
		finding_add(f, LEVEL_FAIL, "destination",
			    "%s%s leaves by %s, and replies that arrive there, whose destination is %s, are routed to %s",
			    way->text, marks_text(way, marks), way->out->name,
			    addr_text(s->live.snat, via), back);
		remedy_add(f, "ip rule add to %s lookup main pref 1", via);
		return;
	}
	if (way->route.gateway)
		addr_text(way->route.gateway, via);
	finding_add(f, LEVEL_OK, "destination", "%s%s leaves by %s%s%s with %s, MTU %u", way->text,
		    marks_text(way, marks), way->out->name,
		    *via ? " via " : way->route.foreign_gateway ? " via IPv6" : "", via,
		    source_text(passed, source, text), mtu);
	check_forwarding(way, f);
	check_rp_filter(way, s, f);
	check_mtu(way, s, mtu, f);
}

/* To all, only where none has a policy that may open the address and no other one. */
static void remedy_own(const struct port *closed, bool all, struct findings *f)
{
	char quoted[QUOTED_DEVICE];

	if (all)
		remedy_add_outside(f, "cube-router-genl %ssandbox list | "
				   "awk 'NR > 1 { print $1 }' | xargs -d '\\n' -I {} "
				   "cube-router-genl %ssandbox set {} host allow",
				   netns_option(), netns_option());
	else
		remedy_add(f, "cube-router-genl sandbox set %s host allow",
			   shell_quote(closed->name, quoted));
}

static void check_closed(const struct way *way, const struct port *closed, size_t count, bool all,
			 struct findings *f)
{
	char more[40] = "";

	if (count > 1)
		snprintf(more, sizeof(more), " and %zu more", count - 1);
	finding_add(f, LEVEL_FAIL, "destination", "%s is the host itself, closed to %s%s",
		    way->text, closed->name, more);
	remedy_own(closed, all && count > 1, f);
}

/* The host itself is closed to who was not let in, unless the policy names just that address. */
static bool check_own(const struct way *way, const struct scene *s, struct findings *f)
{
	const struct port *port, *closed = NULL, *unknown = NULL;
	char quoted[QUOTED_DEVICE];
	size_t i, count = 0;

	if (!s->ports.count) {
		finding_add(f, LEVEL_FAIL, "destination",
			    "%s is the host itself, and no port is registered", way->text);
		remedy_register(s, " host allow", f);
		return false;
	}
	for (i = 0; i < s->ports.count; i++) {
		port = &s->ports.list[i];
		if (port->host)
			continue;
		if (port->policy_entries)
			unknown = port;
		else if (!count++)
			closed = port;
	}
	if (closed) {
		check_closed(way, closed, count, !unknown, f);
		return false;
	}
	if (unknown) {
		finding_add(f, LEVEL_WARN, "destination",
			    "%s is the host itself, closed to %s unless its policy allows just that",
			    way->text, unknown->name);
		remedy_add(f, "cube-router-genl policy list %s",
			   shell_quote(unknown->name, quoted));
		return true;
	}
	finding_add(f, LEVEL_OK, "destination", "%s is the host itself, open to all sandboxes",
		    way->text);
	return true;
}

/* In mode direct sandboxes reach each other past the uplink, under their own addresses. */
static bool check_neighbour(const struct way *way, const struct scene *s, struct findings *f)
{
	const struct port *port = s->ports.list, *end = port + s->ports.count;

	while (port < end && port->ip != way->to)
		port++;
	if (port == end) {
		finding_add(f, LEVEL_FAIL, "destination",
			    "%s is inside the sandbox CIDR, and no sandbox's", way->text);
		remedy_add(f, "cube-router-genl sandbox list");
		return false;
	}
	if (!sysctl_get("ipv4/ip_forward")) {
		finding_add(f, LEVEL_FAIL, "destination",
			    "%s is the sandbox of %s, reached through the host, which does not forward",
			    way->text, port->name);
		remedy_add(f, "sysctl -w net.ipv4.ip_forward=1");
		return false;
	}
	finding_add(f, LEVEL_OK, "destination", "%s is the sandbox of %s, reached through the host",
		    way->text, port->name);
	return true;
}

/* Why the module sends nothing to an address, whatever the routes and the settings; or NULL. */
static const char *no_destination(const struct way *way, const struct scene *s)
{
	if (!(way->to >> 24) || way->to >> 24 == IN_LOOPBACKNET || way->to == s->live.snat)
		return "is an address that no sandbox reaches";
	/* Class E, which lies above multicast, is none, either. */
	if (IN_MULTICAST(way->to) || IN_BADCLASS(way->to) ||
	    address_broadcast(&s->host, way->to))
		return "is no destination for unicast packets";
	return NULL;
}

/* What the module says of a destination, before any route does. Returns whether that is all. */
static bool check_refused(const struct way *way, const struct scene *s, struct findings *f,
			  json_t *list)
{
	const bool router = s->device.index && way->to == s->live.snat - 1;
	const char *reason = no_destination(way, s);
	bool ok = false;

	if (reason) {
		finding_add(f, LEVEL_FAIL, "destination", "%s %s", way->text, reason);
		remedy_add(f, "ip route get %s", way->text);
	} else if (router || address_local(&s->host, way->to, NULL, NULL)) {
		ok = check_own(way, s, f);
	} else if (!cidr_contains(s->live.sandbox, way->to)) {
		return false;
	} else if (!s->live.lateral) {
		finding_add(f, LEVEL_FAIL, "destination",
			    "%s is inside the sandbox CIDR, and closed to sandboxes", way->text);
		remedy_add(f, "cube-router-genl config set lateral allow");
	} else if (s->live.mode == CUBE_ROUTER_MODE_DIRECT && !s->live.held) {
		ok = check_neighbour(way, s, f);
	} else {
		return false;
	}
	json_array_append_new(list, way_json(way, ok, 0, 0));
	return true;
}

/* Without cube-router no packet goes anywhere. */
static void check_nowhere(const struct way *way, const struct scene *s, struct findings *f,
			  json_t *list)
{
	json_array_append_new(list, way_json(way, false, 0, 0));
	finding_add(f, LEVEL_FAIL, "destination", "%s: no way without cube-router", way->text);
	remedy_by_enable(f, s->live.mode, "");
}

/* Why nothing leaves by the uplink for a destination, or NULL. */
static const char *direct_fate(const struct way *way, const struct scene *s)
{
	if (s->live.held)
		return "is not reached: the ports are held";
	if (!way->out)
		return "is not reached: there is no uplink";
	if (!way->route.gateway && !address_on_link(&s->host, way->out->name, way->to))
		return "is not on the uplink's links, and it has no gateway";
	return NULL;
}

/* The uplink, and the gateway for what is not on its own links. */
static void check_uplink_way(struct way *way, const struct scene *s, struct findings *f,
			     json_t *list)
{
	char via[CIDR_TEXT], text[CIDR_TEXT];
	const char *reason;

	way->out = links_named(&s->links, s->live.uplink);
	if (way->out && !address_on_link(&s->host, way->out->name, way->to))
		way->route.gateway = s->live.gateway;
	reason = direct_fate(way, s);
	json_array_append_new(list, way_json(way, !reason, reason ? 0 : s->live.uplink_addr,
					     reason ? 0 : way->out->mtu));
	if (reason) {
		finding_add(f, LEVEL_FAIL, "destination", "%s %s", way->text, reason);
		(s->live.held || !way->out ? remedy_uplink : remedy_gateway)(s, f);
		return;
	}
	if (way->route.gateway)
		addr_text(way->route.gateway, via);
	finding_add(f, LEVEL_OK, "destination", "%s leaves by %s%s%s with source %s, MTU %u",
		    way->text, way->out->name, way->route.gateway ? " via " : "",
		    way->route.gateway ? via : "", addr_text(s->live.uplink_addr, text),
		    way->out->mtu);
}

/**
 * check_destination() - looks at all ways to a destination
 * @scene: the host
 * @addr: the destination, host byte order
 * @findings: what is found is added to it
 * @list: gets an object for each way: destination; marks, list of the marks of packets that take
 *	it, 0 for none; ok, whether packets get there; device by which they leave, gateway (null if
 *	the destination is on the link), source that our MASQUERADE gives them (null where a rule of
 *	others comes first), mtu as far as the kernel knows it, all null where packets do not leave
 */
void check_destination(struct scene *scene, uint32_t addr, struct findings *findings, json_t *list)
{
	struct way new = { .to = addr }, *ways;
	size_t mark_count, count = 0, i;
	uint32_t *marks;

	addr_text(addr, new.text);
	marks = marks_of(&scene->ports, &mark_count);
	new.marks = marks;
	new.mark_count = mark_count;
	if (scene->live.loaded && check_refused(&new, scene, findings, list)) {
		free(marks);
		return;
	}
	if (scene->live.mode == CUBE_ROUTER_MODE_DIRECT || !scene->live.snat ||
	    !link_is_ours(&scene->device)) {
		if (scene->live.mode == CUBE_ROUTER_MODE_DIRECT)
			check_uplink_way(&new, scene, findings, list);
		else
			check_nowhere(&new, scene, findings, list);
		free(marks);
		return;
	}
	new.marks = NULL;
	new.mark_count = 0;
	ways = calloc(mark_count, sizeof(*ways));
	if (!ways)
		abort();
	for (i = 0; i < mark_count; i++) {
		look_up(&new, scene, marks[i]);
		count = add_way(ways, count, &new, marks[i]);
	}
	for (i = 0; i < count; i++) {
		check_way(&ways[i], scene, findings, list);
		free(ways[i].marks);
	}
	free(ways);
	free(marks);
}
