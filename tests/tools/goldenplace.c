// SPDX-License-Identifier: GPL-2.0
/*
 * The wires of the golden packets. Every frame has its virtio header in front, both ways, so that
 * pending checksums and segmentation are seen and can be asked for. Called by golden.c.
 */
#include "goldenplace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_tap(struct golden_place *place, const char *dev)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

	strncpy(ifr.ifr_name, dev, IFNAMSIZ - 1);
	place->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (place->fd < 0 || ioctl(place->fd, TUNSETIFF, &ifr) ||
	    ioctl(place->fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO_ECN))
		return -errno;
	return 0;
}

static int open_socket(struct golden_place *place, const char *dev)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	const int on = 1, room = 4 << 20;

	place->ifindex = if_nametoindex(dev);
	if (!place->ifindex)
		return -errno;
	at.sll_ifindex = place->ifindex;
	place->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (place->fd < 0 ||
	    setsockopt(place->fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(place->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) ||
	    setsockopt(place->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    bind(place->fd, (const struct sockaddr *)&at, sizeof(at)))
		return -errno;
	return 0;
}

static int open_in(struct golden_place *place, const char *netns, const char *dev)
{
	char path[64];
	int home, there, err = 0;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (home < 0 || there < 0 || setns(there, CLONE_NEWNET))
		err = -errno;
	if (!err)
		err = open_socket(place, dev);
	if (home >= 0 && setns(home, CLONE_NEWNET) && !err)
		err = -errno;
	close(there);
	close(home);
	return err;
}

/**
 * golden_open() - opens a place
 * @place: filled; watched
 * @words: NAME=DEV, NAME=NETNS/DEV, or NAME=tap:DEV, made if it is not there. Changed.
 *
 * Return: 0 or a negative errno.
 */
int golden_open(struct golden_place *place, char *words)
{
	char *dev = strchr(words, '='), *slash;

	if (!dev || dev - words >= (long)sizeof(place->name))
		return -EINVAL;
	*dev++ = '\0';
	*place = (struct golden_place){ .fd = -1, .watched = true };
	strcpy(place->name, words);
	if (!strncmp(dev, "tap:", 4))
		return open_tap(place, dev + 4);
	slash = strchr(dev, '/');
	if (!slash)
		return open_socket(place, dev);
	*slash = '\0';
	return open_in(place, dev, slash + 1);
}

/**
 * golden_send() - sends a frame: as if from the far end of a device's wire, or out of the device
 * @place: where
 * @frame: what
 *
 * Return: 0 or a negative errno.
 */
int golden_send(const struct golden_place *place, const struct golden_frame *frame)
{
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = place->ifindex, .sll_halen = ETH_ALEN,
	};
	ssize_t sent;

	if (place->ifindex)
		sent = sendto(place->fd, frame->bytes, frame->len, 0, (const struct sockaddr *)&to,
			      sizeof(to));
	else
		sent = write(place->fd, frame->bytes, frame->len);
	return sent < 0 ? -errno : 0;
}

/**
 * golden_receive() - takes the next frame that arrived
 * @place: where
 * @frame: filled
 * @wait_ms: how long to wait for one
 *
 * Return: 1 with a frame, 0 without, or a negative errno.
 */
int golden_receive(const struct golden_place *place, struct golden_frame *frame, int wait_ms)
{
	struct pollfd fd = { .fd = place->fd, .events = POLLIN };
	ssize_t got;
	int ready = poll(&fd, 1, wait_ms);

	if (ready <= 0)
		return ready ? -errno : 0;
	golden_begin(frame);
	got = read(place->fd, frame->bytes, sizeof(frame->bytes));
	if (got < 0)
		return -errno;
	frame->len = got;
	return 1;
}
