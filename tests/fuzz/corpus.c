// SPDX-License-Identifier: GPL-2.0
/*
 * Valid packets, in the words of frame.h, for some flows each: what a sandbox sends, what its far
 * ends answer, and what both say about the other's packets. Made when first asked for, and kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/frame.h"
#include "../tools/random.h"
#include "fuzz.h"

#define FLOWS		16
#define MAX_WORDS	64
#define MAX_WORD	256
#define LINE(ways)	(1 << (ways))
#define OUT		LINE(FUZZ_OUT)
#define FAR		(LINE(FUZZ_BACK) | LINE(FUZZ_TX) | LINE(FUZZ_RAW))
#define ALL		(OUT | FAR)

/* Larger ones are for offloads and fragments, and cost more: they come less often. */
#define RARE		LINE(8)

/*
 * me, peer: addresses; mp, pp: their ports, or mp the identifier of an echo that the sandbox began.
 * Ports of the sandbox lie where the translation leaves them alone, so that the far end is known.
 */
static const struct template {
	unsigned int ways;
	const char *words;
} templates[] = {
	{ ALL, "ip me peer udp mp pp data 32" },
	{ ALL, "ip me peer udp mp pp data 32" },
	{ ALL, "ip me peer udp mp pp nosum data 21" },
	{ ALL, "ip me peer udp mp pp" },
	{ ALL, "ip me peer df udp mp pp data 1380" },
	{ ALL, "ip me peer udp mp pp data 1472" },
	{ ALL | RARE, "ip me peer udp mp pp data 9000" },
	{ ALL | RARE, "ip me peer udp mp pp data 65507" },
	{ OUT, "ip me peer tcp mp pp S opt 020405b40402080a0000000100000000" },
	{ OUT, "ip me peer tcp mp pp S" },
	{ FAR, "ip me peer tcp mp pp SA ack 1 opt 020405b4" },
	{ ALL, "ip me peer df tcp mp pp A seq 1 ack 1" },
	{ ALL, "ip me peer df tcp mp pp PA seq 1 ack 1 data 100" },
	{ ALL, "ip me peer tcp mp pp A seq 1 ack 1 opt 0101080a0000000100000002 data 1360" },
	{ ALL, "ip me peer df tcp mp pp A seq 101 ack 1 data 1460" },
	{ ALL | RARE, "ip me peer df tcp mp pp A seq 1 ack 1 data 8000" },
	{ ALL | RARE, "ip me peer df tcp mp pp A seq 1 ack 1 data 65000" },
	{ ALL | RARE, "ip me peer len 0 df tcp mp pp A seq 1 ack 1 data 66000" },
	{ ALL | RARE, "ip me peer tcp mp pp FA seq 1 ack 1" },
	{ ALL | RARE, "ip me peer tcp mp pp R seq 1" },
	{ ALL | RARE, "ip me peer tcp mp pp RA seq 1 ack 1" },
	{ OUT, "ip me peer icmp 8 0 id mp seq 1 data 56" },
	{ FAR, "ip me peer icmp 0 0 id pp seq 1 data 56" },
	{ FAR, "ip me peer icmp 8 0 id mp seq 1 data 56" },
	{ OUT | RARE, "ip me peer icmp 8 0 id mp seq 1 data 20000" },
	{ FAR | RARE, "ip me peer icmp 0 0 id pp seq 1 data 20000" },
	{ ALL, "ip me peer icmp 13 0 id mp seq 1 data 12" },
	{ ALL, "ip me peer icmp 17 0 id mp seq 1 data 4" },

	{ ALL, "ip me peer icmp 3 3 quote ip peer me udp pp mp data 64" },
	{ ALL, "ip me peer icmp 3 1 quote max 28 ip peer me udp pp mp data 64" },
	{ ALL, "ip me peer icmp 3 4 mtu 1300 quote ip peer me df tcp pp mp A data 600" },
	{ ALL, "ip me peer icmp 3 13 quote max 28 ip peer me tcp pp mp S" },
	{ ALL, "ip me peer icmp 3 10 quote max 40 ip peer me tcp pp mp S" },
	{ ALL, "ip me peer icmp 11 0 quote ip peer me opt 01010101 tcp pp mp PA data 33" },
	{ ALL, "ip me peer icmp 11 1 quote ip peer me mf udp pp mp data 64" },
	{ ALL, "ip me peer icmp 3 3 quote ip peer me mf off 64 proto 17 data 64" },
	{ ALL, "ip me peer icmp 12 0 pointer 20 quote ip peer me udp pp mp nosum data 8" },
	{ ALL, "ip me peer icmp 4 0 quote ip peer me udp pp mp data 8" },
	{ ALL, "ip me peer icmp 5 1 gateway me quote ip peer me udp pp mp data 8" },
	{ OUT, "ip me peer icmp 3 3 quote ip peer me icmp 0 0 id mp seq 1 data 20" },
	{ FAR, "ip me peer icmp 11 0 quote ip peer me icmp 8 0 id pp seq 1 data 20" },
	{ ALL, "ip me peer icmp 3 2 quote ip peer me gre key 7 data 40" },
	{ ALL, "ip me peer icmp 3 2 quote ip peer me proto 132 hexdata 1b589c400000000000000000" },
	{ ALL, "ip me peer icmp 3 1 quote ip peer me icmp 3 3 quote ip me peer udp mp pp data 8" },
	{ ALL, "ip me peer icmp 3 3 quote max 20 ip peer me udp pp mp" },
	{ ALL, "ip me peer icmp 3 3" },
	{ ALL | RARE, "ip me peer icmp 3 3 quote ip peer me udp pp mp data 9000" },

	{ ALL, "ip me peer gre key 7 seq 9 csum ip 10.8.0.1 10.8.0.2 udp 5 6 data 30" },
	{ ALL, "ip me peer gre ip 10.8.0.1 10.8.0.2 tcp 5 6 A data 1300" },
	{ ALL | RARE, "ip me peer gre ip 10.8.0.1 10.8.0.2 tcp 5 6 A data 9000" },
	{ ALL, "ip me peer proto 47 hexdata 3001880b0010000100000000"
	  "0102030405060708090a0b0c0d0e0f10" },
	{ ALL, "ip me peer ip 10.8.0.1 10.8.0.2 udp 5 6 data 100" },
	{ ALL, "ip me peer ip 10.8.0.1 10.8.0.2 icmp 3 3 quote ip 10.8.0.2 10.8.0.1 udp 5 6" },
	{ ALL, "ip me peer proto 41 hexdata 6000000000083bff20010db8000000000000000000000001"
	  "20010db80000000000000000000000020102030405060708" },
	/* SCTP: an INIT, data */
	{ ALL, "ip me peer proto 132 hexdata 9c401b580000000000000000010000140000000100010000"
	  "0001000100000001" },
	{ ALL, "ip me peer proto 132 hexdata 9c401b5800000001000000000003001400000001000000000000"
	  "000061626364" },
	{ ALL | RARE, "ip me peer proto 132 data 9000" },
	{ ALL, "ip me peer proto 50 data 64" },
	{ ALL, "ip me peer proto 51 data 64" },
	{ ALL, "ip me peer proto 33 hexdata 9c401b5805000000010000000000000000000000" },
	{ ALL, "ip me peer proto 136 hexdata 9c401b580008000061626364" },
	{ ALL, "ip me peer proto 2 hexdata 1100eeff00000000" },
	{ ALL, "ip me peer proto 0 data 30" },
	{ ALL, "ip me peer proto 255 data 30" },
	{ ALL, "ip me peer proto 99" },
	{ ALL, "ip me peer udp mp 4789 vxlan 5 eth 02:00:00:00:01:01 02:00:00:00:01:02 "
	  "ip 10.8.0.1 10.8.0.2 udp 5 6 data 40" },

	{ ALL, "ip me peer opt 01010100 udp mp pp data 16" },
	{ ALL, "ip me peer opt 070b0400000000000000000000 udp mp pp data 16" },
	{ ALL, "ip me peer opt 440c0500000000000000000000 tcp mp pp A data 16" },
	{ ALL, "ip me peer opt 440c0501000000000000000000 udp mp pp data 16" },
	{ ALL, "ip me peer opt 94040000 udp mp pp data 16" },
	{ ALL, "ip me peer opt 860a0000000100040000 udp mp pp data 16" },
	{ ALL, "ip me peer opt 8307040909090900 udp mp pp data 16" },
	{ ALL, "ip me peer opt 8907040909090900 tcp mp pp S" },
	{ ALL, "ip me peer ttl 1 udp mp pp data 16" },
	{ ALL, "ip me peer ttl 0 tcp mp pp A" },
	{ ALL, "ip me peer tos 255 tcp mp pp AEC data 16" },
	{ ALL, "ip me peer mf udp mp pp len 1480 data 1304" },
	{ ALL, "ip me peer off 1312 proto 17 data 100" },
	{ ALL, "ip me peer mf off 65528 proto 17 data 1000" },
	{ ALL, "ip me peer off 65528 proto 6 data 8" },
	{ ALL, "ip me peer mf off 8 proto 6 data 32" },

	/* The host and those beside it. 169.254.68.5:6000 has asked the sandbox's port 7300. */
	{ OUT, "ip me 169.254.68.5 udp 7300 6000 data 40" },
	{ OUT, "ip me 169.254.68.5 udp 7300 6000 data 40" },
	{ OUT, "ip me 169.254.68.5 icmp 3 3 quote ip 169.254.68.5 me udp 6000 7300 data 24" },
	{ OUT, "ip me 169.254.68.5 tcp mp 22 S" },
	{ OUT, "ip me 192.168.63.253 icmp 8 0 id mp data 8" },
	{ OUT, "ip me " FUZZ_INTERNAL " udp mp pp data 8" },
	{ OUT, "ip me " FUZZ_EGRESS " udp mp pp data 8" },
	{ OUT, "ip me 192.168.0.11 udp mp pp data 8" },
	{ OUT, "ip me 127.0.0.1 udp mp pp data 8" },
	{ OUT, "ip me 0.0.0.0 udp mp pp data 8" },
	{ OUT, "ip me 224.0.0.251 udp 5353 5353 data 8" },
	{ OUT, "ip me 240.0.0.1 udp mp pp data 8" },
	{ OUT, "ip me 255.255.255.255 udp 68 67 data 240" },
	{ OUT, "ip me 198.18.0.255 udp mp pp data 8" },
	{ OUT, "ip 192.168.0.11 peer udp mp pp data 8" },
	{ OUT, "ip 0.0.0.0 255.255.255.255 udp 68 67 data 240" },
	{ OUT, "ip 10.1.1.1 peer tcp mp pp S" },

	/* Calls to mapped ports, if the node has them, and what the sandbox answers. */
	{ LINE(FUZZ_BACK), "ip me peer tcp mp " FUZZ_MAPPED " S opt 020405b4" },
	{ LINE(FUZZ_BACK), "ip me peer tcp mp " FUZZ_MAPPED " A seq 1 ack 1 data 100" },
	{ LINE(FUZZ_BACK), "ip me peer udp mp " FUZZ_MAPPED " data 40" },
	{ LINE(FUZZ_BACK) | RARE, "ip me peer udp mp " FUZZ_MAPPED " data 9000" },
	{ LINE(FUZZ_BACK), "ip me peer icmp 11 0 quote ip peer me udp " FUZZ_MAPPED " mp data 24" },
	{ OUT, "ip me peer tcp " FUZZ_GUEST_PORT " pp SA seq 1 ack 1" },
	{ OUT, "ip me peer udp " FUZZ_GUEST_PORT " pp data 40" },
	{ OUT, "ip me peer icmp 3 3 quote ip peer me udp pp " FUZZ_GUEST_PORT " data 40" },
	/* To be told that there is no such neighbour takes ARP seconds. */
	{ OUT, "ip me 198.18.0.77 udp mp pp data 8" },

	{ OUT, "arp request " FUZZ_SANDBOX_MAC " me 00:00:00:00:00:00 169.254.68.5" },
	{ OUT, "arp reply " FUZZ_SANDBOX_MAC " me " FUZZ_PORT_MAC " 169.254.68.5" },
	{ OUT, "vlan 5 ip me peer udp mp pp data 8" },
	{ OUT, "vlan 0 prio 3 ip me peer tcp mp pp S" },
	{ OUT, "vlan 5 vlan 6 ip me peer udp mp pp data 8" },
	{ OUT, "vlan 7 arp request " FUZZ_SANDBOX_MAC " me 00:00:00:00:00:00 169.254.68.5" },
	{ OUT | LINE(FUZZ_TX), "eth 33:33:00:00:00:01 " FUZZ_SANDBOX_MAC " type 0x86dd hexdata "
	  "6000000000083afffe800000000000000000000000000020"
	  "ff020000000000000000000000000001870000000000000000" },
	{ OUT, "eth 01:80:c2:00:00:00 " FUZZ_SANDBOX_MAC " type 38 data 38" },
	{ OUT, "eth ff:ff:ff:ff:ff:ff " FUZZ_SANDBOX_MAC " ip me peer udp mp pp data 8" },
	{ OUT, "eth 02:00:00:00:00:99 " FUZZ_SANDBOX_MAC " ip me peer udp mp pp data 8" },
	{ OUT, "eth " FUZZ_PORT_MAC " 02:00:00:00:00:77 ip me peer udp mp pp data 8" },
	{ OUT, "eth " FUZZ_PORT_MAC " ff:ff:ff:ff:ff:ff ip me peer udp mp pp data 8" },
};

#define TEMPLATES	(sizeof(templates) / sizeof(*templates))

struct kept {
	size_t len;
	uint8_t bytes[];
};

static struct kept *kept[FUZZ_WAYS][FLOWS][TEMPLATES];

/* Which words stand for what, in this flow and on this way. */
struct names {
	char far[MAX_WORD];
	char far_port[MAX_WORD];
	char port[MAX_WORD];
	const char *home;
	bool out;
};

static struct names names_of(enum fuzz_way way, unsigned int flow)
{
	struct names n = {
		.out = way == FUZZ_OUT,
		.home = way == FUZZ_OUT ? FUZZ_SANDBOX :
			way == FUZZ_BACK ? FUZZ_EGRESS : FUZZ_INTERNAL,
	};

	/* Of every fourth flow the far end exists and answers by itself. */
	snprintf(n.far, MAX_WORD, flow % 4 ? "9.9.9.%u" : "1.1.1.1", flow);
	snprintf(n.far_port, MAX_WORD, "%u", 7000 + flow);
	snprintf(n.port, MAX_WORD, "%u", 40000 + flow);
	return n;
}

static const char *meaning(const struct names *n, const char *word)
{
	if (!strcmp(word, "me"))
		return n->out ? n->home : n->far;
	if (!strcmp(word, "peer"))
		return n->out ? n->far : n->home;
	if (!strcmp(word, "mp"))
		return n->out ? n->port : n->far_port;
	if (!strcmp(word, "pp"))
		return n->out ? n->far_port : n->port;
	return word;
}

static struct kept *make(enum fuzz_way way, unsigned int flow, const char *words)
{
	static const char *const heads[FUZZ_WAYS] = {
		[FUZZ_OUT] = "eth " FUZZ_PORT_MAC " " FUZZ_SANDBOX_MAC " ",
		[FUZZ_BACK] = "eth " FUZZ_EGRESS_MAC " " FUZZ_FAR_MAC " ",
		[FUZZ_TX] = "eth 02:00:00:00:00:31 02:00:00:00:00:32 ",
		[FUZZ_RAW] = "eth 02:00:00:00:00:31 02:00:00:00:00:32 ",
	};
	const struct names names = names_of(way, flow);
	static struct frame frame;
	char text[1024], why[256], *word[MAX_WORDS], *rest;
	struct kept *k;
	size_t n = 0;

	snprintf(text, sizeof(text), "%s%s", strncmp(words, "eth ", 4) ? heads[way] : "", words);
	for (char *w = strtok_r(text, " ", &rest); w && n < MAX_WORDS;
	     w = strtok_r(NULL, " ", &rest))
		word[n++] = (char *)meaning(&names, w);
	if (!frame_build(word, n, &frame, why, sizeof(why))) {
		fprintf(stderr, "fuzzer: %s: %s\n", words, why);
		exit(2);
	}
	k = malloc(sizeof(*k) + frame.len);
	if (!k)
		abort();
	k->len = frame.len;
	memcpy(k->bytes, frame.bytes, frame.len);
	return k;
}

/* corpus_pick() - a valid packet, for the way that is set in @p */
void corpus_pick(uint64_t *random, struct fuzz_packet *p)
{
	const unsigned int flow = below(random, FLOWS);
	struct kept **k;
	size_t i;

	do {
		i = below(random, TEMPLATES);
	} while (!(templates[i].ways & LINE(p->way)) ||
		 (templates[i].ways & RARE && !one_in(random, 8)));
	k = &kept[p->way][flow][i];
	if (!*k)
		*k = make(p->way, flow, templates[i].words);
	p->len = (*k)->len;
	memcpy(p->bytes, (*k)->bytes, p->len);
}
