/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers, addresses, CIDRs and names: read strictly, and written. Pure: no I/O, no messages.
 */
#ifndef CUBE_PARSE_H
#define CUBE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct cidr - an IPv4 address with a prefix length
 * @addr: address, host byte order; may have bits behind the prefix
 * @prefix: 0 to 32
 */
struct cidr {
	uint32_t addr;
	uint8_t prefix;
};

/**
 * struct end - an address and a port, host byte order
 * @addr: address
 * @port: port, or 0 where there is none
 */
struct end {
	uint32_t addr;
	uint16_t port;
};

#define CIDR_TEXT 20	/* room for a CIDR or an address as text */
#define END_TEXT 28	/* room for an address and a port as text */
#define MAC_TEXT 18	/* room for a MAC address as text */
#define PATTERN_MAX 32	/* room for a pattern of device names; the module takes no longer one */

uint32_t cidr_mask(uint8_t prefix);
uint32_t cidr_last(struct cidr net);
bool cidr_contains(struct cidr net, uint32_t addr);
bool cidr_overlaps(struct cidr a, struct cidr b);
const char *cidr_text(struct cidr cidr, char text[CIDR_TEXT]);
const char *addr_text(uint32_t addr, char text[CIDR_TEXT]);
const char *end_text(struct end end, char text[END_TEXT]);
const char *mac_text(const uint8_t mac[6], char text[MAC_TEXT]);

bool parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *out);
bool parse_hex_or_number(const char *text, uint32_t *out);
bool parse_addr(const char *text, uint32_t *out);
bool parse_unicast(const char *text, uint32_t *out);
bool parse_end(const char *text, struct end *out);
bool parse_cidr(const char *text, struct cidr *out);
bool parse_device_name(const char *text);
bool parse_pattern(const char *text);
bool parse_protocol(const char *text, uint8_t *out);
const char *protocol_name(uint8_t protocol);

#endif
