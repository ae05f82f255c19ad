/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/enrolment-check.h"

#include "app/device-key.h"
#include "app/instance-lock.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/log.h"
#include "common/printable.h"
#include "net/tun-device.h"
#include "signaling/signaling-client.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- The machine --- */

static gboolean
can_read (BgSecretStore *store, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;

  bg_secret_free (bg_secret_store_read (store, name, &local));
  if (!local)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
check_secrets (const BgEnrolmentPlaces *places, WgKey *private_key, WgKey *public_key,
               GError **error)
{
  g_autoptr (BgSecretStore) files = bg_secret_store_new_files (places->secrets_dir, error);
  g_autoptr (BgSecretStore) owned = NULL;

  if (!files || !can_read (files, "token", error) || !can_read (files, "device-credential", error)
      || !can_read (files, "turn-secret", error))
    return FALSE;
  if (!places->keeper)
    return bg_device_key_keep (files, private_key, public_key, error);
  owned = bg_secret_keeper_open (places->keeper, error);
  return owned && bg_device_key_keep (owned, private_key, public_key, error);
}

static gboolean
check_directory (const char *directory, GError **error)
{
  if (g_mkdir_with_parents (directory, 0700) == 0 && access (directory, W_OK | X_OK) == 0)
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, ABOUT, directory, bg_arg_errno (errno));
  return FALSE;
}

static gboolean
check_interface (BgConfig *config, const BgEnrolmentPlaces *places, GError **error)
{
  BgTunDevice tun;
  gboolean ok;
  int lock;

  if (places->holds_interface)
    return TRUE;
  lock = bg_instance_lock_take (places->runtime_dir, config->interface, error);
  if (lock < 0)
    return FALSE;
  ok = bg_tun_device_open (&tun, config->interface, 0, error);
  if (ok)
    bg_tun_device_close (&tun);
  close (lock);
  return ok;
}

gboolean
bg_enrolment_check_machine (BgConfig *config, const BgEnrolmentPlaces *places, GVariant *changes,
                            WgKey *private_key, WgKey *public_key, GError **error)
{
  return bg_config_check_change (config, places->config_path, changes, error)
         && check_secrets (places, private_key, public_key, error)
         && check_directory (places->state_dir, error) && check_interface (config, places, error);
}

/* --- The network --- */

static gboolean
refuse_overlap (const BgIpPrefix *network, const BgLocalNetwork *met, GError **error)
{
  char text[BG_IP_PREFIX_TEXT], other[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (network, text);
  bg_ip_prefix_format (&met->prefix, other);
  if (met->kind == BG_LOCAL_CONNECTED)
    bg_error_set (error, BG_ERROR_WRONG_STATE, NETWORK_OVERLAPS, text, other, met->interface);
  else if (*met->interface)
    bg_error_set (error, BG_ERROR_WRONG_STATE, NETWORK_OVERLAPS_ROUTE_ON, text, other,
                  met->interface);
  else
    bg_error_set (error, BG_ERROR_WRONG_STATE, NETWORK_OVERLAPS_ROUTE, text, other);
  return FALSE;
}

static gboolean
check_network (const BgLocalNetworks *networks, const BgIpPrefix *network, gboolean force,
               GError **error)
{
  const BgLocalNetwork *met = bg_local_networks_meet (networks, network,
                                                      force ? BG_LOCAL_CONNECTED : BG_LOCAL_ROUTED);
  char text[BG_IP_PREFIX_TEXT];

  if (met)
    return refuse_overlap (network, met, error);
  if (force || bg_ip_prefix_is_nobodys (network))
    return TRUE;
  bg_ip_prefix_format (network, text);
  bg_error_set (error, BG_ERROR_WRONG_STATE, NETWORK_NOT_PRIVATE, text);
  return FALSE;
}

gboolean
bg_enrolment_check_address (const BgLocalNetworks *networks, const char *address, gboolean force,
                            GError **error)
{
  g_autofree char *shown = bg_printable_start (address, 64);
  BgIpPrefix prefix;

  if (!bg_ip_prefix_parse (address, &prefix))
    bg_error_set (error, BG_ERROR_SERVICE, GRANTED_NO_ADDRESS, shown);
  else if (prefix.len < (prefix.family == AF_INET ? BG_BROADEST_LEN4 : BG_BROADEST_LEN6))
    bg_error_set (error, BG_ERROR_SERVICE, GRANTED_TOO_LARGE, shown);
  else if (!bg_ip_prefix_is_unicast_host (&prefix))
    bg_error_set (error, BG_ERROR_SERVICE, GRANTED_UNUSABLE, shown);
  else
    {
      bg_ip_prefix_mask (&prefix);
      return check_network (networks, &prefix, force, error);
    }
  return FALSE;
}

gboolean
bg_enrolment_check_name (const char *name, const char *key, GHashTable *devices, gboolean force,
                         GError **error)
{
  g_autofree char *label = bg_device_name_to_label (name);
  GHashTableIter iter;
  gpointer other, other_key;

  g_hash_table_iter_init (&iter, devices);
  while (!force && g_hash_table_iter_next (&iter, &other, &other_key))
    {
      if (!bg_device_name_shares_label (name, other) || g_str_equal (other_key, key))
        continue;
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NAME_TAKEN_IN_DNS, (const char *) other,
                    label);
      return FALSE;
    }
  return TRUE;
}

gboolean
bg_enrolment_check_url (const char *url, gboolean force, GError **error)
{
  g_autofree char *shown = NULL;

  if (!bg_server_url_is_readable (url))
    return TRUE;
  shown = bg_server_url_http_base (url);
  if (force)
    {
      bg_log (BG_TOPIC_APP, WARNING, NULL, "%s is not encrypted: the token travels readable",
              shown);
      return TRUE;
    }
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, REFUSED_NOT_ENCRYPTED, shown);
  return FALSE;
}
