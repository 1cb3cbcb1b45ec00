/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looks at every IPv4 address of one captured packet: the outer header, headers inside tunnels,
 * headers quoted by ICMP errors, and ARP. Pure: no files, no output, no memory of its own.
 * leakrun.c feeds it capture files, test_leakcheck.c crafted packets.
 */
#ifndef TESTS_TOOLS_LEAK_H
#define TESTS_TOOLS_LEAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum leak_arp {
	LEAK_ARP_SENDER,	/* the default: who asks or answers */
	LEAK_ARP_BOTH,		/* also whom it asks for */
	LEAK_ARP_OFF,
};

struct leak_prefix {
	uint32_t addr;	/* host byte order, like every address here */
	uint32_t mask;
};

/**
 * struct leak_rules - what counts as a leak
 * @forbid: the prefixes that no packet may carry
 * @forbids: how many
 * @vxlan_ports: UDP destination ports that carry VXLAN
 * @n_vxlan_ports: how many
 * @arp: which ARP addresses count
 * @ignore_options: leave out addresses in IPv4 options (record route, source route, time stamp)
 */
struct leak_rules {
	const struct leak_prefix *forbid;
	size_t forbids;
	const uint16_t *vxlan_ports;
	size_t n_vxlan_ports;
	enum leak_arp arp;
	bool ignore_options;
};

/**
 * struct leak - one forbidden address in one place
 * @where: which header: "outer", "gre/inner", "icmp-quoted", "vxlan/inner/icmp-quoted", "arp", ...
 * @role: src, dst, option, gateway (ICMP redirect), route (GRE), sender or target (ARP)
 * @addr: the forbidden address
 * @src: the header's source, or the ARP sender
 * @dst: the header's destination, or the ARP target; 0 if the packet ends before it
 * @proto: the header's protocol, or -1 for ARP
 */
struct leak {
	const char *where;
	const char *role;
	uint32_t addr;
	uint32_t src;
	uint32_t dst;
	int proto;
};

typedef void (*leak_report)(void *context, const struct leak *leak);

/**
 * struct leak_verdict - what was seen in one packet
 * @ipv4: IPv4 headers whose source and destination were judged
 * @arp: ARP packets
 * @ipv6: IPv6 headers, which are not looked into
 * @other: link-layer payloads of another kind (LLDP, STP, ...)
 * @leaks: how often the report function was called
 * @unjudged: why some header could not be judged, or NULL
 * @unjudged_where: in which header, up to 63 characters
 */
struct leak_verdict {
	unsigned int ipv4;
	unsigned int arp;
	unsigned int ipv6;
	unsigned int other;
	unsigned int leaks;
	const char *unjudged;
	char unjudged_where[64];
};

/* Whether leak_scan() can read this libpcap link type (DLT_...). */
bool leak_linktype_known(int linktype);

/* @len is the packet's length on the wire, @caplen how much of it is in @bytes. */
struct leak_verdict leak_scan(int linktype, const uint8_t *bytes, size_t len, size_t caplen,
			      const struct leak_rules *rules, leak_report report, void *context);

#endif
