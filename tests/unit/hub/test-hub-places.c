/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-places.h"

static GInetAddress *
address (const char *text)
{
  return g_inet_address_new_from_string (text);
}

static void
test_full (void)
{
  g_autoptr (BgHubPlaces) places = bg_hub_places_new (2);
  guint64 network;

  g_assert_null (bg_hub_places_reason_to_refuse (places, NULL));
  network = bg_hub_places_take (places, NULL);
  bg_hub_places_take (places, NULL);
  g_assert_cmpstr (bg_hub_places_reason_to_refuse (places, NULL), ==, "Too many connections");
  bg_hub_places_give_back (places, network);
  g_assert_null (bg_hub_places_reason_to_refuse (places, NULL));
  g_assert_cmpuint (bg_hub_places_count (places), ==, 1);
}

static void
test_share_of_a_source (void)
{
  g_autoptr (BgHubPlaces) places = bg_hub_places_new (200);
  g_autoptr (GInetAddress) here = address ("192.0.2.1"), there = address ("192.0.2.2"),
                           wide = address ("2001:db8::1"), same = address ("2001:db8:0:ff::1");
  guint64 network = 0;

  for (int i = 0; i < 64; i++)
    {
      g_assert_null (bg_hub_places_reason_to_refuse (places, here));
      network = bg_hub_places_take (places, here);
    }
  g_assert_cmpstr (bg_hub_places_reason_to_refuse (places, here), ==,
                   "Too many connections from there");
  g_assert_null (bg_hub_places_reason_to_refuse (places, there));
  g_assert_null (bg_hub_places_reason_to_refuse (places, NULL));
  bg_hub_places_give_back (places, network);
  g_assert_null (bg_hub_places_reason_to_refuse (places, here));
  g_assert_cmpuint (bg_hub_places_take (places, wide), ==, bg_hub_places_take (places, same));
}

static void
test_comings (void)
{
  g_autoptr (BgHubPlaces) places = bg_hub_places_new (10000);
  g_autoptr (GInetAddress) here = address ("192.0.2.1");
  guint came = 0;

  while (bg_hub_places_reason_to_refuse (places, here) == NULL)
    {
      bg_hub_places_give_back (places, bg_hub_places_take (places, here));
      g_assert_cmpuint (++came, <, 400);
    }
  g_assert_cmpuint (came, >=, 300);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-places/full", test_full);
  g_test_add_func ("/hub-places/share-of-a-source", test_share_of_a_source);
  g_test_add_func ("/hub-places/comings", test_comings);
  return g_test_run ();
}
