// SPDX-License-Identifier: GPL-2.0
/*
 * From what is wished for to what is done. The command line wins over the env file, that over what
 * is live, and that over the defaults. Pure: all facts are given. Called by `enable`,
 * `disable` and `apply`.
 */
#include <stdio.h>
#include <string.h>

#include "plan.h"

#define MTU_DEFAULT		1500
#define PORT_MIN		1024	/* nor lower mapped ports than this */
#define PORT_LOW_MAX		65000	/* the module takes no more */

/* What a value is called where it does not come from the command line. */
static void call(char word[PLAN_WORD], const struct envfile *env, enum env_key key)
{
	snprintf(word, PLAN_WORD, "%s:%u: %s", env->path, env->line[key], envfile_key(key));
}

static bool env_router(struct wishes *w, const struct envfile *env, struct why *why)
{
	const char *value = env->value[ENV_ROUTER_CIDR];
	struct cidr cidr = { 0 };

	if (!value)
		return true;
	if (!strcmp(value, "auto"))
		value = "";
	if (*value && !parse_cidr(value, &cidr))
		return envfile_wrong(env, ENV_ROUTER_CIDR, "is not an IPv4 CIDR", why);
	if (w->router_how == ROUTER_UNSAID) {
		w->router_how = *value ? ROUTER_GIVEN : ROUTER_AUTO;
		w->router = cidr;
		call(w->router_word, env, ENV_ROUTER_CIDR);
	}
	return true;
}

static bool env_sandbox(struct wishes *w, const struct envfile *env, struct why *why)
{
	const char *value = env->value[ENV_SANDBOX_CIDR];
	struct cidr cidr = ADDRESS_SANDBOX_DEFAULT;
	char word[PLAN_WORD];

	if (!value)
		return true;
	if (*value && !parse_cidr(value, &cidr))
		return envfile_wrong(env, ENV_SANDBOX_CIDR, "is not an IPv4 CIDR", why);
	call(word, env, ENV_SANDBOX_CIDR);
	if (!address_sandbox_cidr(word, cidr, why))
		return false;
	if (!w->sandbox_said) {
		w->sandbox_said = true;
		w->sandbox = cidr;
		strcpy(w->sandbox_word, word);
	}
	return true;
}

static bool env_ports(struct wishes *w, const struct envfile *env, struct why *why)
{
	const char *value = env->value[ENV_PORTS];

	if (!value)
		return true;
	if (!strcmp(value, "none"))
		value = "";
	if (*value && !parse_pattern(value))
		return envfile_wrong(env, ENV_PORTS, "is not a pattern of device names", why);
	if (!w->ports)
		w->ports = value;
	return true;
}

/**
 * backend_named() - finds a backend by its name
 * @name: the name
 * @backend: the backend
 *
 * Return: whether there is one of that name.
 */
bool backend_named(const char *name, enum backend *backend)
{
	*backend = strcmp(name, "nft") ? BACKEND_IPTABLES : BACKEND_NFT;
	return *backend == BACKEND_NFT || !strcmp(name, "iptables");
}

static bool env_backend(struct wishes *w, const struct envfile *env, struct why *why)
{
	const char *value = env->value[ENV_BACKEND];
	enum backend backend = BACKEND_UNSAID;

	if (value && *value && !backend_named(value, &backend))
		return envfile_wrong(env, ENV_BACKEND, "is not iptables or nft", why);
	if (w->backend == BACKEND_UNSAID)
		w->backend = backend;
	return true;
}

static bool env_forward(struct wishes *w, const struct envfile *env, struct why *why)
{
	const char *value = env->value[ENV_FORWARD];
	enum forward forward = FORWARD_UNSAID;

	if (!value)
		return true;
	if (!strcmp(value, "first"))
		forward = FORWARD_FIRST;
	else if (!strcmp(value, "last"))
		forward = FORWARD_LAST;
	else if (*value)
		return envfile_wrong(env, ENV_FORWARD, "is not first or last", why);
	if (w->forward == FORWARD_UNSAID)
		w->forward = forward;
	return true;
}

/* Translated ports lie above the range of port mappings. */
static bool env_range(struct wishes *w, const struct envfile *env, struct why *why)
{
	const char *value = env->value[ENV_PORTMAP_RANGE], *dash;
	uint32_t first, last;
	char text[8];

	if (!value)
		return true;
	w->port_low = PLAN_PORT_LOW;
	w->map_low = PLAN_MAP_LOW;
	w->map_high = PLAN_MAP_HIGH;
	if (!*value)
		return true;
	dash = strchr(value, '-');
	if (!dash || (size_t)(dash - value) >= sizeof(text))
		return envfile_wrong(env, ENV_PORTMAP_RANGE, "is not a range, say 20000-29999",
				     why);
	memcpy(text, value, (size_t)(dash - value));
	text[dash - value] = '\0';
	if (!parse_number(text, 1, UINT16_MAX, &first) ||
	    !parse_number(dash + 1, 1, UINT16_MAX, &last) || first > last)
		return envfile_wrong(env, ENV_PORTMAP_RANGE, "is not a range, say 20000-29999",
				     why);
	if (first < PORT_MIN)
		return envfile_wrong(env, ENV_PORTMAP_RANGE, "begins below 1024", why);
	if (last >= PORT_LOW_MAX)
		return envfile_wrong(env, ENV_PORTMAP_RANGE, "leaves too few ports above it", why);
	if (last >= PLAN_PORT_LOW)
		w->port_low = last + 1;
	w->map_low = first;
	w->map_high = last;
	return true;
}

static bool env_uplink(struct wishes *w, const struct envfile *env, struct why *why)
{
	const char *dev = env->value[ENV_UPLINK], *value = env->value[ENV_UPLINK_GATEWAY];
	uint32_t gateway = 0;

	if (dev && *dev && !parse_device_name(dev))
		return envfile_wrong(env, ENV_UPLINK, "is not the name of a network device", why);
	if (value && *value && !parse_unicast(value, &gateway))
		return envfile_wrong(env, ENV_UPLINK_GATEWAY,
				     "is not the IPv4 address of a gateway", why);
	if (gateway && !(dev && *dev))
		return envfile_wrong(env, ENV_UPLINK_GATEWAY, "needs CUBE_ROUTER_UPLINK", why);
	if (!w->uplink.dev && dev && *dev)
		w->uplink = (struct uplink_wish){ .dev = dev, .gateway = gateway };
	return true;
}

/**
 * wishes_from_env() - adds what an env file says
 * @wishes: what is said already; stays
 * @env: the file; must outlive @wishes
 * @why: what is wrong in it, with the line
 *
 * Return: whether all of it was understood.
 */
bool wishes_from_env(struct wishes *wishes, const struct envfile *env, struct why *why)
{
	bool skip;

	if (!envfile_flag(env, ENV_SKIP_CONFLICT_CHECK, &skip, why))
		return false;
	wishes->skip_conflicts |= skip;
	return env_router(wishes, env, why) && env_sandbox(wishes, env, why) &&
	       env_ports(wishes, env, why) && env_backend(wishes, env, why) &&
	       env_forward(wishes, env, why) && env_range(wishes, env, why) &&
	       env_uplink(wishes, env, why);
}

/**
 * wishes_default() - says what an env file that leaves something out means by it
 * @wishes: what is said already; stays
 *
 * For `apply`: the host becomes what the file says, whatever it was before. By which means our
 * rules are in place, and where our jump stands, is not for it to change unasked: what others have
 * added behind it since would come before it.
 */
void wishes_default(struct wishes *wishes)
{
	if (!wishes->sandbox_said)
		wishes->sandbox = ADDRESS_SANDBOX_DEFAULT;
	wishes->sandbox_said = true;
	if (wishes->router_how == ROUTER_UNSAID)
		wishes->router_how = ROUTER_AUTO;
	if (!wishes->mtu)
		wishes->mtu = MTU_DEFAULT;
	if (!wishes->ports)
		wishes->ports = "";
	if (!wishes->port_low)
		wishes->port_low = PLAN_PORT_LOW;
	if (!wishes->map_low) {
		wishes->map_low = PLAN_MAP_LOW;
		wishes->map_high = PLAN_MAP_HIGH;
	}
	wishes->uplink.anew = true;
}

/* Whether the live internal address is the one of this router CIDR. */
static bool has_snat(struct cidr router, const struct live *live)
{
	return router.prefix && live->snat == router.addr + 2;
}

static bool give_router(struct wishes *w, struct cidr router)
{
	w->router_how = ROUTER_GIVEN;
	w->router = router;
	return true;
}

/*
 * Where the addresses come from now: cube-router's own address tells, as long as there is one, and
 * without it what was agreed to. Failing both, with an internal address that is not the one of the
 * sandbox CIDR, nobody knows the CIDR any more.
 */
static bool live_router(struct wishes *w, const struct live *live, const struct host *host,
			struct why *why)
{
	const uint32_t last = cidr_last(live->sandbox);
	const struct host_address *address;
	char text[CIDR_TEXT];
	struct cidr net;
	size_t i = 0;

	w->router_how = ROUTER_AUTO;
	if (!live->loaded || live->mode == CUBE_ROUTER_MODE_OFF || !live->snat ||
	    live->snat == last - 1)
		return true;
	while ((address = address_next(host, CUBE_ROUTER_DEVICE, &i))) {
		net.prefix = address->peer.prefix;
		net.addr = address->local & cidr_mask(net.prefix);
		if (has_snat(net, live))
			return give_router(w, net);
	}
	if (has_snat(host->agreed, live))
		return give_router(w, host->agreed);
	return why_not(why,
		       "router-cidr: that of %s went with the device: say router-cidr CIDR or auto",
		       addr_text(live->snat, text));
}

/* Fills in what nobody has said from what is live, and that from the defaults. */
static bool fill_in(struct wishes *w, const struct live *live, const struct link_info *device,
		    const struct host *host, struct why *why)
{
	if (!w->sandbox_said)
		w->sandbox = live->sandbox.prefix ? live->sandbox : ADDRESS_SANDBOX_DEFAULT;
	if (w->router_how == ROUTER_UNSAID && !live_router(w, live, host, why))
		return false;
	if (!w->mtu)
		w->mtu = link_is_ours(device) ? device->mtu : MTU_DEFAULT;
	if (!w->ports)
		w->ports = live->ports;
	if (!w->port_low)
		w->port_low = live->port_low ? live->port_low : PLAN_PORT_LOW;
	if (!w->map_low) {
		w->map_low = live->map_low ? live->map_low : PLAN_MAP_LOW;
		w->map_high = live->map_low ? live->map_high : PLAN_MAP_HIGH;
	}
	return true;
}

/**
 * plan_settle() - decides what `enable` makes of the host
 * @plan: the decision
 * @wishes: what is wished for
 * @live: what the module says; nothing but zeroes where it is not loaded
 * @device: the device named cube-router, or one with index 0
 * @host: the facts of the host
 * @why: why it cannot be had
 *
 * Return: whether it can be had.
 */
bool plan_settle(struct plan *plan, const struct wishes *wishes, const struct live *live,
		 const struct link_info *device, const struct host *host, struct why *why)
{
	bool foreign = device->index && !link_is_ours(device);
	struct wishes w = *wishes;
	struct address_wish wish;

	if (foreign && !w.replace_device)
		return why_not(why,
			       "a device cube-router of kind '%s' is in the way: say replace-device",
			       *device->kind ? device->kind : "hardware");
	if (!fill_in(&w, live, device, host, why))
		return false;
	wish = (struct address_wish){
		.sandbox = w.sandbox,
		.derive = w.router_how == ROUTER_AUTO,
		.router = w.router,
		.sandbox_word = *w.sandbox_word ? w.sandbox_word : "sandbox-cidr",
		.router_word = *w.router_word ? w.router_word : "router-cidr",
		.skip_conflicts = w.skip_conflicts,
		.leaving = w.replace_device ? PLAN_PARKED : NULL,
	};
	*plan = (struct plan){
		.sandbox = w.sandbox, .mtu = w.mtu, .backend = w.backend,
		.replace_device = w.replace_device,
		.map_low = (uint16_t)w.map_low, .map_high = (uint16_t)w.map_high,
	};
	if (!address_settle(&wish, host, &plan->addresses, why))
		return false;
	snprintf(plan->ports, sizeof(plan->ports), "%s", w.ports);
	plan->rules = (struct rules_wish){
		.snat = plan->addresses.snat,
		.port_low = (uint16_t)w.port_low,
		.forward = w.forward,
	};
	return true;
}
