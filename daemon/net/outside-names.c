/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/outside-names.h"

#include "net/outside-dns.h"

#include <ares.h>
#include <sys/socket.h>

#define MAX_REMEMBERED 128

#define BG_TYPE_OUTSIDE_NAMES (bg_outside_names_get_type ())
G_DECLARE_FINAL_TYPE (BgOutsideNames, bg_outside_names, BG, OUTSIDE_NAMES, GResolver)

struct _BgOutsideNames
{
  GResolver parent;
  GResolver *system;
  GMutex lock;
  GHashTable *found; /* name -> GPtrArray of GInetAddress; under the lock */
};

G_DEFINE_FINAL_TYPE (BgOutsideNames, bg_outside_names, G_TYPE_RESOLVER)

static gint is_outside; /* atomic */

void
bg_outside_names_use (gboolean outside)
{
  g_atomic_int_set (&is_outside, outside);
}

/* --- What was found last --- */

static GPtrArray *
array_of (GList *addresses)
{
  GPtrArray *array = g_ptr_array_new_with_free_func (g_object_unref);

  for (GList *at = addresses; at; at = at->next)
    g_ptr_array_add (array, g_object_ref (at->data));
  return array;
}

static gboolean
is_of (GInetAddress *address, GResolverNameLookupFlags flags)
{
  GSocketFamily family = g_inet_address_get_family (address);

  return !((flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY) && family != G_SOCKET_FAMILY_IPV4)
         && !((flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY) && family != G_SOCKET_FAMILY_IPV6);
}

/* Of the family that was asked for; what is known of the other one stays. */
static void
remember (BgOutsideNames *self, const char *name, GResolverNameLookupFlags flags, GList *addresses)
{
  GPtrArray *known, *fresh = array_of (addresses);

  g_mutex_lock (&self->lock);
  known = g_hash_table_lookup (self->found, name);
  for (guint i = 0; known && i < known->len; i++)
    if (!is_of (known->pdata[i], flags))
      g_ptr_array_add (fresh, g_object_ref (known->pdata[i]));
  if (!known && g_hash_table_size (self->found) >= MAX_REMEMBERED)
    g_hash_table_remove_all (self->found);
  g_hash_table_replace (self->found, g_strdup (name), fresh);
  g_mutex_unlock (&self->lock);
}

static GList *
recall (BgOutsideNames *self, const char *name, GResolverNameLookupFlags flags)
{
  GList *addresses = NULL;
  GPtrArray *known;

  g_mutex_lock (&self->lock);
  known = g_hash_table_lookup (self->found, name);
  for (guint i = 0; known && i < known->len; i++)
    if (is_of (known->pdata[i], flags))
      addresses = g_list_append (addresses, g_object_ref (known->pdata[i]));
  g_mutex_unlock (&self->lock);
  return addresses;
}

/* --- Asking --- */

static int
family_of (GResolverNameLookupFlags flags)
{
  if (flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY)
    return AF_INET;
  return flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY ? AF_INET6 : AF_UNSPEC;
}

static GList *
ask_outside (BgOutsideNames *self, const char *name, GResolverNameLookupFlags flags, GError **error)
{
  g_auto (GStrv) servers = bg_outside_dns_list_servers ("");
  GList *addresses = bg_outside_dns_ask (name, family_of (flags), (const char *const *) servers);

  if (addresses)
    remember (self, name, flags, addresses);
  else if (!(addresses = recall (self, name, flags)))
    g_set_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE,
                 "no name server of this machine's networks knows “%s”", name);
  return addresses;
}

static GList *
lookup (GResolver *resolver, const char *name, GResolverNameLookupFlags flags,
        GCancellable *cancellable, GError **error)
{
  BgOutsideNames *self = BG_OUTSIDE_NAMES (resolver);
  GList *addresses;

  if (g_atomic_int_get (&is_outside))
    return ask_outside (self, name, flags, error);
  addresses = g_resolver_lookup_by_name_with_flags (self->system, name, flags, cancellable, error);
  if (addresses)
    remember (self, name, flags, addresses);
  return addresses;
}

typedef struct
{
  char *name;
  GResolverNameLookupFlags flags;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->name);
  g_free (question);
}

static void
free_addresses (gpointer addresses)
{
  g_resolver_free_addresses (addresses);
}

static void
answer (GTask *task, gpointer resolver, gpointer data, GCancellable *cancellable)
{
  const Question *question = data;
  GError *error = NULL;
  GList *addresses = lookup (resolver, question->name, question->flags, cancellable, &error);

  if (addresses)
    g_task_return_pointer (task, addresses, free_addresses);
  else
    g_task_return_error (task, error);
}

static void
lookup_with_flags_async (GResolver *resolver, const char *name, GResolverNameLookupFlags flags,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, data);
  Question *question = g_new0 (Question, 1);

  question->name = g_strdup (name);
  question->flags = flags;
  g_task_set_task_data (task, question, question_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, answer);
}

static void
lookup_async (GResolver *resolver, const char *name, GCancellable *cancellable,
              GAsyncReadyCallback callback, gpointer data)
{
  lookup_with_flags_async (resolver, name, G_RESOLVER_NAME_LOOKUP_FLAGS_DEFAULT, cancellable,
                           callback, data);
}

static GList *
lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static GList *
lookup_plain (GResolver *resolver, const char *name, GCancellable *cancellable, GError **error)
{
  return lookup (resolver, name, G_RESOLVER_NAME_LOOKUP_FLAGS_DEFAULT, cancellable, error);
}

/* --- Life --- */

static void
bg_outside_names_finalize (GObject *object)
{
  BgOutsideNames *self = BG_OUTSIDE_NAMES (object);

  g_clear_object (&self->system);
  g_hash_table_unref (self->found);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (bg_outside_names_parent_class)->finalize (object);
}

static void
bg_outside_names_class_init (BgOutsideNamesClass *klass)
{
  GResolverClass *resolver = G_RESOLVER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = bg_outside_names_finalize;
  resolver->lookup_by_name = lookup_plain;
  resolver->lookup_by_name_async = lookup_async;
  resolver->lookup_by_name_finish = lookup_finish;
  resolver->lookup_by_name_with_flags = lookup;
  resolver->lookup_by_name_with_flags_async = lookup_with_flags_async;
  resolver->lookup_by_name_with_flags_finish = lookup_finish;
}

static void
bg_outside_names_init (BgOutsideNames *self)
{
  self->system = g_resolver_get_default ();
  self->found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) g_ptr_array_unref);
  g_mutex_init (&self->lock);
}

void
bg_outside_names_install (void)
{
  g_autoptr (GResolver) resolver = NULL;

  ares_library_init (ARES_LIB_INIT_ALL);
  resolver = g_object_new (BG_TYPE_OUTSIDE_NAMES, NULL);
  g_resolver_set_default (resolver);
}

GResolver *
bg_outside_names_dup_system (void)
{
  GResolver *resolver = g_resolver_get_default ();
  GResolver *system;

  if (!BG_IS_OUTSIDE_NAMES (resolver))
    return resolver;
  system = g_object_ref (BG_OUTSIDE_NAMES (resolver)->system);
  g_object_unref (resolver);
  return system;
}
