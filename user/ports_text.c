// SPDX-License-Identifier: GPL-2.0
/*
 * The registered ports as people read them: the listing, and what one of them was told. Called by
 * `sandbox list` and `monitor`.
 */
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "output.h"
#include "ports.h"
#include "prefixes.h"

static void add_count(struct table *table, uint64_t count)
{
	char text[HUMAN_TEXT];

	table_add(table, "%s", human_count(count, text));
}

static void add_addr(struct table *table, uint32_t addr)
{
	char text[CIDR_TEXT];

	table_add(table, "%s", addr ? addr_text(addr, text) : "-");
}

static void add_mac(struct table *table, const struct port *port)
{
	char text[MAC_TEXT];

	table_add(table, "%s", port->has_mac ? mac_text(port->mac, text) : "-");
}

static void add_mark(struct table *table, const struct port *port)
{
	if (!port->mark_mask)
		table_add(table, "-");
	else if (port->mark_mask == UINT32_MAX)
		table_add(table, "%#x", port->mark);
	else
		table_add(table, "%#x/%#x", port->mark, port->mark_mask);
}

/* The base, and how many entries there are beside it. */
static void add_policy(struct table *table, const struct port *port)
{
	if (port->policy_entries)
		table_add(table, "%s+%u", policy_name(port->policy), port->policy_entries);
	else
		table_add(table, "%s", policy_name(port->policy));
}

static void add_port(struct table *table, const struct port *port)
{
	table_add(table, "%s", port->name);
	add_addr(table, port->ip);
	table_add(table, "%u", port->sessions);
	add_count(table, port->counters.value[COUNTER_INJECTED]);
	add_count(table, port->bytes_out);
	add_count(table, counters_back(&port->counters));
	add_count(table, port->bytes_back);
	add_count(table, counters_dropped(&port->counters));
	add_mac(table, port);
	add_addr(table, port->guest == port->ip ? 0 : port->guest);
	add_addr(table, port->gateway);
	table_add(table, "%s", port->host ? "allow" : "deny");
	add_mark(table, port);
	if (port->max_sessions)
		table_add(table, "%u", port->max_sessions);
	else
		table_add(table, "-");
	add_policy(table, port);
	table_add(table, "%s", port->automatic ? "by name" : "by hand");
}

/**
 * ports_print() - lists ports, a line each
 * @ports: the ports
 */
void ports_print(const struct ports *ports)
{
	static const char *const heading[] = {
		"PORT", "IP", "SESSIONS", "OUT", "BYTES", "BACK", "BYTES", "DROPPED", "MAC",
		"GUEST", "GATEWAY", "HOST", "MARK", "MAX-SESSIONS", "POLICY", "REGISTERED",
	};
	struct table table = { .columns = ARRAY_SIZE(heading), .right = 0x20fc };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(heading); i++)
		table_add(&table, "%s", heading[i]);
	for (i = 0; i < ports->count; i++)
		add_port(&table, &ports->list[i]);
	table_print(&table);
}

/**
 * port_print() - ends a line with a port, and all that was said of it
 * @port: the port
 * @ends: with what it has sent, got and lost
 */
void port_print(const struct port *port, bool ends)
{
	char packets[HUMAN_TEXT], bytes[HUMAN_TEXT], text[CIDR_TEXT], name[IFNAMSIZ];

	strcpy(name, port->name);
	one_line(name);
	printf(" %s ip %s", name, addr_text(port->ip, text));
	if (port->guest != port->ip)
		printf(" guest %s", addr_text(port->guest, text));
	if (port->gateway)
		printf(" gateway %s", addr_text(port->gateway, text));
	if (port->mark_mask == UINT32_MAX)
		printf(" mark %#x", port->mark);
	else if (port->mark_mask)
		printf(" mark %#x/%#x", port->mark, port->mark_mask);
	if (port->max_sessions)
		printf(" max-sessions %u", port->max_sessions);
	if (port->host)
		fputs(" host allow", stdout);
	if (port->policy || port->policy_entries)
		printf(" policy %s", policy_name(port->policy));
	if (port->policy_entries)
		printf("+%u", port->policy_entries);
	if (port->automatic)
		fputs(" (by name)", stdout);
	if (ends) {
		printf(": out %s packets, %s bytes",
		       human_count(port->counters.value[COUNTER_INJECTED], packets),
		       human_count(port->bytes_out, bytes));
		printf("; back %s packets, %s bytes",
		       human_count(counters_back(&port->counters), packets),
		       human_count(port->bytes_back, bytes));
		printf("; dropped %s", human_count(counters_dropped(&port->counters), packets));
	}
	putchar('\n');
}
