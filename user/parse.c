// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers, addresses, CIDRs and names: read strictly, and written. Pure: nothing but its arguments
 * is read, nothing is said. Called by the word tables, the env file and whoever has to print an
 * address.
 */
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "parse.h"

/* The protocols that have a word of their own; every other one is a number. */
static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "icmp", IPPROTO_ICMP },
	{ "sctp", IPPROTO_SCTP }, { "gre", IPPROTO_GRE }, { "esp", IPPROTO_ESP },
	{ "ah", IPPROTO_AH }, { "ipip", IPPROTO_IPIP },
};

/**
 * cidr_mask() - netmask of a prefix length
 * @prefix: 0 to 32
 *
 * Return: the mask, host byte order.
 */
uint32_t cidr_mask(uint8_t prefix)
{
	return prefix ? UINT32_MAX << (32 - prefix) : 0;
}

/**
 * cidr_last() - last address of a network
 * @net: network; bits behind the prefix are ignored
 *
 * Return: the address, host byte order.
 */
uint32_t cidr_last(struct cidr net)
{
	return net.addr | ~cidr_mask(net.prefix);
}

/**
 * cidr_contains() - whether an address lies in a network
 * @net: network; bits behind the prefix are ignored
 * @addr: address, host byte order
 *
 * Return: whether it does.
 */
bool cidr_contains(struct cidr net, uint32_t addr)
{
	return ((net.addr ^ addr) & cidr_mask(net.prefix)) == 0;
}

/**
 * cidr_overlaps() - whether two networks share an address
 * @a: one; bits behind the prefix are ignored
 * @b: the other
 *
 * Return: whether they do.
 */
bool cidr_overlaps(struct cidr a, struct cidr b)
{
	return a.prefix < b.prefix ? cidr_contains(a, b.addr) : cidr_contains(b, a.addr);
}

/**
 * addr_text() - an address as a dotted quad
 * @addr: address, host byte order
 * @text: where to
 *
 * Return: @text.
 */
const char *addr_text(uint32_t addr, char text[CIDR_TEXT])
{
	snprintf(text, CIDR_TEXT, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 0xff, addr >> 8 & 0xff,
		 addr & 0xff);
	return text;
}

/**
 * end_text() - an address and a port as text
 * @end: what; without a port the address alone
 * @text: where to
 *
 * Return: @text.
 */
const char *end_text(struct end end, char text[END_TEXT])
{
	char addr[CIDR_TEXT];

	addr_text(end.addr, addr);
	if (end.port)
		snprintf(text, END_TEXT, "%s:%u", addr, end.port);
	else
		snprintf(text, END_TEXT, "%s", addr);
	return text;
}

/**
 * mac_text() - a MAC address as text
 * @mac: its six bytes
 * @text: where to
 *
 * Return: @text.
 */
const char *mac_text(const uint8_t mac[6], char text[MAC_TEXT])
{
	snprintf(text, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	return text;
}

/**
 * cidr_text() - a CIDR as text
 * @cidr: what
 * @text: where to
 *
 * Return: @text.
 */
const char *cidr_text(struct cidr cidr, char text[CIDR_TEXT])
{
	size_t len;

	addr_text(cidr.addr, text);
	len = strlen(text);
	snprintf(text + len, CIDR_TEXT - len, "/%u", cidr.prefix);
	return text;
}

/* Reads digits from *text on, and moves it behind them. False without any, or above @max. */
static bool digits(const char **text, uint32_t max, uint32_t *out)
{
	const char *p = *text;
	uint64_t n = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > max)
			return false;
	}
	*text = p;
	*out = (uint32_t)n;
	return true;
}

/**
 * parse_number() - reads a decimal number
 * @text: digits and nothing else
 * @min: smallest value that is accepted
 * @max: largest
 * @out: the number; untouched on failure
 *
 * Return: whether @text is such a number.
 */
bool parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	uint32_t n;

	if (!digits(&text, max, &n) || *text || n < min)
		return false;
	*out = n;
	return true;
}

/**
 * parse_hex_or_number() - reads a number of 32 bits, decimal or after 0x hexadecimal
 * @text: the number and nothing else
 * @out: the number; untouched on failure
 *
 * Return: whether @text is such a number.
 */
bool parse_hex_or_number(const char *text, uint32_t *out)
{
	static const char hex[] = "0123456789abcdef";
	const char *digit;
	uint64_t n = 0;

	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
		return parse_number(text, 0, UINT32_MAX, out);
	text += 2;
	if (!*text)
		return false;
	for (; *text; text++) {
		digit = strchr(hex, *text >= 'A' && *text <= 'F' ? *text + ('a' - 'A') : *text);
		if (!digit)
			return false;
		n = n << 4 | (uint64_t)(digit - hex);
		if (n > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)n;
	return true;
}

/* Reads a dotted quad from *text on. An octet with a leading zero may be meant as octal. */
static bool quad(const char **text, uint32_t *out)
{
	uint32_t addr = 0, octet;
	int i;

	for (i = 0; i < 4; i++) {
		if (i && *(*text)++ != '.')
			return false;
		if ((*text)[0] == '0' && (*text)[1] >= '0' && (*text)[1] <= '9')
			return false;
		if (!digits(text, 255, &octet))
			return false;
		addr = addr << 8 | octet;
	}
	*out = addr;
	return true;
}

/**
 * parse_addr() - reads an IPv4 address
 * @text: dotted quad and nothing else
 * @out: the address, host byte order; untouched on failure
 *
 * Return: whether @text is such an address.
 */
bool parse_addr(const char *text, uint32_t *out)
{
	uint32_t addr;

	if (!quad(&text, &addr) || *text)
		return false;
	*out = addr;
	return true;
}

/**
 * parse_unicast() - reads an address that a machine can have
 * @text: dotted quad and nothing else
 * @out: the address, host byte order; untouched on failure
 *
 * Return: whether @text is such an address: no loopback, multicast or broadcast one, nor 0.0.0.0/8.
 */
bool parse_unicast(const char *text, uint32_t *out)
{
	uint32_t addr;

	if (!parse_addr(text, &addr) || !(addr >> 24) || addr >> 24 == 127 || addr >> 28 >= 0xe)
		return false;
	*out = addr;
	return true;
}

/**
 * parse_end() - reads an address and a port
 * @text: dotted quad, colon, port and nothing else
 * @out: the two; untouched on failure
 *
 * Return: whether @text is such a pair.
 */
bool parse_end(const char *text, struct end *out)
{
	uint32_t addr, port;

	if (!quad(&text, &addr) || *text++ != ':' || !parse_number(text, 0, UINT16_MAX, &port))
		return false;
	*out = (struct end){ addr, (uint16_t)port };
	return true;
}

/**
 * parse_cidr() - reads a CIDR
 * @text: dotted quad, slash, prefix length and nothing else
 * @out: the CIDR, aligned or not; untouched on failure
 *
 * Return: whether @text is a CIDR.
 */
bool parse_cidr(const char *text, struct cidr *out)
{
	uint32_t addr, prefix;

	if (!quad(&text, &addr) || *text++ != '/')
		return false;
	if (text[0] == '0' && text[1])
		return false;
	if (!parse_number(text, 0, 32, &prefix))
		return false;
	out->addr = addr;
	out->prefix = (uint8_t)prefix;
	return true;
}

static bool printable(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

/**
 * parse_device_name() - whether a word can be the name of a network device
 * @text: the word
 *
 * Return: whether it can.
 */
bool parse_device_name(const char *text)
{
	if (!*text || strlen(text) >= IFNAMSIZ)
		return false;
	if (!strcmp(text, ".") || !strcmp(text, ".."))
		return false;
	return printable(text) && !strpbrk(text, "/:");
}

/**
 * parse_pattern() - whether a word can be a pattern of device names
 * @text: the word
 *
 * Return: whether it can.
 */
bool parse_pattern(const char *text)
{
	return *text && strlen(text) < PATTERN_MAX && printable(text) && !strpbrk(text, "/:");
}

/**
 * parse_protocol() - reads an IP protocol
 * @text: name or number
 * @out: its number; untouched on failure
 *
 * Return: whether @text is a protocol.
 */
bool parse_protocol(const char *text, uint8_t *out)
{
	uint32_t n;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (!strcmp(text, protocols[i].name)) {
			*out = protocols[i].number;
			return true;
		}
	}
	if (!parse_number(text, 0, 255, &n))
		return false;
	*out = (uint8_t)n;
	return true;
}

/**
 * protocol_name() - the word for an IP protocol
 * @protocol: its number
 *
 * Return: the name, or NULL where only the number will do.
 */
const char *protocol_name(uint8_t protocol)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocol == protocols[i].number)
			return protocols[i].name;
	return NULL;
}
