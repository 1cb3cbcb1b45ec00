/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of flowd share: the words of the command line, how a flow ended, and the bytes
 * that go to the echo server and must come back. flowd.c reads the words; flow_tcp.c, flow_udp.c
 * and flow_serve.c are the subcommands.
 */
#ifndef TESTS_TOOLS_FLOW_H
#define TESTS_TOOLS_FLOW_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLOW_DONE, FLOW_FAILED, FLOW_USAGE };	/* exit codes */

#define FLOW_MIN_SIZE		24	/* holds every number */
#define FLOW_MAX_SIZE		(1024 * 1024)
#define FLOW_MAX_DATAGRAM	65507
#define FLOW_MAX_CONNECTIONS	65536

struct flow_words {
	struct sockaddr_in addr;	/* the server's */
	struct sockaddr_in bind;	/* the client's; all zero when not given */
	uint64_t connections;		/* many-tcp: N */
	uint64_t count;
	uint64_t interval_ms;
	uint64_t timeout_ms;
	uint64_t size;			/* of a line or datagram; 0: as long as its text */
	uint64_t seconds;		/* a server's life */
	int pmtu;			/* IP_PMTUDISC_..., or -1: the kernel's default */
	bool keep_going;
	bool progress;
};

enum flow_end {
	FLOW_OK,
	FLOW_RESET,
	FLOW_TIMEOUT,
	FLOW_REFUSED,
	FLOW_UNREACHABLE,
	FLOW_CLOSED,		/* the server ended the connection too early */
	FLOW_MISMATCH,		/* other bytes came back */
	FLOW_ERROR,		/* another error, which errno= names */
};

/* A client's outcome; the first trouble is kept. */
struct flow_result {
	uint64_t sent;
	uint64_t received;
	uint64_t failed;		/* many-tcp: connections */
	enum flow_end end;
	int error;			/* an errno, or 0 */
	struct sockaddr_in local;
	uint8_t icmp_type, icmp_code;	/* UDP: the ICMP error, if icmp_from is set */
	struct in_addr icmp_from;
	uint32_t icmp_info;		/* UDP: the MTU that EMSGSIZE is about, or 0 */
	int64_t begin_ms;
};

int64_t flow_now_ms(void);

/* Prints "flowd: ..." to stderr; returns FLOW_FAILED. */
__attribute__((format(printf, 1, 2)))
int flow_fail(const char *format, ...);

/* Keeps the first trouble; returns whether the flow is still fine. */
bool flow_trouble(struct flow_result *r, enum flow_end end, int error);

/* What an errno of a socket means for the flow. */
enum flow_end flow_end_of(int error);

/* Prints the line of key=value words; returns the exit code. */
int flow_show(const struct flow_result *r, const char *more);

/* Writes the bytes of message @number on connection @connection; returns how many. */
size_t flow_message(uint8_t *bytes, uint64_t size, uint64_t connection, uint64_t number);

/* A non-blocking client socket, bound if the words say so; -1 after saying why. */
int flow_client_socket(const struct flow_words *w, int type);

/* Takes the local address into the result and, with --progress, shows it. */
void flow_note_local(const struct flow_words *w, struct flow_result *r, int fd);

/* Waits for @events until @deadline; 0 when the time is over. */
int flow_wait(int fd, short events, int64_t deadline);

/* A server's socket, ready; -1 after saying why. Prints "ready ADDR:PORT". */
int flow_server_socket(const struct flow_words *w, int type);

/* SIGTERM and SIGINT as a file descriptor; -1 after saying why. */
int flow_signals(void);

/* Lets the process have a connection of every kind it may need. */
void flow_raise_limits(void);

const char *flow_name(const struct sockaddr_in *sin, char text[32]);

int flow_tcp_client(const struct flow_words *w);
int flow_tcp_many(const struct flow_words *w);
int flow_tcp_server(const struct flow_words *w);
int flow_udp_client(const struct flow_words *w);
int flow_udp_server(const struct flow_words *w);

#endif
