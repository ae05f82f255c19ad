/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client-watch.h"

#include "common/source.h"

#define GATHER_MS 50

struct _AppletClientWatch
{
  GObject parent;
  BamgateClient *client;
  GListModel *peers;
  GSource *soon;
};

G_DEFINE_FINAL_TYPE (AppletClientWatch, applet_client_watch, G_TYPE_OBJECT)

static guint changed_signal;

static const char
  *const watched[] = {
    "running",         "state",     "state-reason",    "server-url", "name",
    "pending-restart", "exit-node", "exit-state",      "exit-lan",   "exit-strict",
    "membership",      "owner",     "pending-devices", /* of the tunnel */
    "addresses",       "id",        "relayed",         /* of a peer */
    "exit-offered",    NULL,
  };

static gboolean
on_soon (gpointer data)
{
  AppletClientWatch *self = data;

  bg_source_drop (&self->soon);
  g_signal_emit (self, changed_signal, 0);
  return G_SOURCE_REMOVE;
}

static void
tell_soon (AppletClientWatch *self)
{
  if (!self->soon)
    self->soon = bg_source_attach (g_timeout_source_new (GATHER_MS), on_soon, self);
}

static void
on_notify (GObject *object, GParamSpec *pspec, AppletClientWatch *self)
{
  if (g_strv_contains (watched, pspec->name))
    tell_soon (self);
}

static void
on_peers_changed (GListModel *peers, guint position, guint removed, guint added,
                  AppletClientWatch *self)
{
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (GObject) peer = g_list_model_get_item (peers, position + i);

      g_signal_handlers_disconnect_by_func (peer, on_notify, self); /* it may only have moved */
      g_signal_connect_object (peer, "notify", G_CALLBACK (on_notify), self, 0);
    }
  tell_soon (self);
}

static void
let_go (AppletClientWatch *self)
{
  for (guint i = 0; self->peers && i < g_list_model_get_n_items (self->peers); i++)
    {
      g_autoptr (GObject) peer = g_list_model_get_item (self->peers, i);

      g_signal_handlers_disconnect_by_func (peer, on_notify, self);
    }
  if (self->peers)
    g_signal_handlers_disconnect_by_func (self->peers, on_peers_changed, self);
  if (self->client)
    g_signal_handlers_disconnect_by_func (self->client, on_notify, self);
  g_clear_object (&self->peers);
  g_clear_object (&self->client);
}

void
applet_client_watch_set (AppletClientWatch *self, BamgateClient *client)
{
  if (client == self->client)
    return;
  let_go (self);
  tell_soon (self);
  if (!client)
    return;
  self->client = g_object_ref (client);
  self->peers = g_object_ref (bamgate_client_get_peers (client));
  g_signal_connect_object (client, "notify", G_CALLBACK (on_notify), self, 0);
  g_signal_connect_object (self->peers, "items-changed", G_CALLBACK (on_peers_changed), self, 0);
  on_peers_changed (self->peers, 0, 0, g_list_model_get_n_items (self->peers), self);
}

BamgateClient *
applet_client_watch_get (AppletClientWatch *self)
{
  return self->client;
}

static void
applet_client_watch_dispose (GObject *object)
{
  AppletClientWatch *self = APPLET_CLIENT_WATCH (object);

  bg_source_drop (&self->soon);
  let_go (self);
  G_OBJECT_CLASS (applet_client_watch_parent_class)->dispose (object);
}

static void
applet_client_watch_class_init (AppletClientWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = applet_client_watch_dispose;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
applet_client_watch_init (AppletClientWatch *self)
{
}

AppletClientWatch *
applet_client_watch_new (void)
{
  return g_object_new (APPLET_TYPE_CLIENT_WATCH, NULL);
}
