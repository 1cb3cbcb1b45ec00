// SPDX-License-Identifier: GPL-2.0
/*
 * By which ways the packets of sandboxes would reach a destination. In mode router: the kernel's
 * own lookup, as of a packet from cube-router, once for each mark that a sandbox has; marks that
 * share a way are told together. In mode direct: the uplink, for all of them. Called by `verify`.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "destination.h"
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
	const struct route_as as = { s->live.snat, s->device.index, mark };
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
	way->marks = realloc(way->marks, (way->mark_count + 1) * sizeof(mark));
	if (!way->marks)
		abort();
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

	find(f, LEVEL_FAIL, "destination", "%s%s %s", way->text, marks_text(way, marks), what);
	if (way->marks[0])
		snprintf(mark, sizeof(mark), " mark %#x", way->marks[0]);
	mend(f, "ip route get %s from %s iif cube-router%s", way->text,
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
		return "is the host itself";
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

/* Whether somebody has seen to it that TCP knows what the way takes. */
static bool clamped(const struct scene *s)
{
	const char *saved = s->wall.saved[VARIANT_HOST];

	return saved && strstr(saved, "--clamp-mss-to-pmtu");
}

static void check_mtu(const struct way *way, const struct scene *s, uint32_t mtu,
		      struct findings *f)
{
	const char *name = NULL;
	uint32_t port = largest(s, &name);

	if (port <= mtu || clamped(s))
		return;
	find(f, LEVEL_WARN, "mtu",
	     "%s: MTU %u of the way is smaller than %u of %s: without ICMP on the way back, TCP stalls",
	     way->text, mtu, port, name);
	mend(f, "iptables -t mangle -A FORWARD -o %s -p tcp --tcp-flags SYN,RST SYN "
		"-j TCPMSS --clamp-mss-to-pmtu", way->out->name);
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
	char marks[80];

	if (of_device(dev, "rp_filter") != 1)
		return;
	look_up(&plain, s, 0);
	if (!plain.err && plain.out == way->out) {
		find(f, LEVEL_OK, "rp-filter", "rp_filter is strict on %s, and lets replies pass",
		     dev);
		return;
	}
	find(f, LEVEL_FAIL, "rp-filter",
	     "rp_filter is strict on %s and drops the replies from %s: packets%s leave there, others do not",
	     dev, way->text, marks_text(way, marks));
	mend(f, "sysctl -w net/ipv4/conf/%s/rp_filter=2", dev);
}

static void check_forwarding(const struct way *way, struct findings *f)
{
	char path[64];

	snprintf(path, sizeof(path), "ipv4/conf/%s/forwarding", way->out->name);
	if (sysctl_get(path))
		return;
	find(f, LEVEL_FAIL, "forwarding", "forwarding is off for %s, replies end there",
	     way->out->name);
	mend(f, "sysctl -w net/%s=1", path);
}

static json_t *way_json(const struct way *way, uint32_t source, uint32_t mtu)
{
	json_t *marks = json_array();
	size_t i;

	for (i = 0; i < way->mark_count; i++)
		json_array_append_new(marks, json_integer(way->marks[i]));
	return json_pack("{s:s, s:o, s:b, s:o, s:o, s:o, s:o}", "destination", way->text,
			 "marks", marks, "ok", source != 0,
			 "device", source ? json_text(way->out->name) : json_null(),
			 "gateway", json_addr(source ? way->route.gateway : 0),
			 "source", json_addr(source),
			 "mtu", source ? json_integer(mtu) : json_null());
}

static void check_way(const struct way *way, struct scene *s, struct findings *f, json_t *list)
{
	char via[CIDR_TEXT] = "", text[CIDR_TEXT], marks[80];
	const char *reason = fate(way, s);
	uint32_t source = 0, mtu = 0;

	if (!reason) {
		mtu = way->route.mtu ? way->route.mtu : way->out->mtu;
		source = address_masquerade(&s->host, way->out->name,
					    way->route.gateway ? way->route.gateway : way->to);
		if (!source)
			reason = "leaves by a device without an address for MASQUERADE";
	}
	json_array_append_new(list, way_json(way, source, mtu));
	if (reason) {
		lost(way, s, f, reason);
		return;
	}
	if (way->route.gateway)
		addr_text(way->route.gateway, via);
	find(f, LEVEL_OK, "destination", "%s%s leaves by %s%s%s with source %s, MTU %u", way->text,
	     marks_text(way, marks), way->out->name,
	     *via ? " via " : way->route.foreign_gateway ? " via IPv6" : "", via,
	     addr_text(source, text), mtu);
	check_forwarding(way, f);
	check_rp_filter(way, s, f);
	check_mtu(way, s, mtu, f);
}

/* Without cube-router no packet goes anywhere. */
static void check_nowhere(const struct way *way, struct findings *f, json_t *list)
{
	json_array_append_new(list, way_json(way, 0, 0));
	find(f, LEVEL_FAIL, "destination", "%s: no way without cube-router", way->text);
	mend(f, "cube-router-genl enable");
}

/* Why nothing leaves by the uplink for a destination, or NULL. */
static const char *direct_fate(const struct way *way, const struct scene *s)
{
	if (s->live.held)
		return "is not reached: the ports are held";
	if (!way->out)
		return "is not reached: there is no uplink";
	if (address_local(&s->host, way->to, NULL, NULL))
		return "is the host itself";
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
	size_t i;

	for (i = 0; i < s->links.count; i++)
		if (!strcmp(s->links.list[i].name, s->live.uplink))
			way->out = &s->links.list[i];
	if (way->out && !address_on_link(&s->host, way->out->name, way->to))
		way->route.gateway = s->live.gateway;
	reason = direct_fate(way, s);
	json_array_append_new(list, way_json(way, reason ? 0 : s->live.uplink_addr,
					     reason ? 0 : way->out->mtu));
	if (reason) {
		find(f, LEVEL_FAIL, "destination", "%s %s", way->text, reason);
		return;
	}
	if (way->route.gateway)
		addr_text(way->route.gateway, via);
	find(f, LEVEL_OK, "destination", "%s leaves by %s%s%s with source %s, MTU %u", way->text,
	     way->out->name, way->route.gateway ? " via " : "", way->route.gateway ? via : "",
	     addr_text(s->live.uplink_addr, text), way->out->mtu);
}

/**
 * check_destination() - looks at all ways to a destination
 * @scene: the host
 * @addr: the destination, host byte order
 * @findings: what is found is added to it
 * @list: gets an object for each way: destination; marks, list of the marks of packets that take
 *	it, 0 for none; ok, whether packets get there; device by which they leave, gateway (null if
 *	the destination is on the link), source that MASQUERADE gives them, mtu as far as the kernel
 *	knows it, all null where packets do not leave
 */
void check_destination(struct scene *scene, uint32_t addr, struct findings *findings, json_t *list)
{
	struct way new = { .to = addr }, *ways;
	size_t mark_count, count = 0, i;
	uint32_t *marks;

	addr_text(addr, new.text);
	marks = marks_of(&scene->ports, &mark_count);
	if (scene->live.mode == CUBE_ROUTER_MODE_DIRECT || !scene->live.snat ||
	    !link_is_ours(&scene->device)) {
		new.marks = marks;
		new.mark_count = mark_count;
		if (scene->live.mode == CUBE_ROUTER_MODE_DIRECT)
			check_uplink_way(&new, scene, findings, list);
		else
			check_nowhere(&new, findings, list);
		free(marks);
		return;
	}
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
