/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others say, and what is made of it. */
#include "doctor/nm-connectivity.h"
#include "doctor/portal-probe.h"
#include "doctor/stun-names.h"

static void
test_portal (void)
{
  static const struct
  {
    guint status;
    const char *location;
    const char *expected; /* NULL: none */
  } cases[] = {
    { 200, NULL, NULL },
    { 404, NULL, NULL },
    { 301, "https://hub.example.org/", NULL },
    { 301, "https://HUB.example.org:8443/x", NULL },
    { 302, "https://www.hub.example.org/", NULL },
    { 302, "https://example.org/", NULL },
    { 302, "/login", NULL },
    { 302, "nonsense", NULL },
    { 302, NULL, NULL },
    { 200, "http://login.cafe.example/", NULL },
    { 302, "http://login.cafe.example/?from=hub&token=1", "http://login.cafe.example" },
    { 307, "http://192.0.2.1:8080/login", "http://192.0.2.1:8080" },
    { 303, "https://notexample.org/", "https://notexample.org" },
    { 511, NULL, "" },
    { 511, "http://login.cafe.example/a", "http://login.cafe.example" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = bg_portal_judge (cases[i].status, cases[i].location,
                                                "hub.example.org");

      g_assert_cmpstr (found, ==, cases[i].expected);
    }
}

static BgNmConnectivity
read_of (gboolean available, gboolean enabled, guint32 state)
{
  g_autoptr (GVariant) properties = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "ConnectivityCheckAvailable", "b", available);
  g_variant_dict_insert (&dict, "ConnectivityCheckEnabled", "b", enabled);
  g_variant_dict_insert (&dict, "Connectivity", "u", state);
  properties = g_variant_ref_sink (g_variant_dict_end (&dict));
  return bg_nm_connectivity_read (properties);
}

static void
test_network_manager (void)
{
  g_autoptr (GVariant) nothing = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));

  g_assert_cmpint (read_of (TRUE, TRUE, 2), ==, BG_NM_PORTAL);
  g_assert_cmpint (read_of (TRUE, TRUE, 1), ==, BG_NM_NONE);
  g_assert_cmpint (read_of (TRUE, TRUE, 3), ==, BG_NM_LIMITED);
  g_assert_cmpint (read_of (TRUE, TRUE, 4), ==, BG_NM_FULL);
  g_assert_cmpint (read_of (TRUE, TRUE, 5), ==, BG_NM_NOT_KNOWN);
  g_assert_cmpint (read_of (FALSE, TRUE, 4), ==, BG_NM_NOT_KNOWN);
  g_assert_cmpint (read_of (TRUE, FALSE, 4), ==, BG_NM_NOT_KNOWN);
  g_assert_cmpint (bg_nm_connectivity_read (nothing), ==, BG_NM_NOT_KNOWN);
}

static void
test_urls (void)
{
  static const struct
  {
    const char *url, *host;
    guint16 port;
  } cases[] = {
    { "stun:stun.example.org:3479", "stun.example.org", 3479 },
    { "stun:stun.example.org", "stun.example.org", 3478 },
    { "turn:192.0.2.1:80?transport=tcp", "192.0.2.1", 80 },
    { "turns:turn.example.org", "turn.example.org", 5349 },
    { "turn:[2001:db8::1]:3478?transport=udp", "2001:db8::1", 3478 },
    { "http://example.org", NULL, 0 },
    { "stun", NULL, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *host = NULL;
      guint16 port = 0;

      g_assert_cmpint (bg_stun_names_split (cases[i].url, &host, &port), ==, cases[i].host != NULL);
      g_assert_cmpstr (host, ==, cases[i].host);
      g_assert_cmpuint (port, ==, cases[i].port);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/probe-answers/portal", test_portal);
  g_test_add_func ("/probe-answers/network-manager", test_network_manager);
  g_test_add_func ("/probe-answers/urls", test_urls);
  return g_test_run ();
}
