/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A frame as the golden packets write it, lines of `LABEL BYTES`, and its comparison with one that
 * came. The virtio header is the first ten bytes of every frame here, all zero unless a line with
 * the label `virtio` says otherwise.
 */
#ifndef TESTS_TOOLS_GOLDENFRAME_H
#define TESTS_TOOLS_GOLDENFRAME_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define GOLDEN_VIRTIO	sizeof(struct virtio_net_hdr)
#define GOLDEN_MAX	(GOLDEN_VIRTIO + 14 + 65535)
#define GOLDEN_PARTS	64
#define GOLDEN_SYMBOLS	16

/* What depends on a port that the module chose: the port itself, and checksums over it. */
enum golden_kind { GOLDEN_PORT, GOLDEN_SUM, GOLDEN_UDP_SUM };

/**
 * struct golden_symbol - two bytes that are known when the port is
 * @kind: what they are
 * @at: where they stand
 * @base: what a checksum would be with port 0
 */
struct golden_symbol {
	enum golden_kind kind;
	size_t at;
	uint16_t base;
};

/**
 * struct golden_frame - bytes, and how the text divides them
 * @len: of all of it, the virtio header included
 * @bytes: that header, and the frame
 * @any: where any byte will do
 * @symbols: bytes that depend on the port
 * @symbol_count: how many
 * @n: how many parts there are
 * @parts: the lines of the text: label, and where its bytes begin
 */
struct golden_frame {
	size_t len;
	uint8_t bytes[GOLDEN_MAX];
	bool any[GOLDEN_MAX];
	struct golden_symbol symbols[GOLDEN_SYMBOLS];
	size_t symbol_count;
	size_t n;
	struct {
		char label[16];
		size_t at;
	} parts[GOLDEN_PARTS];
};

void golden_begin(struct golden_frame *frame);
bool golden_line(struct golden_frame *frame, char *line);
uint16_t golden_port_of(const struct golden_frame *want, const struct golden_frame *got);
void golden_resolve(struct golden_frame *frame, uint16_t port);
bool golden_same(const struct golden_frame *want, const struct golden_frame *got);
void golden_show(const struct golden_frame *want, const struct golden_frame *got);

#endif
