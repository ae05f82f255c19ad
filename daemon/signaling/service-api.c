/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/service-api.h"
#include "signaling/service-request.h"
#include "signaling/signaling-client.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/invite-code.h"
#include "common/json-member.h"
#include "common/secret-text.h"

static void
ask (const BgServiceHub *hub, const char *method, const char *path, const char *public_key,
     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  const BgServiceRequest request = {
    .method = method, .path = path, .public_key = public_key, .limit_s = BG_SERVICE_LIMIT_S
  };

  bg_service_request_async (hub, &request, cancellable, callback, data);
}

static JsonObject *
read_answer (GAsyncResult *result, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);
  JsonObject *object = answer ? bg_service_answer_read (answer, error) : NULL;

  return object ? json_object_ref (object) : NULL;
}

/* --- Invites --- */

void
bg_invite_grant_free (BgInviteGrant *grant)
{
  if (grant == NULL)
    return;
  g_free (grant->server_url);
  bg_secret_free (grant->token);
  bg_secret_free (grant->turn_secret);
  g_free (grant->address);
  g_free (grant->subnet);
  g_free (grant);
}

void
bg_service_redeem_async (const BgServiceHub *hub, const char *code, const char *public_key,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autofree char *tidy = bg_invite_code_tidy_typed (code);
  g_autofree char *path = g_strconcat ("/invite/", tidy, NULL);

  if (tidy)
    ask (hub, SOUP_METHOD_GET, path, public_key, cancellable, callback, data);
  else
    g_task_report_error (NULL, callback, data, bg_service_redeem_async,
                         bg_error (BG_ERROR_INVALID_ARGUMENT, INVITE_BAD));
}

JsonObject *
bg_service_answer_read_invite (const BgServiceAnswer *answer, GError **error)
{
  if (answer->status == SOUP_STATUS_NOT_FOUND)
    bg_error_set (error, BG_ERROR_NOT_FOUND, INVITE_UNKNOWN);
  else if (answer->status == SOUP_STATUS_GONE)
    bg_error_set (error, BG_ERROR_NOT_FOUND, INVITE_EXPIRED);
  else
    return bg_service_answer_read (answer, error);
  return NULL;
}

BgInviteGrant *
bg_service_redeem_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);
  JsonObject *object = answer ? bg_service_answer_read_invite (answer, error) : NULL;
  g_autoptr (BgInviteGrant) grant = NULL;

  if (!object)
    return NULL;
  grant = g_new0 (BgInviteGrant, 1);
  grant->server_url = bg_server_url_connect (bg_json_member_text (object, "server_url"), NULL);
  grant->token = g_strdup (bg_json_member_text (object, "auth_token"));
  grant->turn_secret = g_strdup (bg_json_member_text (object, "turn_secret"));
  grant->address = g_strdup (bg_json_member_text (object, "address"));
  grant->subnet = g_strdup (bg_json_member_text (object, "subnet"));
  if (grant->turn_secret == NULL)
    grant->turn_secret = g_strdup ("");

  if (grant->server_url == NULL)
    bg_service_answer_lacks ("server_url", error);
  else if (grant->token == NULL)
    bg_service_answer_lacks ("auth_token", error);
  else if (grant->address == NULL)
    bg_service_answer_lacks ("address", error);
  else if (grant->subnet == NULL)
    bg_service_answer_lacks ("subnet", error);
  else
    return g_steal_pointer (&grant);
  return NULL;
}

void
bg_service_invite_async (const BgServiceHub *hub, const char *signing_key,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  const BgServiceRequest request = { .method = SOUP_METHOD_POST,
                                     .path = "/invite",
                                     .invite_key = signing_key,
                                     .limit_s = BG_SERVICE_LIMIT_S };

  bg_service_request_async (hub, &request, cancellable, callback, data);
}

char *
bg_service_invite_finish (GAsyncResult *result, guint *expires_in, GError **error)
{
  g_autoptr (JsonObject) object = read_answer (result, error);
  g_autofree char *code = NULL;
  gint64 lifetime;

  if (!object)
    return NULL;
  code = bg_invite_code_tidy_typed (bg_json_member_text (object, "code"));
  if (!code)
    bg_service_answer_lacks ("code", error);
  else if (!bg_json_member_number (object, "expires_in", &lifetime))
    bg_service_answer_lacks ("expires_in", error);
  else
    {
      *expires_in = (guint) CLAMP (lifetime, 0, G_MAXINT);
      return g_steal_pointer (&code);
    }
  return NULL;
}

/* --- The network --- */

void
bg_service_network_info_async (const BgServiceHub *hub, const char *public_key,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer data)
{
  ask (hub, SOUP_METHOD_GET, "/network-info", public_key, cancellable, callback, data);
}

/* What is not as it should be is passed over. */
static void
take_device (JsonArray *array, guint index, JsonNode *node, gpointer devices)
{
  JsonObject *device = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *name = device ? bg_json_member_text (device, "device_name") : NULL,
             *key = device ? bg_json_member_text (device, "public_key") : NULL;

  if (name && bg_device_name_is_tolerable (name))
    g_hash_table_insert (devices, g_strdup (name), g_strdup (key ? key : ""));
}

static GHashTable *
devices_of (JsonObject *object)
{
  GHashTable *devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  JsonArray *list = bg_json_member_list (object, "devices");

  if (list)
    json_array_foreach_element (list, take_device, devices);
  return devices;
}

gboolean
bg_service_network_info_finish (GAsyncResult *result, char **next_address, char **subnet,
                                GHashTable **devices, GError **error)
{
  g_autoptr (JsonObject) object = read_answer (result, error);

  if (object == NULL)
    return FALSE;
  if (bg_json_member_text (object, "subnet") == NULL)
    return bg_service_answer_lacks ("subnet", error);
  *next_address = g_strdup (bg_json_member_text (object, "next_address"));
  *subnet = g_strdup (bg_json_member_text (object, "subnet"));
  if (devices)
    *devices = devices_of (object);
  return TRUE;
}

char *
bg_service_relay_secret_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (JsonObject) object = read_answer (result, error);
  const char *secret = object ? bg_json_member_text (object, "turn_secret") : NULL;

  return object ? g_strdup (secret ? secret : "") : NULL;
}
