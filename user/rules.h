/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text of our iptables rules: what of a saved rule set is ours, what it should be, and the
 * iptables-restore input that leads from one to the other.
 */
#ifndef CUBE_RULES_H
#define CUBE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULES_CHAIN	"CUBE-ROUTER"

/**
 * enum forward - where in FORWARD the jump to our chain stands
 * @FORWARD_UNSAID: where it is, or last
 * @FORWARD_FIRST: before everything else
 * @FORWARD_LAST: behind everything else
 */
enum forward {
	FORWARD_UNSAID,
	FORWARD_FIRST,
	FORWARD_LAST,
};

/**
 * struct rule - one rule
 * @text: what follows the chain's name in the output of iptables-save; owned
 * @pos: place in its chain, from 1; 0: behind the last one
 */
struct rule {
	char *text;
	unsigned int pos;
};

/**
 * struct rule_list - rules of one chain, in their order
 * @rules: the rules; owned
 * @count: how many
 */
struct rule_list {
	struct rule *rules;
	size_t count;
};

/**
 * struct rules - what is ours in a rule set
 * @nat: rules in POSTROUTING of table nat
 * @jumps: rules in FORWARD of table filter
 * @forward_count: rules of anybody's in FORWARD
 * @has_chain: whether our chain exists in table filter
 * @chain: its rules
 */
struct rules {
	struct rule_list nat;
	struct rule_list jumps;
	unsigned int forward_count;
	bool has_chain;
	struct rule_list chain;
};

/**
 * struct rules_wish - what the rules depend on
 * @snat: internal address, host byte order
 * @port_low: translated ports lie in @port_low..65535
 * @forward: where the jump goes
 */
struct rules_wish {
	uint32_t snat;
	uint16_t port_low;
	enum forward forward;
};

struct rules rules_read(const char *saved);
struct rules rules_make(const struct rules_wish *wish, const struct rules *now);
char *rules_change(const struct rules *now, const struct rules *then);
void rules_free(struct rules *rules);

bool rules_same(const struct rule_list *a, const struct rule_list *b);
bool rules_complete(const struct rules *now, const struct rules *then);
bool rules_empty(const struct rules *rules);
bool rules_commented(const char *text);
bool rules_listed(const char *saved, const char *table);
const char *rules_next_line(const char **cursor, size_t *len);

#endif
