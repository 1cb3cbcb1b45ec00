// SPDX-License-Identifier: GPL-2.0
/*
 * The dissector of leakcheck: walks one packet from header to header and reports forbidden IPv4
 * addresses. Whatever it cannot follow it calls unjudged rather than clean; what it has bytes for
 * it judges even where the rest is missing or malformed. Called by leakrun.c and its test.
 */
#include "leak.h"

#include <pcap/dlt.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"

#define MAX_DEPTH	12	/* headers within headers; more is unjudged */
#define PATH_SIZE	(MAX_DEPTH * 12 + 1)	/* longest part: "vxlan/inner/" */

enum {
	ETHERTYPE_IPV4		= 0x0800,
	ETHERTYPE_ARP		= 0x0806,
	ETHERTYPE_TEB		= 0x6558,
	ETHERTYPE_RARP		= 0x8035,
	ETHERTYPE_VLAN		= 0x8100,
	ETHERTYPE_IPV6		= 0x86dd,
	ETHERTYPE_MPLS		= 0x8847,
	ETHERTYPE_MPLS_MC	= 0x8848,
	ETHERTYPE_PPPOE		= 0x8864,
	ETHERTYPE_QINQ		= 0x88a8,
	ETHERTYPE_MACSEC	= 0x88e5,
	ETHERTYPE_MIN		= 0x0600,	/* below: an 802.3 length */
};

enum {
	PROTO_ICMP	= 1,
	PROTO_IPIP	= 4,
	PROTO_UDP	= 17,
	PROTO_IPV6	= 41,
	PROTO_GRE	= 47,
	PROTO_AH	= 51,
	PROTO_ETHERIP	= 97,
	PROTO_L2TP	= 115,
	PROTO_MPLS	= 137,
};

/* What it means when the bytes of a span end inside a header. */
enum end {
	END_COMPLETE,	/* the sender sent no more: malformed */
	END_MISSING,	/* the capture or a fragment ends here: the rest exists, but not for us */
	END_QUOTE,	/* an ICMP error quotes only so much: normal */
};

struct span {
	const uint8_t *p;
	size_t have;
	enum end end;
};

struct scan {
	const struct leak_rules *rules;
	leak_report report;
	void *context;
	struct leak_verdict verdict;
	struct leak current;	/* the header whose addresses are being judged */
	char path[PATH_SIZE];
	unsigned int depth;
};

static void scan_ipv4(struct scan *s, struct span in);
static void scan_ethernet(struct scan *s, struct span in);

static struct span skip(struct span in, size_t n)
{
	return (struct span){ in.p + n, in.have - n, in.end };
}

static const char *where(const struct scan *s)
{
	return *s->path ? s->path : "outer";
}

/* The first reason is kept: what follows is mostly its consequence. */
static void unjudged(struct scan *s, const char *why)
{
	if (s->verdict.unjudged)
		return;
	s->verdict.unjudged = why;
	snprintf(s->verdict.unjudged_where, sizeof(s->verdict.unjudged_where), "%.*s",
		 (int)sizeof(s->verdict.unjudged_where) - 1, where(s));
}

static void too_short(struct scan *s, struct span in)
{
	if (in.end == END_COMPLETE)
		unjudged(s, "the packet ends inside a header");
	else if (in.end == END_MISSING)
		unjudged(s, "cut short");
}

/* Goes one header deeper. There is no way back: a packet is a chain, and nothing follows. */
static void scan_within(struct scan *s, const char *part,
			void (*scan)(struct scan *s, struct span in), struct span in)
{
	size_t n = strlen(s->path);

	if (s->depth++ == MAX_DEPTH) {
		unjudged(s, "nested too deep");
		return;
	}
	snprintf(s->path + n, sizeof(s->path) - n, "%s%s", n && *part ? "/" : "", part);
	scan(s, in);
}

static void check(struct scan *s, const char *role, uint32_t addr)
{
	for (size_t i = 0; i < s->rules->forbids; i++) {
		if ((addr & s->rules->forbid[i].mask) != s->rules->forbid[i].addr)
			continue;
		s->current.where = where(s);
		s->current.role = role;
		s->current.addr = addr;
		s->report(s->context, &s->current);
		s->verdict.leaks++;
		return;
	}
}

static void scan_arp(struct scan *s, struct span in)
{
	size_t sender, target;

	s->verdict.arp++;
	if (s->rules->arp == LEAK_ARP_OFF)
		return;
	if (in.have < 8) {
		too_short(s, in);
		return;
	}
	if (get16(in.p + 2) != ETHERTYPE_IPV4 || in.p[5] != 4)
		return;
	sender = 8 + in.p[4];
	target = sender + 4 + in.p[4];
	s->current = (struct leak){ .proto = -1 };
	if (in.have >= sender + 4)
		s->current.src = get32(in.p + sender);
	if (in.have >= target + 4)
		s->current.dst = get32(in.p + target);
	if (in.have >= sender + 4)
		check(s, "sender", s->current.src);
	if (s->rules->arp == LEAK_ARP_BOTH && in.have >= target + 4)
		check(s, "target", s->current.dst);
	if (in.have < (s->rules->arp == LEAK_ARP_BOTH ? target : sender) + 4)
		too_short(s, in);
}

static void scan_vlan(struct scan *s, struct span in);

/* @tunnel: an unknown type inside a tunnel may hide anything; on the link it is other traffic. */
static void scan_ethertype(struct scan *s, uint16_t type, struct span in, bool tunnel)
{
	static const uint8_t snap[] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };

	if (type < ETHERTYPE_MIN && in.have >= 8 && !memcmp(in.p, snap, sizeof(snap))) {
		type = get16(in.p + 6);
		in = skip(in, 8);
	}
	switch (type) {
	case ETHERTYPE_IPV4:
		scan_ipv4(s, in);
		return;
	case ETHERTYPE_ARP:
	case ETHERTYPE_RARP:
		scan_within(s, "arp", scan_arp, in);
		return;
	case ETHERTYPE_VLAN:
	case ETHERTYPE_QINQ:
		scan_within(s, "", scan_vlan, in);
		return;
	case ETHERTYPE_IPV6:
		s->verdict.ipv6++;
		return;
	case ETHERTYPE_TEB:
		scan_within(s, "", scan_ethernet, in);
		return;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MC:
	case ETHERTYPE_PPPOE:
	case ETHERTYPE_MACSEC:
		unjudged(s, "MPLS, PPPoE or MACsec, which may carry IPv4");
		return;
	}
	if (tunnel)
		unjudged(s, "an unknown protocol inside a tunnel");
	else
		s->verdict.other++;
}

static void scan_vlan(struct scan *s, struct span in)
{
	if (in.have < 4)
		too_short(s, in);
	else
		scan_ethertype(s, get16(in.p + 2), skip(in, 4), false);
}

static void scan_ethernet(struct scan *s, struct span in)
{
	if (in.have < 14)
		too_short(s, in);
	else
		scan_ethertype(s, get16(in.p + 12), skip(in, 14), false);
}

/* RFC 1701's routing entries; returns their length, or 0 if they do not end within the packet. */
static size_t scan_gre_routes(struct scan *s, struct span in)
{
	size_t at = 0;

	while (at + 4 <= in.have) {
		uint16_t family = get16(in.p + at);
		size_t len = in.p[at + 3];

		at += 4;
		if (!family && !len)
			return at;
		if (at + len > in.have)
			break;
		for (size_t i = 0; family == ETHERTYPE_IPV4 && i + 4 <= len; i += 4)
			check(s, "route", get32(in.p + at + i));
		at += len;
	}
	too_short(s, in);
	return 0;
}

static void scan_gre(struct scan *s, struct span in)
{
	size_t head = 4, routes = 0;
	uint16_t flags;

	if (in.have < 4) {
		too_short(s, in);
		return;
	}
	flags = get16(in.p);
	if (flags & 0x0007) {
		unjudged(s, "GRE of another version");
		return;
	}
	if (flags & 0xc000)	/* checksum or routing: both fields are there */
		head += 4;
	if (flags & 0x2000)	/* key */
		head += 4;
	if (flags & 0x1000)	/* sequence number */
		head += 4;
	if (in.have < head) {
		too_short(s, in);
		return;
	}
	if (flags & 0x4000) {
		routes = scan_gre_routes(s, skip(in, head));
		if (!routes)
			return;
	}
	scan_ethertype(s, get16(in.p + 2), skip(in, head + routes), true);
}

static void scan_vxlan(struct scan *s, struct span in)
{
	if (in.have < 8) {
		too_short(s, in);
		return;
	}
	if (!(in.p[0] & 0x08)) {
		unjudged(s, "no VXLAN header on a VXLAN port");
		return;
	}
	scan_ethernet(s, skip(in, 8));
}

static void scan_udp(struct scan *s, struct span in)
{
	bool vxlan = false;

	if (in.have < 4) {
		too_short(s, in);
		return;
	}
	for (size_t i = 0; i < s->rules->n_vxlan_ports; i++)
		vxlan |= get16(in.p + 2) == s->rules->vxlan_ports[i];
	if (!vxlan)
		return;
	if (in.have < 8)
		too_short(s, in);
	else
		scan_within(s, "vxlan/inner", scan_vxlan, skip(in, 8));
}

static void scan_icmp(struct scan *s, struct span in)
{
	if (!in.have) {
		too_short(s, in);
		return;
	}
	switch (in.p[0]) {
	case 3: /* unreachable */
	case 4: /* source quench */
	case 5: /* redirect */
	case 11: /* time exceeded */
	case 12: /* parameter problem */
		break;
	default:
		return;
	}
	if (in.have < 8) {
		too_short(s, in);
		return;
	}
	if (in.p[0] == 5)
		check(s, "gateway", get32(in.p + 4));
	in = skip(in, 8);
	if (in.end == END_COMPLETE)
		in.end = END_QUOTE;
	scan_within(s, "icmp-quoted", scan_ipv4, in);
}

static void scan_transport(struct scan *s, uint8_t proto, struct span in);

static void scan_ah(struct scan *s, struct span in)
{
	size_t head;

	if (in.have < 2) {
		too_short(s, in);
		return;
	}
	head = (in.p[1] + 2) * 4;
	if (in.have < head)
		too_short(s, in);
	else
		scan_transport(s, in.p[0], skip(in, head));
}

static void scan_transport(struct scan *s, uint8_t proto, struct span in)
{
	switch (proto) {
	case PROTO_ICMP:
		scan_icmp(s, in);
		return;
	case PROTO_UDP:
		scan_udp(s, in);
		return;
	case PROTO_IPIP:
		scan_within(s, "ipip/inner", scan_ipv4, in);
		return;
	case PROTO_GRE:
		scan_within(s, "gre/inner", scan_gre, in);
		return;
	case PROTO_AH:
		scan_within(s, "", scan_ah, in);
		return;
	case PROTO_IPV6:
		s->verdict.ipv6++;
		return;
	case PROTO_ETHERIP:
	case PROTO_L2TP:
	case PROTO_MPLS:
		unjudged(s, "EtherIP, L2TP or MPLS, which may carry IPv4");
		return;
	}
}

/* The addresses in one option: record route, loose and strict source route, time stamp. */
static void scan_option(struct scan *s, const uint8_t *p, size_t len)
{
	size_t at = 3, step = 4;

	switch (p[0]) {
	case 7:
	case 131:
	case 137:
		break;
	case 68:
		if (len < 4 || !(p[3] & 0x0f))	/* time stamps alone */
			return;
		at = 4;
		step = 8;
		break;
	default:
		return;
	}
	for (; at + 4 <= len; at += step)
		check(s, "option", get32(p + at));
}

static void scan_options(struct scan *s, const uint8_t *p, size_t len)
{
	size_t at = 0;

	while (at < len && p[at]) {
		size_t option;

		if (p[at] == 1) {
			at++;
			continue;
		}
		if (at + 2 > len)
			return;
		option = p[at + 1];
		if (option < 2)
			return;
		if (option > len - at)	/* malformed; its addresses still travel */
			option = len - at;
		scan_option(s, p + at, option);
		at += option;
	}
}

/*
 * The payload of a header whose total length is @total. What lies behind it is padding, so a
 * packet that fits is complete even if the capture lost some of that.
 */
static struct span ipv4_payload(struct span in, size_t head, size_t total, bool more_fragments)
{
	struct span out = skip(in, head);

	if (total >= head && total <= in.have) {
		out.have = total - head;
		if (out.end == END_MISSING)
			out.end = END_COMPLETE;
	} else if (total > in.have && out.end == END_COMPLETE) {
		out.end = END_MISSING;
	}
	if (more_fragments && out.end == END_COMPLETE)
		out.end = END_MISSING;
	return out;
}

static void scan_ipv4(struct scan *s, struct span in)
{
	uint16_t fragment;
	struct span payload;
	size_t head;

	s->current = (struct leak){ .proto = in.have >= 10 ? in.p[9] : 0 };
	if (in.have >= 16)
		s->current.src = get32(in.p + 12);
	if (in.have >= 20)
		s->current.dst = get32(in.p + 16);
	if (in.have >= 16)
		check(s, "src", s->current.src);
	if (in.have < 20) {
		too_short(s, in);
		return;
	}
	check(s, "dst", s->current.dst);
	s->verdict.ipv4++;

	head = (in.p[0] & 0x0f) * 4;
	if (in.p[0] >> 4 != 4 || head < 20) {
		unjudged(s, "malformed IPv4 header");
		return;
	}
	if (!s->rules->ignore_options)
		scan_options(s, in.p + 20, (head < in.have ? head : in.have) - 20);
	if (in.have < head) {
		too_short(s, in);
		return;
	}
	fragment = get16(in.p + 6);
	if (fragment & 0x1fff)	/* no transport header in there */
		return;
	payload = ipv4_payload(in, head, get16(in.p + 2), fragment & 0x2000);
	scan_transport(s, in.p[9], payload);
}

static void scan_raw(struct scan *s, struct span in)
{
	if (in.have && in.p[0] >> 4 == 6)
		s->verdict.ipv6++;
	else
		scan_ipv4(s, in);
}

/* Linux cooked capture: the protocol, an EtherType or a small Linux number, lies at @at. */
static void scan_cooked(struct scan *s, struct span in, size_t head, size_t at)
{
	if (in.have < head)
		too_short(s, in);
	else
		scan_ethertype(s, get16(in.p + at), skip(in, head), false);
}

bool leak_linktype_known(int linktype)
{
	switch (linktype) {
	case DLT_EN10MB:
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
		return true;
	}
	return false;
}

struct leak_verdict leak_scan(int linktype, const uint8_t *bytes, size_t len, size_t caplen,
			      const struct leak_rules *rules, leak_report report, void *context)
{
	struct span in = { bytes, caplen, caplen < len ? END_MISSING : END_COMPLETE };
	struct scan s = { .rules = rules, .report = report, .context = context };

	switch (linktype) {
	case DLT_EN10MB:
		scan_ethernet(&s, in);
		break;
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		scan_raw(&s, in);
		break;
	case DLT_LINUX_SLL:
		scan_cooked(&s, in, 16, 14);
		break;
	case DLT_LINUX_SLL2:
		scan_cooked(&s, in, 20, 0);
		break;
	default:
		unjudged(&s, "unknown link type");
	}
	return s.verdict;
}
