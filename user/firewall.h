/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's iptables rules: reading them, and changing ours.
 */
#ifndef CUBE_FIREWALL_H
#define CUBE_FIREWALL_H

#include "rules.h"

/* What to say where firewall_present() says no. */
#define FIREWALL_ABSENT "iptables is not installed: apt-get install iptables"

bool firewall_present(void);
char *firewall_save(struct why *why);
bool firewall_read(struct rules *rules, struct why *why);
bool firewall_change(const struct rules *now, const struct rules *then, bool dry, bool *changed,
		     struct why *why);

#endif
