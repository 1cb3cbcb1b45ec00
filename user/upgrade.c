// SPDX-License-Identifier: GPL-2.0
/*
 * How the running module becomes the installed one, and everything what it was. `save` keeps ports
 * and limits; the rest, which `enable` or `disable` has been told, goes with the module, and is
 * said again as it is live. Pure. Called by the checks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "plan.h"
#include "upgrade.h"

#define SAVED "/root/cube-router.saved"	/* as in docs/packages.md */
#define ENV "/root/cube-router.env"
#define HOLDS "protocol 99"	/* by this the rules are known again that hold the ports */

/* " uplink DEV via ADDR", as far as there is one. */
static const char *uplink_words(const struct live *live, char text[QUOTED_DEVICE + 40])
{
	char quoted[QUOTED_DEVICE], via[CIDR_TEXT];

	*text = '\0';
	if (*live->uplink)
		snprintf(text, QUOTED_DEVICE + 40, " uplink %s%s%s",
			 shell_quote(live->uplink, quoted), live->gateway ? " via " : "",
			 live->gateway ? addr_text(live->gateway, via) : "");
	return text;
}

/*
 * The CIDR of cube-router's addresses, or one with prefix length 0 where they are derived. The
 * device's own tells how large it is; without one, the smallest that has these addresses.
 */
static struct cidr router_cidr(const struct upgrade *u)
{
	const struct live *live = u->live;
	struct cidr net = { .addr = live->snat - 2, .prefix = 30 };
	const struct host_address *address;
	size_t i = 0;

	if (live->snat == cidr_last(live->sandbox) - 1)
		return (struct cidr){ 0 };
	while ((address = address_next(u->host, CUBE_ROUTER_DEVICE, &i)))
		if (address->peer.prefix < 30 && address->local + 1 == live->snat)
			net.prefix = address->peer.prefix;
	return net;
}

static const char *router_words(const struct upgrade *u, char text[CIDR_TEXT])
{
	const struct cidr net = router_cidr(u);

	return net.prefix ? cidr_text(net, text) : "auto";
}

static bool other_cidr(const struct live *live)
{
	static const struct cidr usual = ADDRESS_SANDBOX_DEFAULT;

	return live->sandbox.addr != usual.addr || live->sandbox.prefix != usual.prefix;
}

/* An older module knows nothing of it. */
static bool other_range(const struct live *live)
{
	return live->map_low && (live->map_low != PLAN_MAP_LOW || live->map_high != PLAN_MAP_HIGH);
}

/* There is no word for the range of mapped ports but in an env file. */
static void remedy_range(const struct live *live, const char *into, struct findings *f)
{
	if (other_range(live))
		remedy_add_outside(f, "echo CUBE_ROUTER_PORTMAP_RANGE=%u-%u %s", live->map_low,
				   live->map_high, into);
}

/* A name that begins with a quote stands in those of the other kind. */
static void remedy_name(enum env_key key, const char *name, struct findings *f)
{
	const char *quote = *name == '\'' ? "\"" : *name == '"' ? "'" : "";
	char value[PATTERN_MAX + 2], quoted[QUOTED(sizeof(value))];

	snprintf(value, sizeof(value), "%s%s%s", quote, name, quote);
	remedy_add_outside(f, "echo %s=%s >>" ENV, envfile_key(key), shell_quote(value, quoted));
}

/* They are live: whatever overlaps has been agreed to. */
static void remedy_enable(const struct upgrade *u, struct findings *f)
{
	const struct live *live = u->live;
	char sandbox[CIDR_TEXT], router[CIDR_TEXT], uplink[QUOTED_DEVICE + 40];
	char ports[QUOTED(PATTERN_MAX)], mtu[20] = "";

	if (u->mtu)
		snprintf(mtu, sizeof(mtu), " mtu %u", u->mtu);
	remedy_range(live, ">" ENV, f);
	remedy_add(f, "cube-router-genl enable sandbox-cidr %s router-cidr %s%s%s ports %s%s%s%s "
		      "skip-conflict-check", cidr_text(live->sandbox, sandbox),
		   live->snat ? router_words(u, router) : "auto", uplink_words(live, uplink), mtu,
		   *live->ports ? shell_quote(live->ports, ports) : "none",
		   u->backend == BACKEND_UNSAID ? "" :
		   u->backend == BACKEND_NFT ? " backend nft" : " backend iptables",
		   u->first ? " forward first" : "", other_range(live) ? " env-file " ENV : "");
}

/* An env file that does not enable anything: there, a sandbox CIDR may be of any size. */
static void remedy_file(const struct live *live, struct findings *f)
{
	char text[CIDR_TEXT];

	remedy_add_outside(f, "echo %s=%s >" ENV, envfile_key(ENV_SANDBOX_CIDR),
			   cidr_text(live->sandbox, text));
	remedy_range(live, ">>" ENV, f);
	if (live->mode == CUBE_ROUTER_MODE_DIRECT) {
		if (*live->ports)
			remedy_name(ENV_PORTS, live->ports, f);
		if (*live->uplink)
			remedy_name(ENV_UPLINK, live->uplink, f);
		if (live->gateway)
			remedy_add_outside(f, "echo %s=%s >>" ENV, envfile_key(ENV_UPLINK_GATEWAY),
					   addr_text(live->gateway, text));
	}
	remedy_add(f, "cube-router-genl apply env-file " ENV);
}

/*
 * `disable` takes no word for sandbox CIDR, ports and range. By way of `enable` there would be no
 * mode direct for a CIDR that no internal address can be derived from.
 */
static void remedy_direct(const struct live *live, struct findings *f)
{
	char uplink[QUOTED_DEVICE + 40];

	if (*live->ports || other_cidr(live) || other_range(live))
		remedy_file(live, f);
	else
		remedy_add(f, "cube-router-genl disable%s", uplink_words(live, uplink));
}

/* The ports have to fit in when they come. */
static void remedy_off(const struct live *live, struct findings *f)
{
	if (other_cidr(live) || other_range(live))
		remedy_file(live, f);
}

/**
 * remedy_upgrade() - adds to the newest finding how the module is changed
 * @upgrade: what is live
 * @findings: whose
 */
void remedy_upgrade(const struct upgrade *upgrade, struct findings *findings)
{
	const struct live *live = upgrade->live;
	const bool off = live->mode == CUBE_ROUTER_MODE_OFF;

	if (off && !live->sandboxes) {
		remedy_add_outside(findings, "rmmod cube_router");
		return;
	}
	/*
	 * Ports, device and sessions go with the module. A `stop` before would only forget what
	 * `apply` needs where the host's routes have changed since: the router CIDR that was agreed
	 * to, and the uplink.
	 */
	remedy_add(findings, "cube-router-genl save " SAVED);
	/*
	 * Until they are restored the ports are the host's, which would forward as it comes. The
	 * rules are by port: by address, they would cut off a host whose own lies in the sandbox
	 * CIDR, and know nothing of what guests call themselves. What is left of a try that came
	 * to no end is in the way.
	 */
	if (!off) {
		remedy_add(findings, "ip rule flush " HOLDS);
		remedy_each_port(findings, "\"rule add blackhole iif\", $1, "
					   "\"priority 1 " HOLDS "\"");
	}
	remedy_add_outside(findings, "rmmod cube_router");
	if (off)
		remedy_off(live, findings);
	else if (live->mode == CUBE_ROUTER_MODE_DIRECT)
		remedy_direct(live, findings);
	else if (upgrade->from_env)
		remedy_add(findings, "cube-router-genl apply");
	else
		remedy_enable(upgrade, findings);
	remedy_add(findings, "cube-router-genl restore " SAVED);
	if (!off)
		remedy_add(findings, "ip rule flush " HOLDS);
}

/* The host without the module, whose device's addresses go with it. To be freed. */
static struct host_address *take_device_away(struct host *host)
{
	struct host_address *left = NULL;
	size_t i, count = 0;

	for (i = 0; i < host->address_count; i++) {
		if (!strcmp(host->addresses[i].dev, CUBE_ROUTER_DEVICE))
			continue;
		left = array_grow(left, count, sizeof(*left));
		left[count++] = host->addresses[i];
	}
	host->addresses = left;
	host->address_count = count;
	return left;
}

/* Where the file says nothing of uplink, backend or place in FORWARD, `apply` leaves them. */
static bool same_extras(const struct upgrade *u, const struct wishes *w)
{
	const struct live *live = u->live;

	if (w->uplink.dev && (strcmp(w->uplink.dev, live->uplink) ||
			      (w->uplink.gateway && w->uplink.gateway != live->gateway)))
		return false;
	if (w->backend != BACKEND_UNSAID && w->backend != u->backend)
		return false;
	return !(u->first && w->forward == FORWARD_LAST);
}

/* What nobody knows any more is no difference: of the device as it was, and of an older module. */
static bool same_plan(const struct upgrade *u, const struct plan *plan)
{
	const struct cidr router = router_cidr(u), device = plan->addresses.device;
	const struct live *live = u->live;

	return plan->sandbox.addr == live->sandbox.addr &&
	       plan->sandbox.prefix == live->sandbox.prefix &&
	       plan->addresses.snat == live->snat &&
	       (!u->mtu || (plan->mtu == u->mtu &&
			    device.prefix == (router.prefix ? router.prefix : 32))) &&
	       !strcmp(plan->ports, live->ports) && plan->rules.port_low == live->port_low &&
	       (!live->map_low ||
		(plan->map_low == live->map_low && plan->map_high == live->map_high));
}

/**
 * upgrade_from_env() - whether `apply` of an env file would make what is live, the module being
 * another one
 * @upgrade: what is live
 * @env: the file
 * @agreed: the router CIDR that is kept, or one with prefix length 0
 *
 * Return: whether it would.
 */
bool upgrade_from_env(const struct upgrade *upgrade, const struct envfile *env, struct cidr agreed)
{
	static const struct link_info no_device;
	static const struct live no_module;
	struct host host = *upgrade->host;
	struct host_address *addresses;
	struct wishes wishes = { 0 };
	struct plan plan;
	struct why why;
	bool same;

	if (!envfile_flag(env, ENV_ENABLE, &same, &why) || !same ||
	    !wishes_from_env(&wishes, env, &why) || !same_extras(upgrade, &wishes))
		return false;
	wishes_default(&wishes);
	addresses = take_device_away(&host);
	host.agreed = agreed;
	same = plan_settle(&plan, &wishes, &no_module, &no_device, &host, &why) &&
	       same_plan(upgrade, &plan);
	free(addresses);
	return same;
}
