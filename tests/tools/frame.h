/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Builds one frame, byte by byte, from words such as
 *	eth DST SRC ip SRC DST ttl 5 udp 1000 53 data 20
 * with right lengths and checksums unless the words say otherwise. Used by rawsend.c and
 * test_rawsend.c; the words are listed in frame_words.
 */
#ifndef TESTS_TOOLS_FRAME_H
#define TESTS_TOOLS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest GSO frame, and some room for what no kernel would accept. */
#define FRAME_MAX 70000

struct frame {
	size_t len;
	uint8_t bytes[FRAME_MAX];
};

/* Help text: the grammar. */
extern const char frame_words[];

/* Whether a frame's words can begin with this one. */
bool frame_is_layer(const char *word);

/* On a grammar error returns false, with one line about it in @why. */
bool frame_build(char *const words[], size_t n, struct frame *frame, char *why, size_t why_size);

#endif
