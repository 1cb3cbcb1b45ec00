/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of genlabuse share: the operations of the family cube_router and what their
 * attributes may hold, as include/uapi/linux/cube_router.h tells it. genlcases.c has the tables
 * and the single wrong requests, genlrandom.c the random ones, genlabuse.c reads the words.
 */
#ifndef TESTS_TOOLS_GENLABUSE_H
#define TESTS_TOOLS_GENLABUSE_H

#include "genlwire.h"

/* Devices of the node: two registered ports with 192.168.0.11 and .12, and one that is none. */
#define ABUSE_PORT	"z192.168.0.11"
#define ABUSE_OTHER	"z192.168.0.12"
#define ABUSE_FREE	"z192.168.0.30"

/* What an attribute holds. The numbers are the lengths of payloads. */
enum abuse_shape { ABUSE_NONE = 100, ABUSE_STRING, ABUSE_FLAG = 0, ABUSE_U8 = 1, ABUSE_U16 = 2,
		   ABUSE_U32 = 4, ABUSE_TOKEN = 16, ABUSE_PREFIXES = 102 };

/**
 * struct abuse_attr - an attribute of requests
 * @name: for messages
 * @shape: what it holds; ABUSE_NONE: no request may have it
 * @min: least value of a number
 * @max: greatest value; length of a string without its end
 */
struct abuse_attr {
	const char *name;
	enum abuse_shape shape;
	uint32_t min;
	uint32_t max;
};

/**
 * struct abuse_op - an operation
 * @name: for messages
 * @cmd: its number
 * @attrs: by type; [0] is no attribute
 * @last: type of the last one
 * @dumps: whether it can be asked for as a dump
 */
struct abuse_op {
	const char *name;
	uint8_t cmd;
	const struct abuse_attr *attrs;
	uint16_t last;
	bool dumps;
};

extern const struct abuse_op abuse_ops[];
extern const size_t abuse_op_count;

void abuse_begin(struct wire_message *m, const struct wire *wire, const struct abuse_op *op,
		 uint16_t flags);

int abuse_malformed(const struct wire *wire);
int abuse_fresh(const struct wire *wire);
int abuse_random(const struct wire *wire, uint64_t seed, uint64_t count);

#endif
