/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-reply.h"

#include <string.h>

enum
{
  STATUS_TOO_MANY_REQUESTS = 429,
};

/* In place of what was to be said before, behind which libsoup would put it. Takes `text`. */
static void
set_body (SoupServerMessage *message, const char *type, char *text)
{
  soup_message_body_truncate (soup_server_message_get_response_body (message));
  soup_server_message_set_response (message, type, SOUP_MEMORY_TAKE, text, strlen (text));
}

void
bg_hub_reply_text (SoupServerMessage *message, guint status, const char *text)
{
  soup_server_message_set_status (message, status, NULL);
  set_body (message, "text/plain; charset=utf-8", g_strdup (text));
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                "close");
}

void
bg_hub_reply_json (SoupServerMessage *message, guint status, JsonBuilder *builder)
{
  g_autoptr (JsonBuilder) keep = builder;
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  char *text = json_to_string (root, FALSE);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_server_message_set_status (message, status, NULL);
  set_body (message, "application/json", text);
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "Connection", "close");
}

void
bg_hub_reply_ok (SoupServerMessage *message)
{
  JsonBuilder *object = bg_hub_object_new ();

  bg_hub_object_add_flag (object, "ok", TRUE);
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (object));
}

void
bg_hub_reply_error (SoupServerMessage *message, guint status, const char *error)
{
  JsonBuilder *object = bg_hub_object_new ();

  bg_hub_object_add_text (object, "error", error);
  bg_hub_reply_json (message, status, json_builder_end_object (object));
}

void
bg_hub_reply_patience (SoupServerMessage *message, guint wait_s, const char *error)
{
  g_autofree char *wait = g_strdup_printf ("%u", wait_s);

  bg_hub_reply_error (message, STATUS_TOO_MANY_REQUESTS, error);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                wait);
}

/* Promises */

typedef struct
{
  SoupServerMessage *message;
  BgHubWriter *writer;
  GMainContext *context; /* the connection's */
  gboolean is_over;      /* the client has left meanwhile */
} Promise;

static void
on_message_over (SoupServerMessage *message, Promise *promise)
{
  promise->is_over = TRUE;
}

static void
on_written (gpointer data)
{
  Promise *promise = data;

  g_signal_handlers_disconnect_by_data (promise->message, promise);
  if (!promise->is_over)
    soup_server_message_unpause (promise->message);
  g_main_context_wakeup (promise->context); /* as its owner is this thread, libsoup does not */
  g_main_context_unref (promise->context);
  g_object_unref (promise->message);
  g_free (promise);
}

/* What is not on the disk is not promised. */
static void
on_written_or_not (gpointer data)
{
  Promise *promise = data;

  if (!promise->is_over && bg_hub_writer_get_trouble (promise->writer) != NULL)
    bg_hub_reply_error (promise->message, SOUP_STATUS_SERVICE_UNAVAILABLE,
                        "the hub cannot write its database");
  on_written (promise);
}

static Promise *
promise_new (SoupServerMessage *message, BgHubWriter *writer)
{
  Promise *promise = g_new0 (Promise, 1);

  promise->writer = writer;
  promise->message = g_object_ref (message);
  promise->context = g_main_context_ref_thread_default ();
  g_signal_connect (message, "finished", G_CALLBACK (on_message_over), promise);
  g_signal_connect (message, "disconnected", G_CALLBACK (on_message_over), promise);
  soup_server_message_pause (message);
  return promise;
}

void
bg_hub_reply_when_written (SoupServerMessage *message, BgHubWriter *writer)
{
  bg_hub_writer_wait (writer, on_written, promise_new (message, writer));
}

void
bg_hub_reply_once_written (SoupServerMessage *message, BgHubWriter *writer)
{
  bg_hub_writer_wait_firmly (writer, on_written_or_not, promise_new (message, writer));
}

/* Objects */

JsonBuilder *
bg_hub_object_new (void)
{
  return json_builder_begin_object (json_builder_new ());
}

void
bg_hub_object_add_text (JsonBuilder *object, const char *key, const char *text)
{
  json_builder_set_member_name (object, key);
  if (text != NULL)
    json_builder_add_string_value (object, text);
  else
    json_builder_add_null_value (object);
}

void
bg_hub_object_add_number (JsonBuilder *object, const char *key, guint64 number)
{
  json_builder_set_member_name (object, key);
  json_builder_add_int_value (object, (gint64) number);
}

void
bg_hub_object_add_flag (JsonBuilder *object, const char *key, gboolean flag)
{
  json_builder_set_member_name (object, key);
  json_builder_add_boolean_value (object, flag);
}
