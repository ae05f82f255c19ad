/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/port-text.h"

static void
test_ports (void)
{
  g_assert_cmpuint (bg_port_parse ("1"), ==, 1);
  g_assert_cmpuint (bg_port_parse ("8080"), ==, 8080);
  g_assert_cmpuint (bg_port_parse ("00080"), ==, 80);
  g_assert_cmpuint (bg_port_parse ("65535"), ==, 65535);
}

static void
test_none (void)
{
  static const char *const texts[] = {
    "",    "0",   "65536", "99999", "000080", "+80", "-80",
    " 80", "80 ", "0x50",  "8e1",   "80.",    "٨٠",  "18446744073709551696",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_cmpuint (bg_port_parse (texts[i]), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/port-text/ports", test_ports);
  g_test_add_func ("/port-text/none", test_none);
  return g_test_run ();
}
