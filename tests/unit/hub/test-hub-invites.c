/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-invites.h"

#include <string.h>

#define SECOND ((gint64) G_USEC_PER_SEC)

static void
test_new_codes (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; i < 1000; i++)
    {
      char *code = bg_hub_invite_code_new ();

      g_assert_cmpuint (strlen (code), ==, 9);
      g_assert_cmpint (code[4], ==, '-');
      g_assert_cmpuint (strspn (code, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789-"), ==, 9);
      g_assert_true (g_hash_table_add (seen, code));
    }
}

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
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ();

  g_assert_cmpuint (tries (guard, "192.0.2.1", 0), ==, 10);
  g_assert_cmpuint (tries (guard, "192.0.2.1", 60 * SECOND), ==, 10);
  g_assert_cmpuint (tries (guard, "192.0.2.1", 66 * SECOND), ==, 1);
  g_assert_cmpuint (tries (guard, "::ffff:192.0.2.1", 66 * SECOND), ==, 0);
  g_assert_cmpuint (tries (guard, "192.0.2.2", 66 * SECOND), ==, 10);
}

static void
test_one_network_of_ipv6 (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ();

  g_assert_cmpuint (tries (guard, "2001:db8::1", 0), ==, 10);
  g_assert_cmpuint (tries (guard, "2001:db8::ffff:1", 0), ==, 0);
  g_assert_cmpuint (tries (guard, "2001:db8:0:1::1", 0), ==, 10);
}

static void
test_good_attempts_do_not_count (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ();
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string ("192.0.2.1");
  guint wait_s;

  for (int i = 0; i < 500; i++)
    {
      g_assert_true (bg_hub_guard_may_try (guard, address, 0, &wait_s));
      bg_hub_guard_forgive (guard, address);
    }
}

/* A botnet: each source has its own allowance, all together have one too. */
static void
test_all_sources (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ();
  guint taken = 0;

  for (int second = 0; second < 600; second++)
    for (int i = 0; i < 20; i++)
      {
        g_autofree char *source = g_strdup_printf ("10.%d.%d.%d", second / 250, second % 250,
                                                   i + 1);

        taken += tries (guard, source, second * SECOND);
      }
  g_assert_cmpuint (taken, >=, 100 + 590 * 10);
  g_assert_cmpuint (taken, <=, 100 + 600 * 10); /* of 2^40 codes, in the ten minutes of an invite */
}

static void
test_memory_is_bounded (void)
{
  g_autoptr (BgHubGuard) guard = bg_hub_guard_new ();

  for (int i = 0; i < 20000; i++)
    {
      g_autofree char *source = g_strdup_printf ("10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);

      tries (guard, source, 0);
    }
  g_assert_cmpuint (bg_hub_guard_count_sources (guard), <=, 4096);
  g_assert_cmpuint (tries (guard, "192.0.2.1", 3600 * SECOND), ==,
                    10); /* the old ones are forgotten */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-invites/new-codes", test_new_codes);
  g_test_add_func ("/hub-invites/one-source", test_one_source);
  g_test_add_func ("/hub-invites/one-network-of-ipv6", test_one_network_of_ipv6);
  g_test_add_func ("/hub-invites/good-attempts-do-not-count", test_good_attempts_do_not_count);
  g_test_add_func ("/hub-invites/all-sources", test_all_sources);
  g_test_add_func ("/hub-invites/memory-is-bounded", test_memory_is_bounded);
  return g_test_run ();
}
