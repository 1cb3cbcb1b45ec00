/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the module's configuration becomes another one: what differs, in words and in attributes.
 */
#ifndef CUBE_SETTINGS_H
#define CUBE_SETTINGS_H

#include "changes.h"
#include "live.h"

struct genl;
struct nl_msg;
struct why;

extern const struct live settings_fresh;

bool settings_differ(const struct live *a, const struct live *b);
void settings_tell(struct changes *changes, const struct live *from, const struct live *to);
bool settings_fit(struct genl *genl, const struct live *to, struct why *why);
void settings_put(struct nl_msg *msg, const struct live *from, const struct live *to);

#endif
