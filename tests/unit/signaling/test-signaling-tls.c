/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-service.h"
#include "signaling/server-pin.h"
#include "signaling/service-api.h"
#include "signaling/signaling-client.h"
#include "common/certificate-pin.h"
#include "worker/hub/hub-certificate.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  FakeService *service;
  GTlsCertificate *certificate;
  BgSignalingClient *client;
  GAsyncResult *result;
} Fixture;

/* The leak checker of GCC 12 dies itself when a process has used GnuTLS as a client; the rest of
 * AddressSanitizer works. */
const char *__asan_default_options (void);

const char *
__asan_default_options (void)
{
  return "detect_leaks=0";
}

static GTlsCertificate *
make_certificate (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bamgate-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "tls.pem", NULL);
  g_autoptr (GError) error = NULL;
  GTlsCertificate *certificate = bg_hub_certificate_load_or_make (path, &error);

  g_assert_no_error (error);
  g_unlink (path);
  g_rmdir (dir);
  return certificate;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->certificate = make_certificate ();
  f->service = fake_service_new (0, f->certificate);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->client != NULL)
    bg_signaling_client_stop (f->client);
  g_clear_object (&f->client);
  g_clear_object (&f->result);
  fake_service_free (f->service);
  g_object_unref (f->certificate);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static char *
pin_of_another (void)
{
  g_autoptr (GTlsCertificate) other = make_certificate ();

  return bg_certificate_pin (other);
}

static void
start (Fixture *f, const char *pin)
{
  BgSignalPeer self = { .id = (char *) "alpha", .public_key = (char *) "K" };
  g_autoptr (GError) error = NULL;

  f->client = bg_signaling_client_new (f->service->url, "bg_token", pin, &error);
  g_assert_no_error (error);
  bg_signaling_client_set_self (f->client, &self);
  bg_signaling_client_start (f->client);
}

static void
assert_refused (Fixture *f, const char *says)
{
  wait_until (bg_signaling_client_get_state (f->client) == BG_SIGNALING_WAITING);
  g_assert_nonnull (strstr (bg_words_get_text (bg_signaling_client_get_reason (f->client)), says));
  g_assert_cmpuint (f->service->requests, ==, 0); /* the token never left */
}

static void
test_right_pin (Fixture *f, gconstpointer data)
{
  g_autofree char *pin = bg_certificate_pin (f->certificate);

  g_assert_true (bg_server_pin_is_valid (pin));
  start (f, pin);
  wait_until (bg_signaling_client_get_state (f->client) == BG_SIGNALING_ONLINE);
}

static void
test_wrong_pin (Fixture *f, gconstpointer data)
{
  g_autofree char *pin = pin_of_another ();

  start (f, pin);
  assert_refused (f, "another key than the pinned one");
}

/* The last pin is remembered; it is never that of another certificate. */
static void
test_pins_in_turn (Fixture *f, gconstpointer data)
{
  g_autofree char *ours = bg_certificate_pin (f->certificate);

  for (int i = 0; i < 3; i++)
    {
      g_autofree char *again = bg_certificate_pin (f->certificate);
      g_autofree char *other = pin_of_another ();

      g_assert_cmpstr (again, ==, ours);
      g_assert_cmpstr (other, !=, ours);
    }
}

static void
test_no_pin (Fixture *f, gconstpointer data)
{
  start (f, NULL);
  assert_refused (f, "not trusted");
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_set_object (&((Fixture *) data)->result, result);
}

static gboolean
ask (Fixture *f, const char *pin, GError **error)
{
  g_autofree char *next_address = NULL, *subnet = NULL;

  g_clear_object (&f->result);
  f->service->body = "{\"next_address\":null,\"subnet\":\"10.0.0.0/24\"}";
  bg_service_network_info_async (&(BgServiceHub){ f->service->url, pin, "bg_token" }, NULL, NULL,
                                 on_done, f);
  wait_until (f->result != NULL);
  return bg_service_network_info_finish (f->result, &next_address, &subnet, NULL, error);
}

static void
test_service_api (Fixture *f, gconstpointer data)
{
  g_autofree char *right = bg_certificate_pin (f->certificate);
  g_autofree char *wrong = pin_of_another ();
  g_autoptr (GError) error = NULL;

  g_assert_false (ask (f, wrong, &error));
  g_assert_nonnull (strstr (error->message, "another key than the pinned one"));
  g_clear_error (&error);
  g_assert_false (ask (f, NULL, &error));
  g_assert_nonnull (strstr (error->message, "not trusted"));
  g_assert_cmpuint (f->service->requests, ==, 0);
  g_clear_error (&error);
  g_assert_true (ask (f, right, &error));
  g_assert_no_error (error);
}

/* A hub that has no IPv4 address is named by one of IPv6. */
static void
test_ipv6 (Fixture *f, gconstpointer data)
{
  g_autofree char *right = bg_certificate_pin (f->certificate);
  g_autofree char *wrong = pin_of_another ();
  FakeService *service = fake_service_new_ipv6 (f->certificate);
  g_autoptr (GError) error = NULL;

  if (service == NULL)
    {
      g_test_skip ("not on this machine: no IPv6");
      return;
    }
  fake_service_free (f->service);
  f->service = service;
  g_assert_true (ask (f, right, &error));
  g_assert_no_error (error);
  g_assert_false (ask (f, wrong, &error));
  g_assert_nonnull (strstr (error->message, "another key than the pinned one"));
  start (f, right);
  wait_until (bg_signaling_client_get_state (f->client) == BG_SIGNALING_ONLINE);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/signaling-tls/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK
                          | G_LOG_LEVEL_CRITICAL); /* our warnings are what these tests provoke */
  ADD ("right-pin", test_right_pin);
  ADD ("wrong-pin", test_wrong_pin);
  ADD ("pins-in-turn", test_pins_in_turn);
  ADD ("no-pin", test_no_pin);
  ADD ("service-api", test_service_api);
  ADD ("ipv6", test_ipv6);
  return g_test_run ();
}
