/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/metrics.h"

#include "common/log.h"
#include "common/source.h"
#include "metrics/metrics-families.h"
#include "metrics/metrics-server.h"

#include <errno.h>
#include <glib/gstdio.h>

enum
{
  /* The data plane answers in less than one; without it what was known before is told. */
  FIGURES_MS = 500,
  /* Somebody else may let go of the port. */
  LISTEN_AGAIN_MS = 30 * 1000,
  /* What is asked for more often is as it was. */
  FRESH_US = 100 * 1000,
  N_FORMATS = BG_METRICS_OPEN + 1,
};

struct _BgMetrics
{
  BgApplication *app;
  BgMetricsServer *server;
  BgMetricsLedger *ledger;
  GPtrArray *questions; /* that wait for figures */
  GSource *late, *listen_again;
  char *listen; /* as the settings say; NULL: nowhere */
  char *texts[N_FORMATS];
  gint64 written_us; /* those; monotonic, 0: there are none */
};

/* --- What is told --- */

static GPtrArray *
infos_of (GPtrArray *peers)
{
  GPtrArray *infos = g_ptr_array_new ();

  for (guint i = 0; i < peers->len; i++)
    g_ptr_array_add (infos, (gpointer) bg_peer_get_info (peers->pdata[i]));
  return infos;
}

static void
forget_texts (BgMetrics *self)
{
  for (guint i = 0; i < N_FORMATS; i++)
    g_clear_pointer (&self->texts[i], g_free);
  self->written_us = 0;
}

static void
write_texts (BgMetrics *self)
{
  g_autoptr (GPtrArray) peers = bg_application_get_peers (self->app);
  g_autoptr (GPtrArray) infos = infos_of (peers);
  const BgPeerInfo *const *all = (const BgPeerInfo *const *) infos->pdata;
  g_autoptr (GPtrArray) named = bg_metrics_choose_named (self->ledger, all, infos->len);
  BgApplicationFigures figures;
  BgProcessFigures process;
  BgMetricsView view = {
    .info = bg_application_get_info (self->app),
    .figures = &figures,
    .process = &process,
    .ledger = self->ledger,
    .endpoints = bg_application_get_endpoints (self->app),
    .peers = all,
    .n_peers = infos->len,
    .named = (const BgPeerInfo *const *) named->pdata,
    .n_named = named->len,
  };

  bg_application_read_figures (self->app, &figures);
  bg_process_figures_read (&process);
  forget_texts (self);
  for (guint i = 0; i < N_FORMATS; i++)
    self->texts[i] = bg_metrics_write (&view, (BgMetricsFormat) i);
  self->written_us = g_get_monotonic_time ();
}

/* --- Questions --- */

static void
answer_all (BgMetrics *self)
{
  g_autoptr (GPtrArray) questions = g_steal_pointer (&self->questions);

  self->questions = g_ptr_array_new ();
  bg_source_drop (&self->late);
  for (guint i = 0; i < questions->len; i++)
    {
      BgMetricsQuestion *question = questions->pdata[i];
      BgMetricsFormat format = bg_metrics_question_get_format (question);

      bg_metrics_question_answer (question, g_strdup (self->texts[format]));
    }
}

static gboolean
on_late (gpointer data)
{
  BgMetrics *self = data;

  write_texts (self);
  answer_all (self);
  return G_SOURCE_REMOVE;
}

static gboolean
is_fresh (BgMetrics *self)
{
  return self->written_us != 0 && g_get_monotonic_time () - self->written_us < FRESH_US;
}

static void
on_asked (gpointer owner, BgMetricsQuestion *question)
{
  BgMetrics *self = owner;

  g_ptr_array_add (self->questions, question);
  if (self->late)
    return;
  if (is_fresh (self))
    answer_all (self);
  else if (bg_application_request_figures (self->app))
    bg_source_arm (&self->late, FIGURES_MS, on_late, self);
  else
    on_late (self);
}

/* --- What happens meanwhile --- */

static void
on_figures (BgApplication *app, const BgEvent *event, BgMetrics *self)
{
  bg_metrics_ledger_take_event (self->ledger, event);
  if (event->type == BG_EVENT_STATS && self->questions->len > 0)
    on_late (self);
}

static void
on_peer_changed (BgPeer *peer, BgMetrics *self)
{
  const BgPeerInfo *info = bg_peer_get_info (peer);

  if (info->has_key)
    bg_metrics_ledger_note_peer (self->ledger, &info->key, info->state == BG_PEER_PUBLIC_CONNECTED);
}

static void
on_peer_added (BgApplication *app, BgPeer *peer, BgMetrics *self)
{
  g_signal_connect (peer, "changed", G_CALLBACK (on_peer_changed), self);
  on_peer_changed (peer, self);
}

static void
on_peer_removed (BgApplication *app, BgPeer *peer, BgMetrics *self)
{
  const BgPeerInfo *info = bg_peer_get_info (peer);

  g_signal_handlers_disconnect_by_data (peer, self);
  if (info->has_key)
    bg_metrics_ledger_note_peer (self->ledger, &info->key, FALSE);
}

static gboolean
is_up (BgApplication *app)
{
  BgState state = bg_application_get_info (app)->state;

  return state == BG_STATE_ONLINE || state == BG_STATE_DEGRADED || state == BG_STATE_STOPPING;
}

static void
on_state_changed (BgApplication *app, const char *old, const char *new, const char *reason,
                  BgMetrics *self)
{
  if (!is_up (app))
    bg_metrics_ledger_begin_anew (self->ledger);
}

/* --- Where --- */

static gboolean on_listen_again (gpointer data);

static void
listen_now (BgMetrics *self)
{
  g_autoptr (GError) error = NULL;

  bg_source_drop (&self->listen_again);
  if (bg_metrics_server_listen (self->server, self->listen, &error))
    {
      bg_application_note_metrics (self->app, NULL);
      return;
    }
  bg_log (BG_TOPIC_APP, WARNING, NULL, "no metrics at %s: %s", self->listen, error->message);
  bg_application_note_metrics (self->app, bg_words (METRICS_NOT_SERVED, self->listen, error));
  bg_source_arm (&self->listen_again, LISTEN_AGAIN_MS, on_listen_again, self);
}

static gboolean
on_listen_again (gpointer data)
{
  BgMetrics *self = data;

  bg_source_drop (&self->listen_again);
  listen_now (self);
  return G_SOURCE_REMOVE;
}

static void
on_changed (BgApplication *app, BgMetrics *self)
{
  const char *listen = bg_application_get_metrics_listen (app);

  bg_metrics_ledger_note_hub (self->ledger,
                              g_str_equal (bg_application_get_info (app)->signaling_state,
                                           bg_signaling_state_name (BG_SIGNALING_ONLINE)));
  if (g_strcmp0 (listen, self->listen) == 0)
    return;
  g_free (self->listen);
  self->listen = g_strdup (listen);
  listen_now (self);
}

static void
open_socket (BgMetrics *self, const char *runtime_dir, gboolean for_all)
{
  g_autofree char *path = g_build_filename (runtime_dir, BG_METRICS_SOCKET, NULL);
  g_autoptr (GError) error = NULL;

  if (g_mkdir_with_parents (runtime_dir, for_all ? 0755 : 0700) != 0)
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s: %s", runtime_dir, g_strerror (errno));
  else if (!bg_metrics_server_open_socket (self->server, path, for_all ? 0666 : 0600, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "no metrics at %s: %s", path, error->message);
}

/* --- Life --- */

BgMetrics *
bg_metrics_new (BgApplication *app, const char *runtime_dir, gboolean for_all)
{
  BgMetrics *self = g_new0 (BgMetrics, 1);

  self->app = app;
  self->ledger = bg_metrics_ledger_new ();
  self->questions = g_ptr_array_new ();
  self->server = bg_metrics_server_new (on_asked, self);
  g_signal_connect (app, "figures", G_CALLBACK (on_figures), self);
  g_signal_connect (app, "peer-added", G_CALLBACK (on_peer_added), self);
  g_signal_connect (app, "peer-removed", G_CALLBACK (on_peer_removed), self);
  g_signal_connect (app, "state-changed", G_CALLBACK (on_state_changed), self);
  g_signal_connect (app, "changed", G_CALLBACK (on_changed), self);
  open_socket (self, runtime_dir, for_all);
  on_changed (app, self);
  return self;
}

void
bg_metrics_free (BgMetrics *self)
{
  g_autoptr (GPtrArray) peers = NULL;

  if (!self)
    return;
  g_signal_handlers_disconnect_by_data (self->app, self);
  peers = bg_application_get_peers (self->app);
  for (guint i = 0; i < peers->len; i++)
    g_signal_handlers_disconnect_by_data (peers->pdata[i], self);
  if (self->questions->len > 0)
    on_late (self);
  g_ptr_array_unref (self->questions);
  bg_source_drop (&self->listen_again);
  bg_metrics_server_free (self->server);
  bg_metrics_ledger_free (self->ledger);
  forget_texts (self);
  g_free (self->listen);
  g_free (self);
}
