/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The policies of sandboxes in messages, for all who ask for them or change them.
 */
#ifndef CUBE_POLICY_H
#define CUBE_POLICY_H

#include "genl.h"
#include "prefixes.h"

struct nl_msg *policy_request(const struct genl *genl, uint8_t cmd, const struct prefixes *said);
int policy_read(struct prefixes *policy, struct genl *genl, const char *port, struct why *why);

#endif
