// SPDX-License-Identifier: GPL-2.0
/*
 * `enable`: understands its words, settles everything, and only then lets the steps begin.
 *
 * JSON, as of `apply` with ENABLE=1:
 *   mode            "router"
 *   device_address  cube-router's address with its prefix
 *   snat_address    the internal address
 *   sandbox_cidr    the sandbox CIDR
 *   mtu             of cube-router
 *   ports           pattern of the ports that register themselves, "" for none
 *   uplink          for mapped ports and `disable`: device, gateway (null without); null if unknown
 *   dry_run         whether all this is only what would be
 *   changed, changes  what was not so before: see changes_json()
 */
#include <errno.h>
#include <string.h>

#include "command.h"
#include "enable.h"
#include "firewall.h"
#include "host.h"
#include "kept.h"
#include "lock.h"
#include "netns.h"
#include "output.h"
#include "ports.h"
#include "quote.h"
#include "steps.h"
#include "words.h"

static void report(const struct run *run)
{
	const struct plan *plan = run->plan;
	char device[CIDR_TEXT], snat[CIDR_TEXT], sandbox[CIDR_TEXT];
	json_t *object;

	cidr_text(plan->addresses.device, device);
	addr_text(plan->addresses.snat, snat);
	cidr_text(plan->sandbox, sandbox);
	if (out_is_json()) {
		object = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:b}", "mode", "router",
				   "device_address", device, "snat_address", snat,
				   "sandbox_cidr", sandbox, "mtu", (json_int_t)plan->mtu,
				   "ports", plan->ports, "uplink", uplink_json(&plan->uplink),
				   "dry_run", run->dry);
		changes_json(&run->changes, object);
		out_json(object);
		return;
	}
	printf("%smode router: cube-router %s, internal address %s, sandboxes %s\n",
	       run->dry ? "dry run: " : "", device, snat, sandbox);
	changes_print(&run->changes);
}

/* Whether nobody has given the module's device another name: it cannot have two. */
static bool has_its_name(const struct run *run, const struct live *live, struct why *why)
{
	char name[QUOTED_DEVICE];
	struct links links;
	bool has = true;
	size_t i;

	if (!live->device || link_is_ours(&run->device))
		return true;
	if (links_read(&links, run->rt, why))
		has = false;
	for (i = 0; has && i < links.count; i++)
		if (link_is_ours(&links.list[i]))
			has = why_not(why,
				      "the module has its device under the name '%s': %sip link del %s",
				      links.list[i].name, netns_prefix(),
				      shell_quote(links.list[i].name, name));
	links_free(&links);
	return has;
}

/* Reads all that the decision depends on. The module is not loaded for it. */
static bool look(struct run *run, struct host *host, struct live *live, struct ports *ports,
		 struct why *why)
{
	struct genl genl;
	int err;

	*live = (struct live){ 0 };
	err = genl_open(&genl, why);
	if (!err) {
		err = live_get(&genl, live, why) ?: ports_read(ports, &genl, why);
		genl_close(&genl);
	}
	if (err && err != -ENOENT)
		return false;
	if (host_read(host, run->rt, why))
		return false;
	host->agreed = kept_router();
	return !link_get(run->rt, CUBE_ROUTER_DEVICE, &run->device, why) &&
	       has_its_name(run, live, why);
}

/* What an address is to a sandbox, or NULL. */
static const char *use_of(const struct port *port, uint32_t addr)
{
	if (port->ip == addr)
		return "ip";
	if (port->guest == addr)
		return "guest";
	return port->gateway == addr ? "gateway" : NULL;
}

static bool check_port(const struct plan *plan, const struct port *port, uint32_t addr,
		       struct why *why)
{
	const char *word = plan->addresses.device.prefix == 32 ? "sandbox-cidr" : "router-cidr";
	const char *use = use_of(port, addr);
	char text[CIDR_TEXT], quoted[QUOTED_DEVICE];

	return !use ||
	       why_not(why,
		       "%s: %s, reserved, is the %s of '%s': choose another CIDR, or: cube-router-genl %ssandbox del %s",
		       word, addr_text(addr, text), use, port->name, netns_option(),
		       shell_quote(port->name, quoted));
}

/* No sandbox may use one of the two addresses. Those that are in use already were agreed to. */
static bool check_ports(const struct plan *plan, const struct live *live,
			const struct ports *ports, struct why *why)
{
	const struct router_addresses *addresses = &plan->addresses;
	const struct port *port = ports->list, *end = port + ports->count;

	if (live->mode != CUBE_ROUTER_MODE_OFF && live->snat == addresses->snat)
		return true;
	for (; port < end; port++)
		if (!check_port(plan, port, addresses->device.addr, why) ||
		    !check_port(plan, port, addresses->snat, why))
			return false;
	return true;
}

/*
 * The uplink, before routes change: afterwards the default route may be a tunnel. Without any there
 * are no mapped ports, and that is all.
 */
static bool find_uplink(struct run *run, struct plan *plan, const struct wishes *wishes,
			const struct live *live, struct why *why)
{
	struct links links;
	struct uplink_facts facts = {
		.live = live, .kept = kept_uplink(), .host = run->host, .links = &links,
	};
	bool done = !links_read(&links, run->rt, why) &&
		    uplink_settle(&plan->uplink, &wishes->uplink, &facts, why);

	links_free(&links);
	return done;
}

/* Addresses that were derived are not looked at for what covers them. */
static void keep(const struct plan *plan)
{
	const struct cidr device = plan->addresses.device;

	kept_set_uplink(&plan->uplink);
	kept_set_router(device.prefix == 32 ? (struct cidr){ 0 } :
					      (struct cidr){ device.addr - 1, device.prefix });
}

/* A run that was killed may have left the device that it was to replace, and its addresses. */
static bool settle(struct plan *plan, const struct run *run, const struct wishes *wishes,
		   const struct live *live, struct why *why)
{
	struct wishes other = *wishes;
	struct why why_not_either;

	if (plan_settle(plan, wishes, live, &run->device, run->host, why))
		return true;
	other.replace_device = true;
	if ((!run->device.index || link_is_ours(&run->device)) &&
	    plan_settle(plan, &other, live, &run->device, run->host, &why_not_either))
		why_not(why, "a device " PLAN_PARKED
			", left by an earlier run, is in the way: say replace-device");
	return false;
}

static int enable_with(struct netlink *rt, const struct wishes *wishes, bool dry)
{
	struct ports ports = { 0 };
	struct host host = { 0 };
	struct plan plan;
	struct run run = { .plan = &plan, .dry = dry, .rt = rt, .host = &host };
	int done = REFUSED;
	struct live live;
	struct why why;

	if (wishes->backend == BACKEND_NFT && wishes->forward != FORWARD_UNSAID)
		caution("forward: nothing of ours is in FORWARD with backend nft");
	if (!firewall_possible(wishes->backend, &why) || !look(&run, &host, &live, &ports, &why) ||
	    !settle(&plan, &run, wishes, &live, &why) ||
	    !check_ports(&plan, &live, &ports, &why) ||
	    !find_uplink(&run, &plan, wishes, &live, &why) ||
	    !steps_run(&run, &why)) {
		refuse("%s", why.text);
	} else {
		if (!dry)
			keep(&plan);
		report(&run);
		done = DONE;
	}
	steps_end(&run);
	host_free(&host);
	ports_free(&ports);
	return done;
}

/**
 * enable_host() - makes the host what is wished for
 * @wishes: what somebody has said
 * @dry: only say what would be changed
 *
 * Return: exit code; all is said.
 */
int enable_host(const struct wishes *wishes, bool dry)
{
	struct netlink rt;
	struct why why;
	int done;

	if ((!dry && !lock_take(&why)) || netlink_open(&rt, NETLINK_ROUTE, &why))
		return refuse("%s", why.text);
	done = enable_with(&rt, wishes, dry);
	netlink_close(&rt);
	return done;
}

/**
 * enable_warn() - says what should be known of an env file
 * @env: the file
 */
void enable_warn(const struct envfile *env)
{
	unsigned int cursor = 0;
	struct why warning;

	while (envfile_warning(env, &cursor, &warning))
		caution("%s", warning.text);
}

static bool word_router(const struct word *word, const char *text)
{
	struct wishes *wishes = word->into;

	wishes->router_how = strcmp(text, "auto") ? ROUTER_GIVEN : ROUTER_AUTO;
	return wishes->router_how == ROUTER_AUTO || parse_cidr(text, &wishes->router);
}

static bool word_ports(const struct word *word, const char *text)
{
	const char **ports = word->into;

	*ports = strcmp(text, "none") ? text : "";
	return !**ports || parse_pattern(text);
}

static bool word_forward(const struct word *word, const char *text)
{
	bool first = !strcmp(text, "first");

	*(enum forward *)word->into = first ? FORWARD_FIRST : FORWARD_LAST;
	return first || !strcmp(text, "last");
}

static bool word_backend(const struct word *word, const char *text)
{
	return backend_named(text, word->into);
}

static int enable_from(struct wishes *wishes, const char *file)
{
	struct envfile env = { 0 };
	struct why why;
	int done;

	if (file && (!envfile_load(&env, file, &why) || !wishes_from_env(wishes, &env, &why))) {
		done = refuse("%s", why.text);
	} else {
		enable_warn(&env);
		done = enable_host(wishes, false);
	}
	envfile_free(&env);
	return done;
}

/* cmd_enable() - makes the host route the packets of its sandboxes */
int cmd_enable(int argc, char **argv)
{
	struct wishes wishes = { 0 };
	const char *file = NULL;
	struct word words[] = {
		WORD_CIDR("sandbox-cidr", &wishes.sandbox),
		{ .name = "router-cidr", .expect = "an IPv4 CIDR, say 10.254.0.0/24, or auto",
		  .read = word_router, .into = &wishes },
		WORD_NUMBER("mtu", 68, 65535, &wishes.mtu),
		{ .name = "ports", .expect = "a pattern of device names, say z*, or none",
		  .read = word_ports, .into = &wishes.ports },
		{ .name = "forward", .expect = "first or last",
		  .read = word_forward, .into = &wishes.forward },
		{ .name = "backend", .expect = "iptables or nft",
		  .read = word_backend, .into = &wishes.backend },
		WORD_UPLINK(&wishes.uplink.dev),
		WORD_VIA(&wishes.uplink.gateway),
		WORD_FILE("env-file", &file),
		WORD_FLAG("skip-conflict-check"),
		WORD_FLAG("replace-device"),
	};
	const size_t count = ARRAY_SIZE(words);
	struct why why;

	if (!words_read(words, count, argc, argv, &why) ||
	    !words_uplink_whole(words, count, &why))
		return misuse("enable: %s", why.text);
	wishes.uplink.typed = wishes.uplink.dev;
	wishes.sandbox_said = words_find(words, count, "sandbox-cidr")->given;
	wishes.skip_conflicts = words_find(words, count, "skip-conflict-check")->given;
	wishes.replace_device = words_find(words, count, "replace-device")->given;
	if (!netns_enter(&why))
		return refuse("%s", why.text);
	return enable_from(&wishes, file);
}
