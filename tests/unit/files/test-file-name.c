/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-name.h"

#include <string.h>

static void
test_table (void)
{
  static const char *const names[][2] = {
    { "photo.jpg", "photo.jpg" },
    { "Grüße 사진.tar.gz", "Grüße 사진.tar.gz" },
    /* parts of a path */
    { "/etc/passwd", "passwd" },
    { "../../.ssh/authorized_keys", "authorized_keys" },
    { "C:\\Windows\\win.ini", "win.ini" },
    { "a/", "file" },
    { "..", "file" },
    { ".", "file" },
    { "", "file" },
    /* hidden, or an option */
    { ".bashrc", "bashrc" },
    { ". .x", "x" },
    { "-rf", "_rf" },
    { "~root", "_root" },
    { "name. . ", "name" },
    /* what cannot be seen */
    { "a\nb\tc\x7f", "abc" },
    { "\u202egnp.exe", "gnp.exe" },
    { "a\u200b\u2066\u2069\ufeff.txt", "a.txt" },
    { "a\u2028b\u00a0c", "ab c" },
    { "bad\xff\xfe.txt", "bad\uFFFD\uFFFD.txt" },
    /* of other systems */
    { "con", "_con" },
    { "NUL.txt", "_NUL.txt" },
    { "com1.tar.gz", "_com1.tar.gz" },
    { "console.log", "console.log" },
    { "a<b>c:d\"e|f?g*h", "a_b_c_d_e_f_g_h" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *clean = bg_file_name_clean (names[i][0]);
      g_autofree char *again = bg_file_name_clean (clean);

      g_assert_cmpstr (clean, ==, names[i][1]);
      g_assert_cmpstr (again, ==, clean);
    }
}

static void
test_long (void)
{
  g_autofree char *many = g_strnfill (900, 'x'), *ending = g_strconcat (many, ".txt", NULL);
  g_autofree char *of_two = NULL, *clean = NULL, *cut = NULL;
  g_autoptr (GString) wide = g_string_new (NULL);

  clean = bg_file_name_clean (ending);
  g_assert_cmpuint (strlen (clean), ==, BG_FILE_NAME_MAX);
  g_assert_true (g_str_has_suffix (clean, "x.txt"));
  for (int i = 0; i < 300; i++)
    g_string_append (wide, "사");
  of_two = g_strconcat (wide->str, ".jpeg", NULL);
  cut = bg_file_name_clean (of_two);
  g_assert_cmpuint (strlen (cut), <=, BG_FILE_NAME_MAX);
  g_assert_true (g_utf8_validate (cut, -1, NULL) && g_str_has_suffix (cut, "사.jpeg"));
}

/* Where it is cut may be a dot that was within. */
static void
test_cut_at_dot (void)
{
  g_autofree char *before = g_strnfill (BG_FILE_NAME_MAX - 1, 'x'), *after = g_strnfill (100, 'y');
  g_autofree char *text = g_strconcat (before, ".", after, NULL);
  g_autofree char *clean = bg_file_name_clean (text);

  g_assert_cmpstr (clean, ==, before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-name/table", test_table);
  g_test_add_func ("/file-name/long", test_long);
  g_test_add_func ("/file-name/cut-at-dot", test_cut_at_dot);
  return g_test_run ();
}
