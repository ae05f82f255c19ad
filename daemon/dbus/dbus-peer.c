/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-peer.h"

#include "app/application-names.h"
#include "common/key-text.h"
#include "common/service-item.h"
#include "common/source.h"
#include "dbus/dbus-errors.h"
#include "dbus/dbus-settings.h"

#define PING_TIMEOUT_MS 5000

struct _BgDBusPeer
{
  BgDBusTunnel1PeerSkeleton parent;
  BgApplication *app;
  BgPeer *peer; /* NULL once detached */
  GSource *refreshing;
};

static void peer_iface_init (BgDBusTunnel1PeerIface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (BgDBusPeer, bg_dbus_peer, BG_DBUS_TYPE_TUNNEL1_PEER_SKELETON,
                               G_IMPLEMENT_INTERFACE (BG_DBUS_TYPE_TUNNEL1_PEER, peer_iface_init))

char *
bg_dbus_peer_path (const char *id)
{
  return bg_dbus_path_make ("peers", id);
}

/* a(sqs), floating. */
static GVariant *
services_to_variant (const char *const *items)
{
  GVariantBuilder list;
  BgServiceItem item;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sqs)"));
  for (; *items; items++)
    if (bg_service_item_parse (*items, &item))
      g_variant_builder_add (&list, "(sqs)", item.name, item.port,
                             bg_service_protocol_name (item.protocol));
  return g_variant_builder_end (&list);
}

static void
refresh (BgDBusPeer *self)
{
  BgDBusTunnel1Peer *bus = BG_DBUS_TUNNEL1_PEER (self);
  const BgPeerInfo *info = bg_peer_get_info (self->peer);
  g_auto (GStrv) exits = bg_families_to_texts (info->exit_families);
  char key[BG_KEY_TEXT_LEN + 1] = "";

  if (info->has_key)
    bg_key_to_base64 (info->key.bytes, key);
  bg_dbus_tunnel1_peer_set_id (bus, info->id);
  bg_dbus_tunnel1_peer_set_kind (bus, info->is_static ? "static" : "network");
  bg_dbus_tunnel1_peer_set_public_key (bus, key);
  bg_dbus_tunnel1_peer_set_addresses (bus, info->addresses);
  bg_dbus_tunnel1_peer_set_state (bus, bg_peer_public_state_name (info->state));
  bg_dbus_tunnel1_peer_set_state_reason (bus, info->state_reason);
  bg_dbus_tunnel1_peer_set_reasons (bus, bg_words_list_to_variant (info->reasons));
  bg_dbus_tunnel1_peer_set_path (bus, bg_transport_kind_name (info->path));
  bg_dbus_tunnel1_peer_set_relayed (bus, info->relayed);
  bg_dbus_tunnel1_peer_set_local_candidate (bus, info->local_candidate);
  bg_dbus_tunnel1_peer_set_remote_candidate (bus, info->remote_candidate);
  bg_dbus_tunnel1_peer_set_routes (bus, info->routes);
  bg_dbus_tunnel1_peer_set_accepted_routes (bus, info->accepted_routes);
  bg_dbus_tunnel1_peer_set_dns (bus, info->dns);
  bg_dbus_tunnel1_peer_set_dns_search (bus, info->dns_search);
  bg_dbus_tunnel1_peer_set_accepted_dns (bus, info->accepted_dns);
  bg_dbus_tunnel1_peer_set_accepted_dns_search (bus, info->accepted_search);
  bg_dbus_tunnel1_peer_set_services (bus, services_to_variant (info->services));
  bg_dbus_tunnel1_peer_set_exit_offered (bus, (const char *const *) exits);
  bg_dbus_tunnel1_peer_set_latency (bus, info->latency_us);
  bg_dbus_tunnel1_peer_set_last_handshake (bus, info->last_handshake_us);
  bg_dbus_tunnel1_peer_set_connected_since (bus, info->connected_since_us);
  bg_dbus_tunnel1_peer_set_rx_bytes (bus, info->rx_bytes);
  bg_dbus_tunnel1_peer_set_tx_bytes (bus, info->tx_bytes);
  bg_dbus_tunnel1_peer_set_implementation (bus, info->implementation);
  bg_dbus_tunnel1_peer_set_signed (bus, g_strcmp0 (info->membership, "signed") == 0);
}

static gboolean
on_refresh (gpointer data)
{
  BgDBusPeer *self = data;

  bg_source_drop (&self->refreshing);
  refresh (self);
  return G_SOURCE_REMOVE;
}

/* Once for all changes of a moment, and before anybody is answered. */
static void
on_peer_changed (BgPeer *peer, BgDBusPeer *self)
{
  GSource *source;

  if (self->refreshing)
    return;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_HIGH);
  self->refreshing = bg_source_attach (source, on_refresh, self);
}

/* --- Calls --- */

static gboolean
answered_detached (BgDBusPeer *self, GDBusMethodInvocation *invocation)
{
  if (self->peer)
    return FALSE;
  bg_dbus_return (invocation, BG_ERROR_NOT_FOUND, bg_words (PEER_HAS_GONE));
  return TRUE;
}

static GVariant *
get_details (BgDBusPeer *self)
{
  g_autofree char *name = bg_application_dup_name_of (self->app, bg_peer_get_info (self->peer)->id);
  g_autoptr (GVariant) known = g_variant_ref_sink (bg_peer_get_details (self->peer));
  GVariantDict details;

  g_variant_dict_init (&details, known);
  if (*name)
    g_variant_dict_insert (&details, "dns-name", "s", name);
  return g_variant_dict_end (&details);
}

static gboolean
handle_get_details (BgDBusTunnel1Peer *bus, GDBusMethodInvocation *invocation)
{
  BgDBusPeer *self = BG_DBUS_PEER (bus);

  if (!answered_detached (self, invocation))
    bg_dbus_tunnel1_peer_complete_get_details (bus, invocation, get_details (self));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_ping_done (GObject *peer, GAsyncResult *result, gpointer data)
{
  GDBusMethodInvocation *invocation = data;
  g_autoptr (GError) error = NULL;
  gint64 latency = bg_peer_ping_finish (BG_PEER (peer), result, &error);

  if (latency >= 0)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(t)", (guint64) latency));
  else
    bg_dbus_return_error (invocation, error);
}

static gboolean
handle_ping (BgDBusTunnel1Peer *bus, GDBusMethodInvocation *invocation)
{
  BgDBusPeer *self = BG_DBUS_PEER (bus);

  if (!answered_detached (self, invocation))
    bg_peer_ping_async (self->peer, PING_TIMEOUT_MS, NULL, on_ping_done, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
return_result (GDBusMethodInvocation *invocation, gboolean ok, const GError *error)
{
  if (ok)
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    bg_dbus_return_error (invocation, error);
}

static void
on_configure_done (GObject *app, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = bg_application_configure_finish (BG_APPLICATION (app), result, &error);

  return_result (data, ok, error);
}

static gboolean
handle_configure (BgDBusTunnel1Peer *bus, GDBusMethodInvocation *invocation, GVariant *settings)
{
  BgDBusPeer *self = BG_DBUS_PEER (bus);
  const BgPeerInfo *info;
  g_autofree char *prefix = NULL;
  g_autoptr (GVariant) changes = NULL;

  if (answered_detached (self, invocation))
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  info = bg_peer_get_info (self->peer);
  prefix = g_strdup_printf ("%s.%s.", info->is_static ? "peer" : "accept", info->id);
  changes = bg_dbus_settings_from_bus (settings, prefix);
  bg_application_configure_async (self->app, changes, on_configure_done, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_reconnect (BgDBusTunnel1Peer *bus, GDBusMethodInvocation *invocation)
{
  BgDBusPeer *self = BG_DBUS_PEER (bus);
  g_autoptr (GError) error = NULL;

  if (!answered_detached (self, invocation))
    {
      gboolean ok = bg_peer_reconnect (self->peer, &error);

      return_result (invocation, ok, error);
    }
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_forget (BgDBusTunnel1Peer *bus, GDBusMethodInvocation *invocation)
{
  BgDBusPeer *self = BG_DBUS_PEER (bus);
  g_autoptr (BgPeer) peer = NULL;
  g_autoptr (GError) error = NULL;

  if (!answered_detached (self, invocation))
    {
      gboolean ok;

      peer = g_object_ref (self->peer); /* forgetting removes it, and us */
      ok = bg_peer_forget (peer, &error);
      return_result (invocation, ok, error);
    }
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* --- Life --- */

BgDBusPeer *
bg_dbus_peer_new (BgApplication *app, BgPeer *peer, BgDBusRights *rights)
{
  BgDBusPeer *self = g_object_new (BG_TYPE_DBUS_PEER, NULL);

  self->app = g_object_ref (app);
  self->peer = g_object_ref (peer);
  bg_dbus_rights_guard (G_DBUS_INTERFACE_SKELETON (self), rights);
  refresh (self);
  g_signal_connect_object (peer, "changed", G_CALLBACK (on_peer_changed), self, 0);
  return self;
}

void
bg_dbus_peer_detach (BgDBusPeer *self)
{
  bg_source_drop (&self->refreshing);
  g_signal_handlers_disconnect_by_data (self->peer, self);
  g_clear_object (&self->peer);
  g_clear_object (&self->app);
}

static void
bg_dbus_peer_dispose (GObject *object)
{
  BgDBusPeer *self = BG_DBUS_PEER (object);

  bg_source_drop (&self->refreshing);
  g_clear_object (&self->peer);
  g_clear_object (&self->app);
  G_OBJECT_CLASS (bg_dbus_peer_parent_class)->dispose (object);
}

static void
bg_dbus_peer_class_init (BgDBusPeerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bg_dbus_peer_dispose;
  bg_dbus_rights_guard_class (G_DBUS_INTERFACE_SKELETON_CLASS (klass));
}

static void
peer_iface_init (BgDBusTunnel1PeerIface *iface)
{
  iface->handle_get_details = handle_get_details;
  iface->handle_ping = handle_ping;
  iface->handle_configure = handle_configure;
  iface->handle_reconnect = handle_reconnect;
  iface->handle_forget = handle_forget;
}

static void
bg_dbus_peer_init (BgDBusPeer *self)
{
}
