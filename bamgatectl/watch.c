/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/watch.h"
#include "bamgatectl/rates.h"
#include "bamgatectl/screen.h"
#include "bamgatectl/terminal.h"

#include "common/source.h"

#include <glib-unix.h>
#include <stdio.h>
#include <unistd.h>

enum
{
  GATHER_MS = 50 /* what changes together is shown together */
};

typedef struct
{
  Ctl *ctl;
  void (*show) (Ctl *ctl, Out *out);
  GMainLoop *loop;
  Screen *screen; /* NULL: not a terminal */
  GSource *due;   /* the next time that it is shown */
  CtlExit code;
} Watch;

static void show_later (Watch *self, guint ms);

/* --- Showing --- */

/* TRUE where something goes through. */
static gboolean
update_rates (Watch *self)
{
  BamgateClient *client = self->ctl->client;
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (client);
  gboolean any = rates_update (G_OBJECT (client), bamgate_client_get_rx_bytes (client),
                               bamgate_client_get_tx_bytes (client));

  for (guint i = 0; i < peers->len; i++)
    any |= rates_update (peers->pdata[i], bamgate_peer_get_rx_bytes (peers->pdata[i]),
                         bamgate_peer_get_tx_bytes (peers->pdata[i]));
  return any;
}

static void
draw (Watch *self, Out *out)
{
  g_autofree char *text = out_take_text (out);

  screen_draw (self->screen, text, _ ("q or Ctrl-C ends it"));
}

static void
show_now (Watch *self)
{
  gboolean any = update_rates (self);
  Out *out = out_new (self->ctl->json, TRUE);

  out_be_live (out);
  if (bamgate_client_get_running (self->ctl->client))
    self->show (self->ctl, out);
  else
    {
      out_flag (out, "running", NULL, FALSE);
      out_note (out, _ ("The daemon bamgated is gone; waiting for it."));
    }
  if (self->screen)
    draw (self, out);
  else
    {
      out_note (out, "%s", "");
      out_finish (out);
    }
  if (any) /* nothing is announced when it ends */
    show_later (self, RATES_QUIET_MS);
}

static gboolean
on_due (gpointer data)
{
  Watch *self = data;

  bg_source_drop (&self->due);
  show_now (self);
  return G_SOURCE_REMOVE;
}

static void
show_later (Watch *self, guint ms)
{
  bg_source_drop (&self->due);
  self->due = bg_source_attach (g_timeout_source_new (ms), on_due, self);
}

/* --- What changes --- */

static void
on_change (GObject *object, GParamSpec *pspec, Watch *self)
{
  gint64 soon = g_get_monotonic_time () + GATHER_MS * 1000;

  if (!self->due || g_source_get_ready_time (self->due) > soon)
    show_later (self, GATHER_MS);
}

static void
on_running (BamgateClient *client, GParamSpec *pspec, Watch *self)
{
  if (bamgate_client_get_running (client))
    bamgate_client_set_statistics_interval (client, RATES_INTERVAL_MS, NULL, NULL, NULL);
}

static void
watch_peer (Watch *self, BamgatePeer *peer)
{
  g_signal_connect (peer, "notify", G_CALLBACK (on_change), self);
}

/* Lists of what the daemon tells of beside peers; the handlers of those that go end with them. */
static void
watch_items (Watch *self, GListModel *list, guint position, guint n)
{
  for (guint i = position; i < position + n; i++)
    {
      g_autoptr (GObject) object = g_list_model_get_item (list, i);

      g_signal_connect (object, "notify", G_CALLBACK (on_change), self);
    }
}

static void
on_items_changed (GListModel *list, guint position, guint removed, guint added, Watch *self)
{
  watch_items (self, list, position, added);
  on_change (NULL, NULL, self);
}

static void
watch_list (Watch *self, GListModel *list)
{
  g_signal_connect (list, "items-changed", G_CALLBACK (on_items_changed), self);
  watch_items (self, list, 0, g_list_model_get_n_items (list));
}

static void
leave_list (Watch *self, GListModel *list)
{
  g_signal_handlers_disconnect_by_data (list, self);
  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (GObject) object = g_list_model_get_item (list, i);

      g_signal_handlers_disconnect_by_data (object, self);
    }
}

static void
on_peer_added (BamgateClient *client, BamgatePeer *peer, Watch *self)
{
  watch_peer (self, peer);
  on_change (NULL, NULL, self);
}

static void
on_peer_removed (BamgateClient *client, BamgatePeer *peer, Watch *self)
{
  g_signal_handlers_disconnect_by_data (peer, self);
  on_change (NULL, NULL, self);
}

static void
on_bus_closed (GDBusConnection *connection, gboolean vanished, GError *error, Watch *self)
{
  self->code = CTL_NOT_RUNNING;
  g_main_loop_quit (self->loop);
}

static void
connect_all (Watch *self)
{
  BamgateClient *client = self->ctl->client;
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (client);

  g_signal_connect (client, "notify", G_CALLBACK (on_change), self);
  g_signal_connect (client, "notify::running", G_CALLBACK (on_running), self);
  g_signal_connect (client, "peer-added", G_CALLBACK (on_peer_added), self);
  g_signal_connect (client, "peer-removed", G_CALLBACK (on_peer_removed), self);
  g_signal_connect (bamgate_client_get_connection (client), "closed", G_CALLBACK (on_bus_closed),
                    self);
  for (guint i = 0; i < peers->len; i++)
    watch_peer (self, peers->pdata[i]);
  watch_list (self, bamgate_client_get_endpoints (client));
  watch_list (self, bamgate_client_get_accounts (client));
}

static void
disconnect_all (Watch *self)
{
  BamgateClient *client = self->ctl->client;
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (client);

  for (guint i = 0; i < peers->len; i++)
    g_signal_handlers_disconnect_by_data (peers->pdata[i], self);
  leave_list (self, bamgate_client_get_endpoints (client));
  leave_list (self, bamgate_client_get_accounts (client));
  g_signal_handlers_disconnect_by_data (client, self);
  g_signal_handlers_disconnect_by_data (bamgate_client_get_connection (client), self);
}

/* --- Its end --- */

static void
on_key (char key, gpointer data)
{
  if (key == 'q' || key == 'Q')
    g_main_loop_quit (((Watch *) data)->loop);
}

static gboolean
on_end (gpointer data)
{
  g_main_loop_quit (((Watch *) data)->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_resized (gpointer data)
{
  show_now (data);
  return G_SOURCE_CONTINUE;
}

CtlExit
watch_run (Ctl *ctl, void (*show) (Ctl *ctl, Out *out))
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Watch self = { .ctl = ctl, .show = show, .loop = loop };
  GSource *interrupt = bg_source_attach (g_unix_signal_source_new (SIGINT), on_end, &self),
          *terminate = bg_source_attach (g_unix_signal_source_new (SIGTERM), on_end, &self),
          *resize = bg_source_attach (g_unix_signal_source_new (SIGWINCH), on_resized, &self);

  if (!ctl->json && terminal_obeys (STDOUT_FILENO))
    self.screen = screen_new (on_key, &self);
  connect_all (&self);
  on_running (ctl->client, NULL, &self);
  show_now (&self);
  g_main_loop_run (loop);
  disconnect_all (&self);
  bg_source_drop (&self.due);
  bg_source_drop (&resize);
  bg_source_drop (&terminate);
  bg_source_drop (&interrupt);
  screen_free (self.screen);
  return self.code == CTL_OK ? CTL_OK : ctl_fail_with (self.code, _ ("the bus has gone"));
}
