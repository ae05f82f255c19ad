/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "connection-file.h"

#include "exit-choice.h"
#include "join-line.h"
#include "vpn-keys.h"
#include "wg-quick.h"

#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define UP_LINE "bamgatectl up"

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS, text);
  return FALSE;
}

/* --- Reading --- */

/* It finds its peers again when the network below is another: no reason to end with it. */
static NMSettingVpn *
new_vpn (void)
{
  return NM_SETTING_VPN (g_object_new (NM_TYPE_SETTING_VPN, NM_SETTING_VPN_SERVICE_TYPE,
                                       VPN_SERVICE, NM_SETTING_VPN_PERSISTENT, TRUE, NULL));
}

static void
add_ip (NMConnection *connection, NMSetting *setting)
{
  g_object_set (setting, NM_SETTING_IP_CONFIG_METHOD, NM_SETTING_IP4_CONFIG_METHOD_AUTO,
                NM_SETTING_IP_CONFIG_NEVER_DEFAULT, TRUE, NULL);
  nm_connection_add_setting (connection, setting);
}

static NMConnection *
new_connection (const char *name, NMSettingVpn *vpn)
{
  NMConnection *connection = nm_simple_connection_new ();
  g_autofree char *uuid = nm_utils_uuid_generate ();
  NMSetting *setting = nm_setting_connection_new ();

  g_object_set (setting, NM_SETTING_CONNECTION_ID, name, NM_SETTING_CONNECTION_UUID, uuid,
                NM_SETTING_CONNECTION_TYPE, NM_SETTING_VPN_SETTING_NAME,
                NM_SETTING_CONNECTION_AUTOCONNECT, FALSE, NULL);
  nm_connection_add_setting (connection, setting);
  nm_connection_add_setting (connection, NM_SETTING (vpn));
  add_ip (connection, nm_setting_ip4_config_new ());
  add_ip (connection, nm_setting_ip6_config_new ());
  return connection;
}

static void
add_secret (NMSettingVpn *vpn, const char *name, const char *value)
{
  nm_setting_vpn_add_secret (vpn, name, value);
  nm_setting_set_secret_flags (NM_SETTING (vpn), name, NM_SETTING_SECRET_FLAG_NONE, NULL);
}

static NMConnection *
from_join_line (const JoinLine *line, const char *name)
{
  NMSettingVpn *vpn = new_vpn ();

  nm_setting_vpn_add_data_item (vpn, VPN_KEY_HUB, line->hub);
  if (line->name)
    nm_setting_vpn_add_data_item (vpn, VPN_KEY_NAME, line->name);
  if (line->code)
    add_secret (vpn, VPN_SECRET_INVITE, line->code);
  else
    nm_setting_set_secret_flags (NM_SETTING (vpn), VPN_SECRET_INVITE,
                                 NM_SETTING_SECRET_FLAG_NOT_SAVED, NULL);
  return new_connection (name, vpn);
}

/* An address is a server's, a word a domain to search. */
static void
add_dns (NMConnection *connection, const char *word)
{
  NMSettingIPConfig *ip4 = nm_connection_get_setting_ip4_config (connection);
  NMSettingIPConfig *ip6 = nm_connection_get_setting_ip6_config (connection);

  if (nm_utils_ipaddr_valid (AF_INET, word))
    nm_setting_ip_config_add_dns (ip4, word);
  else if (nm_utils_ipaddr_valid (AF_INET6, word))
    nm_setting_ip_config_add_dns (ip6, word);
  else if (*word)
    nm_setting_ip_config_add_dns_search (ip4, word);
}

static NMConnection *
from_wg_quick (const char *text, const char *name)
{
  g_autoptr (GHashTable) secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                          (GDestroyNotify) wg_quick_free_text);
  g_autofree char *rest = wg_quick_take_secrets (text, secrets);
  g_auto (GStrv) dns = wg_quick_list_dns (rest);
  NMSettingVpn *vpn = new_vpn ();
  NMConnection *connection = new_connection (name, vpn);
  GHashTableIter iter;
  gpointer key, value;

  nm_setting_vpn_add_data_item (vpn, VPN_KEY_WG_QUICK, rest);
  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (*(const char *) value)
      add_secret (vpn, key, value);
  if (!g_hash_table_contains (secrets, VPN_SECRET_PRIVATE_KEY))
    nm_setting_set_secret_flags (NM_SETTING (vpn), VPN_SECRET_PRIVATE_KEY,
                                 NM_SETTING_SECRET_FLAG_NOT_SAVED, NULL);
  for (char **word = dns; *word; word++)
    add_dns (connection, *word);
  return connection;
}

static gboolean
check_wg_quick (const char *text, GError **error)
{
  g_auto (GStrv) peers = wg_quick_list_peers (text);

  if (strlen (text) > WG_QUICK_MAX_SIZE)
    return refuse (error, _ ("the WireGuard file is larger than any real one"));
  if (!peers[0])
    return refuse (error, _ ("the WireGuard file has no [Peer] with a PublicKey"));
  return TRUE;
}

static gboolean
is_up_line (const char *text)
{
  g_autofree char *kept = g_strdup (text);

  return g_str_equal (g_strstrip (kept), UP_LINE);
}

/* `text` says nothing of an exit. */
static NMConnection *
read_rest (const char *text, const char *name, GError **error)
{
  g_auto (JoinLine) line = { NULL };

  if (wg_quick_is (text))
    return check_wg_quick (text, error) ? from_wg_quick (text, name) : NULL;
  if (join_line_parse (text, &line))
    return from_join_line (&line, name);
  if (is_up_line (text))
    return new_connection (name, new_vpn ());
  refuse (error, _ ("the file is neither the line of an invitation nor a WireGuard file"));
  return NULL;
}

NMConnection *
connection_file_read (const char *text, const char *name, GError **error)
{
  g_auto (ExitChoice) choice = { NULL };
  NMConnection *connection;
  char *rest;

  if (!g_utf8_validate (text, -1, NULL))
    {
      refuse (error, _ ("the file is not UTF-8 text"));
      return NULL;
    }
  rest = exit_choice_take_line (text, &choice, error);
  connection = rest ? read_rest (rest, name, error) : NULL;
  wg_quick_free_text (rest);
  if (!connection)
    return NULL;
  exit_choice_write (&choice, nm_connection_get_setting_vpn (connection));
  exit_choice_set_dns_priority (&choice, connection);
  return connection;
}

/* --- Writing --- */

static const char *
find_secret (gpointer vpn, const char *name)
{
  return nm_setting_vpn_get_secret (vpn, name);
}

static const char *
data_item (NMSettingVpn *vpn, const char *name)
{
  const char *text = nm_setting_vpn_get_data_item (vpn, name);

  return text && *text ? text : NULL;
}

static char *
write_rest (NMSettingVpn *vpn)
{
  const char *text = data_item (vpn, VPN_KEY_WG_QUICK), *hub = data_item (vpn, VPN_KEY_HUB);

  if (text)
    return wg_quick_put_secrets (text, find_secret, vpn);
  if (hub)
    return join_line_format (nm_setting_vpn_get_secret (vpn, VPN_SECRET_INVITE), hub,
                             data_item (vpn, VPN_KEY_NAME));
  return g_strdup (UP_LINE "\n");
}

/* A command behind a command; within a WireGuard file it is a comment. */
char *
connection_file_write (NMConnection *connection, GError **error)
{
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);
  g_auto (ExitChoice) choice = { NULL };
  g_autofree char *line = NULL;
  char *rest, *whole;

  if (!vpn || g_strcmp0 (nm_setting_vpn_get_service_type (vpn), VPN_SERVICE) != 0)
    {
      refuse (error, _ ("this is no connection of bamgate"));
      return NULL;
    }
  if (!exit_choice_read (vpn, &choice, error))
    return NULL;
  rest = write_rest (vpn);
  line = exit_choice_format (&choice);
  if (!line)
    return rest;
  whole = data_item (vpn, VPN_KEY_WG_QUICK) ? g_strconcat ("# ", line, rest, NULL)
                                            : g_strconcat (rest, line, NULL);
  wg_quick_free_text (rest);
  return whole;
}

gboolean
connection_file_has_secrets (NMConnection *connection)
{
  return nm_setting_vpn_get_num_secrets (nm_connection_get_setting_vpn (connection)) > 0;
}
