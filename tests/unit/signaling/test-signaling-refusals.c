/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hubs that are none, or do not let us in. */
#include "client-fixture.h"

static const struct
{
  guint status;
  const char *says;
  gboolean is_slow;
} answers[] = {
  { 401, "refused the token (HTTP 401)", TRUE },
  { 403, "does not let this device in", TRUE },
  { 404, "no hub", FALSE },
  { 500, "failed (HTTP 500)", FALSE },
  { 200, "no hub", FALSE },
  { 302, "redirects", FALSE },
  { 503, "full or busy", FALSE },
  { 429, "patience", FALSE },
};

/* With real delays. */
static void
be_refused (Fixture *f, guint status, const char *retry_after)
{
  BgSignalingTiming timing = *bg_signaling_client_get_timing (f->client);

  timing.backoff_permille = 1000;
  bg_signaling_client_set_timing (f->client, &timing);
  f->service->mode = FAKE_STATUS;
  f->service->status = status;
  f->service->retry_after = retry_after;
  bg_signaling_client_start (f->client);
  wait_until (client_is (f, BG_SIGNALING_WAITING));
}

static void
test_answer (Fixture *f, gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  be_refused (f, answers[i].status, NULL);
  client_assert_reason (f, answers[i].says);
  g_assert_cmpuint (f->service->requests, ==, 1);
  g_assert_cmpint (client_delay (f), >, answers[i].is_slow ? 20000 : 500);
  g_assert_cmpint (client_delay (f), <=, answers[i].is_slow ? 30000 : 1500);

  /* It keeps trying, and comes in once the hub has changed its mind. */
  f->service->mode = FAKE_HUB;
  bg_signaling_client_retry_now (f->client);
  wait_until (client_is (f, BG_SIGNALING_ONLINE));
}

static const struct
{
  guint status;
  const char *retry_after;
  gint64 least_ms, most_ms;
} asked[] = {
  { 429, "60", 58000, 75000 }, { 503, "7", 6000, 8750 }, { 503, "1000000", 890000, 900000 },
  { 503, "soon", 500, 1500 },  { 500, "60", 500, 1500 },
};

static void
test_retry_after (Fixture *f, gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  be_refused (f, asked[i].status, asked[i].retry_after);
  g_assert_cmpint (client_delay (f), >, asked[i].least_ms);
  g_assert_cmpint (client_delay (f), <=, asked[i].most_ms);
}

static void
test_hangs (Fixture *f, gconstpointer data)
{
  BgSignalingTiming timing = *bg_signaling_client_get_timing (f->client);

  timing.dial_ms = 50;
  bg_signaling_client_set_timing (f->client, &timing);
  f->service->mode = FAKE_HANG;
  bg_signaling_client_start (f->client);
  wait_until (client_is (f, BG_SIGNALING_WAITING));
  client_assert_reason (f, "did not answer in time");
}

static void
test_silent_about_join (Fixture *f, gconstpointer data)
{
  BgSignalingTiming timing = *bg_signaling_client_get_timing (f->client);

  timing.dial_ms = 100;
  bg_signaling_client_set_timing (f->client, &timing);
  f->service->mode = FAKE_SILENT;
  bg_signaling_client_start (f->client);
  wait_until (client_is (f, BG_SIGNALING_WAITING));
  g_assert_cmpuint (f->service->joins, ==, 1);
  client_assert_reason (f, "did not answer our join");
}

static void
test_nobody_listens (Fixture *f, gconstpointer data)
{
  soup_server_disconnect (f->service->server);
  bg_signaling_client_start (f->client);
  wait_until (client_is (f, BG_SIGNALING_WAITING));
  client_assert_reason (f, "nothing listens at “127.0.0.1:"); /* and a port */
}

/* Dials must get rarer: 10, 20, 40, 80 ms and so on, of which jitter takes at most a quarter. */
static void
test_closes_at_once (Fixture *f, gconstpointer data)
{
  gint64 start = g_get_monotonic_time ();

  f->service->mode = FAKE_CLOSE_AT_ONCE;
  bg_signaling_client_start (f->client);
  wait_until (client_is (f, BG_SIGNALING_WAITING));
  client_assert_reason (f, "closed the connection: not today\\x1b (1011)");
  wait_until (f->service->requests == 5);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, (10 + 15 + 30 + 60) * 1000);
  g_assert_cmpuint (f->messages->len, ==, 0);
}

/* A line that was up for a moment only does not make failures forgotten. */
static void
test_flapping_slows_down (Fixture *f, gconstpointer data)
{
  gint64 start = g_get_monotonic_time ();

  client_go_online (f);
  for (guint joins = 1; joins < 5; joins++)
    {
      soup_websocket_connection_close (fake_service_newest (f->service), 1001, NULL);
      wait_until (f->service->joins == joins + 1 && client_is (f, BG_SIGNALING_ONLINE));
    }
  g_assert_cmpint (g_get_monotonic_time () - start, >=, (10 + 15 + 30 + 60) * 1000);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/signaling-refusals/" name, Fixture, NULL, client_set_up, function, client_tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK
                          | G_LOG_LEVEL_CRITICAL); /* our warnings are what these tests provoke */
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autofree char *name = g_strdup_printf ("/signaling-refusals/answer/%u", answers[i].status);

      g_test_add (name, Fixture, GUINT_TO_POINTER (i), client_set_up, test_answer,
                  client_tear_down);
    }
  for (guint i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      g_autofree char *name = g_strdup_printf ("/signaling-refusals/retry-after/%u", i);

      g_test_add (name, Fixture, GUINT_TO_POINTER (i), client_set_up, test_retry_after,
                  client_tear_down);
    }
  ADD ("hangs", test_hangs);
  ADD ("silent-about-join", test_silent_about_join);
  ADD ("nobody-listens", test_nobody_listens);
  ADD ("closes-at-once", test_closes_at_once);
  ADD ("flapping-slows-down", test_flapping_slows_down);
  return g_test_run ();
}
