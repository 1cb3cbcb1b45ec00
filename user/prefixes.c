// SPDX-License-Identifier: GPL-2.0
/*
 * The words `policy`, `allow` and `deny`, of which a command takes thousands: they are picked out
 * from between its other words, which words.c reads. Pure: what is wrong is told to the caller.
 * Called by sandbox.c and policy.c; policy_name() by whoever shows one.
 */
#include <linux/cube_router.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "prefixes.h"

static const char *const bases[] = {
	[CUBE_ROUTER_POLICY_NONE] = "none",
	[CUBE_ROUTER_POLICY_DEFAULT] = "default",
	[CUBE_ROUTER_POLICY_DENY_ALL] = "deny-all",
};

/* policy_name() - the word for a base */
const char *policy_name(uint8_t base)
{
	return base < ARRAY_SIZE(bases) ? bases[base] : "unknown";
}

/* prefixes_free() - frees what was read */
void prefixes_free(struct prefixes *said)
{
	free(said->list);
	*said = (struct prefixes){ 0 };
}

/* prefixes_add() - one more entry */
void prefixes_add(struct prefixes *said, struct prefix prefix)
{
	said->list = array_grow(said->list, said->count, sizeof(prefix));
	said->list[said->count++] = prefix;
}

static bool read_base(struct prefixes *said, const char *text, struct why *why)
{
	uint8_t i;

	if (said->has_base)
		return why_not(why, "'policy' is given twice");
	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		if (strcmp(text, bases[i]))
			continue;
		said->base = i;
		said->has_base = true;
		return true;
	}
	return why_not(why, "policy: '%s' is not none, default or deny-all", text);
}

static bool read_prefix(struct prefixes *said, const char *word, const char *text,
			struct why *why)
{
	struct prefix prefix = { .deny = !strcmp(word, "deny") };
	char better[CIDR_TEXT];
	struct cidr aligned;

	if (!parse_cidr(text, &prefix.cidr))
		return why_not(why, "%s: '%s' is not an IPv4 CIDR, say 198.51.100.0/24", word,
			       text);
	aligned = prefix.cidr;
	aligned.addr &= cidr_mask(aligned.prefix);
	if (aligned.addr != prefix.cidr.addr)
		return why_not(why, "%s: '%s' is not aligned: use %s", word, text,
			       cidr_text(aligned, better));
	if (said->count == CUBE_ROUTER_POLICY_ENTRIES_MAX)
		return why_not(why, "%s: '%s' is one more than the %u prefixes of a policy", word,
			       text, CUBE_ROUTER_POLICY_ENTRIES_MAX);
	prefixes_add(said, prefix);
	return true;
}

static int compare(const void *left, const void *right)
{
	const struct prefix *a = left, *b = right;

	if (a->cidr.addr != b->cidr.addr)
		return a->cidr.addr < b->cidr.addr ? -1 : 1;
	if (a->cidr.prefix != b->cidr.prefix)
		return a->cidr.prefix < b->cidr.prefix ? -1 : 1;
	return a->deny - b->deny;
}

static bool check_twice(struct prefixes *said, struct why *why)
{
	char text[CIDR_TEXT];
	size_t i;

	if (said->count)
		qsort(said->list, said->count, sizeof(*said->list), compare);
	for (i = 1; i < said->count; i++)
		if (!compare(&said->list[i - 1], &said->list[i]))
			return why_not(why, "%s: '%s' is given twice",
				       said->list[i].deny ? "deny" : "allow",
				       cidr_text(said->list[i].cidr, text));
	return true;
}

/**
 * prefixes_read() - picks out what is said of a policy
 * @said: what was; to be freed in any case
 * @argc: number of @argv; those that are left, afterwards
 * @argv: pairs of a keyword and its value; the others move to the front
 * @why: what is wrong
 *
 * Entries are sorted. The same prefix may be allowed and denied, and prefixes may overlap; the
 * same entry twice is refused.
 *
 * Return: whether the words that were picked out make sense.
 */
bool prefixes_read(struct prefixes *said, int *argc, char **argv, struct why *why)
{
	const char *word, *value;
	int i, left = 0;
	bool is_base;

	*said = (struct prefixes){ 0 };
	for (i = 0; i < *argc; i += 2) {
		word = argv[i];
		value = i + 1 < *argc ? argv[i + 1] : NULL;
		is_base = !strcmp(word, "policy");
		if (!is_base && strcmp(word, "allow") && strcmp(word, "deny")) {
			argv[left++] = argv[i];
			if (value)
				argv[left++] = argv[i + 1];
			continue;
		}
		if (!value)
			return why_not(why, "'%s' must be followed by %s", word,
				       is_base ? "none, default or deny-all" : "an IPv4 CIDR");
		if (!(is_base ? read_base(said, value, why) :
				read_prefix(said, word, value, why)))
			return false;
	}
	*argc = left;
	return check_twice(said, why);
}
