/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A strict reader of the part of TOML 1.0 that the Go program's files use: comments, tables, and keys with a string, a boolean,
 * an integer or an array of strings. Everything else (dotted keys, inline tables, arrays of tables, multi-line strings,
 * floats, dates) is an error that names its line, as is what TOML forbids; so nothing is ever read as something else. Which
 * keys there may be, and whether one comes twice, is the caller's. */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_TOML_STRING,
  BG_TOML_BOOLEAN,
  BG_TOML_INTEGER,
  BG_TOML_STRINGS,
} BgTomlType;

typedef struct
{
  guint              line;  /* counted from 1, where the key stands */
  const char *const *table; /* {"peers", "attic", NULL}; empty before the first header */
  const char        *key;
  BgTomlType         type;
  const char        *string;
  gboolean           boolean;
  gint64             integer;
  const char *const *strings;
} BgTomlValue;

/* FALSE with an error ends the reading. */
typedef gboolean (*BgTomlFunc) (const BgTomlValue *value, gpointer data, GError **error);

/* `text` is UTF-8. BG_ERROR_INVALID_ARGUMENT: "line 3: …". */
gboolean bg_toml_read (const char *text, BgTomlFunc func, gpointer data, GError **error);

G_END_DECLS
