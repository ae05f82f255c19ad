/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What may stand behind a command, read from what its help says: "[list|get KEY|set KEY=VALUE…]", "CODE [URL]". Words in
 * lower case are meant as they are, others stand for something; "…" repeats. */

#include <glib.h>

/* `word` is valid during the call. */
typedef void (*UsageWordFunc) (const char *word, gpointer data);

/* Calls `func` with each word of `usage` (may be NULL) that may follow the `n` ones in `before`; twice where two ways say
 * the same. */
void usage_words_next (const char *usage, char **before, guint n, UsageWordFunc func, gpointer data);
