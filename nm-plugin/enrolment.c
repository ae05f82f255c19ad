/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "enrolment.h"

#include "hub-url.h"
#include "vpn-keys.h"
#include "wg-quick.h"

#include <glib/gi18n-lib.h>

G_DEFINE_QUARK (enrolment - error - quark, enrolment_error)

typedef struct
{
  BamgateClient *client;
  NMConnection *connection;
  gboolean is_first; /* this machine was in nothing before */
} Run;

static void
run_free (gpointer data)
{
  Run *run = data;

  g_object_unref (run->client);
  g_object_unref (run->connection);
  g_free (run);
}

static const char *
data_item (NMConnection *connection, const char *name)
{
  const char *text = nm_setting_vpn_get_data_item (nm_connection_get_setting_vpn (connection),
                                                   name);

  return text && *text ? text : NULL;
}

static const char *
find_secret (gpointer connection, const char *name)
{
  const char *text = nm_setting_vpn_get_secret (nm_connection_get_setting_vpn (connection), name);

  return text && *text ? text : NULL;
}

static gboolean
fail (GError **error, EnrolmentError code, char *text)
{
  g_set_error_literal (error, ENROLMENT_ERROR, (int) code, text);
  g_free (text);
  return FALSE;
}

/* --- What there is to do --- */

static gboolean
must_join (BamgateClient *client, NMConnection *connection)
{
  return data_item (connection, VPN_KEY_HUB) && !*bamgate_client_get_server_url (client);
}

static gboolean
has_value (GVariant *settings, const char *wanted)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;
  gboolean found = FALSE;

  g_variant_iter_init (&iter, settings);
  while (!found && g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      found = g_str_has_prefix (name, "peer.") && g_str_has_suffix (name, ".public-key")
              && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
              && g_str_equal (g_variant_get_string (value, NULL), wanted);
      g_variant_unref (value);
    }
  return found;
}

/* `settings` is what the daemon has. */
static gboolean
must_import (NMConnection *connection, GVariant *settings)
{
  const char *text = data_item (connection, VPN_KEY_WG_QUICK);
  g_auto (GStrv) peers = text ? wg_quick_list_peers (text) : NULL;

  for (char **peer = peers; peer && *peer; peer++)
    if (!has_value (settings, *peer))
      return TRUE;
  return FALSE;
}

static gboolean
has_private_key (NMConnection *connection)
{
  const char *key = find_secret (connection, VPN_SECRET_PRIVATE_KEY);

  return key && wg_quick_is_key (key);
}

const char *
enrolment_find_missing_secret (BamgateClient *client, NMConnection *connection)
{
  g_autoptr (GVariant) settings = NULL;

  if (must_join (client, connection) && !find_secret (connection, VPN_SECRET_INVITE))
    return VPN_SECRET_INVITE;
  if (!data_item (connection, VPN_KEY_WG_QUICK) || has_private_key (connection))
    return NULL;
  settings = bamgate_client_get_configuration_sync (client, NULL, NULL);
  return settings && must_import (connection, settings) ? VPN_SECRET_PRIVATE_KEY : NULL;
}

/* --- May it be done? --- */

/* The network of the connection is the machine's, or may become it. */
static gboolean
check_hub (const Run *run, GError **error)
{
  const char *hub = data_item (run->connection, VPN_KEY_HUB);
  const char *present = bamgate_client_get_server_url (run->client);

  if (!hub || !*present || hub_url_same (hub, present))
    return TRUE;
  return fail (
    error, ENROLMENT_ERROR_REFUSED,
    g_strdup_printf (_ ("this machine is in the network of %s, and the connection is for "
                        "%s: leave the first in the window of bamgate"),
                     present, hub));
}

/* Any user may make a connection for himself, and only an administrator one for all. */
static gboolean
check_owner (const Run *run, GError **error)
{
  NMSettingConnection *setting = nm_connection_get_setting_connection (run->connection);

  if (nm_setting_connection_get_num_permissions (setting) == 0)
    return TRUE;
  return fail (
    error, ENROLMENT_ERROR_REFUSED,
    g_strdup (_ ("a connection that is for one user only may not take this machine into a "
                 "network: make it available to all users, or join in the window of bamgate")));
}

static gboolean
check_invite (const Run *run, GError **error)
{
  if (find_secret (run->connection, VPN_SECRET_INVITE))
    return TRUE;
  return fail (
    error, ENROLMENT_ERROR_SECRET,
    g_strdup (
      _ ("an invitation is needed: choose “Invite a Machine” on a machine of the network")));
}

static void
note_bad_key (const char *name, const char *value, gpointer bad)
{
  if (g_str_has_prefix (name, VPN_SECRET_PSK_PREFIX) && !wg_quick_is_key (value))
    *(const char **) bad = name;
}

static gboolean
check_keys (const Run *run, GError **error)
{
  const char *bad = NULL;

  if (!has_private_key (run->connection))
    return fail (error, ENROLMENT_ERROR_SECRET,
                 g_strdup (_ ("the private key of the WireGuard file is needed")));
  nm_setting_vpn_foreach_secret (nm_connection_get_setting_vpn (run->connection), note_bad_key,
                                 &bad);
  return !bad
         || fail (error, ENROLMENT_ERROR_SECRET,
                  g_strdup_printf (_ ("the secret “%s” is no WireGuard key"), bad));
}

/* --- Doing it --- */

static void
take_error (GTask *task, GError *error)
{
  gboolean is_secret = g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_NOT_AUTHORIZED)
                       || g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_NOT_FOUND);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      error->domain = ENROLMENT_ERROR;
      error->code = is_secret ? ENROLMENT_ERROR_SECRET : ENROLMENT_ERROR_REFUSED;
    }
  g_task_return_error (task, error);
}

static void
on_client_configured (GObject *client, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (bamgate_client_configure_finish (BAMGATE_CLIENT (client), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    take_error (task, error);
}

/* Whoever enters by NetworkManager has its switch in mind: the daemon does not bring the tunnel up by itself. Unless it did so before:
 * a machine that is in more than this connection's network goes on as it was. */
static void
leave_to_network_manager (GTask *task)
{
  Run *run = g_task_get_task_data (task);
  GVariantDict settings;

  if (!run->is_first)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert (&settings, "device.autostart", "b", FALSE);
  bamgate_client_configure (run->client, g_variant_dict_end (&settings),
                            g_task_get_cancellable (task), on_client_configured, task);
}

static void
on_client_imported (GObject *client, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autoptr (GVariant)
    answer = bamgate_client_import_text_finish (BAMGATE_CLIENT (client), result, &error);

  if (answer)
    {
      leave_to_network_manager (task);
      return;
    }
  take_error (task, error);
  g_object_unref (task);
}

static void
import (GTask *task)
{
  Run *run = g_task_get_task_data (task);
  GError *error = NULL;
  char *text;

  if (!check_owner (run, &error) || !check_keys (run, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  text = wg_quick_put_secrets (data_item (run->connection, VPN_KEY_WG_QUICK), find_secret,
                               run->connection);
  bamgate_client_import_text (run->client, text, NULL, g_task_get_cancellable (task),
                              on_client_imported, task);
  wg_quick_free_text (text);
}

static void
on_configuration_got (GObject *client, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Run *run = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant)
    settings = bamgate_client_get_configuration_finish (BAMGATE_CLIENT (client), result, &error);

  if (settings && must_import (run->connection, settings))
    {
      import (task);
      return;
    }
  if (settings)
    g_task_return_boolean (task, TRUE);
  else
    take_error (task, error);
  g_object_unref (task);
}

static void
on_client_joined (GObject *client, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;

  if (bamgate_client_join_finish (BAMGATE_CLIENT (client), result, &error))
    {
      leave_to_network_manager (task);
      return;
    }
  take_error (task, error);
  g_object_unref (task);
}

static void
join (GTask *task)
{
  Run *run = g_task_get_task_data (task);
  const char *name = data_item (run->connection, VPN_KEY_NAME);
  GError *error = NULL;
  GVariantDict options;

  if (!check_owner (run, &error) || !check_invite (run, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "server-url", "s", data_item (run->connection, VPN_KEY_HUB));
  if (name)
    g_variant_dict_insert (&options, "name", "s", name);
  bamgate_client_join (run->client, find_secret (run->connection, VPN_SECRET_INVITE),
                       g_variant_dict_end (&options), g_task_get_cancellable (task),
                       on_client_joined, task);
}

void
enrolment_run (BamgateClient *client, NMConnection *connection, GCancellable *cancellable,
               GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Run *run = g_new (Run, 1);
  GError *error = NULL;

  *run = (Run){ g_object_ref (client), g_object_ref (connection),
                *bamgate_client_get_public_key (client) == '\0' };
  g_task_set_task_data (task, run, run_free);
  if (!check_hub (run, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
  else if (must_join (client, connection))
    join (task);
  else if (data_item (connection, VPN_KEY_WG_QUICK))
    bamgate_client_get_configuration (client, cancellable, on_configuration_got, task);
  else
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

gboolean
enrolment_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
