// SPDX-License-Identifier: GPL-2.0
/*
 * `verify`: all checks, one line each, and for each destination the way its packets would go. Fails
 * when a check fails. Never loads the module, changes nothing.
 *
 * JSON:
 *   ok            whether nothing failed
 *   checks        list of findings: see findings_json(); those of destinations, too
 *   destinations  list of
 *     destination  the address
 *     ok           whether packets get there
 *     device       by which they leave, null where they do not
 *     gateway      next hop, null if the destination is on the link
 *     source       the address that MASQUERADE gives them, null without
 *     mtu          of the path as far as the kernel knows it, null without
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "command.h"
#include "netns.h"
#include "output.h"
#include "plan.h"
#include "route.h"
#include "sysctl.h"
#include "words.h"

/* A destination, and where its packets go. */
struct destination {
	uint32_t addr;
	char text[CIDR_TEXT];
	bool ok;
	struct route_answer route;
	struct link_info out;
	uint32_t source;
	uint32_t mtu;
};

static void lost(struct destination *d, const struct scene *s, struct findings *f, const char *what)
{
	char snat[CIDR_TEXT];

	find(f, LEVEL_FAIL, "destination", "%s %s", d->text, what);
	mend(f, "ip route get %s from %s iif cube-router", d->text, addr_text(s->live.snat, snat));
}

/* What the kernel answers for packets that it would not send on. */
static const char *fate(int err)
{
	switch (err) {
	case -EINVAL:
		return "is a blackhole, or no destination at all";
	case -EACCES:
		return "is prohibited";
	case -ENETUNREACH:
	case -EHOSTUNREACH:
		return "is unreachable";
	default:
		return NULL;
	}
}

/* Finds the device by which packets leave. */
static bool find_out(struct destination *d, struct scene *s, struct why *why)
{
	const struct link_info *out = NULL;
	struct links links;

	if (!links_read(&links, &s->rt, why))
		out = links_find(&links, d->route.out);
	if (out)
		d->out = *out;
	links_free(&links);
	return out;
}

/* Asks the kernel, as a packet from cube-router would. Returns whether it is sent on. */
static bool look_up(struct destination *d, struct scene *s, struct findings *f)
{
	struct why why;
	int err;

	err = route_lookup(&s->rt, d->addr, s->live.snat, s->device.index, &d->route, &why);
	if (err) {
		lost(d, s, f, fate(err) ? fate(err) : why.text);
		return false;
	}
	if (d->route.type != RTN_UNICAST) {
		lost(d, s, f, d->route.type == RTN_LOCAL ? "is the host itself" :
							  "is no destination for unicast packets");
		return false;
	}
	if (!find_out(d, s, &why)) {
		lost(d, s, f, "leaves by no device");
		return false;
	}
	if (d->out.index == s->device.index) {
		lost(d, s, f, "does not leave cube-router");
		return false;
	}
	return true;
}

/*
 * What the replies meet on the device by which they come back. A strict rp_filter is no obstacle:
 * the kernel looks up their way back as that of a packet from cube-router, as look_up() has done.
 */
static void check_way_back(const struct destination *d, struct findings *f)
{
	char path[64];

	snprintf(path, sizeof(path), "ipv4/conf/%s/forwarding", d->out.name);
	if (!sysctl_get(path)) {
		find(f, LEVEL_FAIL, "forwarding", "forwarding is off for %s, replies end there",
		     d->out.name);
		mend(f, "sysctl -w net/%s=1", path);
	}
}

static void check_destination(struct destination *d, struct scene *s, struct findings *f)
{
	char via[CIDR_TEXT] = "", source[CIDR_TEXT];

	addr_text(d->addr, d->text);
	if (!s->live.snat || !link_is_ours(&s->device)) {
		find(f, LEVEL_FAIL, "destination", "%s: no way without cube-router", d->text);
		mend(f, "cube-router-genl enable");
		return;
	}
	if (!look_up(d, s, f))
		return;
	d->mtu = d->route.mtu ? d->route.mtu : d->out.mtu;
	d->source = address_masquerade(&s->host, d->out.name,
				       d->route.gateway ? d->route.gateway : d->addr);
	if (!d->source) {
		lost(d, s, f, "leaves by a device without an address for MASQUERADE");
		return;
	}
	d->ok = true;
	if (d->route.gateway)
		addr_text(d->route.gateway, via);
	find(f, LEVEL_OK, "destination", "%s leaves by %s%s%s with source %s, MTU %u", d->text,
	     d->out.name, *via ? " via " : d->route.foreign_gateway ? " via IPv6" : "", via,
	     addr_text(d->source, source), d->mtu);
	check_way_back(d, f);
}

static json_t *destination_json(const struct destination *d)
{
	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o}", "destination", d->text, "ok", d->ok,
			 "device", d->out.index ? json_text(d->out.name) : json_null(),
			 "gateway", json_addr(d->route.gateway), "source", json_addr(d->source),
			 "mtu", d->mtu ? json_integer(d->mtu) : json_null());
}

static bool none_failed(const struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->count; i++)
		if (findings->list[i].level == LEVEL_FAIL)
			return false;
	return true;
}

static int verify(struct scene *scene, int argc, char **argv)
{
	struct findings findings = { 0 };
	json_t *destinations = json_array();
	struct destination d;
	bool ok;
	int i;

	check_host(scene, &findings);
	for (i = 0; i < argc; i++) {
		d = (struct destination){ 0 };
		parse_addr(argv[i], &d.addr);
		check_destination(&d, scene, &findings);
		json_array_append_new(destinations, destination_json(&d));
	}
	ok = none_failed(&findings);
	if (out_is_json())
		out_json(json_pack("{s:b, s:o, s:O}", "ok", ok, "checks",
				   findings_json(&findings, LEVEL_OK), "destinations",
				   destinations));
	else
		findings_print(&findings, LEVEL_OK);
	json_decref(destinations);
	findings_free(&findings);
	return ok ? DONE : REFUSED;
}

/* cmd_verify() - checks the host, and the ways to destinations */
int cmd_verify(int argc, char **argv)
{
	struct scene scene;
	struct why why;
	uint32_t addr;
	int done, i;

	for (i = 0; i < argc; i++)
		if (!parse_addr(argv[i], &addr))
			return misuse("verify: '%s' is not an IPv4 address", argv[i]);
	if (!netns_enter(&why))
		return refuse("%s", why.text);
	if (scene_read(&scene, &why))
		done = verify(&scene, argc, argv);
	else
		done = refuse("%s", why.text);
	scene_free(&scene);
	return done;
}
