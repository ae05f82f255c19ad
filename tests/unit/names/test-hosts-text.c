/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/hosts-text.h"

#include <string.h>

#define LAPTOP "10.0.0.3 laptop.bamgate.internal laptop"
#define HOME "fd12::1 home.bamgate.internal home"
#define HEAD "# Names of bamgate; bamgated keeps these lines # bamgate"
#define HEAD_ENDED HEAD "+"
#define LAPTOP_OUT "10.0.0.3\tlaptop.bamgate.internal laptop # bamgate"
#define HOME_OUT "fd12::1\thome.bamgate.internal home # bamgate"

static const char *const one[] = { LAPTOP, NULL };
static const char *const two[] = { LAPTOP, HOME, NULL };

static void
assert_replaced (const char *old, const char *const *lines, const char *expected)
{
  g_autofree char *text = bg_hosts_text_replace (old, lines);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_section (void)
{
  assert_replaced ("127.0.0.1 localhost\n", one, "127.0.0.1 localhost\n" HEAD "\n" LAPTOP_OUT "\n");
  assert_replaced ("127.0.0.1 localhost\n" HEAD "\n" LAPTOP_OUT "\n", two,
                   "127.0.0.1 localhost\n" HEAD "\n" LAPTOP_OUT "\n" HOME_OUT "\n");
  assert_replaced ("", one, HEAD "\n" LAPTOP_OUT "\n");
  assert_replaced ("a b\n" HEAD "\n" LAPTOP_OUT "\nc d\n", two,
                   "a b\n" HEAD "\n" LAPTOP_OUT "\n" HOME_OUT "\nc d\n"); /* where it was */
  assert_replaced ("a b\n", NULL, "a b\n");
  g_assert_true (bg_hosts_text_has_section ("a b\n" LAPTOP_OUT "\n"));
  g_assert_false (bg_hosts_text_has_section ("a b # bamgate is fine\n"));
}

static void
test_bytes (void)
{
  static const char *const files[] = {
    "",
    "127.0.0.1 localhost\n",
    "127.0.0.1 localhost",
    "127.0.0.1\tlocalhost\r\n# \xff\xfe odd bytes \r\n\r\n",
    "127.0.0.1 localhost\r\nlast 1.2.3.4",
    "\n\n\n",
    "\xef\xbb\xbf"
    "127.0.0.1 localhost\n",
    "# bamgated is ours\n10.0.0.9 other # bamgate-like\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *with = bg_hosts_text_replace (files[i], two);
      g_autofree char *other = bg_hosts_text_replace (with, one);
      g_autofree char *without = bg_hosts_text_replace (other, NULL);

      g_test_message ("file %zu", i);
      g_assert_true (g_str_has_prefix (with, files[i]));
      g_assert_cmpstr (without, ==, files[i]);
      if (strstr (files[i], "\r\n"))
        g_assert_nonnull (strstr (with, LAPTOP_OUT "\r\n"));
    }
}

/* A line end that we had to add stays where somebody wrote behind it. */
static void
test_written_behind (void)
{
  g_autofree char *with = bg_hosts_text_replace ("1.2.3.4 a", one);
  g_autofree char *more = g_strconcat (with, "5.6.7.8 b\n", NULL);

  g_assert_cmpstr (with, ==, "1.2.3.4 a\n" HEAD_ENDED "\n" LAPTOP_OUT "\n");
  assert_replaced (more, NULL, "1.2.3.4 a\n5.6.7.8 b\n");
}

/* Somebody took a part of it away. */
static void
test_damaged (void)
{
  assert_replaced ("a b\n" LAPTOP_OUT "\nc d\n" HOME_OUT "\n", NULL, "a b\nc d\n");
  assert_replaced ("a b\n" HEAD "\nc d\n", NULL, "a b\nc d\n");
}

static void
test_names_of_others (void)
{
  static const char *const bad[] = { "10.0.0.3 laptop.bamgate.internal localhost",
                                     "10.0.0.4 printer", NULL };

  assert_replaced ("1.2.3.4 LAPTOP # mine\n", one,
                   "1.2.3.4 LAPTOP # mine\n" HEAD "\n"
                   "10.0.0.3\tlaptop.bamgate.internal # bamgate\n");
  assert_replaced ("1.2.3.4 printer\n", bad,
                   "1.2.3.4 printer\n" HEAD "\n"
                   "10.0.0.3\tlaptop.bamgate.internal # bamgate\n");
  assert_replaced ("# 1.2.3.4 laptop\n", one, "# 1.2.3.4 laptop\n" HEAD "\n" LAPTOP_OUT "\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hosts-text/section", test_section);
  g_test_add_func ("/hosts-text/bytes", test_bytes);
  g_test_add_func ("/hosts-text/written-behind", test_written_behind);
  g_test_add_func ("/hosts-text/damaged", test_damaged);
  g_test_add_func ("/hosts-text/names-of-others", test_names_of_others);
  return g_test_run ();
}
