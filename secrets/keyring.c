/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secrets/keyring.h"

#include <libsecret/secret.h>
#include <string.h>

G_DEFINE_QUARK (bg - keyring - error, bg_keyring_error)

static const SecretSchema schema = { "org.bamgate.Secret",
                                     SECRET_SCHEMA_NONE,
                                     {
                                       { "name", SECRET_SCHEMA_ATTRIBUTE_STRING },
                                       { "place", SECRET_SCHEMA_ATTRIBUTE_STRING },
                                       { "machine", SECRET_SCHEMA_ATTRIBUTE_STRING },
                                       { NULL, 0 },
                                     } };

static void
wipe (gpointer secret)
{
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

GHashTable *
bg_keyring_new_secrets (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wipe);
}

/* Home directories go from machine to machine. The machine's own number is not for others to know: machine-id(5). */
static char *
this_machine (void)
{
  g_autofree char *id = NULL;
  gsize size = 0;

  if (!g_file_get_contents ("/etc/machine-id", &id, &size, NULL) || size == 0)
    return g_strdup (g_get_host_name ());
  return g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) id, strcspn (id, "\n"),
                                    "org.bamgate.Secret", -1);
}

static GHashTable *
attributes_of (const char *place, const char *name)
{
  g_autofree char *machine = this_machine ();

  return secret_attributes_build (&schema, "name", name, "place", place, "machine", machine, NULL);
}

/* Takes `inner`; says what a person can do about it. */
static GError *
translate (GError *inner)
{
  g_autoptr (GError) owned = inner;

  if (g_error_matches (inner, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_steal_pointer (&owned);
  if (g_error_matches (inner, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
    return g_error_new (BG_KEYRING_ERROR, BG_KEYRING_ERROR_LOCKED, "the keyring stays locked");
  g_dbus_error_strip_remote_error (inner);
  secret_service_disconnect (); /* the next try begins anew: the keyring may have been restarted */
  if (g_error_matches (inner, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
      || inner->domain == G_IO_ERROR
      || (inner->domain == G_DBUS_ERROR && inner->code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED))
    return g_error_new (BG_KEYRING_ERROR, BG_KEYRING_ERROR_ABSENT,
                        "this session has no keyring (Secret Service): %s", inner->message);
  return g_error_new (BG_KEYRING_ERROR, BG_KEYRING_ERROR_FAILED, "the keyring: %s", inner->message);
}

/* Takes both. */
static void
fail (GTask *task, GError *inner)
{
  g_task_return_error (task, translate (inner));
  g_object_unref (task);
}

/* --- Reading: one name behind the other, so that a person is asked once --- */

typedef struct
{
  char *place;
  char **names;
  guint next;
  GHashTable *found;
} Get;

static void
get_free (gpointer data)
{
  Get *get = data;

  g_free (get->place);
  g_strfreev (get->names);
  g_clear_pointer (&get->found, g_hash_table_unref);
  g_free (get);
}

static void get_next (GTask *task, SecretService *service);

/* FALSE: nobody opened it. */
static gboolean
take_item (Get *get, SecretItem *item)
{
  SecretValue *value = secret_item_get_locked (item) ? NULL : secret_item_get_secret (item);
  const char *text = value ? secret_value_get_text (value) : NULL;

  if (text)
    g_hash_table_replace (get->found, g_strdup (get->names[get->next]), g_strdup (text));
  if (value)
    secret_value_unref (value);
  return !secret_item_get_locked (item);
}

static void
on_searched (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Get *get = g_task_get_task_data (task);
  GError *error = NULL;
  GList *items = secret_service_search_finish (SECRET_SERVICE (source), result, &error);
  gboolean is_open = !items || take_item (get, items->data);

  g_list_free_full (items, g_object_unref);
  if (error)
    fail (task, error);
  else if (!is_open)
    fail (task, g_error_new_literal (SECRET_ERROR, SECRET_ERROR_IS_LOCKED, "locked"));
  else
    {
      get->next++;
      get_next (task, SECRET_SERVICE (source));
    }
}

static void
get_next (GTask *task, SecretService *service)
{
  Get *get = g_task_get_task_data (task);
  g_autoptr (GHashTable) attributes = NULL;

  if (!get->names[get->next])
    {
      g_task_return_pointer (task, g_steal_pointer (&get->found),
                             (GDestroyNotify) g_hash_table_unref);
      g_object_unref (task);
      return;
    }
  attributes = attributes_of (get->place, get->names[get->next]);
  secret_service_search (service, &schema, attributes,
                         SECRET_SEARCH_UNLOCK | SECRET_SEARCH_LOAD_SECRETS,
                         g_task_get_cancellable (task), on_searched, task);
}

static void
on_service (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (SecretService) service = secret_service_get_finish (result, &error);

  if (service)
    get_next (data, service);
  else
    fail (data, error);
}

void
bg_keyring_get_async (const char *place, const char *const *names, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Get *get = g_new0 (Get, 1);

  g_task_set_source_tag (task, bg_keyring_get_async);
  *get = (Get){ g_strdup (place), g_strdupv ((char **) names), 0, bg_keyring_new_secrets () };
  g_task_set_task_data (task, get, get_free);
  secret_service_get (SECRET_SERVICE_OPEN_SESSION, cancellable, on_service, task);
}

GHashTable *
bg_keyring_get_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Writing: to the service by name, as libsecret's own choice may be a file instead --- */

static void
end (GTask *task, gboolean ok, GError *error)
{
  if (error)
    {
      fail (task, error);
      return;
    }
  g_task_return_boolean (task, ok);
  g_object_unref (task);
}

static void
on_stored (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean ok = secret_service_store_finish (NULL, result, &error);

  if (!ok && !error)
    error = g_error_new_literal (SECRET_ERROR, SECRET_ERROR_IS_LOCKED, "locked");
  end (data, ok, error);
}

void
bg_keyring_set_async (const char *place, const char *name, const char *secret, const char *label,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GHashTable) attributes = attributes_of (place, name);
  SecretValue *value = secret_value_new (secret, -1, "text/plain");

  g_task_set_source_tag (task, bg_keyring_set_async);
  secret_service_store (NULL, &schema, attributes, SECRET_COLLECTION_DEFAULT, label, value,
                        cancellable, on_stored, task);
  secret_value_unref (value);
}

static void
on_cleared (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  secret_service_clear_finish (NULL, result, &error);
  end (data, TRUE, error);
}

void
bg_keyring_remove_async (const char *place, const char *name, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GHashTable) attributes = attributes_of (place, name);

  g_task_set_source_tag (task, bg_keyring_remove_async);
  secret_service_clear (NULL, &schema, attributes, cancellable, on_cleared, task);
}

gboolean
bg_keyring_done (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
