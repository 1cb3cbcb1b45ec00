// SPDX-License-Identifier: GPL-2.0
/*
 * The body of leakcheck: reads its words, opens the capture files with libpcap, counts the
 * packets that each expectation's filter matches and hands every packet to leak_scan().
 * No state between runs; called by leakcheck.c and test_leakcheck.c.
 */
#include "leakrun.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <string.h>

#include "args.h"
#include "leak.h"

#define MAX_PREFIXES	64
#define MAX_EXPECTS	64
#define MAX_PORTS	16
#define MAX_LINES	20	/* leaks, and unjudged packets, shown one by one */

#define VXLAN_PORT	4789

static const char usage[] =
"usage: leakcheck [OPTION]... FILE...\n"
"Looks for forbidden IPv4 addresses in capture files (pcap, pcapng): in outer headers, inside GRE,\n"
"VXLAN and IPIP, in what ICMP errors quote, in IPv4 options, in ARP.\n"
"  --forbid ADDR[/LEN]          an address that no packet may carry, as source or destination\n"
"  --expect FILTER MIN[-MAX]    so many packets, in all files together, match the BPF filter;\n"
"                               MIN alone: at least so many (none at all is 0-0)\n"
"  --arp sender|both|off        which addresses of ARP packets count (sender)\n"
"  --vxlan-port PORT            a UDP port that carries VXLAN, besides 4789\n"
"  --ignore-options             addresses in IPv4 options are no leaks\n"
"  --allow-unjudged             packets that could not be parsed do not fail the check\n"
"  --empty-ok                   a file may hold no packets, or none with IPv4\n"
"--forbid, --expect and --vxlan-port may be repeated.\n"
"Exit: 0 clean, 1 a leak, an expectation not met, an unjudged packet or an empty file, 2 usage,\n"
"3 a file that cannot be read.\n";

struct expect {
	const char *filter;
	const char *range;
	uint64_t min;
	uint64_t max;
	uint64_t seen;
	struct bpf_program program;	/* compiled for the file being read */
};

struct run {
	FILE *out;
	FILE *err;
	struct leak_prefix forbid[MAX_PREFIXES];
	uint16_t ports[MAX_PORTS];
	struct leak_rules rules;
	struct expect expects[MAX_EXPECTS];
	size_t n_expects;
	bool allow_unjudged;
	bool empty_ok;

	const char *file;
	uint64_t packet;	/* number of the packet in this file, from 1 as in tcpdump -# */
	uint64_t leaks;
	uint64_t unjudged;
};

struct totals {
	uint64_t ipv4;
	uint64_t arp;
	uint64_t ipv6;
	uint64_t other;
};

__attribute__((format(printf, 2, 3)))
static int wrong(struct run *r, const char *format, ...)
{
	va_list list;

	fprintf(r->err, "leakcheck: ");
	va_start(list, format);
	vfprintf(r->err, format, list);
	va_end(list);
	fprintf(r->err, " (see leakcheck --help)\n");
	return LEAKRUN_USAGE;
}

static const char *dotted(uint32_t addr, char text[INET_ADDRSTRLEN])
{
	struct in_addr in = { htonl(addr) };

	return inet_ntop(AF_INET, &in, text, INET_ADDRSTRLEN);
}

static const char *proto_name(int proto, char number[16])
{
	static const struct {
		int proto;
		const char *name;
	} names[] = {
		{ -1, "arp" }, { 1, "icmp" }, { 4, "ipip" }, { 6, "tcp" }, { 17, "udp" },
		{ 47, "gre" }, { 50, "esp" }, { 132, "sctp" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].proto == proto)
			return names[i].name;
	snprintf(number, 16, "proto %d", proto);
	return number;
}

static void show_leak(void *context, const struct leak *leak)
{
	char addr[INET_ADDRSTRLEN], src[INET_ADDRSTRLEN], dst[INET_ADDRSTRLEN], number[16];
	struct run *r = context;

	if (++r->leaks > MAX_LINES)
		return;
	fprintf(r->out, "%s: packet %" PRIu64 ": %s: %s %s leaks (%s > %s %s)\n", r->file,
		r->packet, leak->where, leak->role, dotted(leak->addr, addr),
		dotted(leak->src, src), dotted(leak->dst, dst), proto_name(leak->proto, number));
}

static void show_unjudged(struct run *r, const struct leak_verdict *verdict)
{
	if (++r->unjudged > MAX_LINES)
		return;
	fprintf(r->out, "%s: packet %" PRIu64 ": %s: not judged: %s\n", r->file, r->packet,
		verdict->unjudged_where, verdict->unjudged);
}

static bool is_met(const struct expect *e)
{
	return e->seen >= e->min && e->seen <= e->max;
}

/* The words --------------------------------------------------------------------------------- */

static int read_forbid(struct run *r, const char *word)
{
	struct leak_prefix *prefix = &r->forbid[r->rules.forbids];

	if (r->rules.forbids == MAX_PREFIXES)
		return wrong(r, "more than %d times --forbid", MAX_PREFIXES);
	if (!arg_prefix(word, &prefix->addr, &prefix->mask))
		return wrong(r, "--forbid: '%s' is not ADDR[/LEN]", word);
	r->rules.forbids++;
	return 0;
}

static int read_port(struct run *r, const char *word)
{
	uint64_t port;

	if (r->rules.n_vxlan_ports == MAX_PORTS)
		return wrong(r, "more than %d VXLAN ports", MAX_PORTS);
	if (!arg_number(word, 1, UINT16_MAX, &port))
		return wrong(r, "--vxlan-port: '%s' is not a port", word);
	r->ports[r->rules.n_vxlan_ports++] = port;
	return 0;
}

static int read_arp(struct run *r, const char *word)
{
	if (!strcmp(word, "sender"))
		r->rules.arp = LEAK_ARP_SENDER;
	else if (!strcmp(word, "both"))
		r->rules.arp = LEAK_ARP_BOTH;
	else if (!strcmp(word, "off"))
		r->rules.arp = LEAK_ARP_OFF;
	else
		return wrong(r, "--arp: '%s' is not sender, both or off", word);
	return 0;
}

static int read_range(struct run *r, struct expect *e)
{
	const char *dash = strchr(e->range, '-');
	char min[24];
	size_t n = dash ? (size_t)(dash - e->range) : strlen(e->range);

	e->max = UINT64_MAX;
	if (n >= sizeof(min))
		return wrong(r, "--expect: '%s' is not MIN[-MAX]", e->range);
	memcpy(min, e->range, n);
	min[n] = '\0';
	if (!arg_number(min, 0, UINT64_MAX, &e->min) ||
	    (dash && !arg_number(dash + 1, e->min, UINT64_MAX, &e->max)))
		return wrong(r, "--expect: '%s' is not MIN[-MAX]", e->range);
	if (!dash && !e->min)
		return wrong(r, "--expect: at least 0 is always met, none at all is 0-0");
	return 0;
}

static int read_expect(struct run *r, const char *filter, const char *range)
{
	struct expect *e = &r->expects[r->n_expects];

	if (r->n_expects == MAX_EXPECTS)
		return wrong(r, "more than %d times --expect", MAX_EXPECTS);
	e->filter = filter;
	e->range = range;
	r->n_expects++;
	return read_range(r, e);
}

/* Takes the option at *at and its values; moves *at to the last word taken. */
static int read_option(struct run *r, int argc, char *const argv[], int *at)
{
	const char *option = argv[*at];
	int left = argc - *at - 1;

	if (!strcmp(option, "--allow-unjudged")) {
		r->allow_unjudged = true;
		return 0;
	}
	if (!strcmp(option, "--empty-ok")) {
		r->empty_ok = true;
		return 0;
	}
	if (!strcmp(option, "--ignore-options")) {
		r->rules.ignore_options = true;
		return 0;
	}
	if (!strcmp(option, "--expect")) {
		if (left < 2)
			return wrong(r, "--expect needs a filter and MIN[-MAX]");
		*at += 2;
		return read_expect(r, argv[*at - 1], argv[*at]);
	}
	if (!left)
		return wrong(r, "unknown option '%s', or its value is missing", option);
	++*at;
	if (!strcmp(option, "--forbid"))
		return read_forbid(r, argv[*at]);
	if (!strcmp(option, "--vxlan-port"))
		return read_port(r, argv[*at]);
	if (!strcmp(option, "--arp"))
		return read_arp(r, argv[*at]);
	return wrong(r, "unknown option '%s'", option);
}

/* Leaves the file names in @files. */
static int read_words(struct run *r, int argc, char *const argv[], const char **files, int *n)
{
	bool options = true;

	for (int i = 1; i < argc; i++) {
		int rc;

		if (!options || argv[i][0] != '-' || !argv[i][1]) {
			files[(*n)++] = argv[i];
			continue;
		}
		if (!strcmp(argv[i], "--")) {
			options = false;
			continue;
		}
		rc = read_option(r, argc, argv, &i);
		if (rc)
			return rc;
	}
	if (!*n)
		return wrong(r, "no file");
	if (!r->rules.forbids && !r->n_expects)
		return wrong(r, "neither --forbid nor --expect: nothing to check");
	return 0;
}

/* The files --------------------------------------------------------------------------------- */

static void scan_packet(struct run *r, int linktype, const struct pcap_pkthdr *head,
			const uint8_t *bytes, struct totals *totals)
{
	struct leak_verdict verdict;

	r->packet++;
	for (size_t i = 0; i < r->n_expects; i++)
		r->expects[i].seen += !!pcap_offline_filter(&r->expects[i].program, head, bytes);
	if (!r->rules.forbids)
		return;
	verdict = leak_scan(linktype, bytes, head->len, head->caplen, &r->rules, show_leak, r);
	totals->ipv4 += verdict.ipv4;
	totals->arp += verdict.arp;
	totals->ipv6 += verdict.ipv6;
	totals->other += verdict.other;
	if (verdict.unjudged)
		show_unjudged(r, &verdict);
}

/* A capture that shows nothing proves nothing: of the wrong device, say, or started too late. */
static int judge_file(struct run *r, const struct totals *totals, uint64_t leaks,
		      uint64_t unjudged)
{
	int rc = LEAKRUN_CLEAN;

	fprintf(r->out, "%s: packets %" PRIu64, r->file, r->packet);
	if (r->rules.forbids)
		fprintf(r->out, ", IPv4 headers %" PRIu64 ", ARP %" PRIu64 ", IPv6 %" PRIu64
			", other %" PRIu64 ", leaks %" PRIu64 ", not judged %" PRIu64,
			totals->ipv4, totals->arp, totals->ipv6, totals->other, leaks, unjudged);
	fputc('\n', r->out);
	if (leaks || (unjudged && !r->allow_unjudged))
		rc = LEAKRUN_DIRTY;
	if (r->empty_ok)
		return rc;
	if (!r->packet) {
		fprintf(r->out, "%s: no packets, so nothing was checked\n", r->file);
		rc = LEAKRUN_DIRTY;
	} else if (r->rules.forbids && !totals->ipv4) {
		fprintf(r->out, "%s: no IPv4 header, so nothing was checked\n", r->file);
		rc = LEAKRUN_DIRTY;
	}
	return rc;
}

static int scan_packets(struct run *r, pcap_t *pcap, int linktype)
{
	uint64_t leaks = r->leaks, unjudged = r->unjudged;
	struct totals totals = { 0 };
	struct pcap_pkthdr *head;
	const u_char *bytes;
	int got, rc;

	r->packet = 0;
	while ((got = pcap_next_ex(pcap, &head, &bytes)) == 1)
		scan_packet(r, linktype, head, bytes, &totals);
	rc = judge_file(r, &totals, r->leaks - leaks, r->unjudged - unjudged);
	if (got == PCAP_ERROR_BREAK)	/* the end of the file */
		return rc;
	fprintf(r->err, "leakcheck: %s: after packet %" PRIu64 ": %s\n", r->file, r->packet,
		pcap_geterr(pcap));
	return LEAKRUN_UNREADABLE;
}

/* Filters depend on the file's link type, so they are compiled for each file. */
static int scan_with_filters(struct run *r, pcap_t *pcap)
{
	int linktype = pcap_datalink(pcap), rc = LEAKRUN_CLEAN;
	size_t n;

	if (!leak_linktype_known(linktype)) {
		fprintf(r->err, "leakcheck: %s: cannot read link type %d\n", r->file, linktype);
		return LEAKRUN_UNREADABLE;
	}
	for (n = 0; n < r->n_expects; n++) {
		struct expect *e = &r->expects[n];

		if (pcap_compile(pcap, &e->program, e->filter, 1, PCAP_NETMASK_UNKNOWN)) {
			rc = wrong(r, "%s: --expect '%s': %s", r->file, e->filter,
				   pcap_geterr(pcap));
			break;
		}
	}
	if (!rc)
		rc = scan_packets(r, pcap, linktype);
	while (n)
		pcap_freecode(&r->expects[--n].program);
	return rc;
}

static int scan_file(struct run *r, const char *file)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(file, why);
	int rc;

	r->file = file;
	if (!pcap) {
		fprintf(r->err, "leakcheck: %s: %s\n", file, why);
		return LEAKRUN_UNREADABLE;
	}
	rc = scan_with_filters(r, pcap);
	pcap_close(pcap);
	return rc;
}

static int finish(struct run *r)
{
	int rc = LEAKRUN_CLEAN;

	if (r->leaks > MAX_LINES)
		fprintf(r->out, "... and %" PRIu64 " more leaks\n", r->leaks - MAX_LINES);
	if (r->unjudged > MAX_LINES)
		fprintf(r->out, "... and %" PRIu64 " more packets not judged\n",
			r->unjudged - MAX_LINES);
	for (size_t i = 0; i < r->n_expects; i++) {
		const struct expect *e = &r->expects[i];

		fprintf(r->out, "expect '%s' %s: %" PRIu64 ": %s\n", e->filter, e->range, e->seen,
			is_met(e) ? "ok" : "NOT MET");
		if (!is_met(e))
			rc = LEAKRUN_DIRTY;
	}
	return rc;
}

int leakrun(int argc, char *const argv[], FILE *out, FILE *err)
{
	struct run r = {
		.out = out,
		.err = err,
		.ports = { VXLAN_PORT },
		.rules.n_vxlan_ports = 1,
	};
	const char *files[argc > 0 ? argc : 1];
	int n = 0, rc, worst;

	r.rules.forbid = r.forbid;
	r.rules.vxlan_ports = r.ports;
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, out);
		return 0;
	}
	rc = read_words(&r, argc, argv, files, &n);
	if (rc)
		return rc;
	worst = LEAKRUN_CLEAN;
	for (int i = 0; i < n; i++) {
		rc = scan_file(&r, files[i]);
		if (rc == LEAKRUN_USAGE)
			return rc;
		if (rc > worst)
			worst = rc;
	}
	rc = finish(&r);
	if (rc > worst)
		worst = rc;
	/* A verdict that nobody could read is none. */
	if (fflush(out) || ferror(out))
		worst = LEAKRUN_UNREADABLE;
	return worst;
}
