/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reason why something was not done, as one line of text that travels up to whoever says it.
 */
#ifndef CUBE_WHY_H
#define CUBE_WHY_H

#include <stdbool.h>

/* Where the kernel says no more than EPERM. */
#define WHY_NOT_PERMITTED "CAP_NET_ADMIN is needed: run it as root"

/**
 * struct why - a reason
 * @text: one line without its end
 */
struct why {
	char text[512];
};

bool why_not(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
