/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said about the table of keys: what an unknown key may have meant, and the documentation. */
#include "app/config-types.h"

#include <string.h>

static const char *
section_title (const char *section)
{
  if (g_str_equal (section, "accept"))
    return "accept NAME";
  if (g_str_equal (section, "service"))
    return "service NAME";
  return g_str_equal (section, "peer") ? "peer NAME" : section;
}

/* --- Hints --- */

/* Levenshtein distance of two short words; longer ones count as far apart. */
static guint
distance (const char *a, const char *b)
{
  guint row[32], la = (guint) strlen (a), lb = (guint) strlen (b);

  if (la >= G_N_ELEMENTS (row) || lb >= G_N_ELEMENTS (row))
    return G_MAXUINT;
  for (guint j = 0; j <= lb; j++)
    row[j] = j;
  for (guint i = 1; i <= la; i++)
    {
      guint diagonal = row[0];

      row[0] = i;
      for (guint j = 1; j <= lb; j++)
        {
          guint above = row[j], replaced = diagonal + (a[i - 1] != b[j - 1]);

          row[j] = MIN (MIN (row[j - 1], above) + 1, replaced);
          diagonal = above;
        }
    }
  return row[lb];
}

static gboolean
is_near (const char *word, const char *known, guint *best)
{
  guint d = distance (word, known);

  if (d > 1 + (guint) strlen (known) / 4 || d >= *best)
    return FALSE;
  *best = d;
  return TRUE;
}

static gboolean
is_secret (const char *key)
{
  static const char *const secrets[] = { "private-key",       "privatekey", "preshared-key",
                                         "presharedkey",      "psk",        "token",
                                         "device-credential", "turn-secret" };

  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    if (g_ascii_strcasecmp (key, secrets[i]) == 0)
      return TRUE;
  return FALSE;
}

BgWords *
bg_config_keys_hint (const char *section, const char *key)
{
  g_autofree char *lower = g_ascii_strdown (key, -1);
  const char *near = NULL, *elsewhere = NULL;
  guint best = G_MAXUINT;

  if (is_secret (key))
    return bg_words (HINT_SECRETS);
  g_strdelimit (lower, "_", '-');
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    {
      if (g_str_equal (row->section, section) && is_near (lower, row->key, &best))
        near = row->key;
      else if (g_str_equal (row->key, lower))
        elsewhere = row->section;
    }
  if (near && best == 0)
    elsewhere = NULL;
  if (elsewhere)
    return g_str_equal (elsewhere, "peer") ? bg_words (HINT_PEER_SECTION)
                                           : bg_words (HINT_SECTION, section_title (elsewhere));
  return near ? bg_words (HINT_KEY, near) : NULL;
}

BgWords *
bg_config_keys_section_hint (const char *section)
{
  g_autofree char *lower = g_ascii_strdown (section, -1);
  const char *near = NULL;
  guint best = G_MAXUINT;

  if (g_str_has_prefix (lower, "peer"))
    return bg_words (HINT_PEER_NAME);
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    if (is_near (lower, row->section, &best))
      near = row->section;
  return near ? bg_words (HINT_SECTION_NAME, section_title (near)) : NULL;
}

/* --- Documentation --- */

static void
describe_default (GString *out, const BgConfigKey *row)
{
  if (row->required)
    g_string_append (out, "required");
  else if (!row->fallback || !*row->fallback)
    g_string_append (out, "none");
  else
    g_string_append_printf (out, "`%s`", row->fallback);
}

char *
bg_config_keys_describe (void)
{
  GString *out = g_string_new (NULL);
  const char *section = "";

  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    {
      if (!g_str_equal (row->section, section))
        g_string_append_printf (
          out, "%s### [%s]\n\n| key | type | default | meaning |\n|---|---|---|---|\n",
          *section ? "\n" : "", section_title (row->section));
      section = row->section;
      g_string_append_printf (out, "| `%s` | %s", row->key, row->type->name);
      if (row->max != 0)
        g_string_append_printf (out, ", %u to %u", row->min, row->max);
      g_string_append (out, " | ");
      describe_default (out, row);
      g_string_append_printf (
        out, " | %s%s |\n", row->doc,
        row->when == BG_CONFIG_NEXT_UP ? " In effect when the tunnel comes up next." : "");
    }
  return g_string_free (out, FALSE);
}
