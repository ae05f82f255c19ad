/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service-fixture.h"
#include "signaling/service-api.h"
#include "common/error.h"

#include <string.h>

#define KEY "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define GRANT                                                                                                          \
  "{\"address\":\"10.0.0.2/24\",\"auth_token\":\"T\",\"server_url\":\"https://h.example\",\"subnet\":\"10.0.0.0/24\"," \
  "\"turn_secret\":\"S\"}"

typedef ServiceFixture Fixture;

static BgInviteGrant *
redeem (Fixture *f, const char *code, GError **error)
{
  service_fixture_ask (f);
  bg_service_redeem_async (&(BgServiceHub){ f->service->url, NULL, NULL }, code, KEY, NULL,
                           service_fixture_on_done, f);
  wait_until (f->result != NULL);
  return bg_service_redeem_finish (f->result, error);
}

static void
test_redeem (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgInviteGrant) grant = NULL;

  f->service->body = GRANT;
  grant = redeem (f, " ab12cd34\n", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (f->service->last_path, ==, "/invite/AB12-CD34");
  g_assert_cmpstr (f->service->last_method, ==, "GET");
  g_assert_null (f->service->authorization);
  g_assert_cmpstr (f->service->public_key, ==, KEY);
  g_assert_cmpstr (grant->server_url, ==, "wss://h.example/connect");
  g_assert_cmpstr (grant->token, ==, "T");
  g_assert_cmpstr (grant->turn_secret, ==, "S");
  g_assert_cmpstr (grant->address, ==, "10.0.0.2/24");
  g_assert_cmpstr (grant->subnet, ==, "10.0.0.0/24");
}

static void
test_bad_codes (Fixture *f, gconstpointer data)
{
  static const char *const codes[] = {
    "", "ABCD", "ABCD-EFGHI", "ABCD/EFGH", "ABCD-EFG\xc3\x9f", "../../../"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (redeem (f, codes[i], &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
    }
  g_assert_cmpuint (f->service->requests, ==, 0);
}

static const struct
{
  guint status;
  int code;
  const char *says;
} refusals[] = {
  { 404, BG_ERROR_NOT_FOUND, "the invite code is unknown or was used: ask for another invite" },
  { 410, BG_ERROR_NOT_FOUND, "the invite code has expired: ask for another invite" },
  { 429, BG_ERROR_SERVICE, "too many attempts: try again in 7 s" },
  { 507, BG_ERROR_SERVICE, "the network has no free address left" },
  { 401, BG_ERROR_NOT_AUTHORIZED, "the hub refused the token (HTTP 401)" },
  { 500, BG_ERROR_SERVICE, "the hub failed (HTTP 500)" },
  { 302, BG_ERROR_SERVICE, "redirects" },
};

static void
test_refusals (Fixture *f, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;

      f->service->status = refusals[i].status;
      f->service->retry_after = "7";
      f->service->body = "{\"error\":\"x\"}";
      g_assert_null (redeem (f, "ABCD-EFGH", &error));
      g_assert_error (error, BG_ERROR, refusals[i].code);
      g_assert_nonnull (strstr (error->message, refusals[i].says));
    }
}

static void
test_nonsense (Fixture *f, gconstpointer data)
{
  g_autofree char *large = g_strnfill (65 * 1024, ' ');
  g_autofree char *deep = g_strnfill (64 * 1024, '[');
  const char *bodies[] = {
    "",
    "<html></html>",
    "[]",
    "null",
    "{}",
    "{\"server_url\":1}",
    "\xff\xff",
    "{\"server_url\":\"https://h\"}",
    "{\"address\":\"a\",\"auth_token\":\"T\",\"server_url\":\"ftp://h\",\"subnet\":\"s\"}",
    "{\"address\":[],\"auth_token\":\"T\",\"server_url\":\"h\",\"subnet\":\"s\"}",
    large,
    deep,
  };

  memcpy (large, "{}", 2);
  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;

      f->service->body = bodies[i];
      g_assert_null (redeem (f, "ABCD-EFGH", &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
    }
}

static void
test_nobody_listens (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  soup_server_disconnect (f->service->server);
  g_assert_null (redeem (f, "ABCD-EFGH", &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_FAILED);
  g_assert_nonnull (
    strstr (error->message, "the hub cannot be reached: nothing listens at “127.0.0.1:"));
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  f->service->mode = FAKE_HANG;
  bg_service_network_info_async (&(BgServiceHub){ f->service->url, NULL, "T" }, NULL, cancellable,
                                 service_fixture_on_done, f);
  g_cancellable_cancel (cancellable);
  wait_until (f->result != NULL);
  g_assert_false (
    bg_service_network_info_finish (f->result, &(char *){ NULL }, &(char *){ NULL }, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_invite (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *code = NULL;
  guint expires_in = 0;

  f->service->body = "{\"code\":\"ABCD-EFGH\",\"expires_in\":600}";
  bg_service_invite_async (&(BgServiceHub){ f->service->url, NULL, "T" }, NULL, NULL,
                           service_fixture_on_done, f);
  wait_until (f->result != NULL);
  code = bg_service_invite_finish (f->result, &expires_in, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (code, ==, "ABCD-EFGH");
  g_assert_cmpuint (expires_in, ==, 600);
  g_assert_cmpstr (f->service->last_method, ==, "POST");
  g_assert_cmpstr (f->service->last_path, ==, "/invite");
  g_assert_cmpstr (f->service->authorization, ==, "Bearer T");
  g_assert_null (f->service->public_key);
}

static void
assert_network_info (Fixture *f, const char *body, const char *next, const char *key_of_b)
{
  g_autoptr (GHashTable) devices = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *next_address = NULL, *subnet = NULL;

  f->service->body = body;
  service_fixture_ask (f);
  bg_service_network_info_async (&(BgServiceHub){ f->service->url, NULL, "T" }, KEY, NULL,
                                 service_fixture_on_done, f);
  wait_until (f->result != NULL);
  g_assert_cmpstr (f->service->public_key, ==, KEY);
  g_assert_true (
    bg_service_network_info_finish (f->result, &next_address, &subnet, &devices, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (next_address, ==, next);
  g_assert_cmpstr (subnet, ==, "10.0.0.0/24");
  g_assert_cmpint (g_hash_table_size (devices), ==, key_of_b ? 1 : 0);
  g_assert_cmpstr (g_hash_table_lookup (devices, "b"), ==, key_of_b);
}

static void
test_network_info (Fixture *f, gconstpointer data)
{
  assert_network_info (
    f, "{\"devices\":[],\"next_address\":\"10.0.0.3/24\",\"subnet\":\"10.0.0.0/24\"}",
    "10.0.0.3/24", NULL);
  assert_network_info (f,
                       "{\"devices\":[7,{\"device_name\":\"b\",\"public_key\":\"K\"},"
                       "{\"device_name\":\"\\u001b\"},{\"device_name\":3}],"
                       "\"next_address\":null,\"subnet\":\"10.0.0.0/24\"}",
                       NULL, "K");
  assert_network_info (f, "{\"devices\":{},\"next_address\":null,\"subnet\":\"10.0.0.0/24\"}", NULL,
                       NULL);
  assert_network_info (f, "{\"devices\":[],\"next_address\":null,\"subnet\":\"10.0.0.0/24\"}", NULL,
                       NULL);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/service-api/" name, Fixture, NULL, service_fixture_set_up, function,               \
              service_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("redeem", test_redeem);
  ADD ("bad-codes", test_bad_codes);
  ADD ("refusals", test_refusals);
  ADD ("nonsense", test_nonsense);
  ADD ("nobody-listens", test_nobody_listens);
  ADD ("cancel", test_cancel);
  ADD ("invite", test_invite);
  ADD ("network-info", test_network_info);
  return g_test_run ();
}
