// SPDX-License-Identifier: GPL-2.0
/*
 * The peers of a WireGuard device, over its generic-netlink family: no other listing has them.
 * Called by tunnel.c. (Attributes: linux/wireguard.h.)
 */
#include <arpa/inet.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "array.h"
#include "genl.h"
#include "wireguard.h"

/* What is gathered: the socket is not free for more questions before the answer is complete. */
struct ends {
	uint32_t *list;
	size_t count;
	uint32_t mark;
};

static void note_peer(struct ends *ends, struct nlattr *peer)
{
	struct nlattr *tb[WGPEER_A_MAX + 1], *end;
	const struct sockaddr_in *sin;

	if (nla_parse_nested(tb, WGPEER_A_MAX, peer, NULL) < 0)
		return;
	end = tb[WGPEER_A_ENDPOINT];
	if (!end || nla_len(end) < (int)sizeof(*sin))
		return;
	sin = nla_data(end);
	if (sin->sin_family != AF_INET)
		return;
	ends->list = array_grow(ends->list, ends->count, sizeof(*ends->list));
	ends->list[ends->count++] = ntohl(sin->sin_addr.s_addr);
}

static void note_device(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[WGDEVICE_A_MAX + 1], *peer;
	struct ends *ends = arg;
	int left;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, WGDEVICE_A_MAX, NULL) < 0)
		return;
	if (tb[WGDEVICE_A_FWMARK])
		ends->mark = nla_get_u32(tb[WGDEVICE_A_FWMARK]);
	if (!tb[WGDEVICE_A_PEERS])
		return;
	nla_for_each_nested(peer, tb[WGDEVICE_A_PEERS], left)
		note_peer(ends, peer);
}

/**
 * wireguard_ends() - goes through the ends of a device's peers that have an IPv4 address
 * @dev: name of the device
 * @each: called with each: the address, host byte order, and the mark of the device's own packets
 * @arg: for @each
 * @why: why they cannot be known
 *
 * Return: whether they are known.
 */
bool wireguard_ends(const char *dev, void (*each)(uint32_t remote, uint32_t mark, void *arg),
		    void *arg, struct why *why)
{
	struct ends ends = { 0 };
	struct nl_msg *msg;
	struct genl genl;
	size_t i;
	int err;

	if (genl_open_family(&genl, WG_GENL_NAME, why))
		return false;
	msg = nlmsg_alloc();
	if (msg) {
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, genl.family, 0, NLM_F_DUMP,
			    WG_CMD_GET_DEVICE, WG_GENL_VERSION);
		nla_put_string(msg, WGDEVICE_A_IFNAME, dev);
	}
	err = netlink_talk(&genl.nl, msg, note_device, &ends, why);
	genl_close(&genl);
	for (i = 0; !err && i < ends.count; i++)
		each(ends.list[i], ends.mark, arg);
	free(ends.list);
	return !err;
}
