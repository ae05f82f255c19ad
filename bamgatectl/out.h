/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one place that prints results: the same fields become aligned lines and tables for people, or one JSON object.
 * Every JSON document begins with the number of its schema: members may be added to it, and the number rises when one goes
 * or comes to mean something else. Real times and latencies are microseconds and end in _us, spans that a person waits for
 * end in _s, sizes end in _bytes. What comes from the bus is shown without control characters. A NULL label keeps a field from people, a NULL key
 * (of words and text) from programs; an empty value is left out for people, and shown as "-" in a table. */

#include <glib.h>

typedef struct _Out Out;

typedef enum
{
  OUT_PLAIN,
  OUT_GOOD,
  OUT_WARN,
  OUT_BAD,
} OutTone;

/* "schema" in every JSON document. */
#define OUT_SCHEMA 1

/* Colour is used where terminal.h says so. `compact` JSON is one line. */
Out *out_new (gboolean json, gboolean compact);
/* Prints what was said, and frees. */
void out_finish (Out *out);
/* What was said for people, without printing it; frees `out`. Free with g_free(). */
char *out_take_text (Out *out);
/* It stays on a screen until something changes: since when is told, not how long ago. */
void out_be_live (Out *out);
gboolean out_is_live (const Out *out);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Out, out_finish)

/* A failure, for programs: the member "error" of the next document that is finished. */
void out_fail (const char *code, const char *message);
/* Prints a failure that no document took along, alone. */
void out_finish_failure (void);

void out_text (Out *out, const char *key, const char *label, const char *value);
/* Text with a tone. */
void out_word (Out *out, const char *key, const char *label, const char *value, OutTone tone);
/* "a, b"; an array in JSON. */
void out_list (Out *out, const char *key, const char *label, const char *const *values);
/* "yes" or "no"; a boolean in JSON. */
void out_flag (Out *out, const char *key, const char *label, gboolean value);
void out_count (Out *out, const char *key, const char *label, gint64 value);
/* "1.5 MiB" */
void out_bytes (Out *out, const char *key, const char *label, guint64 bytes);
/* "1.23 ms"; negative is none, null in JSON. */
void out_latency (Out *out, const char *key, const char *label, gint64 us);
/* Bytes a second, "1.5 MiB/s". */
void out_rate (Out *out, const char *key, const char *label, guint64 bytes);
/* How long ago a real time in microseconds was, "2 h 5 min"; 0 is never, null in JSON. */
void out_since (Out *out, const char *key, const char *label, gint64 realtime_us);
/* When it was, in local time. */
void out_moment (Out *out, const char *key, const char *label, gint64 realtime_us);
/* Any value of a{sv}. */
void out_variant (Out *out, const char *key, const char *label, GVariant *value);

/* An object inside the object. People see its fields with the others. */
void out_object_begin (Out *out, const char *key);
void out_object_end (Out *out);
/* A list of objects. People see a table, its head made of the labels of the first row; every row says the same fields. */
void out_table_begin (Out *out, const char *key);
void out_row_begin (Out *out);
void out_row_end (Out *out);
void out_table_end (Out *out);

/* A list of objects between out_row_begin() and out_row_end() of which people see nothing: they are told otherwise. */
void out_list_begin (Out *out, const char *key);
void out_list_end (Out *out);

/* A line for people only. */
void out_note (Out *out, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The same, behind a word with a tone that stands in a column of `width`. */
void out_mark (Out *out, const char *word, OutTone tone, int width, const char *text);
/* Lines for people that are ours and printed as they are, colours and all. */
void out_picture (Out *out, const char *lines);
/* A value alone on its line for people; `key` for programs. */
void out_alone (Out *out, const char *key, const char *value);

char *out_format_bytes (guint64 bytes);
char *out_format_latency (gint64 us);
char *out_format_duration (gint64 us);
