// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets of the host on which somebody waits for others, as /proc/net of the network namespace
 * that we are in tells them: no module of the kernel has to be loaded for that. Called by
 * `portmap add`.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "listener.h"

#define TCP_LISTENS	0x0a

/* Reads an address as the kernel prints it: words of 32 bits, as they lie in memory. */
static bool read_address(const char *text, struct listener *l)
{
	uint32_t word[4] = { 0 };
	size_t len = strlen(text), i;

	if (len != 8 && len != 32)
		return false;
	for (i = 0; i < len / 8; i++)
		if (sscanf(text + 8 * i, "%8" SCNx32, &word[i]) != 1)
			return false;
	l->any = !(word[0] | word[1] | word[2] | word[3]);
	if (len == 8)
		l->addr = ntohl(word[0]);
	else if (!word[0] && !word[1] && ntohl(word[2]) == 0xffff)
		l->addr = ntohl(word[3]);
	/* All of IPv4, written as IPv6. */
	l->any |= len == 32 && ntohl(word[2]) == 0xffff && !l->addr;
	return true;
}

/**
 * listener_parse() - reads a line of /proc/net/tcp, udp, tcp6 or udp6
 * @line: the line
 * @tcp: whether it is one of tcp: connections wait for nobody
 * @listener: what it tells
 *
 * Return: whether it tells of a socket that takes what others send to its port.
 */
bool listener_parse(const char *line, bool tcp, struct listener *listener)
{
	unsigned int state, port;
	char addr[40];

	*listener = (struct listener){ 0 };
	if (sscanf(line, " %*u: %32[0-9A-F]:%4x %*[0-9A-F]:%*4x %2x %*s %*s %*s %*u %*u %" SCNu64,
		   addr, &port, &state, &listener->inode) != 4)
		return false;
	listener->port = (uint16_t)port;
	return (!tcp || state == TCP_LISTENS) && read_address(addr, listener);
}

/*
 * Whether somebody has a port of an IPv4 address. A socket at all addresses of IPv6 may be one of
 * IPv6 alone, which /proc does not tell; then IPv4's port is free.
 */
static bool taken(bool tcp, uint16_t port, uint32_t addr)
{
	const struct sockaddr_in name = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(addr),
	};
	int fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	const int on = 1;
	bool is;

	if (fd < 0)
		return true;
	/* The address may have gone; and of TCP, those count that wait for others. */
	setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
	if (tcp)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	is = bind(fd, (const struct sockaddr *)&name, sizeof(name)) && errno == EADDRINUSE;
	close(fd);
	return is;
}

static bool find_in(const char *path, bool tcp, uint16_t port, uint32_t addr,
		    struct listener *found)
{
	char line[512];
	bool some = false;
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		return false;
	while (!some && fgets(line, sizeof(line), f))
		some = listener_parse(line, tcp, found) && found->port == port &&
		       (found->any || (found->addr && found->addr == addr));
	fclose(f);
	return some;
}

/**
 * listener_find() - looks for a socket that takes what is sent to a port of an address
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @port: the port
 * @addr: the address, host byte order
 * @found: the socket
 *
 * Return: whether there is one.
 */
bool listener_find(uint8_t protocol, uint16_t port, uint32_t addr, struct listener *found)
{
	const bool tcp = protocol == IPPROTO_TCP;

	return find_in(tcp ? "/proc/net/tcp" : "/proc/net/udp", tcp, port, addr, found) ||
	       (find_in(tcp ? "/proc/net/tcp6" : "/proc/net/udp6", tcp, port, addr, found) &&
		taken(tcp, port, addr));
}

/* Whether a process has the socket among its files. */
static bool has_socket(const char *pid, const char *socket)
{
	char path[300], target[64];
	struct dirent *entry;
	bool has = false;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!has && (entry = readdir(dir))) {
		len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		target[len < 0 ? 0 : len] = '\0';
		has = !strcmp(target, socket);
	}
	closedir(dir);
	return has;
}

/**
 * listener_program() - which program waits there
 * @listener: the socket
 * @text: room for its name and process number
 *
 * Return: @text, or NULL where that cannot be known.
 */
const char *listener_program(const struct listener *listener, char text[64])
{
	char socket[40], path[300], name[32] = "?";
	struct dirent *entry;
	bool has = false;
	DIR *proc;
	FILE *f;

	snprintf(socket, sizeof(socket), "socket:[%" PRIu64 "]", listener->inode);
	proc = opendir("/proc");
	if (!proc)
		return NULL;
	while (!has && (entry = readdir(proc)))
		has = *entry->d_name >= '1' && *entry->d_name <= '9' &&
		      has_socket(entry->d_name, socket);
	if (has) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		f = fopen(path, "re");
		if (f) {
			if (fgets(name, sizeof(name), f))
				name[strcspn(name, "\n")] = '\0';
			fclose(f);
		}
		snprintf(text, 64, "%s, process %.10s", name, entry->d_name);
	}
	closedir(proc);
	return has ? text : NULL;
}
