/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/device-name.h"
#include "common/error.h"

#include <string.h>

#define X16 "xxxxxxxxxxxxxxxx"
#define X63 X16 X16 X16 "xxxxxxxxxxxxxxx"

/* What a shell, a terminal, an option parser or a path walk would take for something else. */
static const char *const hostile[] = { "$(touch x)",
                                       "`touch x`",
                                       "a;touch x",
                                       "a'b",
                                       "a\"b",
                                       "a\\",
                                       "a\\'; x; '",
                                       "-rf",
                                       "--json",
                                       "~root",
                                       "a b",
                                       "*",
                                       "?",
                                       "[a]",
                                       "{a,b}",
                                       "a|b",
                                       "a&",
                                       "<a",
                                       ">a",
                                       "#a",
                                       "!a",
                                       "a/b",
                                       "../a",
                                       ".",
                                       "..",
                                       ".a",
                                       "a.",
                                       "_a",
                                       "\xe2\x80\xae"
                                       "a",
                                       "b\xc3\xbcro",
                                       "\xc2\xa0",
                                       "a\xe2\x80\x8b",
                                       "=a",
                                       "%a",
                                       "a=b",
                                       "a:b",
                                       "a,b",
                                       "a@b" };

static void
test_label (void)
{
  static const struct
  {
    const char *name, *label;
  } rows[] = { { "laptop", "laptop" }, { "Laptop", "laptop" },  { "My.Laptop_2", "my-laptop-2" },
               { "a--b", "a-b" },      { "a._-b", "a-b" },      { "0", "0" },
               { X63, X63 },           { "b\xc3\xbcro", NULL }, { "", NULL } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *label = bg_device_name_to_label (rows[i].name);

      g_assert_cmpstr (label, ==, rows[i].label);
    }
  g_assert_true (bg_device_name_shares_label ("my_laptop", "My-Laptop"));
  g_assert_false (bg_device_name_shares_label ("laptop", "laptop"));
  g_assert_false (bg_device_name_shares_label ("laptop", "laptop2"));
  g_assert_false (bg_device_name_shares_label ("b\xc3\xbcro", "b\xc3\xbcro2"));
}

static void
test_valid (void)
{
  static const char *const good[] = { "a", "A", "0", "my-laptop", "my.laptop_2", "a--b", X63 };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (bg_device_name_is_valid (good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++)
    if (bg_device_name_is_valid (hostile[i]))
      g_test_fail_printf ("“%s” passes", hostile[i]);
  g_assert_false (bg_device_name_is_valid (NULL));
  g_assert_false (bg_device_name_is_valid (""));
  g_assert_false (bg_device_name_is_valid (X63 "x"));
  g_assert_false (bg_device_name_is_valid ("a\n"));
  g_assert_false (bg_device_name_is_valid ("a\xff"));
}

static void
test_suggest (void)
{
  static const struct
  {
    const char *text, *name;
  } cases[] = {
    { "laptop", "laptop" },
    { "b\xc3\xbcro", "buro" },
    { "My PC", "My-PC" },
    { "$(touch x)", "touch-x" },
    { "-rf", "rf" },
    { "a  &  b", "a-b" },
    { ".hidden.", "hidden" },
    { "\xff\xfe"
      "a",
      "a" },
    { X63 "yz", X63 },
    { "", NULL },
    { "\xe6\x97\xa5", NULL },
    { "...", NULL },
    { NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = bg_device_name_suggest (cases[i].text);

      g_assert_cmpstr (name, ==, cases[i].name);
      g_assert_true (!name || bg_device_name_is_valid (name));
    }
}

static void
test_check (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_device_name_check ("laptop", NULL));
  g_assert_false (bg_device_name_check ("my\x1b laptop", &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "“my\\x1b laptop” "));
  g_assert_nonnull (strstr (error->message, "“my-laptop” would be one"));
}

static void
test_tolerable (void)
{
  g_autofree char *longest = g_strnfill (BG_DEVICE_NAME_FOREIGN_MAX, 'a'),
                  *too_long = g_strnfill (BG_DEVICE_NAME_FOREIGN_MAX + 1, 'a');

  g_assert_true (bg_device_name_is_tolerable ("alpha"));
  g_assert_true (bg_device_name_is_tolerable ("Z\xc3\xbcrich"));
  g_assert_true (bg_device_name_is_tolerable (longest));
  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++)
    g_assert_true (bg_device_name_is_tolerable (hostile[i]));
  g_assert_false (bg_device_name_is_tolerable (too_long));
  g_assert_false (bg_device_name_is_tolerable (""));
  g_assert_false (bg_device_name_is_tolerable (NULL));
  g_assert_false (bg_device_name_is_tolerable ("a\tb"));
  g_assert_false (bg_device_name_is_tolerable ("a\x7f"));
  g_assert_false (bg_device_name_is_tolerable ("a\xc2\x9b"));
  g_assert_false (bg_device_name_is_tolerable ("\xff"));
}

static void
test_quote (void)
{
  static const struct
  {
    const char *name, *word;
  } cases[] = {
    { "my.laptop_2", "my.laptop_2" },
    { "$(touch x)", "'$(touch x)'" },
    { "n\xc3\xa4s", "'n\xc3\xa4s'" },
    { "it's", "'it\\x27s'" },
    { "a\\", "'a\\x5c'" },
    { "-rf", "'\\x2drf'" },
    { "~a~", "'\\x7ea~'" },
    { "\xe2\x80\xae"
      "a",
      "'\\u{202e}a'" },
    { "a\nb\x1b", "'a\\x0ab\\x1b'" },
    { "", "''" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *word = bg_device_name_quote_for_shell (cases[i].name);

      g_assert_cmpstr (word, ==, cases[i].word);
    }
}

/* sh's reading of the word is the escaped name: one word, and of no option's look. */
static void
test_quote_is_one_word (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autofree char *word = bg_device_name_quote_for_shell (hostile[i]);
      g_auto (GStrv) argv = NULL;
      int argc;

      g_assert_true (g_shell_parse_argv (word, &argc, &argv, NULL));
      g_assert_cmpint (argc, ==, 1);
      g_assert_cmpint (argv[0][0], !=, '-');
      g_assert_true (bg_device_name_is_escaped_as (hostile[i], argv[0]));
      for (gsize j = 0; j < G_N_ELEMENTS (hostile); j++)
        g_assert_true (j == i || !bg_device_name_is_escaped_as (hostile[j], argv[0]));
      /* fish knows \' and \\ inside single quotes, others do not */
      g_assert_null (strstr (word, "\\'"));
      g_assert_null (strstr (word, "\\\\"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device-name/valid", test_valid);
  g_test_add_func ("/device-name/label", test_label);
  g_test_add_func ("/device-name/suggest", test_suggest);
  g_test_add_func ("/device-name/check", test_check);
  g_test_add_func ("/device-name/tolerable", test_tolerable);
  g_test_add_func ("/device-name/quote", test_quote);
  g_test_add_func ("/device-name/quote-is-one-word", test_quote_is_one_word);
  return g_test_run ();
}
