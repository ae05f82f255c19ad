/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service-fixture.h"
#include "signaling/service-devices.h"
#include "common/error.h"
#include "common/key-text.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"
#define KEY "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

typedef ServiceFixture Fixture;

static GPtrArray *
list (Fixture *f, const char *body, GError **error)
{
  f->service->body = body;
  service_fixture_ask (f);
  bg_service_devices_async (&f->hub, NULL, service_fixture_on_done, f);
  wait_until (f->result);
  return bg_service_devices_finish (f->result, error);
}

static void
test_list (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = list (
    f,
    "{\"devices\":[{\"device_id\":\"" ID "\",\"device_name\":\"alpha\",\"public_key\":\"" KEY
    "\",\"address\":\"10.0.0.2/24\",\"address6\":\"fd00::2/64\",\"created_at\":7,\"last_seen_at\":9,"
    "\"state\":\"active\",\"revoked\":false,\"owner\":true,\"online\":true,\"replaces\":null},"
    "{\"device_id\":\"" OTHER
    "\",\"device_name\":\"alpha\",\"public_key\":\"\",\"last_seen_at\":null,"
    "\"state\":\"pending\",\"replaces\":\"" ID "\"}]}",
    &error);
  const BgServiceDevice *one, *two;

  g_assert_no_error (error);
  g_assert_cmpuint (devices->len, ==, 2);
  g_assert_cmpstr (f->service->last_method, ==, "GET");
  g_assert_cmpstr (f->service->last_path, ==, "/auth/devices");
  g_assert_cmpstr (f->service->authorization, ==, "Bearer ACCESS");
  one = devices->pdata[0];
  two = devices->pdata[1];
  g_assert_cmpstr (one->id, ==, ID);
  g_assert_cmpstr (one->name, ==, "alpha");
  g_assert_cmpstr (one->public_key, ==, KEY);
  g_assert_cmpstr (one->address, ==, "10.0.0.2/24");
  g_assert_cmpstr (one->address6, ==, "fd00::2/64");
  g_assert_cmpint (one->created_at_s, ==, 7);
  g_assert_cmpint (one->seen_at_s, ==, 9);
  g_assert_true (one->is_owner && one->is_online);
  g_assert_cmpint (one->state, ==, BG_SERVICE_DEVICE_ACTIVE);
  g_assert_null (one->replaces);
  g_assert_cmpint (two->state, ==, BG_SERVICE_DEVICE_PENDING);
  g_assert_cmpint (two->seen_at_s, ==, 0);
  g_assert_cmpstr (two->address, ==, "");
  g_assert_cmpstr (two->replaces, ==, ID);
  g_assert_false (two->is_owner || two->is_online);
}

/* Of one that is senseless only what fits is taken; what has no id or name is none. */
static void
test_strange_devices (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = list (
    f,
    "{\"devices\":[7,{},{\"device_id\":\"" ID "\"},{\"device_id\":\"../x\",\"device_name\":\"b\"},"
    "{\"device_id\":\"" ID
    "\",\"device_name\":\"a\\u001b[2J\",\"public_key\":\"AA\",\"address\":\"x\","
    "\"created_at\":\"7\",\"state\":\"odd\",\"revoked\":true,\"owner\":1,\"replaces\":\"x\"}]}",
    &error);
  const BgServiceDevice *one;

  g_assert_no_error (error);
  g_assert_cmpuint (devices->len, ==, 1);
  one = devices->pdata[0];
  g_assert_null (strchr (one->name, '\x1b'));
  g_assert_cmpstr (one->public_key, ==, "");
  g_assert_cmpstr (one->address, ==, "");
  g_assert_cmpint (one->created_at_s, ==, 0);
  g_assert_cmpint (one->state, ==, BG_SERVICE_DEVICE_REVOKED);
  g_assert_false (one->is_owner);
  g_assert_null (one->replaces);
}

static void
test_no_list (Fixture *f, gconstpointer data)
{
  static const char *const bodies[] = { "", "[]", "{}", "{\"devices\":{}}", "{\"devices\":null}" };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (list (f, bodies[i], &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
    }
}

static GHashTable *
revoked (Fixture *f, const char *body, GError **error)
{
  f->service->body = body;
  service_fixture_ask (f);
  bg_service_revoked_async (&f->hub, NULL, service_fixture_on_done, f);
  wait_until (f->result);
  return bg_service_revoked_finish (f->result, error);
}

static void
test_revoked (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) keys = revoked (
    f, "{\"revoked\":[\"" KEY "\",7,null,\"AA\",\"" KEY "\",{}],\"more\":1}", &error);
  guint8 bytes[BG_KEY_BYTES];
  g_autoptr (GBytes) key = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (f->service->last_method, ==, "GET");
  g_assert_cmpstr (f->service->last_path, ==, "/auth/revoked");
  g_assert_true (bg_key_from_base64 (KEY, bytes));
  key = g_bytes_new (bytes, sizeof bytes);
  g_assert_cmpuint (g_hash_table_size (keys), ==, 1);
  g_assert_true (g_hash_table_contains (keys, key));
}

static void
test_no_list_of_revoked (Fixture *f, gconstpointer data)
{
  static const char *const bodies[] = { "", "[]", "{}", "{\"revoked\":{}}", "{\"revoked\":null}" };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (revoked (f, bodies[i], &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
    }
}

typedef void (*Change) (Fixture *f, const char *id);

static void
change_name (Fixture *f, const char *id)
{
  bg_service_device_rename_async (&f->hub, id, "be\"ta", NULL, service_fixture_on_done, f);
}

static void
approve (Fixture *f, const char *id)
{
  bg_service_device_approve_async (&f->hub, id, NULL, service_fixture_on_done, f);
}

static void
put_out (Fixture *f, const char *id)
{
  bg_service_device_revoke_async (&f->hub, id, NULL, service_fixture_on_done, f);
}

static const struct
{
  Change change;
  const char *method, *body;
} changes[] = {
  { change_name, "PATCH", "{\"device_name\":\"be\\\"ta\"}" },
  { approve, "PATCH", "{\"state\":\"active\"}" },
  { put_out, "DELETE", "" },
};

static gboolean
run (Fixture *f, Change change, const char *id, GError **error)
{
  service_fixture_ask (f);
  change (f, id);
  wait_until (f->result);
  return bg_service_device_done (f->result, error);
}

static void
test_changes (Fixture *f, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (GError) error = NULL;

      f->service->body = "{\"ok\":true}";
      g_assert_true (run (f, changes[i].change, ID, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (f->service->last_method, ==, changes[i].method);
      g_assert_cmpstr (f->service->last_path, ==, "/auth/devices/" ID);
      g_assert_cmpstr (f->service->last_body, ==, changes[i].body);
    }
}

/* What is no id never becomes part of a path. */
static void
test_bad_ids (Fixture *f, gconstpointer data)
{
  static const char *const ids[] = { "", "..", "0123456789ABCDEF0123456789ABCDEF", ID "0",
                                     "0123456789abcdef/../6789abcdef01" };

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (run (f, put_out, ids[i], &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
    }
  g_assert_cmpuint (f->service->requests, ==, 0);
}

static const struct
{
  guint status;
  const char *body;
  int code;
  const char *says;
} refusals[] = {
  { 400, "{\"error\":\"cannot revoke your own device\"}", BG_ERROR_INVALID_ARGUMENT, "it leaves" },
  { 401, "{\"error\":\"x\"}", BG_ERROR_NOT_AUTHORIZED, "401" },
  { 403, "{\"error\":\"x\"}", BG_ERROR_NOT_AUTHORIZED, "does not manage the network" },
  { 404, "{\"error\":\"device not found\"}", BG_ERROR_NOT_FOUND, "no such device" },
  { 404, "Not Found\n", BG_ERROR_NOT_FOUND, "keeps no list of devices" },
  { 409, "{\"error\":\"the name is taken\"}", BG_ERROR_EXISTS, "has this name" },
  { 409, "{\"error\":\"the log decides\"}", BG_ERROR_WRONG_STATE, "signed" },
  { 500, "", BG_ERROR_SERVICE, "500" },
};

static void
test_refusals (Fixture *f, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;

      f->service->status = refusals[i].status;
      f->service->body = refusals[i].body;
      g_assert_false (run (f, approve, ID, &error));
      g_assert_error (error, BG_ERROR, refusals[i].code);
      g_assert_nonnull (strstr (error->message, refusals[i].says));
    }
}

#define ADD(name, function)                                                                        \
  g_test_add ("/service-devices/" name, Fixture, NULL, service_fixture_set_up, function,           \
              service_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("list", test_list);
  ADD ("strange-devices", test_strange_devices);
  ADD ("no-list", test_no_list);
  ADD ("revoked", test_revoked);
  ADD ("no-list-of-revoked", test_no_list_of_revoked);
  ADD ("changes", test_changes);
  ADD ("bad-ids", test_bad_ids);
  ADD ("refusals", test_refusals);
  return g_test_run ();
}
