/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session with a peer of another make: webrtcbin as GStreamer has it, with an agent of its own. */
#include "session-fixture.h"
#include "transport/leg-plugins.h"
#include "transport/transport-datachannel.h"
#include "transport/webrtc-leg.h"

#include <gst/sdp/sdp.h>
#include <gst/webrtc/webrtc.h>

typedef struct
{
  Side *ours;
  GstElement *pipeline, *webrtc;
  GstWebRTCDataChannel *channel;
  gboolean offers;
  _Atomic guint received, received_bytes, closed;
  _Atomic gboolean open;
} Foreign;

/* What webrtcbin says, on its threads */

typedef struct
{
  Foreign *to;
  char *text;
} Word;

static Word *
word_new (Foreign *self, const char *text)
{
  Word *word = g_new (Word, 1);

  *word = (Word){ self, g_strdup (text) };
  return word;
}

static void
word_free (gpointer data)
{
  Word *word = data;

  g_free (word->text);
  g_free (word);
}

static void
say (GSourceFunc func, Word *take)
{
  g_main_context_invoke_full (NULL, G_PRIORITY_DEFAULT, func, take, word_free);
}

static gboolean
give_candidate (gpointer data)
{
  Word *word = data;

  bg_ice_session_add_candidate (word->to->ours->session, word->text, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
give_description (gpointer data)
{
  Word *word = data;
  g_autoptr (GError) error = NULL;

  set_remote_text (word->to->ours->session, word->to->offers ? "offer" : "answer", word->text,
                   &error);
  g_assert_no_error (error);
  return G_SOURCE_REMOVE;
}

static void
on_candidate (GstElement *webrtc, guint line, const char *candidate, Foreign *self)
{
  say (give_candidate, word_new (self, candidate));
}

static void
on_created (GstPromise *promise, gpointer data)
{
  Foreign *self = data;
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  g_autofree char *text = NULL;

  gst_structure_get (gst_promise_get_reply (promise), self->offers ? "offer" : "answer",
                     GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &description, NULL);
  g_assert_nonnull (description);
  g_signal_emit_by_name (self->webrtc, "set-local-description", description, NULL);
  text = gst_sdp_message_as_text (description->sdp);
  say (give_description, word_new (self, text));
  gst_promise_unref (promise);
}

static void
on_message (GstWebRTCDataChannel *channel, GBytes *data, Foreign *self)
{
  self->received_bytes += (guint) g_bytes_get_size (data);
  self->received++;
  g_main_context_wakeup (NULL);
}

static void
on_open (GstWebRTCDataChannel *channel, Foreign *self)
{
  self->open = TRUE;
  g_main_context_wakeup (NULL);
}

static void
on_close (GstWebRTCDataChannel *channel, Foreign *self)
{
  self->closed++;
  g_main_context_wakeup (NULL);
}

static void
take_channel (Foreign *self, GstWebRTCDataChannel *channel)
{
  GstWebRTCDataChannelState state;

  self->channel = g_object_ref (channel);
  g_signal_connect (channel, "on-message-data", G_CALLBACK (on_message), self);
  g_signal_connect (channel, "on-open", G_CALLBACK (on_open), self);
  g_signal_connect (channel, "on-close", G_CALLBACK (on_close), self);
  g_object_get (channel, "ready-state", &state, NULL);
  if (state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    on_open (channel, self);
}

static void
on_channel (GstElement *webrtc, GstWebRTCDataChannel *channel, Foreign *self)
{
  take_channel (self, channel);
}

/* What it is told */

static void
set_remote (Foreign *self)
{
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  GstSDPMessage *message = NULL;

  g_assert_cmpint (gst_sdp_message_new_from_text (self->ours->description, &message), ==,
                   GST_SDP_OK);
  description = gst_webrtc_session_description_new (
    self->offers ? GST_WEBRTC_SDP_TYPE_ANSWER : GST_WEBRTC_SDP_TYPE_OFFER, message);
  g_signal_emit_by_name (self->webrtc, "set-remote-description", description, NULL);
}

static void
set_candidates (Foreign *self)
{
  wait_until (self->ours->candidates->len > 0);
  for (guint i = 0; i < self->ours->candidates->len; i++)
    g_signal_emit_by_name (self->webrtc, "add-ice-candidate", 0, self->ours->candidates->pdata[i]);
}

static void
create (Foreign *self)
{
  g_signal_emit_by_name (self->webrtc, self->offers ? "create-offer" : "create-answer", NULL,
                         gst_promise_new_with_change_func (on_created, self, NULL));
}

static void
create_channel (Foreign *self)
{
  g_autoptr (GstWebRTCDataChannel) channel = NULL;
  g_autoptr (GstStructure) options = gst_structure_new ("options", "ordered", G_TYPE_BOOLEAN, FALSE,
                                                        "max-retransmits", G_TYPE_INT, 0, NULL);

  g_signal_emit_by_name (self->webrtc, "create-data-channel", "bamgate", options, &channel);
  g_assert_nonnull (channel);
  take_channel (self, channel);
}

static void
keep_to_loopback (Foreign *self)
{
  g_autoptr (GstObject) ice = NULL;
  g_autoptr (GObject) agent = NULL;
  gboolean done = FALSE;

  g_object_get (self->webrtc, "ice-agent", &ice, NULL);
  g_object_get (ice, "agent", &agent, NULL);
  g_object_set (agent, "upnp", FALSE, "ice-tcp", FALSE, NULL);
  g_signal_emit_by_name (ice, "add-local-ip-address", "127.0.0.1", &done);
  g_assert_true (done);
}

static Foreign *
foreign_new (gboolean offers)
{
  Foreign *self = g_new0 (Foreign, 1);

  self->offers = offers;
  self->ours = side_new (!offers, NULL);
  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  self->webrtc = gst_element_factory_make ("webrtcbin", NULL);
  g_object_set (self->webrtc, "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, NULL);
  gst_bin_add (GST_BIN (self->pipeline), self->webrtc);
  keep_to_loopback (self);
  g_signal_connect (self->webrtc, "on-ice-candidate", G_CALLBACK (on_candidate), self);
  g_signal_connect (self->webrtc, "on-data-channel", G_CALLBACK (on_channel), self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  return self;
}

static Foreign *
foreign_open (gboolean offers)
{
  Foreign *self;

  g_assert_true (bg_leg_plugins_load (NULL));
  self = foreign_new (offers);
  if (offers)
    {
      create_channel (self);
      create (self);
    }
  else
    bg_ice_session_start (self->ours->session);
  wait_until (self->ours->description);
  set_remote (self);
  if (!offers)
    create (self);
  set_candidates (self);
  wait_state (self->ours, BG_ICE_SESSION_OPEN);
  wait_until (self->open);
  return self;
}

static void
foreign_free (Foreign *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_clear_object (&self->channel);
  gst_object_unref (self->pipeline);
  wait_idle ();
  side_free (self->ours);
  g_free (self);
}

static void
send_theirs (Foreign *self, gsize len)
{
  g_autofree guint8 *bytes = g_malloc0 (len);
  g_autoptr (GBytes) data = NULL;

  bytes[0] = 4;
  data = g_bytes_new (bytes, len);
  g_signal_emit_by_name (self->channel, "send-data", data);
}

static void
send_ours (Foreign *self, gsize len)
{
  BgTransport *channel = bg_ice_session_dup_data_channel (self->ours->session);
  BgPacket *pkt = side_packet (self->ours, 4, len);

  g_assert_cmpint (channel->ops->send (channel, &pkt, 1), ==, 1);
  bg_packet_free (pkt);
  bg_transport_unref (channel);
}

/* Tests */

static void
test_both_ways (gconstpointer offers)
{
  Foreign *peer = foreign_open (GPOINTER_TO_INT (offers));

  g_assert_false (bg_ice_session_is_alone (peer->ours->session));
  send_ours (peer, 148);
  wait_until (peer->received == 1);
  send_ours (peer, 1184);
  wait_until (peer->received == 2);
  g_assert_cmpuint (peer->received_bytes, ==, 148 + 1184);
  send_theirs (peer, 92);
  wait_until (peer->ours->received == 1);
  send_theirs (peer, 1440); /* two fragments */
  wait_until (peer->ours->received == 2);
  g_assert_cmpuint (peer->ours->received_bytes, ==, 92 + 1440);
  foreign_free (peer);
}

/* Whoever ends it, the other learns it. */
static void
test_they_close (gconstpointer offers)
{
  Foreign *peer = foreign_open (GPOINTER_TO_INT (offers));

  g_signal_emit_by_name (peer->channel, "close");
  wait_state (peer->ours, BG_ICE_SESSION_CLOSED);
  g_assert_false (peer->ours->has_failed);
  foreign_free (peer);
}

static void
test_we_close (gconstpointer offers)
{
  Foreign *peer = foreign_open (GPOINTER_TO_INT (offers));

  bg_ice_session_close (peer->ours->session);
  wait_until (peer->closed > 0);
  foreign_free (peer);
}

/* Second fragments get lost, so that no message is ever whole. */
static GstPadProbeReturn
drop_end (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  guint8 chunk[2];

  /* RFC 9260, 3.3.1: DATA, and of its flags only the one for the end */
  if (gst_buffer_extract (GST_PAD_PROBE_INFO_BUFFER (info), 12, chunk, 2) == 2 && chunk[0] == 0
      && (chunk[1] & 3) == 1)
    return GST_PAD_PROBE_DROP;
  return GST_PAD_PROBE_OK;
}

static void
lose_ends (Foreign *self)
{
  GstIterator *iterator = gst_bin_iterate_all_by_element_factory_name (GST_BIN (self->webrtc),
                                                                       "sctpenc");
  g_auto (GValue) item = G_VALUE_INIT;
  g_autoptr (GstPad) pad = NULL;

  g_assert_cmpint (gst_iterator_next (iterator, &item), ==, GST_ITERATOR_OK);
  pad = gst_element_get_static_pad (g_value_get_object (&item), "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, drop_end, NULL, NULL);
  gst_iterator_free (iterator);
}

static gboolean
on_time_to_send (gpointer data)
{
  send_theirs (data, 1440);
  return G_SOURCE_CONTINUE;
}

static void
test_stalls (void)
{
  Foreign *peer = foreign_open (FALSE);
  guint source;

  send_theirs (peer, 1440);
  wait_until (peer->ours->received == 1);
  lose_ends (peer);
  source = g_timeout_add (100, on_time_to_send, peer);
  wait_state (peer->ours, BG_ICE_SESSION_CLOSED);
  g_source_destroy (g_main_context_find_source_by_id (NULL, source));
  g_assert_cmpuint (peer->ours->received, ==, 1);
  foreign_free (peer);
}

static guint
count_threads (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (tasks))
    n++;
  return n;
}

enum
{
  CHANNELS = 50,
  THREADS_EACH = 2, /* of the one who opens them, who is in this process too */
  THREADS_OURS = 40,
};

/* A peer that opens one channel after the other gets threads for a few, and then is heard no more. */
static void
test_many_channels (void)
{
  Foreign *peer = foreign_open (FALSE);
  GPtrArray *channels = g_ptr_array_new_with_free_func (g_object_unref);
  guint before = count_threads (), most = before;

  for (guint i = 0; i < CHANNELS; i++)
    {
      g_autofree char *name = g_strdup_printf ("more-%u", i);
      GstWebRTCDataChannel *channel = NULL;

      g_signal_emit_by_name (peer->webrtc, "create-data-channel", name, NULL, &channel);
      if (channel)
        g_ptr_array_add (channels, channel);
    }
  wait_until ((most = MAX (most, count_threads ()),
               bg_ice_session_get_state (peer->ours->session) != BG_ICE_SESSION_OPEN));
  g_test_message ("threads: %u before, at most %u", before, most);
  g_assert_true (peer->ours->has_failed);
  g_assert_cmpuint (most - before, <=, CHANNELS * THREADS_EACH + THREADS_OURS);
  g_ptr_array_unref (channels);
  foreign_free (peer);
}

static void
ignore (gpointer owner, gpointer payload)
{
}

/* The first leg of a process: the peer's DTLS is there before GStreamer is. */
static void
test_early (void)
{
  static const guint8 hello[64] = { 22, 254, 253 };
  static const BgWebrtcLegNews news = { ignore, ignore, ignore, ignore };
  static const BgTransportSink sink;
  static const BgDataChannelEvents events;
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  BgWebrtcLegConfig config = { .news = &news, .link = bg_session_link_new (owner) };
  BgPacketPool *pool = bg_packet_pool_new (8, 16);
  BgWebrtcLeg *leg;

  config.channel = bg_data_channel_transport_new (1, FALSE, pool, &sink, &events);
  leg = bg_webrtc_leg_new (&config);
  for (guint i = 0; i < 20; i++)
    bg_webrtc_leg_take (leg, hello, sizeof hello);
  g_assert_false (gst_is_initialized ());
  bg_webrtc_leg_unref (leg);
  bg_transport_unref (config.channel);
  bg_session_link_cut (config.link);
  bg_session_link_unref (config.link);
  g_assert_true (bg_packet_pool_destroy (pool));
}

static void
add (const char *name, void (*test) (gconstpointer offers))
{
  g_autofree char *offers = g_strdup_printf ("/webrtc-leg/%s/they-offer", name);
  g_autofree char *answers = g_strdup_printf ("/webrtc-leg/%s/we-offer", name);

  g_test_add_data_func (offers, GINT_TO_POINTER (TRUE), test);
  g_test_add_data_func (answers, GINT_TO_POINTER (FALSE), test);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_leg_plugins_begin ();
  g_test_add_func ("/webrtc-leg/early", test_early);
  add ("both-ways", test_both_ways);
  add ("they-close", test_they_close);
  add ("we-close", test_we_close);
  g_test_add_func ("/webrtc-leg/stalls", test_stalls);
  g_test_add_func ("/webrtc-leg/many-channels", test_many_channels);
  return g_test_run ();
}
