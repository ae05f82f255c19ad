/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/device-name.h"

#include "common/error.h"
#include "common/printable.h"

#include <string.h>

static gboolean
is_name_byte (char c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '_' || c == '.';
}

gboolean
bg_device_name_is_valid (const char *name)
{
  gsize len = name ? strlen (name) : 0;

  if (len == 0 || len > BG_DEVICE_NAME_MAX)
    return FALSE;
  for (const char *p = name; *p; p++)
    if (!is_name_byte (*p))
      return FALSE;
  return g_ascii_isalnum (name[0]) && g_ascii_isalnum (name[len - 1]);
}

gboolean
bg_device_name_check (const char *name, GError **error)
{
  g_autofree char *shown = NULL, *near = NULL;

  if (bg_device_name_is_valid (name))
    return TRUE;
  shown = bg_printable_start (name, BG_DEVICE_NAME_FOREIGN_MAX);
  near = bg_device_name_suggest (name);
  if (near)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_DEVICE_NAME_SUGGEST, shown,
                  BG_DEVICE_NAME_MAX, near);
  else
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_DEVICE_NAME, shown, BG_DEVICE_NAME_MAX);
  return FALSE;
}

/* Cuts what cannot stand at the ends. */
static void
trim (GString *name)
{
  gsize lead = 0;

  while (lead < name->len && !g_ascii_isalnum (name->str[lead]))
    lead++;
  g_string_erase (name, 0, (gssize) lead);
  g_string_truncate (name, MIN (name->len, BG_DEVICE_NAME_MAX));
  while (name->len > 0 && !g_ascii_isalnum (name->str[name->len - 1]))
    g_string_truncate (name, name->len - 1);
}

char *
bg_device_name_suggest (const char *text)
{
  g_autofree char *utf8 = g_utf8_make_valid (text ? text : "", -1),
                  *ascii = g_str_to_ascii (utf8, "C");
  g_autoptr (GString) name = g_string_new (NULL);

  for (const char *p = ascii; *p; p++)
    if (is_name_byte (*p))
      g_string_append_c (name, *p);
    else if (name->len > 0 && name->str[name->len - 1] != '-')
      g_string_append_c (name, '-');
  trim (name);
  return name->len > 0 ? g_strdup (name->str) : NULL;
}

char *
bg_device_name_to_label (const char *name)
{
  g_autoptr (GString) label = g_string_new (NULL);

  if (!bg_device_name_is_valid (name))
    return NULL;
  for (const char *p = name; *p; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (label, g_ascii_tolower (*p));
    else if (label->str[label->len - 1] != '-')
      g_string_append_c (label, '-');
  return g_strdup (label->str);
}

gboolean
bg_device_name_shares_label (const char *name, const char *other)
{
  g_autofree char *a = bg_device_name_to_label (name), *b = bg_device_name_to_label (other);

  return a && b && g_str_equal (a, b) && !g_str_equal (name, other);
}

gboolean
bg_device_name_is_tolerable (const char *name)
{
  gsize len = name ? strlen (name) : 0;

  if (len == 0 || len > BG_DEVICE_NAME_FOREIGN_MAX || !g_utf8_validate (name, (gssize) len, NULL))
    return FALSE;
  for (const char *p = name; *p; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

/* The dash of an option goes, too, and with it the need for a “--” before the word; so does the tilde of a home directory,
 * which completion in fish leaves as it is. */
char *
bg_device_name_escape (const char *name)
{
  const char *lead = name[0] == '-' ? "\\x2d" : name[0] == '~' ? "\\x7e" : "";
  g_autofree char *rest = bg_printable_without (name + (*lead ? 1 : 0), "\\'");

  return g_strconcat (lead, rest, NULL);
}

gboolean
bg_device_name_is_escaped_as (const char *name, const char *word)
{
  g_autofree char *escaped = bg_device_name_escape (name);

  return g_str_equal (escaped, word);
}

char *
bg_device_name_quote_for_shell (const char *name)
{
  g_autofree char *escaped = NULL;

  if (bg_device_name_is_valid (name))
    return g_strdup (name);
  escaped = bg_device_name_escape (name);
  return g_strconcat ("'", escaped, "'", NULL);
}
