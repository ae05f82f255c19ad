/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session-fixture.h"

#include <string.h>

enum
{
  MESSAGES_KEPT = 256
};

/* Sink, on GStreamer's threads */

static void
keep_message (Side *self, BgTransport *from, const BgPacket *pkt)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->messages->len == MESSAGES_KEPT)
    return;
  g_ptr_array_add (self->messages, g_bytes_new (pkt->data, pkt->len));
  g_array_append_val (self->kinds, from->kind);
}

static void
on_sink_receive (void *data, BgTransport *from, BgPacket **pkts, int n)
{
  Side *self = data;

  for (int i = 0; i < n; i++)
    {
      g_assert_cmpuint (pkts[i]->endpoint.path, ==, from->path);
      keep_message (self, from, pkts[i]);
      atomic_fetch_add (&self->received_bytes, pkts[i]->len);
    }
  bg_packet_free_batch (pkts, n);
  atomic_fetch_add (&self->received, n);
  g_main_context_wakeup (NULL);
}

static void
on_sink_closed (void *data, BgTransport *from)
{
  Side *self = data;

  atomic_fetch_add (&self->closed, 1);
  g_main_context_wakeup (NULL);
}

/* Descriptions */

gboolean
set_remote_text (BgIceSession *session, const char *type, const char *text, GError **error)
{
  BgSdp *sdp = bg_sdp_parse (text, error);

  return sdp && bg_ice_session_set_remote_take (session, type, sdp, error);
}

gboolean
answer_restart_text (BgIceSession *session, const BgIceSettings *ice, const char *text,
                     GError **error)
{
  BgSdp *sdp = bg_sdp_parse (text, error);

  return sdp && bg_ice_session_answer_restart_take (session, ice, sdp, error);
}

/* Signals */

static void
tell (Side *self, GError **error)
{
  BgIceSession *session = self->peer->session;

  if (self->restarts && g_str_equal (self->type, "offer"))
    answer_restart_text (session, &(BgIceSettings){ .loopback_only = TRUE }, self->description,
                         error);
  else
    set_remote_text (session, self->type, self->description, error);
}

void
side_tell_description (Side *self)
{
  g_autoptr (GError) error = NULL;

  self->holds_description = FALSE;
  if (self->peer && self->description
      && bg_ice_session_get_state (self->peer->session) != BG_ICE_SESSION_CLOSED)
    tell (self, &error);
  g_assert_no_error (error);
}

void
side_tell_candidates (Side *self)
{
  self->holds_candidates = FALSE;
  for (guint i = 0; self->peer && i < self->candidates->len; i++)
    bg_ice_session_add_candidate (self->peer->session, self->candidates->pdata[i], NULL);
}

static void
on_session_description (BgIceSession *session, const char *type, const char *sdp, Side *self)
{
  g_free (self->description);
  g_free (self->type);
  self->description = g_strdup (sdp);
  self->type = g_strdup (type);
  if (!self->holds_description)
    side_tell_description (self);
}

static void
on_session_candidate (BgIceSession *session, const char *candidate, Side *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_str_has_prefix (candidate, "candidate:"));
  g_assert_nonnull (self->description);
  g_ptr_array_add (self->candidates, g_strdup (candidate));
  if (self->holds_candidates || !self->peer)
    return;
  bg_ice_session_add_candidate (self->peer->session, candidate, &error);
  g_clear_error (&error); /* the peer may be closed */
}

static void
on_session_pair (BgIceSession *session, Side *self)
{
  self->pairs++;
}

static void
on_session_restarted (BgIceSession *session, Side *self)
{
  self->restarted++;
}

static void
on_session_channel (BgIceSession *session, Side *self)
{
  self->channels++;
}

static void
on_session_failed (BgIceSession *session, const GError *error, Side *self)
{
  g_test_message ("failed: %s", error->message);
  g_assert_false (self->has_failed);
  self->has_failed = TRUE;
}

Side *
side_new (gboolean offerer, const BgIceSessionConfig *config)
{
  Side *self = g_new0 (Side, 1);
  BgIceSessionConfig own = config ? *config : (BgIceSessionConfig){ .ice.loopback_only = TRUE };
  g_autoptr (GError) error = NULL;

  self->pool = bg_packet_pool_new (2048, 4096);
  self->candidates = g_ptr_array_new_with_free_func (g_free);
  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->kinds = g_array_new (FALSE, FALSE, sizeof (BgTransportKind));
  g_mutex_init (&self->lock);
  own.offerer = offerer;
  own.path = offerer ? 7 : 8;
  own.pool = self->pool;
  own.sink = (BgTransportSink){ on_sink_receive, on_sink_closed, self };
  self->session = bg_ice_session_new (&own, &error);
  g_assert_no_error (error);
  g_signal_connect (self->session, "local-description", G_CALLBACK (on_session_description), self);
  g_signal_connect (self->session, "local-candidate", G_CALLBACK (on_session_candidate), self);
  g_signal_connect (self->session, "pair-changed", G_CALLBACK (on_session_pair), self);
  g_signal_connect (self->session, "restarted", G_CALLBACK (on_session_restarted), self);
  g_signal_connect (self->session, "channel-opened", G_CALLBACK (on_session_channel), self);
  g_signal_connect (self->session, "failed", G_CALLBACK (on_session_failed), self);
  return self;
}

void
sides_connect (Side *a, Side *b)
{
  a->peer = b;
  b->peer = a;
}

void
side_free (Side *self)
{
  if (self->peer)
    self->peer->peer = NULL;
  bg_ice_session_close (self->session);
  g_assert_finalize_object (self->session);
  bg_ice_session_wait_closed_all ();
  g_assert_cmpuint (bg_packet_pool_in_use (self->pool), ==, 0);
  g_assert_true (bg_packet_pool_destroy (self->pool));
  g_free (self->description);
  g_free (self->type);
  g_ptr_array_unref (self->candidates);
  g_ptr_array_unref (self->messages);
  g_array_unref (self->kinds);
  g_mutex_clear (&self->lock);
  g_free (self);
}

BgPacket *
side_packet (Side *self, guint8 type, gsize len)
{
  BgPacket *pkt = bg_packet_new (self->pool);

  g_assert_nonnull (pkt);
  memset (pkt->data, 0, len);
  pkt->data[0] = type;
  if (len > 8)
    memset (pkt->data + 8, 0xa5, len - 8);
  pkt->len = (uint32_t) len;
  return pkt;
}

static gboolean
on_wait_end (gpointer data)
{
  return G_SOURCE_REMOVE;
}

void
wait_step (gint64 end, const char *condition)
{
  gint64 left = end - g_get_monotonic_time ();
  g_autoptr (GSource) alarm = NULL;

  if (left <= 0)
    g_error ("did not come true: %s", condition);
  alarm = g_timeout_source_new ((guint) (left / 1000 + 1));
  g_source_set_callback (alarm, on_wait_end, NULL, NULL);
  g_source_attach (alarm, NULL);
  g_main_context_iteration (NULL, TRUE);
  g_source_destroy (alarm);
}

void
wait_idle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}
