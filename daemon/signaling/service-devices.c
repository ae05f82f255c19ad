/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/service-devices.h"

#include "common/device-name.h"
#include "common/error.h"
#include "common/ip-prefix.h"
#include "common/json-member.h"
#include "common/key-text.h"
#include "common/printable.h"
#include "signaling/service-request.h"

#include <string.h>

enum
{
  ID_DIGITS = 32,
  NAME_SHOWN = 63,
};

static const char *const state_names[] = {
  [BG_SERVICE_DEVICE_PENDING] = "pending",
  [BG_SERVICE_DEVICE_ACTIVE] = "active",
  [BG_SERVICE_DEVICE_LEFT] = "left",
  [BG_SERVICE_DEVICE_REVOKED] = "revoked",
};

const char *
bg_service_device_state_name (BgServiceDeviceState state)
{
  return state_names[state];
}

gboolean
bg_service_device_state_parse (const char *text, BgServiceDeviceState *state)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_strcmp0 (text, state_names[i]) == 0)
      {
        *state = (BgServiceDeviceState) i;
        return TRUE;
      }
  return FALSE;
}

gboolean
bg_service_device_id_is_fine (const char *id)
{
  return id && strlen (id) == ID_DIGITS && strspn (id, "0123456789abcdef") == ID_DIGITS;
}

void
bg_service_device_free (BgServiceDevice *device)
{
  if (!device)
    return;
  g_free (device->id);
  g_free (device->name);
  g_free (device->public_key);
  g_free (device->address);
  g_free (device->address6);
  g_free (device->replaces);
  g_free (device);
}

/* --- What the hub says of one --- */

static char *
dup_key (JsonObject *said)
{
  const char *key = bg_json_member_text (said, "public_key");
  guint8 bytes[BG_KEY_BYTES];

  return g_strdup (key && bg_key_from_base64 (key, bytes) ? key : "");
}

static char *
dup_address (JsonObject *said, const char *member)
{
  const char *address = bg_json_member_text (said, member);
  BgIpPrefix prefix;

  return g_strdup (address && bg_ip_prefix_parse (address, &prefix) ? address : "");
}

static BgServiceDeviceState
state_of (JsonObject *said)
{
  BgServiceDeviceState state = bg_json_member_is_true (said, "revoked") ? BG_SERVICE_DEVICE_REVOKED
                                                                        : BG_SERVICE_DEVICE_ACTIVE;

  bg_service_device_state_parse (bg_json_member_text (said, "state"), &state);
  return state;
}

static BgServiceDevice *
read_device (JsonObject *said, const char *id, const char *name)
{
  BgServiceDevice *device = g_new0 (BgServiceDevice, 1);
  const char *replaces = bg_json_member_text (said, "replaces");

  device->id = g_strdup (id);
  device->name = bg_printable_start (name, NAME_SHOWN);
  device->public_key = dup_key (said);
  device->address = dup_address (said, "address");
  device->address6 = dup_address (said, "address6");
  bg_json_member_number (said, "created_at", &device->created_at_s);
  bg_json_member_number (said, "last_seen_at", &device->seen_at_s);
  device->state = state_of (said);
  device->is_owner = bg_json_member_is_true (said, "owner");
  device->is_online = bg_json_member_is_true (said, "online");
  device->replaces = bg_service_device_id_is_fine (replaces) ? g_strdup (replaces) : NULL;
  return device;
}

static void
take_device (JsonArray *array, guint index, JsonNode *node, gpointer data)
{
  GPtrArray *devices = data;
  JsonObject *said = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *id = said ? bg_json_member_text (said, "device_id") : NULL;
  const char *name = said ? bg_json_member_text (said, "device_name") : NULL;

  if (devices->len < BG_SERVICE_DEVICES_MAX && name && bg_service_device_id_is_fine (id))
    g_ptr_array_add (devices, read_device (said, id, name));
}

void
bg_service_devices_async (const BgServiceHub *hub, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  const BgServiceRequest request = { .method = SOUP_METHOD_GET,
                                     .path = "/auth/devices",
                                     .limit_s = BG_SERVICE_LIMIT_S,
                                     .body_limit = BG_SERVICE_LONG_BODY };

  bg_service_request_async (hub, &request, cancellable, callback, data);
}

/* A hub of before has none of these paths; a device that is not there is an answer of ours. */
static JsonObject *
read_answer (const BgServiceAnswer *answer, GError **error)
{
  switch (answer->status)
    {
    case SOUP_STATUS_NOT_FOUND:
      if (answer->body)
        bg_error_set (error, BG_ERROR_NOT_FOUND, NO_SUCH_DEVICE);
      else
        bg_error_set (error, BG_ERROR_NOT_FOUND, HUB_WITHOUT_DEVICES);
      return NULL;
    case SOUP_STATUS_FORBIDDEN:
      bg_error_set (error, BG_ERROR_NOT_AUTHORIZED, NOT_AN_OWNER);
      return NULL;
    default:
      return bg_service_answer_read (answer, error);
    }
}

GPtrArray *
bg_service_devices_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);
  JsonObject *object = answer ? read_answer (answer, error) : NULL;
  JsonArray *list = bg_service_answer_list (object, "devices", error);
  GPtrArray *devices;

  if (!list)
    return NULL;
  devices = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_service_device_free);
  json_array_foreach_element (list, take_device, devices);
  return devices;
}

/* --- Those that were revoked --- */

void
bg_service_revoked_async (const BgServiceHub *hub, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  const BgServiceRequest request = { .method = SOUP_METHOD_GET,
                                     .path = "/auth/revoked",
                                     .limit_s = BG_SERVICE_LIMIT_S,
                                     .body_limit = BG_SERVICE_LONG_BODY };

  bg_service_request_async (hub, &request, cancellable, callback, data);
}

static void
take_key (JsonArray *array, guint index, JsonNode *node, gpointer data)
{
  GHashTable *keys = data;
  const char *text = JSON_NODE_HOLDS_VALUE (node)
                         && json_node_get_value_type (node) == G_TYPE_STRING
                       ? json_node_get_string (node)
                       : "";
  guint8 bytes[BG_KEY_BYTES];

  if (g_hash_table_size (keys) < BG_SERVICE_DEVICES_MAX && bg_key_from_base64 (text, bytes))
    g_hash_table_add (keys, g_bytes_new (bytes, sizeof bytes));
}

GHashTable *
bg_service_revoked_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);
  JsonObject *object = answer ? read_answer (answer, error) : NULL;
  JsonArray *list = bg_service_answer_list (object, "revoked", error);
  GHashTable *keys;

  if (!list)
    return NULL;
  keys = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  json_array_foreach_element (list, take_key, keys);
  return keys;
}

/* --- What an owner does with one --- */

/* Takes `body`. */
static void
change (const BgServiceHub *hub, const char *method, const char *id, GBytes *body,
        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GBytes) taken = body;
  g_autofree char *path = g_strconcat ("/auth/devices/", id, NULL);
  const BgServiceRequest request = {
    .method = method, .path = path, .body = body, .limit_s = BG_SERVICE_LIMIT_S
  };

  if (bg_service_device_id_is_fine (id))
    bg_service_request_async (hub, &request, cancellable, callback, data);
  else
    g_task_report_error (NULL, callback, data, bg_service_device_done,
                         bg_error (BG_ERROR_INVALID_ARGUMENT, NO_SUCH_DEVICE));
}

static GBytes *
body_of (const char *member, const char *value)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());

  bg_json_add_text (builder, member, value);
  return bg_service_body_new (builder);
}

void
bg_service_device_rename_async (const BgServiceHub *hub, const char *id, const char *name,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer data)
{
  change (hub, "PATCH", id, body_of ("device_name", name), cancellable, callback, data);
}

void
bg_service_device_approve_async (const BgServiceHub *hub, const char *id, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data)
{
  change (hub, "PATCH", id, body_of ("state", "active"), cancellable, callback, data);
}

void
bg_service_device_revoke_async (const BgServiceHub *hub, const char *id, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data)
{
  change (hub, SOUP_METHOD_DELETE, id, NULL, cancellable, callback, data);
}

/* The hub says in words which of the three it is. */
static void
set_conflict (const BgServiceAnswer *answer, GError **error)
{
  const char *why = bg_service_answer_why_not (answer);

  if (strstr (why, "log"))
    bg_error_set (error, BG_ERROR_WRONG_STATE, LOG_DECIDES);
  else if (strstr (why, "name"))
    bg_error_set (error, BG_ERROR_EXISTS, DEVICE_NAME_TAKEN);
  else
    bg_error_set (error, BG_ERROR_WRONG_STATE, DEVICE_IS_OUT);
}

gboolean
bg_service_device_done (GAsyncResult *result, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);

  if (!answer)
    return FALSE;
  if (answer->status == SOUP_STATUS_CONFLICT)
    set_conflict (answer, error);
  else if (answer->status == SOUP_STATUS_BAD_REQUEST)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, OWN_DEVICE_STAYS);
  else
    return read_answer (answer, error) != NULL;
  return FALSE;
}
