/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of a network namespace, and the mode switch.
 *
 * Everything that is configured changes under RTNL, and nowhere else; packets read it with
 * READ_ONCE() or RCU. That is the one lock of the control side.
 */
#ifndef CR_NETNS_H
#define CR_NETNS_H

#include <linux/in.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/xarray.h>
#include <net/netns/generic.h>

#include "fragment.h"
#include "session.h"
#include "timeout.h"

#define CR_PATTERN_LEN	32

/*
 * A mark, which lies inside its mask, and that, in one word of 64 bits: who reads it while it
 * changes sees the old or the new, and not the mark of the one under the mask of the other, where
 * the 0 of no mark is what every packet has. The whole word is 0 for no mark. (Machines of 32 bits
 * see two words.)
 */

/* cr_mark() - a mark with its mask */
static inline u64 cr_mark(u32 mark, u32 mask)
{
	return (u64)mask << 32 | mark;
}

/* cr_mark_bits() - the mark alone */
static inline u32 cr_mark_bits(u64 mark)
{
	return lower_32_bits(mark);
}

/* cr_mark_mask() - the bits that count; 0 for no mark */
static inline u32 cr_mark_mask(u64 mark)
{
	return upper_32_bits(mark);
}

/* cr_mark_is_in() - whether a packet's mark has the bits of one that is not 0 */
static inline bool cr_mark_is_in(u32 packet, u64 mark)
{
	return (packet & cr_mark_mask(mark)) == cr_mark_bits(mark);
}

/* cr_mark_put() - a packet's mark when it was given one, or 0 */
static inline u32 cr_mark_put(u32 packet, u64 mark)
{
	return (packet & ~cr_mark_mask(mark)) | cr_mark_bits(mark);
}

/* cr_marks_meet() - whether a packet that is given one mark could be taken for having the other */
static inline bool cr_marks_meet(u64 mark, u64 other)
{
	const u32 both = cr_mark_mask(mark) & cr_mark_mask(other);

	return both && !((cr_mark_bits(mark) ^ cr_mark_bits(other)) & both);
}

/**
 * struct cr_uplink - the device of uplink.c and direct.c
 * @dev: it, while it exists; what follows is about it
 * @addr: its primary address; 0: there is none
 * @gateway: next hop of what is not on its own links; 0: there is none
 * @watch_low: no session has a port below this one
 * @map_low: mapped ports lie from here, host order ...
 * @map_high: ... to here
 * @name: of the device; "" for none
 * @hook: on its ingress
 * @hooked: whether @hook is registered
 * @lro: switches receive offloads off that we could not undo, after @hook is registered
 */
struct cr_uplink {
	struct net_device __rcu *dev;
	__be32 addr;
	__be32 gateway;
	u32 watch_low;
	u16 map_low;
	u16 map_high;
	char name[IFNAMSIZ];
	struct nf_hook_ops hook;
	bool hooked;
	struct work_struct lro;
};

/**
 * struct cr_net - all that the module knows of a network namespace
 * @held: why packets do not flow: bits of &enum cube_router_held, or CR_HELD_OFF; 0 if they do
 * @snat_addr: the internal address; 0 before it is set
 * @sandbox_net: network of the sandbox CIDR
 * @sandbox_mask: its netmask
 * @lateral: whether sandboxes may reach one another
 * @bypass: what has this mark, of one bit at least, at its port is left to the host; 0 for no such
 *	mark
 * @device: cube-router, or NULL
 * @table: the sessions; set up in every mode but off
 * @stats: counters
 * @fragments: packets coming back in fragments
 * @timeouts: conntrack's idle times for our flows; set up with @table
 * @guard: the hook of guard.c; registered with @table set up
 * @replies: the hook of path.c; likewise
 * @uplink: by which sandboxes leave in mode direct
 * @portmaps: mapped ports; portmap.h has the key
 * @net: the namespace
 * @mode: &enum cube_router_mode
 * @ports: sandboxes by the index of their port's device
 * @addresses: sandboxes by their address, in host order
 * @port_count: how many there are
 * @port_changes: counts what is registered or mapped and what goes, for dumps
 * @policy_changes: counts every policy that is put in force, for dumps
 * @table_changes: counts how often @table was set up or taken down, for dumps
 * @pattern: names of the devices that are registered as they appear; "" for none
 */
struct cr_net {
	u32 held;
	__be32 snat_addr;
	__be32 sandbox_net;
	__be32 sandbox_mask;
	bool lateral;
	u64 bypass;
	struct net_device __rcu *device;
	struct cr_table table;
	struct cr_stats __percpu *stats;
	struct cr_fragment_memory fragments;
	struct cr_timeouts timeouts;
	struct nf_hook_ops guard;
	struct nf_hook_ops replies;
	struct cr_uplink uplink;
	struct xarray portmaps;

	struct net *net;
	enum cube_router_mode mode;
	struct xarray ports;
	struct xarray addresses;
	u32 port_count;
	u32 port_changes;
	u32 policy_changes;
	u32 table_changes;
	char pattern[CR_PATTERN_LEN];
};

/* Below is no address that can be somebody's, above are groups and what is reserved. */
#define CR_UNICAST_LOW	0x01000000
#define CR_UNICAST_END	0xe0000000

/* cr_is_unicast() - whether an address can be that of one machine, and is not loopback */
static inline bool cr_is_unicast(__be32 addr)
{
	return ntohl(addr) >= CR_UNICAST_LOW && ntohl(addr) < CR_UNICAST_END &&
	       !ipv4_is_loopback(addr);
}

/* cr_in_sandbox_cidr() - whether an address lies in the sandbox CIDR */
static inline bool cr_in_sandbox_cidr(const struct cr_net *crn, __be32 addr)
{
	return (addr & READ_ONCE(crn->sandbox_mask)) == READ_ONCE(crn->sandbox_net);
}

/* In &cr_net.held beside &enum cube_router_held: the mode is off, and no session table exists. */
#define CR_HELD_OFF	BIT(31)

extern unsigned int cr_net_id;

/* cr_net() - the state of a namespace; here, so that nobody calls the mode switch for it */
static inline struct cr_net *cr_net(const struct net *net)
{
	return net_generic(net, cr_net_id);
}

int cr_net_check_mode(enum cube_router_mode mode, u32 ports, __be32 snat_addr, const char *uplink,
		      struct netlink_ext_ack *extack);
int cr_net_set_mode(struct cr_net *crn, enum cube_router_mode mode,
		    struct netlink_ext_ack *extack);
void cr_net_update_held(struct cr_net *crn);

int cr_netns_init(void);
void cr_netns_exit(void);

#endif
