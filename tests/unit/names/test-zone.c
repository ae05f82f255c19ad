/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the zone says, as a client reads it. */
#include "names/zone-answer.h"
#include "dns-talk.h"

#include <string.h>

#define SOA                                                                                        \
  "bamgate.internal. 5 IN SOA alpha.bamgate.internal. hostmaster.alpha.bamgate.internal. 7 3600 600 86400 5"

static void
add_host (BgZone *zone, const char *label, const char *address, const char *address6,
          gboolean is_self)
{
  BgIpPrefix addresses[2];
  guint n = 0;

  if (address)
    g_assert_true (bg_ip_prefix_parse (address, &addresses[n++]));
  if (address6)
    g_assert_true (bg_ip_prefix_parse (address6, &addresses[n++]));
  bg_zone_add_host (zone, label, addresses, n, is_self);
}

static BgZone *
make_zone (const char *network, const char *network6)
{
  BgZone *zone = bg_zone_new ("bamgate.internal", 7);
  BgIpPrefix prefix;

  g_assert_true (bg_ip_prefix_parse (network, &prefix));
  bg_zone_add_network (zone, &prefix);
  g_assert_true (bg_ip_prefix_parse (network6, &prefix));
  bg_zone_add_network (zone, &prefix);
  add_host (zone, "alpha", "10.0.0.2", "fd00::2", TRUE);
  add_host (zone, "my-laptop-2", "10.0.0.3", NULL, FALSE);
  add_host (zone, "six", NULL, "fd00::6", FALSE);
  add_host (zone, "alpha", "10.0.0.66", NULL, FALSE); /* too late */
  return bg_zone_seal (zone);
}

/* Code and records of answer and authority: "0 A|B / C". */
static void
assert_says (BgZone *zone, const char *name, int type, const char *wanted)
{
  const DnsQuestion question = { .name = name, .type = type };
  g_autoptr (GBytes) asked = dns_ask (&question);
  gsize len;
  const guint8 *data = g_bytes_get_data (asked, &len);
  g_autoptr (GBytes) refusal = NULL, answer = NULL;
  g_autoptr (BgDnsQuery) query = bg_dns_query_new (data, len, &refusal);
  g_autofree char *records = NULL, *authority = NULL, *all = NULL;
  ldns_pkt *packet;

  answer = bg_zone_answer (zone, query, TRUE);
  if (!wanted)
    {
      g_assert_null (answer);
      return;
    }
  packet = dns_read (answer);
  g_assert_true (ldns_pkt_aa (packet));
  g_assert_cmpuint (ldns_pkt_id (packet), ==, 4711);
  g_assert_cmpuint (ldns_pkt_qdcount (packet), ==, 1);
  records = dns_text (ldns_pkt_answer (packet));
  authority = dns_text (ldns_pkt_authority (packet));
  all = g_strdup_printf ("%d %s / %s", ldns_pkt_get_rcode (packet), records, authority);
  g_assert_cmpstr (all, ==, wanted);
  ldns_pkt_free (packet);
}

static void
test_forward (void)
{
  g_autoptr (BgZone) zone = make_zone ("10.0.0.0/24", "fd00::/64");

  assert_says (zone, "alpha.bamgate.internal.", LDNS_RR_TYPE_A,
               "0 alpha.bamgate.internal. 30 IN A 10.0.0.2 / ");
  assert_says (zone, "alpha.bamgate.internal.", LDNS_RR_TYPE_AAAA,
               "0 alpha.bamgate.internal. 30 IN AAAA fd00::2 / ");
  assert_says (
    zone, "alpha.bamgate.internal.", LDNS_RR_TYPE_ANY,
    "0 alpha.bamgate.internal. 30 IN A 10.0.0.2|alpha.bamgate.internal. 30 IN AAAA fd00::2 / ");
  assert_says (zone, "My-Laptop-2.BamGate.Internal.", LDNS_RR_TYPE_A,
               "0 My-Laptop-2.BamGate.Internal. 30 IN A 10.0.0.3 / ");
}

static void
test_nothing_of_a_type_is_no_missing_name (void)
{
  g_autoptr (BgZone) zone = make_zone ("10.0.0.0/24", "fd00::/64");

  assert_says (zone, "my-laptop-2.bamgate.internal.", LDNS_RR_TYPE_AAAA, "0  / " SOA);
  assert_says (zone, "six.bamgate.internal.", LDNS_RR_TYPE_A, "0  / " SOA);
  assert_says (zone, "alpha.bamgate.internal.", LDNS_RR_TYPE_MX, "0  / " SOA);
  assert_says (zone, "bamgate.internal.", LDNS_RR_TYPE_A, "0  / " SOA);
  assert_says (zone, "nobody.bamgate.internal.", LDNS_RR_TYPE_A, "3  / " SOA);
  assert_says (zone, "www.alpha.bamgate.internal.", LDNS_RR_TYPE_A, "3  / " SOA);
}

static void
test_apex (void)
{
  g_autoptr (BgZone) zone = make_zone ("10.0.0.0/24", "fd00::/64");

  assert_says (zone, "bamgate.internal.", LDNS_RR_TYPE_SOA, "0 " SOA " / ");
  assert_says (zone, "bamgate.internal.", LDNS_RR_TYPE_NS,
               "0 bamgate.internal. 30 IN NS alpha.bamgate.internal. / ");
}

static void
test_reverse (void)
{
  g_autoptr (BgZone) zone = make_zone ("10.0.0.0/24", "fd00::/64");
  static const char six[] =
    "6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa.";
  g_autofree char *ptr6 = g_strdup_printf ("0 %s 30 IN PTR six.bamgate.internal. / ", six);

  assert_says (zone, "3.0.0.10.in-addr.arpa.", LDNS_RR_TYPE_PTR,
               "0 3.0.0.10.in-addr.arpa. 30 IN PTR my-laptop-2.bamgate.internal. / ");
  assert_says (zone, six, LDNS_RR_TYPE_PTR, ptr6);
  assert_says (
    zone, "9.0.0.10.in-addr.arpa.", LDNS_RR_TYPE_PTR,
    "3  / 0.0.10.in-addr.arpa. 5 IN SOA alpha.bamgate.internal. hostmaster.alpha.bamgate.internal. 7 3600 600 86400 5");
  assert_says (
    zone, "3.0.0.10.in-addr.arpa.", LDNS_RR_TYPE_A,
    "0  / 0.0.10.in-addr.arpa. 5 IN SOA alpha.bamgate.internal. hostmaster.alpha.bamgate.internal. 7 3600 600 86400 5");
}

/* RFC 8020: what has names below it exists. */
static void
test_names_between_exist (void)
{
  g_autoptr (BgZone) zone = make_zone ("10.0.0.0/24", "fd00::/64");
  BgZoneFind find = bg_zone_find (zone, "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa");

  g_assert_cmpint (find.kind, ==, BG_ZONE_EMPTY);
  find = bg_zone_find (zone, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa");
  g_assert_cmpint (find.kind, ==, BG_ZONE_MISSING);
}

static void
test_what_is_not_ours (void)
{
  g_autoptr (BgZone) zone = make_zone ("10.0.0.0/24", "fd00::/64");

  assert_says (zone, ".", LDNS_RR_TYPE_NS, NULL);
  assert_says (zone, "internal.", LDNS_RR_TYPE_A, NULL);
  assert_says (zone, "example.org.", LDNS_RR_TYPE_A, NULL);
  assert_says (zone, "notbamgate.internal.", LDNS_RR_TYPE_A, NULL);
  assert_says (zone, "x\\.bamgate.internal.", LDNS_RR_TYPE_A, NULL); /* a label with a dot in it */
  assert_says (zone, "3.0.0.11.in-addr.arpa.", LDNS_RR_TYPE_PTR, NULL);
  assert_says (zone, "0.10.in-addr.arpa.", LDNS_RR_TYPE_PTR, NULL);
}

/* --- Domains of addresses --- */

static void
assert_domains (const char *network, const char *wanted)
{
  g_autoptr (BgZone) zone = bg_zone_new ("bamgate.internal", 1);
  g_autofree char *domains = NULL;
  BgIpPrefix prefix;

  g_assert_true (bg_ip_prefix_parse (network, &prefix));
  bg_zone_add_network (zone, &prefix);
  bg_zone_add_network (zone, &prefix);
  domains = g_strjoinv (" ", (char **) bg_zone_get_reverse_domains (bg_zone_seal (zone)));
  g_assert_cmpstr (domains, ==, wanted);
}

static void
test_domains_hold_the_network_and_no_more (void)
{
  assert_domains ("10.1.2.3/24", "2.1.10.in-addr.arpa");
  assert_domains ("10.1.0.0/16", "1.10.in-addr.arpa");
  assert_domains ("10.1.6.0/23", "6.1.10.in-addr.arpa 7.1.10.in-addr.arpa");
  assert_domains (
    "100.64.0.0/14",
    "64.100.in-addr.arpa 65.100.in-addr.arpa 66.100.in-addr.arpa 67.100.in-addr.arpa");
  assert_domains ("10.0.0.4/31", "4.0.0.10.in-addr.arpa 5.0.0.10.in-addr.arpa");
  assert_domains ("10.0.0.4/32", "4.0.0.10.in-addr.arpa");
  assert_domains ("fd12::/16", "2.1.d.f.ip6.arpa");
  assert_domains ("fd12:3450::/27", "4.4.3.2.1.d.f.ip6.arpa 5.4.3.2.1.d.f.ip6.arpa");
  assert_domains ("fd12:3000::/23", "0.3.2.1.d.f.ip6.arpa 1.3.2.1.d.f.ip6.arpa");
}

static void
test_many_hosts (void)
{
  g_autoptr (BgZone) zone = bg_zone_new ("bamgate.internal", 1);
  BgIpPrefix prefix;

  g_assert_true (bg_ip_prefix_parse ("10.0.0.0/16", &prefix));
  bg_zone_add_network (zone, &prefix);
  for (guint i = 0; i < 4096; i++)
    {
      g_autofree char *label = g_strdup_printf ("host-%u", i),
                      *address = g_strdup_printf ("10.0.%u.%u", i / 256, i % 256);

      add_host (zone, label, address, NULL, FALSE);
    }
  bg_zone_seal (zone);
  assert_says (zone, "host-4095.bamgate.internal.", LDNS_RR_TYPE_A,
               "0 host-4095.bamgate.internal. 30 IN A 10.0.15.255 / ");
  assert_says (zone, "255.15.0.10.in-addr.arpa.", LDNS_RR_TYPE_PTR,
               "0 255.15.0.10.in-addr.arpa. 30 IN PTR host-4095.bamgate.internal. / ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/zone/forward", test_forward);
  g_test_add_func ("/zone/nothing-of-a-type", test_nothing_of_a_type_is_no_missing_name);
  g_test_add_func ("/zone/apex", test_apex);
  g_test_add_func ("/zone/reverse", test_reverse);
  g_test_add_func ("/zone/names-between", test_names_between_exist);
  g_test_add_func ("/zone/foreign", test_what_is_not_ours);
  g_test_add_func ("/zone/domains", test_domains_hold_the_network_and_no_more);
  g_test_add_func ("/zone/many", test_many_hosts);
  return g_test_run ();
}
