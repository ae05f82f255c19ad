/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text in the columns of a terminal: East Asian characters take two, combining marks none. UTF-8 without control characters. */

#include <glib.h>

/* Columns that the text takes. */
int text_width (const char *text);
/* Its beginning in at most `columns`, with "…" where something is missing. Free with g_free(). */
char *text_cut (const char *text, int columns);
/* Broken between words into lines of at most `columns` where that is possible; what is broken goes on behind `indent` blanks.
 * Newlines stay. Free with g_free(). */
char *text_wrap (const char *text, int columns, int indent);
/* The same of text that begins behind `indent` columns. Commands in quotes (“…”, »…«) are broken only where nothing else helps, so
 * that they can be copied. Free with g_free(). */
char *text_wrap_behind (const char *text, int columns, int indent);
