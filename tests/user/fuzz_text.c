// SPDX-License-Identifier: GPL-2.0
/*
 * A libFuzzer target: whatever text an operator hands to the tool, as an env file and as single
 * words. What is accepted must be what it was read as: written again and read again it is the same,
 * and an address is what inet_pton() takes it for. tests/user/fuzz builds and runs it.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/address.h"
#include "../../user/envfile.h"
#include "../../user/plan.h"
#include "../../user/words.h"

static void must(bool what)
{
	if (!what)
		__builtin_trap();
}

static char *copy(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 2);

	must(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* All that is done with an env file before the host is looked at, and with its addresses after. */
static void as_env_file(const uint8_t *data, size_t size)
{
	const struct host host = { 0 };
	struct router_addresses out;
	struct address_wish wish;
	struct envfile env = { .path = "file" };
	struct wishes wishes = { 0 };
	unsigned int cursor = 0;
	struct why why;
	bool enabled;

	if (envfile_parse(&env, copy(data, size), size, &why) &&
	    envfile_flag(&env, ENV_ENABLE, &enabled, &why) &&
	    wishes_from_env(&wishes, &env, &why)) {
		while (envfile_warning(&env, &cursor, &why))
			must(strlen(why.text) < sizeof(why.text));
		wishes_default(&wishes);
		wish = (struct address_wish){
			.sandbox = wishes.sandbox, .derive = wishes.router_how == ROUTER_AUTO,
			.router = wishes.router, .sandbox_word = wishes.sandbox_word,
			.router_word = wishes.router_word,
		};
		/* Two addresses side by side, both inside what they were taken from. */
		if (address_settle(&wish, &host, &out, &why)) {
			must(out.snat == out.device.addr + 1);
			must(cidr_contains(wish.derive ? wish.sandbox : wish.router, out.snat));
			must(wishes.port_low >= 1024 && wishes.port_low <= 65000);
		}
	}
	envfile_free(&env);
}

static void as_word(const uint8_t *data, size_t size)
{
	char *text = copy(data, size), again[CIDR_TEXT];
	struct word mark_word, word = { 0 };
	struct mark mark;
	struct cidr cidr, second;
	struct in_addr in;
	uint32_t number;
	uint8_t protocol;

	if (parse_addr(text, &number)) {
		must(inet_pton(AF_INET, text, &in) == 1 && ntohl(in.s_addr) == number);
		must(!strcmp(addr_text(number, again), text));
	}
	if (parse_cidr(text, &cidr)) {
		must(cidr.prefix <= 32 && !strcmp(cidr_text(cidr, again), text));
		must(parse_cidr(again, &second) && second.addr == cidr.addr);
	}
	if (parse_number(text, 5, 70000, &number))
		must(number >= 5 && number <= 70000 && number == strtoul(text, NULL, 10));
	if (parse_hex_or_number(text, &number))
		must(number == strtoul(text, NULL, strncasecmp(text, "0x", 2) ? 10 : 16));
	mark_word = (struct word){ .into = &mark };
	if (word_mark(&mark_word, text))
		must(!(mark.value & ~mark.mask));
	word.into = &protocol;
	word_protocol(&word, text);
	if (parse_device_name(text))
		must(*text && strlen(text) < IFNAMSIZ && !strchr(text, '/'));
	if (parse_pattern(text))
		must(strlen(text) < PATTERN_MAX);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	(*data & 1 ? as_word : as_env_file)(data + 1, size - 1);
	return 0;
}
