/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-properties.h"

static GParamSpec *
make_pspec (const BamgateProperty *row)
{
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  switch (row->kind)
    {
    case 's':
      return g_param_spec_string (row->name, NULL, NULL, "", flags);
    case 'l':
      return g_param_spec_boxed (row->name, NULL, NULL, G_TYPE_STRV, flags);
    case 'b':
      return g_param_spec_boolean (row->name, NULL, NULL, FALSE, flags);
    case 'x':
      return g_param_spec_int64 (row->name, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
    case 't':
      return g_param_spec_uint64 (row->name, NULL, NULL, 0, G_MAXUINT64, 0, flags);
    case 'u':
      return g_param_spec_uint (row->name, NULL, NULL, 0, G_MAXUINT, 0, flags);
    case 'd':
      return g_param_spec_variant (row->name, NULL, NULL, G_VARIANT_TYPE ("a{st}"), NULL, flags);
    case 'e':
      return g_param_spec_enum (row->name, NULL, NULL, row->type (), 0, flags);
    default:
      g_assert_not_reached ();
    }
}

void
bamgate_properties_install (GObjectClass *klass, const BamgateProperty *table)
{
  for (guint i = 0; table[i].name; i++)
    g_object_class_install_property (klass, i + 1, make_pspec (&table[i]));
}

static void
take_value (GValue *value, const BamgateProperty *row, GVariant *cached)
{
  switch (row->kind)
    {
    case 's':
      g_value_set_string (value, g_variant_get_string (cached, NULL));
      break;
    case 'l':
      g_value_take_boxed (value, g_variant_dup_strv (cached, NULL));
      break;
    case 'b':
      g_value_set_boolean (value, g_variant_get_boolean (cached));
      break;
    case 'x':
      g_value_set_int64 (value, g_variant_get_int64 (cached));
      break;
    case 't':
      g_value_set_uint64 (value, g_variant_get_uint64 (cached));
      break;
    case 'u':
      g_value_set_uint (value, g_variant_get_uint32 (cached));
      break;
    case 'd':
      g_value_set_variant (value, cached);
      break;
    case 'e':
      g_value_set_enum (value,
                        bamgate_enum_from_word (row->type (), g_variant_get_string (cached, NULL)));
      break;
    default:
      g_assert_not_reached ();
    }
}

gboolean
bamgate_properties_get (const BamgateProperty *table, guint id, GDBusProxy *proxy, GValue *value)
{
  const BamgateProperty *row = NULL;
  g_autoptr (GVariant) cached = NULL;

  for (guint i = 0; table[i].name && !row; i++)
    if (i + 1 == id)
      row = &table[i];
  if (!row)
    return FALSE;

  cached = proxy ? g_dbus_proxy_get_cached_property (proxy, row->bus_name) : NULL;
  if (cached)
    take_value (value, row, cached);
  else if (row->kind == 's')
    g_value_set_static_string (value, "");
  else if (row->kind == 'l')
    g_value_take_boxed (value, g_new0 (char *, 1));
  return TRUE;
}

static const char *
name_of (const BamgateProperty *table, const char *bus_name)
{
  for (guint i = 0; table[i].name; i++)
    if (g_str_equal (table[i].bus_name, bus_name))
      return table[i].name;
  return NULL;
}

static void
notify_one (GObject *object, const BamgateProperty *table, const char *bus_name)
{
  const char *name = name_of (table, bus_name);

  if (name)
    g_object_notify (object, name);
}

void
bamgate_properties_notify (GObject *object, const BamgateProperty *table, GVariant *changed,
                           const char *const *invalidated)
{
  GVariantIter iter;
  const char *bus_name;

  g_object_freeze_notify (object);
  g_variant_iter_init (&iter, changed);
  while (g_variant_iter_next (&iter, "{&sv}", &bus_name, NULL))
    notify_one (object, table, bus_name);
  for (guint i = 0; invalidated && invalidated[i]; i++)
    notify_one (object, table, invalidated[i]);
  g_object_thaw_notify (object);
}

int
bamgate_enum_from_word (GType type, const char *word)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);
  const GEnumValue *value;

  if (!word || *word == '\0')
    return klass->values[0].value;
  value = g_enum_get_value_by_nick (klass, word);
  if (!value)
    value = g_enum_get_value_by_nick (klass, "unknown");
  return value->value;
}
