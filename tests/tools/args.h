/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words of a command line: strict readers of numbers, addresses and hex digits. They take the
 * whole word or refuse it; nothing here prints. Every test tool uses them.
 */
#ifndef TESTS_TOOLS_ARGS_H
#define TESTS_TOOLS_ARGS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal, or hexadecimal after 0x; no sign, no blanks, no octal. */
bool arg_number(const char *word, uint64_t min, uint64_t max, uint64_t *value);

/* A dotted IPv4 address, given back in host byte order. */
bool arg_ipv4(const char *word, uint32_t *addr);

/* An IPv4 prefix ADDR[/LEN]; host bits may be set, they are cleared. */
bool arg_prefix(const char *word, uint32_t *addr, uint32_t *mask);

/* Six colon-separated octets. */
bool arg_mac(const char *word, uint8_t mac[6]);

/* Pairs of hex digits, blanks between pairs allowed; *len is how many bytes came out. */
bool arg_hex(const char *word, uint8_t *out, size_t max, size_t *len);

/* ADDR and PORT, and ADDR[:PORT], as a socket address. */
bool arg_endpoint(const char *addr, const char *port, struct sockaddr_in *sin);
bool arg_bind(const char *word, struct sockaddr_in *sin);

#endif
