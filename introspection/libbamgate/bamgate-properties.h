/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is known of an object on the bus: its properties, which are those of a GObject too, from one table per class, where ids
 * count from 1 and rows from 0. A value that is missing, or not of the type that it should be, is the default. Private. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  const char *name;       /* "state-reason" */
  const char *bus_name;   /* "StateReason" */
  const char *signature;
  GType     (*type) (void); /* of an enumeration, whose nicks are the words of the bus */
  gint64      initial;    /* of numbers */
} BamgateProperty;

typedef struct
{
  const BamgateProperty *table; /* ends with a row without a name */
  GObject               *owner; /* that notifies */
  GVariant             **values; /* NULL: the default */
  const char          ***lists;  /* what getters handed out */
} BamgateProperties;

void bamgate_properties_install (GObjectClass *klass, const BamgateProperty *table);
void bamgate_properties_init    (BamgateProperties *self, GObject *owner, const BamgateProperty *table);
void bamgate_properties_clear   (BamgateProperties *self);

/* Takes what `dict` (a{sv}) says, and notifies what changed. */
void bamgate_properties_update  (BamgateProperties *self, GVariant *dict);
/* The same where `dict` says everything: what is not in it, is not known. */
void bamgate_properties_replace (BamgateProperties *self, GVariant *dict);
void bamgate_properties_forget  (BamgateProperties *self, const char *const *bus_names);

/* FALSE: `id` is not of the table. */
gboolean           bamgate_properties_get         (BamgateProperties *self, guint id, GValue *value);
/* What they return is borrowed until the property changes; never NULL, but for variants. */
const char        *bamgate_properties_get_string  (BamgateProperties *self, guint row);
const char *const *bamgate_properties_get_list    (BamgateProperties *self, guint row);
gboolean           bamgate_properties_get_boolean (BamgateProperties *self, guint row);
guint              bamgate_properties_get_uint    (BamgateProperties *self, guint row);
gint64             bamgate_properties_get_int64   (BamgateProperties *self, guint row);
guint64            bamgate_properties_get_uint64  (BamgateProperties *self, guint row);
int                bamgate_properties_get_enum    (BamgateProperties *self, guint row);
/* The caller's, or NULL. */
GVariant          *bamgate_properties_get_variant (BamgateProperties *self, guint row);

/* The value of `type` with the nick `word`; its first for "", "unknown" for what it does not know. */
int bamgate_enum_from_word (GType type, const char *word);

G_END_DECLS
