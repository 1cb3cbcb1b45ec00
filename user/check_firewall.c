// SPDX-License-Identifier: GPL-2.0
/*
 * Whether the firewall lets our packets through, and translates them: our own rules, and those of
 * others, which may come before. Changes nothing. Called by check.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "judge.h"
#include "nft.h"

#define ENABLE "cube-router-genl enable"

/* What is looked at, and what was found. */
struct inspection {
	const struct firewall *wall;
	enum backend backend;
	uint32_t snat;
	char ip[CIDR_TEXT];
	bool masquerades;	/* our rules for NAT are in place */
	bool jumps;		/* FORWARD jumps to our chain */
	size_t lost;		/* findings about rules of others */
	struct findings *f;
};

static void check_nat(struct inspection *in, const struct rules *then,
		      const struct rules_wish *wish)
{
	const bool nft = in->backend == BACKEND_NFT;

	in->masquerades = nft ? nft_is(in->wall->ruleset, wish) :
				rules_same(&in->wall->rules[VARIANT_HOST].nat, &then->nat);
	if (in->masquerades) {
		find(in->f, LEVEL_OK, "masquerade", "%s masquerades %s",
		     nft ? "nft table " NFT_TABLE : "nat POSTROUTING", in->ip);
		return;
	}
	find(in->f, LEVEL_FAIL, "masquerade",
	     nft ? "nft table " NFT_TABLE " lacks the MASQUERADE rules for %s, or has others" :
		   "nat POSTROUTING lacks the MASQUERADE rules for %s, or has others of ours",
	     in->ip);
	mend(in->f, ENABLE);
}

static void check_forward(struct inspection *in, const struct rules *then)
{
	const struct rules *now = &in->wall->rules[VARIANT_HOST];

	if (!now->has_chain || !rules_same(&now->chain, &then->chain)) {
		find(in->f, LEVEL_FAIL, "forward",
		     "filter chain " RULES_CHAIN " is missing or not ours");
		mend(in->f, ENABLE);
	} else if (!rules_same(&now->jumps, &then->jumps)) {
		find(in->f, LEVEL_FAIL, "forward",
		     "filter FORWARD does not jump to " RULES_CHAIN " exactly once");
		mend(in->f, ENABLE);
	} else {
		in->jumps = true;
		find(in->f, LEVEL_OK, "forward", "filter FORWARD jumps to " RULES_CHAIN);
	}
}

/* Whether our own rules are in this chain. */
static bool is_host_chain(const struct inspection *in, const char *iptables,
			  const struct judge_chain *hook)
{
	static const char *const tables[HOOK_OTHER] = {
		[HOOK_FORWARD] = "filter", [HOOK_POSTROUTING] = "nat",
	};
	const char *table = tables[hook->hook];

	return iptables && !strcmp(iptables, in->wall->iptables[VARIANT_HOST] ?: "") && table &&
	       !strcmp(hook->table, table);
}

static bool is_ours(const struct inspection *in, const char *iptables,
		    const struct judge_chain *hook)
{
	return in->backend == BACKEND_IPTABLES && is_host_chain(in, iptables, hook);
}

/* Lets what has an address as its source, or as its destination, pass a chain by. */
static void mend_by_rule(const struct inspection *in, const char *iptables,
			 const struct judge_chain *hook, bool source, const char *ip)
{
	char rule[600], quoted[QUOTED(sizeof(rule))];

	if (iptables) {
		mend(in->f, "%s -w -t %s -I %s -%c %s -j ACCEPT", iptables, hook->table,
		     hook->name, source ? 's' : 'd', ip);
		return;
	}
	snprintf(rule, sizeof(rule), "insert rule %s %s ip %s %s accept", hook->table, hook->name,
		 source ? "saddr" : "daddr", ip);
	mend(in->f, "nft %s", shell_quote(rule, quoted));
}

/*
 * Lets our packets pass a chain by: both ways, or the way out where it sees no other; if it is
 * about NAT, ours is asked then.
 */
static void mend_by_exception(const struct inspection *in, const char *iptables,
			      const struct judge_chain *hook)
{
	const bool out = hook->nat || hook->hook == HOOK_PREROUTING;

	mend_by_rule(in, iptables, hook, true, in->ip);
	if (!out)
		mend_by_rule(in, iptables, hook, false, in->ip);
}

/* Lets a rule of others come behind ours. */
static void mend_by_order(const struct inspection *in, const struct judge_chain *hook,
			  const struct judge_rule *entry)
{
	char *rule = judge_shell_text(entry->text);

	mend(in->f, "iptables -w -t nat -D %s %s", hook->name, rule);
	mend(in->f, "iptables -w -t nat -A %s %s", hook->name, rule);
	free(rule);
}

static void mend_loss(const struct inspection *in, const char *iptables,
		      const struct judge_chain *hook, const struct judgement *j)
{
	const bool host = is_host_chain(in, iptables, hook);

	if (host && !hook->nat)
		mend(in->f, ENABLE "%s%s", in->backend == BACKEND_NFT ? " backend iptables" : "",
		     j->rule ? " forward first" : "");
	else if (host && in->backend == BACKEND_IPTABLES && j->entry)
		mend_by_order(in, hook, j->entry);
	else
		mend_by_exception(in, iptables, hook);
}

/* How a rule is named, for people. */
static void name_rule(const struct judgement *j, char *text, size_t room)
{
	char *rule = NULL;

	if (!j->rule) {
		snprintf(text, room, "its policy");
		return;
	}
	if (!j->rule->text)
		rule = firewall_nft_rule(j->chain->table, j->chain->name, j->rule->handle);
	if (j->rule->text || rule)
		snprintf(text, room, "the rule '%s'", j->rule->text ?: rule);
	else
		snprintf(text, room, "the rule with handle %lld", (long long)j->rule->handle);
	free(rule);
}

static const char *deed(const struct judge_chain *hook, const struct judgement *j)
{
	const enum fate fate = j->rule ? j->rule->fate : FATE_DROP;

	if (fate == FATE_UNTRACK)
		return j->loss == LOSS_ALL ? "keeps our packets from conntrack" :
					     "may keep packets of ours from conntrack";
	if (!hook->nat || fate == FATE_DROP)
		return j->loss == LOSS_ALL ? "drops our packets" : "may drop packets of ours";
	if (fate == FATE_SNAT || fate == FATE_MASQUERADE)
		return j->loss == LOSS_ALL ? "translates our packets" :
					     "may translate packets of ours";
	return j->loss == LOSS_ALL ? "leaves our packets untranslated" :
				     "may leave packets of ours untranslated";
}

static void report(struct inspection *in, const char *iptables, const struct judge_chain *hook,
		   const struct judgement *j)
{
	const bool ours = is_ours(in, iptables, hook);
	const bool other = iptables && strcmp(iptables, "iptables");
	enum level level = LEVEL_FAIL;
	const char *before = "";
	char rule[300];

	in->lost++;
	/* Another MASQUERADE than ours knows nothing of our ports, but it serves. */
	if (j->loss == LOSS_MAYBE || (j->rule && j->rule->fate == FATE_MASQUERADE))
		level = LEVEL_WARN;
	if (ours)
		before = hook->nat ? " before our MASQUERADE" : " before " RULES_CHAIN;
	name_rule(j, rule, sizeof(rule));
	find(in->f, level, hook->nat ? "masquerade-order" : "forward-order",
	     "%s%s %s%s%s %s%s, by %s", iptables ? "" : "nft ", j->chain->table,
	     j->chain->name, other ? " of " : "", other ? iptables : "", deed(hook, j), before,
	     rule);
	mend_loss(in, iptables, hook, j);
}

/* What our packets should not meet in a chain; 0: it does not matter. */
static unsigned int bad_fates(const struct inspection *in, const char *iptables,
			      const struct judge_chain *hook)
{
	const json_int_t ours = in->backend == BACKEND_NFT ? NFT_PRIORITY : 100;
	const unsigned int translate = JUDGE_BAD(FATE_SNAT) | JUDGE_BAD(FATE_MASQUERADE);
	const unsigned int drop = JUDGE_BAD(FATE_DROP);

	if (hook->hook == HOOK_PREROUTING)
		return drop | JUDGE_BAD(FATE_UNTRACK);
	if (!hook->nat)
		return is_ours(in, iptables, hook) && !in->jumps ? 0 : drop;
	if (!in->masquerades)
		return 0;
	if (is_ours(in, iptables, hook))
		return drop | translate | JUDGE_BAD(FATE_ACCEPT);
	/* What one chain accepts, the next one may still translate. */
	return hook->priority > ours ? drop : drop | translate;
}

static void inspect_chain(struct inspection *in, const struct judge_set *set,
			  const struct judge_chain *hook, const char *iptables)
{
	unsigned int bad;
	struct judgement j;

	if (hook->hook == HOOK_NONE || hook->hook == HOOK_OTHER)
		return;
	bad = bad_fates(in, iptables, hook);
	if (!bad)
		return;
	j = judge_chain(set, hook, bad);
	if (j.loss != LOSS_NONE)
		report(in, iptables, hook, &j);
}

/* Whether a chain is one that iptables-save has shown, and better than nft can. */
static bool is_shown(const struct judge_set *shown, const struct judge_chain *chain)
{
	return !strncmp(chain->table, "ip ", 3) && judge_find(shown, chain->table + 3, chain->name);
}

static void inspect(struct inspection *in)
{
	const enum variant nf_tables = in->wall->legacy ? VARIANT_OTHER : VARIANT_HOST;
	struct judge_set sets[VARIANTS] = { 0 }, nft = judge_nft(in->wall->ruleset, in->snat);
	enum variant v;
	size_t i;

	for (v = 0; v < VARIANTS; v++) {
		if (in->wall->saved[v])
			sets[v] = judge_iptables(in->wall->saved[v], in->snat);
		for (i = 0; i < sets[v].count; i++)
			inspect_chain(in, &sets[v], &sets[v].chains[i], in->wall->iptables[v]);
	}
	for (i = 0; i < nft.count; i++)
		if (!is_shown(&sets[nf_tables], &nft.chains[i]))
			inspect_chain(in, &nft, &nft.chains[i], NULL);
	if (!in->lost)
		find(in->f, LEVEL_OK, "forward-order", "no rule of others drops or translates our "
		     "packets");
	for (v = 0; v < VARIANTS; v++)
		judge_free(&sets[v]);
	judge_free(&nft);
}

/* What should not be there, or cannot be seen. */
static void check_rest(const struct inspection *in)
{
	const struct firewall *wall = in->wall;
	const char *other = wall->iptables[VARIANT_OTHER];

	if (in->backend == BACKEND_IPTABLES && wall->table) {
		find(in->f, LEVEL_WARN, "residue", "nft table " NFT_TABLE " is left over");
		mend(in->f, ENABLE " backend iptables");
	}
	if (in->backend == BACKEND_NFT && !rules_empty(&wall->rules[VARIANT_HOST])) {
		find(in->f, LEVEL_WARN, "residue", "rules of ours in iptables are left over");
		mend(in->f, ENABLE " backend nft");
	}
	if (!rules_empty(&wall->rules[VARIANT_OTHER])) {
		find(in->f, LEVEL_WARN, "residue", "rules of ours in %s are left over", other);
		mend(in->f, ENABLE);
	} else if (wall->saved[VARIANT_OTHER] && strstr(wall->saved[VARIANT_OTHER], "\n-A ")) {
		find(in->f, LEVEL_WARN, "variants",
		     "there are rules in %s, which iptables does not show", other);
		mend(in->f, "%s-save", other);
	}
	if (*wall->unseen.text) {
		find(in->f, LEVEL_WARN, "nft", "tables of nft cannot be judged: %s",
		     wall->unseen.text);
		mend(in->f, "apt-get install nftables");
	}
}

/**
 * check_firewall() - looks at the firewall
 * @scene: the host
 * @findings: what is found is added to it
 */
void check_firewall(const struct scene *scene, struct findings *findings)
{
	const struct rules_wish wish = { scene->live.snat, scene->live.port_low, FORWARD_UNSAID };
	struct inspection in = { .wall = &scene->wall, .snat = scene->live.snat, .f = findings };
	struct rules then;

	if (!scene->walled) {
		find(findings, LEVEL_FAIL, "firewall", "%s", scene->wall_why.text);
		return;
	}
	addr_text(in.snat, in.ip);
	in.backend = firewall_backend(in.wall, BACKEND_UNSAID);
	then = rules_make(&wish, &in.wall->rules[VARIANT_HOST]);
	check_nat(&in, &then, &wish);
	if (in.backend == BACKEND_IPTABLES)
		check_forward(&in, &then);
	inspect(&in);
	check_rest(&in);
	rules_free(&then);
}
