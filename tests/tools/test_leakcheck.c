// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of leakcheck: every address of every nesting is made the forbidden one in turn and
 * must be found there and nowhere else, at every capture length too; and whole runs over capture
 * files, with their exit codes. Needs no privilege; files go to a temporary folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "leak.h"
#include "leakrun.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))
#define MACS		"02:00:00:00:00:01 02:00:00:00:00:02 "
#define BAD		"203.0.113.77"
#define BAD_NUMBER	0xcb00714d
#define MAX_LEAKS	16

/* Frames ------------------------------------------------------------------------------------ */

/*
 * Each @ is an address; @places says, in their order, where each must be found: a header's name
 * stands for its source and destination, name:role for one address. The words are those of
 * rawsend. Cooked link types get their header from the test.
 */
struct nesting {
	const char *words;
	const char *places;
	enum leak_arp arp;
	int linktype;
	unsigned int ipv4;	/* headers */
};

#define MAX_SLOTS	16
#define ETH		DLT_EN10MB

static const struct nesting nestings[] = {
	{ "eth " MACS "ip @ @ udp 1 2 data 9", "outer", 0, ETH, 1 },
	{ "eth " MACS "ip @ @ tcp 1 2 S", "outer", 0, ETH, 1 },
	{ "eth " MACS "ip @ @ proto 50 data 40", "outer", 0, ETH, 1 },
	{ "eth " MACS "ip @ @ icmp 8 0 id 1 seq 1 data 8", "outer", 0, ETH, 1 },
	{ "eth " MACS "ip @ @ opt 01010101 udp 1 2", "outer", 0, ETH, 1 },
	{ "eth " MACS "ip @ @ off 1480 proto 47 data 40", "outer", 0, ETH, 1 },
	{ "eth " MACS "ip @ @ mf udp 1 2 data 24", "outer", 0, ETH, 1 },
	{ "eth " MACS "ip @ @ len 0 gre ip @ @ tcp 1 2 S", "outer gre/inner", 0, ETH, 2 },
	{ "ip @ @ udp 1 2", "outer", 0, DLT_RAW, 1 },
	{ "ip @ @ gre ip @ @ icmp 0 0", "outer gre/inner", 0, DLT_IPV4, 2 },
	{ "ip @ @ udp 1 2", "outer", 0, DLT_LINUX_SLL, 1 },
	{ "ip @ @ udp 1 2", "outer", 0, DLT_LINUX_SLL2, 1 },
	{ "eth " MACS "vlan 7 ip @ @ udp 1 2", "outer", 0, ETH, 1 },
	{ "eth " MACS "type 0x88a8 vlan 7 vlan 8 ip @ @ udp 1 2", "outer", 0, ETH, 1 },
	{ "eth " MACS "vlan 7 vlan 8 ip @ @ ip @ @ tcp 1 2 S", "outer ipip/inner", 0, ETH, 2 },

	{ "eth " MACS "ip @ @ gre ip @ @ tcp 1 2 S", "outer gre/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ gre csum ip @ @ udp 1 2", "outer gre/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ gre key 9 ip @ @ udp 1 2", "outer gre/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ gre seq 9 ip @ @ udp 1 2", "outer gre/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ gre csum key 1 seq 9 ip @ @ udp 1 2", "outer gre/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ gre eth " MACS "ip @ @ udp 1 2", "outer gre/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ gre eth " MACS "vlan 3 ip @ @ udp 1 2",
	  "outer gre/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ gre ip @ @ gre ip @ @ udp 1 2",
	  "outer gre/inner gre/inner/gre/inner", 0, ETH, 3 },
	{ "eth " MACS "ip @ @ gre ip @ @ off 8 proto 17 data 8", "outer gre/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ ip @ @ udp 1 2", "outer ipip/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ udp 5 4789 vxlan 42 eth " MACS "ip @ @ tcp 1 2 A",
	  "outer vxlan/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ udp 5 8472 vxlan 42 eth " MACS "vlan 2 ip @ @ tcp 1 2 A",
	  "outer vxlan/inner", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ proto 51 hexdata 1101000000000001000000010001000200080000",
	  "outer", 0, ETH, 1 },

	{ "eth " MACS "ip @ @ icmp 3 4 mtu 1400 quote ip @ @ udp 1 2 data 20",
	  "outer icmp-quoted", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ icmp 3 1 quote max 28 ip @ @ tcp 1 2 S",
	  "outer icmp-quoted", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ icmp 4 0 quote ip @ @ udp 1 2", "outer icmp-quoted", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ icmp 11 0 quote ip @ @ udp 1 2", "outer icmp-quoted", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ icmp 12 0 pointer 3 quote ip @ @ udp 1 2",
	  "outer icmp-quoted", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ icmp 5 1 gateway @ quote ip @ @ udp 1 2",
	  "outer outer:gateway icmp-quoted", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ icmp 11 1 quote ip @ @ off 8 proto 17 data 8",
	  "outer icmp-quoted", 0, ETH, 2 },
	{ "ip @ @ icmp 3 3 quote ip @ @ udp 1 2", "outer icmp-quoted", 0, DLT_LINUX_SLL2, 2 },

	/* Tunnel headers inside what an error quotes, whole or as short as the RFC allows. */
	{ "eth " MACS "ip @ @ icmp 3 4 quote ip @ @ gre ip @ @ udp 1 2",
	  "outer icmp-quoted icmp-quoted/gre/inner", 0, ETH, 3 },
	{ "eth " MACS "ip @ @ icmp 3 4 quote max 28 ip @ @ gre ip 10.0.0.1 10.0.0.2 udp 1 2",
	  "outer icmp-quoted", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ icmp 3 4 quote max 28 ip @ @ gre key 1 ip 10.0.0.1 10.0.0.2",
	  "outer icmp-quoted", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ icmp 3 4 quote max 40 ip @ @ gre ip @ 10.0.0.2 udp 1 2",
	  "outer icmp-quoted icmp-quoted/gre/inner:src", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ icmp 3 4 quote max 28 ip @ @ udp 1 4789 vxlan 1 eth " MACS,
	  "outer icmp-quoted", 0, ETH, 2 },
	{ "eth " MACS "ip @ @ icmp 3 4 quote ip @ @ udp 1 4789 vxlan 1 eth " MACS "ip @ @",
	  "outer icmp-quoted icmp-quoted/vxlan/inner", 0, ETH, 3 },
	{ "eth " MACS "ip @ @ icmp 11 0 quote ip @ @ ip @ @ udp 1 2",
	  "outer icmp-quoted icmp-quoted/ipip/inner", 0, ETH, 3 },

	/* Errors inside tunnels. */
	{ "eth " MACS "ip @ @ gre ip @ @ icmp 3 4 mtu 1400 quote ip @ @ udp 1 2",
	  "outer gre/inner gre/inner/icmp-quoted", 0, ETH, 3 },
	{ "eth " MACS "ip @ @ udp 1 4789 vxlan 1 eth " MACS "ip @ @ icmp 3 4 quote ip @ @ udp 1 2",
	  "outer vxlan/inner vxlan/inner/icmp-quoted", 0, ETH, 3 },
	{ "eth " MACS "ip @ @ gre ip @ @ icmp 3 4 quote ip @ @ gre ip @ @ udp 1 2",
	  "outer gre/inner gre/inner/icmp-quoted gre/inner/icmp-quoted/gre/inner", 0, ETH, 4 },

	{ "eth " MACS "arp request 02:00:00:00:00:01 @ 00:00:00:00:00:00 10.0.0.1",
	  "arp:sender", LEAK_ARP_SENDER, ETH, 0 },
	{ "eth " MACS "arp reply 02:00:00:00:00:01 @ 02:00:00:00:00:02 @",
	  "arp:sender arp:target", LEAK_ARP_BOTH, ETH, 0 },
	{ "eth " MACS "ip @ @ udp 1 4789 vxlan 1 eth " MACS
	  "arp request 02:00:00:00:00:01 @ 00:00:00:00:00:00 10.0.0.1",
	  "outer vxlan/inner/arp:sender", 0, ETH, 1 },
};

struct findings {
	struct leak leaks[MAX_LEAKS];
	char where[MAX_LEAKS][200];
	size_t n;
};

static void collect(void *context, const struct leak *leak)
{
	struct findings *f = context;

	assert_true(f->n < MAX_LEAKS);
	f->leaks[f->n] = *leak;
	snprintf(f->where[f->n], sizeof(f->where[0]), "%s", leak->where);
	f->n++;
}

static void build(const char *text, struct frame *frame)
{
	char copy[1000], why[200], *words[100], *save, *word;
	size_t n = 0;

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		assert_true(n < ARRAY_SIZE(words));
		words[n++] = word;
	}
	if (!frame_build(words, n, frame, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
}

/* Puts the cooked header in front of a frame that begins with IPv4. */
static void cook(struct frame *frame, int linktype)
{
	static const uint8_t sll[16] = { 0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0 };
	static const uint8_t sll2[20] = { 8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6 };
	size_t n = linktype == DLT_LINUX_SLL ? sizeof(sll) : sizeof(sll2);

	if (linktype != DLT_LINUX_SLL && linktype != DLT_LINUX_SLL2)
		return;
	memmove(frame->bytes + n, frame->bytes, frame->len);
	memcpy(frame->bytes, linktype == DLT_LINUX_SLL ? sll : sll2, n);
	frame->len += n;
}

/* The frame of a nesting with the forbidden address in the slots of the bit mask @bad. */
static void build_nesting(const struct nesting *nesting, unsigned int bad, struct frame *frame)
{
	char text[1000];
	size_t n = 0;
	int slot = 0;

	for (const char *c = nesting->words; *c; c++) {
		if (*c != '@')
			n += snprintf(text + n, sizeof(text) - n, "%c", *c);
		else if (bad >> slot++ & 1)
			n += snprintf(text + n, sizeof(text) - n, BAD);
		else
			n += snprintf(text + n, sizeof(text) - n, "10.20.30.%d", slot);
	}
	build(text, frame);
	cook(frame, nesting->linktype);
}

struct slot {
	char where[64];
	char role[16];
};

/* Takes the places apart; returns how many addresses there are. */
static size_t read_slots(const struct nesting *nesting, struct slot slots[MAX_SLOTS])
{
	char copy[300], *save, *colon;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", nesting->places);
	for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save)) {
		assert_true(n + 2 <= MAX_SLOTS);
		colon = strchr(p, ':');
		if (colon)
			*colon = '\0';
		snprintf(slots[n].where, sizeof(slots[n].where), "%s", p);
		snprintf(slots[n++].role, sizeof(slots[0].role), "%s", colon ? colon + 1 : "src");
		if (colon)
			continue;
		snprintf(slots[n].where, sizeof(slots[n].where), "%s", p);
		snprintf(slots[n++].role, sizeof(slots[0].role), "dst");
	}
	return n;
}

/* Scans a copy of just the right size, so that reading beyond it shows (ASan, valgrind). */
static struct leak_verdict scan(int linktype, const uint8_t *bytes, size_t len, size_t caplen,
				enum leak_arp arp, struct findings *f)
{
	static const struct leak_prefix forbid[] = {
		{ 0xc6336400, 0xffffff00 },	/* another one, that matches nothing */
		{ BAD_NUMBER, UINT32_MAX },
	};
	static const uint16_t ports[] = { 4789, 8472 };
	const struct leak_rules rules = {
		.forbid = forbid,
		.forbids = ARRAY_SIZE(forbid),
		.vxlan_ports = ports,
		.n_vxlan_ports = ARRAY_SIZE(ports),
		.arp = arp,
	};
	struct leak_verdict verdict;
	uint8_t *copy = malloc(caplen ?: 1);

	assert_non_null(copy);
	memcpy(copy, bytes, caplen);
	f->n = 0;
	verdict = leak_scan(linktype, copy, len, caplen, &rules, collect, f);
	free(copy);
	assert_int_equal(verdict.leaks, f->n);
	return verdict;
}

static struct leak_verdict scan_text(const char *text, struct findings *f)
{
	static struct frame frame;

	build(text, &frame);
	return scan(DLT_EN10MB, frame.bytes, frame.len, frame.len, LEAK_ARP_SENDER, f);
}

static void each_position_is_found(void **state)
{
	static struct frame frame;
	struct findings f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nestings); i++) {
		const struct nesting *nesting = &nestings[i];
		struct slot slots[MAX_SLOTS];
		size_t n = read_slots(nesting, slots);

		for (size_t slot = 0; slot < n; slot++) {
			struct leak_verdict v;

			build_nesting(nesting, 1U << slot, &frame);
			v = scan(nesting->linktype, frame.bytes, frame.len, frame.len,
				 nesting->arp, &f);
			if (f.n != 1 || v.unjudged)
				fail_msg("%s: slot %zu: %zu leaks, %s", nesting->words, slot, f.n,
					 v.unjudged ?: "all judged");
			assert_string_equal(f.where[0], slots[slot].where);
			assert_string_equal(f.leaks[0].role, slots[slot].role);
			assert_int_equal(f.leaks[0].addr, BAD_NUMBER);
		}
	}
}

static void clean_ones_are_silent(void **state)
{
	static struct frame frame;
	struct findings f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nestings); i++) {
		const struct nesting *nesting = &nestings[i];
		struct leak_verdict v;

		build_nesting(nesting, 0, &frame);
		v = scan(nesting->linktype, frame.bytes, frame.len, frame.len, nesting->arp, &f);
		if (f.n || v.unjudged || v.ipv4 != nesting->ipv4)
			fail_msg("%s: %zu leaks, %u headers, %s", nesting->words, f.n, v.ipv4,
				 v.unjudged ?: "all judged");
	}
}

/* At every capture length: either the packet is called unjudged, or no leak is missed. */
static void cut_ones_never_pass(void **state)
{
	static struct frame frame;
	struct findings f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nestings); i++) {
		const struct nesting *nesting = &nestings[i];
		struct slot slots[MAX_SLOTS];
		size_t n = read_slots(nesting, slots), before = 0;

		build_nesting(nesting, UINT32_MAX, &frame);
		for (size_t caplen = 0; caplen < frame.len; caplen++) {
			struct leak_verdict v = scan(nesting->linktype, frame.bytes, frame.len,
						     caplen, nesting->arp, &f);

			if (!v.unjudged && f.n != n)
				fail_msg("%s: cut to %zu of %zu: passes with %zu of %zu leaks",
					 nesting->words, caplen, frame.len, f.n, n);
			assert_true(f.n >= before);	/* what is there is used */
			before = f.n;
		}
	}
}

/* A tunnel's first fragment can end inside the inner header, a packet can lie about its length. */
static void incomplete_headers_are_unjudged(void **state)
{
	static const char * const texts[] = {
		"eth " MACS "ip 10.0.0.1 10.0.0.2 mf gre hexdata 45000020",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 mf icmp 3 4 hexdata 45000020",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 gre type 0x0800 hexdata 45000020",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 proto 47 hexdata 0000",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 len 1000 gre key 5 type 0x0800 hexdata 45",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 version 5 udp 1 2",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 ihl 4 udp 1 2",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 ihl 15 udp 1 2",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 udp 1 4789 vxlan 1 flags 0 data 60",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 gre type 0x880b data 60",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 proto 47 hexdata 0001880b00000000",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 proto 97 data 60",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 proto 115 data 60",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 proto 137 data 60",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 proto 47 hexdata 400008000000000008000004",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 proto 51 hexdata 04",
		"eth " MACS "ip 10.0.0.1 10.0.0.2 proto 51 hexdata 0401000000000001",
		"eth " MACS "type 0x8847 data 60",
		"eth " MACS "type 0x8848 data 60",
		"eth " MACS "type 0x8864 data 60",
		"eth " MACS "type 0x88e5 data 60",
		"eth " MACS "type 0x0800 hexdata 4500",
	};
	struct findings f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct leak_verdict v = scan_text(texts[i], &f);

		if (!v.unjudged || f.n)
			fail_msg("%s: judged, %zu leaks", texts[i], f.n);
	}
}

static void nesting_is_bounded(void **state)
{
	static struct frame frame, inner;
	struct findings f;

	(void)state;
	build("ip 10.0.0.1 10.0.0.2 udp 1 2", &frame);
	for (int i = 0; i < 40; i++) {
		build("ip 10.0.0.1 10.0.0.2 proto 4 len 0", &inner);
		memmove(frame.bytes + inner.len, frame.bytes, frame.len);
		memcpy(frame.bytes, inner.bytes, inner.len);
		frame.len += inner.len;
	}
	assert_non_null(scan(DLT_RAW, frame.bytes, frame.len, frame.len, 0, &f).unjudged);
}

static void other_traffic_is_counted(void **state)
{
	struct leak_verdict v;
	struct findings f;

	(void)state;
	v = scan_text("eth " MACS "type 0x86dd data 60", &f);
	assert_true(v.ipv6 == 1 && !v.ipv4 && !v.unjudged);
	v = scan_text("eth " MACS "type 0x88cc data 60", &f);
	assert_true(v.other == 1 && !v.ipv4 && !v.unjudged);
	v = scan_text("eth " MACS "type 38 data 60", &f);
	assert_true(v.other == 1 && !v.unjudged);
	v = scan_text("eth " MACS "ip 10.0.0.1 10.0.0.2 proto 41 data 60", &f);
	assert_true(v.ipv6 == 1 && v.ipv4 == 1 && !v.unjudged);
	v = scan_text("eth " MACS "arp request 02:00:00:00:00:01 10.0.0.1 00:00:00:00:00:00 " BAD,
		      &f);
	assert_true(v.arp == 1 && !f.n && !v.unjudged);
	v = scan(DLT_RAW, (const uint8_t *)"\x60\0\0\0", 4, 4, 0, &f);
	assert_true(v.ipv6 == 1 && !v.unjudged);
	assert_non_null(scan(9999, (const uint8_t *)"", 0, 0, 0, &f).unjudged);
}

/* What follows the total length is padding: neither looked into, nor missed when cut off. */
static void padding_does_not_count(void **state)
{
	static struct frame frame;
	struct leak_verdict v;
	struct findings f;
	size_t n;

	(void)state;
	v = scan_text("eth " MACS "ip 10.0.0.1 10.0.0.2 len 20 ip " BAD " 10.0.0.3", &f);
	assert_true(!f.n && v.unjudged);	/* IPIP with nothing inside */
	v = scan_text("eth " MACS "ip 10.0.0.1 10.0.0.2 len 28 icmp 3 1 hexdata 450000", &f);
	assert_null(v.unjudged);
	build("eth " MACS "ip 10.0.0.1 10.0.0.2 icmp 3 1 quote max 28 ip 10.0.0.2 10.0.0.1 gre "
	      "ip 10.0.0.3 10.0.0.4 udp 1 2", &frame);
	n = frame.len;
	frame.len += 20;
	assert_null(scan(DLT_EN10MB, frame.bytes, frame.len, n, 0, &f).unjudged);
	assert_non_null(scan(DLT_EN10MB, frame.bytes, frame.len, n - 1, 0, &f).unjudged);
}

/* Addresses outside the fixed fields, and headers in rarer wrappings; all bytes in hex. */
static void rarer_places_are_read(void **state)
{
	static const struct {
		const char *words;
		const char *hex;
		const char *role;
	} cases[] = {
		/* record route, loose and strict source route, time stamp with addresses */
		{ "opt", "070704cb00714d", "option" },
		{ "opt", "01830b040a000003cb00714d00", "option" },
		{ "opt", "890704cb00714d00", "option" },
		{ "opt", "44140d010a00000300000001cb00714d00000002", "option" },
		/* an option longer than its header */
		{ "opt", "07ff04cb00714d00", "option" },
		/* GRE with routing entries, then an inner header */
		{ "proto 47 hexdata", "400008000000000008000004cb00714d"
				      "0000000045000014000000004000000a0b0000010b000002", "route" },
		{ "proto 47 hexdata", "400008000000000008000000080000040b000003"
				      "0000000045000014000000004000000acb00714d0b000002", "src" },
		/* an authentication header in tunnel mode */
		{ "proto 51 hexdata", "040100000000000100000001"
				      "45000014000000004000000a0b000001cb00714d", "dst" },
	};
	struct findings f;
	char text[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct leak_verdict v;

		snprintf(text, sizeof(text), "eth " MACS "ip 10.0.0.1 10.0.0.2 %s %s",
			 cases[i].words, cases[i].hex);
		v = scan_text(text, &f);
		if (f.n != 1 || v.unjudged || strcmp(f.leaks[0].role, cases[i].role))
			fail_msg("%s: %zu leaks, %s", text, f.n, v.unjudged ?: "judged");
	}
	scan_text("eth " MACS "type 0x8035 hexdata 0001080006040003020000000001cb00714d"
		  "02000000000100000000", &f);
	assert_int_equal(f.n, 1);
	scan_text("eth " MACS "type 50 hexdata aaaa030000000800"
		  "45000014000000004000000a0b000001cb00714d", &f);
	assert_int_equal(f.n, 1);
	/* Time stamps alone only look like addresses. */
	scan_text("eth " MACS "ip 10.0.0.1 10.0.0.2 opt 44080500cb00714d udp 1 2", &f);
	assert_int_equal(f.n, 0);
}

/* Bytes at random: nothing to find, but nothing may break either. */
static void noise_does_no_harm(void **state)
{
	static const int linktypes[] = {
		DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL, DLT_LINUX_SLL2, 9999,
	};
	static struct frame frame;
	struct findings f;

	(void)state;
	srandom(1);
	for (int i = 0; i < 60000; i++) {
		build_nesting(&nestings[random() % ARRAY_SIZE(nestings)], 0, &frame);
		for (int j = random() % 6; j >= 0; j--)
			frame.bytes[random() % frame.len] = random();
		scan(linktypes[random() % ARRAY_SIZE(linktypes)], frame.bytes, frame.len,
		     random() % (frame.len + 1), random() % 3, &f);
	}
}

/* Runs -------------------------------------------------------------------------------------- */

struct files {
	char folder[64];
	char path[100];
};

static int make_folder(void **state)
{
	struct files *files = calloc(1, sizeof(*files));

	if (!files)
		return -1;
	snprintf(files->folder, sizeof(files->folder), "/tmp/test_leakcheck.XXXXXX");
	*state = files;
	return mkdtemp(files->folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	struct files *files = *state;

	unlink(files->path);
	rmdir(files->folder);
	free(files);
	return 0;
}

/* Writes the frames, given as words and separated by |, @times times. */
static const char *write_pcap(struct files *files, int linktype, const char *texts, int times)
{
	pcap_t *pcap = pcap_open_dead(linktype, 65535);
	static struct frame frame;
	pcap_dumper_t *dumper;
	char copy[1000], *save;

	snprintf(files->path, sizeof(files->path), "%s/file", files->folder);
	dumper = pcap_dump_open(pcap, files->path);
	assert_non_null(dumper);
	for (int i = 0; i < times; i++) {
		assert_true(strlen(texts) < sizeof(copy));
		strcpy(copy, texts);
		for (char *t = strtok_r(copy, "|", &save); t; t = strtok_r(NULL, "|", &save)) {
			struct pcap_pkthdr head = { .ts.tv_sec = i };

			build(t, &frame);
			cook(&frame, linktype);
			head.len = frame.len;
			head.caplen = frame.len;
			pcap_dump((u_char *)dumper, &head, frame.bytes);
		}
	}
	pcap_dump_close(dumper);
	pcap_close(pcap);
	return files->path;
}

static const char *write_bytes(struct files *files, const void *bytes, size_t n)
{
	FILE *file;

	snprintf(files->path, sizeof(files->path), "%s/file", files->folder);
	file = fopen(files->path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	fclose(file);
	return files->path;
}

/* Runs leakcheck on words that are separated by commas; what it says is left in @said. */
static int run(const char *file, const char *words, char *said, size_t size)
{
	char copy[500], *argv[40] = { "leakcheck" }, *save;
	FILE *out = fmemopen(said, size, "w");
	int argc = 1, rc;

	assert_non_null(out);
	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save))
		argv[argc++] = strcmp(word, "FILE") ? word : (char *)file;
	rc = leakrun(argc, argv, out, out);
	fclose(out);
	return rc;
}

static void expect_run(const char *file, const char *words, int code, const char *saying)
{
	char said[20000] = "";
	int rc = run(file, words, said, sizeof(said));

	if (rc != code || !strstr(said, saying))
		fail_msg("%s: exit %d, not %d, or no '%s' in: %s", words, rc, code, saying, said);
}

#define LEAKY	"eth " MACS "ip 10.0.0.1 10.0.0.2 gre ip " BAD " 10.0.0.3 udp 1 2"
#define CLEAN	"eth " MACS "ip 10.0.0.1 10.0.0.2 gre ip 10.9.9.9 10.0.0.3 udp 1 2"
#define WEB	"eth " MACS "ip 10.0.0.1 10.0.0.2 tcp 5000 443 S"

static void leaks_fail_the_run(void **state)
{
	const char *file = write_pcap(*state, DLT_EN10MB, CLEAN "|" WEB "|" LEAKY, 1);

	expect_run(file, "--forbid," BAD ",FILE", 1,
		   "packet 3: gre/inner: src " BAD " leaks (" BAD " > 10.0.0.3 udp)");
	expect_run(file, "--forbid,203.0.113.0/24,FILE", 1, "leaks 1, not judged 0");
	expect_run(file, "--forbid,203.0.113.99/24,FILE", 1, "leaks 1, not judged 0");
	expect_run(file, "--forbid,0.0.0.0/0,FILE", 1, "leaks 10, not judged 0");
	expect_run(file, "FILE,--forbid,198.51.100.1,--forbid," BAD, 1, "leaks 1");
	expect_run(file, "--forbid,198.51.100.1,FILE", 0, "packets 3, IPv4 headers 5, ARP 0");
	expect_run(file, "--forbid,198.51.100.1,FILE,FILE", 0, "leaks 0");
	/* Asking for something else as well hides nothing. */
	expect_run(file, "--expect,tcp,1,--forbid," BAD ",FILE", 1, "expect 'tcp' 1: 1: ok");
	expect_run(file, "--allow-unjudged,--empty-ok,--forbid," BAD ",FILE", 1, "leaks 1");
}

static void reports_are_bounded(void **state)
{
	const char *file = write_pcap(*state, DLT_EN10MB, LEAKY, 50);
	char said[20000] = "";
	int lines = 0;

	assert_int_equal(run(file, "--forbid," BAD ",FILE", said, sizeof(said)), 1);
	for (const char *c = said; (c = strstr(c, "gre/inner")); c++)
		lines++;
	assert_int_equal(lines, 20);
	assert_non_null(strstr(said, "... and 30 more leaks"));
}

static void expectations_are_judged(void **state)
{
	char said[1000] = "", all[300];
	const char *file = write_pcap(*state, DLT_EN10MB, CLEAN "|" WEB "|" WEB, 1);

	expect_run(file, "--expect,tcp port 443,2,FILE", 0, "2: ok");
	expect_run(file, "--expect,tcp port 443,2-2,FILE", 0, "2: ok");
	expect_run(file, "--expect,tcp port 443,3,FILE", 1, "2: NOT MET");
	expect_run(file, "--expect,tcp port 443,0-1,FILE", 1, "2: NOT MET");
	expect_run(file, "--expect,udp port 53,0-0,FILE", 0, "0: ok");
	expect_run(file, "--expect,tcp port 443,0-0,FILE", 1, "2: NOT MET");
	expect_run(file, "--expect,tcp port 443,4-4,FILE,FILE", 0, "4: ok");
	expect_run(file, "--expect,tcp,1,--expect,icmp,1,FILE", 1, "expect 'icmp' 1: 0: NOT MET");
	expect_run(file, "--expect,no filter,1,FILE", 2, "no filter");
	snprintf(all, sizeof(all), "%s: packets 3\nexpect 'tcp' 2: 2: ok\n", file);
	assert_int_equal(run(file, "--expect,tcp,2,FILE", said, sizeof(said)), 0);
	assert_string_equal(said, all);
}

static void nothing_seen_is_no_proof(void **state)
{
	const char *file = write_pcap(*state, DLT_EN10MB, "", 1);

	expect_run(file, "--forbid," BAD ",FILE", 1, "no packets");
	expect_run(file, "--expect,tcp,0-0,FILE", 1, "no packets");
	expect_run(file, "--empty-ok,--forbid," BAD ",FILE", 0, "packets 0");
	file = write_pcap(*state, DLT_EN10MB, "eth " MACS "type 0x86dd data 60", 3);
	expect_run(file, "--forbid," BAD ",FILE", 1, "no IPv4 header");
	expect_run(file, "--empty-ok,--forbid," BAD ",FILE", 0, "IPv6 3");
	file = write_pcap(*state, DLT_EN10MB, "eth " MACS
			  "arp request 02:00:00:00:00:01 10.0.0.1 00:00:00:00:00:00 10.0.0.2", 1);
	expect_run(file, "--forbid," BAD ",FILE", 1, "no IPv4 header");
}

static void unjudged_packets_fail_the_run(void **state)
{
	const char *file = write_pcap(*state, DLT_EN10MB, WEB "|eth " MACS
				      "ip 10.0.0.1 10.0.0.2 gre type 0x0800 hexdata 4500", 1);

	expect_run(file, "--forbid," BAD ",FILE", 1, "packet 2: gre/inner: not judged");
	expect_run(file, "--allow-unjudged,--forbid," BAD ",FILE", 0, "not judged 1");
}

static void options_change_the_rules(void **state)
{
	const char *file;

	file = write_pcap(*state, DLT_EN10MB, WEB "|eth " MACS "arp request 02:00:00:00:00:01 " BAD
			  " 00:00:00:00:00:00 10.0.0.1", 1);
	expect_run(file, "--forbid," BAD ",FILE", 1, "arp: sender");
	expect_run(file, "--arp,off,--forbid," BAD ",FILE", 0, "ARP 1");
	file = write_pcap(*state, DLT_EN10MB, WEB "|eth " MACS
			  "arp request 02:00:00:00:00:01 10.0.0.1 00:00:00:00:00:00 " BAD, 1);
	expect_run(file, "--forbid," BAD ",FILE", 0, "ARP 1");
	expect_run(file, "--arp,both,--forbid," BAD ",FILE", 1, "arp: target");
	file = write_pcap(*state, DLT_EN10MB, "eth " MACS
			  "ip 10.0.0.1 10.0.0.2 opt 070704cb00714d udp 1 2", 1);
	expect_run(file, "--forbid," BAD ",FILE", 1, "outer: option");
	expect_run(file, "--ignore-options,--forbid," BAD ",FILE", 0, "leaks 0");
	file = write_pcap(*state, DLT_EN10MB, "eth " MACS
			  "ip 10.0.0.1 10.0.0.2 udp 1 8472 vxlan 1 eth " MACS "ip " BAD " 10.0.0.1",
			  1);
	expect_run(file, "--forbid," BAD ",FILE", 0, "leaks 0");
	expect_run(file, "--vxlan-port,8472,--forbid," BAD ",FILE", 1, "vxlan/inner");
}

static void link_types_are_told_apart(void **state)
{
	static const int types[] = { DLT_RAW, DLT_IPV4, DLT_LINUX_SLL, DLT_LINUX_SLL2 };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		expect_run(write_pcap(*state, types[i], "ip " BAD " 10.0.0.1 udp 1 2", 1),
			   "--forbid," BAD ",FILE", 1, "outer: src");
	expect_run(write_pcap(*state, DLT_IEEE802_11, "ip " BAD " 10.0.0.1 udp 1 2", 1),
		   "--forbid," BAD ",FILE", 3, "cannot read link type");
}

static void unreadable_files_are_said(void **state)
{
	static const char noise[] = "this is no capture file, whatever its name may be";
	struct files *files = *state;
	static char bytes[4000];
	size_t n;
	FILE *file;

	expect_run("/nonexistent", "--forbid," BAD ",FILE", 3, "/nonexistent");
	expect_run("/nonexistent", "--empty-ok,--forbid," BAD ",FILE", 3, "/nonexistent");
	expect_run(write_bytes(files, noise, sizeof(noise)), "--forbid," BAD ",FILE", 3, "file");
	expect_run(write_bytes(files, "", 0), "--forbid," BAD ",FILE", 3, "file");

	/* Cut in the middle of a packet, as by a killed tcpdump: what is there is still judged. */
	write_pcap(files, DLT_EN10MB, LEAKY, 3);
	file = fopen(files->path, "r");
	assert_non_null(file);
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	write_bytes(files, bytes, n - 10);
	expect_run(files->path, "--forbid," BAD ",FILE", 3, "packet 2: gre/inner");
	expect_run(files->path, "--forbid,198.51.100.1,FILE", 3, "after packet 2");
}

/* A section header, an interface of Ethernet and one packet, little-endian. */
static void pcapng_is_read(void **state)
{
	const struct files *files = *state;
	static struct frame frame;
	static uint8_t bytes[500];
	static const uint8_t head[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 28, 0, 0, 0,
		1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0, 20, 0, 0, 0,
	};
	uint8_t block[28] = { 6 };
	size_t padded, total;

	build(LEAKY, &frame);
	padded = (frame.len + 3) / 4 * 4;
	total = sizeof(block) + padded + 4;
	block[4] = total;
	block[20] = frame.len;
	block[24] = frame.len;
	memcpy(bytes, head, sizeof(head));
	memcpy(bytes + sizeof(head), block, sizeof(block));
	memcpy(bytes + sizeof(head) + sizeof(block), frame.bytes, frame.len);
	bytes[sizeof(head) + sizeof(block) + padded] = total;
	write_bytes(*state, bytes, sizeof(head) + total);
	expect_run(files->path, "--forbid," BAD ",FILE", 1, "gre/inner: src");
	expect_run(files->path, "--forbid,198.51.100.1,--expect,proto gre,1-1,FILE", 0, "1: ok");
}

static void wrong_words_are_refused(void **state)
{
	static const char * const words[] = {
		"", "FILE", "--forbid," BAD, "--forbid", "--forbid,1.2.3,FILE",
		"--forbid,1.2.3.4/33,FILE", "--forbid,1.2.3.4/,FILE", "--forbid,1.2.3.4/-1,FILE",
		"--forbid,01.2.3.4.5,FILE", "--nonsense,FILE", "--nonsense,x,FILE",
		"--expect,tcp", "--expect,tcp,FILE", "--expect,tcp,0,FILE", "--expect,tcp,3-2,FILE",
		"--expect,tcp,-1,FILE", "--expect,tcp,1-,FILE", "--expect,tcp,x,FILE",
		"--arp,maybe,--forbid," BAD ",FILE", "--vxlan-port,0,--forbid," BAD ",FILE",
		"--vxlan-port,65536,--forbid," BAD ",FILE",
	};
	const char *file = write_pcap(*state, DLT_EN10MB, WEB, 1);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		expect_run(file, words[i], 2, "leakcheck: ");
	expect_run(file, "--help", 0, "usage: leakcheck");
}

#define RUN(test)	cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_position_is_found),
		cmocka_unit_test(clean_ones_are_silent),
		cmocka_unit_test(cut_ones_never_pass),
		cmocka_unit_test(incomplete_headers_are_unjudged),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(other_traffic_is_counted),
		cmocka_unit_test(padding_does_not_count),
		cmocka_unit_test(rarer_places_are_read),
		cmocka_unit_test(noise_does_no_harm),
		RUN(leaks_fail_the_run),
		RUN(reports_are_bounded),
		RUN(expectations_are_judged),
		RUN(nothing_seen_is_no_proof),
		RUN(unjudged_packets_fail_the_run),
		RUN(options_change_the_rules),
		RUN(link_types_are_told_apart),
		RUN(unreadable_files_are_said),
		RUN(pcapng_is_read),
		RUN(wrong_words_are_refused),
	};

	return cmocka_run_group_tests_name("leakcheck", tests, NULL, NULL);
}
