/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service-fixture.h"
#include "signaling/service-credential.h"
#include "common/error.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
#define KEY "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define REFRESH "bgr_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define GRANT                                                                                      \
  "\"access_token\":\"A\",\"refresh_token\":\"" REFRESH "\",\"expires_in\":3600,\"state\":\"%s\""

typedef ServiceFixture Fixture;

static BgServiceHub
hub_of (Fixture *f, const char *bearer)
{
  return (BgServiceHub){ f->service->url, NULL, bearer };
}

static BgServiceCredential *
join (Fixture *f, const char *code, const char *token, BgCredentialRefusal *refusal, GError **error)
{
  const BgServiceHub hub = hub_of (f, token);

  service_fixture_ask (f);
  bg_service_register_async (&hub, &(BgServiceNewcomer){ code, "alpha", KEY, NULL }, NULL,
                             service_fixture_on_done, f);
  wait_until (f->result);
  return bg_service_register_finish (f->result, refusal, error);
}

static BgServiceCredential *
renew (Fixture *f, gboolean rotate, BgCredentialRefusal *refusal, GError **error)
{
  const BgServiceHub hub = hub_of (f, "never sent");

  service_fixture_ask (f);
  bg_service_refresh_async (&hub, ID, REFRESH, rotate, NULL, service_fixture_on_done, f);
  wait_until (f->result);
  return bg_service_refresh_finish (f->result, refusal, error);
}

static void
test_register (Fixture *f, gconstpointer data)
{
  g_autofree char *body = g_strdup_printf (
    "{\"device_id\":\"" ID "\"," GRANT ",\"address\":\"10.0.0.2/24\",\"address6\":\"fd00::2/64\","
    "\"turn_secret\":\"S\",\"log\":7}",
    "active");
  g_autoptr (GError) error = NULL;
  BgCredentialRefusal refusal;
  g_autoptr (BgServiceCredential) credential = NULL;

  f->service->body = body;
  credential = join (f, " abcd efgh", NULL, &refusal, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (f->service->last_method, ==, "POST");
  g_assert_cmpstr (f->service->last_path, ==, "/auth/register");
  g_assert_cmpstr (f->service->last_body, ==,
                   "{\"device_name\":\"alpha\",\"public_key\":\"" KEY
                   "\",\"invite\":\"ABCD-EFGH\"}");
  g_assert_null (f->service->authorization);
  g_assert_cmpstr (credential->device_id, ==, ID);
  g_assert_cmpstr (credential->access_token, ==, "A");
  g_assert_cmpstr (credential->refresh_token, ==, REFRESH);
  g_assert_cmpuint (credential->expires_in_s, ==, 3600);
  g_assert_cmpint (credential->refresh_age_s, ==, -1);
  g_assert_false (credential->is_pending);
  g_assert_cmpstr (credential->address, ==, "10.0.0.2/24");
  g_assert_cmpstr (credential->address6, ==, "fd00::2/64");
  g_assert_cmpstr (credential->turn_secret, ==, "S");
  g_assert_cmpuint (credential->log_entries, ==, 7);
}

static void
test_register_by_token (Fixture *f, gconstpointer data)
{
  g_autofree char *body = g_strdup_printf (
    "{\"device_id\":\"" ID "\"," GRANT ",\"address\":\"10.0.0.2/24\"}", "pending");
  g_autoptr (GError) error = NULL;
  BgCredentialRefusal refusal;
  g_autoptr (BgServiceCredential) credential = NULL;

  f->service->body = body;
  credential = join (f, NULL, "T", &refusal, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (f->service->authorization, ==, "Bearer T");
  g_assert_null (strstr (f->service->last_body, "invite"));
  g_assert_true (credential->is_pending);
  g_assert_null (credential->address6);
  g_assert_cmpstr (credential->turn_secret, ==, "");
}

static void
test_bad_code (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  BgCredentialRefusal refusal;

  g_assert_null (join (f, "no code", NULL, &refusal, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  g_assert_cmpint (refusal, !=, BG_REFUSAL_ABSENT);
  g_assert_cmpuint (f->service->requests, ==, 0);
}

static void
test_nonsense (Fixture *f, gconstpointer data)
{
  static const char *const bodies[] = {
    "",
    "[]",
    "{}",
    "{\"access_token\":7}",
    "{\"access_token\":\"A\"}",
    "{\"access_token\":\"A\",\"device_id\":\"" ID "\"}",
    "{\"access_token\":\"A\",\"device_id\":\"" ID "\",\"refresh_token\":\"" REFRESH "\"}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;
      BgCredentialRefusal refusal;

      f->service->body = bodies[i];
      g_assert_null (join (f, "ABCD-EFGH", NULL, &refusal, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
      g_assert_cmpint (refusal, !=, BG_REFUSAL_ABSENT);
    }
}

typedef struct
{
  guint status;
  const char *body;
  BgCredentialRefusal refusal;
} Refusal;

static const Refusal of_registration[] = {
  { 404, "Not Found\n", BG_REFUSAL_ABSENT },
  { 404, "{\"error\":\"invalid or expired invite code\"}", BG_REFUSAL_BARRED },
  { 405, "", BG_REFUSAL_ABSENT },
  { 400, "{\"error\":\"github_token is required\"}", BG_REFUSAL_ABSENT },
  { 400, "{\"error\":\"device_name is required\"}", BG_REFUSAL_BARRED },
  { 401, "{\"error\":\"neither an invite code nor the token\"}", BG_REFUSAL_BARRED },
  { 403, "{\"error\":\"this device was revoked\"}", BG_REFUSAL_BARRED },
  { 410, "{\"error\":\"invite code has expired\"}", BG_REFUSAL_BARRED },
  { 429, "{\"error\":\"slowly\"}", BG_REFUSAL_LATER },
  { 500, "", BG_REFUSAL_LATER },
  { 507, "{\"error\":\"full\"}", BG_REFUSAL_LATER },
};

static const Refusal of_refresh[] = {
  { 401, "{\"error\":\"device not found or revoked\"}", BG_REFUSAL_REVOKED },
  { 401, "{\"error\":\"refresh_token_expired\"}", BG_REFUSAL_EXPIRED },
  { 401, "{\"error\":\"invalid refresh token\"}", BG_REFUSAL_TOKEN },
  { 401, "{\"error\":\"something else\"}", BG_REFUSAL_LATER },
  { 401, "<html>log in to the hotel</html>", BG_REFUSAL_LATER },
  { 403, "{\"error\":\"device not found or revoked\"}", BG_REFUSAL_LATER },
  { 404, "Not Found\n", BG_REFUSAL_ABSENT },
  { 429, "", BG_REFUSAL_LATER },
  { 502, "", BG_REFUSAL_LATER },
  { 302, "", BG_REFUSAL_LATER },
};

static void
test_refused_registrations (Fixture *f, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (of_registration); i++)
    {
      g_autoptr (GError) error = NULL;
      BgCredentialRefusal refusal;

      f->service->status = of_registration[i].status;
      f->service->body = of_registration[i].body;
      g_assert_null (join (f, "ABCD-EFGH", NULL, &refusal, &error));
      g_assert_cmpint (refusal, ==, of_registration[i].refusal);
      g_assert_nonnull (error);
    }
}

static void
test_refused_refreshes (Fixture *f, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (of_refresh); i++)
    {
      g_autoptr (GError) error = NULL;
      BgCredentialRefusal refusal;

      f->service->status = of_refresh[i].status;
      f->service->body = of_refresh[i].body;
      g_assert_null (renew (f, FALSE, &refusal, &error));
      g_assert_cmpint (refusal, ==, of_refresh[i].refusal);
      g_assert_nonnull (error);
    }
}

static void
test_nobody_there (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  BgCredentialRefusal refusal = BG_REFUSAL_REVOKED;

  soup_server_disconnect (f->service->server);
  g_assert_null (renew (f, FALSE, &refusal, &error));
  g_assert_cmpint (refusal, ==, BG_REFUSAL_LATER);
  g_assert_error (error, BG_ERROR, BG_ERROR_FAILED);
}

static void
test_refresh (Fixture *f, gconstpointer data)
{
  g_autofree char *body = g_strdup_printf ("{" GRANT ",\"refresh_age\":604800}", "active");
  g_autoptr (GError) error = NULL;
  BgCredentialRefusal refusal;
  g_autoptr (BgServiceCredential) credential = NULL;
  BgCredentialGrant grant;

  f->service->body = body;
  credential = renew (f, TRUE, &refusal, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (f->service->last_path, ==, "/auth/refresh");
  g_assert_cmpstr (f->service->last_body, ==,
                   "{\"device_id\":\"" ID "\",\"refresh_token\":\"" REFRESH "\",\"rotate\":true}");
  g_assert_null (f->service->authorization);
  grant = bg_service_credential_as_grant (credential);
  g_assert_cmpint (grant.refresh_age_s, ==, 604800);
  g_assert_cmpstr (grant.refresh_token, ==, REFRESH);
  g_assert_null (grant.device_id);
}

static void
test_leave (Fixture *f, gconstpointer data)
{
  const BgServiceHub hub = hub_of (f, "A");
  g_autoptr (GError) error = NULL;

  f->service->body = "{\"ok\":true}";
  bg_service_leave_async (&hub, NULL, service_fixture_on_done, f);
  wait_until (f->result);
  g_assert_true (bg_service_leave_finish (f->result, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (f->service->last_path, ==, "/auth/leave");
  g_assert_cmpstr (f->service->last_method, ==, "POST");
  g_assert_cmpstr (f->service->authorization, ==, "Bearer A");
}

#define ADD(name, function)                                                                        \
  g_test_add ("/service-credential/" name, Fixture, NULL, service_fixture_set_up, function,        \
              service_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("register", test_register);
  ADD ("register-by-token", test_register_by_token);
  ADD ("bad-code", test_bad_code);
  ADD ("nonsense", test_nonsense);
  ADD ("refused-registrations", test_refused_registrations);
  ADD ("refused-refreshes", test_refused_refreshes);
  ADD ("nobody-there", test_nobody_there);
  ADD ("refresh", test_refresh);
  ADD ("leave", test_leave);
  return g_test_run ();
}
