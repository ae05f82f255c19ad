/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/listen-address.h"
#include "common/error.h"

static void
test_good (void)
{
  static const struct
  {
    const char *text, *address;
    guint16 port;
    gboolean is_specific;
  } vectors[] = {
    { "*:8443", "*", 8443, FALSE },
    { "[::]:8443", "*", 8443, FALSE },
    { ":8443", "*", 8443, FALSE },
    { "8443", "*", 8443, FALSE },
    { "0.0.0.0:443", "0.0.0.0", 443, FALSE },
    { "192.0.2.7:443", "192.0.2.7", 443, TRUE },
    { "[2001:db8::7]:443", "2001:db8::7", 443, TRUE },
    { "[::1]:0", "::1", 0, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (BgListenAddress) address = { 0 };

      g_assert_true (bg_listen_address_parse (vectors[i].text, &address, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (address.address, ==, vectors[i].address);
      g_assert_cmpuint (address.port, ==, vectors[i].port);
      g_assert_cmpint (bg_listen_address_is_specific (&address), ==, vectors[i].is_specific);
    }
}

static void
test_bad (void)
{
  static const char *const bad[] = { "",
                                     ":",
                                     "*",
                                     "*:",
                                     "hub.example:8443",
                                     "::1:8443",
                                     "[::1]",
                                     "[192.0.2.7]:1",
                                     "[*]:1",
                                     "1.2.3.4:x",
                                     "1.2.3.4:65536",
                                     "1.2.3.4:-1",
                                     "1.2.3.4: 1",
                                     "1.2.3.4/8:1",
                                     "[]:1",
                                     "[fe80::1%lo]:1",
                                     "\x1b[2J:1" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      BgListenAddress address;

      g_assert_false (bg_listen_address_parse (bad[i], &address, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
      g_assert_null (g_strstr_len (error->message, -1, "\x1b"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/listen-address/good", test_good);
  g_test_add_func ("/listen-address/bad", test_bad);
  return g_test_run ();
}
