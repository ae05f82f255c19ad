/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-facts.h"

#include "common/key-text.h"

#include <string.h>

static WgKey our_key;
static BgIpPrefix our_addresses[2];
static BgPeerSelf self = { "us", &our_key, our_addresses, 2 };

static void
set_up (void)
{
  memset (&our_key, 0x11, sizeof our_key);
  g_assert_true (bg_ip_prefix_parse ("10.0.0.1/24", &our_addresses[0]));
  g_assert_true (bg_ip_prefix_parse ("fd00:ba::1/64", &our_addresses[1]));
}

static char *
key_text (guint8 byte)
{
  guint8 key[BG_KEY_BYTES];
  char *text = g_malloc (BG_KEY_TEXT_LEN + 1);

  memset (key, byte, sizeof key);
  bg_key_to_base64 (key, text);
  return text;
}

static BgPeerFacts *
judge (const char *address, const char *key, const char *const *routes)
{
  g_autofree char *fine_key = key_text (0x22);
  char *no_routes[] = { NULL };
  BgSignalPeer said = {
    .id = (char *) "them",
    .public_key = (char *) (key ? key : fine_key),
    .address = (char *) address,
    .routes = routes ? (char **) routes : no_routes,
  };

  return bg_peer_facts_new (&said, NULL, &self);
}

static void
test_order_of_ids (void)
{
  g_assert_true (bg_peer_id_is_smaller ("a", "b"));
  g_assert_true (bg_peer_id_is_smaller ("B", "a"));
  g_assert_true (bg_peer_id_is_smaller ("a", "aa"));
  g_assert_false (bg_peer_id_is_smaller ("a", "a"));
  g_assert_true (bg_peer_id_is_smaller ("z", "é")); /* bytes, no locale */
}

static void
test_fine (void)
{
  g_autoptr (BgPeerFacts) facts = judge ("10.0.0.3/24", NULL, NULL);

  g_assert_null (facts->refusal);
  g_assert_null (facts->key_refusal);
  g_assert_null (facts->complaint);
  g_assert_true (facts->has_key && facts->has_address && !facts->has_address6);
  g_assert_cmpint (facts->address.len, ==, 32);
}

/* What people see of it ends between two characters: the bus takes UTF-8 only. */
static void
test_long_words (void)
{
  static const char word[] = "0123456789012345678901234567890123456789012345678901234567890é…";
  const char *routes[] = { word, word + 1, word + 2, NULL };
  g_autoptr (BgPeerFacts) facts = judge (word, NULL, routes);

  g_assert_true (g_utf8_validate (facts->refusal->text, -1, NULL));
  g_assert_true (g_utf8_validate (facts->complaint->text, -1, NULL));
  for (guint i = 0; i < 3; i++)
    g_assert_true (g_utf8_validate (facts->route_texts[i], -1, NULL));
}

static void
test_refused_addresses (void)
{
  const char *addresses[] = {
    NULL,
    "",
    "rubbish",
    "10.0.0.1/24",
    "10.0.0.0/24",
    "10.0.0.255/24",
    "10.0.1.3/24",
    "0.0.0.0/0",
    "::/0",
    "127.0.0.1/8",
    "224.0.0.1/24",
    "169.254.1.1/16",
    "010.0.0.3/24",
    "10.0.0.3/33",
    "fe80::3/64",
    "fd00:bb::3",
    "10.0.0.300/24",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr (BgPeerFacts) facts = judge (addresses[i], NULL, NULL);

      if (!facts->refusal)
        g_test_fail_printf ("%s was taken", addresses[i]);
    }
}

static void
test_refused_keys (void)
{
  g_autofree char *ours = key_text (0x11), *zero = key_text (0);
  const char *keys[] = { ours, zero, "short", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!" };
  g_autoptr (BgPeerFacts) none = judge ("10.0.0.3/24", "", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (BgPeerFacts) facts = judge ("10.0.0.3/24", keys[i], NULL);

      g_assert_nonnull (facts->key_refusal);
      g_assert_null (facts->refusal); /* the address is fine, and an offer may bring a better key */
    }
  g_assert_null (none->key_refusal);
  g_assert_false (none->has_key);
}

static void
test_routes (void)
{
  const char *fine[] = { "192.168.7.9/24",
                         "192.168.7.0/24",
                         "2001:db8:7::/48",
                         "172.16.0.0/12",
                         "100.64.0.0/10",
                         "64:ff9b::/96",
                         NULL };
  const char *bad[] = { "0.0.0.0/0",
                        "::/0",
                        "1.2.3.4/0",
                        "128.0.0.0/1",
                        "10.0.0.0/8",
                        "10.0.0.128/25",
                        "10.0.0.1/32",
                        "rubbish",
                        "224.0.0.0/8",
                        "127.0.0.0/8",
                        "fe80::/64",
                        "fd00:ba::/64",
                        "fd00::/16",
                        "0.0.0.0/1",
                        "10.0.0.0/33",
                        "ff00::/16",
                        "169.0.0.0/8",
                        "169.254.1.0/24",
                        "0.1.0.0/16",
                        "127.1.2.3/32",
                        "240.0.0.0/8",
                        "255.255.255.255/32",
                        "::/1",
                        "8000::/1",
                        "::1/128",
                        "::/16",
                        "::ffff:10.9.0.0/112",
                        "fe80::1/128",
                        "ff02::1/128",
                        "128.0.0.0/2",
                        NULL };
  g_autoptr (BgPeerFacts) taken = judge ("10.0.0.3/24", NULL, fine);

  g_assert_cmpuint (taken->routes->len, ==, 5); /* masked, the second is the first again */
  g_assert_null (taken->complaint);
  g_assert_cmpuint (g_strv_length (taken->route_texts), ==, 6);
  for (gsize i = 0; bad[i]; i++)
    {
      const char *one[] = { bad[i], NULL };
      g_autoptr (BgPeerFacts) facts = judge ("10.0.0.3/24", NULL, one);

      if (facts->routes->len != 0 || !facts->complaint)
        g_test_fail_printf ("%s was taken", bad[i]);
      g_assert_null (facts->refusal); /* it costs the route, not the peer */
    }
}

/* Ours, inside ours, and around ours. */
static void
test_own_routes (void)
{
  static const char *const offered[] = { "192.168.1.0/24", "192.168.1.128/25", "192.168.0.0/16",
                                         "192.168.2.0/24", NULL };
  g_autoptr (GArray) ours = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));
  g_autoptr (BgPeerFacts) facts = NULL;
  BgIpPrefix route;

  g_assert_true (bg_ip_prefix_parse ("192.168.1.0/24", &route));
  g_array_append_val (ours, route);
  self.routes = ours;
  facts = judge ("10.0.0.3/24", NULL, offered);
  self.routes = NULL;
  g_assert_cmpuint (facts->routes->len, ==, 1);
  g_assert_nonnull (facts->complaint);
}

static void
assert_list (char **list, const char *joined)
{
  g_autofree char *text = g_strjoinv (" ", list);

  g_assert_cmpstr (text, ==, joined);
}

/* What cannot be one is left out, and nothing is there twice; a peer costs itself no more than that. */
static void
test_offer (void)
{
  BgPeerOffer offer = {
    .routes = (char *[]){ (char *) "192.168.7.0/24", NULL },
    .dns = (char *[]){ (char *) "192.168.7.1", (char *) "192.168.7.1", (char *) "192.168.7.2/32",
                       (char *) "0.0.0.0", (char *) "224.0.0.1", (char *) "name",
                       (char *) "fd12:0::1", NULL },
    .search = (char *[]){ (char *) "Corp.Example.ORG.", (char *) "corp.example.org", (char *) ".",
                          (char *) "a b", (char *) "", (char *) "lan", NULL },
    .exit = (char *[]){ (char *) "6", (char *) "5", (char *) "6", NULL },
    .services = (char *[]){ (char *) "web 80 http", (char *) "web 80", (char *) "web 080 http",
                            NULL },
  };
  BgSignalPeer said = { .id = (char *) "them",
                        .public_key = (char *) "",
                        .address = (char *) "10.0.0.3/24" };
  g_autoptr (BgPeerFacts) facts = bg_peer_facts_new (&said, &offer, &self);

  g_assert_cmpuint (facts->routes->len, ==, 1);
  assert_list (facts->dns, "192.168.7.1 fd12::1");
  assert_list (facts->dns_search, "corp.example.org lan");
  g_assert_cmpuint (facts->exits, ==, BG_FAMILY_6);
  assert_list (facts->services, "web 80 http");
  g_assert_null (facts->complaint);
}

static void
test_too_many_routes (void)
{
  char *routes[BG_PEER_MAX_ROUTES + 2] = { NULL };
  g_autoptr (BgPeerFacts) facts = NULL;

  for (guint i = 0; i <= BG_PEER_MAX_ROUTES; i++)
    routes[i] = g_strdup_printf ("192.168.%u.0/24", i);
  facts = judge ("10.0.0.3/24", NULL, (const char *const *) routes);
  g_assert_cmpuint (facts->routes->len, ==, 0);
  g_assert_nonnull (facts->complaint);
  for (guint i = 0; i <= BG_PEER_MAX_ROUTES; i++)
    g_free (routes[i]);
}

static BgPeerFacts *
judge_address6 (const char *text)
{
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *key = key_text (0x22);
  BgSignalPeer said = { .id = (char *) "them",
                        .public_key = key,
                        .address = (char *) "10.0.0.3/24",
                        .metadata = metadata };

  g_hash_table_insert (metadata, (gpointer) BG_PEER_METADATA_ADDRESS6, (gpointer) text);
  return bg_peer_facts_new (&said, NULL, &self);
}

static void
test_address6 (void)
{
  const char *bad[] = { "fd00:ba::1/64", "fd00:bb::2/64", "10.0.0.4/24", "rubbish", "ff02::1/64" };
  g_autoptr (BgPeerFacts) fine = judge_address6 ("fd00:ba::2/64");

  g_assert_true (fine->has_address6);
  g_assert_cmpint (fine->address6.len, ==, 128);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (BgPeerFacts) facts = judge_address6 (bad[i]);

      g_assert_false (facts->has_address6);
      g_assert_null (facts->refusal);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  set_up ();
  g_test_add_func ("/peer-facts/order-of-ids", test_order_of_ids);
  g_test_add_func ("/peer-facts/fine", test_fine);
  g_test_add_func ("/peer-facts/long-words", test_long_words);
  g_test_add_func ("/peer-facts/refused-addresses", test_refused_addresses);
  g_test_add_func ("/peer-facts/refused-keys", test_refused_keys);
  g_test_add_func ("/peer-facts/routes", test_routes);
  g_test_add_func ("/peer-facts/own-routes", test_own_routes);
  g_test_add_func ("/peer-facts/offer", test_offer);
  g_test_add_func ("/peer-facts/too-many-routes", test_too_many_routes);
  g_test_add_func ("/peer-facts/address6", test_address6);
  return g_test_run ();
}
