// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that a correct tool never sends, one by one: every attribute of every operation with
 * the wrong size, value or place, messages that end too early or too late, and requests that are
 * well formed but ask for what cannot be. Each has to be refused with a reason. No state; called
 * by genlabuse.c.
 */
#include <errno.h>
#include <linux/cube_router.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "genlabuse.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))
#define IDLE		ABUSE_U32, 1, 864000
#define ANY_U16		ABUSE_U16, 0, UINT16_MAX
#define ANY_U32		ABUSE_U32, 0, UINT32_MAX
#define NAME		ABUSE_STRING, 0, 15

/* -------- what may be sent -------- */

#define ATTR(type, name, ...) \
	[CUBE_ROUTER_A_##type] = { name, __VA_ARGS__ }

static const struct abuse_attr config_attrs[CUBE_ROUTER_A_CONFIG_MAX + 1] = {
	ATTR(CONFIG_PAD, "pad", ABUSE_NONE),
	ATTR(CONFIG_VERSION, "version", ABUSE_NONE),
	ATTR(CONFIG_MODE, "mode", ABUSE_U8, 0, CUBE_ROUTER_MODE_MAX),
	ATTR(CONFIG_FORCE, "force", ABUSE_FLAG),
	ATTR(CONFIG_HELD, "held", ABUSE_NONE),
	ATTR(CONFIG_DEVICE, "device", ABUSE_U8, 0, 1),
	ATTR(CONFIG_SNAT_ADDR, "snat-addr", ANY_U32),
	ATTR(CONFIG_SANDBOX_NET, "sandbox-net", ANY_U32),
	ATTR(CONFIG_SANDBOX_PREFIX, "sandbox-prefix", ABUSE_U8, 8, 30),
	ATTR(CONFIG_PORTS, "ports", ABUSE_STRING, 0, 31),
	ATTR(CONFIG_LATERAL, "lateral", ABUSE_U8, 0, 1),
	ATTR(CONFIG_PORT_LOW, "port-low", ABUSE_U16, 1024, 65000),
	ATTR(CONFIG_MAX_SESSIONS, "max-sessions", ABUSE_U32, 1, UINT32_MAX),
	ATTR(CONFIG_MAX_SESSIONS_NOW, "max-sessions-now", ABUSE_NONE),
	ATTR(CONFIG_MAX_SANDBOX_SESSIONS, "max-sandbox-sessions", ABUSE_U32, 1, UINT32_MAX),
	ATTR(CONFIG_MAX_SANDBOX_SESSIONS_NOW, "max-sandbox-sessions-now", ABUSE_NONE),
	ATTR(CONFIG_CONNTRACK_MAX, "conntrack-max", ABUSE_NONE),
	ATTR(CONFIG_SESSIONS, "sessions", ABUSE_NONE),
	ATTR(CONFIG_SANDBOXES, "sandboxes", ABUSE_NONE),
	ATTR(CONFIG_IDLE_TCP_SYN, "idle-tcp-syn", IDLE),
	ATTR(CONFIG_IDLE_TCP_ESTABLISHED, "idle-tcp-established", IDLE),
	ATTR(CONFIG_IDLE_TCP_CLOSING, "idle-tcp-closing", IDLE),
	ATTR(CONFIG_IDLE_TCP_RESET, "idle-tcp-reset", IDLE),
	ATTR(CONFIG_IDLE_UDP_UNREPLIED, "idle-udp-unreplied", IDLE),
	ATTR(CONFIG_IDLE_UDP_REPLIED, "idle-udp-replied", IDLE),
	ATTR(CONFIG_IDLE_ICMP, "idle-icmp", IDLE),
	ATTR(CONFIG_IDLE_OTHER, "idle-other", IDLE),
	ATTR(CONFIG_UPLINK, "uplink", NAME),
	ATTR(CONFIG_UPLINK_GATEWAY, "uplink-gateway", ANY_U32),
	ATTR(CONFIG_UPLINK_ADDR, "uplink-addr", ABUSE_NONE),
	ATTR(CONFIG_UPLINK_PORTS, "uplink-ports", ABUSE_NONE),
	ATTR(CONFIG_PORTMAP_LOW, "portmap-low", ABUSE_U16, 1024, 65535),
	ATTR(CONFIG_PORTMAP_HIGH, "portmap-high", ABUSE_U16, 1024, 65535),
	ATTR(CONFIG_BYPASS_MARK, "bypass-mark", ANY_U32),
	ATTR(CONFIG_BYPASS_MASK, "bypass-mask", ANY_U32),
};

static const struct abuse_attr sandbox_attrs[CUBE_ROUTER_A_SANDBOX_MAX + 1] = {
	ATTR(SANDBOX_PAD, "pad", ABUSE_NONE),
	ATTR(SANDBOX_PORT, "port", NAME),
	ATTR(SANDBOX_IFINDEX, "ifindex", ABUSE_NONE),
	ATTR(SANDBOX_IP, "ip", ANY_U32),
	ATTR(SANDBOX_HOST, "host", ABUSE_U8, 0, 1),
	ATTR(SANDBOX_MARK, "mark", ANY_U32),
	ATTR(SANDBOX_MARK_MASK, "mark-mask", ANY_U32),
	ATTR(SANDBOX_MAX_SESSIONS, "max-sessions", ANY_U32),
	ATTR(SANDBOX_AUTO, "auto", ABUSE_NONE),
	ATTR(SANDBOX_MAC, "mac", ABUSE_NONE),
	ATTR(SANDBOX_SESSIONS, "sessions", ABUSE_NONE),
	ATTR(SANDBOX_BYTES_OUT, "bytes-out", ABUSE_NONE),
	ATTR(SANDBOX_BYTES_BACK, "bytes-back", ABUSE_NONE),
	ATTR(SANDBOX_COUNTER, "counter", ABUSE_NONE),
	ATTR(SANDBOX_PROBE_DST, "probe-dst", ANY_U32),
	ATTR(SANDBOX_PROBE_TOKEN, "probe-token", ABUSE_TOKEN),
	ATTR(SANDBOX_POLICY, "policy", ABUSE_U8, 0, CUBE_ROUTER_POLICY_MAX),
	ATTR(SANDBOX_ALLOW, "allow", ABUSE_PREFIXES),
	ATTR(SANDBOX_DENY, "deny", ABUSE_PREFIXES),
	ATTR(SANDBOX_POLICY_ENTRIES, "policy-entries", ABUSE_NONE),
	ATTR(SANDBOX_GUEST, "guest", ANY_U32),
	ATTR(SANDBOX_GATEWAY, "gateway", ANY_U32),
};

static const struct abuse_attr session_attrs[CUBE_ROUTER_A_SESSION_MAX + 1] = {
	ATTR(SESSION_PAD, "pad", ABUSE_NONE),
	ATTR(SESSION_PORT, "port", NAME),
	ATTR(SESSION_PROTO, "proto", ABUSE_U8, 0, 255),
	ATTR(SESSION_SRC, "src", ABUSE_NONE),
	ATTR(SESSION_SRC_PORT, "src-port", ABUSE_NONE),
	ATTR(SESSION_DST, "dst", ANY_U32),
	ATTR(SESSION_DST_PORT, "dst-port", ANY_U16),
	ATTR(SESSION_NAT, "nat", ABUSE_NONE),
	ATTR(SESSION_NAT_PORT, "nat-port", ANY_U16),
	ATTR(SESSION_STATE, "state", ABUSE_NONE),
	ATTR(SESSION_IDLE, "idle", ABUSE_NONE),
	ATTR(SESSION_EXPIRES, "expires", ABUSE_NONE),
	ATTR(SESSION_COUNT, "count", ABUSE_NONE),
};

static const struct abuse_attr stats_attrs[CUBE_ROUTER_A_STATS_MAX + 1] = {
	ATTR(STATS_PAD, "pad", ABUSE_NONE),
	ATTR(STATS_COUNTER, "counter", ABUSE_NONE),
	ATTR(STATS_NAME, "name", ABUSE_NONE),
	ATTR(STATS_VALUE, "value", ABUSE_NONE),
};

static const struct abuse_attr portmap_attrs[CUBE_ROUTER_A_PORTMAP_MAX + 1] = {
	ATTR(PORTMAP_PROTO, "proto", ABUSE_U8, 0, 255),
	ATTR(PORTMAP_HOST_PORT, "host-port", ANY_U16),
	ATTR(PORTMAP_PORT, "port", NAME),
	ATTR(PORTMAP_GUEST_PORT, "guest-port", ANY_U16),
};

#define OP(command, name, object, ...)					\
	{ name, CUBE_ROUTER_CMD_##command, object##_attrs,		\
	  ARRAY_SIZE(object##_attrs) - 1, __VA_ARGS__ }

const struct abuse_op abuse_ops[] = {
	OP(CONFIG_GET, "config-get", config, false),
	OP(CONFIG_SET, "config-set", config, false),
	OP(SANDBOX_NEW, "sandbox-new", sandbox, false),
	OP(SANDBOX_SET, "sandbox-set", sandbox, false),
	OP(SANDBOX_DEL, "sandbox-del", sandbox, false),
	OP(SANDBOX_GET, "sandbox-get", sandbox, true),
	OP(SANDBOX_PROBE, "sandbox-probe", sandbox, false),
	OP(SESSION_GET, "session-get", session, true),
	OP(SESSION_FLUSH, "session-flush", session, false),
	OP(STATS_GET, "stats-get", stats, false),
	OP(PORTMAP_NEW, "portmap-new", portmap, false),
	OP(PORTMAP_DEL, "portmap-del", portmap, false),
	OP(PORTMAP_GET, "portmap-get", portmap, true),
	OP(POLICY_ADD, "policy-add", sandbox, false),
	OP(POLICY_DEL, "policy-del", sandbox, false),
	OP(POLICY_GET, "policy-get", sandbox, true),
};

const size_t abuse_op_count = ARRAY_SIZE(abuse_ops);

/**
 * abuse_begin() - a request that would be granted, for more to be put behind
 * @m: the request
 * @wire: to whom
 * @op: the operation
 * @flags: NLM_F_DUMP or 0
 */
void abuse_begin(struct wire_message *m, const struct wire *wire, const struct abuse_op *op,
		 uint16_t flags)
{
	static const uint8_t free_address[] = { 192, 168, 0, 30 };
	static const uint8_t token[ABUSE_TOKEN];
	static const uint8_t host_port[] = { 20007 >> 8, 20007 & 0xff };
	static const uint8_t guest_port[] = { 8080 >> 8, 8080 & 0xff };
	static const uint8_t proto = IPPROTO_TCP;
	const char *port = ABUSE_PORT;

	wire_begin(m, wire, op->cmd, flags);
	switch (op->cmd) {
	case CUBE_ROUTER_CMD_SANDBOX_NEW:
		port = ABUSE_FREE;
		wire_put(m, CUBE_ROUTER_A_SANDBOX_IP, free_address, sizeof(free_address));
		break;
	case CUBE_ROUTER_CMD_SANDBOX_PROBE:
		wire_put(m, CUBE_ROUTER_A_SANDBOX_PROBE_DST, free_address, sizeof(free_address));
		wire_put(m, CUBE_ROUTER_A_SANDBOX_PROBE_TOKEN, token, sizeof(token));
		break;
	case CUBE_ROUTER_CMD_SANDBOX_SET:
	case CUBE_ROUTER_CMD_SANDBOX_DEL:
	case CUBE_ROUTER_CMD_SANDBOX_GET:
	case CUBE_ROUTER_CMD_POLICY_ADD:
	case CUBE_ROUTER_CMD_POLICY_DEL:
	case CUBE_ROUTER_CMD_POLICY_GET:
		break;
	case CUBE_ROUTER_CMD_PORTMAP_NEW:
		wire_put(m, CUBE_ROUTER_A_PORTMAP_PORT, port, strlen(port) + 1);
		wire_put(m, CUBE_ROUTER_A_PORTMAP_GUEST_PORT, &guest_port, sizeof(guest_port));
		wire_put(m, CUBE_ROUTER_A_PORTMAP_PROTO, &proto, sizeof(proto));
		wire_put(m, CUBE_ROUTER_A_PORTMAP_HOST_PORT, &host_port, sizeof(host_port));
		return;
	case CUBE_ROUTER_CMD_PORTMAP_DEL:
		wire_put(m, CUBE_ROUTER_A_PORTMAP_PROTO, &proto, sizeof(proto));
		wire_put(m, CUBE_ROUTER_A_PORTMAP_HOST_PORT, &host_port, sizeof(host_port));
		return;
	case CUBE_ROUTER_CMD_SESSION_FLUSH:
		/* Should it be granted by mistake, nothing is lost. */
		wire_put(m, CUBE_ROUTER_A_SESSION_DST, free_address, sizeof(free_address));
		return;
	default:
		return;
	}
	wire_put(m, CUBE_ROUTER_A_SANDBOX_PORT, port, strlen(port) + 1);
}

/* -------- one request -------- */

#define POLICY		(-1)	/* as an error: EINVAL or ERANGE, which the kernel chooses */
#define NO_REASON	1	/* flag: it is the kernel's own refusal, which has no message */
#define NO_PLACE	2	/* flag: no attribute is to blame */

struct expected {
	const char *op;
	const char *kind;
	const char *what;
	int error;
	int flags;
	uint32_t offset;
};

static bool fits(const struct expected *e, const struct wire_answer *a)
{
	if (!a->came)
		return false;
	if (e->error == POLICY ? a->error != EINVAL && a->error != ERANGE : a->error != e->error)
		return false;
	if (!(e->flags & NO_REASON) && !*a->text)
		return false;
	return e->flags & NO_PLACE ? !a->offset : a->offset == e->offset;
}

/* Sends a request and prints how that went. Returns whether the answer was the right one. */
static bool expect(const struct wire *wire, const struct wire_message *m, const struct expected *e)
{
	struct wire_answer a;
	int err = wire_talk(wire, m, &a);
	bool fine = !err && fits(e, &a);

	printf("%s %s %s %s: want %s", e->op, e->kind, fine ? "fine" : "wrong", e->what,
	       e->error == POLICY ? "EINVAL or ERANGE" : strerrorname_np(e->error));
	if (!(e->flags & NO_PLACE))
		printf(" at %u", e->offset);
	if (err)
		printf(", the socket failed with %s\n", strerrorname_np(-err));
	else if (!a.came)
		printf(", nothing came\n");
	else
		printf(", got %s at %u '%s'\n", a.error ? strerrorname_np(a.error) : "success",
		       a.offset, a.text);
	return fine;
}

/* -------- wrong attributes -------- */

/* An attribute behind an otherwise good request, and a refusal that blames it. */
static bool expect_attr(const struct wire *wire, const struct abuse_op *op, uint16_t flags,
			const char *kind, uint16_t type, const void *data, size_t len)
{
	const char *name = (type & NLA_TYPE_MASK) <= op->last && type & NLA_TYPE_MASK ?
			   op->attrs[type & NLA_TYPE_MASK].name : "none";
	struct wire_message m;
	struct expected e = { .op = op->name, .kind = kind, .error = POLICY };
	char what[100];

	snprintf(what, sizeof(what), "%s%s, %zu bytes", flags ? "dump, " : "", name, len);
	e.what = what;
	abuse_begin(&m, wire, op, flags);
	e.offset = wire_put(&m, type, data, len);
	return expect(wire, &m, &e);
}

static bool wrong_number(const struct wire *wire, const struct abuse_op *op, uint16_t flags,
			 uint16_t type)
{
	const struct abuse_attr *attr = &op->attrs[type];
	const uint32_t most = UINT32_MAX >> (32 - 8 * attr->shape);
	uint32_t beyond[3];
	uint8_t bytes[64] = { 0 };
	bool fine = true;
	size_t n = 0;

	memcpy(bytes, &attr->min, sizeof(attr->min));
	for (size_t len = 0; len <= sizeof(bytes); len++)
		if (len != (size_t)attr->shape && (len <= 9 || len == sizeof(bytes)))
			fine &= expect_attr(wire, op, flags, "size", type, bytes, len);
	if (attr->min)
		beyond[n++] = attr->min - 1;
	if (attr->max < most) {
		beyond[n++] = attr->max + 1;
		beyond[n++] = most;
	}
	while (n--)
		fine &= expect_attr(wire, op, flags, "range", type, &beyond[n], attr->shape);
	return fine;
}

static bool wrong_string(const struct wire *wire, const struct abuse_op *op, uint16_t flags,
			 uint16_t type)
{
	const size_t max = op->attrs[type].max;
	char text[1024];
	bool fine;

	memset(text, 'z', sizeof(text));
	fine = expect_attr(wire, op, flags, "string", type, text, 0);
	fine &= expect_attr(wire, op, flags, "string", type, text, 1);
	fine &= expect_attr(wire, op, flags, "string", type, text, max + 1);
	fine &= expect_attr(wire, op, flags, "string", type, text, sizeof(text));
	/* It ends, but too late. */
	text[max + 1] = '\0';
	fine &= expect_attr(wire, op, flags, "string", type, text, max + 2);
	/* It ends early, and then goes on. */
	text[1] = '\0';
	return fine & expect_attr(wire, op, flags, "string", type, text, max + 3);
}

static bool wrong_token(const struct wire *wire, const struct abuse_op *op, uint16_t flags,
			uint16_t type)
{
	static const uint8_t bytes[ABUSE_TOKEN + 1];
	bool fine;

	fine = expect_attr(wire, op, flags, "size", type, bytes, 0);
	fine &= expect_attr(wire, op, flags, "size", type, bytes, ABUSE_TOKEN - 1);
	return fine & expect_attr(wire, op, flags, "size", type, bytes, ABUSE_TOKEN + 1);
}

/* Less than one; what is not a multiple is among the wishes. */
static bool wrong_prefixes(const struct wire *wire, const struct abuse_op *op, uint16_t flags,
			   uint16_t type)
{
	static const uint8_t bytes[sizeof(struct cube_router_prefix)];
	bool fine;

	fine = expect_attr(wire, op, flags, "size", type, bytes, 0);
	fine &= expect_attr(wire, op, flags, "size", type, bytes, 1);
	return fine & expect_attr(wire, op, flags, "size", type, bytes, sizeof(bytes) - 1);
}

static bool wrong_attr(const struct wire *wire, const struct abuse_op *op, uint16_t flags,
		       uint16_t type)
{
	static const uint8_t bytes[8];
	bool fine;

	switch (op->attrs[type].shape) {
	case ABUSE_NONE:
		fine = expect_attr(wire, op, flags, "not-to-be-set", type, bytes, 0);
		fine &= expect_attr(wire, op, flags, "not-to-be-set", type, bytes, 4);
		return fine & expect_attr(wire, op, flags, "not-to-be-set", type, bytes, 8);
	case ABUSE_FLAG:
		fine = expect_attr(wire, op, flags, "size", type, bytes, 1);
		fine &= expect_attr(wire, op, flags, "size", type, bytes, 4);
		break;
	case ABUSE_STRING:
		fine = wrong_string(wire, op, flags, type);
		break;
	case ABUSE_TOKEN:
		fine = wrong_token(wire, op, flags, type);
		break;
	case ABUSE_PREFIXES:
		fine = wrong_prefixes(wire, op, flags, type);
		break;
	default:
		fine = wrong_number(wire, op, flags, type);
	}
	return fine & expect_attr(wire, op, flags, "nested", type | NLA_F_NESTED, bytes, 4);
}

static bool wrong_attrs(const struct wire *wire, const struct abuse_op *op, uint16_t flags)
{
	static const uint8_t bytes[4];
	bool fine = true;

	for (uint16_t type = 1; type <= op->last; type++)
		fine &= wrong_attr(wire, op, flags, type);
	fine &= expect_attr(wire, op, flags, "unknown", 0, bytes, 4);
	fine &= expect_attr(wire, op, flags, "unknown", op->last + 1, bytes, 0);
	return fine & expect_attr(wire, op, flags, "unknown", 0x3fff, bytes, 4);
}

/* -------- wrong messages -------- */

/* Bytes behind an otherwise good request, which are no attribute. */
static bool leftover(const struct wire *wire, const struct abuse_op *op, uint16_t flags)
{
	/* A header too short, one that counts less than itself, one that reaches out. */
	static const struct {
		const char *what;
		struct nlattr header;
		size_t len;
	} ends[] = {
		{ "one byte", { .nla_len = 4, .nla_type = 1 }, 1 },
		{ "half a header", { .nla_len = 4, .nla_type = 1 }, 3 },
		{ "an attribute of no length", { .nla_len = 0, .nla_type = 1 }, 4 },
		{ "one shorter than its header", { .nla_len = 3, .nla_type = 1 }, 4 },
		{ "one that ends behind the message", { .nla_len = 5, .nla_type = 1 }, 4 },
		{ "one that ends far behind", { .nla_len = UINT16_MAX, .nla_type = 1 }, 4 },
	};
	struct expected e = { .op = op->name, .kind = "leftover", .error = EINVAL,
			      .flags = NO_PLACE };
	struct wire_message m;
	char what[100];
	bool fine = true;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		snprintf(what, sizeof(what), "%s%s", flags ? "dump, " : "", ends[i].what);
		e.what = what;
		abuse_begin(&m, wire, op, flags);
		wire_bytes(&m, &ends[i].header, ends[i].len);
		fine &= expect(wire, &m, &e);
	}
	return fine;
}

static bool wrong_header(const struct wire *wire, const struct abuse_op *op, uint16_t flags)
{
	struct expected e = { .op = op->name, .kind = "header", .error = EINVAL,
			      .flags = NO_PLACE | NO_REASON };
	struct wire_message m;
	bool fine = true;

	for (unsigned int len = 0; len < GENL_HDRLEN; len++) {
		e.what = flags ? "dump, cut" : "cut";
		abuse_begin(&m, wire, op, flags);
		m.len = NLMSG_LENGTH(len);
		m.nlh.nlmsg_len = m.len;
		fine &= expect(wire, &m, &e);
	}
	e.flags = NO_PLACE;
	e.what = "reserved bits";
	abuse_begin(&m, wire, op, flags);
	((struct genlmsghdr *)NLMSG_DATA(&m.nlh))->reserved = 1;
	fine &= expect(wire, &m, &e);
	e.what = "reserved flags";
	abuse_begin(&m, wire, op, flags | NLM_F_CREATE);
	return fine & expect(wire, &m, &e);
}

/* A message that says it is longer than it is: netlink itself drops it. */
static bool overlong(const struct wire *wire, const struct abuse_op *op)
{
	struct wire_message m;
	struct wire_answer a;
	bool fine;

	abuse_begin(&m, wire, op, 0);
	m.nlh.nlmsg_len = m.len + 1;
	fine = !wire_talk(wire, &m, &a) && !a.came;
	printf("%s header %s longer than what was sent: want no answer\n", op->name,
	       fine ? "fine" : "wrong");
	return fine;
}

static bool wrong_operations(const struct wire *wire)
{
	static const uint8_t cmds[] = { CUBE_ROUTER_CMD_UNSPEC, CUBE_ROUTER_CMD_LIMIT,
					CUBE_ROUTER_CMD_MAX + 1, UINT8_MAX };
	struct expected e = { .op = "operation", .kind = "unknown", .error = EOPNOTSUPP,
			      .flags = NO_PLACE | NO_REASON };
	struct wire_message m;
	char what[100];
	bool fine = true;

	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		for (int dump = 0; dump < 2; dump++) {
			snprintf(what, sizeof(what), "%s %u", dump ? "dump" : "number", cmds[i]);
			e.what = what;
			wire_begin(&m, wire, cmds[i], dump ? NLM_F_DUMP : 0);
			fine &= expect(wire, &m, &e);
		}
	}
	return fine;
}

/* -------- what cannot be -------- */

struct item {
	uint16_t type;
	uint8_t len;
	const char *text;	/* or NULL, for: */
	union {
		uint8_t bytes[4];
		uint32_t number;
	};
};

#define ITEM(a, size, ...)	{ .type = CUBE_ROUTER_A_##a, .len = size, __VA_ARGS__ }
#define U8(a, n)		ITEM(a, 1, .bytes = { n })
#define BE16(a, n)		ITEM(a, 2, .bytes = { (n) >> 8, (n) & 0xff })
#define U32(a, n)		ITEM(a, 4, .number = n)
#define FLAG(a)			ITEM(a, 0, .number = 0)
#define ADDR(a, ...)		ITEM(a, 4, .bytes = { __VA_ARGS__ })
#define TEXT(a, s)		ITEM(a, sizeof(s), .text = s)
/* Network, ttl and length of a prefix; its last reserved byte ends the string. */
#define PREFIX(a, net, ttl, len)	TEXT(a, net ttl len "\0\0")
#define FOR_EVER			"\0\0\0\0"
#define NET_10				"\x0a\0\0\0"

/* A well-formed request that has to be refused. */
struct wish {
	uint8_t cmd;
	const char *what;
	int error;
	uint16_t blame;		/* attribute, 0 for none */
	struct item items[5];
};

#define WISH(op, what, error, blame, ...) \
	{ CUBE_ROUTER_CMD_##op, what, error, blame, { __VA_ARGS__ } }
#define BLAME(a)		CUBE_ROUTER_A_##a

/* For a node with both registered ports, enabled, with the default addresses. */
static const struct wish wishes[] = {
	WISH(SANDBOX_NEW, "without a port", EINVAL, 0, ADDR(SANDBOX_IP, 192, 168, 0, 30)),
	WISH(SANDBOX_NEW, "with nothing", EINVAL, 0),
	WISH(SANDBOX_NEW, "without an address", EINVAL, 0, TEXT(SANDBOX_PORT, ABUSE_FREE)),
	WISH(SANDBOX_NEW, "no such device", ENODEV, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, "nowhere"), ADDR(SANDBOX_IP, 192, 168, 0, 30)),
	WISH(SANDBOX_NEW, "a device of no name", ENODEV, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, ""), ADDR(SANDBOX_IP, 192, 168, 0, 30)),
	WISH(SANDBOX_NEW, "a name that is a path", ENODEV, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, "../eth0 %s%n"), ADDR(SANDBOX_IP, 192, 168, 0, 30)),
	WISH(SANDBOX_NEW, "a registered port", EEXIST, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), ADDR(SANDBOX_IP, 192, 168, 0, 30)),
	WISH(SANDBOX_NEW, "another sandbox's address", EEXIST, BLAME(SANDBOX_IP),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 11)),
	WISH(SANDBOX_NEW, "an address outside", EINVAL, BLAME(SANDBOX_IP),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 64, 1)),
	WISH(SANDBOX_NEW, "the address 0.0.0.0", EINVAL, BLAME(SANDBOX_IP),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 0, 0, 0, 0)),
	WISH(SANDBOX_NEW, "the network's address", EINVAL, BLAME(SANDBOX_IP),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 0)),
	WISH(SANDBOX_NEW, "the broadcast address", EINVAL, BLAME(SANDBOX_IP),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 63, 255)),
	WISH(SANDBOX_NEW, "the internal address", EINVAL, BLAME(SANDBOX_IP),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 63, 254)),
	WISH(SANDBOX_NEW, "cube-router's address", EINVAL, BLAME(SANDBOX_IP),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 63, 253)),
	WISH(SANDBOX_NEW, "cube-router as port", EINVAL, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, CUBE_ROUTER_DEVICE), ADDR(SANDBOX_IP, 192, 168, 0, 30)),
	WISH(SANDBOX_NEW, "the loopback device", EINVAL, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, "lo"), ADDR(SANDBOX_IP, 192, 168, 0, 30)),
	WISH(SANDBOX_NEW, "a mask without a mark", EINVAL, BLAME(SANDBOX_MARK_MASK),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 30),
	     U32(SANDBOX_MARK_MASK, 1)),
	WISH(SANDBOX_NEW, "a mark outside its mask", EINVAL, BLAME(SANDBOX_MARK),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 30),
	     U32(SANDBOX_MARK, 3), U32(SANDBOX_MARK_MASK, 1)),
	WISH(SANDBOX_NEW, "another sandbox's address as the guest's", EINVAL, BLAME(SANDBOX_GUEST),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 30),
	     ADDR(SANDBOX_GUEST, 192, 168, 0, 11)),
	WISH(SANDBOX_NEW, "a multicast address as the guest's", EINVAL, BLAME(SANDBOX_GUEST),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 30),
	     ADDR(SANDBOX_GUEST, 224, 0, 0, 1)),
	WISH(SANDBOX_NEW, "the internal address as the guest's", EINVAL, BLAME(SANDBOX_GUEST),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 30),
	     ADDR(SANDBOX_GUEST, 192, 168, 63, 254)),
	WISH(SANDBOX_NEW, "the internal address as its gateway", EINVAL, BLAME(SANDBOX_GATEWAY),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 30),
	     ADDR(SANDBOX_GATEWAY, 192, 168, 63, 254)),
	WISH(SANDBOX_NEW, "itself as its gateway", EINVAL, BLAME(SANDBOX_GATEWAY),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 30),
	     ADDR(SANDBOX_GATEWAY, 192, 168, 0, 30)),
	WISH(SANDBOX_SET, "another guest address", EINVAL, BLAME(SANDBOX_GUEST),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), ADDR(SANDBOX_GUEST, 169, 254, 68, 6)),
	WISH(SANDBOX_SET, "the loopback as its gateway", EINVAL, BLAME(SANDBOX_GATEWAY),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), U8(SANDBOX_HOST, 1),
	     ADDR(SANDBOX_GATEWAY, 127, 0, 0, 1)),
	WISH(SANDBOX_NEW, "the bypass mark", EINVAL, BLAME(SANDBOX_MARK),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 30),
	     U32(SANDBOX_MARK, 0xce000000)),
	WISH(SANDBOX_SET, "the bypass mark", EINVAL, BLAME(SANDBOX_MARK),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), U8(SANDBOX_HOST, 1), U32(SANDBOX_MARK, 0xce000000)),
	WISH(SANDBOX_SET, "without a port", EINVAL, 0, U8(SANDBOX_HOST, 1)),
	WISH(SANDBOX_SET, "no such device", ENODEV, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, "nowhere"), U8(SANDBOX_HOST, 1)),
	WISH(SANDBOX_SET, "a port that is not registered", ENOENT, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), U8(SANDBOX_HOST, 1)),
	WISH(SANDBOX_SET, "another address", EINVAL, BLAME(SANDBOX_IP),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), ADDR(SANDBOX_IP, 192, 168, 0, 30)),
	WISH(SANDBOX_SET, "a mask without a mark, and more", EINVAL, BLAME(SANDBOX_MARK_MASK),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), U8(SANDBOX_HOST, 1), U32(SANDBOX_MAX_SESSIONS, 1),
	     U32(SANDBOX_MARK_MASK, 1)),
	WISH(SANDBOX_SET, "a mark outside its mask", EINVAL, BLAME(SANDBOX_MARK),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), U32(SANDBOX_MARK, 1), U32(SANDBOX_MARK_MASK, 0)),
	WISH(SANDBOX_DEL, "without a port", EINVAL, 0),
	WISH(SANDBOX_DEL, "no such device", ENODEV, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, "nowhere")),
	WISH(SANDBOX_DEL, "a port that is not registered", ENOENT, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, ABUSE_FREE)),
	WISH(SANDBOX_PROBE, "without a port", EINVAL, 0),
	WISH(SANDBOX_PROBE, "without a destination", EINVAL, 0,
	     TEXT(SANDBOX_PORT, ABUSE_PORT)),
	WISH(SANDBOX_NEW, "a prefix with host bits", EINVAL, BLAME(SANDBOX_DENY),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), ADDR(SANDBOX_IP, 192, 168, 0, 30),
	     PREFIX(SANDBOX_DENY, "\x0a\1\2\3", FOR_EVER, "\x08")),
	WISH(SANDBOX_SET, "a prefix with host bits, and more", EINVAL, BLAME(SANDBOX_ALLOW),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), U32(SANDBOX_MAX_SESSIONS, 1),
	     U8(SANDBOX_POLICY, CUBE_ROUTER_POLICY_DENY_ALL),
	     PREFIX(SANDBOX_ALLOW, "\x0a\1\2\3", FOR_EVER, "\x18")),
	WISH(POLICY_ADD, "without a port", EINVAL, 0,
	     PREFIX(SANDBOX_ALLOW, NET_10, FOR_EVER, "\x08")),
	WISH(POLICY_ADD, "without a prefix", EINVAL, 0, TEXT(SANDBOX_PORT, ABUSE_PORT)),
	WISH(POLICY_ADD, "no such device", ENODEV, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, "nowhere"), PREFIX(SANDBOX_ALLOW, NET_10, FOR_EVER, "\x08")),
	WISH(POLICY_ADD, "a port that is not registered", ENOENT, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, ABUSE_FREE), PREFIX(SANDBOX_ALLOW, NET_10, FOR_EVER, "\x08")),
	WISH(POLICY_ADD, "another base", EINVAL, BLAME(SANDBOX_POLICY),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), PREFIX(SANDBOX_ALLOW, NET_10, FOR_EVER, "\x08"),
	     U8(SANDBOX_POLICY, CUBE_ROUTER_POLICY_DENY_ALL)),
	WISH(POLICY_ADD, "host bits behind no bits", EINVAL, BLAME(SANDBOX_ALLOW),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), PREFIX(SANDBOX_ALLOW, NET_10, FOR_EVER, "\0")),
	WISH(POLICY_ADD, "a prefix of 33 bits", EINVAL, BLAME(SANDBOX_DENY),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), PREFIX(SANDBOX_DENY, NET_10, FOR_EVER, "\x21")),
	WISH(POLICY_ADD, "a ttl that is too long", EINVAL, BLAME(SANDBOX_DENY),
	     TEXT(SANDBOX_PORT, ABUSE_PORT),
	     PREFIX(SANDBOX_DENY, NET_10, "\xff\xff\xff\xff", "\x08")),
	WISH(POLICY_ADD, "reserved bytes", EINVAL, BLAME(SANDBOX_ALLOW),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), TEXT(SANDBOX_ALLOW, NET_10 FOR_EVER "\x08\0\1")),
	WISH(POLICY_ADD, "a prefix and a byte", EINVAL, BLAME(SANDBOX_ALLOW),
	     TEXT(SANDBOX_PORT, ABUSE_PORT),
	     TEXT(SANDBOX_ALLOW, NET_10 FOR_EVER "\x08\0\0\0")),
	WISH(POLICY_ADD, "the same entry in two lists", EEXIST, BLAME(SANDBOX_ALLOW),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), PREFIX(SANDBOX_ALLOW, NET_10, FOR_EVER, "\x08"),
	     PREFIX(SANDBOX_ALLOW, NET_10, FOR_EVER, "\x08")),
	WISH(POLICY_ADD, "a good list before a bad one", EINVAL, BLAME(SANDBOX_DENY),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), PREFIX(SANDBOX_ALLOW, NET_10, FOR_EVER, "\x08"),
	     PREFIX(SANDBOX_DENY, NET_10, FOR_EVER, "\x21")),
	WISH(POLICY_DEL, "an entry that is not there", ENOENT, BLAME(SANDBOX_DENY),
	     TEXT(SANDBOX_PORT, ABUSE_PORT), PREFIX(SANDBOX_DENY, NET_10, FOR_EVER, "\x08")),
	WISH(POLICY_GET, "without a port", EINVAL, 0),
	WISH(POLICY_GET, "no such device", ENOENT, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, "nowhere")),
	WISH(POLICY_GET, "a port that is not registered", ENOENT, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, ABUSE_FREE)),
	WISH(PORTMAP_NEW, "nothing", EINVAL, 0),
	WISH(PORTMAP_NEW, "a protocol without ports", EINVAL, BLAME(PORTMAP_PROTO),
	     U8(PORTMAP_PROTO, IPPROTO_GRE), BE16(PORTMAP_HOST_PORT, 20007)),
	WISH(PORTMAP_NEW, "no sandbox", EINVAL, 0,
	     U8(PORTMAP_PROTO, IPPROTO_TCP), BE16(PORTMAP_HOST_PORT, 20007)),
	WISH(PORTMAP_DEL, "a port that is not mapped", ENOENT, BLAME(PORTMAP_HOST_PORT),
	     U8(PORTMAP_PROTO, IPPROTO_TCP), BE16(PORTMAP_HOST_PORT, 20007)),
	WISH(SANDBOX_GET, "without a port", EINVAL, 0),
	WISH(SANDBOX_GET, "no such device", ENODEV, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, "nowhere")),
	WISH(SANDBOX_GET, "a port that is not registered", ENOENT, BLAME(SANDBOX_PORT),
	     TEXT(SANDBOX_PORT, "lo")),
	WISH(SESSION_GET, "of no such device", ENOENT, BLAME(SESSION_PORT),
	     TEXT(SESSION_PORT, "nowhere")),
	WISH(SESSION_GET, "of a port that is not registered", ENOENT, BLAME(SESSION_PORT),
	     TEXT(SESSION_PORT, ABUSE_FREE)),
	WISH(SESSION_GET, "of a port of no name", ENOENT, BLAME(SESSION_PORT),
	     TEXT(SESSION_PORT, "")),
	WISH(SESSION_FLUSH, "of no such device", ENOENT, BLAME(SESSION_PORT),
	     TEXT(SESSION_PORT, "nowhere")),
	WISH(SESSION_FLUSH, "of a port that is not registered", ENOENT, BLAME(SESSION_PORT),
	     TEXT(SESSION_PORT, ABUSE_FREE), U8(SESSION_PROTO, 6)),
	WISH(CONFIG_SET, "off while ports are registered", EBUSY, BLAME(CONFIG_MODE),
	     U8(CONFIG_MODE, CUBE_ROUTER_MODE_OFF), U32(CONFIG_IDLE_ICMP, 7)),
	WISH(CONFIG_SET, "force alone", EINVAL, BLAME(CONFIG_FORCE), FLAG(CONFIG_FORCE)),
	WISH(CONFIG_SET, "force with another mode", EINVAL, BLAME(CONFIG_FORCE),
	     FLAG(CONFIG_FORCE), U8(CONFIG_MODE, CUBE_ROUTER_MODE_HELD)),
	WISH(CONFIG_SET, "a network without its length", EINVAL, BLAME(CONFIG_SANDBOX_NET),
	     ADDR(CONFIG_SANDBOX_NET, 192, 168, 0, 0)),
	WISH(CONFIG_SET, "a length without its network", EINVAL, BLAME(CONFIG_SANDBOX_PREFIX),
	     U8(CONFIG_SANDBOX_PREFIX, 18)),
	WISH(CONFIG_SET, "a network that is not aligned", EINVAL, BLAME(CONFIG_SANDBOX_NET),
	     ADDR(CONFIG_SANDBOX_NET, 192, 168, 1, 0), U8(CONFIG_SANDBOX_PREFIX, 18)),
	WISH(CONFIG_SET, "a network without the registered ports", EBUSY,
	     BLAME(CONFIG_SANDBOX_NET), ADDR(CONFIG_SANDBOX_NET, 10, 0, 0, 0),
	     U8(CONFIG_SANDBOX_PREFIX, 8), U32(CONFIG_IDLE_ICMP, 7)),
	WISH(CONFIG_SET, "a bypass mask without its mark", EINVAL, BLAME(CONFIG_BYPASS_MASK),
	     U32(CONFIG_BYPASS_MASK, 1), U32(CONFIG_IDLE_ICMP, 7)),
	WISH(CONFIG_SET, "a bypass mark outside its mask", EINVAL, BLAME(CONFIG_BYPASS_MARK),
	     U32(CONFIG_BYPASS_MARK, 3), U32(CONFIG_BYPASS_MASK, 1)),
	WISH(CONFIG_SET, "a bypass mark without bits", EINVAL, BLAME(CONFIG_BYPASS_MARK),
	     U32(CONFIG_BYPASS_MARK, 0), U32(CONFIG_BYPASS_MASK, 1)),
	WISH(CONFIG_SET, "internal address 0.0.0.0", EINVAL, BLAME(CONFIG_SNAT_ADDR),
	     ADDR(CONFIG_SNAT_ADDR, 0, 0, 0, 0)),
	WISH(CONFIG_SET, "internal address of the loopback", EINVAL, BLAME(CONFIG_SNAT_ADDR),
	     ADDR(CONFIG_SNAT_ADDR, 127, 0, 0, 5)),
	WISH(CONFIG_SET, "a multicast internal address", EINVAL, BLAME(CONFIG_SNAT_ADDR),
	     ADDR(CONFIG_SNAT_ADDR, 224, 0, 0, 1)),
	WISH(CONFIG_SET, "the broadcast internal address", EINVAL, BLAME(CONFIG_SNAT_ADDR),
	     ADDR(CONFIG_SNAT_ADDR, 255, 255, 255, 255)),
	WISH(CONFIG_SET, "the host's own as internal address", EADDRINUSE,
	     BLAME(CONFIG_SNAT_ADDR), ADDR(CONFIG_SNAT_ADDR, 192, 168, 63, 253)),
	WISH(CONFIG_SET, "a sandbox's as internal address", EADDRINUSE, BLAME(CONFIG_SNAT_ADDR),
	     ADDR(CONFIG_SNAT_ADDR, 192, 168, 0, 12), U8(CONFIG_LATERAL, 1)),
};

/* For a namespace with a device of another kind called cube-router, and a port. */
static const struct wish fresh_wishes[] = {
	WISH(CONFIG_SET, "router without an internal address", EINVAL, BLAME(CONFIG_MODE),
	     U8(CONFIG_MODE, CUBE_ROUTER_MODE_ROUTER), U32(CONFIG_IDLE_ICMP, 7)),
	WISH(CONFIG_SET, "another device has the name", EEXIST, BLAME(CONFIG_DEVICE),
	     U32(CONFIG_IDLE_ICMP, 7), U8(CONFIG_DEVICE, 1)),
	WISH(CONFIG_SET, "another device has the name, with a mode", EEXIST, BLAME(CONFIG_DEVICE),
	     U8(CONFIG_MODE, CUBE_ROUTER_MODE_HELD), U8(CONFIG_DEVICE, 1)),
	WISH(CONFIG_SET, "another device has the name, with force", EEXIST, BLAME(CONFIG_DEVICE),
	     U8(CONFIG_MODE, CUBE_ROUTER_MODE_OFF), FLAG(CONFIG_FORCE), U8(CONFIG_DEVICE, 1)),
};

static const char *op_name(uint8_t cmd)
{
	for (size_t i = 0; i < abuse_op_count; i++)
		if (abuse_ops[i].cmd == cmd)
			return abuse_ops[i].name;
	return "?";
}

static bool refused_wish(const struct wire *wire, const struct wish *w, uint16_t flags)
{
	struct expected e = { .op = op_name(w->cmd), .kind = "impossible", .error = w->error };
	struct wire_message m;
	char what[100];
	size_t at;

	snprintf(what, sizeof(what), "%s%s", flags ? "dump, " : "", w->what);
	e.what = what;
	wire_begin(&m, wire, w->cmd, flags);
	for (const struct item *i = w->items; i < w->items + ARRAY_SIZE(w->items) && i->type;
	     i++) {
		at = wire_put(&m, i->type, i->text ? (const void *)i->text : i->bytes, i->len);
		if (i->type == w->blame)
			e.offset = at;
	}
	/* The end of a dump tells why, but has no word for the place. */
	if (flags)
		e.offset = 0;
	if (!e.offset)
		e.flags = NO_PLACE;
	return expect(wire, &m, &e);
}

/* -------- all of them -------- */

/**
 * abuse_malformed() - every wrong request, to a node with both ports
 * @wire: to whom
 *
 * Return: how many operations were not refused as they should be.
 */
int abuse_malformed(const struct wire *wire)
{
	int bad = !wrong_operations(wire);

	for (size_t i = 0; i < abuse_op_count; i++) {
		const struct abuse_op *op = &abuse_ops[i];
		/* It can be asked for in no other way. */
		const bool dump_only = op->cmd == CUBE_ROUTER_CMD_POLICY_GET ||
				       op->cmd == CUBE_ROUTER_CMD_PORTMAP_GET;
		struct expected e = { .op = op->name, .kind = "dump", .what = "of what has none",
				      .error = EOPNOTSUPP, .flags = NO_PLACE | NO_REASON };
		struct wire_message m;

		for (int dump = dump_only; dump <= op->dumps; dump++) {
			uint16_t flags = dump ? NLM_F_DUMP : 0;

			bad += !wrong_attrs(wire, op, flags);
			bad += !leftover(wire, op, flags);
			bad += !wrong_header(wire, op, flags);
		}
		bad += !overlong(wire, op);
		if (op->dumps)
			continue;
		abuse_begin(&m, wire, op, NLM_F_DUMP);
		bad += !expect(wire, &m, &e);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		if (wishes[i].cmd != CUBE_ROUTER_CMD_POLICY_GET)
			bad += !refused_wish(wire, &wishes[i], 0);
		if (wishes[i].cmd == CUBE_ROUTER_CMD_SESSION_GET ||
		    wishes[i].cmd == CUBE_ROUTER_CMD_POLICY_GET)
			bad += !refused_wish(wire, &wishes[i], NLM_F_DUMP);
	}
	return bad;
}

/* abuse_fresh() - the same for a namespace where cube-router is somebody else's device */
int abuse_fresh(const struct wire *wire)
{
	int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fresh_wishes); i++)
		bad += !refused_wish(wire, &fresh_wishes[i], 0);
	return bad;
}
