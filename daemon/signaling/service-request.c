/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/service-request.h"

#include "common/error.h"
#include "common/json-member.h"
#include "common/printable.h"
#include "common/signal-message.h"
#include "common/time-limit.h"
#include "signaling/dialled-hub.h"
#include "signaling/server-pin.h"
#include "signaling/signaling-client.h"
#include "signaling/signaling-reason.h"

#include <string.h>

enum
{
  FIRST_ROOM = 8 * 1024,
  LONGEST_WAIT_S = 24 * 3600,
  REASON_SHOWN = 200, /* of what the hub says */
  STATUS_TOO_MANY = 429,
};

typedef struct
{
  SoupSession *session;
  SoupMessage *message;
  GInputStream *body;
  BgTimeLimit time;
  guint limit_s;
  gint64 came_at_us;
  gboolean has_pin, headers_only;
  char *said; /* so far; it may hold secrets */
  gsize len, room, limit;
} Request;

static void
wipe (gpointer data, gsize len)
{
  if (data)
    explicit_bzero (data, len);
  g_free (data);
}

static void
request_free (gpointer data)
{
  Request *request = data;

  bg_time_limit_end (&request->time);
  g_clear_object (&request->body);
  g_clear_object (&request->message);
  g_clear_object (&request->session);
  wipe (request->said, request->room);
  g_free (request);
}

static void
return_trouble (GTask *task, const GError *cause)
{
  Request *request = g_task_get_task_data (task);
  GUri *hub = soup_message_get_uri (request->message);
  BgWords *reason;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (request->time.is_late)
    {
      bg_task_return_error (task, BG_ERROR_TIMEOUT, HUB_LATE, request->limit_s);
      return;
    }
  reason = bg_signaling_reason_of_error (cause, hub, request->has_pin);
  g_task_return_error (task, bg_error_new_take (BG_ERROR_FAILED, reason));
}

/* --- The answer --- */

void
bg_service_answer_free (BgServiceAnswer *answer)
{
  if (!answer)
    return;
  g_clear_pointer (&answer->headers, soup_message_headers_unref);
  g_clear_pointer (&answer->body, json_object_unref);
  g_free (answer);
}

static void
return_answer (GTask *task)
{
  Request *request = g_task_get_task_data (task);
  BgServiceAnswer *answer = g_new0 (BgServiceAnswer, 1);

  answer->came_at_us = request->came_at_us;
  answer->status = soup_message_get_status (request->message);
  answer->headers = soup_message_headers_ref (soup_message_get_response_headers (request->message));
  answer->body = request->len > request->limit ? NULL
                                               : bg_json_object_parse (request->said, request->len);
  g_task_return_pointer (task, answer, (GDestroyNotify) bg_service_answer_free);
}

static void read_more (GTask *task);

static void
on_body_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (n < 0)
    {
      return_trouble (task, error);
      return;
    }
  request->len += (gsize) n;
  if (n == 0 || request->len > request->limit)
    return_answer (task);
  else
    read_more (task);
}

/* What is outgrown is wiped. */
static void
make_room (Request *request)
{
  gsize room = request->room ? request->room * 2 : FIRST_ROOM;
  char *larger;

  if (request->len < request->room)
    return;
  larger = g_malloc (room);
  if (request->said)
    memcpy (larger, request->said, request->len);
  wipe (request->said, request->room);
  request->said = larger;
  request->room = room;
}

static void
read_more (GTask *task)
{
  Request *request = g_task_get_task_data (task);

  make_room (request);
  g_input_stream_read_async (request->body, request->said + request->len,
                             request->room - request->len, G_PRIORITY_DEFAULT,
                             request->time.cancellable, on_body_read, g_object_ref (task));
}

static void
on_message_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  request->body = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  request->came_at_us = g_get_real_time ();
  if (!request->body)
    return_trouble (task, error);
  else if (request->headers_only)
    return_answer (task);
  else
    read_more (task);
}

/* --- The message --- */

static void
authorize (SoupMessage *message, const char *bearer)
{
  char *value = g_strconcat ("Bearer ", bearer, NULL);

  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", value);
  wipe (value, strlen (value));
}

static SoupMessage *
message_new (const char *url, const BgServiceHub *hub, const BgServiceRequest *request)
{
  g_autofree char *base = bg_server_url_http_base (url);
  g_autofree char *whole = g_strconcat (base, request->path, NULL);
  SoupMessage *message = soup_message_new (request->method, whole);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION);
  soup_message_disable_feature (message, SOUP_TYPE_AUTH_MANAGER);
  if (hub->bearer)
    authorize (message, hub->bearer);
  if (request->public_key)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Bamgate-Public-Key",
                                  request->public_key);
  if (request->invite_key)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Bamgate-Invite-Key",
                                  request->invite_key);
  if (request->body)
    soup_message_set_request_body_from_bytes (message, "application/json", request->body);
  bg_server_pin_attach (message, hub->pin);
  return message;
}

/* Takes `message`. */
static Request *
request_new (SoupMessage *message, const BgServiceHub *hub, const BgServiceRequest *wish)
{
  Request *request = g_new0 (Request, 1);

  request->message = message;
  request->has_pin = hub->pin != NULL;
  request->headers_only = wish->headers_only;
  request->limit_s = wish->limit_s;
  request->limit = wish->body_limit ? wish->body_limit : BG_SERVICE_SHORT_BODY;
  request->session = bg_server_pin_session_new (hub->pin);
  return request;
}

static gboolean
is_usable (const BgServiceHub *hub, const char *url, GError **error)
{
  if (!bg_server_pin_check (hub->pin, url, error))
    return FALSE;
  if (!hub->bearer || bg_dialled_hub_is_token (hub->bearer))
    return TRUE;
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, TOKEN_BAD);
  return FALSE;
}

void
bg_service_request_async (const BgServiceHub *hub, const BgServiceRequest *wish,
                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  GError *error = NULL;
  g_autofree char *url = bg_server_url_normalize (hub->url, &error);
  Request *request;

  g_task_set_source_tag (task, bg_service_request_async);
  if (!url || !is_usable (hub, url, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request = request_new (message_new (url, hub, wish), hub, wish);
  g_task_set_task_data (task, request, request_free);
  bg_time_limit_begin (&request->time, wish->limit_s * 1000, cancellable);
  soup_session_send_async (request->session, request->message, G_PRIORITY_DEFAULT,
                           request->time.cancellable, on_message_sent, g_object_ref (task));
}

BgServiceAnswer *
bg_service_request_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- What it means --- */

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

/* Of the others it is known what they mean, and what to do. */
static gboolean
speaks_for_itself (guint status)
{
  switch (status)
    {
    case SOUP_STATUS_UNAUTHORIZED:
    case SOUP_STATUS_NOT_FOUND:
    case SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED:
    case BG_SERVICE_MISDIRECTED:
    case STATUS_TOO_MANY:
      return FALSE;
    default:
      return (status >= 400 && status < 500) || status == SOUP_STATUS_SERVICE_UNAVAILABLE;
    }
}

static BgWords *
reason_of (const BgServiceAnswer *answer)
{
  const char *wait = soup_message_headers_get_one (answer->headers, "Retry-After");
  const char *where = answer->body ? bg_json_member_text (answer->body, "url") : NULL;
  g_autofree char *shown = bg_printable (where ? where : "");
  g_autofree char *why = bg_printable_start (bg_service_answer_why_not (answer), REASON_SHOWN);

  if (answer->status == BG_SERVICE_MISDIRECTED && where)
    return bg_words (HUB_MOVED_TO, shown);
  if (answer->status == SOUP_STATUS_INSUFFICIENT_STORAGE)
    return bg_words (NO_FREE_ADDRESS);
  if (answer->status == STATUS_TOO_MANY && wait)
    return bg_words (TOO_MANY_ATTEMPTS,
                     (guint) MIN (g_ascii_strtoull (wait, NULL, 10), LONGEST_WAIT_S));
  if (speaks_for_itself (answer->status) && *why)
    return bg_words (HUB_REFUSED_SAYING, why, answer->status);
  return bg_signaling_reason_of_status (answer->status);
}

JsonObject *
bg_service_answer_read (const BgServiceAnswer *answer, GError **error)
{
  if (answer->status != SOUP_STATUS_OK)
    bg_error_set_take (error, code_of_status (answer->status), reason_of (answer));
  else if (!answer->body)
    bg_error_set (error, BG_ERROR_SERVICE, NOT_AS_A_HUB);
  else
    return answer->body;
  return NULL;
}

const char *
bg_service_answer_why_not (const BgServiceAnswer *answer)
{
  const char *why = answer->body ? bg_json_member_text (answer->body, "error") : NULL;

  return why ? why : "";
}

gboolean
bg_service_answer_lacks (const char *member, GError **error)
{
  bg_error_set (error, BG_ERROR_SERVICE, HUB_ANSWER_BAD, member);
  return FALSE;
}

JsonArray *
bg_service_answer_list (JsonObject *said, const char *member, GError **error)
{
  JsonArray *list = said ? bg_json_member_list (said, member) : NULL;

  if (said && !list)
    bg_service_answer_lacks (member, error);
  return list;
}

/* --- What is sent --- */

typedef struct
{
  char *text;
  gsize len;
} Body;

static void
body_free (gpointer data)
{
  Body *body = data;

  wipe (body->text, body->len);
  g_free (body);
}

GBytes *
bg_service_body_new (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json_builder_end_object (builder));
  Body *body = g_new (Body, 1);

  body->text = json_to_string (root, FALSE);
  body->len = strlen (body->text);
  return g_bytes_new_with_free_func (body->text, body->len, body_free, body);
}
