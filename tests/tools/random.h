/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers that the same seed gives again: splitmix64. The state is the caller's, and any
 * number will do as a seed.
 */
#ifndef TESTS_TOOLS_RANDOM_H
#define TESTS_TOOLS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* A number below @n. */
static inline uint32_t below(uint64_t *state, uint32_t n)
{
	return next(state) % n;
}

static inline bool one_in(uint64_t *state, uint32_t n)
{
	return !below(state, n);
}

#endif
