/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sockets of the host on which somebody waits for others.
 */
#ifndef CUBE_LISTENER_H
#define CUBE_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct listener - such a socket
 * @any: bound to all addresses
 * @addr: else its IPv4 address, host byte order; 0 if it has none
 * @port: its port
 * @inode: by which it is found among the files of a process
 */
struct listener {
	bool any;
	uint32_t addr;
	uint16_t port;
	uint64_t inode;
};

bool listener_parse(const char *line, bool tcp, struct listener *listener);
bool listener_find(uint8_t protocol, uint16_t port, uint32_t addr, struct listener *found);
const char *listener_program(const struct listener *listener, char text[64]);

#endif
