/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Probes: packets that the operator sends in a sandbox's stead.
 */
#ifndef CR_PROBE_H
#define CR_PROBE_H

#include "sandbox.h"

/* Bytes by which whoever asked for a probe knows it again on every device. */
#define CR_PROBE_TOKEN	16

int cr_probe(struct cr_sandbox *sbx, __be32 daddr, const u8 token[CR_PROBE_TOKEN]);

#endif
