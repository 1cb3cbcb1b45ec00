/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Our nft table: what it should be, and whether it is.
 */
#ifndef CUBE_NFT_H
#define CUBE_NFT_H

#include <jansson.h>
#include <linux/cube_router.h>

#include "rules.h"

#define NFT_TABLE	"ip " CUBE_ROUTER_DEVICE	/* family and name */

/* Of its chain: behind that of iptables, as our rules there are behind those of others. */
#define NFT_PRIORITY	101

bool nft_is_ours(json_t *object);
bool nft_dormant(const char *listing);
bool nft_present(json_t *ruleset);
bool nft_is(json_t *ruleset, const struct rules_wish *wish);
char *nft_make(const struct rules_wish *wish);
char *nft_replace(const char *table);
char *nft_hidden(json_t *ruleset, const char *table);
char *nft_rule_text(const char *listing, json_int_t handle);

#endif
