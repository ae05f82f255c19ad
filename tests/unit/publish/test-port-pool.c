/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/port-pool.h"

/* The port that a caller ends with to whom `busy` (up to a 0) are not free. */
static guint16
bind_one (BgPortPool *pool, const char *key, const guint16 *busy)
{
  guint16 port = 0;

  while ((port = bg_port_pool_candidate (pool, key, port)) != 0)
    {
      gboolean is_busy = FALSE;

      for (const guint16 *b = busy; b != NULL && *b != 0; b++)
        is_busy = is_busy || *b == port;
      if (!is_busy)
        return port;
    }
  return 0;
}

static guint16
give (BgPortPool *pool, const char *key, const guint16 *busy)
{
  guint16 port = bind_one (pool, key, busy);

  if (port != 0)
    g_assert_true (bg_port_pool_keep (pool, key, port));
  return port;
}

static void
test_lowest (void)
{
  g_autoptr (BgPortPool) pool = bg_port_pool_new (9080, 65535);

  g_assert_cmpuint (give (pool, "a:80", NULL), ==, 9080);
  g_assert_cmpuint (give (pool, "b:80", NULL), ==, 9081);
  g_assert_cmpuint (give (pool, "a:80", NULL), ==, 9080);
  g_assert_cmpuint (give (pool, "c:80", (const guint16[]){ 9082, 9083, 0 }), ==, 9084);
  g_assert_cmpuint (give (pool, "d:80", NULL), ==, 9082);
}

/* One that is not free now is kept, and another one is used meanwhile. */
static void
test_own_is_busy (void)
{
  g_autoptr (BgPortPool) pool = bg_port_pool_new (9080, 65535);

  g_assert_true (bg_port_pool_keep (pool, "a:80", 9090));
  g_assert_true (bg_port_pool_keep (pool, "b:80", 9080));
  g_assert_cmpuint (bind_one (pool, "a:80", (const guint16[]){ 9090, 0 }), ==, 9081);
  g_assert_cmpuint (bg_port_pool_get (pool, "a:80"), ==, 9090);
  g_assert_cmpuint (bind_one (pool, "a:80", NULL), ==, 9090);
}

static void
test_end_of_the_range (void)
{
  g_autoptr (BgPortPool) pool = bg_port_pool_new (65534, 65535);

  g_assert_cmpuint (give (pool, "a:80", NULL), ==, 65534);
  g_assert_cmpuint (give (pool, "b:80", (const guint16[]){ 65535, 0 }), ==, 0);
  g_assert_cmpuint (give (pool, "b:80", NULL), ==, 65535);
  g_assert_cmpuint (give (pool, "c:80", NULL), ==, 0);
}

static void
test_more_than_twenty_busy (void)
{
  g_autoptr (BgPortPool) pool = bg_port_pool_new (9000, 9100);
  guint16 busy[60] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (busy) - 1; i++)
    busy[i] = (guint16) (9000 + i);
  g_assert_cmpuint (give (pool, "a:80", busy), ==, 9059);
}

static void
test_another_range (void)
{
  g_autoptr (BgPortPool) pool = bg_port_pool_new (9080, 65535);

  g_assert_cmpuint (give (pool, "a:80", NULL), ==, 9080);
  bg_port_pool_set_range (pool, 7000, 8000);
  g_assert_cmpuint (give (pool, "b:80", NULL), ==, 7000);
  g_assert_cmpuint (give (pool, "a:80", NULL), ==, 9080);
}

static void
append (const char *key, guint16 port, gpointer data)
{
  g_string_append_printf (data, "%s=%u ", key, port);
}

static void
test_keep (void)
{
  g_autoptr (BgPortPool) pool = bg_port_pool_new (9080, 65535);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_true (bg_port_pool_keep (pool, "b:80", 9090));
  g_assert_true (bg_port_pool_keep (pool, "b:80", 9090));
  g_assert_false (bg_port_pool_keep (pool, "a:80", 9090));
  g_assert_false (bg_port_pool_keep (pool, "a:80", 0));
  g_assert_true (bg_port_pool_keep (pool, "b:80", 9091)); /* and 9090 is nobody's */
  g_assert_true (bg_port_pool_keep (pool, "a:80", 9090));
  bg_port_pool_foreach (pool, append, text);
  g_assert_cmpstr (text->str, ==, "a:80=9090 b:80=9091 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/port-pool/lowest", test_lowest);
  g_test_add_func ("/port-pool/own-is-busy", test_own_is_busy);
  g_test_add_func ("/port-pool/end-of-the-range", test_end_of_the_range);
  g_test_add_func ("/port-pool/more-than-twenty-busy", test_more_than_twenty_busy);
  g_test_add_func ("/port-pool/another-range", test_another_range);
  g_test_add_func ("/port-pool/keep", test_keep);
  return g_test_run ();
}
