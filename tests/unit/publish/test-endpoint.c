/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/endpoint-source.h"

#include <string.h>

static void
add (GPtrArray *list, const char *id, const char *url)
{
  g_ptr_array_add (list, bg_endpoint_new ("account", id, url, NULL, NULL));
}

/* "http://app.example=ep_1,ep_2 …" */
static char *
describe (const GPtrArray *list)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    {
      const BgWantedEndpoint *endpoint = list->pdata[i];
      g_autofree char *ids = g_strjoinv (",", endpoint->ids);

      g_string_append_printf (text, "%s%s=%s%s", i ? " " : "", endpoint->url, ids,
                              endpoint->refused ? "!" : "");
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_merged (GPtrArray *list, const char *expected)
{
  g_autofree char *text = NULL;

  bg_endpoint_list_merge (list);
  text = describe (list);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_merge (void)
{
  g_autoptr (GPtrArray) list = bg_endpoint_list_new ();

  add (list, "ep_3", "tcp://db.prod:5432");
  add (list, "ep_2", "http://APP.example:80/");
  add (list, "ep_9", "nonsense://x");
  add (list, "ep_1", "http://app.example");
  add (list, "ep_1", "http://app.example");
  add (list, "ep_4", "http://app.example:443");
  assert_merged (list, "http://app.example=ep_1,ep_2 http://app.example:443=ep_4 "
                       "tcp://db.prod:5432=ep_3 nonsense://x=ep_9!");
}

/* Rewriting what is not HTTP would break it; passing HTTP on does not. */
static void
test_schemes_disagree (void)
{
  g_autoptr (GPtrArray) list = bg_endpoint_list_new ();

  add (list, "ep_1", "http://app.example:80");
  add (list, "ep_2", "tcp://app.example:80");
  assert_merged (list, "tcp://app.example:80=ep_1,ep_2");
}

static void
test_refused_stay_apart (void)
{
  g_autoptr (GPtrArray) list = bg_endpoint_list_new ();

  add (list, "ep_1", "http://localhost");
  add (list, "ep_2", "tcp://db.prod");
  add (list, "ep_3", "http://localhost");
  assert_merged (list, "http://localhost=ep_1,ep_3! tcp://db.prod=ep_2!");
}

static void
test_order_of_account_means_nothing (void)
{
  static const char *const urls[] = { "http://a.b", "tcp://a.b:80",     "tcp://a.b:81",
                                      "x",          "http://localhost", "tls://a.b:81" };
  g_autoptr (GPtrArray) one = bg_endpoint_list_new (), other = bg_endpoint_list_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      gsize k = G_N_ELEMENTS (urls) - 1 - i;
      g_autofree char *id = g_strdup_printf ("ep_%zu", i), *id_k = g_strdup_printf ("ep_%zu", k);

      add (one, id, urls[i]);
      add (other, id_k, urls[k]);
    }
  bg_endpoint_list_merge (one);
  bg_endpoint_list_merge (other);
  g_assert_true (bg_endpoint_list_equal (one, other));
  g_ptr_array_remove_index (other, 0);
  g_assert_false (bg_endpoint_list_equal (one, other));
}

static void
test_ids_count (void)
{
  g_autoptr (GPtrArray) one = bg_endpoint_list_new (), other = bg_endpoint_list_new ();

  add (one, "ep_1", "http://a.b");
  add (other, "ep_2", "http://a.b");
  g_assert_false (bg_endpoint_list_equal (one, other));
}

static void
test_literal (void)
{
  g_autoptr (BgWantedEndpoint)
    endpoint = bg_endpoint_new ("account", "ep_1", "tcp://[2001:db8::1]:22", NULL, NULL);

  g_assert_true (endpoint->is_literal);
  g_assert_cmpstr (endpoint->url, ==, "tcp://[2001:db8::1]:22");
  g_assert_cmpstr (endpoint->host, ==, "2001:db8::1");
}

static void
test_state_names (void)
{
  for (int i = 0; i < BG_SOURCE_STATES; i++)
    for (int k = 0; k < i; k++)
      g_assert_cmpstr (bg_source_state_get_name (i), !=, bg_source_state_get_name (k));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/endpoint/merge", test_merge);
  g_test_add_func ("/endpoint/schemes-disagree", test_schemes_disagree);
  g_test_add_func ("/endpoint/refused-stay-apart", test_refused_stay_apart);
  g_test_add_func ("/endpoint/order-of-account-means-nothing", test_order_of_account_means_nothing);
  g_test_add_func ("/endpoint/ids-count", test_ids_count);
  g_test_add_func ("/endpoint/literal", test_literal);
  g_test_add_func ("/endpoint/state-names", test_state_names);
  return g_test_run ();
}
