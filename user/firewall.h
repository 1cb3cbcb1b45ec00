/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's firewall: by which means our rules are in place, reading them, and changing them.
 */
#ifndef CUBE_FIREWALL_H
#define CUBE_FIREWALL_H

#include <jansson.h>

#include "rules.h"
#include "why.h"

/**
 * enum backend - by which means our rules are in place
 * @BACKEND_UNSAID: by those by which they are, else iptables, else nft, as the host has it
 * @BACKEND_IPTABLES: the host's iptables, be it the nf_tables or the legacy variant
 * @BACKEND_NFT: an nft table of our own
 */
enum backend {
	BACKEND_UNSAID,
	BACKEND_IPTABLES,
	BACKEND_NFT,
};

/**
 * enum variant - the two kinds of iptables, whose rules are not the same
 * @VARIANT_HOST: the one that is called `iptables` on this host
 * @VARIANT_OTHER: the other one
 * @VARIANTS: how many there are
 */
enum variant {
	VARIANT_HOST,
	VARIANT_OTHER,
	VARIANTS,
};

/**
 * struct firewall - what there is
 * @iptables: program of each variant; NULL where the host lacks it, or nothing can be there
 * @saved: its output of iptables-save; NULL without; owned
 * @rules: what of that is ours
 * @unlisted: table of nat and filter that the host's variant cannot list, for it has rules of nft's
 *	own; NULL: none
 * @legacy: the host's variant is the legacy one
 * @ruleset: output of `nft -j list ruleset`; NULL without; owned
 * @table: our nft table in nft's words, NULL without; owned
 * @hidden: command that takes away rules of ours in tables of iptables that iptables does not
 *	show, or where they are many, that lists them; NULL for none; owned
 * @unseen: why @ruleset is NULL although there may be something, "" otherwise
 * @stuck: our nft table is there all the same
 */
struct firewall {
	const char *iptables[VARIANTS];
	char *saved[VARIANTS];
	struct rules rules[VARIANTS];
	const char *unlisted;
	bool legacy;
	json_t *ruleset;
	char *table;
	char *hidden;
	struct why unseen;
	bool stuck;
};

bool firewall_possible(enum backend backend, struct why *why);
bool firewall_read(struct firewall *firewall, struct why *why);
void firewall_free(struct firewall *firewall);
enum backend firewall_backend(const struct firewall *now, enum backend wish);

bool firewall_make(const struct firewall *now, enum backend backend,
		   const struct rules_wish *wish, bool dry, bool *changed, struct why *why);
bool firewall_restore(const struct firewall *before, struct why *why);
bool firewall_drop(const struct firewall *now, bool dry, bool *changed, struct why *why);

char *firewall_nft_rule(const char *table, const char *chain, json_int_t handle);

#endif
