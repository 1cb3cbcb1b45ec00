// SPDX-License-Identifier: GPL-2.0
/*
 * `stats openmetrics`: everything that there is to measure, in the OpenMetrics 1.0 text format. The
 * samples of one metric stand together, so that the ports are gone through once for each. Called by
 * stats.c.
 *
 *   cube_router_build_info{version,tool_version}   of the module and of this tool
 *   cube_router_mode{cube_router_mode}             1 for the mode that there is, 0 for the others
 *   cube_router_ports_held{reason}                 ports that are held, by each reason for it
 *   cube_router_sandboxes                          ports registered
 *   cube_router_sessions                           sessions there are, and their limits:
 *   cube_router_max_sessions, cube_router_max_sandbox_sessions
 *   cube_router_conntrack_entries, cube_router_conntrack_max
 *   cube_router_packets_total{direction,reason}    each packet in exactly one of them
 *   cube_router_events_total{reason}
 *   cube_router_reason_info{reason,help}           what each reason means
 *   cube_router_sandbox_sessions{port,ip}
 *   cube_router_sandbox_packets_total{port,ip,direction,reason}   those that are not 0; `injected`
 *   cube_router_sandbox_events_total{port,ip,reason}              and `delivered` always
 *   cube_router_sandbox_bytes_total{port,ip,direction}
 */
#include <stdio.h>
#include <string.h>

#include "metrics.h"
#include "output.h"
#include "version.h"

#define PREFIX "cube_router_"
#define PORT_LABELS 512	/* room for the labels of a port, each of its letters escaped */

static void family(const char *name, const char *type, const char *help)
{
	printf("# TYPE " PREFIX "%s %s\n# HELP " PREFIX "%s %s\n", name, type, name, help);
}

static void gauge(const char *name, const char *help, long long value)
{
	family(name, "gauge", help);
	printf(PREFIX "%s %lld\n", name, value);
}

/* Writes what stands between the quotes of a label. Names of devices can have nearly any letter. */
static void escape(const char *text, char *to, size_t room)
{
	json_t *utf8 = json_text(text);
	const char *c = json_string_value(utf8);

	for (; *c && room > 2; c++) {
		if (*c == '"' || *c == '\\' || *c == '\n') {
			*to++ = '\\';
			room--;
		}
		*to++ = *c == '\n' ? 'n' : *c;
		room--;
	}
	*to = '\0';
	json_decref(utf8);
}

static const char *port_labels(const struct port *port, char labels[PORT_LABELS])
{
	char name[4 * sizeof(port->name)], ip[CIDR_TEXT];

	escape(port->name, name, sizeof(name));
	snprintf(labels, PORT_LABELS, "port=\"%s\",ip=\"%s\"", name, addr_text(port->ip, ip));
	return labels;
}

static void print_build(const struct live *live)
{
	char version[2 * sizeof(live->version)];

	escape(live->version, version, sizeof(version));
	family("build", "info", "Versions of the module and of the tool.");
	printf(PREFIX "build_info{version=\"%s\",tool_version=\"" CUBE_ROUTER_VERSION "\"} 1\n",
	       version);
}

static void print_mode(const struct live *live)
{
	uint8_t mode;

	family("mode", "stateset", "What happens to the packets of registered ports.");
	for (mode = 0; mode <= CUBE_ROUTER_MODE_MAX; mode++)
		printf(PREFIX "mode{" PREFIX "mode=\"%s\"} %d\n", live_mode_name(mode),
		       mode == live->mode);
}

static void print_held(const struct live *live)
{
	uint32_t bit;

	family("ports_held", "gauge", "Ports whose packets are held, by reason.");
	for (bit = 1; bit <= CUBE_ROUTER_HELD_UPLINK_NO_ADDRESS; bit <<= 1)
		printf(PREFIX "ports_held{reason=\"%s\"} %u\n", live_held_name(bit),
		       live->held & bit ? live->sandboxes : 0);
}

static void print_state(const struct metrics *m)
{
	const struct live *live = &m->live;

	print_build(live);
	print_mode(live);
	print_held(live);
	gauge("sandboxes", "Registered ports.", live->sandboxes);
	gauge("sessions", "Sessions of all sandboxes.", live->sessions);
	gauge("max_sessions", "Limit of all sessions, after nf_conntrack_max.",
	      live->max_sessions_now);
	gauge("max_sandbox_sessions", "Limit of the sessions of a sandbox without its own.",
	      live->max_sandbox_sessions_now);
	if (m->conntrack_entries >= 0)
		gauge("conntrack_entries", "Entries of conntrack, the host's own too.",
		      m->conntrack_entries);
	gauge("conntrack_max", "The most entries that conntrack takes.", live->conntrack_max);
}

static bool is_event(int counter)
{
	return !strcmp(counter_way(counter), "event");
}

/* The counters of the namespace that count events, or the others. */
static void print_total(json_t *counters, bool events)
{
	const char *name;
	json_t *value;
	int at;

	json_object_foreach(counters, name, value) {
		at = counter_find(name);
		if (is_event(at) != events)
			continue;
		if (events)
			printf(PREFIX "events_total{reason=\"%s\"}", name);
		else
			printf(PREFIX "packets_total{direction=\"%s\",reason=\"%s\"}",
			       counter_way(at), name);
		printf(" %" JSON_INTEGER_FORMAT "\n", json_integer_value(value));
	}
}

static void print_counters(const struct metrics *m)
{
	char help[256];
	int i;

	family("packets", "counter", "Packets of sandboxes, by what became of them.");
	print_total(m->counters, false);
	family("events", "counter", "Things that happened; they overlap with the packets.");
	print_total(m->counters, true);
	family("reason", "info", "What the reasons mean.");
	for (i = 0; i < COUNTERS; i++) {
		escape(counter_infos[i].help, help, sizeof(help));
		printf(PREFIX "reason_info{reason=\"%s\",help=\"%s\"} 1\n",
		       counter_infos[i].name, help);
	}
}

static void print_port_counters(const struct port *port, bool events)
{
	char labels[PORT_LABELS];
	uint64_t value;
	int i;

	port_labels(port, labels);
	for (i = 0; i < COUNTERS; i++) {
		value = port->counters.value[i];
		if (is_event(i) != events ||
		    (!value && i != COUNTER_INJECTED && i != COUNTER_DELIVERED))
			continue;
		if (events)
			printf(PREFIX "sandbox_events_total{%s,reason=\"%s\"}", labels,
			       counter_infos[i].name);
		else
			printf(PREFIX "sandbox_packets_total{%s,direction=\"%s\",reason=\"%s\"}",
			       labels, counter_way(i), counter_infos[i].name);
		printf(" %llu\n", (unsigned long long)value);
	}
}

static void print_ports(const struct ports *ports)
{
	const struct port *port, *end = ports->list + ports->count;
	char labels[PORT_LABELS];

	family("sandbox_sessions", "gauge", "Sessions of a sandbox.");
	for (port = ports->list; port < end; port++)
		printf(PREFIX "sandbox_sessions{%s} %u\n", port_labels(port, labels),
		       port->sessions);
	family("sandbox_packets", "counter", "Packets of a sandbox, by what became of them.");
	for (port = ports->list; port < end; port++)
		print_port_counters(port, false);
	family("sandbox_events", "counter", "Things that happened to a sandbox.");
	for (port = ports->list; port < end; port++)
		print_port_counters(port, true);
	family("sandbox_bytes", "counter", "Lengths of a sandbox's packets from the IP header on.");
	puts("# UNIT " PREFIX "sandbox_bytes bytes");
	for (port = ports->list; port < end; port++) {
		port_labels(port, labels);
		printf(PREFIX "sandbox_bytes_total{%s,direction=\"out\"} %llu\n", labels,
		       (unsigned long long)port->bytes_out);
		printf(PREFIX "sandbox_bytes_total{%s,direction=\"back\"} %llu\n", labels,
		       (unsigned long long)port->bytes_back);
	}
}

/**
 * metrics_print() - prints it all
 * @m: what was measured
 */
void metrics_print(const struct metrics *m)
{
	print_state(m);
	print_counters(m);
	print_ports(&m->ports);
	puts("# EOF");
}
