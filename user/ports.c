// SPDX-License-Identifier: GPL-2.0
/*
 * The registered ports, as the module tells them: for whoever shows, saves, checks or changes them.
 */
#include <stdlib.h>

#include "array.h"
#include "output.h"
#include "ports.h"
#include "prefixes.h"

/* What the user calls the attributes that can be refused. */
static const char *const attr_words[] = {
	[CUBE_ROUTER_A_SANDBOX_PORT] = "port",
	[CUBE_ROUTER_A_SANDBOX_IP] = "ip",
	[CUBE_ROUTER_A_SANDBOX_HOST] = "host",
	[CUBE_ROUTER_A_SANDBOX_MARK] = "mark",
	[CUBE_ROUTER_A_SANDBOX_MARK_MASK] = "mark",
	[CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS] = "max-sessions",
	[CUBE_ROUTER_A_SANDBOX_POLICY] = "policy",
	[CUBE_ROUTER_A_SANDBOX_ALLOW] = "allow",
	[CUBE_ROUTER_A_SANDBOX_DENY] = "deny",
	[CUBE_ROUTER_A_SANDBOX_GUEST] = "guest",
	[CUBE_ROUTER_A_SANDBOX_GATEWAY] = "gateway",
};

static void read_counters(struct nl_msg *msg, struct counters *counters)
{
	struct nlattr *attr;
	uint64_t value;
	const char *name;
	int rest, at;

	nlmsg_for_each_attr(attr, nlmsg_hdr(msg), GENL_HDRLEN, rest) {
		if (nla_type(attr) != CUBE_ROUTER_A_SANDBOX_COUNTER ||
		    !counter_read(attr, &name, &value))
			continue;
		at = counter_find(name);
		if (at >= 0)
			counters->value[at] = value;
	}
}

/**
 * port_parse() - reads a message about a port
 * @msg: a CUBE_ROUTER_CMD_SANDBOX_*
 * @port: the port
 *
 * Return: whether the message told of one.
 */
bool port_parse(struct nl_msg *msg, struct port *port)
{
	static struct nla_policy policy[CUBE_ROUTER_A_SANDBOX_MAX + 1] = {
		[CUBE_ROUTER_A_SANDBOX_PORT] = { .type = NLA_STRING },
		[CUBE_ROUTER_A_SANDBOX_IFINDEX] = { .type = NLA_U32 },
		[CUBE_ROUTER_A_SANDBOX_IP] = { .type = NLA_U32 },
		[CUBE_ROUTER_A_SANDBOX_HOST] = { .type = NLA_U8 },
		[CUBE_ROUTER_A_SANDBOX_MARK] = { .type = NLA_U32 },
		[CUBE_ROUTER_A_SANDBOX_MARK_MASK] = { .type = NLA_U32 },
		[CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS] = { .type = NLA_U32 },
		[CUBE_ROUTER_A_SANDBOX_AUTO] = { .type = NLA_FLAG },
		[CUBE_ROUTER_A_SANDBOX_MAC] = { .minlen = 6 },
		[CUBE_ROUTER_A_SANDBOX_SESSIONS] = { .type = NLA_U32 },
		[CUBE_ROUTER_A_SANDBOX_BYTES_OUT] = { .type = NLA_U64 },
		[CUBE_ROUTER_A_SANDBOX_BYTES_BACK] = { .type = NLA_U64 },
		[CUBE_ROUTER_A_SANDBOX_POLICY] = { .type = NLA_U8 },
		[CUBE_ROUTER_A_SANDBOX_POLICY_ENTRIES] = { .type = NLA_U32 },
		[CUBE_ROUTER_A_SANDBOX_GUEST] = { .type = NLA_U32 },
		[CUBE_ROUTER_A_SANDBOX_GATEWAY] = { .type = NLA_U32 },
	};
	struct nlattr *tb[CUBE_ROUTER_A_SANDBOX_MAX + 1];

	*port = (struct port){ .mark_mask = UINT32_MAX };
	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CUBE_ROUTER_A_SANDBOX_MAX, policy) < 0 ||
	    !tb[CUBE_ROUTER_A_SANDBOX_PORT])
		return false;
	nla_strlcpy(port->name, tb[CUBE_ROUTER_A_SANDBOX_PORT], sizeof(port->name));
	port->index = attr_u32(tb[CUBE_ROUTER_A_SANDBOX_IFINDEX]);
	port->ip = attr_addr(tb[CUBE_ROUTER_A_SANDBOX_IP]);
	port->guest = port->ip;
	if (tb[CUBE_ROUTER_A_SANDBOX_GUEST])
		port->guest = attr_addr(tb[CUBE_ROUTER_A_SANDBOX_GUEST]);
	port->gateway = attr_addr(tb[CUBE_ROUTER_A_SANDBOX_GATEWAY]);
	port->host = attr_u8(tb[CUBE_ROUTER_A_SANDBOX_HOST]);
	port->mark = attr_u32(tb[CUBE_ROUTER_A_SANDBOX_MARK]);
	if (tb[CUBE_ROUTER_A_SANDBOX_MARK_MASK])
		port->mark_mask = attr_u32(tb[CUBE_ROUTER_A_SANDBOX_MARK_MASK]);
	port->max_sessions = attr_u32(tb[CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS]);
	port->sessions = attr_u32(tb[CUBE_ROUTER_A_SANDBOX_SESSIONS]);
	port->bytes_out = attr_u64(tb[CUBE_ROUTER_A_SANDBOX_BYTES_OUT]);
	port->bytes_back = attr_u64(tb[CUBE_ROUTER_A_SANDBOX_BYTES_BACK]);
	port->policy = attr_u8(tb[CUBE_ROUTER_A_SANDBOX_POLICY]);
	port->policy_entries = attr_u32(tb[CUBE_ROUTER_A_SANDBOX_POLICY_ENTRIES]);
	read_counters(msg, &port->counters);
	port->automatic = tb[CUBE_ROUTER_A_SANDBOX_AUTO];
	port->has_mac = tb[CUBE_ROUTER_A_SANDBOX_MAC];
	if (port->has_mac)
		nla_memcpy(port->mac, tb[CUBE_ROUTER_A_SANDBOX_MAC], sizeof(port->mac));
	return true;
}

/**
 * port_json() - a port as JSON
 * @port: the port
 *
 * Return: object; see sandbox.c.
 */
json_t *port_json(const struct port *port)
{
	const struct counters *counters = &port->counters;
	json_t *object = json_object();
	char mac[MAC_TEXT];

	json_object_set_new(object, "port", json_text(port->name));
	json_object_set_new(object, "ifindex", json_integer(port->index));
	json_object_set_new(object, "ip", json_addr(port->ip));
	json_object_set_new(object, "guest", json_addr(port->guest));
	json_object_set_new(object, "gateway", json_addr(port->gateway));
	json_object_set_new(object, "mac", port->has_mac ?
			    json_string(mac_text(port->mac, mac)) : json_null());
	json_object_set_new(object, "host", json_string(port->host ? "allow" : "deny"));
	json_object_set_new(object, "policy", json_string(policy_name(port->policy)));
	json_object_set_new(object, "policy_entries", json_integer(port->policy_entries));
	json_object_set_new(object, "mark", json_integer(port->mark));
	json_object_set_new(object, "mark_mask", json_integer(port->mark_mask));
	json_object_set_new(object, "max_sessions", json_integer(port->max_sessions));
	json_object_set_new(object, "sessions", json_integer(port->sessions));
	json_object_set_new(object, "automatic", json_boolean(port->automatic));
	json_object_set_new(object, "packets_out", json_count(counters->value[COUNTER_INJECTED]));
	json_object_set_new(object, "bytes_out", json_count(port->bytes_out));
	json_object_set_new(object, "packets_back", json_count(counters_back(counters)));
	json_object_set_new(object, "bytes_back", json_count(port->bytes_back));
	json_object_set_new(object, "dropped", json_count(counters_dropped(counters)));
	json_object_set_new(object, "counters", counters_json(counters));
	return object;
}

static void note_port(struct nl_msg *msg, void *arg)
{
	struct ports *ports = arg;

	ports->list = array_grow(ports->list, ports->count, sizeof(*ports->list));
	if (port_parse(msg, &ports->list[ports->count]))
		ports->count++;
}

/**
 * ports_talk() - sends a request about ports
 * @genl: socket
 * @msg: one of CUBE_ROUTER_CMD_SANDBOX_*; freed
 * @each: called with each message of the answer, or NULL
 * @arg: for @each
 * @why: why it was refused
 *
 * Return: 0 or a negative errno.
 */
int ports_talk(struct genl *genl, struct nl_msg *msg, void (*each)(struct nl_msg *msg, void *arg),
	       void *arg, struct why *why)
{
	return genl_talk(genl, msg, attr_words, ARRAY_SIZE(attr_words), each, arg, why);
}

/**
 * ports_read() - lists all ports
 * @ports: the list; to be freed in any case
 * @genl: socket
 * @why: why there is none
 *
 * A list that was disturbed by changes is asked for anew: see netlink_again().
 *
 * Return: 0 or a negative errno.
 */
int ports_read(struct ports *ports, struct genl *genl, struct why *why)
{
	unsigned int times = 0;
	int err;

	*ports = (struct ports){ 0 };
	do {
		ports->count = 0;
		err = ports_talk(genl, genl_request(genl, CUBE_ROUTER_CMD_SANDBOX_GET, NLM_F_DUMP),
				 note_port, ports, why);
	} while (netlink_again(&genl->nl, err, &times));
	return err;
}

static void note_one(struct nl_msg *msg, void *arg)
{
	port_parse(msg, arg);
}

/**
 * ports_find() - looks a port up
 * @port: the port
 * @genl: socket
 * @name: of the port's device
 * @why: why it cannot be found
 *
 * Return: 0 or a negative errno.
 */
int ports_find(struct port *port, struct genl *genl, const char *name, struct why *why)
{
	struct nl_msg *msg = genl_request(genl, CUBE_ROUTER_CMD_SANDBOX_GET, 0);

	if (msg)
		nla_put_string(msg, CUBE_ROUTER_A_SANDBOX_PORT, name);
	return ports_talk(genl, msg, note_one, port, why);
}

/**
 * port_tell() - says what has become of a port; people see anyhow that nothing went wrong
 * @genl: socket
 * @name: of the port's device
 *
 * Return: exit code.
 */
int port_tell(struct genl *genl, const char *name)
{
	struct port port;
	struct why why;

	if (!out_is_json())
		return DONE;
	if (ports_find(&port, genl, name, &why))
		return refuse("'%s': %s", name, why.text);
	out_json(port_json(&port));
	return DONE;
}

/**
 * ports_free() - frees a list
 * @ports: what ports_read() has filled
 */
void ports_free(struct ports *ports)
{
	free(ports->list);
	*ports = (struct ports){ 0 };
}
