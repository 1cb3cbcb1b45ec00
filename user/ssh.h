/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whom we must not cut off.
 */
#ifndef CUBE_SSH_H
#define CUBE_SSH_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct ssh_peers - the two ends of an SSH connection, host byte order
 * @client: where the operator sits; 0: not known
 * @server: the address that he has called; 0: not known
 */
struct ssh_peers {
	uint32_t client;
	uint32_t server;
};

struct ssh_peers ssh_peers_in(const char *environment, size_t len);
struct ssh_peers ssh_peers(void);

#endif
