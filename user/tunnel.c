// SPDX-License-Identifier: GPL-2.0
/*
 * Tunnels of the host. What a tunnel sends to its other end must not be routed into that tunnel
 * again, and the operator's own session had better not be routed into one. Called by `verify`.
 */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "route.h"
#include "tunnel.h"
#include "wireguard.h"

/* What goes on with each tunnel. */
struct look {
	struct scene *scene;
	struct findings *findings;
	const struct link_info *link;
	size_t ends;
	size_t wrong;
};

/* Which device packets of the host's own to an address leave by, to itself lo, or NULL. */
static const struct link_info *way_out(struct scene *s, uint32_t addr, const struct route_as *own)
{
	struct route_answer answer;
	struct why why;

	if (route_lookup(&s->rt, addr, own, &answer, &why) ||
	    (answer.type != RTN_UNICAST && answer.type != RTN_LOCAL))
		return NULL;
	return links_find(&s->links, answer.out);
}

/* The first route of table main by the gateway of a device that is no tunnel, or NULL. */
static const struct host_route *plain_route(const struct scene *s)
{
	const struct host_route *route;
	const struct link_info *link;
	size_t i, k;

	for (i = 0; i < s->host.route_count; i++) {
		route = &s->host.routes[i];
		if (route->table != RT_TABLE_MAIN || !route->next_hop)
			continue;
		for (k = 0; k < s->links.count; k++) {
			link = &s->links.list[k];
			if (!strcmp(link->name, route->dev) && !link_is_tunnel(link))
				return route;
		}
	}
	return NULL;
}

/* Says how an address is kept out of tunnels. */
static void remedy_route(const struct scene *s, uint32_t addr, struct findings *f)
{
	const struct host_route *route = plain_route(s);
	char text[CIDR_TEXT], gateway[CIDR_TEXT], quoted[QUOTED_DEVICE];

	addr_text(addr, text);
	if (route)
		remedy_add(f, "ip route replace %s/32 via %s dev %s", text,
			   addr_text(route->next_hop, gateway), shell_quote(route->dev, quoted));
	else
		remedy_add(f, "ip route get %s", text);
}

static void look_at_end(uint32_t remote, uint32_t mark, void *arg)
{
	struct look *l = arg;
	const struct route_as own = { .src = l->link->local, .mark = mark, .out = l->link->under };
	const struct link_info *out = way_out(l->scene, remote, &own);
	char text[CIDR_TEXT];

	l->ends++;
	if (!out || out->index != l->link->index)
		return;
	l->wrong++;
	finding_add(l->findings, LEVEL_FAIL, "tunnel",
		    "the other end of tunnel %s, %s, is routed into the tunnel itself",
		    l->link->name, addr_text(remote, text));
	remedy_route(l->scene, remote, l->findings);
}

static void look_at(struct look *l)
{
	char quoted[QUOTED_DEVICE];
	struct why why;

	if (l->link->remote) {
		look_at_end(l->link->remote, l->link->mark, l);
	} else if (!strcmp(l->link->kind, "wireguard") &&
		   !wireguard_ends(l->link->name, look_at_end, l, &why)) {
		finding_add(l->findings, LEVEL_WARN, "tunnel",
			    "the peers of %s cannot be known: %s", l->link->name, why.text);
		remedy_add(l->findings, "wg show %s endpoints",
			   shell_quote(l->link->name, quoted));
	}
}

/* Whether the SSH client has called an address of the device, or lives on its link. */
static bool is_by(const struct scene *s, const struct link_info *out)
{
	const struct host_address *address;
	size_t i = 0;

	while ((address = address_next(&s->host, out->name, &i)))
		if (address->local == s->host.ssh_server ||
		    cidr_contains(address->peer, s->host.ssh_client))
			return true;
	return false;
}

static void check_ssh(struct scene *s, struct findings *f)
{
	/* Answers have the address that he has called, and rules may mind that. */
	const bool local = address_local(&s->host, s->host.ssh_server, NULL, NULL);
	const struct route_as own = { .src = local ? s->host.ssh_server : 0 };
	const struct link_info *out;
	char text[CIDR_TEXT];

	if (!s->host.ssh_client)
		return;
	addr_text(s->host.ssh_client, text);
	out = way_out(s, s->host.ssh_client, &own);
	if (out && (!link_is_tunnel(out) || is_by(s, out))) {
		finding_add(f, LEVEL_OK, "ssh", "your SSH client %s is reached by %s", text,
			    out->name);
		return;
	}
	finding_add(f, LEVEL_WARN, "ssh", "your SSH client %s is routed into %s%s", text,
		    out ? "tunnel " : "nothing", out ? out->name : "");
	remedy_route(s, s->host.ssh_client, f);
}

/**
 * check_tunnels() - looks at the host's tunnels over IPv4, and at the way to the SSH client
 * @scene: the host
 * @findings: what is found is added to it
 */
void check_tunnels(struct scene *scene, struct findings *findings)
{
	struct look l = { .scene = scene, .findings = findings };
	size_t i;

	for (i = 0; i < scene->links.count; i++) {
		l.link = &scene->links.list[i];
		if (l.link->up && link_is_tunnel(l.link))
			look_at(&l);
	}
	if (l.ends && !l.wrong)
		finding_add(findings, LEVEL_OK, "tunnel",
			    "no tunnel's other end is routed into the tunnel itself");
	check_ssh(scene, findings);
}
