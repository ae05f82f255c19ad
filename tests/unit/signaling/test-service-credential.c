/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service-fixture.h"
#include "signaling/service-credential.h"
#include "common/error.h"
#include "common/json-member.h"
#include "worker/hub/hub-challenge.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
/* of tests/vectors/registration.json: the public half of 32 times 0xa1 */
#define KEY "wwb7DvK/i3+TutmBVfo32ux02wxMvtpsbx26nTZVglI="
#define NOW G_GINT64_CONSTANT (1800000000)
#define REFRESH "bgr_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define GRANT                                                                                      \
  "\"access_token\":\"A\",\"refresh_token\":\"" REFRESH "\",\"expires_in\":3600,\"state\":\"%s\""

typedef ServiceFixture Fixture;

/* A hub that asks for proofs. */
static struct
{
  BgHubChallenges *challenges;
  const char *challenge; /* NULL: of `challenges` */
  char *said;
  gboolean takes_none;
  guint n_proofs;
} proving;
static const guint8 *private_key; /* of the newcomer's; NULL: it has none */

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
  bg_service_register_async (
    &hub,
    &(BgServiceNewcomer){
      .code = code, .name = "alpha", .public_key = KEY, .private_key = private_key },
    NULL, service_fixture_on_done, f);
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

/* The network has moved: where the hub says that it is. */
static void
test_sent_on (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *body, *url, *pin;
  } rows[] = {
    { "{\"error\":\"moved\",\"pin\":\"P\",\"url\":\"https://new.example\"}", "https://new.example",
      "P" },
    { "{\"error\":\"moved\",\"pin\":\"\",\"url\":\"https://new.example\"}", "https://new.example",
      NULL },
    { "{\"error\":\"moved\"}", NULL, NULL },
    { "", NULL, NULL },
  };

  f->service->status = 421;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      BgCredentialRefusal refusal;
      const char *url, *pin;

      f->service->body = rows[i].body;
      g_assert_null (join (f, "ABCD-EFGH", NULL, &refusal, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
      g_assert_true (bg_service_register_is_sent_on (f->result, &url, &pin)
                     == (rows[i].url != NULL));
      g_assert_cmpstr (url, ==, rows[i].url);
      g_assert_cmpstr (pin, ==, rows[i].pin);
      g_assert_true (!rows[i].url || strstr (error->message, rows[i].url));
    }
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

/* --- The proof of the key --- */

static const guint8 *
public_key (void)
{
  static guint8 key[BG_KEY_BYTES];

  g_assert_true (bg_key_from_base64 (KEY, key));
  return key;
}

static gboolean
is_proved (Fixture *f)
{
  g_autoptr (JsonNode) body = json_from_string (f->service->last_body, NULL);
  JsonObject *said = json_node_get_object (body);
  const BgKeyClaim claim = { .public_key = public_key (),
                             .name = "alpha",
                             .host = bg_json_member_text (said, "host"),
                             .pin = bg_json_member_text (said, "pin") };
  const char *challenge = bg_json_member_text (said, "challenge"),
             *proof = bg_json_member_text (said, "proof");

  if (!challenge)
    return FALSE;
  proving.n_proofs++;
  g_assert_cmpstr (claim.host, ==, "127.0.0.1");
  g_assert_null (claim.pin);
  g_assert_cmpstr (bg_json_member_text (said, "invite"), ==, "ABCD-EFGH");
  return bg_hub_challenges_check (proving.challenges, challenge, proof, &claim, "", NOW + 1);
}

static char *
new_challenge (Fixture *f)
{
  return proving.challenge ? g_strdup (proving.challenge)
                           : bg_hub_challenges_make (proving.challenges, public_key (), "", NOW);
}

static void
ask_for_proof (FakeService *service)
{
  Fixture *f = service->data;
  gboolean is_good = is_proved (f) && !proving.takes_none;
  g_autofree char *challenge = new_challenge (f);

  g_free (proving.said);
  proving.said = is_good
                   ? g_strdup_printf (
                     "{\"device_id\":\"" ID "\"," GRANT ",\"address\":\"10.0.0.2/24\"}", "active")
                   : g_strdup_printf ("{\"error\":\"prove\",\"challenge\":\"%s\"}", challenge);
  service->status = is_good ? 200 : 401;
  service->body = proving.said;
}

static void
set_up_proof (Fixture *f, gconstpointer data)
{
  static guint8 key[BG_KEY_BYTES];

  service_fixture_set_up (f, data);
  memset (key, 0xa1, sizeof key);
  private_key = key;
  proving.challenges = bg_hub_challenges_new ();
  f->service->prepare = ask_for_proof;
  f->service->data = f;
}

static void
tear_down_proof (Fixture *f, gconstpointer data)
{
  service_fixture_tear_down (f, data);
  bg_hub_challenges_free (proving.challenges);
  g_free (proving.said);
  memset (&proving, 0, sizeof proving);
  private_key = NULL;
}

static void
test_proves (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  BgCredentialRefusal refusal;
  g_autoptr (BgServiceCredential) credential = join (f, "ABCD-EFGH", NULL, &refusal, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (credential->device_id, ==, ID);
  g_assert_cmpuint (f->service->requests, ==, 2);
}

static void
assert_unproved (Fixture *f, guint requests, guint proofs)
{
  g_autoptr (GError) error = NULL;
  BgCredentialRefusal refusal;

  f->service->requests = proving.n_proofs = 0;
  g_assert_null (join (f, "ABCD-EFGH", NULL, &refusal, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_NOT_AUTHORIZED);
  g_assert_nonnull (strstr (error->message, "proof"));
  g_assert_cmpint (refusal, ==, BG_REFUSAL_LATER);
  g_assert_cmpuint (f->service->requests, ==, requests);
  g_assert_cmpuint (proving.n_proofs, ==, proofs);
}

/* A hub that is never content is not asked for ever. */
static void
test_proves_once (Fixture *f, gconstpointer data)
{
  proving.takes_none = TRUE;
  assert_unproved (f, 2, 1);
}

static void
test_cannot_prove (Fixture *f, gconstpointer data)
{
  private_key = NULL;
  assert_unproved (f, 1, 0);
}

/* The last is a point of small order, whose answer would be no secret. */
static void
test_bad_challenges (Fixture *f, gconstpointer data)
{
  static const char *const challenges[] = {
    "", "AAAA", "AAAAAGtJ0gAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
  };

  for (gsize i = 0; i < G_N_ELEMENTS (challenges); i++)
    {
      proving.challenge = challenges[i];
      assert_unproved (f, 1, 0);
    }
}

/* What the token may not do, and what the key may not. */
static void
test_token_registers_nobody (Fixture *f, gconstpointer data)
{
  static const char *const rows[][2] = {
    { "{\"error\":\"the shared token opens nothing here: ask for an invite code\"}", "invite" },
    { "{\"error\":\"this device was revoked: its key is never taken again\"}", "another invite" },
  };

  f->service->status = 403;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      BgCredentialRefusal refusal;

      f->service->body = rows[i][0];
      g_assert_null (join (f, NULL, "T", &refusal, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_NOT_AUTHORIZED);
      g_assert_nonnull (strstr (error->message, rows[i][1]));
      g_assert_cmpint (refusal, ==, BG_REFUSAL_BARRED);
    }
}

/* The hub's own reason, and what to do about it. */
static void
test_refusals_are_told (Fixture *f, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *body, *told;
    BgError code;
  } rows[] = {
    { 507, "{\"error\":\"too many devices are registered, or wait for an owner's word\"}",
      "approve or revoke", BG_ERROR_SERVICE },
    { 507, "{\"error\":\"no addresses available in subnet\"}", "no free address",
      BG_ERROR_SERVICE },
    { 403, "{\"error\":\"this device was revoked: its key is never taken again\"}",
      "another invite", BG_ERROR_NOT_AUTHORIZED },
    { 409, "{\"error\":\"the bridge is up\"}", "the hub refused: the bridge is up (HTTP 409)",
      BG_ERROR_SERVICE },
    { 503, "{\"error\":\"the network is being moved\"}", "the network is being moved",
      BG_ERROR_SERVICE },
    { 409, "{}", "the hub refused (HTTP 409)", BG_ERROR_SERVICE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      BgCredentialRefusal refusal;

      f->service->status = rows[i].status;
      f->service->body = rows[i].body;
      g_assert_null (join (f, "ABCD-EFGH", NULL, &refusal, &error));
      g_assert_error (error, BG_ERROR, (int) rows[i].code);
      g_assert_nonnull (strstr (error->message, rows[i].told));
    }
}

/* Which address, and how the machine comes to another one. */
static void
test_address_of_another (Fixture *f, gconstpointer data)
{
  const BgServiceHub hub = hub_of (f, "T");
  g_autoptr (GError) error = NULL;
  BgCredentialRefusal refusal;

  f->service->status = 409;
  f->service->body = "{\"error\":\"the address is none of this network, or another device's\"}";
  service_fixture_ask (f);
  bg_service_register_async (
    &hub, &(BgServiceNewcomer){ .name = "alpha", .public_key = KEY, .address = "10.0.0.7/24" },
    NULL, service_fixture_on_done, f);
  wait_until (f->result);
  g_assert_null (bg_service_register_finish (f->result, &refusal, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, "10.0.0.7/24"));
  g_assert_nonnull (strstr (error->message, "bamgatectl leave"));
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
  { 401, "{\"error\":\"prove\",\"challenge\":\"\",\"host\":\"127.0.0.1\"}", BG_REFUSAL_LATER },
  { 401, "{\"error\":\"prove\",\"challenge\":\"\",\"host\":\"hub.example\"}", BG_REFUSAL_BARRED },
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

#define ADD_PROOF(name, function)                                                                  \
  g_test_add ("/service-credential/" name, Fixture, NULL, set_up_proof, function, tear_down_proof)

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("register", test_register);
  ADD ("register-by-token", test_register_by_token);
  ADD ("sent-on", test_sent_on);
  ADD_PROOF ("proves", test_proves);
  ADD_PROOF ("proves-once", test_proves_once);
  ADD_PROOF ("cannot-prove", test_cannot_prove);
  ADD_PROOF ("bad-challenges", test_bad_challenges);
  ADD ("token-registers-nobody", test_token_registers_nobody);
  ADD ("refusals-are-told", test_refusals_are_told);
  ADD ("address-of-another", test_address_of_another);
  ADD ("bad-code", test_bad_code);
  ADD ("nonsense", test_nonsense);
  ADD ("refused-registrations", test_refused_registrations);
  ADD ("refused-refreshes", test_refused_refreshes);
  ADD ("nobody-there", test_nobody_there);
  ADD ("refresh", test_refresh);
  ADD ("leave", test_leave);
  return g_test_run ();
}
