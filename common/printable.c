/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/printable.h"

#include <glib.h>
#include <string.h>

static gboolean
is_harmless (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_PRIVATE_USE:
      return FALSE;
    default:
      return TRUE;
    }
}

char *
bg_printable_without (const char *text, const char *unwanted)
{
  GString *out = g_string_new (NULL);
  const char *p = text ? text : "";

  while (*p)
    {
      gunichar c = g_utf8_get_char_validated (p, -1);

      if (c == (gunichar) -1 || c == (gunichar) -2)
        {
          g_string_append_printf (out, "\\x%02x", (guchar) *p++);
          continue;
        }
      if (is_harmless (c) && (c >= 0x80 || !strchr (unwanted, (int) c)))
        g_string_append_unichar (out, c);
      else if (c < 0x80)
        g_string_append_printf (out, "\\x%02x", c);
      else
        g_string_append_printf (out, "\\u{%x}", c);
      p = g_utf8_next_char (p);
    }
  return g_string_free (out, FALSE);
}

char *
bg_printable (const char *text)
{
  return bg_printable_without (text, "");
}

char *
bg_printable_start (const char *text, gsize max)
{
  char *shown = bg_printable (text);

  if (strlen (shown) > max)
    *g_utf8_find_prev_char (shown, shown + max + 1) = '\0';
  return shown;
}
