/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-devices.h"

#include "app/application-private.h"
#include "app/device-table.h"
#include "common/error.h"
#include "common/log.h"

/* --- What is so --- */

static gboolean
is_signed (GVariant *network)
{
  gboolean is = FALSE;

  g_variant_lookup (network, "signed", "b", &is);
  return is;
}

/* Its numbers and times as they are on the bus. */
GVariant *
bg_application_get_network (BgApplication *self)
{
  g_autoptr (GVariant) network = g_variant_ref_sink (bg_application_describe_network (self));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (network);
  guint64 changed = 0;

  g_variant_dict_remove (&dict, "pending");
  if (g_variant_dict_lookup (&dict, "changed-at", "t", &changed))
    g_variant_dict_insert (&dict, "changed-at", "x", (gint64) changed * G_USEC_PER_SEC);
  return g_variant_dict_end (&dict);
}

/* --- The table --- */

typedef void (*Deed) (GTask *task, const BgServiceHub *hub, const BgDeviceRow *row);

/* What is asked for: the table, or something of one device of it. */
typedef struct
{
  Deed deed; /* NULL: the table */
  char *device, *text;
  GVariant *options;
  gboolean is_pending; /* of those that wait */
  GPtrArray *table;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_free (request->device);
  g_free (request->text);
  g_clear_pointer (&request->options, g_variant_unref);
  g_clear_pointer (&request->table, g_ptr_array_unref);
  g_free (request);
}

static GVariant *
members_of (BgApplication *self)
{
  g_autoptr (GVariant) network = g_variant_ref_sink (bg_application_describe_network (self));

  return is_signed (network) ? g_variant_ref_sink (bg_application_list_members (self)) : NULL;
}

static void
take_table (GTask *task, const BgServiceHub *hub, const GPtrArray *devices, GVariant *members)
{
  BgApplication *self = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);
  const BgDeviceRow *row;
  GError *error = NULL;

  request->table = bg_device_table_new (devices, members, self->public_key);
  if (!request->deed)
    {
      g_task_return_pointer (task, g_variant_ref_sink (bg_device_table_describe (request->table)),
                             (GDestroyNotify) g_variant_unref);
      return;
    }
  row = bg_device_table_find (request->table, request->device, request->is_pending, &error);
  if (row)
    request->deed (task, hub, row);
  else
    g_task_return_error (task, error);
}

/* The log alone is enough for what is in it. */
static void
take_failure (GTask *task, GError *error)
{
  g_autoptr (GVariant) members = members_of (g_task_get_source_object (task));

  if (!members)
    {
      g_task_return_error (task, error);
      return;
    }
  bg_log (BG_TOPIC_CONFIG, INFO, NULL, "the hub does not say which devices it has: %s",
          error->message);
  g_error_free (error);
  take_table (task, NULL, NULL, members);
}

typedef struct
{
  GTask *task;
  GAsyncResult *opened; /* has the hub */
  const BgServiceHub *hub;
} Question;

static void
question_free (Question *question)
{
  g_object_unref (question->task);
  g_object_unref (question->opened);
  g_free (question);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
on_devices (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Question) question = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) devices = bg_service_devices_finish (result, &error);
  g_autoptr (GVariant) members = NULL;

  if (!devices)
    {
      take_failure (question->task, error);
      return;
    }
  members = members_of (g_task_get_source_object (question->task));
  take_table (question->task, question->hub, devices, members);
}

static void
on_hub_open (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  const BgServiceHub *hub = bg_application_open_hub_finish (BG_APPLICATION (source), result,
                                                            &error);
  Question *question;

  if (!hub)
    {
      take_failure (task, error);
      return;
    }
  question = g_new (Question, 1);
  *question = (Question){ g_steal_pointer (&task), g_object_ref (result), hub };
  bg_service_devices_async (hub, NULL, on_devices, question);
}

static GTask *
request_new (BgApplication *self, Deed deed, const char *device, GAsyncReadyCallback callback,
             gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  Request *request = g_new0 (Request, 1);

  request->deed = deed;
  request->device = g_strdup (device);
  g_task_set_source_tag (task, request_new);
  g_task_set_task_data (task, request, request_free);
  return task;
}

/* Takes the task. */
static void
start (GTask *task)
{
  BgApplication *self = g_task_get_source_object (task);

  bg_application_open_hub_async (self, NULL, on_hub_open, task);
}

void
bg_application_list_devices_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  start (request_new (self, NULL, NULL, callback, data));
}

GVariant *
bg_application_list_devices_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Something of one device --- */

gboolean
bg_application_change_device_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* The task waits for what `finish` ends. */
typedef gboolean (*Finish) (BgApplication *self, GAsyncResult *result, GError **error);

static void
end (GTask *task, GAsyncResult *result, Finish finish)
{
  GError *error = NULL;

  if (finish (g_task_get_source_object (task), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

#define DEFINE_END(name, finish)                                                                   \
  static void on_##name (GObject *source, GAsyncResult *result, gpointer task)                     \
  {                                                                                                \
    end (task, result, finish);                                                                    \
  }

DEFINE_END (renamed, bg_application_rename_finish)
DEFINE_END (revoked, bg_application_revoke_finish)
DEFINE_END (approved, bg_application_approve_finish)
DEFINE_END (granted, bg_application_grant_finish)
DEFINE_END (owner_added, bg_application_add_owner_finish)
DEFINE_END (owner_removed, bg_application_remove_owner_finish)

static void
on_hub_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (bg_service_device_done (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Here it is out at once, whatever the hub says next. */
static void
on_hub_revoked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;

  if (!bg_service_device_done (result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  bg_revoked_keys_add (bg_network_log_get_revoked (self->network_log), request->text);
  g_task_return_boolean (task, TRUE);
}

/* The log does not have the device: the hub decides, where it can be asked. */
static gboolean
is_hubs (GTask *task, const BgServiceHub *hub, const BgDeviceRow *row)
{
  if (row->is_signed)
    return FALSE;
  if (hub && row->id)
    return TRUE;
  bg_task_return_error (task, BG_ERROR_NOT_FOUND, NO_SUCH_MACHINE, row->name);
  return FALSE;
}

static void
do_rename (GTask *task, const BgServiceHub *hub, const BgDeviceRow *row)
{
  Request *request = g_task_get_task_data (task);

  if (row->is_signed)
    bg_application_rename_async (g_task_get_source_object (task), row->public_key, request->text,
                                 on_renamed, g_object_ref (task));
  else if (is_hubs (task, hub, row))
    bg_service_device_rename_async (hub, row->id, request->text, NULL, on_hub_done,
                                    g_object_ref (task));
}

void
bg_application_rename_device_async (BgApplication *self, const char *device, const char *name,
                                    GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = request_new (self, do_rename, device, callback, data);
  Request *request = g_task_get_task_data (task);

  request->text = g_strdup (name);
  start (task);
}

static void
do_revoke (GTask *task, const BgServiceHub *hub, const BgDeviceRow *row)
{
  Request *request = g_task_get_task_data (task);

  if (row->is_signed)
    bg_application_revoke_async (g_task_get_source_object (task), row->public_key, on_revoked,
                                 g_object_ref (task));
  else if (is_hubs (task, hub, row))
    {
      request->text = g_strdup (row->public_key);
      bg_service_device_revoke_async (hub, row->id, NULL, on_hub_revoked, g_object_ref (task));
    }
}

void
bg_application_revoke_device_async (BgApplication *self, const char *device,
                                    GAsyncReadyCallback callback, gpointer data)
{
  start (request_new (self, do_revoke, device, callback, data));
}

/* In a network that is not signed there is nothing that a device may or may not offer. What a person saw is the log's to look at; here the
 * hub decides. */
static gboolean
is_hubs_option (const char *name, GVariant *value)
{
  return g_str_equal (name, "name") || g_str_equal (name, "replace")
         || (g_str_equal (name, "key") && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING));
}

/* Nothing is looked up meanwhile: that moves all of a dictionary, and names that are borrowed from it with it. */
static gboolean
are_hubs_options (GVariant *options, GError **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_autoptr (GVariant) held = value;

      if (is_hubs_option (name, held))
        continue;
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION_OF_TYPE, name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
fits_hub (GVariant *options, const BgDeviceRow *row, GError **error)
{
  const char *key = row->public_key;

  if (!are_hubs_options (options, error))
    return FALSE;
  g_variant_lookup (options, "key", "&s", &key);
  if (g_str_equal (key, row->public_key))
    return TRUE;
  bg_error_set (error, BG_ERROR_NOT_FOUND, MACHINE_HAS_OTHER_KEY, row->name);
  return FALSE;
}

static void
do_approve (GTask *task, const BgServiceHub *hub, const BgDeviceRow *row)
{
  BgApplication *self = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);
  g_autoptr (GVariant) network = g_variant_ref_sink (bg_application_describe_network (self));
  GError *error = NULL;

  if (is_signed (network))
    bg_application_approve_async (self, row->public_key, request->options, on_approved,
                                  g_object_ref (task));
  else if (!fits_hub (request->options, row, &error))
    g_task_return_error (task, error);
  else if (is_hubs (task, hub, row))
    bg_service_device_approve_async (hub, row->id, NULL, on_hub_done, g_object_ref (task));
}

void
bg_application_approve_device_async (BgApplication *self, const char *device, GVariant *options,
                                     GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = request_new (self, do_approve, device, callback, data);
  Request *request = g_task_get_task_data (task);

  request->options = g_variant_ref (options);
  request->is_pending = TRUE;
  start (task);
}

static void
do_grant (GTask *task, const BgServiceHub *hub, const BgDeviceRow *row)
{
  Request *request = g_task_get_task_data (task);

  bg_application_grant_async (g_task_get_source_object (task), row->public_key, request->options,
                              on_granted, g_object_ref (task));
}

void
bg_application_grant_device_async (BgApplication *self, const char *device, GVariant *options,
                                   GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = request_new (self, do_grant, device, callback, data);
  Request *request = g_task_get_task_data (task);

  request->options = g_variant_ref (options);
  start (task);
}

static void
do_add_owner (GTask *task, const BgServiceHub *hub, const BgDeviceRow *row)
{
  Request *request = g_task_get_task_data (task);

  bg_application_add_owner_async (g_task_get_source_object (task), row->public_key, request->text,
                                  on_owner_added, g_object_ref (task));
}

void
bg_application_add_owner_device_async (BgApplication *self, const char *device,
                                       const char *signing_key, GAsyncReadyCallback callback,
                                       gpointer data)
{
  GTask *task = request_new (self, do_add_owner, device, callback, data);
  Request *request = g_task_get_task_data (task);

  request->text = g_strdup (signing_key);
  start (task);
}

static void
do_remove_owner (GTask *task, const BgServiceHub *hub, const BgDeviceRow *row)
{
  bg_application_remove_owner_async (g_task_get_source_object (task), row->public_key,
                                     on_owner_removed, g_object_ref (task));
}

void
bg_application_remove_owner_device_async (BgApplication *self, const char *device,
                                          GAsyncReadyCallback callback, gpointer data)
{
  start (request_new (self, do_remove_owner, device, callback, data));
}

/* --- The network as a whole --- */

void
bg_application_recover_network_async (BgApplication *self, const char *code, GVariant *options,
                                      GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  if (bg_bus_options_are_none (options, &error))
    {
      bg_application_recover_async (self, code, callback, data);
      return;
    }
  task = g_task_new (self, NULL, callback, data);
  g_task_set_source_tag (task, bg_application_recover_network_async);
  g_task_return_error (task, error);
}

void
bg_application_trust_network_async (BgApplication *self, GVariant *options,
                                    GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = NULL;
  const char *head = "";
  gsize n = g_variant_n_children (options);

  if (n == 0 || (n == 1 && g_variant_lookup (options, "head", "&s", &head)))
    {
      bg_application_trust_async (self, head, callback, data);
      return;
    }
  task = g_task_new (self, NULL, callback, data);
  g_task_set_source_tag (task, bg_application_trust_network_async);
  bg_task_return_error (task, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION_OF_TYPE, "head");
}
