// SPDX-License-Identifier: GPL-2.0
/*
 * Whether the firewall lets our packets through, and translates them: our own rules, and those of
 * others, which may come before. Changes nothing. Called by check.c.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "check.h"
#include "child.h"
#include "judge.h"
#include "nft.h"
#include "parse.h"

#define SETS (VARIANTS + 1)	/* those of iptables, and the tables of nft */

/* The protocols that are judged one by one: whoever drops all three has left nothing. */
static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP };

#define PROTOCOLS ARRAY_SIZE(protocols)

/* All rules, and what they mean for some packets of ours. */
struct view {
	struct judge_set sets[SETS];
};

/**
 * struct inspection - what is looked at, and what was found
 * @wall: the firewall
 * @backend: by which our rules are in place
 * @mode: of the module
 * @snat: internal address
 * @ip: the same, as text
 * @masquerades: our rules for NAT are in place
 * @jumps: FORWARD jumps to our chain
 * @any: the rules, for all of our packets
 * @behind: what is looked at are the chains of postrouting that come behind NAT
 * @passage: packets to one destination that are looked at; NULL: to none in particular
 * @to: with @passage, the destination, as text
 * @dev: with @to, the device there
 * @out: with @to, the rules for packets there, by protocol
 * @answers: with @to, the rules for answers that arrive at @dev
 * @dropped: with @to, nothing gets there
 * @renamed: with @to, whose address packets have then is not known
 * @lost: findings about rules of others
 * @f: the findings
 */
struct inspection {
	const struct firewall *wall;
	enum backend backend;
	uint8_t mode;
	uint32_t snat;
	char ip[CIDR_TEXT];
	bool masquerades;
	bool jumps;
	struct view any;
	bool behind;
	const struct passage *passage;
	const char *to;
	const char *dev;
	struct view out[PROTOCOLS];
	struct view answers[PROTOCOLS];
	bool dropped;
	bool renamed;
	size_t lost;
	struct findings *f;
};

static struct view view_read(const struct firewall *wall, const struct judge_packets *p)
{
	struct view view = { 0 };
	enum variant v;

	for (v = 0; v < VARIANTS; v++)
		if (wall->saved[v])
			view.sets[v] = judge_iptables(wall->saved[v], p);
	view.sets[VARIANTS] = judge_nft(wall->ruleset, p);
	return view;
}

static void view_free(struct view *view)
{
	size_t i;

	for (i = 0; i < SETS; i++)
		judge_free(&view->sets[i]);
}

/* What of ours is there. */
static bool has_nat(const struct inspection *in, const struct rules *then,
		    const struct rules_wish *wish)
{
	return in->backend == BACKEND_NFT ?
		nft_is(in->wall->ruleset, wish) :
		rules_same(&in->wall->rules[VARIANT_HOST].nat, &then->nat);
}

static bool has_chain(const struct inspection *in, const struct rules *then)
{
	const struct rules *now = &in->wall->rules[VARIANT_HOST];

	return now->has_chain && rules_same(&now->chain, &then->chain);
}

static bool has_jump(const struct inspection *in, const struct rules *then)
{
	return rules_same(&in->wall->rules[VARIANT_HOST].jumps, &then->jumps);
}

static void check_nat(struct inspection *in)
{
	const bool nft = in->backend == BACKEND_NFT;

	if (in->masquerades) {
		finding_add(in->f, LEVEL_OK, "masquerade", "%s masquerades %s",
			    nft ? "nft table " NFT_TABLE : "nat POSTROUTING", in->ip);
		return;
	}
	/* Those that iptables does not show serve as long as they are there. */
	finding_add(in->f, in->wall->hidden ? LEVEL_WARN : LEVEL_FAIL, "masquerade",
		    "%s lacks the MASQUERADE rules for %s, or has others%s",
		    nft ? "nft table " NFT_TABLE : "nat POSTROUTING", in->ip,
		    nft ? "" : " of ours");
	remedy_by_enable(in->f, in->mode, "");
}

static void check_forward(struct inspection *in, const struct rules *then)
{
	if (in->jumps) {
		finding_add(in->f, LEVEL_OK, "forward", "filter FORWARD jumps to " RULES_CHAIN);
		return;
	}
	finding_add(in->f, LEVEL_FAIL, "forward", has_chain(in, then) ?
		    "filter FORWARD does not jump to " RULES_CHAIN " exactly once" :
		    "filter chain " RULES_CHAIN " is missing or not ours");
	remedy_by_enable(in->f, in->mode, "");
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
static void remedy_by_rule(const struct inspection *in, const char *iptables,
			   const struct judge_chain *hook, bool source, const char *ip)
{
	char rule[600], quoted[QUOTED(sizeof(rule))];

	if (iptables) {
		remedy_add(in->f, "%s -w -t %s -I %s -%c %s -j ACCEPT", iptables, hook->table,
			   hook->name, source ? 's' : 'd', ip);
		return;
	}
	snprintf(rule, sizeof(rule), "insert rule %s %s ip %s %s accept", hook->table, hook->name,
		 source ? "saddr" : "daddr", ip);
	remedy_add(in->f, "nft %s", shell_quote(rule, quoted));
}

/*
 * Lets our packets pass a chain by: both ways, or the way out where it sees no other; if it is
 * about NAT, ours is asked then.
 */
static void remedy_by_exception(const struct inspection *in, const char *iptables,
				const struct judge_chain *hook)
{
	const bool out = hook->nat || (hook->hook == HOOK_PREROUTING && !judge_behind(hook));
	char rule[600], quoted[QUOTED(sizeof(rule))];

	/* No chain of iptables comes there. */
	if (in->behind) {
		snprintf(rule, sizeof(rule), "insert rule %s %s ct original ip saddr %s accept",
			 hook->table, hook->name, in->ip);
		remedy_add(in->f, "nft %s", shell_quote(rule, quoted));
		return;
	}
	remedy_by_rule(in, iptables, hook, true, in->ip);
	if (!out)
		remedy_by_rule(in, iptables, hook, false, in->ip);
}

/*
 * Lets our rules come before those of others, the last one first, all at once; `enable` leaves them
 * there. The others' stay where they are: what they are for may depend on that.
 */
static void remedy_by_order(const struct inspection *in)
{
	remedy_add(in->f, "sh -c '(echo \"*nat\"; iptables-save -t nat | tac | "
		   "sed -n \"/^-A POSTROUTING .*--comment " CUBE_ROUTER_DEVICE
		   " /{s/^-A/-D/p;s/^-D/-I/p}\"; "
		   "echo COMMIT) | iptables-restore -w -n'");
}

/* Lets answers from the destination pass a chain by. */
static void remedy_answers(const struct inspection *in, const char *iptables,
			   const struct judge_chain *hook)
{
	char rule[700], dev[QUOTED_DEVICE], quoted[QUOTED(sizeof(rule))];

	if (iptables) {
		remedy_add(in->f, "%s -w -t %s -I %s -i %s -s %s -j ACCEPT", iptables, hook->table,
			   hook->name, shell_quote(in->dev, dev), in->to);
		return;
	}
	snprintf(rule, sizeof(rule), "insert rule %s %s iifname \"%s\" ip saddr %s accept",
		 hook->table, hook->name, in->dev, in->to);
	remedy_add(in->f, "nft %s", shell_quote(rule, quoted));
}

static void remedy_loss(const struct inspection *in, const char *iptables,
			const struct judge_chain *hook, const struct judgement *j)
{
	const bool host = is_host_chain(in, iptables, hook);
	char words[40];

	if (host && !hook->nat) {
		snprintf(words, sizeof(words), "%s%s",
			 in->backend == BACKEND_NFT ? " backend iptables" : "",
			 j->rule ? " forward first" : "");
		remedy_by_enable(in->f, in->mode, words);
	} else if (host && in->backend == BACKEND_IPTABLES) {
		remedy_by_order(in);
	} else {
		remedy_by_exception(in, iptables, hook);
	}
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

/* What a rule does, and to whom. */
static void name_deed(const struct judge_chain *hook, const struct judgement *j, const char *whose,
		      char *text, size_t room)
{
	const enum fate fate = j->rule ? j->rule->fate : FATE_DROP;
	const bool all = j->loss == LOSS_ALL;
	const char *verb = "leave", *rest = " untranslated";

	if (fate == FATE_UNTRACK) {
		verb = "keep";
		rest = " from conntrack";
	} else if (!hook->nat || fate == FATE_DROP) {
		verb = "drop";
		rest = "";
	} else if (fate == FATE_SNAT || fate == FATE_MASQUERADE) {
		verb = "translate";
		rest = "";
	}
	snprintf(text, room, all ? "%s%ss our %s%s" : "%s%s %s of ours%s", all ? "" : "may ", verb,
		 whose, rest);
}

/* Another MASQUERADE than ours knows nothing of our ports, but it serves. */
static bool serves(const struct judgement *j)
{
	return j->rule && j->rule->fate == FATE_MASQUERADE;
}

static void report(struct inspection *in, const char *iptables, const struct judge_chain *hook,
		   const struct judgement *j, enum level how_bad, const char *whose)
{
	const bool ours = is_ours(in, iptables, hook);
	const bool other = iptables && strcmp(iptables, "iptables");
	const char *before = "";
	char rule[300], deed[100];

	in->lost++;
	if (ours)
		before = hook->nat ? " before our MASQUERADE" : " before " RULES_CHAIN;
	name_rule(j, rule, sizeof(rule));
	name_deed(hook, j, whose, deed, sizeof(deed));
	finding_add(in->f, how_bad, hook->nat ? "masquerade-order" : "forward-order",
		    "%s%s%s%s %s%s%s %s%s, by %s", in->to ?: "", in->to ? ": " : "",
		    iptables ? "" : "nft ", j->chain->table, j->chain->name, other ? " of " : "",
		    other ? iptables : "", deed, before, rule);
}

/* What our packets should not meet in a chain; 0: it does not matter. */
static unsigned int bad_fates(const struct inspection *in, const char *iptables,
			      const struct judge_chain *hook)
{
	const json_int_t ours = in->backend == BACKEND_NFT ? NFT_PRIORITY : 100;
	const unsigned int translate = JUDGE_BAD(FATE_SNAT) | JUDGE_BAD(FATE_MASQUERADE);
	const unsigned int drop = JUDGE_BAD(FATE_DROP);

	/* Behind conntrack, that is too late. */
	if (hook->hook == HOOK_PREROUTING)
		return judge_behind(hook) ? drop : drop | JUDGE_BAD(FATE_UNTRACK);
	if (!hook->nat)
		return is_ours(in, iptables, hook) && !in->jumps ? 0 : drop;
	if (!in->masquerades)
		return 0;
	if (is_ours(in, iptables, hook))
		return drop | translate | JUDGE_BAD(FATE_ACCEPT);
	/* What one chain accepts, the next one may still translate. */
	return hook->priority > ours ? drop : drop | translate;
}

/* Whether two judgements, be it of other packets, are about the same rule. */
static bool same_rule(const struct judgement *a, const struct judgement *b)
{
	if (a->loss != b->loss)
		return false;
	if (a->loss == LOSS_NONE)
		return true;
	if (!a->rule != !b->rule || strcmp(a->chain->name, b->chain->name))
		return false;
	return !a->rule || a->rule - a->chain->rules == b->rule - b->chain->rules;
}

/* "tcp and icmp packets" of those that meet the same rule as one, or all of them. */
static void name_packets(const struct judgement *j, size_t one, const char *what, char *text,
			 size_t room)
{
	size_t i, count = 0, len = 0;

	*text = '\0';
	for (i = 0; i < PROTOCOLS; i++) {
		if (!same_rule(&j[i], &j[one]))
			continue;
		len += (size_t)snprintf(text + len, room - len, "%s%s", count++ ? " and " : "",
					protocol_name(protocols[i]));
	}
	if (count == PROTOCOLS)
		snprintf(text, room, "%s", what);
	else
		snprintf(text + len, room - len, " %s", what);
}

/*
 * What becomes of packets to one destination, by protocol. Where TCP does not get through, or one
 * protocol alone, the destination is not reached. What is told of all packets already, @told, is
 * not told again.
 */
static void report_way(struct inspection *in, const char *iptables, const struct judge_chain *hook,
		       const struct judgement *j, const struct judgement *told, bool answers)
{
	const char *what = answers ? "answers" : "packets";
	size_t i, k, all = 0;
	bool lost, fatal = false;
	char whose[60];

	for (i = 0; i < PROTOCOLS; i++) {
		lost = j[i].loss == LOSS_ALL && !serves(&j[i]);
		all += lost;
		fatal |= lost && protocols[i] == IPPROTO_TCP;
		in->renamed |= hook->nat && j[i].loss != LOSS_NONE && !serves(&j[i]);
	}
	fatal |= all >= PROTOCOLS - 1;
	if (fatal && !(hook->nat && j[0].rule && j[0].rule->fate == FATE_SNAT))
		in->dropped = true;
	for (i = 0; i < PROTOCOLS; i++) {
		for (k = 0; k < i && !same_rule(&j[k], &j[i]); k++)
			;
		if (k < i || j[i].loss == LOSS_NONE || j[i].loss <= told->loss)
			continue;
		name_packets(j, i, what, whose, sizeof(whose));
		report(in, iptables, hook, &j[i],
		       fatal && j[i].loss == LOSS_ALL ? LEVEL_FAIL : LEVEL_WARN, whose);
		if (answers)
			remedy_answers(in, iptables, hook);
		else
			remedy_loss(in, iptables, hook, &j[i]);
	}
}

static void inspect_way(struct inspection *in, size_t set, size_t chain, const char *iptables,
			unsigned int bad, const struct judgement *told)
{
	const struct judge_chain *hook = &in->any.sets[set].chains[chain];
	struct judgement j[PROTOCOLS];
	const struct judge_set *rules;
	size_t i;

	for (i = 0; i < PROTOCOLS; i++) {
		rules = &in->out[i].sets[set];
		j[i] = judge_chain(rules, &rules->chains[chain], bad);
	}
	report_way(in, iptables, hook, j, told, false);
	if (hook->hook != HOOK_PREROUTING || judge_behind(hook))
		return;
	for (i = 0; i < PROTOCOLS; i++) {
		rules = &in->answers[i].sets[set];
		j[i] = judge_answers(rules, &rules->chains[chain], bad);
	}
	report_way(in, iptables, hook, j, told, true);
}

static void inspect_chain(struct inspection *in, size_t set, size_t chain, const char *iptables)
{
	const struct judge_chain *hook = &in->any.sets[set].chains[chain];
	enum level level = LEVEL_FAIL;
	unsigned int bad;
	struct judgement j;

	if (hook->hook == HOOK_NONE || hook->hook == HOOK_OTHER)
		return;
	bad = bad_fates(in, iptables, hook);
	if (!bad)
		return;
	j = judge_chain(&in->any.sets[set], hook, bad);
	if (in->to) {
		inspect_way(in, set, chain, iptables, bad, &j);
		return;
	}
	if (j.loss == LOSS_NONE)
		return;
	if (j.loss == LOSS_MAYBE || serves(&j))
		level = LEVEL_WARN;
	report(in, iptables, hook, &j, level, "packets");
	remedy_loss(in, iptables, hook, &j);
}

/* Whether a chain is one that iptables-save has shown, and better than nft can. */
static bool is_shown(const struct judge_set *shown, const struct judge_chain *chain)
{
	return !strncmp(chain->table, "ip ", 3) && judge_find(shown, chain->table + 3, chain->name);
}

/* Whether packets have another source in a chain than in those before. */
static bool is_behind(const struct judge_chain *chain)
{
	return chain->hook == HOOK_POSTROUTING && judge_behind(chain);
}

static void inspect_all(struct inspection *in)
{
	const enum variant nf_tables = in->wall->legacy ? VARIANT_OTHER : VARIANT_HOST;
	const struct judge_set *sets = in->any.sets;
	size_t set, i;

	for (set = 0; set < VARIANTS && !in->behind; set++)
		for (i = 0; i < sets[set].count; i++)
			inspect_chain(in, set, i, in->wall->iptables[set]);
	for (i = 0; i < sets[VARIANTS].count; i++)
		if (is_behind(&sets[VARIANTS].chains[i]) == in->behind &&
		    !is_shown(&sets[nf_tables], &sets[VARIANTS].chains[i]))
			inspect_chain(in, VARIANTS, i, NULL);
}

/* Reads the rules of nft anew, for packets that have come to their outer address. */
static void go_behind(struct inspection *in)
{
	struct judge_packets p = { .snat = in->snat, .outside[WAY_OUT] = true };
	struct judge_set *rules = &in->any.sets[VARIANTS];
	size_t i;

	in->behind = true;
	judge_free(rules);
	*rules = judge_nft(in->wall->ruleset, &p);
	if (!in->passage)
		return;
	p.dev = in->passage->dev;
	p.far = in->passage->to;
	/* What others make of it is not known. */
	if (in->masquerades && !in->renamed)
		p.outer = in->passage->source;
	for (i = 0; i < PROTOCOLS; i++) {
		p.protocol = protocols[i];
		rules = &in->out[i].sets[VARIANTS];
		judge_free(rules);
		*rules = judge_nft(in->wall->ruleset, &p);
	}
}

/* Chains that come behind NAT come last: the views are theirs from then on. */
static void inspect(struct inspection *in)
{
	const struct judge_set *rules = &in->any.sets[VARIANTS];
	bool some = false;
	size_t i;

	inspect_all(in);
	for (i = 0; i < rules->count; i++)
		some |= is_behind(&rules->chains[i]);
	if (!some)
		return;
	go_behind(in);
	inspect_all(in);
}

/* What should not be there, or cannot be seen. */
static void check_rest(const struct inspection *in)
{
	const struct firewall *wall = in->wall;
	const char *other = wall->iptables[VARIANT_OTHER];

	if (in->backend == BACKEND_IPTABLES && wall->table) {
		finding_add(in->f, LEVEL_WARN, "residue", "nft table " NFT_TABLE " is left over");
		remedy_by_enable(in->f, in->mode, " backend iptables");
	}
	if (in->backend == BACKEND_NFT && !rules_empty(&wall->rules[VARIANT_HOST])) {
		finding_add(in->f, LEVEL_WARN, "residue",
			    "rules of ours in iptables are left over");
		remedy_by_enable(in->f, in->mode, " backend nft");
	}
	/* They serve as long as there are no others. */
	if (wall->hidden && in->masquerades) {
		finding_add(in->f, LEVEL_WARN, "residue",
			    "rules of ours that iptables does not show are left over");
		remedy_add(in->f, "%s", wall->hidden);
	}
	if (!rules_empty(&wall->rules[VARIANT_OTHER])) {
		finding_add(in->f, LEVEL_WARN, "residue", "rules of ours in %s are left over",
			    other);
		remedy_by_enable(in->f, in->mode, "");
	} else if (wall->saved[VARIANT_OTHER] && strstr(wall->saved[VARIANT_OTHER], "\n-A ")) {
		finding_add(in->f, LEVEL_WARN, "variants",
			    "there are rules in %s, which iptables does not show", other);
		remedy_add(in->f, "%s-save", other);
	}
	if (*wall->unseen.text) {
		finding_add(in->f, LEVEL_WARN, "nft", "tables of nft%s cannot be judged: %s",
			    wall->stuck ? ", ours among them," : "", wall->unseen.text);
		if (!child_exists("nft"))
			remedy_add_outside(in->f, "apt-get install nftables");
	}
}

/* Looks at what of ours is there; @then: as it should be, to be freed. */
static struct inspection begin(const struct scene *scene, struct findings *findings,
			       struct rules *then)
{
	const struct rules_wish wish = { scene->live.snat, scene->live.port_low, FORWARD_UNSAID };
	const struct judge_packets any = { .snat = scene->live.snat };
	struct inspection in = { .wall = &scene->wall, .mode = scene->live.mode,
				 .snat = scene->live.snat, .f = findings };

	addr_text(in.snat, in.ip);
	in.backend = firewall_backend(in.wall, BACKEND_UNSAID);
	*then = rules_make(&wish, &in.wall->rules[VARIANT_HOST]);
	in.masquerades = has_nat(&in, then, &wish);
	in.jumps = has_chain(&in, then) && has_jump(&in, then);
	in.any = view_read(in.wall, &any);
	return in;
}

/* Why nothing is known of the rules. */
static void check_unread(const struct scene *s, struct findings *f)
{
	struct why why;

	if (!firewall_possible(BACKEND_UNSAID, &why)) {
		finding_add(f, LEVEL_FAIL, "firewall", "neither iptables nor nft is installed");
		remedy_add_outside(f, "apt-get install iptables");
		return;
	}
	finding_add(f, LEVEL_FAIL, "firewall", "%s", s->wall_why.text);
	remedy_add(f, child_exists("iptables-save") ? "iptables-save" : "nft list ruleset");
}

/**
 * check_firewall() - looks at the firewall
 * @scene: the host
 * @findings: what is found is added to it
 */
void check_firewall(const struct scene *scene, struct findings *findings)
{
	struct inspection in;
	struct rules then;

	if (!scene->walled) {
		check_unread(scene, findings);
		return;
	}
	in = begin(scene, findings, &then);
	check_nat(&in);
	if (in.backend == BACKEND_IPTABLES)
		check_forward(&in, &then);
	inspect(&in);
	if (!in.lost)
		finding_add(in.f, LEVEL_OK, "forward-order",
			    "no rule of others drops or translates all of our packets");
	check_rest(&in);
	view_free(&in.any);
	rules_free(&then);
}

/**
 * check_clamped() - looks for a rule that tells TCP what the way takes
 * @scene: the host
 * @dev: device by which packets leave
 *
 * Return: whether there is one for them.
 */
bool check_clamped(const struct scene *scene, const char *dev)
{
	const struct judge_packets p = { .snat = scene->live.snat, .dev = dev,
					 .protocol = IPPROTO_TCP };
	struct view view = view_read(&scene->wall, &p);
	bool clamped = false;
	size_t i;

	for (i = 0; i < SETS; i++)
		clamped |= judge_clamps(&view.sets[i]);
	view_free(&view);
	return clamped;
}

/* Whether rules may give packets another source, be it ours or not. */
static bool translates(const struct judge_set *rules)
{
	const unsigned int by = JUDGE_BAD(FATE_SNAT) | JUDGE_BAD(FATE_MASQUERADE) |
				JUDGE_BAD(FATE_OURS);
	const struct judge_chain *chain;
	size_t i;

	for (i = 0; i < rules->count; i++) {
		chain = &rules->chains[i];
		if (chain->nat && judge_chain(rules, chain, by).loss != LOSS_NONE)
			return true;
	}
	return false;
}

/*
 * Whether packets to the destination get another source without our rules being as they should: by
 * those of ours that are left, which nobody has judged, or by some of others. What keeps the
 * internal address is dropped by the guard.
 */
static bool translated(const struct inspection *in)
{
	size_t i, set;

	if (in->wall->table)
		return true;
	for (i = 0; i < PROTOCOLS; i++)
		for (set = 0; set < SETS; set++)
			if (translates(&in->out[i].sets[set]))
				return true;
	return false;
}

/**
 * check_passage() - looks at what the firewall makes of packets to one destination
 * @scene: the host
 * @passage: which packets
 * @findings: what is found, and has not been found by check_firewall(), is added to it
 *
 * Return: what becomes of them.
 */
enum passed check_passage(const struct scene *scene, const struct passage *passage,
			  struct findings *findings)
{
	struct judge_packets p = { .snat = scene->live.snat, .outer = passage->source,
				   .dev = passage->dev, .far = passage->to };
	enum passed passed = PASSED;
	struct inspection in;
	struct rules then;
	bool some;
	size_t i;

	if (!scene->walled)
		return PASSED;
	in = begin(scene, findings, &then);
	in.passage = passage;
	in.to = passage->text;
	in.dev = passage->dev;
	for (i = 0; i < PROTOCOLS; i++) {
		p.protocol = protocols[i];
		p.outside[WAY_BACK] = false;
		in.out[i] = view_read(in.wall, &p);
		p.outside[WAY_BACK] = true;
		in.answers[i] = view_read(in.wall, &p);
	}
	some = in.masquerades || translated(&in);
	inspect(&in);
	if (in.renamed || !in.masquerades)
		passed = PASSED_RENAMED;
	if (in.dropped || !some)
		passed = PASSED_NOT;
	for (i = 0; i < PROTOCOLS; i++) {
		view_free(&in.out[i]);
		view_free(&in.answers[i]);
	}
	view_free(&in.any);
	rules_free(&then);
	return passed;
}
