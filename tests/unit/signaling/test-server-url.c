/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/signaling-client.h"
#include "signaling/server-pin.h"
#include "common/error.h"

static void
test_normalize (void)
{
  static const char *const vectors[][2] = {
    { "bamgate.example.workers.dev/connect", "wss://bamgate.example.workers.dev/connect" },
    { "  http://h:8080/connect ", "ws://h:8080/connect" },
    { "https://h", "wss://h" },
    { "HTTPS://h", "wss://h" },
    { "ws://127.0.0.1:1", "ws://127.0.0.1:1" },
    { "wss://[::1]:8443/connect?room=x", "wss://[::1]:8443/connect?room=x" },
    { "h:8443", "wss://h:8443" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *url = bg_server_url_normalize (vectors[i][0], &error);

      g_assert_no_error (error);
      g_assert_cmpstr (url, ==, vectors[i][1]);
    }
}

static void
test_normalize_refuses (void)
{
  static const char *const bad[] = { "ftp://h/",
                                     "",
                                     "  ",
                                     "\n",
                                     "://h",
                                     "wss://",
                                     "wss:///connect",
                                     "wss://a b/",
                                     "wss://u:p@h/",
                                     "h:99999",
                                     "wss://[::1",
                                     "wss://h/`x`",
                                     "wss://h\\",
                                     "wss://h/\"x",
                                     "wss://h/\x1b[m" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      if (bg_server_url_normalize (bad[i], &error) != NULL)
        g_error ("“%s” was taken", bad[i]);
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_http_base (void)
{
  static const char *const vectors[][2] = {
    { "wss://h.example/connect", "https://h.example" },
    { "ws://h:8080", "http://h:8080" },
    { "ws://h:8080/", "http://h:8080" },
    { "wss://h/connect?room=x", "https://h" },
    { "wss://h/connect/", "https://h" },
    { "wss://h/prefix/connect#f", "https://h/prefix" },
    { "wss://connect/connect", "https://connect" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autofree char *base = bg_server_url_http_base (vectors[i][0]);

      g_assert_cmpstr (base, ==, vectors[i][1]);
    }
}

static void
test_connect (void)
{
  static const char *const vectors[][2] = {
    { "h.example", "wss://h.example/connect" },
    { "http://h:8080/", "ws://h:8080/connect" },
    { "wss://h/connect?room=x", "wss://h/connect" },
    { "https://h/prefix/connect/", "wss://h/prefix/connect" },
  };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autofree char *url = bg_server_url_connect (vectors[i][0], NULL);

      g_assert_cmpstr (url, ==, vectors[i][1]);
    }
  g_assert_null (bg_server_url_connect (NULL, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
}

static void
test_pin (void)
{
  g_assert_true (bg_server_pin_is_valid ("ByoWEjQQXoP2yZKpLlFwK22STxrSethS9//KdzixS+w="));
  g_assert_false (bg_server_pin_is_valid (NULL));
  g_assert_false (bg_server_pin_is_valid (""));
  g_assert_false (bg_server_pin_is_valid ("sha256//ByoWEjQQXoP2yZKpLlFwK22STxrSethS9//KdzixS+w="));
}

static void
test_pin_check (void)
{
  static const char pin[] = "ByoWEjQQXoP2yZKpLlFwK22STxrSethS9//KdzixS+w=";
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_server_pin_check (NULL, "ws://h", &error));
  g_assert_true (bg_server_pin_check (pin, "wss://h", &error));
  g_assert_no_error (error);
  g_assert_false (bg_server_pin_check ("short", "wss://h", &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (bg_server_pin_check (pin, "ws://h", &error)); /* nothing would hold it */
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-url/normalize", test_normalize);
  g_test_add_func ("/server-url/normalize-refuses", test_normalize_refuses);
  g_test_add_func ("/server-url/http-base", test_http_base);
  g_test_add_func ("/server-url/connect", test_connect);
  g_test_add_func ("/server-url/pin", test_pin);
  g_test_add_func ("/server-url/pin-check", test_pin_check);
  return g_test_run ();
}
