/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-request.h"

#include "common/time-limit.h"

enum
{
  STEP = 64 * 1024,
};

typedef struct
{
  SoupSession *session;
  SoupMessage *message;
  GInputStream *body;
  BgTimeLimit limit;
  GByteArray *said;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  bg_time_limit_end (&request->limit);
  g_clear_object (&request->body);
  g_clear_object (&request->message);
  g_clear_object (&request->session);
  g_byte_array_unref (request->said);
  g_free (request);
}

static void
return_answer (GTask *task, BgOperatorAnswer *take)
{
  g_task_return_pointer (task, take, (GDestroyNotify) bg_operator_answer_free);
}

static void
return_trouble (GTask *task, const GError *cause)
{
  Request *request = g_task_get_task_data (task);
  const char *host = g_uri_get_host (soup_message_get_uri (request->message));

  if (g_task_return_error_if_cancelled (task))
    return;
  return_answer (task, bg_operator_answer_new_none (
                         request->limit.is_late
                           ? bg_words (ACCOUNT_LATE, host, (guint) BG_OPERATOR_LIMIT_S)
                           : bg_words (ACCOUNT_UNREACHABLE, host, cause)));
}

static void
return_said (GTask *task)
{
  Request *request = g_task_get_task_data (task);
  SoupMessageHeaders *headers = soup_message_get_response_headers (request->message);

  return_answer (task,
                 bg_operator_answer_new (soup_message_get_status (request->message),
                                         soup_message_headers_get_one (headers, "Retry-After"),
                                         (const char *) request->said->data, request->said->len,
                                         g_get_real_time () / G_USEC_PER_SEC));
}

static void read_more (GTask *task);

/* An answer that came whole is one, and so is what was said before the other side hung up: a part of an object is none. */
static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes)
    bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  gsize len;
  const guint8 *start = bytes ? g_bytes_get_data (bytes, &len) : NULL;

  if (!bytes)
    return_trouble (task, error);
  else if (len == 0)
    return_said (task);
  else if (request->said->len + len > BG_OPERATOR_BODY_MAX)
    return_answer (task, bg_operator_answer_new_none (bg_words (ACCOUNT_GARBLED)));
  else
    {
      g_byte_array_append (request->said, start, (guint) len);
      read_more (task);
    }
}

static void
read_more (GTask *task)
{
  Request *request = g_task_get_task_data (task);

  g_input_stream_read_bytes_async (request->body, STEP, G_PRIORITY_DEFAULT,
                                   request->limit.cancellable, on_read, g_object_ref (task));
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  request->body = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (request->body)
    read_more (task);
  else
    return_trouble (task, error);
}

/* Takes `message`. */
static Request *
request_new (SoupSession *session, SoupMessage *message)
{
  Request *request = g_new0 (Request, 1);

  request->session = g_object_ref (session);
  request->message = message;
  request->said = g_byte_array_new ();
  return request;
}

void
bg_operator_request_async (SoupSession *session, SoupMessage *message, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Request *request = request_new (session, message);

  g_task_set_source_tag (task, bg_operator_request_async);
  g_task_set_task_data (task, request, request_free);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  bg_time_limit_begin (&request->limit, BG_OPERATOR_LIMIT_S * 1000, cancellable);
  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, request->limit.cancellable,
                           on_sent, g_object_ref (task));
}

BgOperatorAnswer *
bg_operator_request_finish (GAsyncResult *result, gsize *size, GError **error)
{
  Request *request = g_task_get_task_data (G_TASK (result));

  *size += request->said->len;
  return g_task_propagate_pointer (G_TASK (result), error);
}
