/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words behind a command: `keyword value` and bare keywords, in any order, each at most once.
 */
#ifndef CUBE_WORDS_H
#define CUBE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "array.h"
#include "parse.h"
#include "why.h"

/**
 * struct word - a keyword that a command takes
 * @name: the keyword
 * @expect: what its value has to be, for messages; NULL for a keyword without a value, or a number
 * @read: reads the value into @into, returns whether it is one; NULL for a keyword without a value
 * @into: where to; of the type that @read writes
 * @min: smallest number
 * @max: largest number
 * @given: set when the keyword was there
 */
struct word {
	const char *name;
	const char *expect;
	bool (*read)(const struct word *word, const char *text);
	void *into;
	uint32_t min;
	uint32_t max;
	bool given;
};

/**
 * struct mark - a packet mark
 * @value: its bits
 * @mask: those that are set; the others stay as they are
 */
struct mark {
	uint32_t value;
	uint32_t mask;
};

bool words_read(struct word *words, size_t count, int argc, char **argv, struct why *why);
const struct word *words_find(const struct word *words, size_t count, const char *name);

bool words_uplink_whole(const struct word *words, size_t count, struct why *why);

bool word_number(const struct word *word, const char *text);
bool word_cidr(const struct word *word, const char *text);
bool word_addr(const struct word *word, const char *text);
bool word_unicast(const struct word *word, const char *text);
bool word_end(const struct word *word, const char *text);
bool word_device(const struct word *word, const char *text);
bool word_text(const struct word *word, const char *text);
bool word_protocol(const struct word *word, const char *text);
bool word_mark(const struct word *word, const char *text);
bool word_allow(const struct word *word, const char *text);

/* The initializers of &struct word; @p points to where the value goes. */
#define WORD_FLAG(n)	{ .name = (n) }
#define WORD_NUMBER(n, lo, hi, p) \
	{ .name = (n), .read = word_number, .into = (uint32_t *){ (p) }, .min = (lo), .max = (hi) }
#define WORD_ADDR(n, p) \
	{ .name = (n), .expect = "an IPv4 address", .read = word_addr, .into = (uint32_t *){ (p) } }
#define WORD_END(n, p) \
	{ .name = (n), .expect = "ADDR:PORT, say 198.51.100.7:40000", .read = word_end, \
	  .into = (struct end *){ (p) } }
#define WORD_CIDR(n, p) \
	{ .name = (n), .expect = "an IPv4 CIDR, say 10.254.0.0/24", .read = word_cidr, \
	  .into = (struct cidr *){ (p) } }
#define WORD_DEVICE(n, p) \
	{ .name = (n), .expect = "the name of a network device", .read = word_device, \
	  .into = (const char **){ (p) } }
#define WORD_UPLINK(p)	WORD_DEVICE("uplink", p)
#define WORD_VIA(p) \
	{ .name = "via", .expect = "the IPv4 address of the uplink's gateway", \
	  .read = word_unicast, .into = (uint32_t *){ (p) } }
#define WORD_FILE(n, p) \
	{ .name = (n), .expect = "a file", .read = word_text, .into = (const char **){ (p) } }
#define WORD_PROTOCOL(n, p) \
	{ .name = (n), .expect = "tcp, udp, icmp, sctp, gre, esp, ah, ipip or 0 to 255", \
	  .read = word_protocol, .into = (uint8_t *){ (p) } }
#define WORD_MARK(n, p) \
	{ .name = (n), .expect = "a mark N or N/MASK with N inside MASK", .read = word_mark, \
	  .into = (struct mark *){ (p) } }
#define WORD_ALLOW(n, p) \
	{ .name = (n), .expect = "allow or deny", .read = word_allow, .into = (bool *){ (p) } }

#endif
