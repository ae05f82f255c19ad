/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/service-look.h"

#include "common/error.h"
#include "common/source.h"
#include "signaling/server-pin.h"
#include "signaling/signaling-client.h"
#include "signaling/signaling-reason.h"

/* The server's second has begun, and not ended. */
#define HALF_SECOND_US (G_USEC_PER_SEC / 2)

enum
{
  TIME_LIMIT_S = 5,
};

typedef struct
{
  SoupSession *session;
  SoupMessage *message;
  GCancellable *cancellable; /* ours: the caller's and the time limit end it */
  GCancellable *caller;
  gulong caller_handler;
  GSource *limit;
  gboolean has_pin, is_late, has_clock;
  gint64 ahead_us;
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;

  bg_source_drop (&look->limit);
  g_cancellable_disconnect (look->caller, look->caller_handler);
  g_clear_object (&look->caller);
  g_object_unref (look->cancellable);
  g_object_unref (look->message);
  g_object_unref (look->session);
  g_free (look);
}

static void
read_clock (Look *look)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (look->message);
  const char *text = soup_message_headers_get_one (headers, "Date");
  g_autoptr (GDateTime) date = text ? soup_date_time_new_from_http_string (text) : NULL;

  if (!date)
    return;
  look->has_clock = TRUE;
  look->ahead_us = g_get_real_time ()
                   - (g_date_time_to_unix (date) * G_USEC_PER_SEC + HALF_SECOND_US);
}

static gboolean
on_limit (gpointer data)
{
  Look *look = data;

  look->is_late = TRUE;
  g_cancellable_cancel (look->cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_caller_cancelled (GCancellable *caller, GCancellable *cancellable)
{
  g_cancellable_cancel (cancellable);
}

static void
return_trouble (GTask *task, const GError *cause)
{
  Look *look = g_task_get_task_data (task);
  GUri *hub = soup_message_get_uri (look->message);
  BgWords *reason;

  if (g_task_return_error_if_cancelled (task))
    return;
  reason = look->is_late ? bg_words (HUB_LATE, TIME_LIMIT_S)
                         : bg_signaling_reason_of_error (cause, hub, look->has_pin);
  g_task_return_error (task, bg_error_new_take (BG_ERROR_FAILED, reason));
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Look *look = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) body = soup_session_send_finish (SOUP_SESSION (source), result, &error);

  if (body)
    {
      read_clock (look);
      g_task_return_boolean (task, TRUE);
    }
  else
    return_trouble (task, error);
}

static Look *
look_new (const char *url, const char *pin, GCancellable *caller)
{
  g_autofree char *base = bg_server_url_http_base (url), *whole = g_strconcat (base, "/", NULL);
  Look *look = g_new0 (Look, 1);

  look->session = bg_server_pin_session_new (pin);
  look->message = soup_message_new (SOUP_METHOD_GET, whole);
  look->has_pin = pin != NULL;
  look->cancellable = g_cancellable_new ();
  look->caller = caller ? g_object_ref (caller) : NULL;
  if (caller)
    look->caller_handler = g_cancellable_connect (caller, G_CALLBACK (on_caller_cancelled),
                                                  g_object_ref (look->cancellable), g_object_unref);
  soup_message_add_flags (look->message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION);
  soup_message_disable_feature (look->message, SOUP_TYPE_AUTH_MANAGER);
  bg_server_pin_attach (look->message, pin);
  return look;
}

void
bg_service_look_async (const char *url, const char *pin, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  GError *error = NULL;
  g_autofree char *normal = bg_server_url_normalize (url, &error);
  Look *look;

  g_task_set_source_tag (task, bg_service_look_async);
  if (!normal || !bg_server_pin_check (pin, normal, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  look = look_new (normal, pin, cancellable);
  g_task_set_task_data (task, look, look_free);
  bg_source_arm (&look->limit, TIME_LIMIT_S * 1000, on_limit, look);
  soup_session_send_async (look->session, look->message, G_PRIORITY_DEFAULT, look->cancellable,
                           on_sent, g_object_ref (task));
}

gboolean
bg_service_look_finish (GAsyncResult *result, gboolean *has_clock, gint64 *ahead_us, GError **error)
{
  const Look *look = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *has_clock = look->has_clock;
  *ahead_us = look->ahead_us;
  return TRUE;
}
