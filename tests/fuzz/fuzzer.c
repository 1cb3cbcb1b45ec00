// SPDX-License-Identifier: GPL-2.0
/*
 * fuzzer: sends packets that nobody should send, from a sandbox, from its far ends and from the
 * host itself. Runs in the guest of tests/fuzz/guest. Each case depends on the seed and its number
 * alone, so that a run, or the part of it that did harm, can be had again.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../tools/args.h"
#include "../tools/random.h"
#include "fuzz.h"
#include "wire.h"

#define DRAIN_EVERY	32	/* cases */
#define TELL_EVERY	1000	/* cases */

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

static const char usage[] =
"usage: fuzzer [OPTION]...\n"
"Sends random and mutated packets into the node of tests/fuzz/guest.\n"
"  --seed N        of the random numbers (1)\n"
"  --count N       packets, fragments counted singly (1000)\n"
"  --first CASE    begins there (0)\n"
"  --direct        by the sandbox and its far ends alone: there is no cube-router\n"
"  --print         sends nothing, and prints a line for each packet: case, way, virtio header, frame\n"
"Tells the kernel's log which case it has come to, and at the end prints\n"
"  seed=N cases=N WAY_sent=N WAY_refused=N WAY_lost=N ...    WAY: out back tx raw\n"
"Refused: not taken by the kernel. Lost: taken, but dropped before cube-router could see it.\n"
"Exit: 0 sent, 1 a device or socket failed, 2 usage.\n";

static const char *const way_names[FUZZ_WAYS] = {
	[FUZZ_OUT] = "out", [FUZZ_BACK] = "back", [FUZZ_TX] = "tx", [FUZZ_RAW] = "raw",
};

struct job {
	uint64_t seed;
	uint64_t count;
	uint64_t first;
	bool direct;
	bool print;
	uint64_t made;	/* packets */
	struct wire wire;
	FILE *log;
};

static int fail(int code, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "fuzzer: ");
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	return code;
}

/* -------- cases -------- */

static void print_hex(const void *data, size_t len)
{
	const uint8_t *p = data;

	putchar(' ');
	while (len--)
		printf("%02x", *p++);
}

static int put(struct job *job, uint64_t number, const struct fuzz_packet *p)
{
	job->made++;
	if (!job->print)
		return wire_send(&job->wire, p);
	printf("%llu %s", (unsigned long long)number, way_names[p->way]);
	print_hex(&p->offload, sizeof(p->offload));
	print_hex(p->bytes, p->len);
	putchar('\n');
	return 0;
}

static enum fuzz_way pick_way(uint64_t *random, bool direct)
{
	const uint32_t n = below(random, 100);

	return n < 60 ? FUZZ_OUT : n < 80 || direct ? FUZZ_BACK : n < 95 ? FUZZ_TX : FUZZ_RAW;
}

static int put_fragments(struct job *job, uint64_t number, uint64_t *random,
			 const struct fuzz_packet *whole)
{
	static struct fuzz_packet fragment;
	struct fuzz_pieces pieces;
	int rc = 0;

	if (!fragment_plan(random, whole, &pieces))
		return put(job, number, whole);
	for (size_t i = 0; !rc && i < pieces.n; i++) {
		fragment_make(whole, &pieces.piece[i], &fragment);
		if (one_in(random, 16))
			offload_ask(random, &fragment);
		rc = put(job, number, &fragment);
	}
	return rc;
}

static int run_case(struct job *job, uint64_t number)
{
	uint64_t random = job->seed ^ number * 0xd1342543de82ef95;
	static struct fuzz_packet p;
	uint32_t kind;

	/* Neighbours begin alike. */
	next(&random);
	p.way = pick_way(&random, job->direct);
	p.offload = (struct virtio_net_hdr_v1){ .gso_type = VIRTIO_NET_HDR_GSO_NONE };
	corpus_pick(&random, &p);
	kind = below(&random, 20);
	if (!kind)
		mutate_noise(&random, &p);
	else if (kind < 14)
		mutate(&random, &p);
	if (kind == 13 || kind == 14)
		return put_fragments(job, number, &random, &p);
	offload_ask(&random, &p);
	return put(job, number, &p);
}

static int run(struct job *job)
{
	uint64_t number = job->first;
	int rc = 0;

	for (; !rc && job->made < job->count; number++) {
		if (job->log && number % TELL_EVERY == 0)
			fprintf(job->log, "fuzzer: seed %llu, case %llu\n",
				(unsigned long long)job->seed, (unsigned long long)number);
		rc = run_case(job, number);
		if (!job->print && number % DRAIN_EVERY == 0)
			wire_drain(&job->wire);
	}
	if (job->print)
		return rc;
	printf("seed=%llu cases=%llu", (unsigned long long)job->seed,
	       (unsigned long long)(number - job->first));
	for (int way = 0; way < FUZZ_WAYS; way++)
		printf(" %s_sent=%llu %s_refused=%llu %s_lost=%llu",
		       way_names[way], (unsigned long long)job->wire.count[way].sent,
		       way_names[way], (unsigned long long)job->wire.count[way].refused,
		       way_names[way], (unsigned long long)job->wire.count[way].lost);
	putchar('\n');
	return rc;
}

/* -------- the words -------- */

static int read_words(struct job *job, int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		uint64_t *value = !strcmp(argv[i], "--seed") ? &job->seed :
				  !strcmp(argv[i], "--count") ? &job->count :
				  !strcmp(argv[i], "--first") ? &job->first : NULL;

		bool *flag = !strcmp(argv[i], "--print") ? &job->print :
			     !strcmp(argv[i], "--direct") ? &job->direct : NULL;

		if (flag) {
			*flag = true;
			continue;
		}
		if (!value)
			return fail(EXIT_USAGE, "unknown word '%s' (see fuzzer --help)", argv[i]);
		if (++i == argc || !arg_number(argv[i], 0, UINT64_MAX, value))
			return fail(EXIT_USAGE, "%s needs a number", argv[i - 1]);
	}
	return EXIT_DONE;
}

int main(int argc, char *argv[])
{
	static struct job job = { .seed = 1, .count = 1000 };
	int rc;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	rc = read_words(&job, argc, argv);
	if (rc)
		return rc;
	if (!job.print) {
		if (wire_open(&job.wire, job.direct))
			return EXIT_FAILED;
		job.log = fopen("/dev/kmsg", "w");
		if (job.log)
			setlinebuf(job.log);
	}
	return run(&job) ? EXIT_FAILED : EXIT_DONE;
}
