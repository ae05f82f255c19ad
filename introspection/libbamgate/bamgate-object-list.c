/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-object-list.h"

#include "bamgate-bus-object-private.h"

void
bamgate_object_list_init (BamgateObjectList *self, const BamgateObjectKind *kind,
                          BamgateClient *client)
{
  self->kind = kind;
  self->client = client;
  self->store = g_list_store_new (kind->type ());
  self->by_path = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

void
bamgate_object_list_finish (BamgateObjectList *self)
{
  g_hash_table_unref (self->by_path);
  g_object_unref (self->store);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer self)
{
  return ((BamgateObjectList *) self)->kind->compare (a, b);
}

static int
compare_pointers (gconstpointer a, gconstpointer b, gpointer self)
{
  return compare (*(gpointer *) a, *(gpointer *) b, self);
}

static void
take_out (BamgateObjectList *self, gpointer object)
{
  guint position;

  if (g_list_store_find (self->store, object, &position))
    g_list_store_remove (self->store, position);
}

/* `client` keeps the list in itself. */
static void
on_renamed (GObject *object, GParamSpec *pspec, gpointer data)
{
  BamgateObjectList *self = data;

  take_out (self, object);
  g_list_store_insert_sorted (self->store, object, compare, self);
}

/* Known by its path, not yet in the list; borrowed. NULL: it is something else. */
static gpointer
make (BamgateObjectList *self, const char *path, GVariant *interfaces)
{
  g_autoptr (GVariant)
    dict = g_variant_lookup_value (interfaces, self->kind->interface, G_VARIANT_TYPE_VARDICT);
  g_autofree char *renamed = g_strconcat ("notify::", self->kind->renamed, NULL);
  gpointer object;

  if (!dict || g_hash_table_contains (self->by_path, path))
    return NULL;
  object = bamgate_bus_object_new (self->kind->type (), self->client, path, self->kind->interface,
                                   dict);
  if (self->kind->renamed)
    g_signal_connect (object, renamed, G_CALLBACK (on_renamed), self);
  g_hash_table_insert (self->by_path, g_strdup (path), object);
  return object;
}

static void
say_added (BamgateObjectList *self, gpointer object)
{
  if (self->kind->added)
    self->kind->added (self->client, object);
}

static void
say_removed (BamgateObjectList *self, gpointer object)
{
  g_signal_handlers_disconnect_by_data (object, self);
  bamgate_bus_object_detach (object);
  if (self->kind->removed)
    self->kind->removed (self->client, object);
}

void
bamgate_object_list_set (BamgateObjectList *self, GVariant *objects)
{
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func (g_object_unref);
  GVariantIter iter;
  const char *path;
  GVariant *interfaces;

  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      gpointer object = make (self, path, interfaces);

      if (object)
        g_ptr_array_add (made, g_object_ref (object));
    }
  g_ptr_array_sort_with_data (made, compare_pointers, self);
  g_list_store_splice (self->store, 0, 0, made->pdata, made->len);
  for (guint i = 0; i < made->len; i++)
    say_added (self, made->pdata[i]);
}

void
bamgate_object_list_clear (BamgateObjectList *self)
{
  g_autoptr (GPtrArray) objects = bamgate_object_list_copy (self);

  g_hash_table_remove_all (self->by_path);
  g_list_store_remove_all (self->store);
  for (guint i = 0; i < objects->len; i++)
    say_removed (self, objects->pdata[i]);
}

void
bamgate_object_list_add (BamgateObjectList *self, const char *path, GVariant *interfaces)
{
  gpointer object = make (self, path, interfaces);

  if (!object)
    return;
  g_list_store_insert_sorted (self->store, object, compare, self);
  say_added (self, object);
}

void
bamgate_object_list_change (BamgateObjectList *self, const char *path, GVariant *changed,
                            const char *const *invalidated)
{
  g_autoptr (BamgateBusObject) object = g_hash_table_lookup (self->by_path, path);

  if (!object)
    return;
  g_object_ref (object); /* who hears of it may take it away */
  bamgate_properties_update (&object->properties, changed);
  bamgate_properties_forget (&object->properties, invalidated);
}

void
bamgate_object_list_remove (BamgateObjectList *self, const char *path)
{
  g_autofree char *key = NULL;
  g_autoptr (GObject) object = NULL;

  if (!g_hash_table_steal_extended (self->by_path, path, (gpointer *) &key, (gpointer *) &object))
    return;
  take_out (self, object);
  say_removed (self, object);
}

GPtrArray *
bamgate_object_list_copy (BamgateObjectList *self)
{
  GPtrArray *objects = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->store));

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (objects, g_list_model_get_item (G_LIST_MODEL (self->store), i));
  return objects;
}
