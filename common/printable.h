/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* `text` as valid UTF-8 without control characters (C0, DEL, C1, line and direction marks), each of which becomes
 * "\xNN" or "\u{NNNN}": names come from the network, and nothing in them may move somebody's cursor or start a new log
 * line. NULL gives "". Free with g_free(). */
char *bg_printable (const char *text);
/* The same, and every ASCII character of `unwanted` becomes "\xNN" too. */
char *bg_printable_without (const char *text, const char *unwanted);
/* At most `max` bytes of that, cut between two characters: what goes over the bus must stay UTF-8. */
char *bg_printable_start (const char *text, gsize max);
