/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Conntrack's idle times for the flows of sandboxes.
 */
#ifndef CR_TIMEOUT_H
#define CR_TIMEOUT_H

#include "session.h"

struct nf_conn;
struct nf_ct_timeout;

/**
 * struct cr_timeouts - idle times in conntrack's own form, one set for each kind of its entries
 * @tcp: by TCP state
 * @udp: before and after an answer
 * @icmp: one value
 * @gre: as @udp
 * @sctp: by SCTP state
 * @other: one value
 */
struct cr_timeouts {
	struct nf_ct_timeout *tcp;
	struct nf_ct_timeout *udp;
	struct nf_ct_timeout *icmp;
	struct nf_ct_timeout *gre;
	struct nf_ct_timeout *sctp;
	struct nf_ct_timeout *other;
};

int cr_timeouts_init(struct cr_timeouts *timeouts, const struct cr_limits *limits);
void cr_timeouts_update(struct cr_timeouts *timeouts, const struct cr_limits *limits);
void cr_timeouts_destroy(struct cr_timeouts *timeouts, struct net *net);
void cr_timeouts_attach(const struct cr_timeouts *timeouts, struct nf_conn *ct);

#endif
