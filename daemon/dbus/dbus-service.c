/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-service.h"

#include "dbus/dbus-endpoints.h"
#include "dbus/dbus-errors.h"
#include "dbus/dbus-files.h"
#include "dbus/dbus-peer.h"
#include "dbus/dbus-tunnel.h"
#include "common/source.h"

struct _BgDBusService
{
  BgApplication *app;
  BgDBusRights *rights;
  BgDBusStatistics *statistics;
  BgDBusAgents *agents;
  BgDBusTunnel *tunnel;
  BgDBusFiles *files;
  GDBusObjectManagerServer
    *manager;        /* lists what is below its path; the tunnel is at it, exported beside */
  GHashTable *peers; /* BgPeer → BgDBusPeer */
  BgDBusEndpoints *endpoints;
  GSource *announce;
};

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

/* The property Peers names what is exported, no more and no less. */
static void
announce_peers (BgDBusService *self)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer adaptor;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &adaptor))
    g_ptr_array_add (paths, bg_dbus_peer_path (bg_dbus_tunnel1_peer_get_id (adaptor)));
  g_ptr_array_sort (paths, compare_paths);
  g_ptr_array_add (paths, NULL);
  bg_dbus_tunnel1_set_peers (BG_DBUS_TUNNEL1 (self->tunnel), (const char *const *) paths->pdata);
}

static gboolean
on_announce (gpointer data)
{
  BgDBusService *self = data;

  bg_source_drop (&self->announce);
  announce_peers (self);
  return G_SOURCE_REMOVE;
}

/* Once for all that come and go together, and before anybody is answered. */
static void
announce_soon (BgDBusService *self)
{
  GSource *source;

  if (self->announce)
    return;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_HIGH);
  self->announce = bg_source_attach (source, on_announce, self);
}

static void
add_peer (BgDBusService *self, BgPeer *peer)
{
  g_autofree char *path = bg_dbus_peer_path (bg_peer_get_info (peer)->id);
  g_autoptr (BgDBusObjectSkeleton) object = bg_dbus_object_skeleton_new (path);
  BgDBusPeer *adaptor = bg_dbus_peer_new (self->app, peer, self->rights);

  bg_dbus_object_skeleton_set_tunnel1_peer (object, BG_DBUS_TUNNEL1_PEER (adaptor));
  g_dbus_object_manager_server_export (self->manager, G_DBUS_OBJECT_SKELETON (object));
  g_hash_table_insert (self->peers, g_object_ref (peer), adaptor);
}

static void
remove_peer (BgDBusService *self, BgPeer *peer)
{
  BgDBusPeer *adaptor = g_hash_table_lookup (self->peers, peer);
  g_autofree char *path = NULL;

  if (!adaptor)
    return;
  path = bg_dbus_peer_path (bg_dbus_tunnel1_peer_get_id (BG_DBUS_TUNNEL1_PEER (adaptor)));
  g_dbus_object_manager_server_unexport (self->manager, path);
  bg_dbus_peer_detach (adaptor);
  g_hash_table_remove (self->peers, peer);
}

static void
on_app_peer_added (BgApplication *app, BgPeer *peer, BgDBusService *self)
{
  add_peer (self, peer);
  announce_soon (self);
}

static void
on_app_peer_removed (BgApplication *app, BgPeer *peer, BgDBusService *self)
{
  remove_peer (self, peer);
  announce_soon (self);
}

static void
add_known_peers (BgDBusService *self)
{
  g_autoptr (GPtrArray) peers = bg_application_get_peers (self->app);

  for (guint i = 0; i < peers->len; i++)
    add_peer (self, peers->pdata[i]);
}

BgDBusService *
bg_dbus_service_new (GDBusConnection *connection, BgApplication *app, GError **error)
{
  BgDBusService *self = g_new0 (BgDBusService, 1);

  bg_dbus_errors_register ();
  self->app = g_object_ref (app);
  self->rights = bg_dbus_rights_new ();
  self->statistics = bg_dbus_statistics_new (app);
  self->agents = bg_dbus_agents_new (connection, app);
  self->manager = g_dbus_object_manager_server_new (BG_DBUS_PATH);
  self->peers = g_hash_table_new_full (NULL, NULL, g_object_unref, g_object_unref);
  g_signal_connect (app, "peer-added", G_CALLBACK (on_app_peer_added), self);
  g_signal_connect (app, "peer-removed", G_CALLBACK (on_app_peer_removed), self);
  self->tunnel = bg_dbus_tunnel_new (app, self->rights, self->statistics, self->agents);
  add_known_peers (self);
  announce_peers (self);
  self->endpoints = bg_dbus_endpoints_new (app, self->manager, self->rights);
  self->files = bg_dbus_files_new (app, self->rights);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->tunnel), connection,
                                         BG_DBUS_PATH, error)
      || !g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->files), connection,
                                            BG_DBUS_PATH, error))
    {
      bg_dbus_service_free (self);
      return NULL;
    }
  g_dbus_object_manager_server_set_connection (self->manager, connection);
  return self;
}

static void
remove_all_peers (BgDBusService *self)
{
  g_autoptr (GList) peers = g_hash_table_get_keys (self->peers);

  for (GList *l = peers; l; l = l->next)
    remove_peer (self, l->data);
}

static void
withdraw (GDBusInterfaceSkeleton *skeleton)
{
  if (g_dbus_interface_skeleton_get_connection (skeleton))
    g_dbus_interface_skeleton_unexport (skeleton);
}

void
bg_dbus_service_free (BgDBusService *self)
{
  if (!self)
    return;
  bg_dbus_rights_close (self->rights);
  g_signal_handlers_disconnect_by_data (self->app, self);
  bg_source_drop (&self->announce);
  remove_all_peers (self);
  g_clear_pointer (&self->endpoints, bg_dbus_endpoints_free);
  withdraw (G_DBUS_INTERFACE_SKELETON (self->files));
  withdraw (G_DBUS_INTERFACE_SKELETON (self->tunnel));
  g_dbus_object_manager_server_set_connection (self->manager, NULL);
  bg_dbus_tunnel_detach (self->tunnel);
  bg_dbus_files_detach (self->files);
  g_object_unref (self->files);
  g_object_unref (self->tunnel);
  g_object_unref (self->manager);
  bg_dbus_statistics_free (self->statistics);
  bg_dbus_agents_free (self->agents);
  bg_dbus_rights_unref (self->rights);
  g_hash_table_unref (self->peers);
  g_object_unref (self->app);
  g_free (self);
}
