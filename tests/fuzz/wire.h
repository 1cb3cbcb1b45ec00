/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The places where the fuzzer's packets enter the node, and how many did.
 */
#ifndef TESTS_FUZZ_WIRE_H
#define TESTS_FUZZ_WIRE_H

#include "fuzz.h"

/**
 * struct wire_count - what became of the packets of one way
 * @sent: taken by the kernel
 * @refused: not taken
 * @lost: of those sent: never seen by who would have been next. On the way out, VLAN frames that
 *	end inside their tag, which the kernel drops before any hook of the port. Into cube-router,
 *	what could not be segmented, which the kernel drops before it asks the device.
 */
struct wire_count {
	uint64_t sent;
	uint64_t refused;
	uint64_t lost;
};

/**
 * struct wire - the places, and the counts
 * @fd: by way; of those that are not opened 0
 * @ifindex: by way, 0 where the socket knows
 * @count: by way
 */
struct wire {
	int fd[FUZZ_WAYS];
	int ifindex[FUZZ_WAYS];
	struct wire_count count[FUZZ_WAYS];
};

int wire_open(struct wire *w, bool direct);
int wire_send(struct wire *w, const struct fuzz_packet *p);
void wire_drain(const struct wire *w);

#endif
