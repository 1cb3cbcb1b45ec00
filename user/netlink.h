/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A netlink socket on which the kernel's own words come through: libnl 3.7 drops the text of
 * extended acknowledgements, and errors that end a dump.
 */
#ifndef CUBE_NETLINK_H
#define CUBE_NETLINK_H

#include <stdint.h>
#include <netlink/msg.h>

#include "why.h"

/**
 * struct netlink - a socket
 * @sk: libnl's
 * @cb: its handlers
 * @protocol: NETLINK_*
 * @each: gets each message of the answer
 * @arg: for @each
 * @request: what is being answered
 * @done: the answer is complete
 * @interrupted: what was dumped has changed meanwhile; stays set until the next request
 * @error: errno of the answer
 * @attribute: type of the attribute that is to blame, or 0; generic netlink only
 * @text: the kernel's message, or ""
 */
struct netlink {
	struct nl_sock *sk;
	struct nl_cb *cb;
	int protocol;
	void (*each)(struct nl_msg *msg, void *arg);
	void *arg;
	struct nlmsghdr *request;
	bool done;
	bool interrupted;
	int error;
	uint16_t attribute;
	char text[256];
};

int netlink_open(struct netlink *nl, int protocol, struct why *why);
void netlink_close(struct netlink *nl);
int netlink_talk(struct netlink *nl, struct nl_msg *msg,
		 void (*each)(struct nl_msg *msg, void *arg), void *arg, struct why *why);
bool netlink_again(const struct netlink *nl, int err, unsigned int *times);
int netlink_dump(struct netlink *nl, int type, void (*each)(struct nl_msg *msg, void *arg),
		 void *arg, size_t *count, struct why *why);

/* The values of attributes whose lengths were checked; 0 where there is none. */
uint8_t attr_u8(const struct nlattr *attr);
uint16_t attr_u16(const struct nlattr *attr);
uint32_t attr_u32(const struct nlattr *attr);
uint64_t attr_u64(const struct nlattr *attr);
uint32_t attr_addr(const struct nlattr *attr);
uint16_t attr_port(const struct nlattr *attr);

#endif
