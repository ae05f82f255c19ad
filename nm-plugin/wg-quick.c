/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg-quick.h"

#include "vpn-keys.h"

#include <string.h>

#define KEY_LENGTH 44 /* 32 bytes in base64 */

typedef enum
{
  LINE_OTHER,
  LINE_INTERFACE,
  LINE_PEER,
  LINE_PUBLIC_KEY,
  LINE_PRIVATE_KEY,
  LINE_PRESHARED_KEY,
  LINE_DNS,
  LINE_DOUBTFUL, /* says a key in a place where none is known */
} LineKind;

static const struct
{
  const char *key;
  LineKind kind;
} keys[] = {
  { "publickey", LINE_PUBLIC_KEY },
  { "privatekey", LINE_PRIVATE_KEY },
  { "presharedkey", LINE_PRESHARED_KEY },
  { "dns", LINE_DNS },
};

gboolean
wg_quick_is_key (const char *text)
{
  gsize n = strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "+/");

  return n == KEY_LENGTH - 1 && g_str_equal (text + n, "=");
}

static gboolean
has_key (const char *text)
{
  gsize run = 0;

  for (; *text; text++)
    {
      if (*text == '=' && run >= KEY_LENGTH - 1)
        return TRUE;
      run = g_ascii_isalnum (*text) || *text == '+' || *text == '/' ? run + 1 : 0;
    }
  return FALSE;
}

static LineKind
kind_of_header (const char *line)
{
  if (g_ascii_strncasecmp (line, "[interface]", strlen ("[interface]")) == 0)
    return LINE_INTERFACE;
  return g_ascii_strncasecmp (line, "[peer]", strlen ("[peer]")) == 0 ? LINE_PEER : LINE_OTHER;
}

/* `value` is what stands behind "=", without blanks and comment. */
static LineKind
read_line (const char *line, char **value)
{
  const char *equals = strchr (line, '=');
  g_autofree char *key = NULL;

  *value = NULL;
  line += strspn (line, " \t\r");
  if (*line == '[' && kind_of_header (line) != LINE_OTHER)
    return kind_of_header (line);
  key = equals && *line != '#' ? g_ascii_strdown (line, equals - line) : g_strdup ("");
  g_strstrip (key);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (key, keys[i].key))
      {
        *value = g_strstrip (g_strndup (equals + 1, strcspn (equals + 1, "#\r")));
        return keys[i].kind;
      }
  return has_key (line) ? LINE_DOUBTFUL : LINE_OTHER;
}

static char *
secret_of (LineKind kind, guint peer)
{
  return kind == LINE_PRIVATE_KEY ? g_strdup (VPN_SECRET_PRIVATE_KEY)
                                  : g_strdup_printf (VPN_SECRET_PSK_PREFIX "%u", peer);
}

gboolean
wg_quick_is (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line; line++)
    {
      g_strstrip (*line);
      if (**line == '[')
        return kind_of_header (*line) != LINE_OTHER;
    }
  return FALSE;
}

/* What stands behind a header or a public key may be anything, a private one among it. */
static void
append_line (GString *rest, LineKind kind, const char *line, const char *value)
{
  if (kind == LINE_INTERFACE)
    g_string_append (rest, "[Interface]\n");
  else if (kind == LINE_PEER)
    g_string_append (rest, "[Peer]\n");
  else if (kind == LINE_PUBLIC_KEY)
    g_string_append_printf (rest, "PublicKey = %.*s\n", (int) strcspn (value, " \t"), value);
  else if (kind != LINE_DOUBTFUL && !has_key (line))
    g_string_append_printf (rest, "%s\n", line);
}

static void
take_line (const char *line, GString *rest, GHashTable *secrets, guint *peer)
{
  char *value;
  LineKind kind = read_line (line, &value);

  *peer += kind == LINE_PEER;
  if (kind == LINE_PRIVATE_KEY || kind == LINE_PRESHARED_KEY)
    {
      g_hash_table_replace (secrets, secret_of (kind, *peer), value);
      return;
    }
  append_line (rest, kind, line, value);
  g_free (value);
}

static void
free_lines (char **lines)
{
  for (char **line = lines; *line; line++)
    explicit_bzero (*line, strlen (*line));
  g_strfreev (lines);
}

char *
wg_quick_take_secrets (const char *text, GHashTable *secrets)
{
  char **lines = g_strsplit (text, "\n", -1);
  GString *rest = g_string_new (NULL);
  guint peer = 0;

  for (char **line = lines; *line; line++)
    {
      g_strchomp (*line);
      take_line (*line, rest, secrets, &peer);
    }
  free_lines (lines);
  while (g_str_has_suffix (rest->str, "\n\n"))
    g_string_truncate (rest, rest->len - 1);
  return g_string_free (rest, FALSE);
}

char *
wg_quick_put_secrets (const char *text, WgQuickFind find, gpointer data)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *whole = g_string_sized_new (strlen (text)
                                       + 4096); /* not moved: no copy of a key stays */
  guint peer = 0;

  for (char **line = lines; *line; line++)
    {
      g_autofree char *value = NULL, *name = NULL;
      LineKind kind = read_line (*line, &value);
      const char *key = NULL;

      if (**line || line[1])
        g_string_append_printf (whole, "%s\n", *line);
      if (kind != LINE_INTERFACE && kind != LINE_PEER)
        continue;
      peer += kind == LINE_PEER;
      name = secret_of (kind == LINE_PEER ? LINE_PRESHARED_KEY : LINE_PRIVATE_KEY, peer);
      key = find (data, name);
      if (key && wg_quick_is_key (key))
        g_string_append_printf (whole, "%s = %s\n",
                                kind == LINE_PEER ? "PresharedKey" : "PrivateKey", key);
    }
  return g_string_free (whole, FALSE);
}

void
wg_quick_free_text (char *text)
{
  if (text)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

static GStrvBuilder *
list_values (const char *text, LineKind kind)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GStrvBuilder *values = g_strv_builder_new ();

  for (char **line = lines; *line; line++)
    {
      g_autofree char *value = NULL;

      if (read_line (*line, &value) == kind)
        g_strv_builder_add (values, value);
    }
  return values;
}

char **
wg_quick_list_peers (const char *text)
{
  g_autoptr (GStrvBuilder) values = list_values (text, LINE_PUBLIC_KEY);

  return g_strv_builder_end (values);
}

char **
wg_quick_list_dns (const char *text)
{
  g_autoptr (GStrvBuilder) values = list_values (text, LINE_DNS), words = g_strv_builder_new ();
  g_auto (GStrv) lists = g_strv_builder_end (values);

  for (char **list = lists; *list; list++)
    {
      g_auto (GStrv) parts = g_strsplit (*list, ",", -1);

      for (char **part = parts; *part; part++)
        g_strv_builder_add (words, g_strstrip (*part));
    }
  return g_strv_builder_end (words);
}
