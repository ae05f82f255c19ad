/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a machine comes into an account, and how it is known there: registration, certificates, files. */
#include "operator-world.h"

#include "common/error.h"
#include "common/secret-text.h"
#include "publish/operator-files.h"
#include "publish/operator-key.h"
#include "signer.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>

enum
{
  DAY = 24 * 3600,
};

static guint
mode_of (OperatorWorld *w, const char *name)
{
  g_autofree char *path = operator_world_path (w, name);
  struct stat facts;

  g_assert_cmpint (stat (path, &facts), ==, 0);
  return facts.st_mode & 0777;
}

static gboolean
is_there (OperatorWorld *w, const char *name)
{
  g_autofree char *path = operator_world_path (w, name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
remove_file (OperatorWorld *w, const char *name)
{
  g_autofree char *path = operator_world_path (w, name);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
assert_list (OperatorWorld *w, const char *expected)
{
  g_autofree char *list = operator_world_list (w);

  g_assert_cmpstr (list, ==, expected);
}

static void
test_registers (OperatorWorld *w, gconstpointer data)
{
  g_autofree char *id = NULL, *key = NULL;
  const char *host;
  guint16 port;

  fake_account_add_endpoint (w->account, "http://app.example");
  operator_world_start (w);
  g_assert_cmpint (operator_world_state (w), ==, BG_SOURCE_WAITING_FOR_KEY);
  g_assert_true (operator_world_says (w, BG_SAY_API_KEY_MISSING));
  g_assert_cmpuint (w->account->log->len, ==, 0);
  operator_world_give_key (w);
  g_assert_cmpint (operator_world_state (w), ==, BG_SOURCE_REGISTERING);
  wait_for (operator_world_state (w) == BG_SOURCE_RUNNING
            && bg_operator_get_polled_at (w->operator));

  assert_list (w, "http://app.example");
  id = operator_world_read (w, "operator_id");
  key = operator_world_read (w, "tls.key");
  g_assert_cmpstr (id, ==, "k8sop_1");
  g_assert_cmpstr (bg_operator_get_id (w->operator), ==, id);
  g_assert_cmpstr (bg_operator_get_identity (w->operator)->key, ==, key);
  g_assert_cmpuint (mode_of (w, "tls.key"), ==, 0600);
  g_assert_cmpuint (mode_of (w, "tls.crt"), ==, 0644);
  g_assert_cmpuint (mode_of (w, "operator_id"), ==, 0644);
  g_assert_cmpuint (mode_of (w, ""), ==, 0700);
  bg_operator_get_ingress (w->operator, & host, &port);
  g_assert_cmpstr (host, ==, "ingress.example");
  g_assert_cmpuint (port, ==, 8443);
  g_assert_cmpuint (w->ingress_changed, >=, 1);
  g_assert_true (strstr (id, "\n") == NULL);
}

static void
test_what_is_sent (OperatorWorld *w, gconstpointer data)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *described = NULL, *instance = NULL, *metadata = NULL;
  JsonObject *said, *binding;

  w->account->fault_body = "{}";
  fake_account_fail (w->account, "GET", G_MAXUINT, 500);
  operator_world_start (w);
  operator_world_give_key (w);
  operator_world_await (w, "POST /kubernetes_operators?\n", 1);
  g_assert_true (json_parser_load_from_data (parser, w->account->last_body, -1, NULL));
  said = json_node_get_object (json_parser_get_root (parser));
  binding = json_object_get_object_member (said, "binding");
  described = signer_describe (json_object_get_string_member (binding, "csr"));
  instance = operator_world_read (w, "instance_id");
  metadata = g_strdup_printf ("{\"product\":\"bamgate\",\"instance\":\"%s\"}", instance);

  g_assert_cmpstr (described, ==, "secp384r1 SHA384 /O=bamgate extensions=0");
  g_assert_cmpstr (json_object_get_string_member (said, "metadata"), ==, metadata);
  g_assert_cmpstr (json_object_get_string_member (said, "region"), ==, "global");
  g_assert_cmpstr (json_object_get_string_member (said, "description"), ==, "a machine");
  g_assert_cmpstr (
    json_array_get_string_element (json_object_get_array_member (said, "enabled_features"), 0), ==,
    "bindings");
  g_assert_cmpstr (fake_account_newest (w->account)->selectors, ==, "[\"true\"]");
  g_assert_cmpstr (w->account->last_version, ==, "2");
  g_assert_true (g_str_has_prefix (w->account->last_agent, "bamgate/"));
  g_assert_cmpstr (w->account->last_type, ==, "application/json");
}

static void
test_starts_again (OperatorWorld *w, gconstpointer data)
{
  fake_account_add_endpoint (w->account, "http://app.example");
  operator_world_run (w);
  operator_world_start (w);
  assert_list (w, "http://app.example");
  g_assert_cmpint (operator_world_state (w), ==, BG_SOURCE_WAITING_FOR_KEY);
  g_assert_nonnull (bg_operator_get_identity (w->operator));
  operator_world_run (w);
  operator_world_await (w, "bound_endpoints", 2);
  g_assert_cmpuint (w->account->made, ==, 1);
  g_assert_cmpuint (fake_account_count (w->account, "PATCH"), ==, 0);
}

/* The saved list stands while the account is away, and is corrected when it is back. */
static void
test_starts_without_account (OperatorWorld *w, gconstpointer data)
{
  const char *host;
  guint16 port;

  fake_account_add_endpoint (w->account, "http://app.example");
  operator_world_run (w);
  fake_account_fail (w->account, "GET", 3, 503);
  fake_account_add_endpoint (w->account, "tcp://db.prod:5432");
  operator_world_start (w);
  operator_world_give_key (w);
  wait_for (operator_world_state (w) == BG_SOURCE_DEGRADED);
  assert_list (w, "http://app.example");
  bg_operator_get_ingress (w->operator, & host, &port);
  g_assert_cmpstr (host, ==, "ingress.example");
  wait_for (operator_world_state (w) == BG_SOURCE_RUNNING);
  assert_list (w, "http://app.example tcp://db.prod:5432");
}

static void
test_answer_is_lost (OperatorWorld *w, gconstpointer data)
{
  w->account->fault_is_loss = TRUE;
  fake_account_fail (w->account, "POST", 1, 0);
  operator_world_run (w);
  g_assert_cmpuint (w->account->made, ==, 1);
  g_assert_cmpuint (fake_account_count (w->account, "PATCH"), ==, 1);
  g_assert_cmpstr (bg_operator_get_id (w->operator), ==, "k8sop_1");
}

static void
test_no_certificate (OperatorWorld *w, gconstpointer data)
{
  w->account->forgets_certificates = TRUE;
  operator_world_start (w);
  operator_world_give_key (w);
  wait_for (operator_world_says (w, BG_SAY_ACCOUNT_NO_CERTIFICATE));
  operator_world_await (w, "DELETE", 2);
  w->account->forgets_certificates = FALSE;
  wait_for (operator_world_state (w) == BG_SOURCE_RUNNING);
  g_assert_cmpuint (w->account->machines->len, ==, 1);
}

static void
test_other_certificate (OperatorWorld *w, gconstpointer data)
{
  w->account->gives_other_certificates = TRUE;
  operator_world_start (w);
  operator_world_give_key (w);
  wait_for (operator_world_says (w, BG_SAY_ACCOUNT_CERTIFICATE_BAD));
  g_assert_cmpuint (w->account->machines->len, ==, 0);
  g_assert_false (is_there (w, "operator_id"));
}

/* Nobody is left behind in the account by a machine that cannot keep what it got. */
static void
test_cannot_save (OperatorWorld *w, gconstpointer data)
{
  g_autofree char *file = operator_world_path (w, "file");
  g_autofree char *certificate = g_build_filename (file, "tls.crt", NULL);

  g_assert_true (g_file_set_contents (file, "", -1, NULL));
  w->options.certificate = certificate;
  operator_world_start (w);
  operator_world_give_key (w);
  wait_for (operator_world_says (w, BG_SAY_ACCOUNT_FILE_NOT_WRITTEN));
  g_assert_cmpuint (w->account->made, >=, 1);
  g_assert_cmpuint (w->account->machines->len, ==, 0);
  w->options.certificate = NULL;
}

static void
test_cannot_prepare (OperatorWorld *w, gconstpointer data)
{
  g_autofree char *file = operator_world_path (w, "file");
  g_autofree char *directory = g_build_filename (file, "inside", NULL);

  g_assert_true (g_file_set_contents (file, "", -1, NULL));
  w->options.directory = directory;
  operator_world_start (w);
  operator_world_give_key (w);
  wait_for (operator_world_says (w, BG_SAY_ACCOUNT_FILE_NOT_WRITTEN));
  g_assert_cmpuint (w->account->made, ==, 0);
  w->options.directory = w->directory;
}

static void
test_id_is_missing (OperatorWorld *w, gconstpointer data)
{
  operator_world_run (w);
  remove_file (w, "operator_id");
  fake_account_add_machine (w->account, "{\"product\":\"bamgate\",\"instance\":\"another\"}");
  fake_account_add_machine (w->account, "no JSON");
  operator_world_run (w);
  g_assert_cmpstr (bg_operator_get_id (w->operator), ==, "k8sop_1");
  g_assert_cmpuint (fake_account_count (w->account, "POST"), ==, 1);
  g_assert_cmpuint (fake_account_count (w->account, "PATCH"), ==, 1);
}

static void
test_key_is_missing (OperatorWorld *w, gconstpointer data)
{
  operator_world_run (w);
  remove_file (w, "tls.key");
  operator_world_run (w);
  g_assert_cmpstr (bg_operator_get_id (w->operator), ==, "k8sop_1");
  g_assert_cmpuint (fake_account_count (w->account, "POST"), ==, 1);
  g_assert_cmpuint (fake_account_count (w->account, "PATCH"), ==, 1);
}

static void
test_others_are_not_taken (OperatorWorld *w, gconstpointer data)
{
  g_autofree char *path = operator_world_path (w, "instance_id");

  fake_account_add_machine (w->account, "{\"product\":\"bamgate\",\"instance\":\"another\"}");
  g_assert_true (g_file_set_contents (path, "mine", -1, NULL));
  operator_world_run (w);
  g_assert_cmpstr (bg_operator_get_id (w->operator), ==, "k8sop_2");
}

static void
test_forgotten (OperatorWorld *w, gconstpointer data)
{
  gint64 first;

  w->timing.register_ms = 3000; /* longer than a busy machine takes to be forgotten a second time */
  fake_account_add_endpoint (w->account, "http://app.example");
  operator_world_run (w);
  g_ptr_array_set_size (w->account->machines, 0);
  wait_for (g_strcmp0 (bg_operator_get_id (w->operator), "k8sop_2") == 0);
  first = g_get_monotonic_time ();
  assert_list (w, "http://app.example");
  g_ptr_array_set_size (w->account->machines, 0);
  wait_for (operator_world_says (w, BG_SAY_ACCOUNT_FORGOT_AGAIN));
  wait_for (g_strcmp0 (bg_operator_get_id (w->operator), "k8sop_3") == 0);
  g_assert_cmpint (g_get_monotonic_time () - first, >=, 2000 * 1000);
  assert_list (w, "http://app.example");
  g_assert_cmpuint (w->account->made, ==, 3);
}

static void
test_renews (OperatorWorld *w, gconstpointer data)
{
  g_autoptr (BgTlsIdentity) old = NULL;
  guint signals;

  w->account->since = -50;
  w->account->lifetime = 60;
  operator_world_run (w);
  old = bg_tls_identity_ref (bg_operator_get_identity (w->operator));
  signals = w->ingress_changed;
  fake_account_fail (w->account, "PATCH", 1, 500);
  operator_world_await (w, "PATCH", 1);
  g_assert_cmpint (operator_world_state (w), ==, BG_SOURCE_RUNNING);
  w->account->since = 0;
  w->account->lifetime = 90 * DAY;
  wait_for (bg_operator_get_identity (w->operator)->not_after
            > g_get_real_time () / G_USEC_PER_SEC + DAY);
  g_assert_cmpstr (bg_operator_get_identity (w->operator)->key, !=, old->key);
  g_assert_cmpuint (w->ingress_changed, >, signals);
  g_assert_cmpstr (bg_operator_get_id (w->operator), ==, "k8sop_1");
  g_assert_cmpuint (w->account->made, ==, 1);
}

static void
test_renews_when_asked (OperatorWorld *w, gconstpointer data)
{
  operator_world_run (w);
  bg_operator_renew (w->operator);
  operator_world_await (w, "PATCH", 1);
  operator_world_await (w, "bound_endpoints", 3);
  g_assert_cmpuint (fake_account_count (w->account, "PATCH"), ==, 1);
  g_assert_cmpuint (w->account->made, ==, 1);
}

/* It is told elsewhere that the ingress hangs up. */
static void
test_suspects (OperatorWorld *w, gconstpointer data)
{
  const char *host;
  guint16 port;

  operator_world_run (w);
  w->account->ingress = "other.example";
  bg_operator_suspect (w->operator);
  do
    {
      g_main_context_iteration (NULL, TRUE);
      bg_operator_get_ingress (w->operator, & host, &port);
    }
  while (!g_str_equal (host, "other.example"));
  g_assert_cmpuint (port, ==, 443);
}

/* The answer to a renewal was lost: the account takes a certificate that nobody has. */
static void
test_suspects_its_certificate (OperatorWorld *w, gconstpointer data)
{
  FakeMachine *machine;

  operator_world_run (w);
  machine = fake_account_newest (w->account);
  g_free (machine->certificate);
  machine->certificate = g_strdup ("newer");
  operator_world_await (w, "bound_endpoints", 3);
  g_assert_cmpuint (fake_account_count (w->account, "PATCH"), ==, 0);
  bg_operator_suspect (w->operator);
  operator_world_await (w, "PATCH", 1);
  operator_world_await (w, "bound_endpoints", 3);
  g_assert_cmpuint (fake_account_count (w->account, "PATCH"), ==, 1);
  g_assert_cmpstr (bg_operator_get_identity (w->operator)->certificate, ==, machine->certificate);
}

static void
test_certificate_has_ended (OperatorWorld *w, gconstpointer data)
{
  w->account->since = -100;
  w->account->lifetime = 50;
  operator_world_start (w);
  operator_world_give_key (w);
  wait_for (bg_operator_get_id (w->operator));
  fake_account_fail (w->account, "PATCH", G_MAXUINT, 503);
  wait_for (operator_world_says (w, BG_SAY_ACCOUNT_CERTIFICATE_ENDED));
  w->account->fault_times = 0;
  w->account->since = 0;
  g_string_truncate (w->account->log, 0);
  operator_world_run (w);
  g_assert_true (g_str_has_prefix (w->account->log->str, "PATCH"));
}

/* An administrator puts another pair in the place of ours. */
static void
test_files_are_replaced (OperatorWorld *w, gconstpointer data)
{
  g_autofree char *request = NULL, *certificate = NULL;
  g_autoptr (BgOperatorFiles) files = bg_operator_files_new (w->directory, NULL, NULL);
  char *key = NULL;

  operator_world_run (w);
  g_assert_true (bg_operator_key_new (&key, &request, NULL));
  certificate = signer_sign (request, 0, 40 * DAY);
  g_assert_true (g_file_set_contents (files->certificate, certificate, -1, NULL));
  g_assert_true (g_file_set_contents (files->key, key, -1, NULL));
  wait_for (strcmp (bg_operator_get_identity (w->operator)->key, key) == 0);
  g_assert_true (g_file_set_contents (files->key, "half", -1, NULL));
  operator_world_await (w, "bound_endpoints", 15);
  g_assert_cmpstr (bg_operator_get_identity (w->operator)->key, ==, key);
  bg_secret_free (key);
}

/* The machine stops between the two halves of a new pair. */
static void
test_half_a_pair (OperatorWorld *w, gconstpointer data)
{
  g_autoptr (BgOperatorFiles) files = bg_operator_files_new (w->directory, NULL, NULL);
  g_autofree char *next = g_strconcat (files->key, ".next", NULL);
  g_autofree char *old_key = NULL;
  g_autoptr (BgTlsIdentity) identity = NULL, again = NULL;

  operator_world_run (w);
  old_key = operator_world_read (w, "tls.key");
  g_clear_object (&w->operator);
  g_assert_cmpint (g_rename (files->key, next), ==, 0);
  g_assert_true (g_file_set_contents (files->key, "the old one", -1, NULL));
  identity = bg_operator_files_load_identity (files);
  g_assert_cmpstr (identity->key, ==, old_key);
  again = bg_operator_files_load_identity (files);
  g_assert_true (bg_tls_identity_equal (identity, again));
  g_assert_cmpuint (mode_of (w, "tls.key"), ==, 0600);
  g_assert_false (is_there (w, "tls.key.next"));
}

static void
test_spoilt_files (OperatorWorld *w, gconstpointer data)
{
  static const char *const names[] = { "operator_id", "instance_id", "endpoints.json", "tls.crt" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = operator_world_path (w, names[i]);

      g_assert_true (g_file_set_contents (path, "{\"../..\": \n", -1, NULL));
    }
  operator_world_run (w);
  g_assert_cmpuint (w->account->made, ==, 1);
  g_assert_null (strstr (w->account->log->str, ".."));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (OperatorWorld *w, gconstpointer data);
  } tests[] = {
    { "/operator/registers", test_registers },
    { "/operator/what-is-sent", test_what_is_sent },
    { "/operator/starts-again", test_starts_again },
    { "/operator/starts-without-account", test_starts_without_account },
    { "/operator/answer-is-lost", test_answer_is_lost },
    { "/operator/no-certificate", test_no_certificate },
    { "/operator/other-certificate", test_other_certificate },
    { "/operator/cannot-save", test_cannot_save },
    { "/operator/cannot-prepare", test_cannot_prepare },
    { "/operator/id-is-missing", test_id_is_missing },
    { "/operator/key-is-missing", test_key_is_missing },
    { "/operator/others-are-not-taken", test_others_are_not_taken },
    { "/operator/forgotten", test_forgotten },
    { "/operator/renews", test_renews },
    { "/operator/renews-when-asked", test_renews_when_asked },
    { "/operator/suspects", test_suspects },
    { "/operator/suspects-its-certificate", test_suspects_its_certificate },
    { "/operator/certificate-has-ended", test_certificate_has_ended },
    { "/operator/files-are-replaced", test_files_are_replaced },
    { "/operator/half-a-pair", test_half_a_pair },
    { "/operator/spoilt-files", test_spoilt_files },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, OperatorWorld, NULL, operator_world_set_up, tests[i].run,
                operator_world_tear_down);
  return g_test_run ();
}
