/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sentence.h"

#include <string.h>

/* Letters up to a space, a comma or a colon, and no program's name. */
static gboolean
begins_with_word (const char *text)
{
  gsize length = strcspn (text, " ,:;");

  if (length == 0 || g_str_has_prefix (text, "bamgate"))
    return FALSE;
  for (const char *at = text; at < text + length; at = g_utf8_next_char (at))
    if (!g_unichar_isalpha (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

char *
applet_sentence (const char *reason)
{
  char first[7] = { 0 };

  if (!g_utf8_validate (reason, -1, NULL) || !begins_with_word (reason))
    return g_strdup (reason);
  g_unichar_to_utf8 (g_unichar_totitle (g_utf8_get_char (reason)), first);
  return g_strconcat (first, g_utf8_next_char (reason), NULL);
}
