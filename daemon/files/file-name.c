/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-name.h"

#include <string.h>

/* Longest ending that is kept where a name is cut. */
#define ENDING_MAX 16

/* What is left where nothing is. */
#define NAMELESS "file"

/* On file systems of others: FAT, NTFS, SMB. */
#define UNWANTED "<>:\"|?*"

static const char *
last_part (const char *text)
{
  const char *last = text;

  for (const char *at = text; *at; at++)
    if (*at == '/' || *at == '\\')
      last = at + 1;
  return last;
}

static gboolean
is_invisible (gunichar c)
{
  const guint types = 1u << G_UNICODE_CONTROL
                      | 1u << G_UNICODE_FORMAT /* marks of direction, joiners */
                      | 1u << G_UNICODE_LINE_SEPARATOR | 1u << G_UNICODE_PARAGRAPH_SEPARATOR
                      | 1u << G_UNICODE_SURROGATE | 1u << G_UNICODE_PRIVATE_USE
                      | 1u << G_UNICODE_UNASSIGNED;

  return types & 1u << g_unichar_type (c) || (g_unichar_iszerowidth (c) && !g_unichar_ismark (c));
}

static void
add_visible (GString *name, gunichar c)
{
  if (is_invisible (c))
    return;
  if (g_unichar_isspace (c))
    g_string_append_c (name, ' ');
  else if (c < 0x80 && strchr (UNWANTED, (int) c))
    g_string_append_c (name, '_');
  else
    g_string_append_unichar (name, c);
}

static GString *
keep_visible (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *name = g_string_new (NULL);

  for (const char *at = last_part (valid); *at; at = g_utf8_next_char (at))
    add_visible (name, g_utf8_get_char (at));
  return name;
}

/* Dots and blanks at the ends hide a file, or are lost on the way to another system. */
static void
strip (GString *name)
{
  gsize start = strspn (name->str, ". ");

  g_string_erase (name, 0, (gssize) start);
  while (name->len > 0 && strchr (". ", name->str[name->len - 1]))
    g_string_truncate (name, name->len - 1);
}

static gboolean
is_device (const char *name)
{
  static const char *const devices[] = { "con", "prn", "aux", "nul" };
  gsize len = strcspn (name, ".");

  for (gsize i = 0; i < G_N_ELEMENTS (devices); i++)
    if (len == 3 && g_ascii_strncasecmp (name, devices[i], 3) == 0)
      return TRUE;
  return len == 4 && g_ascii_isdigit (name[3])
         && (g_ascii_strncasecmp (name, "com", 3) == 0
             || g_ascii_strncasecmp (name, "lpt", 3) == 0);
}

static gsize
ending_of (const GString *name)
{
  const char *dot = strrchr (name->str, '.');
  gsize len = dot ? strlen (dot) : 0;

  return len <= ENDING_MAX ? len : 0;
}

/* Between two characters, before the ending. */
static void
cut (GString *name)
{
  gsize ending = ending_of (name), end = name->len - ending, keep = BG_FILE_NAME_MAX - ending;

  if (name->len <= BG_FILE_NAME_MAX)
    return;
  while (keep > 0 && (name->str[keep] & 0xc0) == 0x80)
    keep--;
  g_string_erase (name, (gssize) keep, (gssize) (end - keep));
}

char *
bg_file_name_clean (const char *text)
{
  GString *name = keep_visible (text);

  strip (name);
  if (name->len > 0 && strchr ("-~", name->str[0]))
    name->str[0] = '_';
  if (is_device (name->str))
    g_string_prepend_c (name, '_');
  cut (name);
  strip (name); /* what was within ends it now */
  if (name->len == 0)
    g_string_assign (name, NAMELESS);
  return g_string_free (name, FALSE);
}
