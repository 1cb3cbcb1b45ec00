// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of our packets in rules that others have made. Pure. Readers of rules, for iptables
 * and for nft, reduce each rule to how many of our packets it is for, and what it does with them;
 * the way of the packets through the chains is the same then. Called by the checks.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/cube_router.h>

#include "array.h"
#include "judge.h"
#include "parse.h"

/* Where the kernel does NAT, whatever the priorities of the chains that say how. */
#define NAT_PREROUTING	(-100)
#define NAT_POSTROUTING	100

#define DEPTH_MAX 32	/* chains in chains; the kernel has 16 */

/* FNV-1a. */
static size_t hash(const char *table, const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *table; table++)
		hash = (hash ^ (unsigned char)*table) * 16777619U;
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return hash;
}

/* Puts a chain last into its bucket: of two with one name the first is found. */
static void enlist(struct judge_set *set, size_t i)
{
	const struct judge_chain *chain = &set->chains[i];
	size_t *number = &set->buckets[hash(chain->table, chain->name) & (set->room - 1)];

	while (*number)
		number = &set->chains[*number - 1].next;
	*number = i + 1;
}

/* Kubernetes has some chains for each of its services: there are as many buckets as chains. */
static void make_room(struct judge_set *set)
{
	size_t i;

	free(set->buckets);
	set->room = set->room ? 2 * set->room : 16;
	set->buckets = calloc(set->room, sizeof(*set->buckets));
	if (!set->buckets)
		abort();
	for (i = 0; i < set->count; i++)
		set->chains[i].next = 0;
	for (i = 0; i < set->count; i++)
		enlist(set, i);
}

/**
 * judge_add_chain() - adds a chain
 * @set: to which
 * @table: its table; owned by the set from now on
 * @name: its name; the same
 *
 * Return: the chain, until the next one is added.
 */
struct judge_chain *judge_add_chain(struct judge_set *set, char *table, char *name)
{
	struct judge_chain *chain;

	set->chains = array_grow(set->chains, set->count, sizeof(*chain));
	if (!table || !name)
		abort();
	chain = &set->chains[set->count++];
	*chain = (struct judge_chain){ .table = table, .name = name };
	if (set->count > set->room)
		make_room(set);
	else
		enlist(set, set->count - 1);
	return chain;
}

/**
 * judge_add_rule() - adds a rule, for all of our packets, that does nothing
 * @chain: to which
 *
 * Return: the rule, until the next one is added.
 */
struct judge_rule *judge_add_rule(struct judge_chain *chain)
{
	struct judge_rule *rule;

	chain->rules = array_grow(chain->rules, chain->count, sizeof(*rule));
	rule = &chain->rules[chain->count++];
	*rule = (struct judge_rule){ .fits = fits_every(FIT_ALL) };
	return rule;
}

/**
 * judge_free() - frees a rule set
 * @set: it
 */
void judge_free(struct judge_set *set)
{
	struct judge_chain *chain;
	size_t i;

	while (set->count) {
		chain = &set->chains[--set->count];
		for (i = 0; i < chain->count; i++) {
			free(chain->rules[i].target);
			free(chain->rules[i].text);
		}
		free(chain->rules);
		free(chain->table);
		free(chain->name);
	}
	free(set->chains);
	free(set->buckets);
	*set = (struct judge_set){ 0 };
}

/**
 * judge_find() - finds a chain
 * @set: where
 * @table: its table
 * @name: its name
 *
 * Return: the chain, or NULL.
 */
struct judge_chain *judge_find(const struct judge_set *set, const char *table, const char *name)
{
	struct judge_chain *chain;
	size_t number = 0;

	if (set->room)
		number = set->buckets[hash(table, name) & (set->room - 1)];
	for (; number; number = chain->next) {
		chain = &set->chains[number - 1];
		if (!strcmp(chain->table, table) && !strcmp(chain->name, name))
			return chain;
	}
	return NULL;
}

static enum fit least(enum fit a, enum fit b)
{
	return a < b ? a : b;
}

static enum fit most(enum fit a, enum fit b)
{
	return a > b ? a : b;
}

/**
 * fits_every() - the same for all ways
 * @fit: it
 *
 * Return: the fits.
 */
struct fits fits_every(enum fit fit)
{
	return (struct fits){ { fit, fit } };
}

/**
 * fits_both() - two conditions that must hold both
 * @a: one
 * @b: the other
 *
 * Return: what fits.
 */
struct fits fits_both(struct fits a, struct fits b)
{
	return (struct fits){ { least(a.way[WAY_OUT], b.way[WAY_OUT]),
				least(a.way[WAY_BACK], b.way[WAY_BACK]) } };
}

/**
 * fits_either() - two conditions of which one must hold
 * @a: one
 * @b: the other
 *
 * Return: what fits.
 */
struct fits fits_either(struct fits a, struct fits b)
{
	return (struct fits){ { most(a.way[WAY_OUT], b.way[WAY_OUT]),
				most(a.way[WAY_BACK], b.way[WAY_BACK]) } };
}

static enum fit negated(enum fit fit)
{
	if (fit == FIT_NO)
		return FIT_ALL;
	return fit == FIT_ALL ? FIT_NO : fit;
}

/**
 * fits_not() - a condition that must not hold
 * @fits: it
 *
 * Return: what fits.
 */
struct fits fits_not(struct fits fits)
{
	return (struct fits){ { negated(fits.way[WAY_OUT]), negated(fits.way[WAY_BACK]) } };
}

static enum fit fit_if(bool fits)
{
	return fits ? FIT_ALL : FIT_NO;
}

/* Whether the name of a device in a rule, whose end may be open, is that of a device. */
static bool names(const char *name, char any, const char *dev)
{
	const size_t len = strlen(name);

	if (len && name[len - 1] == any)
		return !strncmp(name, dev, len - 1);
	return !strcmp(name, dev);
}

/**
 * fits_device() - a device by which packets come or go
 * @name: its name
 * @any: the character that stands at its end for any other end
 * @p: the packets
 * @ours: the way whose packets have cube-router for it; those of the other have any device but that
 *
 * Return: what fits.
 */
struct fits fits_device(const char *name, char any, const struct judge_packets *p,
			enum judge_way ours)
{
	struct fits fits;

	fits.way[ours] = fit_if(names(name, any, CUBE_ROUTER_DEVICE));
	if (p->dev)
		fits.way[!ours] = fit_if(names(name, any, p->dev));
	else if (*name == any && !name[1])
		fits.way[!ours] = FIT_ALL;
	else
		fits.way[!ours] = strcmp(name, CUBE_ROUTER_DEVICE) ? FIT_SOME : FIT_NO;
	return fits;
}

/* Whether an address of packets lies in a range; 0: it is any but the internal one. */
static enum fit fit_range(uint32_t first, uint32_t last, uint32_t addr,
			  const struct judge_packets *p)
{
	if (addr)
		return fit_if(first <= addr && addr <= last);
	if (first == p->snat && last == p->snat)
		return FIT_NO;
	return !first && last == UINT32_MAX ? FIT_ALL : FIT_SOME;
}

/**
 * fits_range() - addresses that packets come from, or go to
 * @first: the first one, host byte order
 * @last: the last one
 * @p: the packets
 * @ours: the way whose packets have the internal address there, or what NAT has made of it; those
 *	of the other have the far end's
 *
 * Return: what fits.
 */
struct fits fits_range(uint32_t first, uint32_t last, const struct judge_packets *p,
		       enum judge_way ours)
{
	struct fits fits;

	fits.way[ours] = fit_range(first, last, p->outside[ours] ? p->outer : p->snat, p);
	fits.way[!ours] = fit_range(first, last, p->far, p);
	return fits;
}

/**
 * fits_protocol() - an IP protocol
 * @protocol: it
 * @p: the packets
 *
 * Return: what fits.
 */
struct fits fits_protocol(uint8_t protocol, const struct judge_packets *p)
{
	return fits_every(p->protocol ? fit_if(p->protocol == protocol) : FIT_SOME);
}

/**
 * fits_other_protocol() - an IP protocol of another name than ours have
 * @p: the packets
 *
 * Return: what fits.
 */
struct fits fits_other_protocol(const struct judge_packets *p)
{
	return fits_every(p->protocol ? FIT_NO : FIT_SOME);
}

/**
 * fate_snat() - what a translation to a certain address comes to
 * @to: the address, or what else stands there
 * @p: the packets
 *
 * Return: that of a MASQUERADE, if it gives them the same address as one.
 */
enum fate fate_snat(const char *to, const struct judge_packets *p)
{
	uint32_t addr;

	return p->outer && parse_addr(to, &addr) && addr == p->outer ? FATE_MASQUERADE : FATE_SNAT;
}

/**
 * fits_state() - states that conntrack may find a packet in
 * @new: the first packet of a flow is among them
 * @established: answers are
 *
 * Return: what fits.
 */
struct fits fits_state(bool new, bool established)
{
	return (struct fits){ { new ? FIT_ALL : FIT_NO, established ? FIT_ALL : FIT_NO } };
}

/**
 * judge_clamps() - whether a rule tells TCP what the way out takes
 * @set: the rules
 *
 * Return: whether there is one, for some packets at least.
 */
bool judge_clamps(const struct judge_set *set)
{
	const struct judge_chain *chain;
	size_t i, k;

	for (i = 0; i < set->count; i++) {
		chain = &set->chains[i];
		if (chain->hook != HOOK_FORWARD && chain->hook != HOOK_POSTROUTING)
			continue;
		for (k = 0; k < chain->count; k++)
			if (chain->rules[k].clamps &&
			    chain->rules[k].fits.way[WAY_OUT] != FIT_NO)
				return true;
	}
	return false;
}

/**
 * struct walk - the way of our packets through a chain of a hook
 * @set: the rules
 * @way: whose packets
 * @bad: the fates that they should not meet, see JUDGE_BAD()
 * @policy: that of those who come to the chain's end
 * @parted: some have met a good end already, so what meets a bad one is not all
 * @judgement: the worst that was found
 */
struct walk {
	const struct judge_set *set;
	enum judge_way way;
	unsigned int bad;
	enum fate policy;
	bool parted;
	struct judgement judgement;
};

static bool is_bad(const struct walk *w, enum fate fate)
{
	return fate == FATE_UNKNOWN || w->bad & JUDGE_BAD(fate);
}

/*
 * What meets a bad fate. A rule for some is what an operator denies on purpose. One for all that
 * earlier rules have left is not: whoever has written it did not have us in mind.
 */
static void lose(struct walk *w, const struct judge_chain *chain, const struct judge_rule *rule,
		 enum fit fit, bool parted)
{
	enum loss loss = LOSS_ALL;

	if (fit == FIT_SOME || fit == FIT_NO)
		return;
	if (fit == FIT_UNKNOWN || parted)
		loss = LOSS_MAYBE;
	if (loss > w->judgement.loss)
		w->judgement = (struct judgement){ loss, chain, rule };
}

/* The way ends for those that a rule is for, well or badly. */
static void end(struct walk *w, const struct judge_chain *chain, const struct judge_rule *rule,
		enum fate fate, enum fit fit, bool parted)
{
	if (fate == FATE_UNKNOWN)
		fit = least(fit, FIT_UNKNOWN);
	if (is_bad(w, fate))
		lose(w, chain, rule, fit, parted || w->parted);
	else if (fit != FIT_ALL || parted)
		w->parted = true;
}

/*
 * Leads those of our packets for which @given holds through a chain; @parted: others have left a
 * calling chain before. Returns whether none of them comes back to where the chain was called.
 */
static bool lead(struct walk *w, const struct judge_chain *chain, enum fit given, bool parted,
		 unsigned int depth)
{
	const struct judge_chain *other;
	const struct judge_rule *rule;
	bool returned = false, gone;
	enum fit fit;
	size_t i;

	for (i = 0; i < chain->count; i++) {
		rule = &chain->rules[i];
		fit = rule->fits.way[w->way];
		if (fit == FIT_NO || rule->fate == FATE_NONE)
			continue;
		if (rule->fate == FATE_RETURN && depth) {
			if (fit == FIT_ALL)
				return false;
			returned = true;
			continue;
		}
		other = NULL;
		if (rule->fate == FATE_JUMP || rule->fate == FATE_GOTO)
			other = judge_find(w->set, chain->table, rule->target);
		gone = true;
		if (other && depth < DEPTH_MAX)
			gone = lead(w, other, least(given, fit), parted || returned, depth + 1);
		else if (rule->fate == FATE_JUMP || rule->fate == FATE_GOTO)
			end(w, chain, rule, FATE_UNKNOWN, least(given, fit), true);
		else
			end(w, chain, rule, rule->fate == FATE_RETURN ? w->policy : rule->fate,
			    least(given, fit), parted || returned);
		if (!gone && rule->fate == FATE_GOTO) {
			if (fit == FIT_ALL)
				return false;
			returned = true;
		} else if (gone && fit == FIT_ALL) {
			return !returned;
		}
	}
	return false;
}

static struct judgement judge_way(const struct judge_set *set, const struct judge_chain *chain,
				  unsigned int bad, enum judge_way way)
{
	struct walk w = { .set = set, .way = way, .bad = bad };

	w.policy = chain->drops ? FATE_DROP : FATE_ACCEPT;
	if (!lead(&w, chain, FIT_ALL, false, 0))
		end(&w, chain, NULL, w.policy, FIT_ALL, false);
	return w.judgement;
}

/**
 * judge_behind() - whether NAT has been done when our packets come to a chain of a hook
 * @chain: the chain
 *
 * Return: whether answers have the internal address there already, or in postrouting, whether the
 * others have lost it.
 */
bool judge_behind(const struct judge_chain *chain)
{
	if (chain->hook == HOOK_PREROUTING)
		return chain->priority > NAT_PREROUTING;
	return chain->hook == HOOK_POSTROUTING && !chain->first &&
	       chain->priority > NAT_POSTROUTING;
}

/**
 * judge_answers() - what becomes of answers in a chain of a hook
 * @set: the rules
 * @chain: the chain
 * @bad: the fates that they should not meet, see JUDGE_BAD()
 *
 * Return: that.
 */
struct judgement judge_answers(const struct judge_set *set, const struct judge_chain *chain,
			       unsigned int bad)
{
	if (chain->first)
		return (struct judgement){ 0 };
	return judge_way(set, chain, bad, WAY_BACK);
}

/**
 * judge_chain() - what becomes of our packets in a chain of a hook
 * @set: the rules
 * @chain: the chain
 * @bad: the fates that they should not meet, see JUDGE_BAD()
 *
 * Return: the worst of both ways; for a chain that sees answers before they have the internal
 * address, of the way out.
 */
struct judgement judge_chain(const struct judge_set *set, const struct judge_chain *chain,
			     unsigned int bad)
{
	const struct judgement out = judge_way(set, chain, bad, WAY_OUT);
	struct judgement back;

	if (chain->hook == HOOK_PREROUTING && !judge_behind(chain))
		return out;
	back = judge_answers(set, chain, bad);
	return back.loss > out.loss ? back : out;
}
