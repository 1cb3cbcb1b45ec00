// SPDX-License-Identifier: GPL-2.0
/*
 * How the running module becomes the installed one, and everything what it was. `save` keeps ports
 * and limits; the rest, which `enable` or `disable` has been told, goes with the module, and is
 * said again as it is live. Pure. Called by the checks.
 */
#include <stdio.h>
#include <string.h>

#include "plan.h"
#include "upgrade.h"

#define SAVED "/root/cube-router.saved"	/* as in docs/packages.md */
#define ENV "/root/cube-router.env"

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
 * The CIDR of cube-router's addresses. The device's own tells how large it is; without one, the
 * smallest that has these addresses.
 */
static const char *router_words(const struct upgrade *u, char text[CIDR_TEXT])
{
	const struct live *live = u->live;
	struct cidr net = { .addr = live->snat - 2, .prefix = 30 };
	const struct host_address *address;
	size_t i = 0;

	if (live->snat == cidr_last(live->sandbox) - 1)
		return "auto";
	while ((address = address_next(u->host, CUBE_ROUTER_DEVICE, &i)))
		if (address->peer.prefix < 30 && address->local + 1 == live->snat)
			net.prefix = address->peer.prefix;
	return cidr_text(net, text);
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

/* `disable` takes no word for sandbox CIDR, ports and range, and leaves what it finds. */
static void remedy_disable(const struct upgrade *u, struct findings *f)
{
	const struct live *live = u->live;
	char uplink[QUOTED_DEVICE + 40];

	if (*live->ports || other_cidr(live) || other_range(live))
		remedy_enable(u, f);
	remedy_add(f, "cube-router-genl disable%s", uplink_words(live, uplink));
}

/* An env file that does not enable anything: the ports have to fit in when they come. */
static void remedy_off(const struct live *live, struct findings *f)
{
	char text[CIDR_TEXT];

	if (!other_cidr(live) && !other_range(live))
		return;
	remedy_add_outside(f, "echo CUBE_SANDBOX_NETWORK_CIDR=%s >" ENV,
			   cidr_text(live->sandbox, text));
	remedy_range(live, ">>" ENV, f);
	remedy_add(f, "cube-router-genl apply env-file " ENV);
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
	remedy_add_outside(findings, "rmmod cube_router");
	if (off)
		remedy_off(live, findings);
	else if (live->mode == CUBE_ROUTER_MODE_DIRECT)
		remedy_disable(upgrade, findings);
	else if (upgrade->from_env)
		remedy_add(findings, "cube-router-genl apply");
	else
		remedy_enable(upgrade, findings);
	remedy_add(findings, "cube-router-genl restore " SAVED);
}
