/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which candidates find room, whatever comes before and after them. */

#include "transport/candidate-set.h"

static gboolean
add (BgCandidateSet *set, const char *transport, guint priority, const char *address,
     const char *rest)
{
  g_autofree char *line = g_strdup_printf ("candidate:1 1 %s %u %s %s", transport, priority,
                                           address, rest);
  g_autoptr (GError) error = NULL;
  BgIceCandidate *candidate = bg_ice_candidate_parse (line, &error);

  g_assert_no_error (error);
  return bg_candidate_set_add (set, candidate);
}

static gboolean
add_host (BgCandidateSet *set, guint i, guint priority)
{
  g_autofree char *address = g_strdup_printf ("10.1.%u.%u 5000", i / 250, i % 250 + 1);

  return add (set, "udp", priority, address, "typ host");
}

static void
assert_takes (BgCandidateSet *set, const char *address)
{
  g_autoptr (BgIceCandidate) candidate = bg_candidate_set_take (set);
  g_autofree char *text = candidate ? g_inet_address_to_string (candidate->address) : NULL;

  g_assert_cmpstr (text, ==, address);
}

static guint
take_all (BgCandidateSet *set)
{
  BgIceCandidate *candidate;
  guint n = 0;

  for (; (candidate = bg_candidate_set_take (set)); n++)
    bg_ice_candidate_free (candidate);
  return n;
}

/* Two hundred bridges, and behind them the two candidates that matter. */
static void
test_crowd (void)
{
  g_autoptr (BgCandidateSet) set = bg_candidate_set_new ();

  for (guint i = 0; i < 200; i++)
    g_assert_cmpint (add_host (set, i, 2000), ==, i < BG_CANDIDATES_HOST_MAX);
  g_assert_true (add (set, "udp", 1000, "198.51.100.7 40000", "typ srflx"));
  g_assert_true (add (set, "udp", 10, "203.0.113.9 40001", "typ relay"));
  g_assert_true (add (set, "udp", 2000, "2001:db8::7 40002", "typ host"));
  g_assert_cmpuint (take_all (set), ==, BG_CANDIDATES_HOST_MAX + 3);
  g_assert_false (add_host (set, 201, 9000));
  g_assert_true (add (set, "udp", 9, "203.0.113.10 40001", "typ relay"));
}

static void
test_order (void)
{
  g_autoptr (BgCandidateSet) set = bg_candidate_set_new ();

  g_assert_true (add (set, "udp", 10, "203.0.113.9 1", "typ relay"));
  g_assert_true (add (set, "udp", 500, "192.0.2.2 1", "typ host"));
  g_assert_true (add (set, "udp", 900, "192.0.2.1 1", "typ host"));
  assert_takes (set, "192.0.2.1");
  g_assert_true (add (set, "udp", 100, "198.51.100.1 1", "typ srflx"));
  assert_takes (set, "192.0.2.2");
  assert_takes (set, "198.51.100.1");
  assert_takes (set, "203.0.113.9");
  assert_takes (set, NULL);
}

/* The stronger stays, unless the weaker one is in use. */
static void
test_rank (void)
{
  g_autoptr (BgCandidateSet) set = bg_candidate_set_new ();

  for (guint i = 0; i < BG_CANDIDATES_HOST_MAX; i++)
    g_assert_true (add_host (set, i, 100 + i));
  g_assert_false (add_host (set, 100, 100));
  g_assert_true (add_host (set, 101, 500));
  assert_takes (set, "10.1.0.102");
  g_assert_cmpuint (take_all (set), ==, BG_CANDIDATES_HOST_MAX - 1);
  g_assert_false (add_host (set, 102, 600));
}

static void
test_twice (void)
{
  g_autoptr (BgCandidateSet) set = bg_candidate_set_new ();

  g_assert_true (add (set, "udp", 10, "192.0.2.1 1", "typ host"));
  g_assert_false (add (set, "udp", 20, "192.0.2.1 1", "typ srflx"));
  g_assert_true (add (set, "udp", 10, "192.0.2.1 2", "typ host"));
  g_assert_true (add (set, "tcp", 10, "192.0.2.1 1", "typ host tcptype passive"));
  g_assert_true (add (set, "tcp", 10, "192.0.2.1 1", "typ host tcptype active"));
  g_assert_cmpuint (take_all (set), ==, 4);
  g_assert_false (add (set, "udp", 20, "192.0.2.1 1", "typ host"));
}

/* Rubbish of every kind at once is as much as the sum of the quotas. */
static void
test_bound (void)
{
  static const char *const kinds[] = { "typ host", "typ srflx", "typ prflx", "typ relay",
                                       "typ host tcptype passive" };
  g_autoptr (BgCandidateSet) set = bg_candidate_set_new ();

  for (guint i = 0; i < 5000; i++)
    {
      const char *kind = kinds[i % G_N_ELEMENTS (kinds)];
      g_autofree char *address = i / 5 % 2 ? g_strdup_printf ("2001:db8::%x %u", i, i + 1)
                                           : g_strdup_printf ("192.0.2.1 %u", i + 1);

      add (set, g_str_has_suffix (kind, "passive") ? "tcp" : "udp", i * 7919 % 1000 + 1, address,
           kind);
    }
  g_assert_cmpuint (take_all (set), ==, BG_CANDIDATES_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/candidate-set/crowd", test_crowd);
  g_test_add_func ("/candidate-set/order", test_order);
  g_test_add_func ("/candidate-set/rank", test_rank);
  g_test_add_func ("/candidate-set/twice", test_twice);
  g_test_add_func ("/candidate-set/bound", test_bound);
  return g_test_run ();
}
