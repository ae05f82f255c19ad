/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-access.h"

#include "common/error.h"
#include "unit/signaling/fake-service.h"

#include <glib/gstdio.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
#define KEY "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

typedef struct
{
  FakeService *service;
  char *directory;
  BgConfig *config;
  BgSecretKeeper *keeper;
  BgHubAccess *access;
  guint changes, identities;
  char *name, *address, *address6;
  GAsyncResult *result;

  /* what the hub says */
  const char *state;
  guint n_access;
  gboolean is_revoked, has_no_devices;
  char *said;
} Fixture;

/* One character more makes it a refresh token. */
static char *
credential (char last)
{
  return g_strdup_printf (ID " bgr_" DIGITS "%c", last);
}

static void
say (Fixture *f, guint status, char *take)
{
  g_free (f->said);
  f->said = take;
  f->service->status = status;
  f->service->body = take;
}

static void
answer (FakeService *service)
{
  Fixture *f = service->data;
  gboolean registers = g_str_equal (service->last_path, "/auth/register");

  if (f->has_no_devices)
    say (f, 404, g_strdup ("Not Found\n"));
  else if (g_str_equal (service->last_path, "/auth/devices"))
    say (f, 200,
         g_strdup ("{\"devices\":[{\"device_id\":\"" ID
                   "\",\"device_name\":\"beta\",\"public_key\":\"" KEY
                   "\",\"address\":\"10.0.0.9/24\",\"address6\":null,\"state\":\"active\"}]}"));
  else if (f->is_revoked)
    say (f, 401, g_strdup ("{\"error\":\"device not found or revoked\"}"));
  else
    say (
      f, 200,
      g_strdup_printf (
        "{\"access_token\":\"access-%u\",\"expires_in\":3600,\"state\":\"%s\",\"device_id\":\"" ID
        "\",\"address\":\"10.0.0.2/24\",\"address6\":\"fd00::2/64\"%s,\"refresh_age\":0}",
        ++f->n_access, f->state, registers ? ",\"refresh_token\":\"bgr_" DIGITS "f\"" : ""));
}

static void
on_changed (gpointer owner)
{
  ((Fixture *) owner)->changes++;
}

static void
set_text (char **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static void
on_identified (gpointer owner, const BgHubIdentity *identity)
{
  Fixture *f = owner;

  f->identities++;
  set_text (&f->name, identity->name);
  set_text (&f->address, identity->address);
  set_text (&f->address6, identity->address6);
}

static const BgHubAccessEvents events = { on_changed, on_identified };

static void
set_up (Fixture *f, gconstpointer data)
{
  const BgSecretOwner system = { BG_SECRET_SYSTEM, 0 };

  f->service = fake_service_new (0, NULL);
  f->service->prepare = answer;
  f->service->data = f;
  f->state = "active";
  f->directory = g_dir_make_tmp ("bamgate-access-XXXXXX", NULL);
  f->config = bg_config_load ("/nonexistent/bamgate.conf", NULL);
  f->keeper = bg_secret_keeper_new (f->directory, &system, f->config);
  f->access = bg_hub_access_new (f->keeper, &events, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree char *file = g_build_filename (f->directory, "device-credential", NULL);

  bg_hub_access_free (f->access);
  bg_secret_keeper_free (f->keeper);
  bg_config_unref (f->config);
  fake_service_free (f->service);
  g_clear_object (&f->result);
  g_chmod (f->directory, 0700);
  g_unlink (file);
  g_rmdir (f->directory);
  g_free (f->directory);
  g_free (f->said);
  g_free (f->name);
  g_free (f->address);
  g_free (f->address6);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
open_hub (Fixture *f, const char *token)
{
  bg_hub_access_open (f->access, &(BgServiceHub){ f->service->url, NULL, token },
                      &(BgServiceNewcomer){ .name = "alpha", .public_key = KEY });
}

static char *
stored (Fixture *f)
{
  g_autoptr (BgSecretStore) store = bg_secret_keeper_open_files (f->keeper, NULL);

  return bg_secret_store_read (store, "device-credential", NULL);
}

static void
store (Fixture *f, char last)
{
  g_autoptr (BgSecretStore) files = bg_secret_keeper_open_files (f->keeper, NULL);
  g_autofree char *text = credential (last);

  g_assert_true (bg_secret_store_write (files, "device-credential", text, NULL));
}

static void
assert_bearer (Fixture *f, const char *bearer)
{
  g_assert_cmpstr (bg_hub_access_get_bearer (f->access), ==, bearer);
}

static void
wait_open (Fixture *f)
{
  wait_until (bg_hub_access_get_device_id (f->access) && bg_hub_access_get_bearer (f->access));
}

/* A hub of before is shown the token, and asked for nothing. */
static void
test_token_alone (Fixture *f, gconstpointer data)
{
  open_hub (f, "T");
  assert_bearer (f, "T");
  g_assert_true (bg_hub_access_may_dial (f->access));
  g_assert_null (bg_hub_access_get_reason (f->access));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (f->service->requests, ==, 0);
  bg_hub_access_bounce (f->access, "T");
  assert_bearer (f, "T");
  bg_hub_access_close (f->access);
  g_assert_false (bg_hub_access_may_dial (f->access));
}

static void
test_registers (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL, *wanted = credential ('f');

  open_hub (f, "T");
  bg_hub_access_hear_devices (f->access);
  bg_hub_access_hear_devices (f->access);
  assert_bearer (f, "T"); /* until then */
  wait_open (f);
  assert_bearer (f, "access-1");
  g_assert_cmpuint (f->service->requests, ==, 1);
  g_assert_cmpstr (f->service->authorization, ==, "Bearer T");
  text = stored (f);
  g_assert_cmpstr (text, ==, wanted);
  g_assert_cmpuint (f->identities, ==, 1);
  g_assert_null (f->name);
  g_assert_cmpstr (f->address, ==, "10.0.0.2/24");
  g_assert_cmpstr (f->address6, ==, "fd00::2/64");
  g_assert_cmpuint (f->changes, ==, 2); /* closed, the token, its own */
}

static void
test_registers_with_nowhere_to_keep_it (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  g_assert_cmpint (g_chmod (f->directory, 0755), ==, 0); /* which the store refuses */
  open_hub (f, "T");
  bg_hub_access_hear_devices (f->access);
  wait_until (f->service->requests == 1 && f->n_access == 1);
  wait_until (f->service->requests == 2); /* tried again, later */
  assert_bearer (f, "T");
  g_assert_cmpuint (f->identities, ==, 0);
  g_assert_cmpint (g_chmod (f->directory, 0700), ==, 0);
  text = stored (f);
  g_assert_null (text);
}

static void
test_uses_what_is_kept (Fixture *f, gconstpointer data)
{
  store (f, 'a');
  open_hub (f, "T");
  assert_bearer (f, NULL);
  g_assert_false (bg_hub_access_may_dial (f->access));
  g_assert_nonnull (bg_hub_access_get_reason (f->access));
  wait_open (f);
  assert_bearer (f, "access-1");
  g_assert_null (bg_hub_access_get_reason (f->access));
  g_assert_cmpstr (f->service->last_path, ==, "/auth/refresh");
  open_hub (f, "T"); /* the same: nothing happens */
  assert_bearer (f, "access-1");
}

static void
test_revoked (Fixture *f, gconstpointer data)
{
  store (f, 'a');
  open_hub (f, "T");
  wait_open (f);
  f->is_revoked = TRUE;
  bg_hub_access_bounce (f->access, "access-1");
  wait_until (bg_words_is (bg_hub_access_get_reason (f->access), BG_SAY_DEVICE_REVOKED));
  assert_bearer (f, NULL); /* and not the token */
  g_assert_false (bg_hub_access_may_dial (f->access));
  bg_hub_access_hurry (f->access);
  bg_hub_access_hear_devices (f->access);
  g_assert_cmpuint (f->service->requests, ==, 2);
}

static void
test_pending (Fixture *f, gconstpointer data)
{
  BgServiceHub hub;

  store (f, 'a');
  f->state = "pending";
  open_hub (f, NULL);
  wait_until (bg_hub_access_is_pending (f->access));
  assert_bearer (f, NULL);
  g_assert_true (bg_words_is (bg_hub_access_get_reason (f->access), BG_SAY_DEVICE_WAITS));
  g_assert_true (bg_hub_access_get_hub (f->access, &hub)); /* for the log */
  g_assert_cmpstr (hub.bearer, ==, "access-1");
  f->state = "active";
  wait_open (f);
  g_assert_true (bg_hub_access_may_dial (f->access));
}

static void
test_older_hub (Fixture *f, gconstpointer data)
{
  store (f, 'a');
  f->has_no_devices = TRUE;
  open_hub (f, "T");
  wait_until (bg_hub_access_get_bearer (f->access));
  assert_bearer (f, "T");
  f->has_no_devices = FALSE;
  bg_hub_access_hear_devices (f->access);
  wait_until (g_strcmp0 (bg_hub_access_get_bearer (f->access), "access-1") == 0);
}

static void
test_nonsense_in_the_store (Fixture *f, gconstpointer data)
{
  g_autoptr (BgSecretStore) files = bg_secret_keeper_open_files (f->keeper, NULL);

  g_assert_true (bg_secret_store_write (files, "device-credential", "nonsense", NULL));
  open_hub (f, "T");
  assert_bearer (f, "T");
  bg_hub_access_hear_devices (f->access);
  wait_open (f);
}

static void
test_identity (Fixture *f, gconstpointer data)
{
  bg_hub_access_ask_identity (f->access);
  store (f, 'a');
  open_hub (f, NULL);
  wait_open (f);
  bg_hub_access_ask_identity (f->access);
  bg_hub_access_ask_identity (f->access);
  wait_until (f->identities == 1);
  g_assert_cmpstr (f->service->authorization, ==, "Bearer access-1");
  g_assert_cmpstr (f->name, ==, "beta");
  g_assert_cmpstr (f->address, ==, "10.0.0.9/24");
  g_assert_null (f->address6);
  g_assert_cmpuint (f->service->requests, ==, 2);
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer data)
{
  g_set_object (&((Fixture *) data)->result, result);
}

static void
test_wait (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  store (f, 'a');
  open_hub (f, NULL);
  bg_hub_access_wait_async (f->access, cancellable, on_waited, f);
  g_cancellable_cancel (cancellable);
  wait_until (f->result);
  g_assert_false (bg_hub_access_wait_finish (f->access, f->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_clear_object (&f->result);
  bg_hub_access_wait_async (f->access, NULL, on_waited, f);
  wait_until (f->result);
  g_assert_true (bg_hub_access_wait_finish (f->access, f->result, &error));
  assert_bearer (f, "access-1");
}

/* Who waits hears of the first failure, and not of the last of many; who waits when it is closed, of that. */
static void
test_wait_in_vain (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  store (f, 'a');
  soup_server_disconnect (f->service->server);
  open_hub (f, NULL);
  bg_hub_access_wait_async (f->access, NULL, on_waited, f);
  wait_until (f->result);
  g_assert_false (bg_hub_access_wait_finish (f->access, f->result, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_FAILED);
  g_clear_error (&error);
  g_clear_object (&f->result);
  bg_hub_access_wait_async (f->access, NULL, on_waited, f);
  bg_hub_access_close (f->access);
  wait_until (f->result);
  g_assert_false (bg_hub_access_wait_finish (f->access, f->result, &error));
  g_assert_nonnull (error);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/hub-access/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK
                          | G_LOG_LEVEL_CRITICAL); /* what cannot be kept is a warning */
  ADD ("token-alone", test_token_alone);
  ADD ("registers", test_registers);
  ADD ("registers-with-nowhere-to-keep-it", test_registers_with_nowhere_to_keep_it);
  ADD ("uses-what-is-kept", test_uses_what_is_kept);
  ADD ("revoked", test_revoked);
  ADD ("pending", test_pending);
  ADD ("older-hub", test_older_hub);
  ADD ("nonsense-in-the-store", test_nonsense_in_the_store);
  ADD ("identity", test_identity);
  ADD ("wait", test_wait);
  ADD ("wait-in-vain", test_wait_in_vain);
  return g_test_run ();
}
