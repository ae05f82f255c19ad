/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/invite-code.h"

char *
bg_invite_code_tidy (const char *text)
{
  char code[BG_INVITE_CODE_SYMBOLS + 1] = { 0 };
  int len = 0;

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '-')
        continue;
      if (!g_ascii_isalnum (*p) || len == BG_INVITE_CODE_SYMBOLS)
        return NULL;
      code[len++] = g_ascii_toupper (*p);
    }
  if (len != BG_INVITE_CODE_SYMBOLS)
    return NULL;
  return g_strdup_printf ("%.*s-%s", BG_INVITE_CODE_SYMBOLS / 2, code,
                          code + BG_INVITE_CODE_SYMBOLS / 2);
}

char *
bg_invite_code_tidy_typed (const char *text)
{
  g_autoptr (GString) solid = g_string_new (NULL);

  for (const char *p = text ? text : ""; *p; p++)
    if (!g_ascii_isspace (*p))
      g_string_append_c (solid, *p);
  return bg_invite_code_tidy (solid->str);
}
