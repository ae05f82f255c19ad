/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Bus properties as GObject properties, from one table per class: ids count from 1 in the table's order. Private. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  const char *name;     /* "state-reason" */
  const char *bus_name; /* "StateReason" */
  char        kind;     /* s, b, x, t, u, l for a list of strings, d for a dictionary, e for an enumeration */
  GType     (*type) (void); /* of e */
} BamgateProperty;

/* `table` ends with a row without a name. */
void bamgate_properties_install (GObjectClass *klass, const BamgateProperty *table);
/* FALSE: `id` is not of the table. Without a cached value the property has its default. */
gboolean bamgate_properties_get (const BamgateProperty *table, guint id, GDBusProxy *proxy, GValue *value);
/* Notifies what a PropertiesChanged named. */
void bamgate_properties_notify (GObject *object, const BamgateProperty *table, GVariant *changed,
                                const char *const *invalidated);

/* The value of `type` with the nick `word`; its first for "", NULL and what it does not know. */
int bamgate_enum_from_word (GType type, const char *word);

G_END_DECLS
