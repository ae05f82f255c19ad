/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/signaling-client.h"
#include "signaling/server-pin.h"
#include "signaling/signaling-reason.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/invite-code.h"
#include "common/json-member.h"
#include "common/printable.h"
#include "common/source.h"

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <string.h>

enum
{
  TIME_LIMIT_S = 15,
  BODY_LIMIT = 64 * 1024,
};

typedef struct
{
  SoupSession *session;
  SoupMessage *message;
  GInputStream *body;
  GCancellable *cancellable; /* ours: the caller's and the time limit end it */
  GCancellable *caller;
  gulong caller_handler;
  GSource *time_limit;
  gboolean is_late, has_pin;
  char buffer[BODY_LIMIT + 1]; /* one more than may come, and the NUL of a whole one */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  if (request->caller != NULL)
    g_cancellable_disconnect (request->caller, request->caller_handler);
  g_clear_object (&request->caller);
  bg_source_drop (&request->time_limit);
  g_clear_object (&request->body);
  g_clear_object (&request->message);
  g_clear_object (&request->session);
  g_clear_object (&request->cancellable);
  explicit_bzero (request->buffer, sizeof request->buffer); /* it held a token */
  g_free (request);
}

static gboolean
on_time_limit (gpointer data)
{
  Request *request = data;

  request->is_late = TRUE;
  g_cancellable_cancel (request->cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_caller_cancelled (GCancellable *caller, GCancellable *cancellable)
{
  g_cancellable_cancel (cancellable);
}

/* Failures */

static void
return_trouble (GTask *task, const GError *cause)
{
  Request *request = g_task_get_task_data (task);
  GUri *hub = soup_message_get_uri (request->message);
  BgWords *reason;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (request->is_late)
    {
      bg_task_return_error (task, BG_ERROR_TIMEOUT, HUB_LATE, TIME_LIMIT_S);
      return;
    }
  reason = bg_signaling_reason_of_error (cause, hub, request->has_pin);
  g_task_return_error (task, bg_error_new_take (BG_ERROR_FAILED, reason));
}

static gboolean
is_redeem (GTask *task)
{
  return g_task_get_source_tag (task) == bg_service_redeem_async;
}

static BgError
code_of_status (guint status)
{
  switch (status)
    {
    case SOUP_STATUS_UNAUTHORIZED:
    case SOUP_STATUS_FORBIDDEN:
      return BG_ERROR_NOT_AUTHORIZED;
    case SOUP_STATUS_NOT_FOUND:
    case SOUP_STATUS_GONE:
      return BG_ERROR_NOT_FOUND;
    default:
      return BG_ERROR_SERVICE;
    }
}

static void
return_status (GTask *task, guint status)
{
  Request *request = g_task_get_task_data (task);
  SoupMessageHeaders *headers = soup_message_get_response_headers (request->message);
  const char *wait = soup_message_headers_get_one (headers, "Retry-After");
  BgWords *reason;

  if (is_redeem (task) && status == SOUP_STATUS_NOT_FOUND)
    reason = bg_words (INVITE_UNKNOWN);
  else if (is_redeem (task) && status == SOUP_STATUS_GONE)
    reason = bg_words (INVITE_EXPIRED);
  else if (status == SOUP_STATUS_INSUFFICIENT_STORAGE)
    reason = bg_words (NO_FREE_ADDRESS);
  else if (status == 429 && wait != NULL)
    reason = bg_words (TOO_MANY_ATTEMPTS, (guint) MIN (g_ascii_strtoull (wait, NULL, 10), 86400));
  else
    reason = bg_signaling_reason_of_status (status);
  g_task_return_error (task, bg_error_new_take (code_of_status (status), reason));
}

static void
return_nonsense (GTask *task)
{
  bg_task_return_error (task, BG_ERROR_SERVICE, NOT_AS_A_HUB);
}

/* A request, from the message to the whole body */

static void
on_body_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonNode *root;
  gsize len;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &len, &error))
    {
      return_trouble (task, error);
      return;
    }
  if (soup_message_get_status (request->message) != SOUP_STATUS_OK)
    {
      return_status (task, soup_message_get_status (request->message));
      return;
    }
  if (len > BODY_LIMIT || !bg_json_shape_is_fine (request->buffer, len, NULL)
      || !json_parser_load_from_data (parser, request->buffer, (gssize) len, NULL)
      || (root = json_parser_get_root (parser)) == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      return_nonsense (task);
      return;
    }
  g_task_return_pointer (task, json_object_ref (json_node_get_object (root)),
                         (GDestroyNotify) json_object_unref);
}

static void
on_message_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  request->body = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (request->body == NULL)
    {
      return_trouble (task, error);
      return;
    }
  g_input_stream_read_all_async (request->body, request->buffer, BODY_LIMIT + 1, G_PRIORITY_DEFAULT,
                                 request->cancellable, on_body_read, g_steal_pointer (&task));
}

/* `url` is normalised. `public_key` travels as a header: a hub that does not know it ignores it. */
static SoupMessage *
message_new (const char *method, const char *url, const char *path, const char *token,
             const char *public_key)
{
  g_autofree char *base = bg_server_url_http_base (url);
  g_autofree char *whole = g_strconcat (base, path, NULL);
  SoupMessage *message = soup_message_new (method, whole);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION);
  soup_message_disable_feature (message, SOUP_TYPE_AUTH_MANAGER);
  if (token != NULL)
    {
      g_autofree char *bearer = g_strconcat ("Bearer ", token, NULL);

      soup_message_headers_replace (headers, "Authorization", bearer);
    }
  if (public_key != NULL)
    soup_message_headers_replace (headers, "Bamgate-Public-Key", public_key);
  return message;
}

/* Takes `message`. */
static void
send_request (GTask *task, SoupMessage *message, const char *pin)
{
  Request *request = g_new0 (Request, 1);
  GCancellable *caller = g_task_get_cancellable (task);

  g_task_set_task_data (task, request, request_free);
  request->message = message;
  request->has_pin = pin != NULL;
  request->session = bg_server_pin_session_new (pin);
  request->cancellable = g_cancellable_new ();
  bg_server_pin_attach (message, pin);
  if (caller != NULL)
    {
      request->caller = g_object_ref (caller);
      request->caller_handler = g_cancellable_connect (caller, G_CALLBACK (on_caller_cancelled),
                                                       g_object_ref (request->cancellable),
                                                       g_object_unref);
    }
  bg_source_arm (&request->time_limit, TIME_LIMIT_S * 1000, on_time_limit, request);
  soup_session_send_async (request->session, message, G_PRIORITY_DEFAULT, request->cancellable,
                           on_message_sent, g_object_ref (task));
}

static void
start_request (GTask *task, const char *method, const char *base_url, const char *path,
               const char *pin, const char *token, const char *public_key)
{
  GError *error = NULL;
  g_autofree char *url = bg_server_url_normalize (base_url, &error);

  if (url != NULL && bg_server_pin_check (pin, url, &error))
    send_request (task, message_new (method, url, path, token, public_key), pin);
  else
    g_task_return_error (task, error);
}

/* Answers */

static gboolean
set_nonsense (GError **error, const char *key)
{
  bg_error_set (error, BG_ERROR_SERVICE, HUB_ANSWER_BAD, key);
  return FALSE;
}

void
bg_invite_grant_free (BgInviteGrant *grant)
{
  if (grant == NULL)
    return;
  g_free (grant->server_url);
  if (grant->token != NULL)
    explicit_bzero (grant->token, strlen (grant->token));
  if (grant->turn_secret != NULL)
    explicit_bzero (grant->turn_secret, strlen (grant->turn_secret));
  g_free (grant->token);
  g_free (grant->turn_secret);
  g_free (grant->address);
  g_free (grant->subnet);
  g_free (grant);
}

/* People put blanks in too; NULL where it cannot be a code. */
static char *
tidy_code (const char *code)
{
  g_autoptr (GString) solid = g_string_new (NULL);

  for (const char *p = code != NULL ? code : ""; *p != '\0'; p++)
    if (!g_ascii_isspace (*p))
      g_string_append_c (solid, *p);
  return bg_invite_code_tidy (solid->str);
}

void
bg_service_redeem_async (const char *base_url, const char *pin, const char *code,
                         const char *public_key, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  g_autofree char *tidy = tidy_code (code);
  g_autofree char *path = g_strconcat ("/invite/", tidy, NULL);

  g_task_set_source_tag (task, bg_service_redeem_async);
  if (tidy == NULL)
    bg_task_return_error (task, BG_ERROR_INVALID_ARGUMENT, INVITE_BAD);
  else
    start_request (task, SOUP_METHOD_GET, base_url, path, pin, NULL, public_key);
}

BgInviteGrant *
bg_service_redeem_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (JsonObject) object = g_task_propagate_pointer (G_TASK (result), error);
  g_autoptr (BgInviteGrant) grant = NULL;

  if (object == NULL)
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
    set_nonsense (error, "server_url");
  else if (grant->token == NULL)
    set_nonsense (error, "auth_token");
  else if (grant->address == NULL)
    set_nonsense (error, "address");
  else if (grant->subnet == NULL)
    set_nonsense (error, "subnet");
  else
    return g_steal_pointer (&grant);
  return NULL;
}

void
bg_service_invite_async (const char *base_url, const char *pin, const char *token,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, bg_service_invite_async);
  start_request (task, SOUP_METHOD_POST, base_url, "/invite", pin, token, NULL);
}

char *
bg_service_invite_finish (GAsyncResult *result, guint *expires_in, GError **error)
{
  g_autoptr (JsonObject) object = g_task_propagate_pointer (G_TASK (result), error);
  g_autofree char *code = NULL;
  JsonNode *lifetime;

  if (object == NULL)
    return NULL;
  code = tidy_code (bg_json_member_text (object, "code"));
  lifetime = json_object_get_member (object, "expires_in");
  if (code == NULL)
    set_nonsense (error, "code");
  else if (lifetime == NULL || !JSON_NODE_HOLDS_VALUE (lifetime)
           || json_node_get_value_type (lifetime) != G_TYPE_INT64)
    set_nonsense (error, "expires_in");
  else
    {
      *expires_in = (guint) CLAMP (json_node_get_int (lifetime), 0, G_MAXINT);
      return g_steal_pointer (&code);
    }
  return NULL;
}

void
bg_service_network_info_async (const char *base_url, const char *pin, const char *token,
                               const char *public_key, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, bg_service_network_info_async);
  start_request (task, SOUP_METHOD_GET, base_url, "/network-info", pin, token, public_key);
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
  JsonNode *node = json_object_get_member (object, "devices");

  if (node && JSON_NODE_HOLDS_ARRAY (node))
    json_array_foreach_element (json_node_get_array (node), take_device, devices);
  return devices;
}

gboolean
bg_service_network_info_finish (GAsyncResult *result, char **next_address, char **subnet,
                                GHashTable **devices, GError **error)
{
  g_autoptr (JsonObject) object = g_task_propagate_pointer (G_TASK (result), error);

  if (object == NULL)
    return FALSE;
  if (bg_json_member_text (object, "subnet") == NULL)
    return set_nonsense (error, "subnet");
  *next_address = g_strdup (bg_json_member_text (object, "next_address"));
  *subnet = g_strdup (bg_json_member_text (object, "subnet"));
  if (devices)
    *devices = devices_of (object);
  return TRUE;
}

void
bg_service_relay_secret_async (const char *base_url, const char *pin, const char *token,
                               const char *public_key, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data)
{
  bg_service_network_info_async (base_url, pin, token, public_key, cancellable, callback, data);
}

char *
bg_service_relay_secret_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (JsonObject) object = g_task_propagate_pointer (G_TASK (result), error);
  const char *secret = object ? bg_json_member_text (object, "turn_secret") : NULL;

  return object ? g_strdup (secret ? secret : "") : NULL;
}
