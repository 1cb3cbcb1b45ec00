/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words for commands that are printed to be pasted into a shell.
 */
#ifndef CUBE_QUOTE_H
#define CUBE_QUOTE_H

#include <net/if.h>

/* Room for a word of so many bytes, its end counted, as shell_quote() writes it. */
#define QUOTED(bytes) (4 * (bytes) + 2)
#define QUOTED_DEVICE QUOTED(IFNAMSIZ)

const char *shell_quote(const char *word, char *quoted);

#endif
