/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/bus-option.h"

#include "common/error.h"

gboolean
bg_bus_option_take (GVariantDict *options, const char *name, const char *format, gpointer value,
                    GError **error)
{
  if (!g_variant_dict_contains (options, name))
    return TRUE;
  if (g_variant_dict_lookup (options, name, format, value))
    return g_variant_dict_remove (options, name);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION_OF_TYPE, name);
  return FALSE;
}

gboolean
bg_bus_options_are_none (GVariant *options, GError **error)
{
  const char *name;

  if (!options || g_variant_n_children (options) == 0)
    return TRUE;
  g_variant_get_child (options, 0, "{&sv}", &name, NULL);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION, name);
  return FALSE;
}

gboolean
bg_bus_options_end (GVariantDict *options, GError **error)
{
  g_autoptr (GVariant) rest = g_variant_ref_sink (g_variant_dict_end (options));

  return bg_bus_options_are_none (rest, error);
}
