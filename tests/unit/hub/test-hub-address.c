/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-address.h"
#include "common/error.h"

static BgIpPrefix
subnet (const char *text)
{
  g_autoptr (GError) error = NULL;
  BgIpPrefix prefix;

  g_assert_true (bg_hub_subnet_parse (text, &prefix, &error));
  g_assert_no_error (error);
  return prefix;
}

static void
test_next_address (void)
{
  static const struct
  {
    const char *subnet, *used, *next;
  } vectors[] = {
    { "10.0.0.0/24", "", "10.0.0.1/24" },
    { "10.0.0.0/24", "10.0.0.1/24 10.0.0.3/24", "10.0.0.2/24" },
    { "10.0.0.0/24", "10.0.0.1/24 192.168.5.2/24", "10.0.0.2/24" },
    { "10.0.0.0/30", "10.0.0.1/30 10.0.0.2/30", NULL },
    { "10.0.0.77/24", "10.0.0.0/24 10.0.0.255/24 10.0.0.1 rubbish fd00::1/64", "10.0.0.2/24" },
    { "10.0.0.0/8", "10.0.0.1/8", "10.0.0.2/8" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      BgIpPrefix prefix = subnet (vectors[i].subnet);
      g_autoptr (GPtrArray) used = g_ptr_array_new_with_free_func (g_free);
      g_auto (GStrv) words = g_strsplit (vectors[i].used, " ", -1);
      g_autofree char *next = NULL;

      for (char **word = words; *word != NULL; word++)
        g_ptr_array_add (used, g_strdup (*word));
      next = bg_hub_subnet_next_address (&prefix, used);
      g_assert_cmpstr (next, ==, vectors[i].next);
    }
}

/* Against a plain count: hand out until there is nothing left. */
static void
test_all_of_a_subnet (void)
{
  BgIpPrefix prefix = subnet ("10.1.0.0/23");
  g_autoptr (GPtrArray) used = g_ptr_array_new_with_free_func (g_free);
  char *next;

  while ((next = bg_hub_subnet_next_address (&prefix, used)) != NULL)
    {
      guint host = used->len + 1;
      g_autofree char *expected = g_strdup_printf ("10.1.%u.%u/23", host >> 8, host & 255);

      g_assert_cmpstr (next, ==, expected);
      g_ptr_array_add (used, next);
    }
  g_assert_cmpuint (used->len, ==, 510);
}

static void
test_has_host (void)
{
  BgIpPrefix prefix = subnet ("10.0.0.0/24");

  g_assert_true (bg_hub_subnet_has_host (&prefix, "10.0.0.1/24"));
  g_assert_true (bg_hub_subnet_has_host (&prefix, "10.0.0.254/32"));
  g_assert_true (bg_hub_subnet_has_host (&prefix, "10.0.0.254"));
  g_assert_false (bg_hub_subnet_has_host (&prefix, "10.0.0.0/24"));
  g_assert_false (bg_hub_subnet_has_host (&prefix, "10.0.0.255/24"));
  g_assert_false (bg_hub_subnet_has_host (&prefix, "10.0.1.1/24"));
  g_assert_false (bg_hub_subnet_has_host (&prefix, "fd00::1/64"));
  g_assert_false (bg_hub_subnet_has_host (&prefix, ""));
}

static void
test_bad_subnets (void)
{
  static const char *const bad[] = { "",          "10.0.0.0/7", "10.0.0.0/31", "10.0.0.0",
                                     "fd00::/64", "x",          "10.0.0.0/024" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      BgIpPrefix prefix;

      g_assert_false (bg_hub_subnet_parse (bad[i], &prefix, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-address/next-address", test_next_address);
  g_test_add_func ("/hub-address/all-of-a-subnet", test_all_of_a_subnet);
  g_test_add_func ("/hub-address/has-host", test_has_host);
  g_test_add_func ("/hub-address/bad-subnets", test_bad_subnets);
  return g_test_run ();
}
