/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/ingress-address.h"

#include "common/error.h"

static void
test_rows (void)
{
  static const struct
  {
    const char *text, *host;
    guint16 port;
  } rows[] = {
    { BG_INGRESS_DEFAULT_HOST, "kubernetes-binding-ingress.ngrok.io", 443 },
    { "Ingress.example", "ingress.example", 443 },
    { "ingress.example.:8443", "ingress.example", 8443 },
    { "127.0.0.1:1", "127.0.0.1", 1 },
    { "[2001:DB8::1]", "2001:db8::1", 443 },
    { "[2001:db8::1]:65535", "2001:db8::1", 65535 },
    { "2001:db8::1", NULL, 0 },
    { "a:1:2", NULL, 0 },
    { "a:", NULL, 0 },
    { "a:0", NULL, 0 },
    { "a:65536", NULL, 0 },
    { ":443", NULL, 0 },
    { "", NULL, 0 },
    { "https://a", NULL, 0 },
    { "a/b", NULL, 0 },
    { "a b", NULL, 0 },
    { "[::1", NULL, 0 },
    { "[::1]x", NULL, 0 },
    { "[::1]:", NULL, 0 },
    { "[a]:1", NULL, 0 },
    { "[127.0.0.1]:1", NULL, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *host = NULL;
      g_autoptr (GError) error = NULL;
      guint16 port = 0;
      gboolean good = bg_ingress_address_parse (rows[i].text, &host, &port, &error);

      g_assert_cmpstr (host, ==, rows[i].host);
      g_assert_cmpuint (port, ==, rows[i].port);
      g_assert_true (good == (rows[i].host != NULL));
      g_assert_true (good || g_error_matches (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ingress-address/rows", test_rows);
  return g_test_run ();
}
