// SPDX-License-Identifier: GPL-2.0
/*
 * Sends the fuzzer's packets: the sandbox's into its TAP, the far end's from a packet socket at
 * the other end of the uplink, the host's from a packet socket on cube-router and from a raw IP
 * socket. What a packet does to the kernel is not looked at here, only whether it was taken.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../tools/bytes.h"
#include "wire.h"

#define PATIENCE	10	/* seconds that a send may take */
#define DRAIN		256	/* frames that are read at once */

static int fail(const char *what)
{
	fprintf(stderr, "fuzzer: %s: %s\n", what, strerror(errno));
	return -1;
}

/* -------- set-up -------- */

static int open_tap(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int size = sizeof(struct virtio_net_hdr_v1);
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return fail("/dev/net/tun");
	strcpy(ifr.ifr_name, FUZZ_PORT);
	if (!ioctl(fd, TUNSETIFF, &ifr) && !ioctl(fd, TUNSETVNETHDRSZ, &size) &&
	    !ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO_ECN))
		return fd;
	fail(FUZZ_PORT);
	close(fd);
	return -1;
}

static int set_patience(int fd)
{
	const struct timeval t = { .tv_sec = PATIENCE };

	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

/* A packet socket on a device of this namespace, with virtio headers; it receives nothing. */
static int open_packet(const char *device, int *ifindex)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1;

	*ifindex = if_nametoindex(device);
	if (fd < 0 || !*ifindex || set_patience(fd) ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)))
		return fail(device);
	return fd;
}

static int open_far(int *ifindex)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there = open("/run/netns/" FUZZ_FAR_NETNS, O_RDONLY | O_CLOEXEC);
	int fd;

	if (home < 0 || there < 0 || setns(there, CLONE_NEWNET))
		return fail(FUZZ_FAR_NETNS);
	fd = open_packet(FUZZ_FAR_DEVICE, ifindex);
	if (setns(home, CLONE_NEWNET))
		return fail("back to the own namespace");
	close(there);
	close(home);
	return fd;
}

static int open_raw(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0 || set_patience(fd))
		return fail("raw socket");
	return fd;
}

/**
 * wire_open() - opens the places
 * @w: filled
 * @direct: without those of cube-router, which is not there in mode direct
 *
 * Return: 0, or -1 and the reason is printed.
 */
int wire_open(struct wire *w, bool direct)
{
	*w = (struct wire){ 0 };
	w->fd[FUZZ_OUT] = open_tap();
	w->fd[FUZZ_BACK] = open_far(&w->ifindex[FUZZ_BACK]);
	if (!direct) {
		w->fd[FUZZ_TX] = open_packet(FUZZ_ROUTER, &w->ifindex[FUZZ_TX]);
		w->fd[FUZZ_RAW] = open_raw();
	}
	for (int way = 0; way < FUZZ_WAYS; way++)
		if (w->fd[way] < 0)
			return -1;
	return 0;
}

/* -------- packets -------- */

static ssize_t send_tap(int fd, const struct fuzz_packet *p)
{
	const struct iovec iov[] = {
		{ (void *)&p->offload, sizeof(p->offload) },
		{ (void *)p->bytes, p->len },
	};

	return writev(fd, iov, 2);
}

static ssize_t send_packet(int fd, int ifindex, const struct fuzz_packet *p)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = ifindex,
		.sll_halen = 6,
		.sll_protocol = htons(p->len < FUZZ_ETH ? 0 : get16(p->bytes + 12)),
	};
	struct iovec iov[] = {
		{ (void *)&p->offload, sizeof(struct virtio_net_hdr) },
		{ (void *)p->bytes, p->len },
	};
	const struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = iov, .msg_iovlen = 2,
	};

	return sendmsg(fd, &msg, 0);
}

static ssize_t send_raw(int fd, const struct fuzz_packet *p)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	if (p->len < FUZZ_ETH) {
		errno = EINVAL;
		return -1;
	}
	inet_pton(AF_INET, FUZZ_INTERNAL, &to.sin_addr);
	return sendto(fd, p->bytes + FUZZ_ETH, p->len - FUZZ_ETH, 0, (struct sockaddr *)&to,
		      sizeof(to));
}

/* The kernel wants two bytes behind a VLAN tag, and drops what has less. */
static bool ends_in_tag(const struct fuzz_packet *p)
{
	const uint16_t type = get16(p->bytes + 12);

	return p->len < FUZZ_ETH + 6 && (type == 0x8100 || type == 0x88a8);
}

/* wire_send() - sends @p on its way. Return: 0, or -1 if the place is broken, which is printed. */
int wire_send(struct wire *w, const struct fuzz_packet *p)
{
	struct wire_count *count = &w->count[p->way];
	const int fd = w->fd[p->way];
	ssize_t n;

	if (p->way == FUZZ_OUT)
		n = send_tap(fd, p);
	else if (p->way == FUZZ_RAW)
		n = send_raw(fd, p);
	else
		n = send_packet(fd, w->ifindex[p->way], p);
	if (n >= 0) {
		count->sent++;
		count->lost += p->way == FUZZ_OUT && ends_in_tag(p);
		return 0;
	}
	if (errno == EBADFD || errno == ENXIO || errno == ENODEV || errno == EIO ||
	    errno == EAGAIN || errno == ENETDOWN)
		return fail("sending");
	if (p->way == FUZZ_TX && errno == ENOMEM) {
		count->sent++;
		count->lost++;
	} else {
		count->refused++;
	}
	return 0;
}

/* wire_drain() - reads away what came for the sandbox */
void wire_drain(const struct wire *w)
{
	static uint8_t buffer[128 * 1024];

	for (int i = 0; i < DRAIN; i++)
		if (read(w->fd[FUZZ_OUT], buffer, sizeof(buffer)) < 0)
			return;
}
