// SPDX-License-Identifier: GPL-2.0
/*
 * The host's firewall, by way of its own programs: iptables, in both its variants, and nft. What
 * the rules say is the business of rules.c and nft.c. Others change rules, too, and between reading
 * and changing nothing keeps them from it: what was written is read again. Called by the steps of
 * `enable`, on leaving, and by the checks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cube_router.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "array.h"
#include "child.h"
#include "firewall.h"
#include "module.h"
#include "netlink.h"
#include "netns.h"
#include "nft.h"

#define TRIES 10
#define COMMANDS 350	/* bytes of them that a line has room for */

static bool has_iptables(void)
{
	return child_exists("iptables-save") && child_exists("iptables-restore");
}

static bool has_nft(void)
{
	return child_exists("nft");
}

/**
 * firewall_possible() - whether the host has what a backend needs
 * @backend: it; BACKEND_UNSAID: any of them
 * @why: what is missing
 *
 * Return: whether it has.
 */
bool firewall_possible(enum backend backend, struct why *why)
{
	if (backend == BACKEND_IPTABLES)
		return has_iptables() ||
		       why_not(why, "iptables is not installed: apt-get install iptables");
	if (backend == BACKEND_NFT)
		return has_nft() || why_not(why, "nft is not installed: apt-get install nftables");
	return has_iptables() || has_nft() ||
	       why_not(why, "neither iptables nor nft is installed: apt-get install iptables, "
		       "or nftables");
}

/* Whether there are tables of legacy iptables: asking itself would load its modules. */
static bool legacy_tables(void)
{
	FILE *f = fopen("/proc/net/ip_tables_names", "re");
	bool some = f && fgetc(f) != EOF;

	if (f)
		fclose(f);
	return some;
}

/* Which of the two kinds `iptables` is. Those before there were two do not say. */
static bool ask_kind(bool *legacy, struct why *why)
{
	static const char *const argv[] = { "iptables-save", "-V", NULL };
	char *said;

	if (!child_run(argv, NULL, &said, why))
		return false;
	*legacy = !strstr(said, "(nf_tables)");
	free(said);
	return true;
}

/* Finds out which programs to ask. Which of the two `iptables` is does not change meanwhile. */
static bool find_variants(struct firewall *fw, struct why *why)
{
	static bool asked, legacy;

	if (!has_iptables())
		return true;
	if (!asked && !ask_kind(&legacy, why))
		return false;
	asked = true;
	fw->iptables[VARIANT_HOST] = "iptables";
	fw->legacy = legacy;
	if (!fw->legacy && child_exists("iptables-legacy-save") && legacy_tables())
		fw->iptables[VARIANT_OTHER] = "iptables-legacy";
	if (fw->legacy && child_exists("iptables-nft-save") && module_present("nf_tables"))
		fw->iptables[VARIANT_OTHER] = "iptables-nft";
	return true;
}

static bool read_iptables(struct firewall *fw, enum variant v, struct why *why)
{
	char program[32];
	const char *const argv[] = { program, NULL };

	if (!fw->iptables[v])
		return true;
	snprintf(program, sizeof(program), "%s-save", fw->iptables[v]);
	if (!child_run(argv, NULL, &fw->saved[v], why))
		return false;
	fw->rules[v] = rules_read(fw->saved[v]);
	return true;
}

/*
 * Where a table has one flag, nft 1.0.6 lets go of its name before it is written: whatever stands
 * there then. The text is right, and nobody asks for more than whether the table is dormant.
 */
static void read_flag(json_t *table)
{
	const char *family = json_string_value(json_object_get(table, "family"));
	const char *name = json_string_value(json_object_get(table, "name"));
	const char *const argv[] = { "nft", "-t", "list", "table", family, name, NULL };
	struct why why;
	char *text;

	if (!json_is_string(json_object_get(table, "flags")) || !family || !name ||
	    !child_run(argv, NULL, &text, &why))
		return;
	json_object_set_new(table, "flags", json_string(nft_dormant(text) ? "dormant" : "other"));
	free(text);
}

/* The elements of sets may be many, and nobody looks at them. */
static bool read_ruleset(struct firewall *fw, struct why *why)
{
	static const char *const argv[] = { "nft", "-j", "-t", "list", "ruleset", NULL };
	json_t *object;
	char *text;
	size_t i;

	if (!child_run(argv, NULL, &text, why))
		return false;
	fw->ruleset = json_loads(text, 0, NULL);
	free(text);
	json_array_foreach(json_object_get(fw->ruleset, "nftables"), i, object)
		read_flag(json_object_get(object, "table"));
	return fw->ruleset || why_not(why, "nft: what it says is not JSON");
}

static bool read_table(struct firewall *fw, struct why *why)
{
	static const char *const argv[] = {
		"nft", "-s", "list", "table", "ip", CUBE_ROUTER_DEVICE, NULL
	};

	return !nft_present(fw->ruleset) || child_run(argv, NULL, &fw->table, why);
}

/* Whether our nft table is there, asked of the kernel itself: nft is not there to say it. */
static bool has_table(void)
{
	struct nfgenmsg head = { .nfgen_family = AF_INET, .version = NFNETLINK_V0 };
	struct netlink nl;
	struct nl_msg *msg;
	struct why why;
	bool has;

	if (netlink_open(&nl, NETLINK_NETFILTER, &why))
		return false;
	msg = nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, NLM_F_ACK);
	if (msg) {
		nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO);
		nla_put_string(msg, NFTA_TABLE_NAME, CUBE_ROUTER_DEVICE);
	}
	has = !netlink_talk(&nl, msg, NULL, NULL, &why);
	netlink_close(&nl);
	return has;
}

/* Where the kernel has no nf_tables, there is nothing to see. */
static void read_nft(struct firewall *fw)
{
	if (!module_present("nf_tables"))
		return;
	if (!has_nft())
		why_not(&fw->unseen, "nft is not installed");
	else if (read_ruleset(fw, &fw->unseen))
		read_table(fw, &fw->unseen);
	fw->stuck = *fw->unseen.text && has_table();
}

/* The variant whose tables are those that nft sees, too. */
static enum variant nf_tables(const struct firewall *fw)
{
	return fw->legacy ? VARIANT_OTHER : VARIANT_HOST;
}

/* What iptables does not show of its own tables: those with rules of nft's, or all without it. */
static void find_hidden(struct firewall *fw)
{
	static const char *const tables[] = { "filter", "nat" };
	const char *saved = fw->saved[nf_tables(fw)], *host = fw->saved[VARIANT_HOST];
	char *text = NULL, *one;
	size_t i, len;
	FILE *f;

	f = open_memstream(&text, &len);
	if (!f)
		abort();
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		if (host && !rules_listed(host, tables[i]))
			fw->unlisted = tables[i];
		if (saved && rules_listed(saved, tables[i]))
			continue;
		one = nft_hidden(fw->ruleset, tables[i]);
		fputs(one, f);
		free(one);
	}
	if (fclose(f))
		abort();
	if (len && asprintf(&fw->hidden, len < COMMANDS ? "nft '%s'" : "nft -a list ruleset",
			    text) < 0)
		abort();
	free(text);
}

/**
 * firewall_read() - looks at what there is
 * @firewall: it; to be freed in any case
 * @why: why it cannot be known
 *
 * That nft cannot be asked is no failure; it may not be needed.
 *
 * Return: whether the rules of iptables were read.
 */
bool firewall_read(struct firewall *firewall, struct why *why)
{
	*firewall = (struct firewall){ 0 };
	if (!find_variants(firewall, why))
		return false;
	read_nft(firewall);
	if (!read_iptables(firewall, VARIANT_HOST, why) ||
	    !read_iptables(firewall, VARIANT_OTHER, why))
		return false;
	find_hidden(firewall);
	return true;
}

/**
 * firewall_free() - frees what was read
 * @firewall: it
 */
void firewall_free(struct firewall *firewall)
{
	enum variant v;

	for (v = 0; v < VARIANTS; v++) {
		free(firewall->saved[v]);
		rules_free(&firewall->rules[v]);
	}
	json_decref(firewall->ruleset);
	free(firewall->table);
	free(firewall->hidden);
	*firewall = (struct firewall){ 0 };
}

/**
 * firewall_backend() - decides on a backend
 * @now: what there is
 * @wish: what was asked for
 *
 * Return: that; without, the one by which our rules are in place; else what the host has, but not
 * iptables where it cannot list its tables.
 */
enum backend firewall_backend(const struct firewall *now, enum backend wish)
{
	const bool in_iptables = !rules_empty(&now->rules[VARIANT_HOST]) ||
				 !rules_empty(&now->rules[VARIANT_OTHER]);

	if (wish != BACKEND_UNSAID)
		return wish;
	if (!now->iptables[VARIANT_HOST] || now->unlisted || (now->table && !in_iptables))
		return BACKEND_NFT;
	return BACKEND_IPTABLES;
}

/**
 * struct aim - what is to be reached
 * @backend: by which our rules shall be in place, and by no other; BACKEND_UNSAID without @wish
 * @wish: what the rules depend on; NULL: not these
 * @before: what there was once, and shall be again; NULL: not this; without both nothing of ours
 * @known: what there is, where that has just been read; NULL: where not
 * @dry: only find out whether something would have to change
 */
struct aim {
	enum backend backend;
	const struct rules_wish *wish;
	const struct firewall *before;
	const struct firewall *known;
	bool dry;
};

/**
 * struct goal - what that comes to, as things stand
 * @rules: in each variant of iptables
 * @table: our nft table, NULL for none
 * @table_is: whether it is there already
 * @made: rules made for it; owned
 * @text: table made for it; owned
 */
struct goal {
	const struct rules *rules[VARIANTS];
	const char *table;
	bool table_is;
	struct rules made;
	char *text;
};

static void goal_set(struct goal *goal, const struct aim *aim, const struct firewall *now)
{
	static const struct rules none;
	enum variant v;

	*goal = (struct goal){ .rules = { &none, &none } };
	if (aim->before) {
		for (v = 0; v < VARIANTS; v++)
			goal->rules[v] = &aim->before->rules[v];
		goal->table = aim->before->table;
		goal->table_is = goal->table && now->table && !strcmp(goal->table, now->table);
	} else if (aim->backend == BACKEND_IPTABLES) {
		goal->made = rules_make(aim->wish, &now->rules[VARIANT_HOST]);
		goal->rules[VARIANT_HOST] = &goal->made;
	} else if (aim->backend == BACKEND_NFT) {
		goal->text = nft_make(aim->wish);
		goal->table = goal->text;
		goal->table_is = nft_is(now->ruleset, aim->wish);
	}
	if (!goal->table)
		goal->table_is = !now->table;
}

static void goal_free(struct goal *goal)
{
	rules_free(&goal->made);
	free(goal->text);
}

/* Whether nothing has to change, be it the place of a rule. */
static bool is_exact(const struct firewall *now, const struct goal *goal)
{
	bool exact = goal->table_is;
	enum variant v;
	char *change;

	for (v = 0; v < VARIANTS; v++) {
		change = rules_change(&now->rules[v], goal->rules[v]);
		exact = exact && !*change;
		free(change);
	}
	return exact;
}

/* Whether all is there; where others have changed theirs meanwhile, a place means nothing. */
static bool is_complete(const struct firewall *now, const struct goal *goal)
{
	return goal->table_is &&
	       rules_complete(&now->rules[VARIANT_HOST], goal->rules[VARIANT_HOST]) &&
	       rules_complete(&now->rules[VARIANT_OTHER], goal->rules[VARIANT_OTHER]);
}

/* Each table changes at once or not at all. */
static bool write_iptables(const struct firewall *now, const struct goal *goal, enum variant v,
			   struct why *why)
{
	char *change = rules_change(&now->rules[v], goal->rules[v]);
	char program[32];
	const char *const argv[] = { program, "--noflush", "-w", "60", NULL };
	bool done;

	snprintf(program, sizeof(program), "%s-restore", now->iptables[v] ?: "iptables");
	done = !*change || child_run(argv, change, NULL, why);
	free(change);
	return done;
}

static bool write_table(const struct goal *goal, struct why *why)
{
	static const char *const argv[] = { "nft", "-f", "-", NULL };
	char *change;
	bool done;

	if (goal->table_is)
		return true;
	change = nft_replace(goal->table);
	done = child_run(argv, change, NULL, why);
	free(change);
	return done;
}

/* What is new comes first, so that there is no moment without. */
static bool reach(const struct firewall *now, const struct goal *goal, struct why *why)
{
	return (!goal->table || write_table(goal, why)) &&
	       write_iptables(now, goal, VARIANT_HOST, why) &&
	       write_iptables(now, goal, VARIANT_OTHER, why) &&
	       (goal->table || write_table(goal, why));
}

/* Whether two outputs of iptables-save have the same rules; counters are no part of them. */
static bool same_saved(const char *a, const char *b)
{
	const char *line[2];
	size_t len[2];

	if (!a || !b)
		return a == b;
	do {
		do
			line[0] = rules_next_line(&a, &len[0]);
		while (line[0] && *line[0] != '-');
		do
			line[1] = rules_next_line(&b, &len[1]);
		while (line[1] && *line[1] != '-');
		if (!line[0] || !line[1])
			return line[0] == line[1];
	} while (len[0] == len[1] && !strncmp(line[0], line[1], len[0]));
	return false;
}

static bool same(const struct firewall *a, const struct firewall *b)
{
	return same_saved(a->saved[VARIANT_HOST], b->saved[VARIANT_HOST]) &&
	       same_saved(a->saved[VARIANT_OTHER], b->saved[VARIANT_OTHER]);
}

/* Whether it is in our power, as things stand: what is not seen cannot be changed. */
static bool reachable(const struct aim *aim, const struct firewall *now, struct why *why)
{
	const struct firewall *before = aim->before;

	if (aim->backend == BACKEND_NFT && *now->unseen.text) {
		*why = now->unseen;
		return false;
	}
	if (now->unlisted &&
	    (aim->backend == BACKEND_IPTABLES ||
	     (before && !before->unlisted && !rules_empty(&before->rules[VARIANT_HOST]))))
		return why_not(why,
			       "table %s has rules of nft's own, which iptables cannot list: use backend nft",
			       now->unlisted);
	if (aim->wish || before)
		return true;
	if (now->unlisted && !now->ruleset)
		return why_not(why,
			       "whether table %s has rules of ours cannot be seen: iptables cannot list it, and %s",
			       now->unlisted,
			       *now->unseen.text ? now->unseen.text : "nft was not asked");
	if (now->stuck)
		return why_not(why, "table " NFT_TABLE " is in place, and cannot be taken away: %s",
			       now->unseen.text);
	if (!now->hidden)
		return true;
	return why_not(why, "rules of ours are in place that iptables does not show: %s%s",
		       netns_prefix(), now->hidden);
}

/*
 * Reads and writes until what is read is what it should be. Places in a chain are those of the
 * reading; where a change fails because they are others by now, it is tried anew.
 */
static bool settle(struct aim *aim, bool *changed, struct why *why)
{
	const struct firewall *now = aim->known, *last = NULL;
	struct firewall states[2] = { 0 };
	bool done = false, failed = false;
	struct goal goal;
	unsigned int i;

	*changed = false;
	for (i = 0; i < TRIES; i++) {
		if (i || !aim->known) {
			last = now;
			now = &states[i % 2];
			firewall_free(&states[i % 2]);
			if (!firewall_read(&states[i % 2], why))
				break;
		}
		if (!i && aim->wish)
			aim->backend = firewall_backend(now, aim->backend);
		if (!reachable(aim, now, why))
			break;
		goal_set(&goal, aim, now);
		done = i ? is_complete(now, &goal) : is_exact(now, &goal);
		if (done || (failed && same(now, last))) {
			goal_free(&goal);
			break;
		}
		*changed = true;
		if (aim->dry) {
			goal_free(&goal);
			done = true;
			break;
		}
		why_not(why, "somebody else keeps changing them");
		failed = !reach(now, &goal, why);
		goal_free(&goal);
	}
	firewall_free(&states[0]);
	firewall_free(&states[1]);
	return done;
}

/**
 * firewall_make() - makes our rules what they should be
 * @now: what firewall_read() has just found
 * @backend: by which; see firewall_backend()
 * @wish: what they depend on
 * @dry: do not change them
 * @changed: whether something had to change
 * @why: why not
 *
 * What another backend has of ours is taken away.
 *
 * Return: whether they are what they should be.
 */
bool firewall_make(const struct firewall *now, enum backend backend,
		   const struct rules_wish *wish, bool dry, bool *changed, struct why *why)
{
	struct aim aim = { .backend = backend, .wish = wish, .known = now, .dry = dry };

	return settle(&aim, changed, why);
}

/**
 * firewall_restore() - makes our rules what they were
 * @before: what firewall_read() has found
 * @why: why not
 *
 * Return: whether they are.
 */
bool firewall_restore(const struct firewall *before, struct why *why)
{
	struct aim aim = { .before = before };
	bool changed;

	return settle(&aim, &changed, why);
}

/**
 * firewall_drop() - takes our rules away, of all backends
 * @now: what firewall_read() has just found
 * @dry: do not
 * @changed: whether there were any
 * @why: why not
 *
 * Return: whether there are none.
 */
bool firewall_drop(const struct firewall *now, bool dry, bool *changed, struct why *why)
{
	struct aim aim = { .known = now, .dry = dry };

	return settle(&aim, changed, why);
}

/**
 * firewall_nft_rule() - finds a rule of nft by its handle
 * @table: its table, family and name
 * @chain: its chain
 * @handle: the handle
 *
 * Return: the rule in nft's words, or NULL; to be freed.
 */
char *firewall_nft_rule(const char *table, const char *chain, json_int_t handle)
{
	const char *const argv[] = { "nft", "-a", "-s", "list", "chain", table, chain, NULL };
	char *listing, *text;
	struct why why;

	if (!child_run(argv, NULL, &listing, &why))
		return NULL;
	text = nft_rule_text(listing, handle);
	free(listing);
	return text;
}
