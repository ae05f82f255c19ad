/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Secrets come from files or standard input, never from the command line. */

#include <gio/gio.h>

/* The first line of `path` ("-": standard input) without the blanks around it. At most 64 KiB are read; an empty file is
 * an error. Free with input_free_secret(). */
char *input_read_secret (const char *path, GError **error);
/* Wipes and frees. */
void input_free_secret (char *secret);
