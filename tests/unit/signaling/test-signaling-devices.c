/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-service.h"
#include "signaling/signaling-client-private.h"

/* A hub that keeps devices, and a client that came with the token of all. */

typedef struct
{
  FakeService *service;
  BgSignalingClient *client;
  gboolean is_held;
} Fixture;

static void
on_devices (BgSignalingClient *client, Fixture *f)
{
  g_assert_cmpuint (f->service->joins, ==, 0);
  g_signal_handlers_disconnect_by_func (client, on_devices, f);
  bg_signaling_client_hold_join (client);
  f->is_held = TRUE;
}

static void
set_up (Fixture *f, gconstpointer hold_ms)
{
  BgSignalPeer self = { .id = (char *) "alpha",
                        .public_key = (char *) "K",
                        .address = (char *) "10.0.0.1/24" };
  BgSignalingTiming timing;

  f->service = fake_service_new (0, NULL);
  f->service->has_devices = TRUE;
  f->client = bg_signaling_client_new (f->service->url, "shared", NULL, NULL);
  timing = *bg_signaling_client_get_timing (f->client);
  timing.hold_ms = GPOINTER_TO_UINT (hold_ms);
  bg_signaling_client_set_timing (f->client, &timing);
  bg_signaling_client_set_self (f->client, &self);
  g_signal_connect (f->client, "devices", G_CALLBACK (on_devices), f);
  bg_signaling_client_start (f->client);
  wait_until (f->is_held);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_signaling_client_stop (f->client);
  g_object_add_weak_pointer (G_OBJECT (f->client), (gpointer *) &f->client);
  g_object_unref (f->client);
  wait_until (f->client == NULL);
  fake_service_free (f->service);
}

static void
wait_online (Fixture *f)
{
  g_assert_cmpint (bg_signaling_client_get_state (f->client), ==, BG_SIGNALING_CONNECTING);
  wait_until (bg_signaling_client_get_state (f->client) == BG_SIGNALING_ONLINE);
  g_assert_cmpuint (f->service->joins, ==, 1);
}

/* Who registers on the way joins once, with what it got. */
static void
test_another_token (Fixture *f, gconstpointer data)
{
  g_assert_true (bg_signaling_client_set_token (f->client, "own"));
  wait_online (f);
  g_assert_cmpstr (f->service->authorization, ==, "Bearer own");
}

static void
test_none (Fixture *f, gconstpointer data)
{
  wait_online (f);
  g_assert_cmpstr (f->service->authorization, ==, "Bearer shared");
  g_assert_cmpuint (f->service->sockets->len, ==, 1);
}

static void
test_stop (Fixture *f, gconstpointer data)
{
  bg_signaling_client_stop (f->client);
  g_assert_cmpint (bg_signaling_client_get_state (f->client), ==, BG_SIGNALING_OFFLINE);
  wait_until (f->service->closed == 1);
  g_assert_cmpuint (f->service->joins, ==, 0);
}

#define ADD(name, hold_ms, test)                                                                   \
  g_test_add ("/signaling-devices/" name, Fixture, GUINT_TO_POINTER (hold_ms), set_up, test,       \
              tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("another-token", 3600 * 1000, test_another_token);
  ADD ("none", 10, test_none);
  ADD ("stop", 3600 * 1000, test_stop);
  return g_test_run ();
}
