/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine in an account, alone: bound-account URL DIRECTORY POLL_MS. Takes "key KEY", "renew", "refresh" and "leave" as lines, and says how it
 * is as lines of JSON, {"event": "state", "state", "id", "ingress", "endpoints"}, until its input ends. */
#include "common/json-member.h"
#include "common/log.h"
#include "publish/operator.h"

#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <unistd.h>

typedef struct
{
  BgOperator *operator;
  GMainLoop *loop;
  GDataInputStream *orders;
} Account;

static void
add_endpoints (JsonBuilder *builder, GPtrArray *list)
{
  json_builder_begin_array (json_builder_set_member_name (builder, "endpoints"));
  for (guint i = 0; i < list->len; i++)
    json_builder_add_string_value (builder, ((BgWantedEndpoint *) list->pdata[i])->url);
  json_builder_end_array (builder);
}

static void
tell (Account *self, const char *event)
{
  BgEndpointSource *source = BG_ENDPOINT_SOURCE (self->operator);
  g_autoptr (GPtrArray) list = bg_endpoint_source_list (source);
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  g_autofree char *ingress = NULL, *text = NULL;
  g_autoptr (JsonNode) root = NULL;
  const BgWords *reason;
  const char *host;
  guint16 port;

  bg_operator_get_ingress (self->operator, & host, &port);
  ingress = g_strdup_printf ("%s:%u", host, port);
  bg_json_add_text (builder, "event", event);
  bg_json_add_text (builder, "state",
                    bg_source_state_get_name (bg_endpoint_source_get_state (source, &reason)));
  bg_json_add_text (builder, "reason", bg_words_get_text (reason));
  bg_json_add_text (builder, "id", bg_operator_get_id (self->operator));
  bg_json_add_text (builder, "ingress", ingress);
  add_endpoints (builder, list);
  root = json_builder_get_root (json_builder_end_object (builder));
  text = json_to_string (root, FALSE);
  puts (text);
  fflush (stdout);
}

static void
on_changed (BgOperator *operator, gpointer data)
{
  tell (data, "state");
}

static void
on_ingress_changed (BgOperator *operator, gpointer data)
{
  tell (data, "ingress");
}

static void
on_left (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  tell (data, bg_operator_unregister_finish (result, &error) ? "left" : "stays");
}

static void
obey (Account *self, const char *order)
{
  if (g_str_has_prefix (order, "key "))
    bg_operator_set_api_key (self->operator, order + sizeof "key");
  else if (g_str_equal (order, "renew"))
    bg_operator_renew (self->operator);
  else if (g_str_equal (order, "refresh"))
    bg_operator_refresh (self->operator);
  else if (g_str_equal (order, "leave"))
    bg_operator_unregister_async (self->operator, NULL, on_left, self);
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer data)
{
  Account *self = data;
  g_autofree char *line = g_data_input_stream_read_line_finish (self->orders, result, NULL, NULL);

  if (!line)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  obey (self, line);
  g_data_input_stream_read_line_async (self->orders, G_PRIORITY_DEFAULT, NULL, on_line, self);
}

int
main (int argc, char **argv)
{
  BgOperatorTiming timing = bg_operator_timing;
  BgOperatorOptions options = { .name = "account", .timing = &timing };
  g_autoptr (GError) error = NULL;
  Account self = { .loop = g_main_loop_new (NULL, FALSE) };
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);

  if (argc != 4)
    return 2;
  bg_log_init ("bound-account");
  bg_log_configure ("debug", NULL);
  options.api_url = argv[1];
  options.directory = argv[2];
  timing.poll_ms = (guint) g_ascii_strtoull (argv[3], NULL, 10);
  self.operator= bg_operator_new (&options, &error);
  if (!self.operator)
    g_error ("%s", error->message);
  g_signal_connect (self.operator, "changed", G_CALLBACK (on_changed), &self);
  g_signal_connect (self.operator, "ingress-changed", G_CALLBACK (on_ingress_changed), &self);
  self.orders = g_data_input_stream_new (input);
  tell (&self, "state");
  g_data_input_stream_read_line_async (self.orders, G_PRIORITY_DEFAULT, NULL, on_line, &self);
  g_main_loop_run (self.loop);
  g_object_unref (self.operator);
  g_object_unref (self.orders);
  g_main_loop_unref (self.loop);
  return 0;
}
