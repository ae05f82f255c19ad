/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-http-endpoints.h"
#include "worker/hub/hub-body.h"
#include "worker/hub/hub-reply.h"
#include "common/device-name.h"
#include "common/json-member.h"

/* --- The list --- */

static void
add_time (JsonBuilder *object, const char *key, gint64 time)
{
  json_builder_set_member_name (object, key);
  if (time > 0)
    json_builder_add_int_value (object, time);
  else
    json_builder_add_null_value (object);
}

static void
add_device (const BgHubHttp *http, JsonBuilder *object, const BgHubDevice *device,
            GHashTable *online)
{
  const BgHubDevice *replaced = bg_hub_devices_get_replaced (http->memory.devices, device);
  gboolean is_revoked = bg_hub_devices_get_state (http->memory.devices, device)
                        == BG_DEVICE_REVOKED;

  json_builder_begin_object (object);
  bg_hub_object_add_text (object, "address", device->address);
  bg_hub_object_add_text (object, "address6", device->address6);
  add_time (object, "created_at", device->created_at);
  bg_hub_object_add_text (object, "device_id", device->id);
  bg_hub_object_add_text (object, "device_name", device->name);
  add_time (object, "last_seen_at", device->last_seen_at);
  bg_hub_object_add_flag (object, "online", g_hash_table_contains (online, device->id));
  bg_hub_object_add_flag (object, "owner", bg_hub_devices_is_owner (http->memory.devices, device));
  bg_hub_object_add_text (object, "public_key", device->public_key);
  bg_hub_object_add_text (object, "replaces", replaced != NULL ? replaced->id : NULL);
  bg_hub_object_add_flag (object, "revoked", is_revoked);
  bg_hub_object_add_text (object, "state",
                          bg_hub_devices_get_state_name (http->memory.devices, device));
  json_builder_end_object (object);
}

void
bg_hub_http_answer_devices (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (GPtrArray) devices = bg_hub_devices_list (http->memory.devices);
  g_autoptr (GHashTable) online = http->list_online (http->data);
  JsonBuilder *object = bg_hub_object_new ();

  json_builder_set_member_name (object, "devices");
  json_builder_begin_array (object);
  for (guint i = 0; i < devices->len; i++)
    add_device (http, object, devices->pdata[i], online);
  json_builder_end_array (object);
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (object));
}

void
bg_hub_http_answer_revoked (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (GPtrArray) keys = bg_hub_devices_list_revoked (http->memory.devices);
  JsonBuilder *object = bg_hub_object_new ();

  json_builder_set_member_name (object, "revoked");
  json_builder_begin_array (object);
  for (guint i = 0; i < keys->len; i++)
    json_builder_add_string_value (object, keys->pdata[i]);
  json_builder_end_array (object);
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (object));
}

/* --- Changing one --- */

/* Whom the request is about; NULL, and an answer, where there is none, or where the log decides. */
static const BgHubDevice *
device_of (const BgHubHttp *http, SoupServerMessage *message, const char *id)
{
  const BgHubDevice *device = bg_hub_devices_find (http->memory.devices, id);

  if (device == NULL)
    bg_hub_reply_error (message, SOUP_STATUS_NOT_FOUND, "device not found");
  return device;
}

static void
reply_log_decides (SoupServerMessage *message)
{
  bg_hub_reply_error (message, SOUP_STATUS_CONFLICT,
                      "the network is signed: its log decides, and not the hub");
}

static gboolean
rename_device (const BgHubHttp *http, SoupServerMessage *message, const char *id, const char *name)
{
  if (name == NULL || bg_hub_devices_rename (http->memory.devices, id, name, bg_hub_http_now ()))
    return TRUE;
  bg_hub_reply_error (message, SOUP_STATUS_CONFLICT, "the name is taken");
  return FALSE;
}

static gboolean
approve (const BgHubHttp *http, SoupServerMessage *message, const char *id, const char *state)
{
  if (state == NULL || bg_hub_devices_approve (http->memory.devices, id, bg_hub_http_now ()))
    return TRUE;
  bg_hub_reply_error (message, SOUP_STATUS_INSUFFICIENT_STORAGE,
                      "no addresses available in subnet");
  return FALSE;
}

/* What the body says that cannot be; NULL: nothing. */
static const char *
complaint_about (const BgHubDevice *device, const char *name, const char *state)
{
  if (name == NULL && state == NULL)
    return "neither device_name nor state is there";
  if (name != NULL && !bg_device_name_is_valid (name))
    return "device_name is no name: 1 to 63 letters, digits, “-”, “_” and “.”";
  if (state != NULL && !g_str_equal (state, "active"))
    return "state can become active, and nothing else";
  return NULL;
}

void
bg_hub_http_answer_change_device (const BgHubHttp *http, SoupServerMessage *message, const char *id)
{
  g_autoptr (JsonNode) node = bg_hub_http_body (message);
  JsonObject *body = node != NULL ? json_node_get_object (node) : NULL;
  const BgHubDevice *device = body != NULL ? device_of (http, message, id) : NULL;
  const char *name, *state, *complaint;

  if (device == NULL)
    return;
  name = bg_json_member_text (body, "device_name");
  state = bg_json_member_text (body, "state");
  if ((complaint = complaint_about (device, name, state)) != NULL)
    bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST, complaint);
  else if (bg_hub_devices_is_signed (http->memory.devices))
    reply_log_decides (message);
  else if (device->state == BG_DEVICE_LEFT || device->state == BG_DEVICE_REVOKED)
    bg_hub_reply_error (message, SOUP_STATUS_CONFLICT, "the device is in the network no more");
  else if (rename_device (http, message, id, name) && approve (http, message, id, state))
    {
      bg_hub_reply_ok (message);
      bg_hub_reply_when_written (message, http->memory.writer);
    }
}

/* --- Revoking one --- */

void
bg_hub_http_answer_revoke (const BgHubHttp *http, SoupServerMessage *message, const char *id)
{
  const BgHubDevice *device = device_of (http, message, id),
                    *caller = bg_hub_http_caller (http, message).device;

  if (device == NULL)
    return;
  if (caller == NULL || caller == device)
    bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST, "cannot revoke your own device");
  else if (bg_hub_devices_is_member (http->memory.devices, device))
    reply_log_decides (message);
  else
    {
      bg_hub_devices_revoke (http->memory.devices, id);
      bg_hub_reply_ok (message);
      bg_hub_reply_when_written (message, http->memory.writer);
    }
}
