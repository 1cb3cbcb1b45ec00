/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the golden packets are sent and awaited: a device, possibly in another network namespace,
 * or a TAP of which we are the virtual machine.
 */
#ifndef TESTS_TOOLS_GOLDENPLACE_H
#define TESTS_TOOLS_GOLDENPLACE_H

#include "goldenframe.h"

/**
 * struct golden_place - an end of a wire
 * @name: as the files call it
 * @ifindex: of the device; 0 for a TAP
 * @fd: gives every frame that arrives there, and takes those to be sent
 * @watched: whether a frame that nobody expects there is a fault
 */
struct golden_place {
	char name[16];
	int ifindex;
	int fd;
	bool watched;
};

int golden_open(struct golden_place *place, char *words);
int golden_send(const struct golden_place *place, const struct golden_frame *frame);
int golden_receive(const struct golden_place *place, struct golden_frame *frame, int wait_ms);

#endif
