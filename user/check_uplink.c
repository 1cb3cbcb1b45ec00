// SPDX-License-Identifier: GPL-2.0
/*
 * Whether sandboxes can leave by the uplink, and be called there. Called by `verify` and `status`:
 * in mode direct, and in mode router as soon as ports are mapped.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "kept.h"
#include "sysctl.h"
#include "uplink.h"

/* What is asked of the neighbour table, and its answer. */
struct asked {
	int index;
	uint32_t addr;
	uint16_t state;
	size_t count;
};

static void note_neighbour(struct nl_msg *msg, void *arg)
{
	const struct ndmsg *nd = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *dst = nlmsg_find_attr(nlmsg_hdr(msg), sizeof(*nd), NDA_DST);
	struct asked *asked = arg;

	if (nlmsg_datalen(nlmsg_hdr(msg)) < (int)sizeof(*nd) || nd->ndm_ifindex != asked->index ||
	    !dst || nla_len(dst) != sizeof(uint32_t) || ntohl(nla_get_u32(dst)) != asked->addr)
		return;
	asked->state = nd->ndm_state;
	asked->count++;
}

/* What the host itself tells, whatever is live: of a device's gateway, or with NULL of both. */
static struct uplink known_uplink(const struct scene *s, const char *dev)
{
	static const struct live nothing;
	const struct uplink_facts facts = {
		.live = &nothing, .kept = kept_uplink(), .host = &s->host, .links = &s->links,
	};
	const struct uplink_wish wish = { .dev = dev };
	struct uplink uplink;
	struct why why;

	uplink_settle(&uplink, &wish, &facts, &why);
	if (address_local(&s->host, uplink.gateway, NULL, NULL))
		uplink.gateway = 0;
	return uplink;
}

/**
 * remedy_gateway() - adds how the uplink gets another gateway than it has
 * @scene: the host, with an uplink
 * @findings: whose
 */
void remedy_gateway(const struct scene *scene, struct findings *findings)
{
	const struct uplink known = known_uplink(scene, scene->live.uplink);
	char text[CIDR_TEXT];

	remedy_add(findings, "cube-router-genl config set uplink-gateway %s",
		   known.gateway ? addr_text(known.gateway, text) : "ADDR");
}

/*
 * Which device takes the place of one that is gone is not ours to choose: by another one, sandboxes
 * may not be meant to leave.
 */
static void remedy_device(const struct scene *s, struct findings *f)
{
	struct uplink known = { 0 };
	char quoted[QUOTED_DEVICE], gateway[CIDR_TEXT];

	if (!*s->live.uplink)
		known = known_uplink(s, NULL);
	remedy_add(f, "cube-router-genl config set uplink %s uplink-gateway %s",
		   *known.dev ? shell_quote(known.dev, quoted) : "DEV",
		   known.gateway ? addr_text(known.gateway, gateway) : "ADDR");
}

/**
 * remedy_uplink() - adds what makes an uplink that is of no use one that is
 * @scene: the host
 * @findings: whose
 */
void remedy_uplink(const struct scene *scene, struct findings *findings)
{
	const struct link_info *link = links_named(&scene->links, scene->live.uplink);
	char quoted[QUOTED_DEVICE];

	if (!link)
		remedy_device(scene, findings);
	else if (!link->up)
		remedy_add(findings, "ip link set %s up", shell_quote(link->name, quoted));
	else
		remedy_add(findings, "ip address add ADDR/PREFIX dev %s",
			   shell_quote(link->name, quoted));
}

/* It is the right one, or else the routes know a better. */
static void remedy_silent(const struct scene *s, const struct link_info *link, struct findings *f)
{
	const struct uplink known = known_uplink(s, link->name);
	char quoted[QUOTED_DEVICE];

	if (known.gateway && known.gateway != s->live.gateway)
		remedy_gateway(s, f);
	else
		remedy_add(f, "ip neigh show dev %s", shell_quote(link->name, quoted));
}

static void check_gateway(struct scene *s, const struct link_info *link, struct findings *f)
{
	struct asked asked = { .index = link->index, .addr = s->live.gateway };
	char text[CIDR_TEXT];
	struct why why;

	if (!s->live.gateway) {
		finding_add(f, LEVEL_WARN, "gateway",
			    "the uplink has no gateway: nothing is reached but what is on its own links");
		remedy_gateway(s, f);
		return;
	}
	addr_text(s->live.gateway, text);
	if (address_local(&s->host, s->live.gateway, NULL, NULL)) {
		finding_add(f, LEVEL_FAIL, "gateway", "the uplink's gateway %s is the host itself",
			    text);
		remedy_gateway(s, f);
	} else if (netlink_dump(&s->rt, RTM_GETNEIGH, note_neighbour, &asked, &asked.count,
				&why)) {
		finding_add(f, LEVEL_WARN, "gateway",
			    "whether the gateway %s is there cannot be known: %s", text, why.text);
	} else if (asked.count && asked.state & NUD_FAILED) {
		finding_add(f, LEVEL_FAIL, "gateway",
			    "the uplink's gateway %s does not answer on %s", text, link->name);
		remedy_silent(s, link, f);
	} else {
		finding_add(f, LEVEL_OK, "gateway", "the uplink's gateway is %s%s", text,
			    asked.count ? "" : ", not asked for yet");
	}
}

static void check_ports(const struct scene *s, struct findings *f)
{
	const uint32_t ports = s->live.uplink_ports;
	uint16_t low = 0, high = 0;
	const char *remedy;
	char text[200];

	if (ports >= UPLINK_PORTS) {
		finding_add(f, LEVEL_OK, "uplink-ports",
			    "translated ports are %u-65535 at the uplink", 65536 - ports);
		return;
	}
	sysctl_get_range(SYSCTL_LOCAL_PORTS, &low, &high);
	remedy = uplink_room(low, high, s->live.map_high, text);
	finding_add(f, ports ? LEVEL_WARN : LEVEL_FAIL, "uplink-ports",
		    "ports left to sandboxes at the uplink's address: %u, those above %s", ports,
		    s->live.map_high > high ? "CUBE_ROUTER_PORTMAP_RANGE" :
					      "net.ipv4.ip_local_port_range");
	if (remedy)
		remedy_add(f, "%s", remedy);
}

/* One command for all of them must not make any larger. */
static void remedy_mtu(const struct link_info *link, const struct link_info *port, bool all,
		       struct findings *f)
{
	char line[40], quoted[QUOTED_DEVICE];

	snprintf(line, sizeof(line), "\"link set\", $1, \"mtu %u\"", link->mtu);
	if (all)
		remedy_each_port(f, line);
	else
		remedy_add(f, "ip link set %s mtu %u", shell_quote(port->name, quoted), link->mtu);
}

static void check_mtu(const struct scene *s, const struct link_info *link, struct findings *f)
{
	const struct link_info *port, *first = NULL;
	size_t i, larger = 0, smaller = 0;
	char more[40] = "";

	for (i = 0; i < s->ports.count; i++) {
		port = links_find(&s->links, (int)s->ports.list[i].index);
		if (!port)
			continue;
		smaller += port->mtu < link->mtu;
		if (port->mtu > link->mtu && !larger++)
			first = port;
	}
	if (!larger)
		return;
	if (larger > 1)
		snprintf(more, sizeof(more), " and %zu more", larger - 1);
	finding_add(f, LEVEL_WARN, "mtu",
		    "MTU %u of %s is smaller than %u of %s%s: larger packets are refused with ICMP, or cut",
		    link->mtu, link->name, first->mtu, first->name, more);
	remedy_mtu(link, first, larger > 1 && !smaller, f);
}

/**
 * check_uplink() - looks at the uplink
 * @scene: the host
 * @findings: what is found is added to it
 */
void check_uplink(struct scene *scene, struct findings *findings)
{
	const struct live *live = &scene->live;
	const struct link_info *link = links_named(&scene->links, live->uplink);
	char text[CIDR_TEXT];

	if (!*live->uplink) {
		finding_add(findings, LEVEL_FAIL, "uplink", "no uplink is known");
		remedy_uplink(scene, findings);
		return;
	}
	if (!link) {
		finding_add(findings, LEVEL_FAIL, "uplink", "the uplink %s does not exist",
			    live->uplink);
		remedy_uplink(scene, findings);
		return;
	}
	if (!link->up) {
		finding_add(findings, LEVEL_FAIL, "uplink", "the uplink %s is down", link->name);
		remedy_uplink(scene, findings);
		return;
	}
	if (!live->uplink_addr) {
		finding_add(findings, LEVEL_FAIL, "uplink", "the uplink %s has no IPv4 address",
			    link->name);
		remedy_uplink(scene, findings);
		return;
	}
	finding_add(findings, LEVEL_OK, "uplink", "the uplink %s is up, address %s, MTU %u",
		    link->name, addr_text(live->uplink_addr, text), link->mtu);
	check_gateway(scene, link, findings);
	if (live->mode != CUBE_ROUTER_MODE_DIRECT)
		return;
	check_ports(scene, findings);
	check_mtu(scene, link, findings);
}

/**
 * check_direct() - looks at everything but destinations, in mode direct
 * @scene: the host
 * @findings: what is found is added to it
 */
void check_direct(struct scene *scene, struct findings *findings)
{
	finding_add(findings, LEVEL_OK, "mode", "mode is direct");
	if (scene->device.index) {
		finding_add(findings, LEVEL_WARN, "device",
			    "a device cube-router is there, and is no use in mode direct");
		remedy_add(findings, "%s", link_is_ours(&scene->device) ?
					   "cube-router-genl disable" : "ip link del cube-router");
	}
	check_uplink(scene, findings);
}
