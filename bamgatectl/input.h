/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a person gives beside the command line: secrets, which come from files or standard input, and a yes. */

#include <gio/gio.h>

/* The first line of `path` ("-": standard input) without the blanks around it. At most 64 KiB are read; an empty file is
 * an error. Free with input_free_secret(). */
char *input_read_secret (const char *path, GError **error);
/* All of `path` ("-": standard input), at most `max` bytes of UTF-8; free with input_free_secret(). */
char *input_read_text (const char *path, gsize max, GError **error);
/* Asks on standard error and reads a line of standard input: "y" or "yes" is TRUE. FALSE without a word where nobody is there to
 * answer, at the end of the input too. */
gboolean input_confirm (const char *question);
/* Whether an answer means that, in English or in the language of the locale. */
gboolean input_is_yes (const char *answer);
gboolean input_is_no (const char *answer);
/* Asks at the terminal for one line, which is not shown; NULL where nothing was typed, or there is no terminal. Free with
 * input_free_secret(). */
char *input_ask_secret (const char *question);
/* Wipes and frees. */
void input_free_secret (char *secret);
