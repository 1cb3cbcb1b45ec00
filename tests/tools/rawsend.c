// SPDX-License-Identifier: GPL-2.0
/*
 * rawsend: puts exact or malformed frames on a device, given as hex or as words (frame.c), or
 * prints them. The end-to-end scenarios use it for packets that no normal program sends.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "frame.h"

#define MAX_FRAMES	65536
#define MAX_WORDS	256	/* in one line of a file */
#define MAX_COUNT	100000000
#define MAX_INTERVAL_US	10000000
#define SEND_RETRIES	1000	/* of 1 ms each, while the device's queue is full */

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

static const char usage[] =
"usage: rawsend DEV [OPTION]... HEX...           each word is a frame\n"
"       rawsend DEV [OPTION]... LAYER...         one frame from words, see below\n"
"       rawsend DEV [OPTION]... -f FILE          a frame per line, as hex or as words; # comments\n"
"  --count N          sends everything N times (1)\n"
"  --interval-us N    waits between frames (0)\n"
"  --cut N            only the first N bytes of each frame\n"
"  --vnet HEX         a virtio_net_hdr of 10 bytes for every frame\n"
"  --print            prints the frames as hex, sends nothing; DEV is not looked at\n"
"Prints sent=N us=N: so many, in so many microseconds. Exit: 0 sent, 1 not, 2 usage.\n"
"Layers:\n";

struct raw {
	size_t len;
	uint16_t protocol;	/* for devices without a link-layer header; else 0 */
	uint8_t *bytes;
};

struct job {
	const char *dev;
	const char *file;
	uint64_t count;
	uint64_t interval_us;
	uint64_t cut;
	uint8_t vnet[sizeof(struct virtio_net_hdr)];
	bool use_vnet;
	bool print;
	struct raw *frames;
	size_t n;
};

__attribute__((format(printf, 2, 3)))
static int fail(int code, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "rawsend: ");
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	return code;
}

/* The words --------------------------------------------------------------------------------- */

static int keep_frame(struct job *job, const struct frame *frame, uint16_t protocol)
{
	struct raw *more, *raw;

	if (job->n == MAX_FRAMES)
		return fail(EXIT_USAGE, "more than %d frames", MAX_FRAMES);
	more = realloc(job->frames, (job->n + 1) * sizeof(*more));
	if (!more)
		return fail(EXIT_FAILED, "out of memory");
	job->frames = more;
	raw = &job->frames[job->n];
	raw->len = frame->len < job->cut ? frame->len : job->cut;
	raw->protocol = protocol;
	raw->bytes = malloc(raw->len + 1);
	if (!raw->bytes)
		return fail(EXIT_FAILED, "out of memory");
	memcpy(raw->bytes, frame->bytes, raw->len);
	job->n++;
	return EXIT_DONE;
}

/* One frame made of layers, or a frame per word of hex. */
static int add_frames(struct job *job, char *const words[], size_t n)
{
	static struct frame frame;
	char why[200];

	if (n && frame_is_layer(words[0])) {
		if (!frame_build(words, n, &frame, why, sizeof(why)))
			return fail(EXIT_USAGE, "%s", why);
		return keep_frame(job, &frame, strcmp(words[0], "ip") ? 0 : 0x0800);
	}
	for (size_t i = 0; i < n; i++) {
		int rc;

		if (!arg_hex(words[i], frame.bytes, sizeof(frame.bytes), &frame.len))
			return fail(EXIT_USAGE, "'%.40s' is neither hex nor a layer", words[i]);
		rc = keep_frame(job, &frame, 0);
		if (rc)
			return rc;
	}
	return EXIT_DONE;
}

static int add_line(struct job *job, char *line)
{
	char *words[MAX_WORDS], *save, *word;
	size_t n = 0;

	line[strcspn(line, "#\n")] = '\0';
	for (word = strtok_r(line, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (n == MAX_WORDS)
			return fail(EXIT_USAGE, "more than %d words in a line", MAX_WORDS);
		words[n++] = word;
	}
	return add_frames(job, words, n);
}

static int add_file(struct job *job)
{
	FILE *file = strcmp(job->file, "-") ? fopen(job->file, "re") : stdin;
	int rc = EXIT_DONE;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return fail(EXIT_FAILED, "%s: %s", job->file, strerror(errno));
	while (!rc && getline(&line, &size, file) >= 0)
		rc = add_line(job, line);
	free(line);
	if (file != stdin)
		fclose(file);
	return rc;
}

static int read_value(struct job *job, const char *option, const char *value)
{
	const struct {
		const char *option;
		uint64_t min, max, *value;
	} numbers[] = {
		{ "--count", 1, MAX_COUNT, &job->count },
		{ "--interval-us", 0, MAX_INTERVAL_US, &job->interval_us },
		{ "--cut", 0, FRAME_MAX, &job->cut },
	};
	size_t n;

	if (!strcmp(option, "-f")) {
		job->file = value;
		return EXIT_DONE;
	}
	if (!strcmp(option, "--vnet")) {
		job->use_vnet = true;
		if (arg_hex(value, job->vnet, sizeof(job->vnet), &n) && n == sizeof(job->vnet))
			return EXIT_DONE;
		return fail(EXIT_USAGE, "--vnet: '%s' is not %zu bytes of hex", value,
			    sizeof(job->vnet));
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!strcmp(option, numbers[i].option) &&
		    arg_number(value, numbers[i].min, numbers[i].max, numbers[i].value))
			return EXIT_DONE;
	return fail(EXIT_USAGE, "unknown option '%s', or '%s' is no value for it", option, value);
}

/* Options may stand anywhere; the other words are left in @rest. */
static int read_words(struct job *job, int argc, char *argv[], char **rest, size_t *n)
{
	for (int i = 1; i < argc; i++) {
		int rc;

		if (argv[i][0] != '-' || !argv[i][1]) {
			rest[(*n)++] = argv[i];
			continue;
		}
		if (!strcmp(argv[i], "--print")) {
			job->print = true;
			continue;
		}
		if (i + 1 == argc)
			return fail(EXIT_USAGE, "unknown option '%s', or its value is missing",
				    argv[i]);
		rc = read_value(job, argv[i], argv[i + 1]);
		if (rc)
			return rc;
		i++;
	}
	if (!*n)
		return fail(EXIT_USAGE, "no device (see rawsend --help)");
	job->dev = rest[0];
	return EXIT_DONE;
}

/* The wire ---------------------------------------------------------------------------------- */

static int print_frames(const struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		for (size_t j = 0; j < job->frames[i].len; j++)
			printf("%02x", job->frames[i].bytes[j]);
		putchar('\n');
	}
	return fflush(stdout) ? EXIT_FAILED : EXIT_DONE;
}

static void sleep_us(uint64_t us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	if (us)
		nanosleep(&t, NULL);
}

static int send_frame(const struct job *job, int fd, struct sockaddr_ll *to, const struct raw *raw)
{
	struct iovec iov[2] = {
		{ (void *)job->vnet, sizeof(job->vnet) },
		{ raw->bytes, raw->len },
	};
	struct msghdr msg = {
		.msg_name = to,
		.msg_namelen = sizeof(*to),
		.msg_iov = job->use_vnet ? iov : iov + 1,
		.msg_iovlen = job->use_vnet ? 2 : 1,
	};

	to->sll_protocol = htons(raw->protocol);
	for (int i = 0; i < SEND_RETRIES; i++) {
		if (sendmsg(fd, &msg, 0) >= 0)
			return 0;
		if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			return -errno;
		sleep_us(1000);
	}
	return -ENOBUFS;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

static int send_all(const struct job *job, int fd, struct sockaddr_ll *to)
{
	uint64_t sent = 0, began = now_us();
	int error = 0;

	for (uint64_t round = 0; !error && round < job->count; round++) {
		for (size_t i = 0; !error && i < job->n; i++) {
			if (sent)
				sleep_us(job->interval_us);
			error = send_frame(job, fd, to, &job->frames[i]);
			sent += !error;
		}
	}
	printf("sent=%llu us=%llu\n", (unsigned long long)sent,
	       (unsigned long long)(now_us() - began));
	if (error)
		return fail(EXIT_FAILED, "%s: frame %llu: %s", job->dev,
			    (unsigned long long)sent + 1, strerror(-error));
	return EXIT_DONE;
}

static int send_frames(const struct job *job)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(job->dev),
		.sll_halen = 6,
	};
	int fd, on = 1, rc;

	if (!to.sll_ifindex)
		return fail(EXIT_FAILED, "%s: %s", job->dev, strerror(errno));
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(EXIT_FAILED, "packet socket: %s", strerror(errno));
	if (job->use_vnet && setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)))
		rc = fail(EXIT_FAILED, "PACKET_VNET_HDR: %s", strerror(errno));
	else
		rc = send_all(job, fd, &to);
	close(fd);
	return rc;
}

static int run(struct job *job, int argc, char *argv[])
{
	char *rest[argc > 0 ? argc : 1];
	size_t n = 0;
	int rc = read_words(job, argc, argv, rest, &n);

	if (rc)
		return rc;
	rc = add_frames(job, rest + 1, n - 1);
	if (!rc && job->file)
		rc = add_file(job);
	if (rc)
		return rc;
	if (!job->n)
		return fail(EXIT_USAGE, "no frames (see rawsend --help)");
	return job->print ? print_frames(job) : send_frames(job);
}

int main(int argc, char *argv[])
{
	struct job job = { .count = 1, .cut = FRAME_MAX };
	int rc;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		printf("%s%s", usage, frame_words);
		return EXIT_DONE;
	}
	rc = run(&job, argc, argv);
	while (job.n)
		free(job.frames[--job.n].bytes);
	free(job.frames);
	return rc;
}
