/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/complete-values.h"

#include "bamgatectl/bus-words.h"
#include "bamgatectl/device-list.h"
#include "common/device-name.h"
#include "common/printable.h"

#include <string.h>

static void
complete_texts (const char *const *texts, CompleteValue func, gpointer data)
{
  for (; *texts; texts++)
    func (*texts, "", data);
}

void
complete_exits (Ctl *ctl, CompleteValue func, gpointer data)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);

  for (guint i = 0; i < peers->len; i++)
    {
      g_autofree char *name = bg_device_name_escape (bamgate_peer_get_id (peers->pdata[i]));

      if (*bamgate_peer_get_exit_offered (peers->pdata[i]))
        func (name, bus_word_peer_state (bamgate_peer_get_state (peers->pdata[i])), data);
    }
}

void
complete_devices (Ctl *ctl, gboolean waiting, CompleteValue func, gpointer data)
{
  g_autoptr (GVariant) devices = bamgate_client_list_devices_sync (ctl->client, NULL, NULL);

  for (gsize i = 0; devices && i < g_variant_n_children (devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (devices, i);
      g_autofree char *name = bg_device_name_escape (bg_device_entry_text (device, "name"));

      if (waiting ? bg_device_entry_is_pending (device) : !bg_device_entry_is_out (device))
        func (name, bg_device_entry_text (device, "state"), data);
    }
}

void
complete_invites (Ctl *ctl, CompleteValue func, gpointer data)
{
  g_autoptr (GVariant) invites = bamgate_client_list_invites_sync (ctl->client, NULL, NULL);

  for (gsize i = 0; invites && i < g_variant_n_children (invites); i++)
    {
      g_autoptr (GVariant) invite = g_variant_get_child_value (invites, i);

      func (bg_device_entry_text (invite, "id"), bg_device_entry_text (invite, "name"), data);
    }
}

void
complete_endpoints (Ctl *ctl, CompleteValue func, gpointer data)
{
  g_autoptr (GPtrArray) endpoints = bamgate_client_list_endpoints (ctl->client);

  for (guint i = 0; i < endpoints->len; i++)
    func (bamgate_endpoint_get_key (endpoints->pdata[i]),
          bamgate_endpoint_get_state (endpoints->pdata[i]), data);
}

void
complete_listen_modes (CompleteValue func, gpointer data)
{
  static const char *const modes[] = { "virtual", "all", "default", NULL };

  complete_texts (modes, func, data);
}

void
complete_services (Ctl *ctl, CompleteValue func, gpointer data)
{
  g_autoptr (GVariant) services = bamgate_client_list_services_sync (ctl->client, NULL, NULL);

  for (gsize i = 0; services && i < g_variant_n_children (services); i++)
    {
      g_autoptr (GVariant) service = g_variant_get_child_value (services, i);

      func (bg_device_entry_text (service, "name"), bg_device_entry_text (service, "host"), data);
    }
}

/* --- What a peer offers --- */

/* `setting` is that of [accept NAME]. */
static const struct
{
  const char *option, *setting;
  const char *const *(*get) (BamgatePeer *peer);
  gboolean has_all; /* and none */
} offers[] = {
  { "accept-route", "routes", bamgate_peer_get_routes, FALSE },
  { "prefer", "prefer", bamgate_peer_get_routes, FALSE },
  { "accept-dns", "dns", bamgate_peer_get_dns, TRUE },
  { "accept-search", "dns-search", bamgate_peer_get_dns_search, TRUE },
};

gboolean
complete_offered (Ctl *ctl, const char *peer, const char *option, CompleteValue func, gpointer data)
{
  static const char *const whole[] = { "all", "none", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (offers); i++)
    if (g_str_equal (option, offers[i].option))
      {
        BamgatePeer *found = peer ? ctl_lookup_peer (ctl, peer) : NULL;

        if (found)
          complete_texts (offers[i].get (found), func, data);
        if (offers[i].has_all)
          complete_texts (whole, func, data);
        return TRUE;
      }
  return FALSE;
}

/* "accept.NAME.KEY": names have dots, keys none. */
static void
complete_accept (Ctl *ctl, const char *rest, CompleteValue func, gpointer data)
{
  const char *dot = strrchr (rest, '.');
  g_autofree char *id = dot ? g_strndup (rest, (gsize) (dot - rest)) : NULL;
  BamgatePeer *peer = id ? bamgate_client_find_peer (ctl->client, id) : NULL;

  for (gsize i = 0; peer && i < G_N_ELEMENTS (offers); i++)
    if (g_str_equal (dot + 1, offers[i].setting))
      complete_texts (offers[i].get (peer), func, data);
}

void
complete_accept_keys (Ctl *ctl, CompleteValue func, gpointer data)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);

  for (guint i = 0; i < peers->len; i++)
    for (gsize j = 0; j < G_N_ELEMENTS (offers); j++)
      {
        g_autofree char *key = g_strdup_printf (
          "accept.%s.%s", bamgate_peer_get_id (peers->pdata[i]), offers[j].setting);

        if (bamgate_peer_get_kind (peers->pdata[i]) == BAMGATE_PEER_KIND_NETWORK)
          func (key, "", data);
      }
}

/* --- Settings --- */

static const struct
{
  const char *key;
  const char *values[7]; /* ends with NULL */
} setting_values[] = {
  { "dns.manage", { "auto", "resolved", "networkmanager", "resolvconf", "hosts", "off" } },
  { "ice.connect", { "auto", "always", "on-demand" } },
  { "ice.paths", { "direct", "ice", "data-channel" } },
  { "ice.relay", { "hub", "off" } },
  { "log.level", { "debug", "info", "message", "warning", "critical" } },
  { "network.proxy", { "system", "none" } },
};

static gboolean
is_boolean (Ctl *ctl, const char *key)
{
  g_autoptr (GVariant) settings = bamgate_client_get_configuration_sync (ctl->client, NULL, NULL);
  gboolean value;

  return settings && g_variant_lookup (settings, key, "b", &value);
}

void
complete_setting (Ctl *ctl, const char *key, CompleteValue func, gpointer data)
{
  static const char *const yes_or_no[] = { "true", "false", NULL };

  if (g_str_equal (key, "device.exit-node"))
    complete_exits (ctl, func, data);
  else if (g_str_has_prefix (key, "accept."))
    complete_accept (ctl, key + strlen ("accept."), func, data);
  else if (is_boolean (ctl, key))
    complete_texts (yes_or_no, func, data);
  for (gsize i = 0; i < G_N_ELEMENTS (setting_values); i++)
    if (g_str_equal (key, setting_values[i].key))
      complete_texts (setting_values[i].values, func, data);
}
