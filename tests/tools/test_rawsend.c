// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of rawsend's packet builder: known frames byte by byte, made by another program;
 * checksums of random frames against a naive recomputation; and every kind of grammar error.
 * Needs no privilege.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))
#define MACS		"02:00:00:00:00:01 02:00:00:00:00:02 "

static const struct {
	const char *words;
	const char *hex;
} known[] = {
	{ "eth " MACS "ip 192.168.0.10 10.0.0.1 ttl 5 tos 16 id 7 df udp 1000 53 text hello",
	  "020000000001020000000002080045100021000740000511ab02c0a8000a0a00000103e80035000d"
	  "ed3168656c6c6f" },
	{ "eth " MACS "ip 192.168.0.10 10.0.0.1 tcp 40000 443 S seq 4000000000 opt 020405b4",
	  "02000000000102000000000208004500002c000000004006b019c0a8000a0a0000019c4001bbee6b"
	  "2800000000006002faf01e1b0000020405b4" },
	{ "eth " MACS "ip 192.168.0.10 10.0.0.1 tcp 1 2 FPA seq 5 ack 6 win 7 data 3",
	  "02000000000102000000000208004500002b000000004006b01ac0a8000a0a000001000100020000"
	  "00050000000650190007e2ff0000000102" },
	{ "ip 10.0.0.1 192.168.0.10 icmp 8 0 id 258 seq 772 data 5",
	  "45000021000000004001b0290a000001c0a8000a0800edf5010203040001020304" },
	{ "eth " MACS "ip 10.9.9.9 10.0.0.1 icmp 3 4 mtu 1400 "
	  "quote ip 10.0.0.1 192.168.0.10 udp 53 1000 data 12",
	  "0200000000010200000000020800450000440000000040015da70a0909090a0000010304c25c0000"
	  "057845000028000000004011b0120a000001c0a8000a003503e8001412d200010203040506070809"
	  "0a0b" },
	{ "eth " MACS "ip 10.9.9.9 10.0.0.1 icmp 11 0 "
	  "quote max 28 ip 10.0.0.1 192.168.0.10 udp 53 1000 data 12",
	  "0200000000010200000000020800450000380000000040015db30a0909090a0000010b00ddfc0000"
	  "000045000028000000004011b0120a000001c0a8000a003503e8001412d2" },
	{ "eth " MACS "ip 10.9.9.9 10.0.0.1 icmp 5 1 gateway 10.0.0.254 "
	  "quote ip 10.0.0.1 192.168.0.10 proto 99",
	  "0200000000010200000000020800450000300000000040015dbb0a0909090a0000010501f0000a00"
	  "00fe45000014000000004063afd40a000001c0a8000a" },
	{ "eth " MACS "arp request 02:00:00:00:00:02 192.168.0.10 00:00:00:00:00:00 192.168.0.1",
	  "02000000000102000000000208060001080006040001020000000002c0a8000a000000000000c0a8"
	  "0001" },
	{ "eth " MACS "vlan 100 prio 3 ip 192.168.0.10 10.0.0.1 id 9 mf off 1480 "
	  "proto 17 hexdata deadbeef",
	  "02000000000102000000000281006064080045000018000920b940118f60c0a8000a0a000001dead"
	  "beef" },
	{ "eth " MACS "ip 10.1.1.1 10.2.2.2 gre csum key 77 seq 88 "
	  "ip 192.168.0.10 10.0.0.1 udp 1 2",
	  "02000000000102000000000208004500004000000000402f638a0a0101010a020202b00008001227"
	  "00000000004d000000584500001c000000004011b01ec0a8000a0a0000010001000200083528" },
	{ "eth " MACS "ip 10.1.1.1 10.2.2.2 udp 5 4789 "
	  "vxlan 5000 eth " MACS "ip 192.168.0.10 10.0.0.1 udp 1 2",
	  "02000000000102000000000208004500004e000000004011639a0a0101010a020202000512b5003a"
	  "0471080000000013880002000000000102000000000208004500001c000000004011b01ec0a8000a"
	  "0a0000010001000200083528" },
	{ "eth " MACS "ip 192.168.0.10 10.0.0.1 opt 0707040000 udp 1 2 nosum",
	  "020000000001020000000002080047000024000000004011a30fc0a8000a0a000001070704000000"
	  "00000001000200080000" },
	{ "ip 192.168.0.10 10.0.0.1 version 5 ihl 5 len 60 udp 1 2 len 99 sum 0x1234",
	  "5500003c0000000040119ffec0a8000a0a0000010001000200631234" },
	{ "eth " MACS "type 0x1234 text x",
	  "020000000001020000000002123478" },
	{ "ip 10.9.9.9 10.0.0.1 icmp 12 0 pointer 20 quote ip 10.0.0.1 192.168.0.10 proto 99",
	  "450000300000000040015dbb0a0909090a0000010c00dfff1400000045000014000000004063afd4"
	  "0a000001c0a8000a" },
	{ "arp reply 02:00:00:00:00:02 10.0.0.1 02:00:00:00:00:01 10.0.0.2",
	  "00010800060400020200000000020a0000010200000000010a000002" },
	{ "ip 192.168.0.10 10.0.0.1 ihl 6 proto 99 data 4",
	  "46000018000000004063acccc0a8000a0a00000100010203" },
	/* The header that textbooks compute, with checksum b861. */
	{ "ip 192.168.0.1 192.168.0.199 df len 115 proto 17",
	  "45000073000040004011b861c0a80001c0a800c7" },
};

static bool build(const char *text, struct frame *frame, char *why, size_t size)
{
	char copy[1000], *words[100], *save, *word;
	size_t n = 0;

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		assert_true(n < ARRAY_SIZE(words));
		words[n++] = word;
	}
	return frame_build(words, n, frame, why, size);
}

static void must_build(const char *text, struct frame *frame)
{
	char why[200];

	if (!build(text, frame, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
}

static void known_frames_are_exact(void **state)
{
	static struct frame frame;
	static char hex[2 * FRAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		must_build(known[i].words, &frame);
		for (size_t j = 0; j < frame.len; j++)
			sprintf(hex + 2 * j, "%02x", frame.bytes[j]);
		if (strcmp(hex, known[i].hex))
			fail_msg("%s:\n%s instead of\n%s", known[i].words, hex, known[i].hex);
	}
}

/* 65536 is 1 modulo 65535, so the ones' complement sum is the big number modulo 65535. */
static unsigned int remainder_of(unsigned int rest, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rest = (rest * 256 + p[i]) % 65535;
	return n & 1 ? rest * 256 % 65535 : rest;
}

/* Whether the checksum over an IPv4 packet's payload is right, with or without pseudo-header. */
static bool payload_is_right(const uint8_t *ip, bool pseudo)
{
	size_t head = (ip[0] & 15) * 4, n = (ip[2] << 8 | ip[3]) - head;
	unsigned int rest = 0;

	if (pseudo)
		rest = (remainder_of(0, ip + 12, 8) + ip[9] + n) % 65535;
	return (rest + remainder_of(0, ip + head, n)) % 65535 == 0;
}

static bool header_is_right(const uint8_t *ip)
{
	return remainder_of(0, ip, (ip[0] & 15) * 4) == 0;
}

static void address(char text[16])
{
	unsigned int addr = random();

	snprintf(text, 16, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255, addr >> 8 & 255,
		 addr & 255);
}

static void random_checksums_are_right(void **state)
{
	static struct frame frame;
	char text[500], src[16], dst[16];

	(void)state;
	srandom(1);
	for (int i = 0; i < 5000; i++) {
		long a = random() % 65536, b = random() % 65536, n = random() % 1500;

		address(src);
		address(dst);
		snprintf(text, sizeof(text), "ip %s %s id %ld tcp %ld %ld SA seq %ld data %ld", src,
			 dst, a, b, a, random(), n);
		must_build(text, &frame);
		assert_true(header_is_right(frame.bytes) && payload_is_right(frame.bytes, true));

		snprintf(text, sizeof(text), "ip %s %s ttl %ld opt 0101010101 udp %ld %ld data %ld",
			 src, dst, a % 256, b, a, n);
		must_build(text, &frame);
		assert_true(header_is_right(frame.bytes) && payload_is_right(frame.bytes, true));
		assert_true(frame.bytes[34] || frame.bytes[35]);	/* 0 means no checksum */

		snprintf(text, sizeof(text),
			 "ip %s %s icmp 3 4 mtu %ld quote ip %s %s udp %ld 9 data %ld",
			 src, dst, a, dst, src, b, n);
		must_build(text, &frame);
		assert_true(header_is_right(frame.bytes) && payload_is_right(frame.bytes, false));
		assert_true(header_is_right(frame.bytes + 28) &&
			    payload_is_right(frame.bytes + 28, true));
	}
}

static void bad_checksums_are_wrong(void **state)
{
	static struct frame frame;
	char text[200];

	(void)state;
	for (int i = 0; i < 70000; i++) {
		snprintf(text, sizeof(text),
			 "ip 10.0.0.1 10.0.0.2 id %d badsum udp %d 1 badsum", i & 0xffff,
			 i & 0xffff);
		must_build(text, &frame);
		assert_true(!header_is_right(frame.bytes) && !payload_is_right(frame.bytes, true));
		assert_true(frame.bytes[26] || frame.bytes[27]);
	}
	must_build("ip 10.0.0.1 10.0.0.2 tcp 1 2 S badsum", &frame);
	assert_true(header_is_right(frame.bytes) && !payload_is_right(frame.bytes, true));
	must_build("ip 10.0.0.1 10.0.0.2 icmp 8 0 badsum", &frame);
	assert_true(header_is_right(frame.bytes) && !payload_is_right(frame.bytes, false));
}

/* The rest that an offload adds is the sum over the segment, its checksum field as it stands. */
static void partial_checksums_complete(void **state)
{
	static const char * const texts[] = {
		"ip 10.1.2.3 172.16.254.1 tcp 1 2 PA seq 77 partial data 1001",
		"ip 10.1.2.3 172.16.254.1 udp 1 2 partial data 1002",
	};
	static struct frame frame;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		uint8_t *sum = frame.bytes + 20 + (i ? 6 : 16);
		unsigned int rest;

		must_build(texts[i], &frame);
		assert_false(payload_is_right(frame.bytes, true));
		rest = 65535 - remainder_of(0, frame.bytes + 20, frame.len - 20);
		sum[0] = rest >> 8;
		sum[1] = rest;
		assert_true(payload_is_right(frame.bytes, true));
	}
}

static void large_frames_fit(void **state)
{
	static struct frame frame;

	(void)state;
	must_build("eth " MACS "ip 10.0.0.1 10.0.0.2 tcp 1 2 A data 65495", &frame);
	assert_int_equal(frame.len, 14 + 65535);
	assert_true(payload_is_right(frame.bytes + 14, true));
	must_build("data 70000", &frame);
	assert_int_equal(frame.len, FRAME_MAX);
	must_build("data 0", &frame);
	assert_int_equal(frame.len, 0);
}

static void grammar_errors_are_told(void **state)
{
	static const char * const cases[][2] = {
		{ "", "no words" },
		{ "nonsense", "'nonsense' is no word" },
		{ "eth", "DST is missing" },
		{ "eth 02:00:00:00:00:01", "SRC is missing" },
		{ "eth 02:00:00:00:00 02:00:00:00:00:02", "MAC address, not '02:00:00:00:00'" },
		{ "eth 02:00:00:00:00:01:00 02:00:00:00:00:02", "MAC address" },
		{ "eth 02:00:00:00:00:0g 02:00:00:00:00:02", "MAC address" },
		{ "eth " MACS "type 65536", "type is a number up to 65535, not '65536'" },
		{ "eth " MACS "type", "type is missing" },
		{ "vlan 4096", "ID is a number up to 4095" },
		{ "vlan 1 prio 8", "prio" },
		{ "arp ask", "request or reply, not 'ask'" },
		{ "arp", "request or reply is missing" },
		{ "arp request 02:00:00:00:00:01", "SADDR is missing" },
		{ "ip 10.0.0.1", "DST is missing" },
		{ "ip 10.0.0 10.0.0.1", "SRC is an IPv4 address, not '10.0.0'" },
		{ "ip 10.0.0.1 10.0.0.256", "DST is an IPv4 address" },
		{ "ip 10.0.0.1 10.0.0.2 ttl 256", "ttl" },
		{ "ip 10.0.0.1 10.0.0.2 ttl -1", "ttl" },
		{ "ip 10.0.0.1 10.0.0.2 ttl +1", "ttl" },
		{ "ip 10.0.0.1 10.0.0.2 ttl 0x", "ttl" },
		{ "ip 10.0.0.1 10.0.0.2 ttl 0x0x1", "ttl" },
		{ "ip 10.0.0.1 10.0.0.2 ttl 1a", "ttl" },
		{ "ip 10.0.0.1 10.0.0.2 off 9", "multiple of 8, not 9" },
		{ "ip 10.0.0.1 10.0.0.2 opt 0", "hex" },
		{ "ip 10.0.0.1 10.0.0.2 opt xx", "hex" },
		{ "ip 10.0.0.1 10.0.0.2 opt "
		  "0101010101010101010101010101010101010101010101010101010101010101010101010101010101",
		  "up to 40 bytes" },
		{ "ip 10.0.0.1 10.0.0.2 flags 1", "'flags' is no word of ip" },
		{ "ip 10.0.0.1 10.0.0.2 data 65516", "do not fit" },
		{ "tcp 1 2 S", "no ip before" },
		{ "udp 1 2", "no ip before" },
		{ "ip 10.0.0.1 10.0.0.2 tcp 1 2", "FLAGS is missing" },
		{ "ip 10.0.0.1 10.0.0.2 tcp 1 2 SX", "FLAGS are letters" },
		{ "ip 10.0.0.1 10.0.0.2 tcp 1 65536 S", "DPORT" },
		{ "ip 10.0.0.1 10.0.0.2 udp 1 2 ack 1", "'ack' is no word of udp" },
		{ "ip 10.0.0.1 10.0.0.2 icmp 3", "CODE is missing" },
		{ "ip 10.0.0.1 10.0.0.2 icmp 5 1 gateway here", "gateway is an IPv4 address" },
		{ "ip 10.0.0.1 10.0.0.2 icmp 3 4 quote udp 1 2", "ip must follow" },
		{ "ip 10.0.0.1 10.0.0.2 icmp 3 4 quote", "ip must follow" },
		{ "vxlan 16777216", "VNI" },
		{ "data 70001", "N is a number up to 70000" },
		{ "data", "N is missing" },
		{ "eth " MACS "data 70000", "grows beyond 70000" },
		{ "hexdata 0", "not hex" },
		{ "text", "WORD is missing" },
		{ "data 1 data 2", "'data' follows data, which ends the frame" },
		{ "vlan 1 vlan 1 vlan 1 vlan 1 vlan 1 vlan 1 vlan 1 vlan 1 vlan 1 vlan 1 vlan 1 "
		  "vlan 1 vlan 1 vlan 1 vlan 1 vlan 1 vlan 1", "more than 16 layers" },
	};
	static struct frame frame;
	char why[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (build(cases[i][0], &frame, why, sizeof(why)))
			fail_msg("'%s' was taken", cases[i][0]);
		if (!strstr(why, cases[i][1]))
			fail_msg("'%s': said '%s', not '%s'", cases[i][0], why, cases[i][1]);
		assert_null(strchr(why, '\n'));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_frames_are_exact),
		cmocka_unit_test(random_checksums_are_right),
		cmocka_unit_test(bad_checksums_are_wrong),
		cmocka_unit_test(partial_checksums_complete),
		cmocka_unit_test(large_frames_fit),
		cmocka_unit_test(grammar_errors_are_told),
	};

	return cmocka_run_group_tests_name("rawsend", tests, NULL, NULL);
}
