/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a machine in an account reads there, and what it believes. */
#include "operator-world.h"

#include "common/error.h"
#include "publish/operator-api.h"

#include <string.h>

static guint
count (OperatorWorld *w)
{
  g_autoptr (GPtrArray) list = bg_endpoint_source_list (BG_ENDPOINT_SOURCE (w->operator));

  return list->len;
}

static void
assert_list (OperatorWorld *w, const char *expected)
{
  g_autofree char *list = operator_world_list (w);

  g_assert_cmpstr (list, ==, expected);
}

/* Runs with one endpoint in the list. */
static void
run_with_one (OperatorWorld *w)
{
  fake_account_add_endpoint (w->account, "http://app.example");
  operator_world_run (w);
  assert_list (w, "http://app.example");
}

static void
add_many (OperatorWorld *w, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *url = g_strdup_printf ("http://app%03u.example", i);

      fake_account_add_endpoint (w->account, url);
    }
}

static void
test_pages (OperatorWorld *w, gconstpointer data)
{
  add_many (w, 250);
  operator_world_run (w);
  g_assert_cmpuint (count (w), ==, 250);
  g_assert_cmpuint (fake_account_count (w->account, "before_id=ep_151"), >=, 1);
  g_assert_cmpuint (fake_account_count (w->account, "before_id=ep_51"), >=, 1);
}

/* A list of which a part is missing is none. */
static void
test_page_fails (OperatorWorld *w, gconstpointer data)
{
  run_with_one (w);
  fake_account_fail (w->account, "before_id", 3, 500);
  add_many (w, 249);
  wait_for (operator_world_state (w) == BG_SOURCE_DEGRADED);
  g_assert_cmpuint (count (w), ==, 1);
  wait_for (operator_world_state (w) == BG_SOURCE_RUNNING);
  g_assert_cmpuint (count (w), ==, 250);
}

static void
test_list_goes_elsewhere (OperatorWorld *w, gconstpointer data)
{
  g_autoptr (FakeAccount) other = fake_account_new ();
  g_autofree char *next = g_strconcat (other->url, "/kubernetes_operators", NULL);

  run_with_one (w);
  w->account->next = next;
  wait_for (operator_world_says (w, BG_SAY_ACCOUNT_LIST_ELSEWHERE));
  assert_list (w, "http://app.example");
  g_assert_cmpuint (other->log->len, ==, 0);
}

static void
test_list_has_no_end (OperatorWorld *w, gconstpointer data)
{
  run_with_one (w);
  w->account->next = "/kubernetes_operators/k8sop_1/bound_endpoints?again";
  wait_for (operator_world_says (w, BG_SAY_ACCOUNT_LIST_ENDLESS));
  assert_list (w, "http://app.example");
  w->account->next = NULL;
  wait_for (operator_world_state (w) == BG_SOURCE_RUNNING);
}

static void
test_empty_once (OperatorWorld *w, gconstpointer data)
{
  run_with_one (w);
  w->account->fault_body = "{\"endpoints\":[],\"next_page_uri\":null}";
  fake_account_fail (w->account, "bound_endpoints", 1, 200);
  operator_world_await (w, "bound_endpoints", 3);
  assert_list (w, "http://app.example");
  g_ptr_array_set_size (w->account->endpoints, 0);
  operator_world_await (w, "bound_endpoints", 1);
  assert_list (w, "http://app.example");
  wait_for (count (w) == 0);
}

static void
test_answers_that_nobody_reads (OperatorWorld *w, gconstpointer data)
{
  static const char *const bodies[] = { "", "{", "[]", "null", "{\"endpoints\":{}}", "{}", "\xff" };

  run_with_one (w);
  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      w->account->fault_body = bodies[i];
      fake_account_fail (w->account, "bound_endpoints", 1, 200);
      bg_operator_refresh (w->operator);
      wait_for (operator_world_says (w, BG_SAY_ACCOUNT_GARBLED));
      assert_list (w, "http://app.example");
      wait_for (operator_world_state (w) == BG_SOURCE_RUNNING);
    }
}

/* The key goes nowhere else, whatever the account says. */
static void
test_redirection (OperatorWorld *w, gconstpointer data)
{
  run_with_one (w);
  fake_account_fail (w->account, "bound_endpoints", 1, 302);
  wait_for (operator_world_state (w) == BG_SOURCE_DEGRADED);
  wait_for (operator_world_state (w) == BG_SOURCE_RUNNING);
  g_assert_cmpuint (fake_account_count (w->account, "GET /?"), ==, 0);
}

static void
test_not_bound (OperatorWorld *w, gconstpointer data)
{
  w->account->bindings = "[\"public\"]";
  fake_account_add_endpoint (w->account, "http://app.example");
  operator_world_run (w);
  g_assert_cmpuint (count (w), ==, 0);
}

/* One that cannot be had keeps nobody else away. */
static void
test_refused (OperatorWorld *w, gconstpointer data)
{
  g_autoptr (GPtrArray) list = NULL;

  fake_account_add_endpoint (w->account, "http://localhost");
  fake_account_add_endpoint (w->account, "http://app.example");
  operator_world_run (w);
  assert_list (w, "http://app.example http://localhost");
  list = bg_endpoint_source_list (BG_ENDPOINT_SOURCE (w->operator));
  g_assert_true (
    bg_words_is (((BgWantedEndpoint *) list->pdata[1])->refused, BG_SAY_ENDPOINT_HOST_IS_LOCAL));
}

static void
test_unauthorized (OperatorWorld *w, gconstpointer data)
{
  run_with_one (w);
  bg_operator_set_api_key (w->operator, "wrong");
  wait_for (operator_world_state (w) == BG_SOURCE_UNAUTHORIZED);
  g_assert_true (operator_world_says (w, BG_SAY_API_KEY_REFUSED));
  assert_list (w, "http://app.example");
  operator_world_give_key (w);
  wait_for (operator_world_state (w) == BG_SOURCE_RUNNING);
  bg_operator_set_api_key (w->operator, NULL);
  g_assert_cmpint (operator_world_state (w), ==, BG_SOURCE_WAITING_FOR_KEY);
  assert_list (w, "http://app.example");
}

static void
test_busy (OperatorWorld *w, gconstpointer data)
{
  gint64 since;

  run_with_one (w);
  w->account->fault_retry_after = "1";
  fake_account_fail (w->account, "bound_endpoints", 1, 429);
  wait_for (operator_world_state (w) == BG_SOURCE_DEGRADED);
  since = g_get_monotonic_time ();
  wait_for (operator_world_state (w) == BG_SOURCE_RUNNING);
  g_assert_cmpint (g_get_monotonic_time () - since, >=, 990 * 1000);
}

static void
test_account_says_why (OperatorWorld *w, gconstpointer data)
{
  const BgWords *reason;

  run_with_one (w);
  fake_account_fail (w->account, "bound_endpoints", 1, 503);
  wait_for (operator_world_state (w) == BG_SOURCE_DEGRADED);
  bg_endpoint_source_get_state (BG_ENDPOINT_SOURCE (w->operator), &reason);
  g_assert_cmpstr (bg_words_get_text (reason), ==,
                   "the account's API says: not so (ERR_NGROK_9, op_7)");
}

static gsize
count_of (GHashTable *answers, guint status)
{
  return GPOINTER_TO_SIZE (g_hash_table_lookup (answers, GUINT_TO_POINTER (status)));
}

/* Each answer by its status, also of keys that are only tried. */
static void
test_answers_are_counted (OperatorWorld *w, gconstpointer data)
{
  g_autoptr (GHashTable) answers = g_hash_table_new (NULL, NULL);
  gsize before;

  w->options.answers = answers;
  run_with_one (w);
  g_assert_cmpuint (count_of (answers, 201), ==, 1);
  g_assert_cmpuint (count_of (answers, 200), >, 0);
  g_assert_cmpuint (count_of (answers, 503), ==, 0);
  fake_account_fail (w->account, "bound_endpoints", 1, 503);
  wait_for (count_of (answers, 503) == 1);
  before = count_of (answers, 401);
  bg_operator_check_api_key_async (w->operator, "wrong", NULL, NULL, NULL);
  wait_for (count_of (answers, 401) > before);
}

/* --- Settings --- */

static void
test_selectors (OperatorWorld *w, gconstpointer data)
{
  static const char *const others[] = { "host == \"x\"", NULL };

  run_with_one (w);
  w->options.selectors = others;
  g_assert_true (bg_operator_configure (w->operator, & w->options, NULL));
  bg_operator_refresh (w->operator);
  operator_world_await (w, "PATCH", 1);
  operator_world_await (w, "bound_endpoints", 3);
  g_assert_cmpstr (fake_account_newest (w->account)->selectors, ==, "[\"host == \\\"x\\\"\"]");
  g_assert_cmpuint (fake_account_count (w->account, "PATCH"), ==, 1);
}

static void
test_ingress (OperatorWorld *w, gconstpointer data)
{
  const char *host;
  guint16 port;

  w->account->ingress = NULL;
  run_with_one (w);
  bg_operator_get_ingress (w->operator, & host, &port);
  g_assert_cmpstr (host, ==, "kubernetes-binding-ingress.ngrok.io");
  g_assert_cmpuint (port, ==, 443);
  w->options.ingress = "[2001:db8::1]";
  g_assert_true (bg_operator_configure (w->operator, & w->options, NULL));
  bg_operator_get_ingress (w->operator, & host, &port);
  g_assert_cmpstr (host, ==, "2001:db8::1");
  w->options.ingress = "a:b:c";
  g_assert_false (bg_operator_configure (w->operator, & w->options, NULL));
  bg_operator_get_ingress (w->operator, & host, &port);
  g_assert_cmpstr (host, ==, "2001:db8::1");
}

/* Without this the API key would cross a network in the clear. */
static void
test_urls (void)
{
  static const char *const bad[] = { "http://api.example",
                                     "http://192.0.2.1",
                                     "ftp://127.0.0.1",
                                     "https://u:p@h",
                                     "https://h?x",
                                     "h",
                                     "http://127.0.0.1.nip.example" };
  static const char *const good[] = { "https://api.example", "http://127.0.0.1:1", "http://[::1]:1",
                                      "https://h/v2/" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bg_operator_api_new (bad[i], NULL, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (BgOperatorApi) api = bg_operator_api_new (good[i], NULL, NULL);

      g_assert_nonnull (api);
    }
}

/* --- What others ask --- */

static void
on_done (GObject *source, GAsyncResult *result, gpointer place)
{
  *(GAsyncResult **) place = g_object_ref (result);
}

static void
assert_key (OperatorWorld *w, const char *key, int code)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bg_operator_check_api_key_async (w->operator, key, NULL, on_done, &result);
  wait_for (result);
  g_assert_true (bg_operator_check_api_key_finish (result, &error) == (code < 0));
  g_assert_true (code < 0 || g_error_matches (error, BG_ERROR, code));
}

static void
test_check_key (OperatorWorld *w, gconstpointer data)
{
  operator_world_start (w);
  assert_key (w, FAKE_ACCOUNT_KEY, -1);
  assert_key (w, "wrong", BG_ERROR_NOT_AUTHORIZED);
  assert_key (w, "", BG_ERROR_INVALID_ARGUMENT);
  assert_key (w, "a\r\nHost: x", BG_ERROR_INVALID_ARGUMENT);
  fake_account_fail (w->account, "GET", 1, 503);
  assert_key (w, FAKE_ACCOUNT_KEY, BG_ERROR_SERVICE);
  g_assert_cmpint (operator_world_state (w), ==, BG_SOURCE_WAITING_FOR_KEY);
}

static gboolean
unregister (OperatorWorld *w, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bg_operator_unregister_async (w->operator, NULL, on_done, &result);
  wait_for (result);
  return bg_operator_unregister_finish (result, error);
}

static void
test_unregister (OperatorWorld *w, gconstpointer data)
{
  g_autoptr (GError) refused = NULL, too_late = NULL;
  g_autofree char *key = NULL, *id = NULL;

  run_with_one (w);
  fake_account_fail (w->account, "DELETE", 1, 503);
  g_assert_false (unregister (w, &refused));
  g_assert_error (refused, BG_ERROR, BG_ERROR_SERVICE);
  assert_list (w, "http://app.example");
  g_assert_true (unregister (w, NULL));
  g_assert_cmpuint (w->account->machines->len, ==, 0);
  g_assert_cmpint (operator_world_state (w), ==, BG_SOURCE_WAITING_FOR_KEY);
  g_assert_null (bg_operator_get_identity (w->operator));
  assert_list (w, "");
  key = operator_world_read (w, "tls.key");
  id = operator_world_read (w, "operator_id");
  g_assert_null (key);
  g_assert_null (id);
  g_assert_false (unregister (w, &too_late));
  g_assert_error (too_late, BG_ERROR, BG_ERROR_WRONG_STATE);
}

/* A registration whose answer was lost is found, and ended. */
static void
test_unregister_lost (OperatorWorld *w, gconstpointer data)
{
  w->account->fault_is_loss = TRUE;
  w->timing.poll_ms = 60 * 1000;
  w->timing.longest_ms = 60 * 1000;
  fake_account_fail (w->account, "POST", 1, 0);
  operator_world_start (w);
  operator_world_give_key (w);
  wait_for (operator_world_says (w, BG_SAY_ACCOUNT_UNREACHABLE));
  g_assert_cmpuint (w->account->machines->len, ==, 1);
  g_assert_true (unregister (w, NULL));
  g_assert_cmpuint (w->account->machines->len, ==, 0);
}

/* Settings that change while it is looked for in the account: the walk through the pages ends where it began. */
static void
test_unregister_while_settings_change (OperatorWorld *w, gconstpointer data)
{
  g_autoptr (FakeAccount) other = fake_account_new ();
  g_autoptr (GAsyncResult) result = NULL;

  w->account->fault_is_loss = TRUE;
  w->timing.poll_ms = 60 * 1000;
  w->timing.longest_ms = 60 * 1000;
  fake_account_fail (w->account, "POST", 1, 0);
  operator_world_start (w);
  operator_world_give_key (w);
  wait_for (operator_world_says (w, BG_SAY_ACCOUNT_UNREACHABLE));
  bg_operator_unregister_async (w->operator, NULL, on_done, &result);
  w->options.api_url = other->url;
  g_assert_true (bg_operator_configure (w->operator, & w->options, NULL));
  wait_for (result);
  bg_operator_unregister_finish (result, NULL);
  g_assert_cmpuint (fake_account_count (w->account, "GET"), ==, 1);
  g_clear_object (&w->operator);
}

static void
test_unregister_forgotten (OperatorWorld *w, gconstpointer data)
{
  run_with_one (w);
  g_ptr_array_set_size (w->account->machines, 0);
  g_assert_true (unregister (w, NULL));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (OperatorWorld *w, gconstpointer data);
  } tests[] = {
    { "/operator-list/pages", test_pages },
    { "/operator-list/page-fails", test_page_fails },
    { "/operator-list/goes-elsewhere", test_list_goes_elsewhere },
    { "/operator-list/has-no-end", test_list_has_no_end },
    { "/operator-list/empty-once", test_empty_once },
    { "/operator-list/answers-that-nobody-reads", test_answers_that_nobody_reads },
    { "/operator-list/redirection", test_redirection },
    { "/operator-list/not-bound", test_not_bound },
    { "/operator-list/refused", test_refused },
    { "/operator-list/unauthorized", test_unauthorized },
    { "/operator-list/busy", test_busy },
    { "/operator-list/account-says-why", test_account_says_why },
    { "/operator-list/answers-are-counted", test_answers_are_counted },
    { "/operator-list/selectors", test_selectors },
    { "/operator-list/ingress", test_ingress },
    { "/operator-list/check-key", test_check_key },
    { "/operator-list/unregister", test_unregister },
    { "/operator-list/unregister-lost", test_unregister_lost },
    { "/operator-list/unregister-while-settings-change", test_unregister_while_settings_change },
    { "/operator-list/unregister-forgotten", test_unregister_forgotten },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/operator-list/urls", test_urls);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, OperatorWorld, NULL, operator_world_set_up, tests[i].run,
                operator_world_tear_down);
  return g_test_run ();
}
