// SPDX-License-Identifier: GPL-2.0
/*
 * What the module says of itself, and how it is told to change. Called by every command that
 * depends on the module's configuration.
 */
#include <errno.h>

#include "array.h"
#include "genl.h"
#include "live.h"

/* What the user calls the attributes that can be refused. */
static const char *const attr_words[] = {
	[CUBE_ROUTER_A_CONFIG_MODE] = "mode",
	[CUBE_ROUTER_A_CONFIG_DEVICE] = CUBE_ROUTER_DEVICE,
	[CUBE_ROUTER_A_CONFIG_SNAT_ADDR] = "internal address",
	[CUBE_ROUTER_A_CONFIG_SANDBOX_NET] = "sandbox-cidr",
	[CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX] = "sandbox-cidr",
	[CUBE_ROUTER_A_CONFIG_PORTS] = "ports",
	[CUBE_ROUTER_A_CONFIG_LATERAL] = "lateral",
	[CUBE_ROUTER_A_CONFIG_PORT_LOW] = "CUBE_ROUTER_PORTMAP_RANGE",
	[CUBE_ROUTER_A_CONFIG_MAX_SESSIONS] = "max-sessions",
	[CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS] = "max-sandbox-sessions",
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_SYN] = "idle-tcp-syn",
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_ESTABLISHED] = "idle-tcp-established",
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_CLOSING] = "idle-tcp-closing",
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_RESET] = "idle-tcp-reset",
	[CUBE_ROUTER_A_CONFIG_IDLE_UDP_UNREPLIED] = "idle-udp-unreplied",
	[CUBE_ROUTER_A_CONFIG_IDLE_UDP_REPLIED] = "idle-udp-replied",
	[CUBE_ROUTER_A_CONFIG_IDLE_ICMP] = "idle-icmp",
	[CUBE_ROUTER_A_CONFIG_IDLE_OTHER] = "idle-other",
	[CUBE_ROUTER_A_CONFIG_UPLINK] = "uplink",
	[CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY] = "gateway",
	[CUBE_ROUTER_A_CONFIG_PORTMAP_LOW] = "CUBE_ROUTER_PORTMAP_RANGE",
	[CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH] = "CUBE_ROUTER_PORTMAP_RANGE",
	[CUBE_ROUTER_A_CONFIG_BYPASS_MARK] = "bypass-mark",
	[CUBE_ROUTER_A_CONFIG_BYPASS_MASK] = "bypass-mark",
};

static struct nla_policy policy[CUBE_ROUTER_A_CONFIG_MAX + 1] = {
	[CUBE_ROUTER_A_CONFIG_VERSION] = { .type = NLA_STRING },
	[CUBE_ROUTER_A_CONFIG_MODE] = { .type = NLA_U8 },
	[CUBE_ROUTER_A_CONFIG_HELD] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_DEVICE] = { .type = NLA_U8 },
	[CUBE_ROUTER_A_CONFIG_SNAT_ADDR] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_SANDBOX_NET] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX] = { .type = NLA_U8 },
	[CUBE_ROUTER_A_CONFIG_PORTS] = { .type = NLA_STRING },
	[CUBE_ROUTER_A_CONFIG_LATERAL] = { .type = NLA_U8 },
	[CUBE_ROUTER_A_CONFIG_PORT_LOW] = { .type = NLA_U16 },
	[CUBE_ROUTER_A_CONFIG_MAX_SESSIONS] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_MAX_SESSIONS_NOW] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS_NOW] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_CONNTRACK_MAX] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_SESSIONS] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_SANDBOXES] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_SYN] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_ESTABLISHED] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_CLOSING] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_IDLE_TCP_RESET] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_IDLE_UDP_UNREPLIED] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_IDLE_UDP_REPLIED] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_IDLE_ICMP] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_IDLE_OTHER] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_UPLINK] = { .type = NLA_STRING },
	[CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_UPLINK_ADDR] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_UPLINK_PORTS] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_PORTMAP_LOW] = { .type = NLA_U16 },
	[CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH] = { .type = NLA_U16 },
	[CUBE_ROUTER_A_CONFIG_BYPASS_MARK] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_CONFIG_BYPASS_MASK] = { .type = NLA_U32 },
};

static void read_uplink(struct nlattr **tb, struct live *live)
{
	if (tb[CUBE_ROUTER_A_CONFIG_UPLINK])
		nla_strlcpy(live->uplink, tb[CUBE_ROUTER_A_CONFIG_UPLINK], sizeof(live->uplink));
	live->gateway = attr_addr(tb[CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY]);
	live->uplink_addr = attr_addr(tb[CUBE_ROUTER_A_CONFIG_UPLINK_ADDR]);
	live->uplink_ports = attr_u32(tb[CUBE_ROUTER_A_CONFIG_UPLINK_PORTS]);
	live->map_low = attr_u16(tb[CUBE_ROUTER_A_CONFIG_PORTMAP_LOW]);
	live->map_high = attr_u16(tb[CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH]);
}

/**
 * live_parse() - reads a message about the configuration
 * @msg: a CUBE_ROUTER_CMD_CONFIG_*
 * @live: filled
 *
 * Return: whether the message told of it.
 */
bool live_parse(struct nl_msg *msg, struct live *live)
{
	struct nlattr *tb[CUBE_ROUTER_A_CONFIG_MAX + 1];
	unsigned int i;

	*live = (struct live){ 0 };
	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CUBE_ROUTER_A_CONFIG_MAX, policy) < 0)
		return false;
	live->loaded = true;
	if (tb[CUBE_ROUTER_A_CONFIG_VERSION])
		nla_strlcpy(live->version, tb[CUBE_ROUTER_A_CONFIG_VERSION], sizeof(live->version));
	live->mode = attr_u8(tb[CUBE_ROUTER_A_CONFIG_MODE]);
	live->device = attr_u8(tb[CUBE_ROUTER_A_CONFIG_DEVICE]);
	live->snat = attr_addr(tb[CUBE_ROUTER_A_CONFIG_SNAT_ADDR]);
	if (tb[CUBE_ROUTER_A_CONFIG_SANDBOX_NET] && tb[CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX]) {
		live->sandbox.addr = attr_addr(tb[CUBE_ROUTER_A_CONFIG_SANDBOX_NET]);
		live->sandbox.prefix = attr_u8(tb[CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX]);
	}
	if (tb[CUBE_ROUTER_A_CONFIG_PORTS])
		nla_strlcpy(live->ports, tb[CUBE_ROUTER_A_CONFIG_PORTS], sizeof(live->ports));
	live->lateral = attr_u8(tb[CUBE_ROUTER_A_CONFIG_LATERAL]);
	live->port_low = attr_u16(tb[CUBE_ROUTER_A_CONFIG_PORT_LOW]);
	live->held = attr_u32(tb[CUBE_ROUTER_A_CONFIG_HELD]);
	live->max_sessions = attr_u32(tb[CUBE_ROUTER_A_CONFIG_MAX_SESSIONS]);
	live->max_sessions_now = attr_u32(tb[CUBE_ROUTER_A_CONFIG_MAX_SESSIONS_NOW]);
	live->max_sandbox_sessions = attr_u32(tb[CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS]);
	live->max_sandbox_sessions_now =
		attr_u32(tb[CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS_NOW]);
	live->conntrack_max = attr_u32(tb[CUBE_ROUTER_A_CONFIG_CONNTRACK_MAX]);
	live->sessions = attr_u32(tb[CUBE_ROUTER_A_CONFIG_SESSIONS]);
	live->sandboxes = attr_u32(tb[CUBE_ROUTER_A_CONFIG_SANDBOXES]);
	live->bypass_mark = attr_u32(tb[CUBE_ROUTER_A_CONFIG_BYPASS_MARK]);
	live->bypass_mask = attr_u32(tb[CUBE_ROUTER_A_CONFIG_BYPASS_MASK]);
	for (i = 0; i <= CUBE_ROUTER_SESSION_MAX; i++)
		live->idle[i] = attr_u32(tb[CUBE_ROUTER_A_CONFIG_IDLE_TCP_SYN + i]);
	read_uplink(tb, live);
	return true;
}

static void note_config(struct nl_msg *msg, void *arg)
{
	live_parse(msg, arg);
}

/**
 * live_get() - asks the module for its configuration
 * @genl: socket
 * @live: the answer
 * @why: why there is none
 *
 * Return: 0 or a negative errno.
 */
int live_get(struct genl *genl, struct live *live, struct why *why)
{
	int err;

	*live = (struct live){ 0 };
	err = genl_talk(genl, genl_request(genl, CUBE_ROUTER_CMD_CONFIG_GET, 0), attr_words,
			ARRAY_SIZE(attr_words), note_config, live, why);
	if (!err && !live->loaded) {
		why_not(why, "the module's answer cannot be read");
		err = -EPROTO;
	}
	return err;
}

/**
 * live_ask() - asks for the configuration of a module that need not be there
 * @live: the answer; nothing but zeroes where the module is not loaded
 * @why: why it cannot be known
 *
 * Return: whether it is known.
 */
bool live_ask(struct live *live, struct why *why)
{
	struct genl genl;
	int err;

	*live = (struct live){ 0 };
	err = genl_open(&genl, why);
	if (!err) {
		err = live_get(&genl, live, why);
		genl_close(&genl);
	}
	return !err || err == -ENOENT;
}

/**
 * live_set() - changes the module's configuration
 * @genl: socket
 * @msg: a CUBE_ROUTER_CMD_CONFIG_SET; freed
 * @why: why it was refused
 *
 * Return: 0 or a negative errno; then nothing was changed.
 */
int live_set(struct genl *genl, struct nl_msg *msg, struct why *why)
{
	return genl_talk(genl, msg, attr_words, ARRAY_SIZE(attr_words), NULL, NULL, why);
}

/**
 * live_set_device() - makes the device cube-router, or deletes it
 * @genl: socket
 * @exists: whether it shall exist
 * @why: why it was refused
 *
 * Return: 0 or a negative errno.
 */
int live_set_device(struct genl *genl, bool exists, struct why *why)
{
	struct nl_msg *msg = genl_request(genl, CUBE_ROUTER_CMD_CONFIG_SET, 0);

	if (msg)
		nla_put_u8(msg, CUBE_ROUTER_A_CONFIG_DEVICE, exists);
	return live_set(genl, msg, why);
}

/**
 * live_mode_name() - the word for a mode
 * @mode: &enum cube_router_mode
 *
 * Return: the word.
 */
const char *live_mode_name(uint8_t mode)
{
	static const char *const names[] = {
		[CUBE_ROUTER_MODE_OFF] = "off",
		[CUBE_ROUTER_MODE_ROUTER] = "router",
		[CUBE_ROUTER_MODE_HELD] = "held",
		[CUBE_ROUTER_MODE_DIRECT] = "direct",
	};

	return mode < ARRAY_SIZE(names) ? names[mode] : "unknown";
}

/**
 * live_held_name() - the word for a reason why ports are held
 * @bit: one of &enum cube_router_held
 *
 * Return: the word.
 */
const char *live_held_name(uint32_t bit)
{
	switch (bit) {
	case CUBE_ROUTER_HELD_MODE:
		return "mode-held";
	case CUBE_ROUTER_HELD_NO_DEVICE:
		return "no-device";
	case CUBE_ROUTER_HELD_DEVICE_DOWN:
		return "device-down";
	case CUBE_ROUTER_HELD_NO_ADDRESS:
		return "no-address";
	case CUBE_ROUTER_HELD_NO_UPLINK:
		return "no-uplink";
	case CUBE_ROUTER_HELD_UPLINK_DOWN:
		return "uplink-down";
	case CUBE_ROUTER_HELD_UPLINK_NO_ADDRESS:
		return "uplink-no-address";
	default:
		return "unknown";
	}
}

/**
 * live_held_json() - why ports are held, as JSON
 * @held: bits of &enum cube_router_held
 *
 * Return: list of words.
 */
json_t *live_held_json(uint32_t held)
{
	json_t *list = json_array();
	uint32_t bit;

	for (bit = 1; bit; bit <<= 1)
		if (held & bit)
			json_array_append_new(list, json_string(live_held_name(bit)));
	return list;
}
