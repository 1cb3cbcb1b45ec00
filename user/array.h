/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrays: how many elements one has, and those that grow.
 */
#ifndef CUBE_ARRAY_H
#define CUBE_ARRAY_H

#include <stddef.h>
#include <stdlib.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/**
 * array_grow() - makes room for one more element
 * @array: NULL, or what this has returned
 * @count: how many elements it has
 * @size: of one
 *
 * The room is doubled when it is used up, which is at powers of two. There is no going on without
 * memory.
 *
 * Return: the array, which may have moved.
 */
static inline void *array_grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? 2 * count : 1) * size);
	if (!array)
		abort();
	return array;
}

#endif
