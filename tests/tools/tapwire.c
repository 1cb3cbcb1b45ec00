// SPDX-License-Identifier: GPL-2.0
/*
 * tapwire: the virtual machine behind a real TAP. Joins two TAPs, the host's and the guest's, and
 * pumps frames with their virtio headers, so that the guest's stack hands over GSO frames with
 * partial checksums as a virtio-net guest does. One thread; used by the end-to-end scenarios.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "args.h"

/* Segmentation of UDP, known to kernels from 6.2 on and to newer headers. */
#ifndef TUN_F_USO4
#define TUN_F_USO4	0x20
#define TUN_F_USO6	0x40
#endif

#define BATCH		64	/* frames of one direction before the other has its turn */
#define BUFFER_SIZE	(128 * 1024)	/* twice the largest GSO frame */
#define MAX_SECONDS	86400

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

static const char usage[] =
"usage: tapwire [OPTION]... OUTER INNER\n"
"Makes (or takes) the TAPs OUTER, the host's, and INNER, the guest's, and joins them.\n"
"  --outer-netns NS    where OUTER lives: a name of ip-netns(8) or a path (this namespace)\n"
"  --inner-netns NS    the same for INNER\n"
"  --no-offload        neither TAP offers checksum offload or segmentation\n"
"  --vnet-hdr-size N   10 or 12 (12)\n"
"  --seconds N         how long at most (3600)\n"
"Prints \"ready\" when both exist; ends at SIGTERM, SIGINT or when the time is over, and then\n"
"prints counters as key=value words: out_ is from INNER to OUTER, in_ the other way.\n"
"Exit: 0 so ended, 1 a TAP failed or was deleted, 2 usage.\n";

/* What went from one TAP into the other. */
struct counters {
	uint64_t frames;
	uint64_t bytes;		/* without virtio headers */
	uint64_t gso;
	uint64_t csum;
	uint64_t largest;
	uint64_t dropped;	/* not taken by the other TAP: it is down, say */
	uint64_t invalid;	/* refused by the other TAP as malformed */
};

struct tap {
	const char *name;
	const char *netns;
	int fd;
	struct counters sent;	/* read here, written to the other */
};

struct wire {
	struct tap outer;
	struct tap inner;
	bool no_offload;
	uint64_t header_size;
	uint64_t seconds;
	int signals;
};

__attribute__((format(printf, 2, 3)))
static int fail(int code, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "tapwire: ");
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	return code;
}

/* Set-up ------------------------------------------------------------------------------------ */

static int enter_netns(const char *name)
{
	char path[256];
	int fd, rc;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(EXIT_FAILED, "%s: %s", path, strerror(errno));
	rc = setns(fd, CLONE_NEWNET);
	if (rc)
		rc = fail(EXIT_FAILED, "%s: %s", path, strerror(errno));
	close(fd);
	return rc;
}

/* The most that this kernel's TAP can hand over unsegmented. */
static int set_offload(int fd, bool no_offload)
{
	unsigned long offload = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

	if (no_offload)
		return ioctl(fd, TUNSETOFFLOAD, 0UL);
	if (!ioctl(fd, TUNSETOFFLOAD, offload | TUN_F_USO4 | TUN_F_USO6))
		return 0;
	return ioctl(fd, TUNSETOFFLOAD, offload);
}

static int configure_tap(const struct wire *w, const struct tap *tap)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int size = w->header_size;

	memcpy(ifr.ifr_name, tap->name, strlen(tap->name));
	if (ioctl(tap->fd, TUNSETIFF, &ifr))
		return fail(EXIT_FAILED, "%s: %s", tap->name, strerror(errno));
	if (ioctl(tap->fd, TUNSETVNETHDRSZ, &size))
		return fail(EXIT_FAILED, "%s: virtio header of %d bytes: %s", tap->name, size,
			    strerror(errno));
	if (set_offload(tap->fd, w->no_offload))
		return fail(EXIT_FAILED, "%s: offload: %s", tap->name, strerror(errno));
	return 0;
}

/* A TAP belongs to the namespace in which /dev/net/tun was opened. */
static int open_tap(const struct wire *w, struct tap *tap, int home)
{
	int rc = tap->netns ? enter_netns(tap->netns) : 0;

	if (rc)
		return rc;
	tap->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap->fd < 0)
		return fail(EXIT_FAILED, "/dev/net/tun: %s", strerror(errno));
	rc = configure_tap(w, tap);
	if (!rc && setns(home, CLONE_NEWNET))
		rc = fail(EXIT_FAILED, "back to the own namespace: %s", strerror(errno));
	return rc;
}

static int open_taps(struct wire *w)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int rc;

	if (home < 0)
		return fail(EXIT_FAILED, "/proc/self/ns/net: %s", strerror(errno));
	rc = open_tap(w, &w->outer, home);
	if (!rc)
		rc = open_tap(w, &w->inner, home);
	close(home);
	return rc;
}

static int open_signals(struct wire *w)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return fail(EXIT_FAILED, "signals: %s", strerror(errno));
	w->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return w->signals < 0 ? fail(EXIT_FAILED, "signalfd: %s", strerror(errno)) : 0;
}

/* Frames ------------------------------------------------------------------------------------ */

/*
 * A TAP describes what it hands out as a host does to a guest; written to the other TAP the same
 * bytes are what a guest tells its host. DATA_VALID is for the guest's ears alone. The header
 * length is 16 bits wide and wraps for a linear 64 KB frame; 0 means no hint. num_buffers is
 * left alone by the TAP, so the buffer's old bytes would stand there.
 */
static void turn_header(struct virtio_net_hdr_v1 *header, size_t header_size, size_t frame)
{
	header->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
	if (header->hdr_len > frame || header->hdr_len < ETH_HLEN)
		header->hdr_len = 0;
	if (header_size == sizeof(*header))
		header->num_buffers = 0;
}

static void count(struct counters *c, const struct virtio_net_hdr_v1 *header, size_t frame)
{
	c->frames++;
	c->bytes += frame;
	c->gso += header->gso_type != VIRTIO_NET_HDR_GSO_NONE;
	c->csum += !!(header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
	if (frame > c->largest)
		c->largest = frame;
}

/* A frame that the other TAP does not take is lost, as on a wire; only a dead TAP is an error. */
static int write_frame(struct counters *c, const struct tap *to,
		       const struct virtio_net_hdr_v1 *header, size_t header_size, size_t frame)
{
	ssize_t n = write(to->fd, header, header_size + frame);

	if (n >= 0) {
		count(c, header, frame);
		return 0;
	}
	if (errno == EBADFD || errno == ENODEV)
		return fail(EXIT_FAILED, "%s is gone", to->name);
	if (errno == EINVAL)
		c->invalid++;
	else
		c->dropped++;
	return 0;
}

/* Moves up to a batch of frames. */
static int pump(struct tap *from, const struct tap *to, size_t header_size)
{
	static union {
		struct virtio_net_hdr_v1 header;
		uint8_t bytes[BUFFER_SIZE];
	} buffer;
	int rc = 0;

	for (int i = 0; !rc && i < BATCH; i++) {
		ssize_t n = read(from->fd, &buffer, sizeof(buffer));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0)
			return fail(EXIT_FAILED, "%s is gone: %s", from->name, strerror(errno));
		if ((size_t)n < header_size || n == sizeof(buffer)) {
			from->sent.invalid++;
			continue;
		}
		turn_header(&buffer.header, header_size, n - header_size);
		rc = write_frame(&from->sent, to, &buffer.header, header_size, n - header_size);
	}
	return rc;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static int run(struct wire *w)
{
	int64_t end = now_ms() + w->seconds * 1000;
	struct pollfd fds[] = {
		{ .fd = w->outer.fd, .events = POLLIN },
		{ .fd = w->inner.fd, .events = POLLIN },
		{ .fd = w->signals, .events = POLLIN },
	};

	for (int64_t left; (left = end - now_ms()) > 0;) {
		int rc = 0;

		if (poll(fds, 3, left) < 0 && errno != EINTR)
			return fail(EXIT_FAILED, "poll: %s", strerror(errno));
		if (fds[2].revents)
			return EXIT_DONE;
		/* A deleted TAP shows as an error, which its read then names. */
		if (fds[0].revents)
			rc = pump(&w->outer, &w->inner, w->header_size);
		if (!rc && fds[1].revents)
			rc = pump(&w->inner, &w->outer, w->header_size);
		if (!rc && ((fds[0].revents | fds[1].revents) & (POLLERR | POLLHUP | POLLNVAL)))
			rc = fail(EXIT_FAILED, "a TAP is gone");
		if (rc)
			return rc;
	}
	return EXIT_DONE;
}

static void show(const char *way, const struct counters *c)
{
	const struct {
		const char *name;
		uint64_t value;
	} words[] = {
		{ "frames", c->frames }, { "bytes", c->bytes }, { "gso", c->gso },
		{ "csum", c->csum }, { "largest", c->largest }, { "dropped", c->dropped },
		{ "invalid", c->invalid },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		printf("%s_%s=%llu ", way, words[i].name, (unsigned long long)words[i].value);
}

/* The words --------------------------------------------------------------------------------- */

static int read_value(struct wire *w, const char *option, const char *value)
{
	if (!strcmp(option, "--outer-netns"))
		w->outer.netns = value;
	else if (!strcmp(option, "--inner-netns"))
		w->inner.netns = value;
	else if (!strcmp(option, "--seconds") &&
		 arg_number(value, 1, MAX_SECONDS, &w->seconds))
		return 0;
	else if (!strcmp(option, "--vnet-hdr-size") &&
		 arg_number(value, 10, 12, &w->header_size) && w->header_size != 11)
		return 0;
	else
		return fail(EXIT_USAGE, "unknown option '%s', or '%s' is no value for it",
			    option, value);
	return 0;
}

static int read_device(struct wire *w, const char *word)
{
	if (!*word || strlen(word) >= IFNAMSIZ)
		return fail(EXIT_USAGE, "'%s' is no device name", word);
	if (!w->outer.name)
		w->outer.name = word;
	else if (!w->inner.name)
		w->inner.name = word;
	else
		return fail(EXIT_USAGE, "one word too many: '%s'", word);
	return 0;
}

static int read_words(struct wire *w, int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		int rc;

		if (argv[i][0] != '-') {
			rc = read_device(w, argv[i]);
		} else if (!strcmp(argv[i], "--no-offload")) {
			w->no_offload = true;
			rc = 0;
		} else if (i + 1 < argc) {
			rc = read_value(w, argv[i], argv[i + 1]);
			i++;
		} else {
			rc = fail(EXIT_USAGE, "'%s' is unknown or lacks a value", argv[i]);
		}
		if (rc)
			return rc;
	}
	if (!w->inner.name)
		return fail(EXIT_USAGE, "OUTER and INNER are needed (see tapwire --help)");
	return 0;
}

int main(int argc, char *argv[])
{
	struct wire w = {
		.header_size = sizeof(struct virtio_net_hdr_v1),
		.seconds = 3600,
	};
	int rc;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	rc = read_words(&w, argc, argv);
	if (!rc)
		rc = open_signals(&w);
	if (!rc)
		rc = open_taps(&w);
	if (rc)
		return rc;
	puts("ready");
	fflush(stdout);
	rc = run(&w);
	show("out", &w.inner.sent);
	show("in", &w.outer.sent);
	printf("largest=%llu\n", (unsigned long long)(w.inner.sent.largest > w.outer.sent.largest ?
						      w.inner.sent.largest : w.outer.sent.largest));
	return rc;
}
