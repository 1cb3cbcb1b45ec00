// SPDX-License-Identifier: GPL-2.0
/*
 * The host's iptables rules, by way of its own programs. What the rules say is rules.c's business.
 * Called by the steps of `enable`, on leaving, and by the checks.
 */
#include <stdlib.h>

#include "child.h"
#include "firewall.h"

/**
 * firewall_present() - whether the host has iptables
 *
 * Return: whether it has.
 */
bool firewall_present(void)
{
	return child_exists("iptables-save") && child_exists("iptables-restore");
}

/**
 * firewall_save() - reads the rules of all tables
 * @why: why they cannot be read
 *
 * Return: output of iptables-save, or NULL; to be freed.
 */
char *firewall_save(struct why *why)
{
	static const char *const argv[] = { "iptables-save", NULL };
	char *saved;

	return child_run(argv, NULL, &saved, why) ? saved : NULL;
}

/**
 * firewall_read() - finds our rules
 * @rules: what there is of ours; to be freed if it was found out
 * @why: why it cannot be known
 *
 * Return: whether it was found out.
 */
bool firewall_read(struct rules *rules, struct why *why)
{
	char *saved = firewall_save(why);

	if (!saved)
		return false;
	*rules = rules_read(saved);
	free(saved);
	return true;
}

/**
 * firewall_change() - makes our rules what they should be
 * @now: what there is
 * @then: what there should be; empty: none
 * @dry: do not change them
 * @changed: whether something had to change
 * @why: why not
 *
 * Each table changes at once or not at all.
 *
 * Return: whether they are what they should be.
 */
bool firewall_change(const struct rules *now, const struct rules *then, bool dry, bool *changed,
		     struct why *why)
{
	static const char *const argv[] = { "iptables-restore", "--noflush", "-w", "30", NULL };
	char *change = rules_change(now, then);
	bool done;

	*changed = *change != '\0';
	done = !*changed || dry || child_run(argv, change, NULL, why);
	free(change);
	return done;
}
