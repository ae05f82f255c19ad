/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/out.h"
#include "bamgatectl/terminal.h"
#include "bamgatectl/text-width.h"

#include "common/printable.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <unistd.h>

/* A narrower column would be harder to read than what the terminal makes of long lines. */
#define LEAST_COLUMNS 20

typedef struct
{
  char *label;
  char *text;
  OutTone tone;
} Cell;

struct _Out
{
  gboolean colour;
  gboolean live;
  gboolean compact;
  int columns;       /* of the terminal; 0: it goes elsewhere, where lines may be long */
  JsonBuilder *json; /* NULL: for people */
  GString *text;
  GPtrArray *fields; /* Cell: lines that wait to be aligned, or the row under way */
  GPtrArray *rows;   /* GPtrArray of Cell; NULL outside a table */
};

static void
cell_free (gpointer data)
{
  Cell *cell = data;

  g_free (cell->label);
  g_free (cell->text);
  g_free (cell);
}

static GPtrArray *
cells_new (void)
{
  return g_ptr_array_new_with_free_func (cell_free);
}

Out *
out_new (gboolean json, gboolean compact)
{
  Out *out = g_new0 (Out, 1);

  out->colour = terminal_has_colour (STDOUT_FILENO);
  out->compact = compact;
  out->columns = isatty (STDOUT_FILENO) ? terminal_columns (STDOUT_FILENO) : 0;
  out->text = g_string_new (NULL);
  out->fields = cells_new ();
  if (json)
    {
      out->json = json_builder_new ();
      json_builder_begin_object (out->json);
      json_builder_set_member_name (out->json, "schema");
      json_builder_add_int_value (out->json, OUT_SCHEMA);
    }
  return out;
}

void
out_be_live (Out *out)
{
  out->live = TRUE;
}

gboolean
out_is_live (const Out *out)
{
  return out->live;
}

/* --- Text for people --- */

static void
append_padding (GString *text, int n)
{
  for (int i = 0; i < n; i++)
    g_string_append_c (text, ' ');
}

static void
append_toned (Out *out, const char *value, OutTone tone)
{
  static const char *const starts[] = { NULL, "\033[32m", "\033[33m", "\033[31m" };

  if (out->colour && starts[tone])
    g_string_append_printf (out->text, "%s%s\033[0m", starts[tone], value);
  else
    g_string_append (out->text, value);
}

/* For a place behind `indent` columns. What stays on a screen has its own way with long lines. */
static char *
wrap_behind (const Out *out, const char *text, int indent)
{
  if (out->columns == 0 || out->live || out->columns - indent < LEAST_COLUMNS)
    return g_strdup (text);
  return text_wrap_behind (text, out->columns, indent);
}

static void
flush_fields (Out *out)
{
  int widest = 0;

  for (guint i = 0; i < out->fields->len; i++)
    widest = MAX (widest, text_width (((Cell *) out->fields->pdata[i])->label));
  for (guint i = 0; i < out->fields->len; i++)
    {
      const Cell *cell = out->fields->pdata[i];
      g_autofree char *wrapped = wrap_behind (out, cell->text, widest + 2);

      g_string_append (out->text, cell->label);
      append_padding (out->text, widest - text_width (cell->label) + 2);
      append_toned (out, wrapped, cell->tone);
      g_string_append_c (out->text, '\n');
    }
  g_ptr_array_set_size (out->fields, 0);
}

static const Cell *
cell_at (Out *out, guint row, guint column)
{
  const GPtrArray *cells = out->rows->pdata[row];

  return column < cells->len ? cells->pdata[column] : NULL;
}

static int
column_width (Out *out, guint column)
{
  int widest = 0;

  for (guint row = 0; row < out->rows->len; row++)
    {
      const Cell *cell = cell_at (out, row, column);

      if (cell)
        widest = MAX (widest, MAX (text_width (cell->label), text_width (cell->text)));
    }
  return widest;
}

/* One line of a table; `row` -1 is the head. */
static void
append_row (Out *out, int row, const int *widths, guint columns)
{
  for (guint column = 0; column < columns; column++)
    {
      const Cell *cell = cell_at (out, MAX (row, 0), column);
      const char *shown = cell ? row < 0 ? cell->label : cell->text : "";

      append_toned (out, shown, cell && row >= 0 ? cell->tone : OUT_PLAIN);
      if (column + 1 < columns)
        append_padding (out->text, widths[column] - text_width (shown) + 2);
    }
  g_string_append_c (out->text, '\n');
}

static void
flush_table (Out *out)
{
  guint columns = out->rows->len > 0 ? ((GPtrArray *) out->rows->pdata[0])->len : 0;
  g_autofree int *widths = g_new0 (int, columns + 1);

  for (guint column = 0; column < columns; column++)
    widths[column] = column_width (out, column);
  if (out->text->len > 0 && columns > 0)
    g_string_append_c (out->text, '\n');
  for (int row = columns > 0 ? -1 : 0; row < (int) out->rows->len; row++)
    append_row (out, row, widths, columns);
}

static void
add_cell (Out *out, const char *label, const char *text, OutTone tone)
{
  Cell *cell;
  gboolean empty = !text || !*text;

  if (!label || (empty && !out->rows))
    return;
  cell = g_new0 (Cell, 1);
  cell->label = g_strdup (label);
  cell->text = empty ? g_strdup ("-") : bg_printable (text);
  cell->tone = tone;
  g_ptr_array_add (out->fields, cell);
}

/* --- Values as people read them --- */

char *
out_format_bytes (guint64 bytes)
{
  static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  double value = (double) bytes / 1024;
  guint unit = 0;

  if (bytes < 1024)
    return g_strdup_printf ("%u B", (guint) bytes);
  for (; value >= 1023.95 && unit + 1 < G_N_ELEMENTS (units); unit++)
    value /= 1024;
  return g_strdup_printf ("%.1f %s", value, units[unit]);
}

char *
out_format_latency (gint64 us)
{
  double ms = (double) us / 1000;

  return us < 0 ? g_strdup ("")
                : g_strdup_printf (ms < 10    ? "%.2f ms"
                                   : ms < 100 ? "%.1f ms"
                                              : "%.0f ms",
                                   ms);
}

char *
out_format_duration (gint64 us)
{
  gint64 s = MAX (us, 0) / G_USEC_PER_SEC;

  if (s < 60)
    return g_strdup_printf (_ ("%d s"), (int) s);
  if (s < 3600)
    return g_strdup_printf (_ ("%d min %d s"), (int) (s / 60), (int) (s % 60));
  if (s < 86400)
    return g_strdup_printf (_ ("%d h %d min"), (int) (s / 3600), (int) (s / 60 % 60));
  return g_strdup_printf (_ ("%" G_GINT64_FORMAT " d %d h"), s / 86400, (int) (s / 3600 % 24));
}

/* --- Fields --- */

static JsonBuilder *
member (Out *out, const char *key)
{
  json_builder_set_member_name (out->json, key);
  return out->json;
}

void
out_word (Out *out, const char *key, const char *label, const char *value, OutTone tone)
{
  if (!out->json)
    add_cell (out, label, value, tone);
  else if (key)
    json_builder_add_string_value (member (out, key), value ? value : "");
}

void
out_text (Out *out, const char *key, const char *label, const char *value)
{
  out_word (out, key, label, value, OUT_PLAIN);
}

void
out_list (Out *out, const char *key, const char *label, const char *const *values)
{
  g_autofree char *joined = NULL;

  if (!out->json)
    {
      joined = g_strjoinv (", ", (char **) values);
      add_cell (out, label, joined, OUT_PLAIN);
      return;
    }
  json_builder_begin_array (member (out, key));
  for (guint i = 0; values[i]; i++)
    json_builder_add_string_value (out->json, values[i]);
  json_builder_end_array (out->json);
}

void
out_flag (Out *out, const char *key, const char *label, gboolean value)
{
  if (out->json)
    json_builder_add_boolean_value (member (out, key), value);
  else
    add_cell (out, label, value ? _ ("yes") : _ ("no"), OUT_PLAIN);
}

static void
add_number (Out *out, const char *key, const char *label, gint64 value, gboolean known, char *text)
{
  g_autofree char *owned = text;

  if (!out->json)
    add_cell (out, label, known ? text : "", OUT_PLAIN);
  else if (known)
    json_builder_add_int_value (member (out, key), value);
  else
    json_builder_add_null_value (member (out, key));
}

void
out_count (Out *out, const char *key, const char *label, gint64 value)
{
  add_number (out, key, label, value, TRUE, g_strdup_printf ("%" G_GINT64_FORMAT, value));
}

void
out_bytes (Out *out, const char *key, const char *label, guint64 bytes)
{
  add_number (out, key, label, (gint64) MIN (bytes, G_MAXINT64), TRUE, out_format_bytes (bytes));
}

void
out_rate (Out *out, const char *key, const char *label, guint64 bytes)
{
  g_autofree char *text = out_format_bytes (bytes);

  /* Translators: so many bytes each second, as "1.5 MiB/s" */
  add_number (out, key, label, (gint64) MIN (bytes, G_MAXINT64), TRUE,
              g_strdup_printf (_ ("%s/s"), text));
}

void
out_latency (Out *out, const char *key, const char *label, gint64 us)
{
  add_number (out, key, label, us, us >= 0, out_format_latency (us));
}

/* The day is left out where it is today. */
static char *
format_clock (gint64 realtime_us)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (realtime_us / G_USEC_PER_SEC),
                        now = g_date_time_new_now_local ();
  gboolean today = when && g_date_time_get_day_of_year (when) == g_date_time_get_day_of_year (now)
                   && g_date_time_get_year (when) == g_date_time_get_year (now);

  return when ? g_date_time_format (when, today ? "%H:%M:%S" : "%F %H:%M") : g_strdup ("");
}

void
out_since (Out *out, const char *key, const char *label, gint64 realtime_us)
{
  add_number (out, key, label, realtime_us, realtime_us > 0,
              out->live ? format_clock (realtime_us)
                        : out_format_duration (g_get_real_time () - realtime_us));
}

void
out_moment (Out *out, const char *key, const char *label, gint64 realtime_us)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (realtime_us / G_USEC_PER_SEC);
  char *text = when ? g_date_time_format (when, "%F %T") : g_strdup ("");

  add_number (out, key, label, realtime_us, realtime_us > 0, text);
}

void
out_variant (Out *out, const char *key, const char *label, GVariant *value)
{
  g_autofree const char **list = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    out_text (out, key, label, g_variant_get_string (value, NULL));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    out_flag (out, key, label, g_variant_get_boolean (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    out_count (out, key, label, g_variant_get_uint32 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    out_count (out, key, label, g_variant_get_int64 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      list = g_variant_get_strv (value, NULL);
      out_list (out, key, label, list);
    }
  else
    {
      g_autofree char *text = g_variant_print (value, FALSE);

      out_text (out, key, label, text);
    }
}

void
out_object_begin (Out *out, const char *key)
{
  if (out->json)
    json_builder_begin_object (member (out, key));
}

void
out_object_end (Out *out)
{
  if (out->json)
    json_builder_end_object (out->json);
}

void
out_table_begin (Out *out, const char *key)
{
  if (out->json)
    {
      json_builder_begin_array (member (out, key));
      return;
    }
  flush_fields (out);
  out->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
}

void
out_row_begin (Out *out)
{
  if (out->json)
    json_builder_begin_object (out->json);
}

void
out_row_end (Out *out)
{
  if (out->json)
    json_builder_end_object (out->json);
  else if (out->rows)
    {
      g_ptr_array_add (out->rows, out->fields);
      out->fields = cells_new ();
    }
}

void
out_table_end (Out *out)
{
  if (out->json)
    {
      json_builder_end_array (out->json);
      return;
    }
  flush_table (out);
  g_clear_pointer (&out->rows, g_ptr_array_unref);
}

void
out_list_begin (Out *out, const char *key)
{
  if (out->json)
    json_builder_begin_array (member (out, key));
}

void
out_list_end (Out *out)
{
  if (out->json)
    json_builder_end_array (out->json);
}

void
out_note (Out *out, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  va_list args;

  if (out->json)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  flush_fields (out);
  lines = g_strsplit (text, "\n",
                      -1); /* newlines are ours: values are made printable by whoever passes them */
  if (!*text)
    g_string_append_c (out->text, '\n');
  for (guint i = 0; lines[i]; i++)
    {
      g_autofree char *shown = bg_printable (lines[i]);

      g_string_append_printf (out->text, "%s\n", shown);
    }
}

void
out_mark (Out *out, const char *word, OutTone tone, int width, const char *text)
{
  g_autofree char *shown = bg_printable (text), *wrapped = wrap_behind (out, shown, width + 2);

  if (out->json)
    return;
  flush_fields (out);
  append_toned (out, word, tone);
  append_padding (out->text, width - text_width (word) + 2);
  g_string_append_printf (out->text, "%s\n", wrapped);
}

void
out_picture (Out *out, const char *lines)
{
  if (out->json)
    return;
  flush_fields (out);
  g_string_append (out->text, lines);
}

void
out_alone (Out *out, const char *key, const char *value)
{
  g_autofree char *shown = bg_printable (value);

  if (out->json)
    out_text (out, key, NULL, value);
  else
    out_note (out, "%s", shown);
}

/* --- The end --- */

/* A terminal obeys characters that JSON need not escape; in JSON text they stand only inside strings. */
static char *
escape_for_terminals (const char *json)
{
  GString *text = g_string_new (NULL);

  for (const char *p = json; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      gboolean active = (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f)
                        || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f)
                        || c == 0xfeff;

      if (active)
        g_string_append_printf (text, "\\u%04x", c);
      else
        g_string_append_unichar (text, c);
    }
  return g_string_free (text, FALSE);
}

static struct
{
  char *code; /* NULL: none */
  char *message;
} failure;

void
out_fail (const char *code, const char *message)
{
  g_free (failure.code);
  g_free (failure.message);
  failure.code = g_strdup (code);
  failure.message = g_strdup (message);
}

static void
add_failure (Out *out)
{
  if (!failure.code)
    return;
  out_object_begin (out, "error");
  out_text (out, "code", NULL, failure.code);
  out_text (out, "message", NULL, failure.message);
  out_object_end (out);
  g_clear_pointer (&failure.code, g_free);
  g_clear_pointer (&failure.message, g_free);
}

void
out_finish_failure (void)
{
  if (failure.code)
    out_finish (out_new (TRUE, FALSE));
}

static void
print_json (Out *out)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL, *shown = NULL;

  add_failure (out);
  json_builder_end_object (out->json);
  root = json_builder_get_root (out->json);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, !out->compact);
  text = json_generator_to_data (generator, NULL);
  shown = escape_for_terminals (text);
  puts (shown);
}

char *
out_take_text (Out *out)
{
  char *text;

  flush_fields (out);
  g_clear_object (&out->json);
  text = g_string_free (out->text, FALSE);
  g_ptr_array_unref (out->fields);
  g_free (out);
  return text;
}

void
out_finish (Out *out)
{
  g_autofree char *text = NULL;

  if (out->json)
    print_json (out);
  text = out_take_text (out);
  g_print ("%s", text);
  fflush (stdout);
}
