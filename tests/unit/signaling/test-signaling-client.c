/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client-fixture.h"
#include "common/error.h"

#include <string.h>

#define PIN "ByoWEjQQXoP2yZKpLlFwK22STxrSethS9//KdzixS+w="

/* Joining */

static void
test_join (Fixture *f, gconstpointer data)
{
  g_assert_true (client_is (f, BG_SIGNALING_OFFLINE));
  client_go_online (f);
  g_assert_cmpstr (
    f->service->last_frame, ==,
    "{\"address\":\"10.0.0.1/24\",\"bamgate\":{\"presence\":1},\"peerId\":\"alpha\",\"publicKey\":\"K\",\"type\":\"join\"}");
  g_assert_cmpstr (f->service->authorization, ==, "Bearer " TOKEN);
  g_assert_null (f->service->origin);
  g_assert_null (f->service->extensions);
  g_assert_null (bg_signaling_client_get_reason (f->client));
  g_assert_cmpint (bg_signaling_client_get_retry_at (f->client), ==, 0);
  g_assert_cmpuint (f->messages->len, ==, 1);
  g_assert_cmpstr (f->messages->pdata[0], ==, "{\"peers\":[],\"type\":\"peers\"}");
}

/* As often as the hub says, while there is a line. */
static void
test_heartbeats (Fixture *f, gconstpointer data)
{
  f->service->heartbeat = "1";
  client_go_online (f);
  for (int i = 0; i < 2; i++)
    {
      wait_until (strstr (f->service->last_frame, "heartbeat") != NULL);
      g_assert_cmpstr (f->service->last_frame, ==, "{\"type\":\"heartbeat\"}");
      bg_signaling_client_rejoin (f->client);
      wait_until (strstr (f->service->last_frame, "join") != NULL);
    }
  bg_signaling_client_stop (f->client);
}

static void
test_senseless_heartbeats (Fixture *f, gconstpointer data)
{
  static const char *const texts[] = { "0", "", "x", "1s", "-1", "99999999999999999999" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      f->service->heartbeat = texts[i];
      client_go_online (f);
      bg_signaling_client_stop (f->client);
    }
}

static void
test_new_refuses (void)
{
  static const char *const bad[][3] = { { "ftp://h", NULL, NULL },
                                        { "wss://h", "a\r\nb", NULL },
                                        { "wss://h", NULL, "pin" },
                                        { "ws://h", NULL, PIN } };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bg_signaling_client_new (bad[i][0], bad[i][1], bad[i][2], &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
    }
}

/* Frames */

static void
test_oversized_frame (Fixture *f, gconstpointer data)
{
  g_autofree char *frame = g_strnfill (BG_SIGNAL_MAX_FRAME + 1, 'x');

  client_go_online (f);
  fake_service_send (f->service, frame);
  wait_until (client_is (f, BG_SIGNALING_WAITING));
  wait_until (client_is (f, BG_SIGNALING_ONLINE));
  g_assert_cmpuint (f->service->joins, ==, 2);
}

static void
test_rubbish_frames (Fixture *f, gconstpointer data)
{
  static const char *const frames[] = {
    "",
    "rubbish",
    "[]",
    "{\"type\":\"ping\"}",
    "{\"type\":\"peers\",\"peers\":[{\"peerId\":\"a\",\"publicKey\":1}]}",
    "{\"type\":\"join\",\"peerId\":\"b\",\"publicKey\":\"K\"}",
    "{\"type\":\"offer\",\"from\":\"b\",\"to\":\"somebody\",\"sdp\":\"\"}",
    "{\"type\":\"offer\",\"from\":\"alpha\",\"to\":\"alpha\",\"sdp\":\"\"}",
  };

  client_go_online (f);
  g_ptr_array_set_size (f->messages, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    fake_service_send (f->service, frames[i]);
  soup_websocket_connection_send_binary (fake_service_newest (f->service),
                                         "{\"type\":\"peer-left\",\"peerId\":\"b\"}", 34);
  client_flush (f);
  g_assert_cmpuint (f->messages->len, ==, 0);
  g_assert_true (client_is (f, BG_SIGNALING_ONLINE));
}

static void
test_lists_are_tidied (Fixture *f, gconstpointer data)
{
  client_go_online (f);
  g_ptr_array_set_size (f->messages, 0);
  fake_service_send (
    f->service,
    "{\"type\":\"peers\",\"peers\":[{\"peerId\":\"b\",\"publicKey\":\"first\"},"
    "{\"peerId\":\"alpha\",\"publicKey\":\"K\"},{\"peerId\":\"b\",\"publicKey\":\"second\"},"
    "{\"peerId\":\"c\",\"publicKey\":\"C\",\"routes\":null}]}");
  client_flush (f);
  g_assert_cmpuint (f->messages->len, ==, 1);
  g_assert_cmpstr (
    f->messages->pdata[0], ==,
    "{\"peers\":[{\"peerId\":\"b\",\"publicKey\":\"first\"},{\"peerId\":\"c\",\"publicKey\":\"C\"}],"
    "\"type\":\"peers\"}");
}

static void
test_messages_pass (Fixture *f, gconstpointer data)
{
  static const char *const frames[] = {
    "{\"peerId\":\"b\",\"type\":\"peer-left\"}",
    "{\"from\":\"b\",\"sdp\":\"v=0\\r\\n\",\"to\":\"alpha\",\"type\":\"offer\"}",
    "{\"from\":\"b\",\"sdp\":\"v=0\\r\\n\",\"to\":\"alpha\",\"type\":\"answer\"}",
    "{\"candidate\":\"c\",\"from\":\"b\",\"to\":\"alpha\",\"type\":\"ice-candidate\"}",
  };

  client_go_online (f);
  g_ptr_array_set_size (f->messages, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    fake_service_send (f->service, frames[i]);
  client_flush (f);
  g_assert_cmpuint (f->messages->len, ==, G_N_ELEMENTS (frames));
  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    g_assert_cmpstr (f->messages->pdata[i], ==, frames[i]);
}

static void
test_send (Fixture *f, gconstpointer data)
{
  g_autoptr (BgSignalMessage) offer = bg_signal_message_new (BG_SIGNAL_OFFER);
  g_autoptr (GError) early = NULL, error = NULL, large = NULL;

  offer->from = g_strdup ("alpha");
  offer->to = g_strdup ("b");
  offer->sdp = g_strdup ("v=0");
  g_assert_false (bg_signaling_client_send (f->client, offer, &early));
  g_assert_error (early, BG_ERROR, BG_ERROR_WRONG_STATE);

  client_go_online (f);
  g_assert_true (bg_signaling_client_send (f->client, offer, &error));
  g_assert_no_error (error);
  wait_until (strstr (f->service->last_frame, "offer") != NULL);
  g_assert_cmpstr (f->service->last_frame, ==,
                   "{\"from\":\"alpha\",\"sdp\":\"v=0\",\"to\":\"b\",\"type\":\"offer\"}");

  g_free (offer->sdp);
  offer->sdp = g_strnfill (BG_SIGNAL_MAX_FRAME, 'x');
  g_assert_false (bg_signaling_client_send (f->client, offer, &large));
  g_assert_error (large, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  g_assert_true (client_is (f, BG_SIGNALING_ONLINE));
}

/* Coming back */

static void
test_restart_of_the_service (Fixture *f, gconstpointer data)
{
  guint16 port = f->service->port;

  client_go_online (f);
  g_clear_pointer (&f->service, fake_service_free);
  wait_until (client_is (f, BG_SIGNALING_WAITING));
  f->service = fake_service_new (port, NULL);
  wait_until (client_is (f, BG_SIGNALING_ONLINE));
  g_assert_cmpuint (f->service->joins, ==, 1);
}

static void
test_goes_over_to_another_service (Fixture *f, gconstpointer data)
{
  g_autoptr (FakeService) first = NULL;
  GError *error = NULL;

  client_go_online (f);
  first = f->service;
  g_assert_true (bg_signaling_client_set_server (f->client, first->url, TOKEN, NULL, &error));
  g_assert_true (client_is (f, BG_SIGNALING_ONLINE));
  g_assert_false (bg_signaling_client_set_server (f->client, "ftp://h/", TOKEN, NULL, &error));
  g_clear_error (&error);
  g_assert_true (client_is (f, BG_SIGNALING_ONLINE));
  f->service = fake_service_new (0, NULL);
  g_assert_true (
    bg_signaling_client_set_server (f->client, f->service->url, "other", NULL, &error));
  wait_until (f->service->joins == 1 && client_is (f, BG_SIGNALING_ONLINE));
  g_assert_cmpstr (f->service->authorization, ==, "Bearer other");
  wait_until (first->closed == 1);
  g_assert_cmpuint (first->joins, ==, 1);
}

static void
test_no_service_yet (Fixture *f, gconstpointer data)
{
  g_autoptr (BgSignalingClient) client = bg_signaling_client_new (NULL, NULL, NULL, NULL);
  BgSignalPeer self = { .id = (char *) "alpha" };
  GError *error = NULL;

  bg_signaling_client_set_self (client, &self);
  bg_signaling_client_start (client);
  bg_signaling_client_retry_now (client);
  bg_signaling_client_rejoin (client);
  g_assert_false (bg_signaling_client_has_server (client));
  g_assert_cmpint (bg_signaling_client_get_state (client), ==, BG_SIGNALING_OFFLINE);
  g_assert_true (bg_signaling_client_set_server (client, f->service->url, TOKEN, NULL, &error));
  g_assert_cmpint (bg_signaling_client_get_state (client), ==, BG_SIGNALING_OFFLINE);
  bg_signaling_client_start (client);
  wait_until (bg_signaling_client_get_state (client) == BG_SIGNALING_ONLINE);
  bg_signaling_client_stop (client);
}

static void
test_own_departure (Fixture *f, gconstpointer data)
{
  gint64 first;

  client_go_online (f);
  g_ptr_array_set_size (f->messages, 0);
  fake_service_send (f->service, "{\"peerId\":\"alpha\",\"type\":\"peer-left\"}");
  wait_until (f->service->joins == 2 && client_is (f, BG_SIGNALING_ONLINE));
  first = g_get_monotonic_time ();
  g_assert_cmpuint (f->service->closed, ==, 1); /* the old socket went before the new one came */

  /* A hub that says so all the time gets a join now and then. */
  fake_service_send (f->service, "{\"left\":[\"b\",\"alpha\"],\"peers\":[],\"type\":\"peers\"}");
  fake_service_send (f->service, "{\"peerId\":\"alpha\",\"type\":\"peer-left\"}");
  wait_until (f->service->joins == 3 && client_is (f, BG_SIGNALING_ONLINE));
  g_assert_cmpint (g_get_monotonic_time () - first, >=, 150 * 1000);
  for (guint i = 0; i < f->messages->len; i++)
    g_assert_null (strstr (f->messages->pdata[i], "peer-left"));
}

static void
test_rejoin (Fixture *f, gconstpointer data)
{
  BgSignalPeer self = { .id = (char *) "alpha", .public_key = (char *) "NEW" };

  client_go_online (f);
  bg_signaling_client_set_self (f->client, &self);
  bg_signaling_client_rejoin (f->client);
  g_assert_true (client_is (f, BG_SIGNALING_WAITING));
  client_assert_reason (f, "joining the hub again");
  bg_signaling_client_rejoin (f->client); /* under way already */
  wait_until (client_is (f, BG_SIGNALING_ONLINE));
  g_assert_cmpuint (f->service->joins, ==, 2);
  g_assert_nonnull (strstr (f->service->last_frame, "NEW"));
}

static void
test_silence (Fixture *f, gconstpointer data)
{
  BgSignalingTiming timing = *bg_signaling_client_get_timing (f->client);

  timing.silence_ms = 100;
  bg_signaling_client_set_timing (f->client, &timing);
  client_go_online (f);
  wait_until (client_is (f, BG_SIGNALING_WAITING));
  client_assert_reason (f, "fell silent");
  wait_until (client_is (f, BG_SIGNALING_ONLINE));
}

static gboolean
on_time_passed (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

/* The pings are of whole seconds, which GLib lines up with others': the first may take almost
 * two. They answer the question whether it lives, too. */
static void
test_pongs_are_signs_of_life (Fixture *f, gconstpointer data)
{
  BgSignalingTiming timing = *bg_signaling_client_get_timing (f->client);
  g_autoptr (GSource) longer_than_silence = g_timeout_source_new (3500);
  gboolean passed = FALSE;

  timing.ping_s = 1;
  timing.silence_ms = 3000;
  timing.probe_ms = 3000;
  bg_signaling_client_set_timing (f->client, &timing);
  client_go_online (f);
  bg_signaling_client_retry_now (f->client);
  f->changes = 0;
  g_source_set_callback (longer_than_silence, on_time_passed, &passed, NULL);
  g_source_attach (longer_than_silence, NULL);
  wait_until (passed || f->changes > 0);
  g_assert_cmpuint (f->changes, ==, 0);
  g_assert_true (client_is (f, BG_SIGNALING_ONLINE));
}

static void
test_retry_now_while_waiting (Fixture *f, gconstpointer data)
{
  BgSignalingTiming timing = *bg_signaling_client_get_timing (f->client);

  timing.backoff_permille = 100000; /* minutes */
  bg_signaling_client_set_timing (f->client, &timing);
  f->service->mode = FAKE_STATUS;
  bg_signaling_client_start (f->client);
  wait_until (client_is (f, BG_SIGNALING_WAITING));
  g_assert_cmpint (client_delay (f), >, 60 * 1000);
  f->service->mode = FAKE_HUB;
  bg_signaling_client_retry_now (f->client);
  wait_until (client_is (f, BG_SIGNALING_ONLINE));
}

static void
test_retry_now_while_online (Fixture *f, gconstpointer data)
{
  BgSignalingTiming timing = *bg_signaling_client_get_timing (f->client);

  timing.probe_ms = 50; /* shorter than the probe's ping takes to leave */
  bg_signaling_client_set_timing (f->client, &timing);
  client_go_online (f);
  bg_signaling_client_retry_now (f->client);
  bg_signaling_client_retry_now (f->client);
  g_assert_true (client_is (f, BG_SIGNALING_ONLINE));
  wait_until (client_is (f, BG_SIGNALING_WAITING));
  client_assert_reason (f, "fell silent");
}

static gboolean
on_time_to_talk (gpointer data)
{
  Fixture *f = data;

  bg_signaling_client_retry_now (f->client);
  fake_service_send (
    f->service,
    "{\"candidate\":\"more\",\"from\":\"z\",\"to\":\"alpha\",\"type\":\"ice-candidate\"}");
  return G_SOURCE_CONTINUE;
}

/* Nothing of ours gets out, and a peer goes on talking: neither that nor being asked again is an answer. */
static void
test_messages_answer_no_question (Fixture *f, gconstpointer data)
{
  BgSignalingTiming timing = *bg_signaling_client_get_timing (f->client);
  gboolean passed = FALSE;
  guint talk, too_long;

  timing.probe_ms = 200; /* shorter than the probe's ping takes to leave */
  bg_signaling_client_set_timing (f->client, &timing);
  client_go_online (f);
  talk = g_timeout_add (20, on_time_to_talk, f);
  too_long = g_timeout_add (10 * 1000, on_time_passed, &passed);
  wait_until (passed || client_is (f, BG_SIGNALING_WAITING));
  g_source_remove (talk);
  g_assert_false (passed);
  g_source_remove (too_long);
  client_assert_reason (f, "fell silent");
}

/* Stopping */

static void
test_stop_everywhere (Fixture *f, gconstpointer data)
{
  bg_signaling_client_stop (f->client);
  bg_signaling_client_retry_now (f->client);
  bg_signaling_client_rejoin (f->client);
  g_assert_true (client_is (f, BG_SIGNALING_OFFLINE));

  bg_signaling_client_start (f->client); /* dialling */
  bg_signaling_client_stop (f->client);
  client_go_online (f); /* online */
  bg_signaling_client_stop (f->client);
  wait_until (f->service->closed == f->service->sockets->len);

  client_go_online (f);
  bg_signaling_client_rejoin (f->client); /* leaving */
  bg_signaling_client_stop (f->client);
  wait_until (f->service->closed == f->service->sockets->len);

  f->service->mode = FAKE_STATUS;
  bg_signaling_client_start (f->client); /* waiting */
  wait_until (client_is (f, BG_SIGNALING_WAITING));
  bg_signaling_client_stop (f->client);
  g_assert_cmpint (bg_signaling_client_get_retry_at (f->client), ==, 0);
  g_assert_true (client_is (f, BG_SIGNALING_OFFLINE));
}

/* Lines that are closed by the hub: delays in ms, all of 16. */

enum
{
  ROUNDS = 16
};

static void
use_real_delays (Fixture *f, guint stable_ms)
{
  BgSignalingTiming timing = *bg_signaling_client_get_timing (f->client);

  timing.backoff_permille = 1000;
  timing.spacing_ms = 0;
  timing.stable_ms = stable_ms;
  bg_signaling_client_set_timing (f->client, &timing);
}

static void
meet (Fixture *f, guint others)
{
  g_autoptr (GString) list = g_string_new ("{\"peers\":[");

  for (guint i = 0; i < others; i++)
    g_string_append_printf (list, "%s{\"peerId\":\"p%u\",\"publicKey\":\"K\"}", i ? "," : "", i);
  g_string_append (list, "],\"type\":\"peers\"}");
  fake_service_send (f->service, list->str);
  client_flush (f);
}

static void
close_lines (Fixture *f, guint others, gint64 delays[ROUNDS])
{
  client_go_online (f);
  for (guint i = 0; i < ROUNDS; i++)
    {
      meet (f, others);
      soup_websocket_connection_close (fake_service_newest (f->service), 1001, NULL);
      wait_until (client_is (f, BG_SIGNALING_WAITING));
      delays[i] = client_delay (f);
      bg_signaling_client_retry_now (f->client);
      wait_until (client_is (f, BG_SIGNALING_ONLINE));
    }
}

static void
test_two_are_back_at_once (Fixture *f, gconstpointer data)
{
  gint64 delays[ROUNDS];

  use_real_delays (f, 0);
  close_lines (f, 1, delays);
  for (guint i = 0; i < ROUNDS; i++)
    g_assert_cmpint (delays[i], <=, 790); /* 750, and 20 for each of two */
}

static void
test_crowd_comes_back_by_and_by (Fixture *f, gconstpointer data)
{
  guint holds[] = {
    0, 30000
  }; /* one that had not held is not dialled in step with the others either */

  for (guint h = 0; h < 2; h++)
    {
      gint64 delays[ROUNDS], least = G_MAXINT64, most = 0;

      use_real_delays (f, holds[h]);
      close_lines (f, 250, delays);
      for (guint i = 0; i < ROUNDS; i++)
        {
          least = MIN (least, delays[i]);
          most = MAX (most, delays[i]);
        }
      g_assert_cmpint (most, <=, 6500);
      g_assert_cmpint (most - least, >, 1500);
      bg_signaling_client_stop (f->client);
    }
}

static void
test_who_left_is_no_crowd (Fixture *f, gconstpointer data)
{
  use_real_delays (f, 0);
  client_go_online (f);
  meet (f, 500);
  for (guint i = 0; i < 500; i++)
    {
      g_autofree char *left = g_strdup_printf ("{\"peerId\":\"p%u\",\"type\":\"peer-left\"}", i);

      fake_service_send (f->service, left);
    }
  client_flush (f);
  for (guint i = 0; i < ROUNDS; i++)
    {
      soup_websocket_connection_close (fake_service_newest (f->service), 1001, NULL);
      wait_until (client_is (f, BG_SIGNALING_WAITING));
      g_assert_cmpint (client_delay (f), <=, 760);
      bg_signaling_client_retry_now (f->client);
      wait_until (client_is (f, BG_SIGNALING_ONLINE));
    }
}

static void
on_message_stop (BgSignalingClient *client, BgSignalMessage *message, Fixture *f)
{
  bg_signaling_client_stop (client);
}

static void
test_stop_in_a_signal (Fixture *f, gconstpointer data)
{
  g_signal_connect (f->client, "message", G_CALLBACK (on_message_stop), f);
  bg_signaling_client_start (f->client);
  wait_until (f->service->closed == 1);
  g_assert_true (client_is (f, BG_SIGNALING_OFFLINE));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/signaling-client/" name, Fixture, NULL, client_set_up, function, client_tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK
                          | G_LOG_LEVEL_CRITICAL); /* our warnings are what these tests provoke */
  g_test_add_func ("/signaling-client/new-refuses", test_new_refuses);
  ADD ("join", test_join);
  ADD ("oversized-frame", test_oversized_frame);
  ADD ("rubbish-frames", test_rubbish_frames);
  ADD ("lists-are-tidied", test_lists_are_tidied);
  ADD ("messages-pass", test_messages_pass);
  ADD ("send", test_send);
  ADD ("restart-of-the-service", test_restart_of_the_service);
  ADD ("goes-over-to-another-service", test_goes_over_to_another_service);
  ADD ("no-service-yet", test_no_service_yet);
  ADD ("own-departure", test_own_departure);
  ADD ("rejoin", test_rejoin);
  ADD ("heartbeats", test_heartbeats);
  ADD ("senseless-heartbeats", test_senseless_heartbeats);
  ADD ("silence", test_silence);
  ADD ("pongs-are-signs-of-life", test_pongs_are_signs_of_life);
  ADD ("retry-now-while-waiting", test_retry_now_while_waiting);
  ADD ("retry-now-while-online", test_retry_now_while_online);
  ADD ("messages-answer-no-question", test_messages_answer_no_question);
  ADD ("two-are-back-at-once", test_two_are_back_at_once);
  ADD ("crowd-comes-back-by-and-by", test_crowd_comes_back_by_and_by);
  ADD ("who-left-is-no-crowd", test_who_left_is_no_crowd);
  ADD ("stop-everywhere", test_stop_everywhere);
  ADD ("stop-in-a-signal", test_stop_in_a_signal);
  return g_test_run ();
}
