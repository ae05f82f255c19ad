/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-guard.h"
#include "hub-database.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static guint
tries (BgHubGuard *guard, const char *source, gint64 now)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (source);
  guint taken = 0, wait_s;

  while (bg_hub_guard_may_try (guard, address, now, &wait_s))
    taken++;
  g_assert_cmpuint (wait_s, >=, 1);
  return taken;
}

static void
test_one_source (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ("codes");

  g_assert_cmpuint (tries (guard, "192.0.2.1", 0), ==, 10);
  g_assert_cmpuint (tries (guard, "192.0.2.1", 60 * SECOND), ==, 10);
  g_assert_cmpuint (tries (guard, "192.0.2.1", 66 * SECOND), ==, 1);
  g_assert_cmpuint (tries (guard, "::ffff:192.0.2.1", 66 * SECOND), ==, 0);
  g_assert_cmpuint (tries (guard, "192.0.2.2", 66 * SECOND), ==, 10);
}

static void
test_one_network_of_ipv6 (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ("codes");

  g_assert_cmpuint (tries (guard, "2001:db8::1", 0), ==, 10);
  g_assert_cmpuint (tries (guard, "2001:db8::ffff:1", 0), ==, 0);
  g_assert_cmpuint (tries (guard, "2001:db8:0:1::1", 0), ==, 10); /* the same /56 */
  g_assert_cmpuint (tries (guard, "2001:db8:0:2::1", 0), ==, 0);
  g_assert_cmpuint (tries (guard, "2001:db8:0:100::1", 0), ==, 10);
}

/* Whoever owns a /48 has its share, and his neighbours theirs. */
static void
test_a_whole_site (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ("codes");
  guint taken = 0;

  for (int i = 0; i < 2000; i++)
    {
      g_autofree char *source = g_strdup_printf ("2001:db8:7:%x::1", i * 16);

      taken += tries (guard, source, 0);
    }
  g_assert_cmpuint (taken, ==, 100);
  g_assert_cmpuint (tries (guard, "2001:db8:8::1", 0), ==, 10);
}

/* Sixty networks guess at once: somebody with a good code, from elsewhere, is not kept out. */
static void
test_many_sources_do_not_keep_others_out (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ("codes");
  g_autoptr (GInetAddress) guest = g_inet_address_new_from_string ("2001:db8:ffff::1");
  guint wait_s;

  for (int i = 0; i < 60; i++)
    {
      g_autofree char *source = g_strdup_printf ("2001:db8:%x::1", i);

      g_assert_cmpuint (tries (guard, source, 0), ==, 10);
    }
  g_assert_true (bg_hub_guard_may_try (guard, guest, 0, &wait_s));
}

static void
test_good_attempts_do_not_count (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ("codes");
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string ("192.0.2.1");
  guint wait_s;

  for (int i = 0; i < 500; i++)
    {
      g_assert_true (bg_hub_guard_may_try (guard, address, 0, &wait_s));
      bg_hub_guard_forgive (guard, address);
    }
}

/* More sources than are remembered: the table stays small, and a newcomer has its share all the same. */
static void
test_memory_is_bounded (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ("codes");

  for (int i = 0; i < 20000; i++)
    {
      g_autofree char *source = g_strdup_printf ("%d.%d.%d.1", 1 + i % 100, i / 100 % 250,
                                                 i / 25000);

      tries (guard, source, 0);
    }
  g_assert_cmpuint (bg_hub_guard_count_sources (guard), <=, 4 * 4096);
  g_assert_cmpuint (tries (guard, "192.0.2.1", 0), ==, 10);
}

static void
test_guessing_is_said_once (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ("codes");

  for (int i = 0; i < 1000; i++)
    bg_hub_guard_note_wrong (guard, SECOND);
  g_assert_cmpuint (log_count ("guessing"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  log_keep ();
  g_test_add_func ("/hub-guard/one-source", test_one_source);
  g_test_add_func ("/hub-guard/one-network-of-ipv6", test_one_network_of_ipv6);
  g_test_add_func ("/hub-guard/a-whole-site", test_a_whole_site);
  g_test_add_func ("/hub-guard/many-sources-do-not-keep-others-out",
                   test_many_sources_do_not_keep_others_out);
  g_test_add_func ("/hub-guard/good-attempts-do-not-count", test_good_attempts_do_not_count);
  g_test_add_func ("/hub-guard/memory-is-bounded", test_memory_is_bounded);
  g_test_add_func ("/hub-guard/guessing-is-said-once", test_guessing_is_said_once);
  return g_test_run ();
}
