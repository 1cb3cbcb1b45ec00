/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The short way through the translation, for packets that leave everything as it is but the time.
 */
#ifndef CR_FASTPATH_H
#define CR_FASTPATH_H

#include "session.h"

struct cr_session *cr_fast_out(const struct cr_table *table, const struct cr_owner *owner,
			       __be32 guest, struct sk_buff *skb, u32 now);
struct cr_session *cr_fast_find_back(const struct cr_table *table, const struct sk_buff *skb,
				     u32 now);
bool cr_fast_back(struct cr_session *s, struct sk_buff *skb, u32 now);

#endif
