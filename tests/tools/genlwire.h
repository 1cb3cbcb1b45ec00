/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Raw generic-netlink messages, well formed or not, and what the kernel says to them. A library
 * would refuse to make most of these. genlabuse uses it.
 */
#ifndef TESTS_TOOLS_GENLWIRE_H
#define TESTS_TOOLS_GENLWIRE_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAX	4096	/* bytes of a request */

/**
 * struct wire - a socket to a generic-netlink family
 * @fd: the socket
 * @family: type of the family's messages
 * @group: number of the multicast group, 0 if there is none
 */
struct wire {
	int fd;
	uint16_t family;
	uint32_t group;
};

/**
 * struct wire_message - a request
 * @nlh: its header; nlmsg_len follows what is put, and may be set to something else afterwards
 * @bytes: all of it
 * @len: bytes to be sent
 */
struct wire_message {
	union {
		struct nlmsghdr nlh;
		uint8_t bytes[WIRE_MAX];
	};
	size_t len;
};

/**
 * struct wire_answer - what came back
 * @came: whether anything did
 * @error: errno of the refusal, 0 if there was none
 * @offset: where in the request the attribute to blame begins, 0 if none is named
 * @text: the reason in words, may be empty
 * @objects: messages of the family itself
 */
struct wire_answer {
	bool came;
	int error;
	uint32_t offset;
	char text[128];
	unsigned int objects;
};

int wire_open(struct wire *wire, const char *family, const char *group);
void wire_close(struct wire *wire);
int wire_join(const struct wire *wire);

struct genlmsghdr *wire_begin(struct wire_message *m, const struct wire *wire, uint8_t cmd,
			      uint16_t flags);
size_t wire_bytes(struct wire_message *m, const void *data, size_t len);
size_t wire_put(struct wire_message *m, uint16_t type, const void *data, size_t len);
int wire_talk(const struct wire *wire, const struct wire_message *m, struct wire_answer *answer);

#endif
