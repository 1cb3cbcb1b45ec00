/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * cube-router: the generic-netlink interface between the module and its tool. This is the only
 * header that both share.
 *
 * Rules of the family: every operation, dumps too, needs CAP_NET_ADMIN in the user namespace that
 * owns the network namespace of the socket. Attributes are only ever appended; a reader ignores
 * those it does not know and has a default for those that are missing. IPv4 addresses and ports
 * are in network byte order, everything else in host byte order. A refusal carries a message and,
 * where one is to blame, the attribute (NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS).
 */
#ifndef _UAPI_LINUX_CUBE_ROUTER_H
#define _UAPI_LINUX_CUBE_ROUTER_H

#include <linux/types.h>

#define CUBE_ROUTER_GENL_NAME		"cube_router"
#define CUBE_ROUTER_GENL_VERSION	1
#define CUBE_ROUTER_GENL_MCGRP_EVENTS	"events"

/* Name of the net_device, and of its kind in `ip -d link`. */
#define CUBE_ROUTER_DEVICE		"cube-router"

/**
 * enum cube_router_cmd - operations of the family
 * @CUBE_ROUTER_CMD_UNSPEC: never used
 * @CUBE_ROUTER_CMD_CONFIG_GET: answers with one message of &enum cube_router_config_attr
 * @CUBE_ROUTER_CMD_CONFIG_SET: changes what its attributes name, all of it or nothing
 * @CUBE_ROUTER_CMD_SANDBOX_NEW: registers a port; &enum cube_router_sandbox_attr
 * @CUBE_ROUTER_CMD_SANDBOX_SET: changes what its attributes name of a registered port
 * @CUBE_ROUTER_CMD_SANDBOX_DEL: unregisters a port; its sessions end
 * @CUBE_ROUTER_CMD_SANDBOX_GET: one port, or as a dump all of them
 * @CUBE_ROUTER_CMD_SESSION_GET: as a dump the sessions that match the filter, one message each;
 *	otherwise one message with their number in %CUBE_ROUTER_A_SESSION_COUNT;
 *	&enum cube_router_session_attr, those marked (filter) being the filter
 * @CUBE_ROUTER_CMD_SESSION_FLUSH: ends the sessions that match the filter, and answers with their
 *	number in %CUBE_ROUTER_A_SESSION_COUNT
 * @CUBE_ROUTER_CMD_STATS_GET: answers with one message of &enum cube_router_stats_attr
 * @CUBE_ROUTER_CMD_LIMIT: event only: a new flow was refused at a limit, at most one message a
 *	second for each sandbox; &enum cube_router_limit_attr
 * @CUBE_ROUTER_CMD_SANDBOX_PROBE: sends an ICMP echo request in a sandbox's stead, as if it had
 *	arrived on its port: %CUBE_ROUTER_A_SANDBOX_PORT, _PROBE_DST and _PROBE_TOKEN
 * @CUBE_ROUTER_CMD_PORTMAP_NEW: maps a port of the uplink's address to one of a sandbox;
 *	&enum cube_router_portmap_attr
 * @CUBE_ROUTER_CMD_PORTMAP_DEL: ends such a mapping, named by PROTO and HOST_PORT, and its sessions
 * @CUBE_ROUTER_CMD_PORTMAP_GET: as a dump all mappings
 * @CUBE_ROUTER_CMD_POLICY_ADD: adds entries to a sandbox's policy, all of them or none:
 *	%CUBE_ROUTER_A_SANDBOX_PORT, _ALLOW and _DENY. One that is there holds as long as the
 *	longer of both.
 * @CUBE_ROUTER_CMD_POLICY_DEL: takes entries away, all of them or none (ENOENT); their times do
 *	not matter
 * @CUBE_ROUTER_CMD_POLICY_GET: as a dump the entries of the sandbox's policy, by network and
 *	length, one in each message as %CUBE_ROUTER_A_SANDBOX_ALLOW or _DENY
 *
 * What CONFIG_SET, SANDBOX_NEW, SANDBOX_SET, SANDBOX_DEL, PORTMAP_NEW, PORTMAP_DEL and
 * SESSION_FLUSH did is also sent to the group "events", as a message of the same operation with the
 * contents of the matching GET; POLICY_ADD and POLICY_DEL as a SANDBOX_SET. A port that is
 * registered or goes because its device came or went is told in the same way, and a change of
 * %CUBE_ROUTER_A_CONFIG_HELD as a CONFIG_SET. A listener whose socket says ENOBUFS has missed
 * something: it was full, or the kernel had no memory.
 *
 * A dump of sessions is not a snapshot: what is made or ends meanwhile may be in it or not, and
 * what lives all the while is in it once. Where the mode was OFF meanwhile, it is marked
 * NLM_F_DUMP_INTR, like every other dump that something changed under.
 */
enum cube_router_cmd {
	CUBE_ROUTER_CMD_UNSPEC,
	CUBE_ROUTER_CMD_CONFIG_GET,
	CUBE_ROUTER_CMD_CONFIG_SET,
	CUBE_ROUTER_CMD_SANDBOX_NEW,
	CUBE_ROUTER_CMD_SANDBOX_SET,
	CUBE_ROUTER_CMD_SANDBOX_DEL,
	CUBE_ROUTER_CMD_SANDBOX_GET,
	CUBE_ROUTER_CMD_SESSION_GET,
	CUBE_ROUTER_CMD_SESSION_FLUSH,
	CUBE_ROUTER_CMD_STATS_GET,
	CUBE_ROUTER_CMD_LIMIT,
	CUBE_ROUTER_CMD_SANDBOX_PROBE,
	CUBE_ROUTER_CMD_PORTMAP_NEW,
	CUBE_ROUTER_CMD_PORTMAP_DEL,
	CUBE_ROUTER_CMD_PORTMAP_GET,
	CUBE_ROUTER_CMD_POLICY_ADD,
	CUBE_ROUTER_CMD_POLICY_DEL,
	CUBE_ROUTER_CMD_POLICY_GET,

	__CUBE_ROUTER_CMD_MAX,
	CUBE_ROUTER_CMD_MAX = __CUBE_ROUTER_CMD_MAX - 1
};

/**
 * enum cube_router_mode - what happens to the packets of registered ports
 * @CUBE_ROUTER_MODE_OFF: no port is hooked; the module touches nothing
 * @CUBE_ROUTER_MODE_ROUTER: they are translated to the internal address and routed by the host
 * @CUBE_ROUTER_MODE_HELD: they are dropped and counted
 * @CUBE_ROUTER_MODE_DIRECT: they are translated to the uplink's address and leave by the uplink,
 *	past the host's routing
 */
enum cube_router_mode {
	CUBE_ROUTER_MODE_OFF,
	CUBE_ROUTER_MODE_ROUTER,
	CUBE_ROUTER_MODE_HELD,
	CUBE_ROUTER_MODE_DIRECT,

	__CUBE_ROUTER_MODE_MAX,
	CUBE_ROUTER_MODE_MAX = __CUBE_ROUTER_MODE_MAX - 1
};

/**
 * enum cube_router_held - why the ports are held, bits of %CUBE_ROUTER_A_CONFIG_HELD
 * @CUBE_ROUTER_HELD_MODE: the mode is %CUBE_ROUTER_MODE_HELD
 * @CUBE_ROUTER_HELD_NO_DEVICE: there is no device cube-router
 * @CUBE_ROUTER_HELD_DEVICE_DOWN: cube-router is not up
 * @CUBE_ROUTER_HELD_NO_ADDRESS: cube-router has no IPv4 address
 * @CUBE_ROUTER_HELD_NO_UPLINK: mode direct, and no device has the uplink's name
 * @CUBE_ROUTER_HELD_UPLINK_DOWN: mode direct, and the uplink is not up
 * @CUBE_ROUTER_HELD_UPLINK_NO_ADDRESS: mode direct, and the uplink has no IPv4 address
 */
enum cube_router_held {
	CUBE_ROUTER_HELD_MODE		= 1 << 0,
	CUBE_ROUTER_HELD_NO_DEVICE	= 1 << 1,
	CUBE_ROUTER_HELD_DEVICE_DOWN	= 1 << 2,
	CUBE_ROUTER_HELD_NO_ADDRESS	= 1 << 3,
	CUBE_ROUTER_HELD_NO_UPLINK	= 1 << 4,
	CUBE_ROUTER_HELD_UPLINK_DOWN	= 1 << 5,
	CUBE_ROUTER_HELD_UPLINK_NO_ADDRESS = 1 << 6,
};

/**
 * enum cube_router_config_attr - the configuration of a network namespace
 * @CUBE_ROUTER_A_CONFIG_UNSPEC: never used
 * @CUBE_ROUTER_A_CONFIG_PAD: alignment of 64-bit attributes
 * @CUBE_ROUTER_A_CONFIG_VERSION: string, read only: version of the module
 * @CUBE_ROUTER_A_CONFIG_MODE: u8, &enum cube_router_mode. OFF is refused (EBUSY) while ports are
 *	registered. ROUTER is refused (EINVAL) without a SNAT_ADDR.
 * @CUBE_ROUTER_A_CONFIG_FORCE: flag, set only: with MODE OFF, unregister the ports
 * @CUBE_ROUTER_A_CONFIG_HELD: u32, read only: bits of &enum cube_router_held; 0 while traffic
 *	flows, and in mode OFF
 * @CUBE_ROUTER_A_CONFIG_DEVICE: u8: whether the device cube-router exists. Setting 1 makes it if it
 *	is not there (EEXIST if another device has its name), setting 0 deletes it.
 * @CUBE_ROUTER_A_CONFIG_SNAT_ADDR: be32: the internal address, source of injected packets. A
 *	change ends all sessions but those at the uplink's address.
 * @CUBE_ROUTER_A_CONFIG_SANDBOX_NET: be32: network of the sandbox CIDR; with SANDBOX_PREFIX
 * @CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX: u8, 8 to 30: prefix length of the sandbox CIDR
 * @CUBE_ROUTER_A_CONFIG_PORTS: string: pattern (*, ?, [..]) of the names of devices that are
 *	registered as they appear, whose names are `z` and the address; empty: none
 * @CUBE_ROUTER_A_CONFIG_LATERAL: u8, 0 or 1: whether sandboxes may reach one another
 * @CUBE_ROUTER_A_CONFIG_PORT_LOW: u16, 1024 to 65000: translated ports lie in PORT_LOW..65535
 * @CUBE_ROUTER_A_CONFIG_MAX_SESSIONS: u32: sessions in all
 * @CUBE_ROUTER_A_CONFIG_MAX_SESSIONS_NOW: u32, read only: the same, after three quarters of
 *	nf_conntrack_max
 * @CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS: u32: sessions of one sandbox
 * @CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS_NOW: u32, read only: the same, after a quarter of
 *	MAX_SESSIONS_NOW
 * @CUBE_ROUTER_A_CONFIG_CONNTRACK_MAX: u32, read only: nf_conntrack_max
 * @CUBE_ROUTER_A_CONFIG_SESSIONS: u32, read only: sessions there are
 * @CUBE_ROUTER_A_CONFIG_SANDBOXES: u32, read only: ports registered
 * @CUBE_ROUTER_A_CONFIG_IDLE_TCP_SYN: u32, seconds, 1 to 864000, as all idle times: TCP before the
 *	far end has answered
 * @CUBE_ROUTER_A_CONFIG_IDLE_TCP_ESTABLISHED: u32: TCP with data under way
 * @CUBE_ROUTER_A_CONFIG_IDLE_TCP_CLOSING: u32: TCP after a FIN
 * @CUBE_ROUTER_A_CONFIG_IDLE_TCP_RESET: u32: TCP after a RST
 * @CUBE_ROUTER_A_CONFIG_IDLE_UDP_UNREPLIED: u32: UDP before the far end has answered
 * @CUBE_ROUTER_A_CONFIG_IDLE_UDP_REPLIED: u32: UDP afterwards
 * @CUBE_ROUTER_A_CONFIG_IDLE_ICMP: u32: ICMP queries
 * @CUBE_ROUTER_A_CONFIG_IDLE_OTHER: u32: every other protocol
 * @CUBE_ROUTER_A_CONFIG_UPLINK: string: name of the uplink, by which sandboxes leave in mode direct
 *	and answer at mapped ports in every mode; empty: none. The device may come later. DIRECT is
 *	refused (EINVAL) without an UPLINK. A change ends the sessions of the old one.
 * @CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY: be32: next hop of what is not on the uplink's own links;
 *	0: there is none, and such destinations are refused
 * @CUBE_ROUTER_A_CONFIG_UPLINK_ADDR: be32, read only: the uplink's primary address now, or 0
 * @CUBE_ROUTER_A_CONFIG_UPLINK_PORTS: u32, read only: translated ports are the last so many up
 *	to 65535 at the uplink's address: what net.ipv4.ip_local_port_range leaves; 0: none is left
 * @CUBE_ROUTER_A_CONFIG_PORTMAP_LOW: u16, 1024 to 65535: mapped ports lie in PORTMAP_LOW..
 * @CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH: u16: ..PORTMAP_HIGH; with PORTMAP_LOW. Refused (EBUSY) while
 *	a mapping lies outside.
 * @CUBE_ROUTER_A_CONFIG_BYPASS_MARK: u32: packets whose mark has these bits are left to the host as
 *	they are, with the sandbox's own address. Refused (EINVAL) where a sandbox's mark could be
 *	taken for it, and without bits, which is what all have that nobody has marked.
 * @CUBE_ROUTER_A_CONFIG_BYPASS_MASK: u32: the bits of the mark that count; 0: there is no such
 *	mark. With BYPASS_MARK, which must lie inside; all bits by default.
 */
enum cube_router_config_attr {
	CUBE_ROUTER_A_CONFIG_UNSPEC,
	CUBE_ROUTER_A_CONFIG_PAD,
	CUBE_ROUTER_A_CONFIG_VERSION,
	CUBE_ROUTER_A_CONFIG_MODE,
	CUBE_ROUTER_A_CONFIG_FORCE,
	CUBE_ROUTER_A_CONFIG_HELD,
	CUBE_ROUTER_A_CONFIG_DEVICE,
	CUBE_ROUTER_A_CONFIG_SNAT_ADDR,
	CUBE_ROUTER_A_CONFIG_SANDBOX_NET,
	CUBE_ROUTER_A_CONFIG_SANDBOX_PREFIX,
	CUBE_ROUTER_A_CONFIG_PORTS,
	CUBE_ROUTER_A_CONFIG_LATERAL,
	CUBE_ROUTER_A_CONFIG_PORT_LOW,
	CUBE_ROUTER_A_CONFIG_MAX_SESSIONS,
	CUBE_ROUTER_A_CONFIG_MAX_SESSIONS_NOW,
	CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS,
	CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS_NOW,
	CUBE_ROUTER_A_CONFIG_CONNTRACK_MAX,
	CUBE_ROUTER_A_CONFIG_SESSIONS,
	CUBE_ROUTER_A_CONFIG_SANDBOXES,
	CUBE_ROUTER_A_CONFIG_IDLE_TCP_SYN,
	CUBE_ROUTER_A_CONFIG_IDLE_TCP_ESTABLISHED,
	CUBE_ROUTER_A_CONFIG_IDLE_TCP_CLOSING,
	CUBE_ROUTER_A_CONFIG_IDLE_TCP_RESET,
	CUBE_ROUTER_A_CONFIG_IDLE_UDP_UNREPLIED,
	CUBE_ROUTER_A_CONFIG_IDLE_UDP_REPLIED,
	CUBE_ROUTER_A_CONFIG_IDLE_ICMP,
	CUBE_ROUTER_A_CONFIG_IDLE_OTHER,
	CUBE_ROUTER_A_CONFIG_UPLINK,
	CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY,
	CUBE_ROUTER_A_CONFIG_UPLINK_ADDR,
	CUBE_ROUTER_A_CONFIG_UPLINK_PORTS,
	CUBE_ROUTER_A_CONFIG_PORTMAP_LOW,
	CUBE_ROUTER_A_CONFIG_PORTMAP_HIGH,
	CUBE_ROUTER_A_CONFIG_BYPASS_MARK,
	CUBE_ROUTER_A_CONFIG_BYPASS_MASK,

	__CUBE_ROUTER_A_CONFIG_MAX,
	CUBE_ROUTER_A_CONFIG_MAX = __CUBE_ROUTER_A_CONFIG_MAX - 1
};

/**
 * enum cube_router_policy - what a sandbox may send to where no entry of its policy matches
 * @CUBE_ROUTER_POLICY_NONE: anything
 * @CUBE_ROUTER_POLICY_DEFAULT: all but 10.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12 and
 *	192.168.0.0/16
 * @CUBE_ROUTER_POLICY_DENY_ALL: nothing
 */
enum cube_router_policy {
	CUBE_ROUTER_POLICY_NONE,
	CUBE_ROUTER_POLICY_DEFAULT,
	CUBE_ROUTER_POLICY_DENY_ALL,

	__CUBE_ROUTER_POLICY_MAX,
	CUBE_ROUTER_POLICY_MAX = __CUBE_ROUTER_POLICY_MAX - 1
};

/* The most entries that the policy of one sandbox has. */
#define CUBE_ROUTER_POLICY_ENTRIES_MAX	8192

/* The most seconds that an entry can be given; that of DNS (RFC 2181). */
#define CUBE_ROUTER_POLICY_TTL_MAX	2147483647

/**
 * struct cube_router_prefix - an entry of a policy
 * @net: be32: its network; bits behind the prefix length are refused
 * @ttl: seconds that it holds from now on, at most %CUBE_ROUTER_POLICY_TTL_MAX; 0 for ever
 * @len: prefix length, 0 to 32
 * @reserved: 0
 */
struct cube_router_prefix {
	__be32 net;
	__u32 ttl;
	__u8 len;
	__u8 reserved[3];
};

/**
 * enum cube_router_sandbox_attr - a sandbox and its port
 * @CUBE_ROUTER_A_SANDBOX_UNSPEC: never used
 * @CUBE_ROUTER_A_SANDBOX_PAD: alignment of 64-bit attributes
 * @CUBE_ROUTER_A_SANDBOX_PORT: string: name of the port's device; names the sandbox in every
 *	operation
 * @CUBE_ROUTER_A_SANDBOX_IFINDEX: u32, read only: index of the port's device
 * @CUBE_ROUTER_A_SANDBOX_IP: be32: the sandbox's address. NEW only; in the sandbox CIDR, and no
 *	other sandbox's or the host's.
 * @CUBE_ROUTER_A_SANDBOX_HOST: u8, 0 or 1: whether it may reach the host's own addresses; 0
 * @CUBE_ROUTER_A_SANDBOX_MARK: u32: packet mark of what is injected
 * @CUBE_ROUTER_A_SANDBOX_MARK_MASK: u32: the bits in which the mark is set, others stay as they
 *	are. With MARK, which must lie inside; all bits by default, none without MARK. Refused
 *	(EINVAL) where both agree with %CUBE_ROUTER_A_CONFIG_BYPASS_MARK in the bits they share.
 * @CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS: u32: its own limit of sessions, where that is below
 *	that of the configuration; 0: it has none
 * @CUBE_ROUTER_A_SANDBOX_AUTO: flag, read only: registered by CUBE_ROUTER_A_CONFIG_PORTS
 * @CUBE_ROUTER_A_SANDBOX_MAC: 6 bytes, read only: learnt from its newest frame; absent before
 * @CUBE_ROUTER_A_SANDBOX_SESSIONS: u32, read only: sessions it has
 * @CUBE_ROUTER_A_SANDBOX_BYTES_OUT: u64, read only: lengths, from the IP header on, of the packets
 *	that its counter "injected" counts
 * @CUBE_ROUTER_A_SANDBOX_BYTES_BACK: u64, read only: the same for "delivered" and
 *	"back-refragmented"
 * @CUBE_ROUTER_A_SANDBOX_COUNTER: nested, repeated, read only: one counter of
 *	CUBE_ROUTER_COUNTERS() since its registration, as %CUBE_ROUTER_A_STATS_NAME and
 *	%CUBE_ROUTER_A_STATS_VALUE; absent where that is 0. It counts what is known to be this
 *	sandbox's: all that comes from its port, and what comes back for one of its sessions.
 * @CUBE_ROUTER_A_SANDBOX_PROBE_DST: be32, PROBE only: destination of the probe
 * @CUBE_ROUTER_A_SANDBOX_PROBE_TOKEN: 16 bytes, PROBE only: what the probe carries behind its ICMP
 *	header
 * @CUBE_ROUTER_A_SANDBOX_POLICY: u8, &enum cube_router_policy: what holds where no entry matches.
 *	NEW: NONE by default. SET: as it was by default. With this, ALLOW or DENY, SET replaces all
 *	entries.
 * @CUBE_ROUTER_A_SANDBOX_ALLOW: array of &struct cube_router_prefix, repeated: entries that allow.
 *	NEW, SET and POLICY_* only. One that matches wins over any that refuses. An attribute holds
 *	less than 64 KiB: a message can have several. The same entry twice is refused (EEXIST), and
 *	so are more than %CUBE_ROUTER_POLICY_ENTRIES_MAX of both kinds together (E2BIG).
 * @CUBE_ROUTER_A_SANDBOX_DENY: the same: entries that refuse
 * @CUBE_ROUTER_A_SANDBOX_POLICY_ENTRIES: u32, read only: how many there are
 * @CUBE_ROUTER_A_SANDBOX_GUEST: be32: the address that the sandbox uses itself, which many may
 *	share; IP by default. NEW only; no other sandbox's IP, nor the host's. Refused (EOPNOTSUPP)
 *	by kernels that cannot translate what the host sends to it (before 5.16).
 * @CUBE_ROUTER_A_SANDBOX_GATEWAY: be32: the sandbox's next hop, which need not exist: every ARP
 *	request for another address than the sandbox's is answered; 0: the host does that
 */
enum cube_router_sandbox_attr {
	CUBE_ROUTER_A_SANDBOX_UNSPEC,
	CUBE_ROUTER_A_SANDBOX_PAD,
	CUBE_ROUTER_A_SANDBOX_PORT,
	CUBE_ROUTER_A_SANDBOX_IFINDEX,
	CUBE_ROUTER_A_SANDBOX_IP,
	CUBE_ROUTER_A_SANDBOX_HOST,
	CUBE_ROUTER_A_SANDBOX_MARK,
	CUBE_ROUTER_A_SANDBOX_MARK_MASK,
	CUBE_ROUTER_A_SANDBOX_MAX_SESSIONS,
	CUBE_ROUTER_A_SANDBOX_AUTO,
	CUBE_ROUTER_A_SANDBOX_MAC,
	CUBE_ROUTER_A_SANDBOX_SESSIONS,
	CUBE_ROUTER_A_SANDBOX_BYTES_OUT,
	CUBE_ROUTER_A_SANDBOX_BYTES_BACK,
	CUBE_ROUTER_A_SANDBOX_COUNTER,
	CUBE_ROUTER_A_SANDBOX_PROBE_DST,
	CUBE_ROUTER_A_SANDBOX_PROBE_TOKEN,
	CUBE_ROUTER_A_SANDBOX_POLICY,
	CUBE_ROUTER_A_SANDBOX_ALLOW,
	CUBE_ROUTER_A_SANDBOX_DENY,
	CUBE_ROUTER_A_SANDBOX_POLICY_ENTRIES,
	CUBE_ROUTER_A_SANDBOX_GUEST,
	CUBE_ROUTER_A_SANDBOX_GATEWAY,

	__CUBE_ROUTER_A_SANDBOX_MAX,
	CUBE_ROUTER_A_SANDBOX_MAX = __CUBE_ROUTER_A_SANDBOX_MAX - 1
};

/**
 * enum cube_router_session_state - how far a session has come
 * @CUBE_ROUTER_SESSION_TCP_SYN: TCP, the far end has not answered
 * @CUBE_ROUTER_SESSION_TCP_ESTABLISHED: TCP, both sides have spoken
 * @CUBE_ROUTER_SESSION_TCP_CLOSING: TCP, one side has sent a FIN
 * @CUBE_ROUTER_SESSION_TCP_RESET: TCP, one side has sent a RST
 * @CUBE_ROUTER_SESSION_UDP_UNREPLIED: UDP, the far end has not answered
 * @CUBE_ROUTER_SESSION_UDP_REPLIED: UDP, both sides have spoken
 * @CUBE_ROUTER_SESSION_ICMP: ICMP queries
 * @CUBE_ROUTER_SESSION_OTHER: a protocol that is translated by its address alone
 */
enum cube_router_session_state {
	CUBE_ROUTER_SESSION_TCP_SYN,
	CUBE_ROUTER_SESSION_TCP_ESTABLISHED,
	CUBE_ROUTER_SESSION_TCP_CLOSING,
	CUBE_ROUTER_SESSION_TCP_RESET,
	CUBE_ROUTER_SESSION_UDP_UNREPLIED,
	CUBE_ROUTER_SESSION_UDP_REPLIED,
	CUBE_ROUTER_SESSION_ICMP,
	CUBE_ROUTER_SESSION_OTHER,

	__CUBE_ROUTER_SESSION_MAX,
	CUBE_ROUTER_SESSION_MAX = __CUBE_ROUTER_SESSION_MAX - 1
};

/**
 * enum cube_router_session_attr - a session, or a filter over sessions
 * @CUBE_ROUTER_A_SESSION_UNSPEC: never used
 * @CUBE_ROUTER_A_SESSION_PAD: alignment of 64-bit attributes
 * @CUBE_ROUTER_A_SESSION_PORT: string (filter): name of the sandbox's port
 * @CUBE_ROUTER_A_SESSION_PROTO: u8 (filter): IP protocol
 * @CUBE_ROUTER_A_SESSION_SRC: be32: the address the sandbox uses
 * @CUBE_ROUTER_A_SESSION_SRC_PORT: be16: its port; the identifier of an ICMP query; 0 where the
 *	protocol is translated by address alone
 * @CUBE_ROUTER_A_SESSION_DST: be32 (filter): the far end
 * @CUBE_ROUTER_A_SESSION_DST_PORT: be16 (filter): its port, or 0
 * @CUBE_ROUTER_A_SESSION_NAT: be32: the internal address, or the uplink's
 * @CUBE_ROUTER_A_SESSION_NAT_PORT: be16 (filter): the port or identifier at it, or 0
 * @CUBE_ROUTER_A_SESSION_STATE: u8, &enum cube_router_session_state
 * @CUBE_ROUTER_A_SESSION_IDLE: u32: seconds since the last packet
 * @CUBE_ROUTER_A_SESSION_EXPIRES: u32: seconds until it ends if none comes
 * @CUBE_ROUTER_A_SESSION_COUNT: u32: number of sessions counted or flushed
 */
enum cube_router_session_attr {
	CUBE_ROUTER_A_SESSION_UNSPEC,
	CUBE_ROUTER_A_SESSION_PAD,
	CUBE_ROUTER_A_SESSION_PORT,
	CUBE_ROUTER_A_SESSION_PROTO,
	CUBE_ROUTER_A_SESSION_SRC,
	CUBE_ROUTER_A_SESSION_SRC_PORT,
	CUBE_ROUTER_A_SESSION_DST,
	CUBE_ROUTER_A_SESSION_DST_PORT,
	CUBE_ROUTER_A_SESSION_NAT,
	CUBE_ROUTER_A_SESSION_NAT_PORT,
	CUBE_ROUTER_A_SESSION_STATE,
	CUBE_ROUTER_A_SESSION_IDLE,
	CUBE_ROUTER_A_SESSION_EXPIRES,
	CUBE_ROUTER_A_SESSION_COUNT,

	__CUBE_ROUTER_A_SESSION_MAX,
	CUBE_ROUTER_A_SESSION_MAX = __CUBE_ROUTER_A_SESSION_MAX - 1
};

/**
 * enum cube_router_portmap_attr - a mapped port
 * @CUBE_ROUTER_A_PORTMAP_UNSPEC: never used
 * @CUBE_ROUTER_A_PORTMAP_PROTO: u8: IPPROTO_TCP or IPPROTO_UDP
 * @CUBE_ROUTER_A_PORTMAP_HOST_PORT: be16: the port at the uplink's address, in
 *	PORTMAP_LOW..PORTMAP_HIGH (ERANGE). EEXIST if it is mapped. Whether something on the host
 *	listens there, which would be heard no more, is for the tool to see.
 * @CUBE_ROUTER_A_PORTMAP_PORT: string: name of the sandbox's port. The mapping goes with it.
 * @CUBE_ROUTER_A_PORTMAP_GUEST_PORT: be16: the port at the sandbox's address, not 0
 */
enum cube_router_portmap_attr {
	CUBE_ROUTER_A_PORTMAP_UNSPEC,
	CUBE_ROUTER_A_PORTMAP_PROTO,
	CUBE_ROUTER_A_PORTMAP_HOST_PORT,
	CUBE_ROUTER_A_PORTMAP_PORT,
	CUBE_ROUTER_A_PORTMAP_GUEST_PORT,

	__CUBE_ROUTER_A_PORTMAP_MAX,
	CUBE_ROUTER_A_PORTMAP_MAX = __CUBE_ROUTER_A_PORTMAP_MAX - 1
};

/**
 * enum cube_router_limit_attr - the event %CUBE_ROUTER_CMD_LIMIT
 * @CUBE_ROUTER_A_LIMIT_UNSPEC: never used
 * @CUBE_ROUTER_A_LIMIT_COUNTER: string: the counter that rose, a name of
 *	CUBE_ROUTER_COUNTERS()
 * @CUBE_ROUTER_A_LIMIT_PORT: string: port of the sandbox whose flow was refused
 */
enum cube_router_limit_attr {
	CUBE_ROUTER_A_LIMIT_UNSPEC,
	CUBE_ROUTER_A_LIMIT_COUNTER,
	CUBE_ROUTER_A_LIMIT_PORT,

	__CUBE_ROUTER_A_LIMIT_MAX,
	CUBE_ROUTER_A_LIMIT_MAX = __CUBE_ROUTER_A_LIMIT_MAX - 1
};

/**
 * enum cube_router_stats_attr - the counters of a network namespace since the module came
 * @CUBE_ROUTER_A_STATS_UNSPEC: never used
 * @CUBE_ROUTER_A_STATS_PAD: alignment of 64-bit attributes
 * @CUBE_ROUTER_A_STATS_COUNTER: nested, repeated: one counter
 * @CUBE_ROUTER_A_STATS_NAME: string, in COUNTER: a name of CUBE_ROUTER_COUNTERS(), or one that a
 *	newer module has
 * @CUBE_ROUTER_A_STATS_VALUE: u64, in COUNTER
 */
enum cube_router_stats_attr {
	CUBE_ROUTER_A_STATS_UNSPEC,
	CUBE_ROUTER_A_STATS_PAD,
	CUBE_ROUTER_A_STATS_COUNTER,
	CUBE_ROUTER_A_STATS_NAME,
	CUBE_ROUTER_A_STATS_VALUE,

	__CUBE_ROUTER_A_STATS_MAX,
	CUBE_ROUTER_A_STATS_MAX = __CUBE_ROUTER_A_STATS_MAX - 1
};

/**
 * CUBE_ROUTER_COUNTERS() - every counter: its symbol, its name, what it counts
 * @X: macro of these three
 *
 * Each packet of a registered port ends in exactly one of the counters that say neither "back:" nor
 * "event:", and each packet that the host routes to cube-router, or that comes in by the uplink for
 * a sandbox, in exactly one of the "back:" ones. Those of events overlap with the former. Names are
 * only ever appended.
 */
#define CUBE_ROUTER_COUNTERS(X) \
	X(INJECTED, "injected", \
	  "translated and handed to the host's routing on cube-router, or sent out of the uplink") \
	X(PASSED_ARP, "passed-arp", \
	  "ARP, left to the host") \
	X(PASSED_REPLY, "passed-reply", \
	  "answers to connections opened to the sandbox, left to the host") \
	X(FRAGMENT_QUEUED, "fragment-queued", \
	  "fragments taken to wait for the rest of their packet") \
	X(HELD, "held", \
	  "dropped: the port was held") \
	X(NO_MEMORY, "no-memory", \
	  "dropped: no memory") \
	X(NOT_IPV4, "not-ipv4", \
	  "dropped: IPv6, VLAN or another protocol than IPv4 and ARP") \
	X(NOT_FOR_US, "not-for-us", \
	  "dropped: a frame for another MAC address") \
	X(BAD_HEADER, "bad-header", \
	  "dropped: IP header malformed, truncated or with a wrong checksum") \
	X(BAD_OPTIONS, "bad-options", \
	  "dropped: malformed IP options, a source route, or a time stamp with addresses") \
	X(BAD_TRANSPORT, "bad-transport", \
	  "dropped: TCP, UDP or ICMP header malformed or truncated") \
	X(BAD_OFFLOAD, "bad-offload", \
	  "dropped: segmentation or checksum request that does not fit the packet") \
	X(ARP_BAD, "arp-bad", \
	  "dropped: ARP that is malformed, or in another's name than the sandbox's") \
	X(SPOOFED, "spoofed", \
	  "dropped: the source is not the sandbox's address") \
	X(DST_LOOPBACK, "dst-loopback", \
	  "dropped: destination is 0.0.0.0/8 or 127.0.0.0/8") \
	X(DST_MULTICAST, "dst-multicast", \
	  "dropped: destination is multicast or reserved") \
	X(DST_BROADCAST, "dst-broadcast", \
	  "dropped: destination is a broadcast address") \
	X(DST_INTERNAL, "dst-internal", \
	  "dropped: destination is the internal address") \
	X(DST_SANDBOX, "dst-sandbox", \
	  "dropped: destination is another sandbox, and lateral traffic is denied") \
	X(DST_HOST, "dst-host", \
	  "dropped: destination is an address of the host, which is denied") \
	X(TTL_EXCEEDED, "ttl-exceeded", \
	  "refused: time to live exceeded; answered with ICMP within the sandbox's rate") \
	X(NO_CONNECTION, "no-connection", \
	  "refused: TCP that belongs to no connection; answered with RST") \
	X(LIMIT_SANDBOX, "limit-sandbox", \
	  "refused: new flow above the sandbox's limit of sessions") \
	X(LIMIT_TOTAL, "limit-total", \
	  "refused: new flow above the limit of all sessions") \
	X(CONNTRACK_FULL, "conntrack-full", \
	  "refused: new flow, the host's conntrack is full") \
	X(PORTS_EXHAUSTED, "ports-exhausted", \
	  "refused: no port left for this remote end") \
	X(PROTO_BUSY, "proto-busy", \
	  "refused: another sandbox, or the host, speaks this protocol with this remote address") \
	X(PROTO_UNSUPPORTED, "proto-unsupported", \
	  "refused: UDP-Lite or DCCP") \
	X(ICMP_UNSUPPORTED, "icmp-unsupported", \
	  "dropped: ICMP that is neither a query nor an error") \
	X(ICMP_STRAY, "icmp-stray", \
	  "dropped: ICMP error about no session of the sandbox") \
	X(ICMP_BAD, "icmp-bad", \
	  "dropped: ICMP error with a wrong checksum, or a malformed or truncated packet inside") \
	X(FRAGMENT_BUDGET, "fragment-budget", \
	  "dropped: the sandbox has too many incomplete packets waiting") \
	X(FRAGMENT_BAD, "fragment-bad", \
	  "dropped: fragment that fits no packet") \
	X(DELIVERED, "delivered", \
	  "back: translated and sent to the sandbox") \
	X(BACK_HELD, "back-held", \
	  "back: dropped, the ports were held") \
	X(BACK_NO_MEMORY, "back-no-memory", \
	  "back: dropped, no memory") \
	X(BACK_BAD, "back-bad", \
	  "back: dropped, not IPv4 or malformed") \
	X(BACK_UNASKED, "back-unasked", \
	  "back: dropped, from outside and no answer to anything that conntrack knows") \
	X(BACK_STRAY, "back-stray", \
	  "back: dropped, no session") \
	X(BACK_FRAGMENT, "back-fragment", \
	  "back: dropped, fragment whose first part was not seen") \
	X(BACK_NO_PORT, "back-no-port", \
	  "back: dropped, the sandbox is gone") \
	X(BACK_TOO_BIG, "back-too-big", \
	  "back: refused, larger than the port takes; answered with ICMP") \
	X(BACK_REFRAGMENTED, "back-refragmented", \
	  "back: translated and sent to the sandbox, cut to the size that its port takes") \
	X(GUARD, "guard", \
	  "event: stopped with the internal address on its way out of the host") \
	X(INVALID, "invalid", \
	  "event: stopped on its way out: outside its connection's window, or not tracked") \
	X(GUARD_ICMP, "guard-icmp", \
	  "event: ICMP error stopped with the internal address quoted") \
	X(GUARD_FOREIGN, "guard-foreign", \
	  "event: stopped on its way out: not ours, with the internal address as its source") \
	X(GUARD_DODGED, "guard-dodged", \
	  "event: stopped on its way in: by a port, but past its hook, for a filter there leads " \
	  "it through another device (ifb)") \
	X(SESSION_NEW, "session-new", \
	  "event: session made") \
	X(SESSION_EXPIRED, "session-expired", \
	  "event: session ended by its idle time") \
	X(SESSION_FLUSHED, "session-flushed", \
	  "event: session ended by flush, or with its port, mapping, mode, address or " \
	  "permission, or for want of an outside port") \
	X(ICMP_OUT, "icmp-out", \
	  "event: ICMP error of a sandbox translated") \
	X(ICMP_BACK, "icmp-back", \
	  "event: ICMP error for a sandbox translated") \
	X(REASSEMBLED, "reassembled", \
	  "event: packet of a sandbox put together from fragments") \
	X(RST_SENT, "rst-sent", \
	  "event: RST sent to a sandbox") \
	X(ICMP_SENT, "icmp-sent", \
	  "event: ICMP error sent to a sandbox") \
	X(ICMP_LIMITED, "icmp-limited", \
	  "event: ICMP error not sent, above the sandbox's rate") \
	X(PASSED_LOCAL, "passed-local", \
	  "mode direct: for the host itself or another sandbox, as is allowed; left to the host") \
	X(TOO_BIG, "too-big", \
	  "refused: larger than the uplink takes; answered with ICMP") \
	X(NO_NEXT_HOP, "no-next-hop", \
	  "refused: no gateway for it, or no answer from the next hop; answered with ICMP") \
	X(BACK_TTL, "back-ttl", \
	  "back: refused, time to live exceeded; answered with ICMP") \
	X(BACK_REFUSED, "back-refused", \
	  "back: dropped, a call to a mapped port that a limit or another flow stands against") \
	X(DST_DENIED, "dst-denied", \
	  "refused: the sandbox's policy denies the destination; TCP is answered with RST") \
	X(PASSED_BYPASS, "passed-bypass", \
	  "left to the host as it is: it has the bypass mark") \
	X(GUARD_BYPASS, "guard-bypass", \
	  "event: stopped on its way out: left to the host, which would have forwarded it") \
	X(ARP_ANSWERED, "arp-answered", \
	  "ARP, answered in the gateway's stead") \
	X(GUEST_LOST, "guest-lost", \
	  "event: stopped on the host's way to a guest: cannot be translated to its address") \
	X(GUARD_QUEUED, "guard-queued", \
	  "event: stopped on its way out: has waited in a queue (NFQUEUE) or met a rule that " \
	  "injects a copy, and begins a flow for which there is no room or no port")

#endif /* _UAPI_LINUX_CUBE_ROUTER_H */
