/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of our packets in rules that others have made: the rules reduced to what they mean
 * for us, and the judgement on them.
 */
#ifndef CUBE_JUDGE_H
#define CUBE_JUDGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * enum judge_way - our packets, by their way through the host
 * @WAY_OUT: first ones of flows, from the internal address on cube-router to anywhere
 * @WAY_BACK: answers, from anywhere to the internal address
 * @WAYS: how many there are
 */
enum judge_way {
	WAY_OUT,
	WAY_BACK,
	WAYS,
};

/**
 * struct judge_packets - which packets of ours are judged
 * @snat: internal address, host byte order
 * @outer: address that they have outside for it, host byte order; 0: any
 * @outside: by &enum judge_way, whether it is @outer that they have where they are judged
 * @dev: device by which they leave and their answers come; NULL: any but cube-router
 * @far: address of the far end, host byte order; 0: any
 * @protocol: IP protocol; 0: any
 *
 * A condition holds for all of them as soon as nothing else of them is left open.
 */
struct judge_packets {
	uint32_t snat;
	uint32_t outer;
	bool outside[WAYS];
	const char *dev;
	uint32_t far;
	uint8_t protocol;
};

/**
 * enum fit - how many of our packets a condition holds for
 * @FIT_NO: none
 * @FIT_SOME: those to some destinations, of some protocols; in any case not all
 * @FIT_UNKNOWN: cannot be judged
 * @FIT_ALL: all
 *
 * Of conditions that must all hold the smallest counts, of alternatives the greatest.
 */
enum fit {
	FIT_NO,
	FIT_SOME,
	FIT_UNKNOWN,
	FIT_ALL,
};

/**
 * struct fits - how many of them, for each way
 * @way: by &enum judge_way
 */
struct fits {
	enum fit way[WAYS];
};

/**
 * enum fate - what a rule does with the packets that it is for
 * @FATE_NONE: nothing that ends their way
 * @FATE_ACCEPT: the hook's other chains go on with them
 * @FATE_DROP: they are dropped or rejected
 * @FATE_RETURN: back to the calling chain
 * @FATE_JUMP: to another chain, and back
 * @FATE_GOTO: to another chain, and back to the calling one
 * @FATE_SNAT: they get another source address
 * @FATE_MASQUERADE: they get that of the output device
 * @FATE_UNTRACK: conntrack shall not see them, so that no NAT rule does
 * @FATE_OURS: they have come to the rules of cube-router
 * @FATE_UNKNOWN: cannot be judged
 */
enum fate {
	FATE_NONE,
	FATE_ACCEPT,
	FATE_DROP,
	FATE_RETURN,
	FATE_JUMP,
	FATE_GOTO,
	FATE_SNAT,
	FATE_MASQUERADE,
	FATE_UNTRACK,
	FATE_OURS,
	FATE_UNKNOWN,
};

/* Of several, those that count as bad. */
#define JUDGE_BAD(fate) (1U << (fate))

/**
 * struct judge_rule - what a rule means for us
 * @fits: the packets that it is for
 * @fate: what it does with them
 * @target: with FATE_JUMP and FATE_GOTO, name of the other chain; owned
 * @text: the rule itself as iptables-save writes it, NULL for one of nft; owned
 * @handle: nft's handle of it
 * @clamps: it tells TCP what the way takes
 */
struct judge_rule {
	struct fits fits;
	enum fate fate;
	char *target;
	char *text;
	json_int_t handle;
	bool clamps;
};

/**
 * enum hook - where a chain hangs
 * @HOOK_NONE: it is jumped to
 * @HOOK_PREROUTING: prerouting, where answers have the address of the egress device until NAT
 * @HOOK_FORWARD: forward
 * @HOOK_POSTROUTING: postrouting
 * @HOOK_OTHER: somewhere our packets do not come by, or not as those that we know
 */
enum hook {
	HOOK_NONE,
	HOOK_PREROUTING,
	HOOK_FORWARD,
	HOOK_POSTROUTING,
	HOOK_OTHER,
};

/**
 * struct judge_chain - a chain
 * @table: its table, with the family for one of nft; owned
 * @name: its name; owned
 * @hook: where it hangs
 * @first: it is asked about the first packet of each flow only
 * @nat: ... for NAT of its source
 * @priority: its place among those of its hook
 * @drops: its policy is DROP
 * @rules: its rules; owned
 * @count: how many
 * @next: number of the next chain in the same bucket, from 1; 0: none
 */
struct judge_chain {
	char *table;
	char *name;
	enum hook hook;
	bool first;
	bool nat;
	json_int_t priority;
	bool drops;
	struct judge_rule *rules;
	size_t count;
	size_t next;
};

/**
 * struct judge_set - the chains of a rule set
 * @chains: the chains; owned
 * @count: how many
 * @buckets: by the hash of their names, the number of a first chain, from 1; 0: none; owned
 * @room: how many buckets, a power of two, or 0
 */
struct judge_set {
	struct judge_chain *chains;
	size_t count;
	size_t *buckets;
	size_t room;
};

/**
 * enum loss - whether our packets meet a fate that they should not
 * @LOSS_NONE: none does, but for what an operator denies on purpose: some destinations, say
 * @LOSS_MAYBE: some do, or it cannot be judged
 * @LOSS_ALL: all of a way do
 */
enum loss {
	LOSS_NONE,
	LOSS_MAYBE,
	LOSS_ALL,
};

/**
 * struct judgement - what becomes of our packets in a chain
 * @loss: whether they are lost
 * @chain: where
 * @rule: by which rule; NULL: by the policy
 */
struct judgement {
	enum loss loss;
	const struct judge_chain *chain;
	const struct judge_rule *rule;
};

struct judge_set judge_iptables(const char *saved, const struct judge_packets *p);
struct judge_set judge_nft(json_t *ruleset, const struct judge_packets *p);
void judge_free(struct judge_set *set);
bool judge_behind(const struct judge_chain *chain);

struct judge_chain *judge_find(const struct judge_set *set, const char *table, const char *name);
struct judgement judge_chain(const struct judge_set *set, const struct judge_chain *chain,
			     unsigned int bad);
struct judgement judge_answers(const struct judge_set *set, const struct judge_chain *chain,
			       unsigned int bad);

bool judge_clamps(const struct judge_set *set);

/* For those who read rules. */
struct judge_chain *judge_add_chain(struct judge_set *set, char *table, char *name);
struct judge_rule *judge_add_rule(struct judge_chain *chain);
struct fits fits_every(enum fit fit);
struct fits fits_both(struct fits a, struct fits b);
struct fits fits_either(struct fits a, struct fits b);
struct fits fits_not(struct fits fits);
struct fits fits_device(const char *name, char any, const struct judge_packets *p,
			enum judge_way ours);
struct fits fits_range(uint32_t first, uint32_t last, const struct judge_packets *p,
		       enum judge_way ours);
struct fits fits_protocol(uint8_t protocol, const struct judge_packets *p);
struct fits fits_other_protocol(const struct judge_packets *p);
enum fate fate_snat(const char *to, const struct judge_packets *p);
struct fits fits_state(bool new, bool established);

#endif
