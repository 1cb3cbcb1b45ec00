/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that are replaced as a whole.
 */
#ifndef CUBE_FILE_H
#define CUBE_FILE_H

#include "why.h"

bool file_replace(const char *path, const char *text, struct why *why);

#endif
