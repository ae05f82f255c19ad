/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the window makes of figures, routes, rates. */
#include "accept-choice.h"
#include "format.h"
#include "history.h"
#include "route-text.h"
#include "sentence.h"

static void
assert_taken (char *text, const char *wanted)
{
  g_assert_cmpstr (text, ==, wanted);
  g_free (text);
}

static void
test_figures (void)
{
  const gint64 second = G_USEC_PER_SEC, now = 1000000 * second;

  assert_taken (applet_format_duration (1 * second), "1 second");
  assert_taken (applet_format_duration (119 * second), "1 minute");
  assert_taken (applet_format_duration (7200 * second), "2 hours");
  assert_taken (applet_format_duration (86400 * second), "1 day");
  assert_taken (applet_format_duration (-5), "0 seconds");
  assert_taken (applet_format_ago (0, now), "Never");
  assert_taken (applet_format_ago (now + second, now), "Just now");
  assert_taken (applet_format_ago (now - 180 * second, now), "3 minutes ago");
  assert_taken (applet_format_latency (-1), "");
  assert_taken (applet_format_latency (820), "0.8 ms");
  assert_taken (applet_format_latency (12400), "12 ms");
  assert_taken (applet_format_countdown (245), "4:05");
  assert_taken (applet_format_countdown (-3), "0:00");
  assert_taken (applet_format_countdown (3661), "1:01:01");
}

static void
test_sentences (void)
{
  assert_taken (applet_sentence ("the hub does not answer"), "The hub does not answer");
  assert_taken (applet_sentence ("ändern"), "Ändern");
  assert_taken (applet_sentence ("허브가 답하지 않습니다"), "허브가 답하지 않습니다");
  assert_taken (applet_sentence ("bamgate0 was taken away"), "bamgate0 was taken away");
  assert_taken (applet_sentence ("bamgated is gone"), "bamgated is gone");
  assert_taken (applet_sentence ("hub.example: no such host"), "hub.example: no such host");
  assert_taken (applet_sentence ("a\xff"), "a\xff");
  assert_taken (applet_sentence (""), "");
}

static void
test_routes (void)
{
  char *some[] = { (char *) "10.1.0.0/16", NULL };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) more = applet_routes_with (some, " 192.168.1.77/24 ", &error);
  g_auto (GStrv) less = applet_routes_without (more, "10.1.0.0/16");

  g_assert_no_error (error);
  g_assert_cmpstrv (more, ((const char *const[]){ "10.1.0.0/16", "192.168.1.0/24", NULL }));
  g_assert_cmpstrv (less, ((const char *const[]){ "192.168.1.0/24", NULL }));
  {
    g_auto (GStrv) mapped = applet_routes_with (some, "192.168.1.7/24@10.77.1.9/24", &error);

    g_assert_no_error (error);
    g_assert_cmpstr (mapped[1], ==, "192.168.1.0/24@10.77.1.0/24");
  }
  g_assert_null (applet_routes_with (some, "10.9.0.0/16@", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (applet_routes_with (some, "10.1.2.3/16", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_null (applet_routes_with (some, "10.1.2.3", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static AppletAccept *
accept_of (const char *settings)
{
  g_autoptr (GVariant)
    parsed = g_variant_ref_sink (g_variant_new_parsed (settings)); /* a{sv} of the daemon */

  return applet_accept_read (parsed, "my.attic");
}

static void
assert_change (GVariant *change, const char *wanted)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (change);
  g_autofree char *text = g_variant_print (held, FALSE);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_accept (void)
{
  static const char *const offered[] = { "10.1.0.0/16", "10.2.0.0/16", NULL };
  g_autoptr (AppletAccept) none = accept_of ("{'device.accept-routes': <false>}");
  g_autoptr (AppletAccept) all = accept_of ("{'device.accept-routes': <true>}");
  g_autoptr (AppletAccept)
    some = accept_of ("{'device.accept-routes': <true>, 'accept.my.attic.routes': <['10.1.0.0/16', "
                      "'10.2.3.0/24']>, 'accept.my.attic.dns': <['*']>}");
  g_autoptr (AppletAccept) asked = accept_of ("{'accept.my.attic.dns': <['*']>, "
                                              "'accept.my.attic.dns-search': <['corp.example']>}");

  g_assert_false (none->is_own || none->takes_all || applet_accept_has (none, "10.1.0.0/16"));
  g_assert_true (all->takes_all && !all->is_own && applet_accept_has (all, "10.1.0.0/16"));
  g_assert_true (some->is_own && applet_accept_has (some, "10.1.0.0/16"));
  g_assert_false (applet_accept_has (some, "10.2.0.0/16")); /* a part of it only */
  g_assert_false (some->asks || some->takes_all);
  g_assert_true (asked->is_own && asked->asks && !asked->takes_all);

  assert_change (applet_accept_take (none, offered, "10.1.0.0/16", TRUE),
                 "{'routes': <['10.1.0.0/16']>}");
  assert_change (applet_accept_take (all, offered, "10.1.0.0/16", FALSE),
                 "{'routes': <['10.2.0.0/16']>}");
  assert_change (applet_accept_take (some, offered, "10.1.0.0/16", FALSE),
                 "{'routes': <['10.2.3.0/24']>}");
  assert_change (applet_accept_take (some, offered, "10.1.0.0/16", TRUE),
                 "{'routes': <['10.2.3.0/24', '10.1.0.0/16']>}");
  assert_change (applet_accept_take_all (TRUE), "{'routes': <['*']>}");
  assert_change (applet_accept_take_all (FALSE), "{'routes': <@as []>}");
}

/* A section of its own takes the settings' word away, so that it has to say the same. */
static void
test_asking_keeps_the_routes (void)
{
  g_autoptr (AppletAccept) all = accept_of ("{'device.accept-routes': <true>}");
  g_autoptr (GVariant) change = g_variant_ref_sink (applet_accept_ask (all, TRUE));
  g_auto (GStrv) routes = NULL, servers = NULL;

  g_assert_true (g_variant_lookup (change, "dns", "^as", &servers));
  g_assert_cmpstrv (servers, ((const char *const[]){ "*", NULL }));
  g_assert_true (g_variant_lookup (change, "routes", "^as", &routes));
  g_assert_cmpstrv (routes, ((const char *const[]){ "*", NULL }));
}

static void
on_changed (AppletHistory *history, gpointer data)
{
  (*(guint *) data)++;
}

static void
test_history (void)
{
  g_autoptr (AppletHistory) history = applet_history_new ();
  guint changes = 0;

  g_signal_connect (history, "changed", G_CALLBACK (on_changed), &changes);
  applet_history_read (history, 5000, 0, 1 * G_USEC_PER_SEC); /* the first says nothing of a rate */
  applet_history_read (history, 5000, 0, 3 * G_USEC_PER_SEC); /* quiet: nothing to draw */
  g_assert_cmpuint (changes, ==, 0);
  applet_history_read (history, 7000, 400, 5 * G_USEC_PER_SEC);
  g_assert_cmpuint (applet_history_get_rx_rate (history), ==, 1000);
  g_assert_cmpuint (applet_history_get_tx_rate (history), ==, 200);
  g_assert_cmpuint (applet_history_get_rate (history, 0), ==, 1200);
  g_assert_cmpuint (changes, ==, 1);
  applet_history_read (history, 100, 0, 7 * G_USEC_PER_SEC); /* the tunnel came up anew */
  g_assert_cmpuint (applet_history_get_rate (history, 0), ==, 50);
  g_assert_cmpuint (applet_history_get_rate (history, 1), ==, 1200);
  g_assert_cmpuint (applet_history_get_peak (history), ==, 1200);
}

static void
test_history_forgets (void)
{
  g_autoptr (AppletHistory) history = applet_history_new ();
  gint64 now = 1;

  applet_history_read (history, 0, 0, now);
  applet_history_read (history, 9000, 0, now += G_USEC_PER_SEC);
  applet_history_pause (history);
  applet_history_read (history, 99000, 0,
                       now += 100 * G_USEC_PER_SEC); /* what went by meanwhile is no rate */
  g_assert_cmpuint (applet_history_get_peak (history), ==, 9000);
  for (guint i = 0; i < APPLET_HISTORY_LENGTH; i++)
    applet_history_read (history, 99000, 0, now += G_USEC_PER_SEC);
  g_assert_cmpuint (applet_history_get_peak (history), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/applet/figures", test_figures);
  g_test_add_func ("/applet/routes", test_routes);
  g_test_add_func ("/applet/accept", test_accept);
  g_test_add_func ("/applet/asking", test_asking_keeps_the_routes);
  g_test_add_func ("/applet/sentences", test_sentences);
  g_test_add_func ("/applet/history", test_history);
  g_test_add_func ("/applet/history-forgets", test_history_forgets);
  return g_test_run ();
}
