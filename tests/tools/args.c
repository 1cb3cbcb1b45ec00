// SPDX-License-Identifier: GPL-2.0
/*
 * Words of a command line: strict readers of numbers, addresses and hex digits, for every test
 * tool. No state, no output.
 */
#include "args.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool arg_number(const char *word, uint64_t min, uint64_t max, uint64_t *value)
{
	int base = 10;
	char *end;

	if (word[0] == '0' && word[1] == 'x') {
		word += 2;
		base = 16;
	}
	/* strtoull() would skip blanks and take a sign, and another 0x. */
	if (!isxdigit((unsigned char)word[0]) || word[1] == 'x')
		return false;
	errno = 0;
	*value = strtoull(word, &end, base);
	return !errno && !*end && *value >= min && *value <= max;
}

bool arg_ipv4(const char *word, uint32_t *addr)
{
	struct in_addr in;

	if (inet_pton(AF_INET, word, &in) != 1)
		return false;
	*addr = ntohl(in.s_addr);
	return true;
}

bool arg_prefix(const char *word, uint32_t *addr, uint32_t *mask)
{
	const char *slash = strchr(word, '/');
	char copy[INET_ADDRSTRLEN];
	uint64_t len = 32;
	size_t n = slash ? (size_t)(slash - word) : strlen(word);

	if (n >= sizeof(copy) || (slash && !arg_number(slash + 1, 0, 32, &len)))
		return false;
	memcpy(copy, word, n);
	copy[n] = '\0';
	if (!arg_ipv4(copy, addr))
		return false;
	*mask = len ? UINT32_MAX << (32 - len) : 0;
	*addr &= *mask;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool arg_mac(const char *word, uint8_t mac[6])
{
	if (strlen(word) != 17)
		return false;
	for (int i = 0; i < 6; i++, word += 3) {
		int high = hex_digit(word[0]), low = hex_digit(word[1]);

		if (high < 0 || low < 0 || word[2] != (i < 5 ? ':' : '\0'))
			return false;
		mac[i] = high << 4 | low;
	}
	return true;
}

bool arg_hex(const char *word, uint8_t *out, size_t max, size_t *len)
{
	size_t n = 0;

	while (*word) {
		int high, low;

		if (isspace((unsigned char)*word)) {
			word++;
			continue;
		}
		high = hex_digit(word[0]);
		low = high < 0 ? -1 : hex_digit(word[1]);
		if (low < 0 || n == max)
			return false;
		out[n++] = high << 4 | low;
		word += 2;
	}
	*len = n;
	return n > 0;
}

bool arg_endpoint(const char *addr, const char *port, struct sockaddr_in *sin)
{
	uint32_t host;
	uint64_t number;

	if (!arg_ipv4(addr, &host) || !arg_number(port, 0, UINT16_MAX, &number))
		return false;
	*sin = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(number),
		.sin_addr.s_addr = htonl(host),
	};
	return true;
}

bool arg_bind(const char *word, struct sockaddr_in *sin)
{
	const char *colon = strchr(word, ':');
	char copy[INET_ADDRSTRLEN];
	size_t n = colon ? (size_t)(colon - word) : strlen(word);

	if (n >= sizeof(copy))
		return false;
	memcpy(copy, word, n);
	copy[n] = '\0';
	return arg_endpoint(copy, colon ? colon + 1 : "0", sin);
}
