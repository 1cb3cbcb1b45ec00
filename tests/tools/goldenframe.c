// SPDX-License-Identifier: GPL-2.0
/*
 * Frames of the golden packets: text to bytes, comparison, and what is shown when they differ. No
 * state; called by golden.c.
 */
#include "goldenframe.h"

#include <string.h>

#include "args.h"

#define BLANKS	" \t\n"

/* golden_begin() - a frame without bytes, whose virtio header asks for nothing */
void golden_begin(struct golden_frame *frame)
{
	frame->len = GOLDEN_VIRTIO;
	memset(frame->bytes, 0, GOLDEN_VIRTIO);
	memset(frame->any, 0, sizeof(frame->any));
	frame->symbol_count = 0;
	frame->n = 1;
	frame->parts[0].at = 0;
	strcpy(frame->parts[0].label, "virtio");
}

static bool put(struct golden_frame *frame, size_t *at, size_t end, uint8_t byte, bool any)
{
	if (*at == end)
		return false;
	frame->bytes[*at] = byte;
	frame->any[*at] = any;
	++*at;
	return true;
}

/* Pairs of hex digits, each of which may be two dots. */
static bool put_pairs(struct golden_frame *frame, size_t *at, size_t end, const char *word)
{
	for (; *word; word += 2) {
		const char pair[] = { word[0], word[1], '\0' };
		const bool any = !strcmp(pair, "..");
		uint8_t byte = 0;
		size_t n;

		if (!any && (!pair[1] || !arg_hex(pair, &byte, 1, &n)))
			return false;
		if (!put(frame, at, end, byte, any))
			return false;
	}
	return true;
}

/* One byte, and how often: 61x1000. */
static bool put_run(struct golden_frame *frame, size_t *at, size_t end, const char *word)
{
	const char pair[] = { word[0], word[1], '\0' };
	uint64_t times;
	uint8_t byte;
	size_t n;

	if (!arg_hex(pair, &byte, 1, &n) || !arg_number(word + 3, 1, GOLDEN_MAX, &times))
		return false;
	while (times--)
		if (!put(frame, at, end, byte, false))
			return false;
	return true;
}

/* port; sumXXXX or usumXXXX, where XXXX is the checksum with port 0, u that of UDP. */
static bool put_symbol(struct golden_frame *frame, const char *word)
{
	struct golden_symbol *symbol = &frame->symbols[frame->symbol_count];
	uint8_t base[2] = {};
	size_t n;

	if (frame->symbol_count == GOLDEN_SYMBOLS || frame->len + 2 > GOLDEN_MAX)
		return false;
	if (!strcmp(word, "port"))
		symbol->kind = GOLDEN_PORT;
	else
		symbol->kind = *word == 'u' ? GOLDEN_UDP_SUM : GOLDEN_SUM;
	if (symbol->kind != GOLDEN_PORT &&
	    (!arg_hex(strstr(word, "sum") + 3, base, 2, &n) || n != 2))
		return false;
	symbol->base = base[0] << 8 | base[1];
	symbol->at = frame->len;
	frame->symbol_count++;
	frame->len += 2;
	return true;
}

static bool is_symbol(const char *word)
{
	return !strcmp(word, "port") || !strncmp(word, "sum", 3) || !strncmp(word, "usum", 4);
}

/**
 * golden_line() - adds a line of text to a frame
 * @frame: the frame
 * @line: LABEL BYTES; the same label as in the line before goes on with its part. Changed.
 *
 * Return: whether it could be read, and had room.
 */
bool golden_line(struct golden_frame *frame, char *line)
{
	char *save, *label = strtok_r(line, BLANKS, &save), *word;
	size_t header = 0, *at = &frame->len, end = GOLDEN_MAX;

	if (!label || strlen(label) >= sizeof(frame->parts[0].label))
		return false;
	if (!strcmp(label, "virtio")) {
		at = &header;
		end = GOLDEN_VIRTIO;
	} else if (strcmp(label, frame->parts[frame->n - 1].label)) {
		if (frame->n == GOLDEN_PARTS)
			return false;
		frame->parts[frame->n].at = frame->len;
		strcpy(frame->parts[frame->n++].label, label);
	}
	while ((word = strtok_r(NULL, BLANKS, &save)) && *word != '#') {
		const bool run = strlen(word) > 3 && word[2] == 'x';

		if (is_symbol(word) ? !put_symbol(frame, word) :
				      !(run ? put_run : put_pairs)(frame, at, end, word))
			return false;
	}
	return at != &header || header == end;
}

/**
 * golden_port_of() - the port that the module chose
 * @want: a frame in which it stands
 * @got: what came instead of it
 *
 * Return: the port, 0 if @got has none there.
 */
uint16_t golden_port_of(const struct golden_frame *want, const struct golden_frame *got)
{
	for (size_t i = 0; i < want->symbol_count; i++) {
		const size_t at = want->symbols[i].at;

		if (want->symbols[i].kind == GOLDEN_PORT && at + 2 <= got->len)
			return got->bytes[at] << 8 | got->bytes[at + 1];
	}
	return 0;
}

/**
 * golden_resolve() - fills in what depends on the port
 * @frame: the frame
 * @port: the port, which every checksum has among its words once
 */
void golden_resolve(struct golden_frame *frame, uint16_t port)
{
	for (size_t i = 0; i < frame->symbol_count; i++) {
		const struct golden_symbol *symbol = &frame->symbols[i];
		uint16_t value = port;

		/* A checksum falls as the port rises, in ones' complement. */
		if (symbol->kind != GOLDEN_PORT)
			value = (symbol->base + 0xffffU - port) % 0xffff;
		if (symbol->kind == GOLDEN_UDP_SUM && !value)
			value = 0xffff;
		frame->bytes[symbol->at] = value >> 8;
		frame->bytes[symbol->at + 1] = value;
	}
}

static bool byte_same(const struct golden_frame *want, const struct golden_frame *got, size_t i)
{
	return want->any[i] || want->bytes[i] == got->bytes[i];
}

/* golden_same() - whether what came is what was wanted, byte for byte and in length */
bool golden_same(const struct golden_frame *want, const struct golden_frame *got)
{
	if (want->len != got->len)
		return false;
	for (size_t i = 0; i < want->len; i++)
		if (!byte_same(want, got, i))
			return false;
	return true;
}

static void show_bytes(const char *what, const struct golden_frame *frame, size_t from, size_t to)
{
	printf("#     %s ", what);
	for (size_t i = from; i < to && i < frame->len; i++)
		if (frame->any[i])
			printf("..");
		else
			printf("%02x", frame->bytes[i]);
	putchar('\n');
}

/**
 * golden_show() - prints, as a comment, how two frames differ
 * @want: a frame that was expected; NULL shows the other one as it is
 * @got: the one that came
 */
void golden_show(const struct golden_frame *want, const struct golden_frame *got)
{
	if (!want) {
		show_bytes("frame", got, 0, got->len);
		return;
	}
	if (want->len != got->len)
		printf("#   length: want %zu, got %zu\n", want->len - GOLDEN_VIRTIO,
		       got->len - GOLDEN_VIRTIO);
	for (size_t p = 0; p < want->n; p++) {
		const size_t from = want->parts[p].at;
		size_t to = p + 1 < want->n ? want->parts[p + 1].at : GOLDEN_MAX;
		size_t i = from;

		if (!p)
			to = GOLDEN_VIRTIO;
		while (i < to && i < want->len && i < got->len && byte_same(want, got, i))
			i++;
		if (i >= to || (i >= want->len && i >= got->len))
			continue;
		printf("#   %s differs from its byte %zu on:\n", want->parts[p].label, i - from);
		show_bytes("want", want, from, to);
		show_bytes("got ", got, from, to);
	}
}
