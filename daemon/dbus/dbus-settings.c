/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-settings.h"

static gboolean
means_remove (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) && g_variant_n_children (value) == 0;
}

GVariant *
bg_dbus_settings_from_bus (GVariant *settings, const char *prefix)
{
  GVariantBuilder builder;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      g_autofree char *name = g_strconcat (prefix, key, NULL);

      g_variant_builder_add (&builder, "{sv}", name,
                             means_remove (value) ? g_variant_new_tuple (NULL, 0) : value);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
