/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that are read and replaced as a whole.
 */
#ifndef CUBE_FILE_H
#define CUBE_FILE_H

#include <stddef.h>

#include "why.h"

char *file_read(const char *path, size_t max, size_t *len, struct why *why);
bool file_fits(const char *path, const char *text, size_t max, struct why *why);
bool file_replace(const char *path, const char *text, struct why *why);

#endif
