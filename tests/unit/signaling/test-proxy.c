/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/proxy.h"
#include "fake-service.h"

static void
test_validity (void)
{
  static const char *const good[] = { "system", "none", "http://proxy.example:3128",
                                      "socks5://[2001:db8::1]:1080", "https://192.0.2.1:443" };
  static const char *const bad[] = { "",
                                     "proxy.example:3128",
                                     "http://proxy.example",
                                     "ftp://proxy.example:21",
                                     "http://user:password@proxy.example:3128",
                                     "http://user@proxy.example:3128",
                                     "http://:3128" };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (bg_proxy_is_valid (good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (bg_proxy_is_valid (bad[i]));
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  *(char ***) data = g_proxy_resolver_lookup_finish (G_PROXY_RESOLVER (source), result, NULL);
}

static void
assert_way (GProxyResolver *resolver, const char *uri, const char *way)
{
  g_auto (GStrv) at_once = g_proxy_resolver_lookup (resolver, uri, NULL, NULL), later = NULL;

  g_assert_cmpstr (at_once[0], ==, way);
  g_proxy_resolver_lookup_async (resolver, uri, NULL, on_found, &later);
  wait_until (later);
  g_assert_cmpstr (later[0], ==, way);
}

/* One resolver follows the settings, and never leaves this machine for what is on it. */
static void
test_lookup (void)
{
  g_autoptr (GProxyResolver) resolver = bg_proxy_resolver_new ();

  bg_proxy_set ("http://proxy.example:3128");
  assert_way (resolver, "wss://hub.example:443", "http://proxy.example:3128");
  assert_way (resolver, "https://198.51.100.1:8443", "http://proxy.example:3128");
  assert_way (resolver, "https://127.0.0.1:8443", "direct://");
  assert_way (resolver, "https://[::1]:8443", "direct://");
  assert_way (resolver, "https://localhost:8443", "direct://");
  bg_proxy_set ("none");
  assert_way (resolver, "wss://hub.example:443", "direct://");
  bg_proxy_set ("system");
  assert_way (resolver, "https://127.0.0.1:8443", "direct://");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signaling/proxy/validity", test_validity);
  g_test_add_func ("/signaling/proxy/lookup", test_lookup);
  return g_test_run ();
}
