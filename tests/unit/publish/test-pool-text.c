/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/pool-text.h"

#define NOW G_GINT64_CONSTANT (1800000000)

static BgAddressPool *
pool_new (void)
{
  BgIpPrefix subnet;

  g_assert_true (bg_ip_prefix_parse ("10.107.0.0/16", &subnet));
  return bg_address_pool_new (&subnet);
}

static void
assert_left (GPtrArray *left, const char *expected)
{
  g_autofree char *joined = NULL;

  g_ptr_array_add (left, NULL);
  joined = g_strjoinv (" ", (char **) left->pdata);
  g_assert_cmpstr (joined, ==, expected);
}

static void
test_addresses (void)
{
  g_autoptr (BgAddressPool) pool = pool_new (), again = pool_new ();
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL, *times = NULL, *text_again = NULL, *times_again = NULL;

  bg_address_pool_take (pool, "db.prod", NOW);
  bg_address_pool_take (pool, "api.example", NOW);
  bg_address_pool_release (pool, "api.example", NOW + 5);
  text = bg_address_pool_to_text (pool);
  times = bg_address_pool_times_to_text (pool);
  g_assert_cmpstr (text, ==,
                   "{\n  \"api.example\" : \"10.107.0.3\",\n  \"db.prod\" : \"10.107.0.2\"\n}\n");
  g_assert_true (bg_address_pool_from_text (again, text, times, NOW + 100, left));
  assert_left (left, "");
  text_again = bg_address_pool_to_text (again);
  times_again = bg_address_pool_times_to_text (again);
  g_assert_cmpstr (text_again, ==, text);
  g_assert_cmpstr (times_again, ==, times);
}

/* What others wrote, or an earlier subnet: the first of two keeps its address, what makes no sense is left out and named. */
static void
test_addresses_that_are_not_ours (void)
{
  g_autoptr (BgAddressPool) pool = pool_new ();
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);

  g_assert_true (bg_address_pool_from_text (
    pool,
    "{\"b\":\"10.107.0.9\",\"a\":\"10.107.0.9\",\"c\":\"10.9.0.2\",\"d\":7,\"e\":\"fd00::1\",\"f\":\"10.107.0.0/24\",\"g\":\"10.107.0.1\"}",
    "{\"a\":\"soon\"}", NOW, left));
  assert_left (left, "b c d e f g");
  g_assert_cmpuint (bg_address_pool_get (pool, "a") & 0xff, ==, 9);
}

static void
test_no_text_of_ours (void)
{
  g_autoptr (BgAddressPool) pool = pool_new ();
  g_autoptr (BgPortPool) ports = bg_port_pool_new (9080, 65535);
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);

  for (const char *const *text =
         (const char *const[]){ "", "[]", "{", "{\"a\":\"10.107.0.9\"", "null", NULL };
       *text != NULL; text++)
    {
      g_assert_false (bg_address_pool_from_text (pool, *text, NULL, NOW, left));
      g_assert_false (bg_port_pool_from_text (ports, *text, left));
    }
  g_assert_cmpuint (left->len, ==, 0);
}

/* A clock that was ahead keeps nobody's address from being used again for ever. */
static void
test_times_to_come (void)
{
  g_autoptr (BgAddressPool) pool = pool_new ();
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *times = NULL;

  g_assert_true (
    bg_address_pool_from_text (pool, "{\"a\":\"10.107.0.9\"}", "{\"a\":1900000000}", NOW, left));
  times = bg_address_pool_times_to_text (pool);
  g_assert_cmpstr (times, ==, "{\n  \"a\" : 1800000000\n}\n");
}

static void
test_ports (void)
{
  g_autoptr (BgPortPool) pool = bg_port_pool_new (9080, 65535);
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;

  g_assert_true (bg_port_pool_from_text (
    pool, "{\"b:80\":9081,\"a:80\":9081,\"c:80\":0,\"d:80\":65536,\"e:80\":\"9090\",\"f:80\":443}",
    left));
  assert_left (left, "b:80 c:80 d:80 e:80");
  text = bg_port_pool_to_text (pool);
  g_assert_cmpstr (text, ==, "{\n  \"a:80\" : 9081,\n  \"f:80\" : 443\n}\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool-text/addresses", test_addresses);
  g_test_add_func ("/pool-text/addresses-that-are-not-ours", test_addresses_that_are_not_ours);
  g_test_add_func ("/pool-text/no-text-of-ours", test_no_text_of_ours);
  g_test_add_func ("/pool-text/times-to-come", test_times_to_come);
  g_test_add_func ("/pool-text/ports", test_ports);
  return g_test_run ();
}
