// SPDX-License-Identifier: GPL-2.0
/*
 * conntrack's idle times for what enters by cube-router. They must not be shorter than the
 * sessions', so an nft table gives new TCP and UDP connections ours; nft knows no other protocols.
 * Connections that exist keep what they were given until the table is replaced, and then have the
 * host's: it is only replaced when it has to be. Called by `enable`, on leaving, by `config set`
 * and by the checks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cube_router.h>

#include "child.h"
#include "timeouts.h"

#define TABLE	"table ip " CUBE_ROUTER_DEVICE

static const char *const nft_file[] = { "nft", "-f", "-", NULL };

/**
 * timeouts_possible() - whether the host has nft
 *
 * Return: whether it has.
 */
bool timeouts_possible(void)
{
	return child_exists("nft");
}

/* The idle times that a rule stands for are its comment, for nft does not show all of a policy. */
struct comments {
	char tcp[80];
	char udp[80];
};

static struct comments comments_of(const uint32_t *idle)
{
	struct comments c;

	snprintf(c.tcp, sizeof(c.tcp), "cube-router tcp %u %u %u %u",
		 idle[CUBE_ROUTER_SESSION_TCP_SYN], idle[CUBE_ROUTER_SESSION_TCP_ESTABLISHED],
		 idle[CUBE_ROUTER_SESSION_TCP_CLOSING], idle[CUBE_ROUTER_SESSION_TCP_RESET]);
	snprintf(c.udp, sizeof(c.udp), "cube-router udp %u %u",
		 idle[CUBE_ROUTER_SESSION_UDP_UNREPLIED], idle[CUBE_ROUTER_SESSION_UDP_REPLIED]);
	return c;
}

static void write_policies(FILE *f, const uint32_t *idle)
{
	const uint32_t syn = idle[CUBE_ROUTER_SESSION_TCP_SYN];
	const uint32_t closing = idle[CUBE_ROUTER_SESSION_TCP_CLOSING];

	fprintf(f, "\tct timeout cube-tcp {\n\t\tprotocol tcp\n\t\tl3proto ip\n\t\tpolicy = {");
	fprintf(f, " syn_sent : %u, syn_recv : %u, established : %u,", syn, syn,
		idle[CUBE_ROUTER_SESSION_TCP_ESTABLISHED]);
	fprintf(f, " fin_wait : %u, close_wait : %u, last_ack : %u, time_wait : %u,", closing,
		closing, closing, closing);
	fprintf(f, " close : %u }\n\t}\n", idle[CUBE_ROUTER_SESSION_TCP_RESET]);
	fprintf(f, "\tct timeout cube-udp {\n\t\tprotocol udp\n\t\tl3proto ip\n\t\tpolicy = {");
	fprintf(f, " unreplied : %u, replied : %u }\n\t}\n",
		idle[CUBE_ROUTER_SESSION_UDP_UNREPLIED], idle[CUBE_ROUTER_SESSION_UDP_REPLIED]);
}

static void write_rule(FILE *f, const char *protocol, const char *comment)
{
	fprintf(f, "\t\tiifname %s meta l4proto %s", CUBE_ROUTER_DEVICE, protocol);
	fprintf(f, " ct timeout set cube-%s comment \"%s\"\n", protocol, comment);
}

/**
 * timeouts_text() - the table
 * @idle: idle times in seconds, by &enum cube_router_session_state
 *
 * The rules stand behind conntrack, which has made an entry by then that is not confirmed yet.
 *
 * Return: nft's text of it; to be freed.
 */
char *timeouts_text(const uint32_t *idle)
{
	const struct comments c = comments_of(idle);
	char *text = NULL;
	size_t len;
	FILE *f;

	f = open_memstream(&text, &len);
	if (!f)
		abort();
	fprintf(f, TABLE " {\n");
	write_policies(f, idle);
	fprintf(f, "\tchain prerouting {\n");
	fprintf(f, "\t\ttype filter hook prerouting priority -150; policy accept;\n");
	write_rule(f, "tcp", c.tcp);
	write_rule(f, "udp", c.udp);
	fprintf(f, "\t}\n}\n");
	if (fclose(f))
		abort();
	return text;
}

/**
 * timeouts_match() - whether a table stands for given idle times
 * @listed: what timeouts_list() has returned; may be NULL
 * @idle: idle times in seconds, by &enum cube_router_session_state
 *
 * Return: whether it does.
 */
bool timeouts_match(const char *listed, const uint32_t *idle)
{
	const struct comments c = comments_of(idle);
	char tcp[84], udp[84];

	snprintf(tcp, sizeof(tcp), "\"%s\"", c.tcp);
	snprintf(udp, sizeof(udp), "\"%s\"", c.udp);
	return listed && strstr(listed, tcp) && strstr(listed, udp);
}

/**
 * timeouts_list() - reads the table
 *
 * Return: nft's text of it, or NULL if there is none; to be freed.
 */
char *timeouts_list(void)
{
	static const char *const argv[] = {
		"nft", "list", "table", "ip", CUBE_ROUTER_DEVICE, NULL,
	};
	struct why why;
	char *listed;

	if (!timeouts_possible() || !child_run(argv, NULL, &listed, &why))
		return NULL;
	return listed;
}

/**
 * timeouts_restore() - puts back what was there
 * @listed: nft's text of the table, or NULL for none
 * @why: why not
 *
 * Return: whether it is as it was.
 */
bool timeouts_restore(const char *listed, struct why *why)
{
	char *text = NULL;
	bool done;

	/* All of it is one transaction; the first line is for a table that is not there. */
	if (asprintf(&text, TABLE "\ndelete " TABLE "\n%s", listed ? listed : "") < 0)
		abort();
	done = child_run(nft_file, text, NULL, why);
	free(text);
	return done;
}

/**
 * timeouts_become() - gives the table our idle times
 * @listed: what timeouts_list() has returned
 * @idle: idle times in seconds, by &enum cube_router_session_state
 * @why: why not
 *
 * Return: whether it has them.
 */
bool timeouts_become(const char *listed, const uint32_t *idle, struct why *why)
{
	bool done = timeouts_match(listed, idle);
	char *text;

	if (done)
		return true;
	text = timeouts_text(idle);
	done = timeouts_restore(text, why);
	free(text);
	return done;
}
