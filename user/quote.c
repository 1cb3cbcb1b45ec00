// SPDX-License-Identifier: GPL-2.0
/*
 * Words for commands that are printed to be pasted. Pure. Called by whoever prints one in which
 * there is what others have chosen.
 */
#include <string.h>

#include "quote.h"

/**
 * shell_quote() - writes a word so that a shell takes it as it is
 * @word: the word
 * @quoted: room for it, see QUOTED(); the same as @word where that needs no quotes
 *
 * Return: @quoted.
 */
const char *shell_quote(const char *word, char *quoted)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "%+,-./:=@_";
	char *out = quoted;

	if ((*word && !word[strspn(word, plain)]) || !strcmp(word, "!"))
		return strcpy(quoted, word);
	*out++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			out = stpcpy(out, "'\\'");
		*out++ = *word;
	}
	strcpy(out, "'");
	return quoted;
}
