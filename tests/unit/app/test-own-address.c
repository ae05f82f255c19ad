/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/own-address.h"

/* What an invite tells others to dial must be where the hub listens. */
static void
test_url_of_an_address (void)
{
  static const struct
  {
    BgListenAddress listen;
    const char *url;
  } vectors[] = {
    { { (char *) "192.0.2.7", 443 }, "https://192.0.2.7:443" },
    { { (char *) "2001:db8::7", 8443 }, "https://[2001:db8::7]:8443" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autofree char *url = bg_own_hub_url (&vectors[i].listen, NULL);

      g_assert_cmpstr (url, ==, vectors[i].url);
    }
}

static void
test_ipv4_alone (void)
{
  const BgListenAddress listen = { (char *) "0.0.0.0", 8443 };
  g_autofree char *url = bg_own_hub_url (&listen, NULL);

  g_assert_null (g_strstr_len (url, -1, "["));
  g_assert_true (g_str_has_suffix (url, ":8443"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/own-address/url-of-an-address", test_url_of_an_address);
  g_test_add_func ("/own-address/ipv4-alone", test_ipv4_alone);
  return g_test_run ();
}
