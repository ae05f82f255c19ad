/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/departure.h"

#include "app/secret-change.h"
#include "common/error.h"

#include <gio/gio.h>

gboolean
bg_departure_is_possible (const BgConfig *config)
{
  return config->server_url || config->host_hub;
}

BgWords *
bg_departure_why_member (const BgConfig *config)
{
  return config->server_url ? bg_words (IN_NETWORK_ALREADY, config->server_url)
                            : bg_words (IN_OWN_NETWORK_ALREADY);
}

static gboolean
has_static_peers (const BgConfig *config)
{
  return config->static_peers->len > 0;
}

/* A member of the network that everything goes through: with it the choice goes, or a strict one would shut this machine in. */
static gboolean
has_exit_in_network (const BgConfig *config)
{
  for (guint i = 0; config->exit_node && i < config->static_peers->len; i++)
    if (g_str_equal (((BgStaticPeer *) config->static_peers->pdata[i])->name, config->exit_node))
      return FALSE;
  return config->exit_node != NULL;
}

static void
remove_setting (GVariantDict *changes, const char *name)
{
  g_variant_dict_insert_value (changes, name, g_variant_new_tuple (NULL, 0));
}

/* Then the second address is the hub's, too. */
static gboolean
is_registered (BgSecretStore *secrets)
{
  char *secret = bg_secret_store_read (secrets, "device-credential", NULL);
  gboolean is = secret != NULL;

  bg_secret_free (secret);
  return is;
}

/* What is not set is not named: it may be a drop-in's. */
static GVariant *
changes_of (const BgConfig *config, gboolean registered)
{
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  if (config->server_url)
    remove_setting (&changes, "network.server-url");
  if (config->server_pin)
    remove_setting (&changes, "network.server-pin");
  if (config->host_hub)
    {
      remove_setting (&changes, "network.host-hub");
      remove_setting (&changes, "network.hub-listen");
      remove_setting (&changes, "network.hub-shared-token");
      remove_setting (&changes, "network.hub-approve-devices");
      remove_setting (&changes, "network.moved-from");
    }
  if (!g_str_equal (config->network_name, "default"))
    remove_setting (&changes, "network.name");
  if (config->device_name)
    remove_setting (&changes, "device.name");
  if (config->has_address && !has_static_peers (config))
    remove_setting (&changes, "device.address");
  if (config->has_address6 && (registered || !has_static_peers (config)))
    remove_setting (&changes, "device.address6");
  if (has_exit_in_network (config))
    remove_setting (&changes, "device.exit-node");
  if (config->token_owner.kind != BG_SECRET_UNSAID)
    remove_setting (&changes, "secrets.token");
  if (config->device_credential_owner.kind != BG_SECRET_UNSAID)
    remove_setting (&changes, "secrets.device-credential");
  if (config->turn_secret_owner.kind != BG_SECRET_UNSAID)
    remove_setting (&changes, "secrets.turn-secret");
  if (config->device_key_owner.kind != BG_SECRET_UNSAID && !has_static_peers (config))
    remove_setting (&changes, "secrets.device-key");
  return g_variant_ref_sink (g_variant_dict_end (&changes));
}

static char **
what_stays (const BgConfig *config)
{
  static const char *const for_static_peers[] = { "device-key", "device.address", NULL };

  return has_static_peers (config) ? g_strdupv ((char **) for_static_peers) : g_new0 (char *, 1);
}

BgConfig *
bg_departure_commit (BgConfig *config, const char *config_path, BgSecretStore *secrets,
                     char ***kept, GError **error)
{
  g_autoptr (BgSecretChange) change = bg_secret_change_new (secrets);
  g_autoptr (GVariant) changes = changes_of (config, is_registered (secrets));
  BgConfig *fresh;

  bg_secret_change_add (change, "token", NULL);
  bg_secret_change_add (change, "device-credential", NULL);
  bg_secret_change_add (change, "turn-secret", NULL);
  bg_secret_change_add (change, "signing-key", NULL);
  bg_secret_change_add (change, "authority-key", NULL);
  bg_secret_change_add (change, "authority-key-next", NULL);
  bg_secret_change_add (change, "service-certificate", NULL);
  if (!has_static_peers (config))
    bg_secret_change_add (change, "device-key", NULL);
  if (!bg_secret_change_write (change, error))
    return NULL;
  fresh = bg_config_change (config, config_path, changes, error);
  if (!fresh)
    {
      bg_secret_change_undo (change);
      return NULL;
    }
  *kept = what_stays (config);
  return fresh;
}

/* --- The hub --- */

static gboolean
remove_children (GFile *directory, GError **error)
{
  g_autoptr (GFileEnumerator) files = g_file_enumerate_children (
    directory, G_FILE_ATTRIBUTE_STANDARD_NAME, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, error);
  GFile *child = NULL;

  if (!files)
    return FALSE;
  while (g_file_enumerator_iterate (files, NULL, &child, NULL, error) && child)
    if (!g_file_delete (child, NULL, error))
      return FALSE;
  return child == NULL && (!error || !*error);
}

gboolean
bg_departure_remove_hub (const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, "hub", NULL);
  g_autoptr (GFile) directory = g_file_new_for_path (path);
  g_autoptr (GError) local = NULL;

  if (remove_children (directory, &local) && g_file_delete (directory, NULL, &local))
    return TRUE;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, HUB_DATA_STAY, path, local);
  return FALSE;
}
