/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg-test.h"

#include <arpa/inet.h>

#define MS G_GUINT64_CONSTANT (1000000)

static BgEndpoint
ip6 (const char *text)
{
  BgEndpoint endpoint = { 0 };

  endpoint.addr.in6.sin6_family = AF_INET6;
  g_assert_cmpint (inet_pton (AF_INET6, text, &endpoint.addr.in6.sin6_addr), ==, 1);
  return endpoint;
}

/* How many of `n` in a row pass. */
static int
burst (WgRatelimit *limit, const BgEndpoint *source, int n, guint64 now)
{
  int passed = 0;

  for (int i = 0; i < n; i++)
    passed += wg_ratelimit_allow (limit, source, now);
  return passed;
}

static void
test_bucket (void)
{
  WgRatelimit *limit = wg_ratelimit_new (1);
  BgEndpoint source = test_endpoint ("192.0.2.1", 1), same = test_endpoint ("192.0.2.1", 2);

  g_assert_cmpint (burst (limit, &source, 20, 0), ==, 5);
  g_assert_cmpint (burst (limit, &same, 20, 0), ==, 0); /* ports do not count */
  g_assert_cmpint (burst (limit, &source, 20, 49 * MS), ==, 0);
  g_assert_cmpint (burst (limit, &source, 20, 50 * MS), ==, 1);
  g_assert_cmpint (burst (limit, &source, 20, 160 * MS), ==, 2);
  g_assert_cmpint (burst (limit, &source, 20, 10000 * MS), ==, 5);
  wg_ratelimit_free (limit);
}

static void
test_sources (void)
{
  WgRatelimit *limit = wg_ratelimit_new (2);
  BgEndpoint in4 = test_endpoint ("192.0.2.1", 1), other = test_endpoint ("192.0.2.2", 1);
  BgEndpoint in6 = ip6 ("2001:db8::1"), near = ip6 ("2001:db8::ffff:1"),
             far = ip6 ("2001:db8:0:1::1");
  BgEndpoint mapped = ip6 ("::ffff:198.51.100.1"), mapped_other = ip6 ("::ffff:198.51.100.2");
  BgEndpoint path = { .path = 1 }, other_path = { .path = 2 };

  g_assert_cmpint (burst (limit, &in4, 9, 0), ==, 5);
  g_assert_cmpint (burst (limit, &other, 9, 0), ==, 5);
  g_assert_cmpint (burst (limit, &in6, 9, 0), ==, 5);
  g_assert_cmpint (burst (limit, &near, 9, 0), ==, 0); /* one /64 is one source */
  g_assert_cmpint (burst (limit, &far, 9, 0), ==, 5);
  g_assert_cmpint (burst (limit, &mapped, 9, 0), ==, 5);
  g_assert_cmpint (burst (limit, &mapped_other, 9, 0), ==, 5);
  g_assert_cmpint (burst (limit, &path, 9, 0), ==, 5);
  g_assert_cmpint (burst (limit, &other_path, 9, 0), ==, 5);
  wg_ratelimit_free (limit);
}

/* More sources than slots: those that are in keep their empty buckets, newcomers are refused. */
static void
test_full (void)
{
  WgRatelimit *limit = wg_ratelimit_new (3);
  BgEndpoint first = test_endpoint ("10.0.0.0", 1), source = first;
  int passed = 0;

  g_assert_cmpint (burst (limit, &first, 9, 0), ==, 5);
  for (guint32 i = 1; i < 4 * WG_RATELIMIT_SETS * WG_RATELIMIT_WAYS; i++)
    {
      source.addr.in4.sin_addr.s_addr = htonl (0x0a000000 + i);
      passed += wg_ratelimit_allow (limit, &source, 0);
    }
  g_assert_cmpint (passed, <, WG_RATELIMIT_SETS * WG_RATELIMIT_WAYS);
  g_assert_cmpint (passed, >, WG_RATELIMIT_SETS * WG_RATELIMIT_WAYS / 2);
  g_assert_cmpint (burst (limit, &first, 9, 0), ==, 0);
  g_assert_cmpint (burst (limit, &source, 9, 1000 * MS), ==, 5);
  wg_ratelimit_free (limit);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wg/ratelimit/bucket", test_bucket);
  g_test_add_func ("/wg/ratelimit/sources", test_sources);
  g_test_add_func ("/wg/ratelimit/full", test_full);
  return g_test_run ();
}
