// SPDX-License-Identifier: GPL-2.0
/*
 * The reason why something was not done. Pure. Called by everything that can fail and leaves it
 * to its caller to say so.
 */
#include <stdarg.h>
#include <stdio.h>

#include "why.h"

/**
 * why_not() - notes a reason
 * @why: where
 * @format: as of printf(), with what follows; cut off where it is too long; may use
 *	@why's own text
 *
 * Return: false, so that it can be returned on.
 */
bool why_not(struct why *why, const char *format, ...)
{
	struct why noted;
	va_list args;

	va_start(args, format);
	vsnprintf(noted.text, sizeof(noted.text), format, args);
	va_end(args);
	*why = noted;
	return false;
}
