/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of strangers: whatever they are, what is shown and pasted is one harmless word, and says which name it was. */
#include "common/device-name.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_texts[] = {
  "laptop",
  "$(touch x)",
  "a'b\\'c",
  "-rf ~",
  "~root",
  "n\xc3\xa4s",
  "\x1b[31mred\x1b[0m",
  "\xe2\x80\xae"
  "abc",
  "a\\x27b",
  "\\u{202e}",
  "\xff\xfe\xc3",
  "a\nb\tc",
  "\xf3\xa0\x80\x81",
  "..",
  "a b",
  NULL,
};

/* Behind "\x" and "\u{". */
static const char *
decode (const char *p, GString *out)
{
  char *end;
  gunichar c;

  if (*p == 'x')
    {
      char digits[3] = { p[1], p[2], 0 };

      c = (gunichar) strtoul (digits, &end, 16);
      g_assert (end == digits + 2);
      g_string_append_c (out, (char) c);
      return p + 3;
    }
  g_assert (p[0] == 'u' && p[1] == '{');
  c = (gunichar) strtoul (p + 2, &end, 16);
  g_assert (*end == '}' && c >= 0x80);
  g_string_append_unichar (out, c);
  return end + 1;
}

/* The other way round, so no two names look alike. */
static void
assert_says_which (const char *escaped, const char *name)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *p = escaped;

  while (*p)
    if (*p == '\\')
      p = decode (p + 1, out);
    else
      g_string_append_c (out, *p++);
  g_assert_cmpstr (out->str, ==, name);
}

static void
assert_harmless (const char *escaped)
{
  g_assert (g_utf8_validate (escaped, -1, NULL));
  g_assert (*escaped != '-' && *escaped != '~' && !strchr (escaped, '\''));
  for (const char *p = escaped; *p; p = g_utf8_next_char (p))
    {
      g_assert (!g_unichar_iscntrl (g_utf8_get_char (p)));
      g_assert (*p != '\\' || p[1] == 'x' || p[1] == 'u');
    }
}

static void
assert_one_word (const char *name, const char *escaped)
{
  g_autofree char *word = bg_device_name_quote_for_shell (name);
  g_auto (GStrv) argv = NULL;
  int argc = 0;

  g_assert (g_shell_parse_argv (word, &argc, &argv, NULL));
  g_assert_cmpint (argc, ==, 1);
  g_assert_cmpstr (argv[0], ==, escaped);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *name = g_strndup ((const char *) data, size),
                  *escaped = bg_device_name_escape (name), *near = bg_device_name_suggest (name);
  g_autoptr (GError) error = NULL;
  gboolean valid = bg_device_name_is_valid (name);

  assert_harmless (escaped);
  assert_says_which (escaped, name);
  assert_one_word (name, escaped);
  g_assert (bg_device_name_is_escaped_as (name, escaped));
  g_assert (!near || bg_device_name_is_valid (near));
  g_assert (bg_device_name_check (name, &error) == valid && (error == NULL) == valid);
  if (valid)
    {
      g_assert (bg_device_name_is_tolerable (name));
      g_assert_cmpstr (escaped, ==, name);
      g_assert_cmpstr (near, ==, name);
    }
  return 0;
}
