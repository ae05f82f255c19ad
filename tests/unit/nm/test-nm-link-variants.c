/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-variants.h"

static const char *const addresses[] = { "10.0.0.2/24", "fd12::2/64", NULL };
static const char *const routes[] = { "10.88.0.0/16", "0.0.0.0/0", "fd99::/48", "192.168.7.9/24",
                                      "junk",         "::/0",      NULL };

static LinkFacts
facts (void)
{
  return (
    LinkFacts){ .interface = "bamgate0", .addresses = addresses, .routes = routes, .mtu = 1420 };
}

static void
assert_printed (GVariant *value, const char *key, const char *expected)
{
  g_autoptr (GVariant) member = g_variant_lookup_value (value, key, NULL);
  g_autofree char *text = member ? g_variant_print (member, FALSE) : NULL;

  g_assert_cmpstr (text, ==, expected);
}

static void
test_config (void)
{
  LinkFacts some = facts ();
  g_autoptr (GVariant) config = g_variant_ref_sink (link_variants_config (&some));

  assert_printed (config, "tundev", "'bamgate0'");
  assert_printed (config, "mtu", "1420");
  assert_printed (config, "has-ip4", "true");
  assert_printed (config, "has-ip6", "true");
  assert_printed (config, "can-persist", "true");
}

static void
test_ip4 (void)
{
  LinkFacts some = facts ();
  g_autoptr (GVariant) config = g_variant_ref_sink (link_variants_ip (&some, G_SOCKET_FAMILY_IPV4));
  g_autofree char *address = g_strdup_printf ("%u", GUINT32_TO_BE (0x0a000002));
  g_autofree char *route = g_strdup_printf ("[[%u, 16, 0, 0]]", GUINT32_TO_BE (0x0a580000));

  assert_printed (config, "address", address);
  assert_printed (config, "prefix", "24");
  assert_printed (config, "never-default", "true");
  assert_printed (config, "routes", route); /* no default route, nothing with host bits */
}

static void
test_ip6 (void)
{
  LinkFacts some = facts ();
  g_autoptr (GVariant) config = g_variant_ref_sink (link_variants_ip (&some, G_SOCKET_FAMILY_IPV6));
  g_autoptr (GVariant) list = g_variant_lookup_value (config, "routes", NULL);

  g_assert_cmpstr (g_variant_get_type_string (list), ==, "a(ayuayu)");
  g_assert_cmpuint (g_variant_n_children (list), ==, 1);
  assert_printed (config, "prefix", "64");
  assert_printed (config, "never-default", "true");
}

static void
test_dns (void)
{
  static const char *const dns[] = { "10.0.0.2", "fd12::2", "junk", NULL };
  static const char *const domains[] = { "bamgate.internal", "~corp.example", NULL };
  LinkFacts some = facts ();
  g_autoptr (GVariant)
    without = g_variant_ref_sink (link_variants_ip (&some, G_SOCKET_FAMILY_IPV4)),
    with4 = NULL, with6 = NULL;
  g_autofree char *server = g_strdup_printf ("[%u]", GUINT32_TO_BE (0x0a000002));

  some.dns = dns;
  some.domains = domains;
  with4 = g_variant_ref_sink (link_variants_ip (&some, G_SOCKET_FAMILY_IPV4));
  with6 = g_variant_ref_sink (link_variants_ip (&some, G_SOCKET_FAMILY_IPV6));
  assert_printed (without, "dns", NULL);
  assert_printed (without, "domains", NULL);
  assert_printed (with4, "dns", server);
  assert_printed (with4, "domains", "['bamgate.internal', '~corp.example']");
  assert_printed (with6, "dns",
                  "[[0xfd, 0x12, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, "
                  "0x00, 0x00, 0x00, 0x02]]");
}

static void
test_families (void)
{
  static const char *const only4[] = { "10.0.0.2/32", NULL }, *const bad[] = { "10.0.0.2/33",
                                                                               NULL };
  LinkFacts some = { .interface = "bamgate0", .addresses = only4 }, none = { .addresses = bad };

  g_assert_true (link_facts_have (&some, G_SOCKET_FAMILY_IPV4));
  g_assert_false (link_facts_have (&some, G_SOCKET_FAMILY_IPV6));
  g_assert_false (link_facts_have (&none, G_SOCKET_FAMILY_IPV4));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nm/link-variants/config", test_config);
  g_test_add_func ("/nm/link-variants/ip4", test_ip4);
  g_test_add_func ("/nm/link-variants/ip6", test_ip6);
  g_test_add_func ("/nm/link-variants/dns", test_dns);
  g_test_add_func ("/nm/link-variants/families", test_families);
  return g_test_run ();
}
