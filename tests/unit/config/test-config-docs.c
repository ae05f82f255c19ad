/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The documentation keeps up with the table of keys. */

#include "app/config-keys.h"

#include <stdio.h>
#include <string.h>

static char *
read_text (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* mdoc: one “.It Ic KEY” behind the section's “.Ss [SECTION]”, with the default in “.Dv”. */
static void
test_man_page (void)
{
  g_autofree char *page = read_text (MAN_PAGE);

  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    {
      g_autofree char *section = g_strdup_printf (
        "\n.Ss [%s]\n", g_str_equal (row->section, "peer")      ? "peer NAME"
                        : g_str_equal (row->section, "accept")  ? "accept NAME"
                        : g_str_equal (row->section, "service") ? "service NAME"
                                                                : row->section);
      g_autofree char *item = g_strdup_printf ("\n.It Ic %s\n", row->key), *fallback = NULL;
      const char *from = strstr (page, section), *at = from ? strstr (from, item) : NULL;
      const char *end = from ? strstr (from + 1, "\n.Ss ") : NULL, *next;

      if (!at || (end && at > end))
        g_error ("%s does not describe %s.%s", MAN_PAGE, row->section, row->key);
      if (!row->fallback || !*row->fallback)
        continue;
      fallback = g_strdup_printf ("\n.Dv %s\n", row->fallback);
      next = strstr (at + 1, "\n.It Ic ");
      at = strstr (at, fallback);
      if (!at || (next && at > next))
        g_error ("%s does not give the default of %s.%s: %s", MAN_PAGE, row->section, row->key,
                 row->fallback);
    }
}

/* The reference holds the generated tables word for word. */
static void
test_manual (void)
{
  g_autofree char *manual = read_text (MANUAL), *described = bg_config_keys_describe ();

  if (!strstr (manual, described))
    g_error ("%s does not hold what bg_config_keys_describe() says:\n%s", MANUAL, described);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1 && g_str_equal (argv[1], "--describe"))
    {
      g_autofree char *described = bg_config_keys_describe ();

      fputs (described, stdout);
      return 0;
    }
  g_test_add_func ("/config-docs/man-page", test_man_page);
  g_test_add_func ("/config-docs/manual", test_manual);
  return g_test_run ();
}
