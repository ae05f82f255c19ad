/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exit-choice.h"

#include "common/device-name.h"
#include "vpn-keys.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define PROGRAM "bamgatectl"
#define NO_OTHERS                                                                                  \
  (-50) /* daemon/names/network-manager.c says the same of an interface of the daemon's own */

static gboolean
refuse (GError **error, char *take)
{
  g_set_error_literal (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS, take);
  g_free (take);
  return FALSE;
}

void
exit_choice_clear (ExitChoice *choice)
{
  g_free (choice->name);
  *choice = (ExitChoice){ NULL };
}

/* --- Words --- */

static gboolean
take_name (ExitChoice *choice, const char *name, GError **error)
{
  if (g_str_equal (name, "none"))
    return refuse (error,
                   g_strdup (_ ("“none” is no exit: a connection without one has no key “exit”")));
  if (choice->name || !bg_device_name_is_tolerable (name))
    return refuse (error, g_strdup (_ ("the exit of the connection is no name of a machine")));
  choice->name = g_strdup (name);
  return TRUE;
}

static gboolean
take_flag (const char *key, const char *text, gboolean *has, gboolean *flag, GError **error)
{
  gboolean yes = g_str_equal (text, "yes") || g_str_equal (text, "true");

  if (!yes && !g_str_equal (text, "no") && !g_str_equal (text, "false"))
    return refuse (error, g_strdup_printf (_ ("“%s” of the connection is yes or no"), key));
  *has = TRUE;
  *flag = yes;
  return TRUE;
}

/* `key` is one of the data; FALSE for others. */
static gboolean
take_word (ExitChoice *choice, const char *key, const char *text, GError **error)
{
  if (g_str_equal (key, VPN_KEY_EXIT))
    return take_name (choice, text, error);
  if (g_str_equal (key, VPN_KEY_EXIT_LAN))
    return take_flag (key, text, &choice->has_lan, &choice->lan, error);
  if (g_str_equal (key, VPN_KEY_EXIT_STRICT))
    return take_flag (key, text, &choice->has_strict, &choice->strict, error);
  return refuse (
    error,
    g_strdup_printf (
      _ ("a connection has no key “%s”: there are “exit”, “exit-lan” and “exit-strict”"), key));
}

static gboolean
check (ExitChoice *choice, GError **error)
{
  if (choice->name || !(choice->has_lan || choice->has_strict))
    return TRUE;
  return refuse (
    error,
    g_strdup (_ (
      "the connection says how its exit is, but not which: set “exit” to the name of a machine")));
}

/* --- The data of a connection --- */

typedef struct
{
  ExitChoice *choice;
  GError *error;
} Reading;

/* A word that is misspelt would silently leave packets alone that somebody wanted to be kept in. */
static void
on_item (const char *key, const char *value, gpointer data)
{
  Reading *reading = data;

  if (!reading->error && g_str_has_prefix (key, VPN_KEY_EXIT))
    take_word (reading->choice, key, value, &reading->error);
}

gboolean
exit_choice_read (NMSettingVpn *vpn, ExitChoice *choice, GError **error)
{
  Reading reading = { choice, NULL };

  *choice = (ExitChoice){ NULL };
  nm_setting_vpn_foreach_data_item (vpn, on_item, &reading);
  if (!reading.error && check (choice, &reading.error))
    return TRUE;
  exit_choice_clear (choice);
  g_propagate_error (error, reading.error);
  return FALSE;
}

static void
put (NMSettingVpn *vpn, const char *key, gboolean has, const char *value)
{
  if (has)
    nm_setting_vpn_add_data_item (vpn, key, value);
  else
    nm_setting_vpn_remove_data_item (vpn, key);
}

void
exit_choice_write (const ExitChoice *choice, NMSettingVpn *vpn)
{
  gboolean has = choice->name != NULL;

  put (vpn, VPN_KEY_EXIT, has, choice->name);
  put (vpn, VPN_KEY_EXIT_LAN, has && choice->has_lan, choice->lan ? "yes" : "no");
  put (vpn, VPN_KEY_EXIT_STRICT, has && choice->has_strict, choice->strict ? "yes" : "no");
}

/* --- The line of a file --- */

static gboolean
take_option (ExitChoice *choice, const char *word, GError **error)
{
  if (g_str_has_prefix (word, "--lan="))
    return take_word (choice, VPN_KEY_EXIT_LAN, word + strlen ("--lan="), error);
  if (g_str_has_prefix (word, "--strict="))
    return take_word (choice, VPN_KEY_EXIT_STRICT, word + strlen ("--strict="), error);
  return refuse (error, g_strdup_printf (
                          _ ("the line about the exit has “%s”, which means nothing there"), word));
}

static gboolean
take_words (ExitChoice *choice, char **words, GError **error)
{
  for (; *words; words++)
    if (!(g_str_has_prefix (*words, "--") ? take_option (choice, *words, error)
                                          : take_name (choice, *words, error)))
      return FALSE;
  return check (choice, error);
}

/* The words behind "bamgatectl exit set"; NULL for another line, of which no copy is made: it may hold a key. */
static char **
words_of (const char *line, const char *end)
{
  static const char *const command[] = { PROGRAM, "exit", "set" };
  g_auto (GStrv) words = NULL;
  g_autofree char *copy = NULL;

  while (line < end && (g_ascii_isspace (*line) || *line == '#'))
    line++;
  if (!g_str_has_prefix (line, PROGRAM " "))
    return NULL;
  copy = g_strchomp (g_strndup (line, (gsize) (end - line)));
  if (!g_shell_parse_argv (copy, NULL, &words, NULL))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (command); i++)
    if (g_strcmp0 (words[i], command[i]) != 0)
      return NULL;
  return g_strdupv (words + G_N_ELEMENTS (command));
}

char *
exit_choice_take_line (const char *text, ExitChoice *choice, GError **error)
{
  *choice = (ExitChoice){ NULL };
  for (const char *line = text; line; line = strchr (line, '\n'))
    {
      const char *end;
      g_auto (GStrv) words = NULL;

      line += *line == '\n';
      end = strchrnul (line, '\n');
      words = words_of (line, end);
      if (!words)
        continue;
      if (!take_words (choice, words, error))
        {
          exit_choice_clear (choice);
          return NULL;
        }
      return g_strdup_printf ("%.*s%s", (int) (line - text), text, *end ? end + 1 : end);
    }
  return g_strdup (text);
}

char *
exit_choice_format (const ExitChoice *choice)
{
  g_autofree char *name = NULL;

  if (!choice->name)
    return NULL;
  name = bg_device_name_is_valid (choice->name) ? g_strdup (choice->name)
                                                : g_shell_quote (choice->name);
  return g_strconcat (PROGRAM " exit set ", name, choice->has_lan ? " --lan=" : "",
                      choice->has_lan ? (choice->lan ? "yes" : "no") : "",
                      choice->has_strict ? " --strict=" : "",
                      choice->has_strict ? (choice->strict ? "yes" : "no") : "", "\n", NULL);
}

/* --- What NetworkManager makes of it --- */

static void
set_priority (NMSettingIPConfig *ip, gboolean alone)
{
  int from = alone ? 0 : NO_OTHERS, to = alone ? NO_OTHERS : 0;

  if (ip && nm_setting_ip_config_get_dns_priority (ip) == from)
    g_object_set (ip, NM_SETTING_IP_CONFIG_DNS_PRIORITY, to, NULL);
}

void
exit_choice_set_dns_priority (const ExitChoice *choice, NMConnection *connection)
{
  set_priority (nm_connection_get_setting_ip4_config (connection), choice->name != NULL);
  set_priority (nm_connection_get_setting_ip6_config (connection), choice->name != NULL);
}
