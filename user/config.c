// SPDX-License-Identifier: GPL-2.0
/*
 * `config`: shows and changes the module's limits and idle times. All pairs of a `config set` are
 * one transaction.
 *
 * JSON of both: one key for each of `config set`, of the same name; idle times in seconds,
 * lateral "allow" or "deny"; uplink and uplink-gateway null where there is none; bypass-mark as it
 * is set, "VALUE/MASK".
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "config.h"
#include "genl.h"
#include "kept.h"
#include "live.h"
#include "lock.h"
#include "netns.h"
#include "output.h"
#include "words.h"

#define IDLE_MAX 864000	/* seconds: ten days, what the module takes */

/* The keys whose value is a number, in the order of the listing. */
static const struct {
	const char *name;
	int attr;
	uint32_t max;
} numbers[] = {
	{ "idle-tcp-syn", CUBE_ROUTER_A_CONFIG_IDLE_TCP_SYN, IDLE_MAX },
	{ "idle-tcp-established", CUBE_ROUTER_A_CONFIG_IDLE_TCP_ESTABLISHED, IDLE_MAX },
	{ "idle-tcp-closing", CUBE_ROUTER_A_CONFIG_IDLE_TCP_CLOSING, IDLE_MAX },
	{ "idle-tcp-reset", CUBE_ROUTER_A_CONFIG_IDLE_TCP_RESET, IDLE_MAX },
	{ "idle-udp-unreplied", CUBE_ROUTER_A_CONFIG_IDLE_UDP_UNREPLIED, IDLE_MAX },
	{ "idle-udp-replied", CUBE_ROUTER_A_CONFIG_IDLE_UDP_REPLIED, IDLE_MAX },
	{ "idle-icmp", CUBE_ROUTER_A_CONFIG_IDLE_ICMP, IDLE_MAX },
	{ "idle-other", CUBE_ROUTER_A_CONFIG_IDLE_OTHER, IDLE_MAX },
	{ "max-sessions", CUBE_ROUTER_A_CONFIG_MAX_SESSIONS, UINT32_MAX },
	{ "max-sandbox-sessions", CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS, UINT32_MAX },
};

#define NUMBERS ARRAY_SIZE(numbers)

static uint32_t live_number(const struct live *live, size_t i)
{
	if (numbers[i].attr == CUBE_ROUTER_A_CONFIG_MAX_SESSIONS)
		return live->max_sessions;
	if (numbers[i].attr == CUBE_ROUTER_A_CONFIG_MAX_SANDBOX_SESSIONS)
		return live->max_sandbox_sessions;
	return live->idle[numbers[i].attr - CUBE_ROUTER_A_CONFIG_IDLE_TCP_SYN];
}

#define MARK_TEXT 24

static const char *bypass_text(const struct live *live, char text[MARK_TEXT])
{
	snprintf(text, MARK_TEXT, "%#x/%#x", live->bypass_mark, live->bypass_mask);
	return text;
}

/**
 * config_json() - limits and idle times
 * @live: what the module says
 *
 * Return: object; see above.
 */
json_t *config_json(const struct live *live)
{
	json_t *object = json_object();
	char mark[MARK_TEXT];
	size_t i;

	for (i = 0; i < NUMBERS; i++)
		json_object_set_new(object, numbers[i].name, json_integer(live_number(live, i)));
	json_object_set_new(object, "lateral", json_string(live->lateral ? "allow" : "deny"));
	json_object_set_new(object, "uplink",
			    *live->uplink ? json_text(live->uplink) : json_null());
	json_object_set_new(object, "uplink-gateway", json_addr(live->gateway));
	json_object_set_new(object, "bypass-mark", json_string(bypass_text(live, mark)));
	return object;
}

static void show_json(const struct live *live)
{
	out_json(config_json(live));
}

static void show_text(const struct live *live)
{
	char text[CIDR_TEXT], mark[MARK_TEXT];
	size_t i;

	for (i = 0; i < NUMBERS; i++)
		printf("%-21s %u\n", numbers[i].name, live_number(live, i));
	printf("%-21s %s\n", "lateral", live->lateral ? "allow" : "deny");
	printf("%-21s %s\n", "uplink", *live->uplink ? live->uplink : "none");
	printf("%-21s %s\n", "uplink-gateway",
	       live->gateway ? addr_text(live->gateway, text) : "none");
	printf("%-21s %s\n", "bypass-mark", bypass_text(live, mark));
}

/* cmd_config_show() - shows the configuration */
int cmd_config_show(int argc, char **argv)
{
	struct genl genl;
	struct live live;
	struct why why;
	int err;

	if (argc)
		return misuse("config show: unknown word '%s'", argv[0]);
	if (!netns_enter(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);
	err = live_get(&genl, &live, &why);
	genl_close(&genl);
	if (err)
		return refuse("%s", why.text);
	(out_is_json() ? show_json : show_text)(&live);
	return DONE;
}

/*
 * What somebody has said is known after a reboot, too, and "none" is no other one from earlier. A
 * gateway alone names none, and says nothing of the one that is kept.
 */
static void keep_uplink(const struct live *live, bool named)
{
	struct uplink uplink = { .gateway = live->gateway };

	strcpy(uplink.dev, live->uplink);
	if (*uplink.dev || named)
		kept_set_uplink(*uplink.dev ? &uplink : NULL);
}

static int set(struct genl *genl, struct nl_msg *msg, bool uplink, bool gateway)
{
	struct live live;
	struct why why;

	if (live_set(genl, msg, &why))
		return refuse("%s", why.text);
	if (live_get(genl, &live, &why))
		return refuse("it is set, but cannot be read back: %s", why.text);
	if (uplink || gateway)
		keep_uplink(&live, uplink);
	if (out_is_json())
		show_json(&live);
	return DONE;
}

/* The keywords behind the numbers. */
enum { LATERAL = NUMBERS, BYPASS_MARK, UPLINK, GATEWAY, WORDS };

/**
 * struct settings - what `config set` is told
 * @words: the keywords, numbers first
 * @values: the numbers
 * @lateral: value of that keyword
 * @bypass: the same of bypass-mark
 * @uplink: the uplink, "" for none
 * @gateway: its gateway, 0 for none
 */
struct settings {
	struct word words[WORDS];
	uint32_t values[NUMBERS];
	bool lateral;
	struct mark bypass;
	const char *uplink;
	uint32_t gateway;
};

static bool word_uplink(const struct word *word, const char *text)
{
	const char **dev = word->into;

	*dev = strcmp(text, "none") ? text : "";
	return !**dev || parse_device_name(text);
}

static bool word_gateway(const struct word *word, const char *text)
{
	*(uint32_t *)word->into = 0;
	return !strcmp(text, "none") || word_unicast(word, text);
}

static bool read_settings(struct settings *s, int argc, char **argv, struct why *why)
{
	size_t i;

	*s = (struct settings){ 0 };
	for (i = 0; i < NUMBERS; i++)
		s->words[i] = (struct word)WORD_NUMBER(numbers[i].name, 1, numbers[i].max,
						       &s->values[i]);
	s->words[LATERAL] = (struct word)WORD_ALLOW("lateral", &s->lateral);
	s->words[BYPASS_MARK] = (struct word)WORD_MARK("bypass-mark", &s->bypass);
	s->words[UPLINK] = (struct word){
		.name = "uplink", .expect = "the name of a network device, or none",
		.read = word_uplink, .into = &s->uplink,
	};
	s->words[GATEWAY] = (struct word){
		.name = "uplink-gateway", .expect = "an IPv4 address, or none",
		.read = word_gateway, .into = &s->gateway,
	};
	if (!words_read(s->words, WORDS, argc, argv, why))
		return false;
	return argc || why_not(why, "KEY VALUE is missing: see config show");
}

/* config_understood() - whether the words behind `config set` make sense */
bool config_understood(int argc, char **argv, struct why *why)
{
	struct settings s;

	return read_settings(&s, argc, argv, why);
}

/* config_write() - writes the configuration as a `config set` */
void config_write(FILE *f, const struct live *live)
{
	char text[CIDR_TEXT], mark[MARK_TEXT];
	size_t i;

	fputs("config set", f);
	for (i = 0; i < NUMBERS; i++)
		fprintf(f, " %s %u", numbers[i].name, live_number(live, i));
	fprintf(f, " lateral %s bypass-mark %s\n", live->lateral ? "allow" : "deny",
		bypass_text(live, mark));
	if (*live->uplink)
		fprintf(f, "config set uplink %s uplink-gateway %s\n", live->uplink,
			live->gateway ? addr_text(live->gateway, text) : "none");
}

/* cmd_config_set() - changes the configuration */
int cmd_config_set(int argc, char **argv)
{
	struct settings s;
	struct nl_msg *msg;
	struct genl genl;
	struct why why;
	size_t i;
	int done;

	if (!read_settings(&s, argc, argv, &why))
		return misuse("config set: %s", why.text);
	if (!netns_enter(&why) || !lock_take(&why) || genl_open(&genl, &why))
		return refuse("%s", why.text);

	msg = genl_request(&genl, CUBE_ROUTER_CMD_CONFIG_SET, 0);
	for (i = 0; msg && i < NUMBERS; i++)
		if (s.words[i].given)
			nla_put_u32(msg, numbers[i].attr, s.values[i]);
	if (msg && s.words[LATERAL].given)
		nla_put_u8(msg, CUBE_ROUTER_A_CONFIG_LATERAL, s.lateral);
	if (msg && s.words[BYPASS_MARK].given) {
		nla_put_u32(msg, CUBE_ROUTER_A_CONFIG_BYPASS_MARK, s.bypass.value);
		nla_put_u32(msg, CUBE_ROUTER_A_CONFIG_BYPASS_MASK, s.bypass.mask);
	}
	if (msg && s.words[UPLINK].given)
		nla_put_string(msg, CUBE_ROUTER_A_CONFIG_UPLINK, s.uplink);
	if (msg && s.words[GATEWAY].given)
		nla_put_u32(msg, CUBE_ROUTER_A_CONFIG_UPLINK_GATEWAY, htonl(s.gateway));
	done = set(&genl, msg, s.words[UPLINK].given, s.words[GATEWAY].given);
	genl_close(&genl);
	return done;
}
