/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What we ask of the kernel's connection tracking, and what we tell it.
 */
#ifndef CR_CONNTRACK_H
#define CR_CONNTRACK_H

#include "parse.h"

struct cr_net;
struct nf_conn;

bool cr_conntrack_is_reply(struct net *net, struct sk_buff *skb, const struct cr_packet *p,
			   __be32 ip);
__be32 cr_conntrack_quoted_source(struct net *net, struct sk_buff *skb, const struct cr_packet *p);
bool cr_conntrack_has_entry(struct net *net, struct sk_buff *skb, const struct cr_packet *p,
			    __be32 saddr);
bool cr_conntrack_reset_ignored(const struct sk_buff *skb);
bool cr_conntrack_is_offloaded(struct net *net, struct sk_buff *skb);
bool cr_conntrack_port_in_use(struct net *net, const struct cr_session *s);
bool cr_conntrack_full(const struct net *net);
unsigned int cr_conntrack_dropped(const struct net *net);
struct cr_tuple cr_conntrack_backward(const struct nf_conn *ct);
void cr_conntrack_make_way(struct net *net, const struct nf_conn *ct, __be32 internal);
void cr_conntrack_forget(struct cr_table *table, struct llist_node *dead, unsigned int n);
void cr_conntrack_part(struct cr_net *crn);

#endif
