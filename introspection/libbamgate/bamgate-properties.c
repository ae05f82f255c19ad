/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-properties.h"

#include "bamgate-words.h"

/* What the signature means, by its first letter. */
static GParamSpec *
make_pspec (const BamgateProperty *row)
{
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const char *signature = row->signature;

  if (row->type)
    return g_param_spec_enum (row->name, NULL, NULL, row->type (), 0, flags);
  if (g_str_equal (signature, "as"))
    return g_param_spec_boxed (row->name, NULL, NULL, G_TYPE_STRV, flags);
  switch (*signature)
    {
    case 's':
      return g_param_spec_string (row->name, NULL, NULL, "", flags);
    case 'b':
      return g_param_spec_boolean (row->name, NULL, NULL, FALSE, flags);
    case 'x':
      return g_param_spec_int64 (row->name, NULL, NULL, G_MININT64, G_MAXINT64, row->initial,
                                 flags);
    case 't':
      return g_param_spec_uint64 (row->name, NULL, NULL, 0, G_MAXUINT64, (guint64) row->initial,
                                  flags);
    case 'u':
      return g_param_spec_uint (row->name, NULL, NULL, 0, G_MAXUINT, (guint) row->initial, flags);
    default:
      return g_param_spec_variant (row->name, NULL, NULL, (const GVariantType *) signature, NULL,
                                   flags);
    }
}

void
bamgate_properties_install (GObjectClass *klass, const BamgateProperty *table)
{
  for (guint i = 0; table[i].name; i++)
    g_object_class_install_property (klass, i + 1, make_pspec (&table[i]));
}

void
bamgate_properties_init (BamgateProperties *self, GObject *owner, const BamgateProperty *table)
{
  guint n = 0;

  while (table[n].name)
    n++;
  self->table = table;
  self->owner = owner;
  self->values = g_new0 (GVariant *, n);
  self->lists = g_new0 (const char **, n);
}

void
bamgate_properties_clear (BamgateProperties *self)
{
  for (guint i = 0; self->table[i].name; i++)
    {
      g_clear_pointer (&self->values[i], g_variant_unref);
      g_free (self->lists[i]);
    }
  g_free (self->values);
  g_free (self->lists);
}

/* --- What the bus says --- */

static gboolean
is_same (GVariant *a, GVariant *b)
{
  return a && b ? g_variant_equal (a, b) : a == b;
}

/* `value` may be NULL. */
static void
set (BamgateProperties *self, guint row, GVariant *value)
{
  if (value && !g_variant_is_of_type (value, (const GVariantType *) self->table[row].signature))
    value = NULL;
  if (is_same (self->values[row], value))
    return;
  g_clear_pointer (&self->values[row], g_variant_unref);
  g_clear_pointer (&self->lists[row], g_free);
  if (value)
    self->values[row] = g_variant_ref (value);
  g_object_notify (self->owner, self->table[row].name);
}

static void
update (BamgateProperties *self, GVariant *dict, gboolean is_all)
{
  g_object_freeze_notify (self->owner);
  for (guint i = 0; self->table[i].name; i++)
    {
      const char *bus_name = self->table[i].bus_name;
      g_autoptr (GVariant) value = bamgate_words_of_property (dict, bus_name);

      if (!value)
        value = g_variant_lookup_value (dict, bus_name, NULL);
      if (value || is_all)
        set (self, i, value);
    }
  g_object_thaw_notify (self->owner);
}

void
bamgate_properties_update (BamgateProperties *self, GVariant *dict)
{
  update (self, dict, FALSE);
}

void
bamgate_properties_replace (BamgateProperties *self, GVariant *dict)
{
  update (self, dict, TRUE);
}

void
bamgate_properties_forget (BamgateProperties *self, const char *const *bus_names)
{
  g_object_freeze_notify (self->owner);
  for (guint i = 0; self->table[i].name; i++)
    if (g_strv_contains (bus_names, self->table[i].bus_name))
      set (self, i, NULL);
  g_object_thaw_notify (self->owner);
}

/* --- What others ask --- */

const char *
bamgate_properties_get_string (BamgateProperties *self, guint row)
{
  return self->values[row] ? g_variant_get_string (self->values[row], NULL) : "";
}

const char *const *
bamgate_properties_get_list (BamgateProperties *self, guint row)
{
  static const char *const none[] = { NULL };

  if (!self->values[row])
    return none;
  if (!self->lists[row])
    self->lists[row] = g_variant_get_strv (self->values[row], NULL);
  return self->lists[row];
}

gboolean
bamgate_properties_get_boolean (BamgateProperties *self, guint row)
{
  return self->values[row] && g_variant_get_boolean (self->values[row]);
}

guint
bamgate_properties_get_uint (BamgateProperties *self, guint row)
{
  return self->values[row] ? g_variant_get_uint32 (self->values[row])
                           : (guint) self->table[row].initial;
}

gint64
bamgate_properties_get_int64 (BamgateProperties *self, guint row)
{
  return self->values[row] ? g_variant_get_int64 (self->values[row]) : self->table[row].initial;
}

guint64
bamgate_properties_get_uint64 (BamgateProperties *self, guint row)
{
  return self->values[row] ? g_variant_get_uint64 (self->values[row])
                           : (guint64) self->table[row].initial;
}

int
bamgate_properties_get_enum (BamgateProperties *self, guint row)
{
  return bamgate_enum_from_word (self->table[row].type (),
                                 bamgate_properties_get_string (self, row));
}

GVariant *
bamgate_properties_get_variant (BamgateProperties *self, guint row)
{
  return self->values[row] ? g_variant_ref (self->values[row]) : NULL;
}

static void
get (BamgateProperties *self, guint row, GValue *value)
{
  if (G_VALUE_HOLDS_ENUM (value))
    g_value_set_enum (value, bamgate_properties_get_enum (self, row));
  else if (G_VALUE_HOLDS_STRING (value))
    g_value_set_string (value, bamgate_properties_get_string (self, row));
  else if (G_VALUE_HOLDS (value, G_TYPE_STRV))
    g_value_set_boxed (value, bamgate_properties_get_list (self, row));
  else if (G_VALUE_HOLDS_BOOLEAN (value))
    g_value_set_boolean (value, bamgate_properties_get_boolean (self, row));
  else if (G_VALUE_HOLDS_UINT (value))
    g_value_set_uint (value, bamgate_properties_get_uint (self, row));
  else if (G_VALUE_HOLDS_INT64 (value))
    g_value_set_int64 (value, bamgate_properties_get_int64 (self, row));
  else if (G_VALUE_HOLDS_UINT64 (value))
    g_value_set_uint64 (value, bamgate_properties_get_uint64 (self, row));
  else
    g_value_take_variant (value, bamgate_properties_get_variant (self, row));
}

gboolean
bamgate_properties_get (BamgateProperties *self, guint id, GValue *value)
{
  for (guint row = 0; self->table[row].name; row++)
    if (row + 1 == id)
      {
        get (self, row, value);
        return TRUE;
      }
  return FALSE;
}

int
bamgate_enum_from_word (GType type, const char *word)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);
  const GEnumValue *value;

  if (*word == '\0')
    return klass->values[0].value;
  value = g_enum_get_value_by_nick (klass, word);
  if (!value)
    value = g_enum_get_value_by_nick (klass, "unknown");
  return value->value;
}
