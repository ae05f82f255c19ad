/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "traffic.h"

#include "common/source.h"

#define INTERVAL_MS 2000
#define HISTORY_KEY "applet-history"

struct _AppletTraffic
{
  GObject parent;
  BamgateClient *client;
  GSource *tick;
  gboolean is_active;
};

G_DEFINE_FINAL_TYPE (AppletTraffic, applet_traffic, G_TYPE_OBJECT)

AppletHistory *
applet_traffic_get_history (gpointer client_or_peer)
{
  AppletHistory *history = g_object_get_data (client_or_peer, HISTORY_KEY);

  if (!history)
    {
      history = applet_history_new ();
      g_object_set_data_full (client_or_peer, HISTORY_KEY, history, g_object_unref);
    }
  return history;
}

static void
for_each_peer (AppletTraffic *self, void (*visit) (BamgatePeer *peer, gint64 now), gint64 now)
{
  GListModel *peers = bamgate_client_get_peers (self->client);

  for (guint i = 0; i < g_list_model_get_n_items (peers); i++)
    {
      g_autoptr (BamgatePeer) peer = g_list_model_get_item (peers, i);

      visit (peer, now);
    }
}

static void
read_peer (BamgatePeer *peer, gint64 now)
{
  applet_history_read (applet_traffic_get_history (peer), bamgate_peer_get_rx_bytes (peer),
                       bamgate_peer_get_tx_bytes (peer), now);
}

static void
pause_peer (BamgatePeer *peer, gint64 now)
{
  applet_history_pause (applet_traffic_get_history (peer));
}

static gboolean
on_tick (gpointer data)
{
  AppletTraffic *self = data;
  gint64 now = g_get_monotonic_time ();

  applet_history_read (applet_traffic_get_history (self->client),
                       bamgate_client_get_rx_bytes (self->client),
                       bamgate_client_get_tx_bytes (self->client), now);
  for_each_peer (self, read_peer, now);
  return G_SOURCE_CONTINUE;
}

/* Also of a daemon that came anew, and knows nothing of us. */
static void
ask_daemon (AppletTraffic *self, gboolean wanted)
{
  if (bamgate_client_get_running (self->client))
    bamgate_client_set_statistics_interval (self->client, wanted ? INTERVAL_MS : 0, NULL, NULL,
                                            NULL);
}

static void
start_ticking (AppletTraffic *self)
{
  bg_source_drop (&self->tick);
  self->tick = bg_source_attach (g_timeout_source_new (INTERVAL_MS), on_tick, self);
}

static void
stop_ticking (AppletTraffic *self)
{
  bg_source_drop (&self->tick);
  applet_history_pause (applet_traffic_get_history (self->client));
  for_each_peer (self, pause_peer, 0);
}

/* There is nothing to count while the tunnel is down. */
static void
update (AppletTraffic *self)
{
  BamgateState state = bamgate_client_get_state (self->client);
  gboolean carries = state == BAMGATE_STATE_ONLINE || state == BAMGATE_STATE_DEGRADED;
  gboolean ticks = self->is_active && carries;

  if (ticks == (self->tick != NULL))
    return;
  ask_daemon (self, ticks);
  if (ticks)
    start_ticking (self);
  else
    stop_ticking (self);
}

void
applet_traffic_set_active (AppletTraffic *self, gboolean active)
{
  if (active == self->is_active)
    return;
  self->is_active = active;
  update (self);
}

static void
applet_traffic_dispose (GObject *object)
{
  AppletTraffic *self = APPLET_TRAFFIC (object);

  if (self->client)
    applet_traffic_set_active (self, FALSE);
  bg_source_drop (&self->tick);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (applet_traffic_parent_class)->dispose (object);
}

static void
applet_traffic_class_init (AppletTrafficClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = applet_traffic_dispose;
}

static void
applet_traffic_init (AppletTraffic *self)
{
}

AppletTraffic *
applet_traffic_new (BamgateClient *client)
{
  AppletTraffic *self = g_object_new (APPLET_TYPE_TRAFFIC, NULL);

  self->client = g_object_ref (client);
  g_signal_connect_object (client, "notify::running", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return self;
}
