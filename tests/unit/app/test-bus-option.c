/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/bus-option.h"
#include "app/granted-options.h"
#include "common/error.h"

static GVariant *
parse (const char *text)
{
  return g_variant_ref_sink (g_variant_new_parsed (text));
}

static void
test_take (void)
{
  g_autoptr (GVariant) options = parse ("@a{sv} {'name': <'a'>, 'force': <true>}");
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (options);
  g_autofree char *name = NULL;
  gboolean force = FALSE;
  guint32 lasts = 7;

  g_assert_true (bg_bus_option_take (&dict, "name", "s", &name, NULL));
  g_assert_cmpstr (name, ==, "a");
  g_assert_true (bg_bus_option_take (&dict, "expires-in", "u", &lasts, NULL));
  g_assert_cmpuint (lasts, ==, 7);
  g_assert_true (bg_bus_option_take (&dict, "force", "b", &force, NULL) && force);
  g_assert_true (bg_bus_options_end (&dict, NULL));
}

/* The key that somebody has to have, or the time that an invite lasts: without it more would be let in. */
static void
test_other_type (void)
{
  g_autoptr (GVariant) options = parse ("@a{sv} {'key': <uint32 1>}");
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (options);
  g_autofree char *key = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (bg_bus_option_take (&dict, "key", "s", &key, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  g_assert_null (key);
}

static void
test_left (void)
{
  g_autoptr (GVariant) options = parse ("@a{sv} {'colour': <'red'>}");
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (options);
  g_autoptr (GError) error = NULL;

  g_assert_false (bg_bus_options_end (&dict, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
}

static void
test_grants (void)
{
  static const struct
  {
    const char *options;
    gboolean taken;
  } cases[] = {
    { "@a{sv} {}", TRUE },
    { "@a{sv} {'routes': <['10.0.0.0/8']>, 'exit': <['4']>, 'any-route': <false>}", TRUE },
    { "@a{sv} {'routes': <'10.0.0.0/8'>}", FALSE },
    { "@a{sv} {'exit': <true>}", FALSE },
    { "@a{sv} {'any-route': <'no'>}", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) options = parse (cases[i].options);
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (options);
      BgGrantedOffer granted;

      if (bg_granted_options_take (&dict, &granted, NULL) != cases[i].taken)
        g_error ("%s", cases[i].options);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus-option/take", test_take);
  g_test_add_func ("/bus-option/other-type", test_other_type);
  g_test_add_func ("/bus-option/left", test_left);
  g_test_add_func ("/bus-option/grants", test_grants);
  return g_test_run ();
}
