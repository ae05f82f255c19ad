/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit/libbamgate/stage.h"

static char *
describe_call (GDBusMessage *message)
{
  GVariant *body = g_dbus_message_get_body (message);
  g_autofree char *text = body ? g_variant_print (body, FALSE) : g_strdup ("()");

  return g_strdup_printf ("%s %s", g_dbus_message_get_member (message), text);
}

static GDBusMessage *
answer_to (StageService *self, GDBusMessage *message)
{
  GVariant *answer = g_hash_table_lookup (self->answers, g_dbus_message_get_member (message));
  GDBusMessage *reply;

  if (!answer)
    return g_dbus_message_new_method_error_literal (
      message, "org.freedesktop.DBus.Error.UnknownMethod", "no such method");
  if (g_variant_is_of_type (answer, G_VARIANT_TYPE_STRING))
    return NULL;
  reply = g_dbus_message_new_method_reply (message);
  g_dbus_message_set_body (reply, answer);
  return reply;
}

static GDBusMessage *
on_message (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer data)
{
  StageService *self = data;
  g_autoptr (GDBusMessage) reply = NULL;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->calls, describe_call (message));
  reply = answer_to (self, message);
  g_mutex_unlock (&self->lock);
  if (reply)
    g_dbus_connection_send_message (connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  g_object_unref (message);
  return NULL;
}

GDBusConnection *
stage_connect (Stage *self)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
    g_test_dbus_get_bus_address (self->bus),
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static void
close_connection (GDBusConnection **connection)
{
  if (*connection)
    g_dbus_connection_close_sync (*connection, NULL, NULL);
  g_clear_object (connection);
}

/* --- A service --- */

StageService *
stage_service_new (Stage *stage)
{
  static const char *const none[] = { NULL };
  StageService *self = g_new0 (StageService, 1);

  g_mutex_init (&self->lock);
  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) g_variant_unref);
  self->calls = g_ptr_array_new_with_free_func (g_free);
  self->connection = stage_connect (stage);
  stage_service_answer_text (self, "GetAll", "({'State': <'online'>, 'Name': <'box'>},)");
  stage_service_set_peers (self, none);
  g_dbus_connection_add_filter (self->connection, on_message, self, NULL);
  return self;
}

void
stage_service_free (StageService *self)
{
  close_connection (&self->connection);
  g_hash_table_unref (self->answers);
  g_ptr_array_unref (self->calls);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
ask_bus (StageService *self, const char *method, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
    method, parameters, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  g_assert_no_error (error);
}

void
stage_service_take_name (StageService *self)
{
  ask_bus (
    self, "RequestName",
    g_variant_new ("(su)", STAGE_NAME,
                   G_BUS_NAME_OWNER_FLAGS_ALLOW_REPLACEMENT | G_BUS_NAME_OWNER_FLAGS_REPLACE));
}

void
stage_service_drop_name (StageService *self)
{
  ask_bus (self, "ReleaseName", g_variant_new ("(s)", STAGE_NAME));
}

void
stage_service_answer (StageService *self, const char *method, GVariant *answer)
{
  g_mutex_lock (&self->lock);
  if (answer)
    g_hash_table_replace (self->answers, g_strdup (method), g_variant_ref_sink (answer));
  else
    g_hash_table_remove (self->answers, method);
  g_mutex_unlock (&self->lock);
}

void
stage_service_answer_text (StageService *self, const char *method, const char *answer)
{
  stage_service_answer (self, method, g_variant_new_parsed (answer));
}

guint
stage_service_count_calls (StageService *self, const char *call)
{
  guint n = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->calls->len; i++)
    if (g_str_equal (self->calls->pdata[i], call))
      n++;
  g_mutex_unlock (&self->lock);
  return n;
}

void
stage_service_emit (StageService *self, const char *path, const char *interface, const char *signal,
                    const char *parameters)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (self->connection, NULL, path, interface, signal,
                                 g_variant_new_parsed (parameters), &error);
  g_assert_no_error (error);
}

/* --- An ordinary daemon --- */

char *
stage_peer_path (const char *id)
{
  return g_strdup_printf (STAGE_PATH "/peers/%s", id);
}

static GVariant *
peer_interfaces (const char *id)
{
  return g_variant_new_parsed ("{%s: {'Id': <%s>, 'State': <'connected'>, 'Path': <'ice'>}}",
                               STAGE_PEER, id);
}

void
stage_service_set_peers (StageService *self, const char *const *ids)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  for (; *ids; ids++)
    {
      g_autofree char *path = stage_peer_path (*ids);

      g_variant_builder_add (&builder, "{o@a{sa{sv}}}", path, peer_interfaces (*ids));
    }
  stage_service_answer (self, "GetManagedObjects", g_variant_new ("(a{oa{sa{sv}}})", &builder));
}

static void
emit (StageService *self, const char *signal, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (self->connection, NULL, STAGE_PATH, STAGE_MANAGER, signal,
                                 parameters, &error);
  g_assert_no_error (error);
}

void
stage_service_add_peer (StageService *self, const char *id)
{
  g_autofree char *path = stage_peer_path (id);

  emit (self, "InterfacesAdded", g_variant_new ("(o@a{sa{sv}})", path, peer_interfaces (id)));
}

void
stage_service_remove_peer (StageService *self, const char *id)
{
  const char *const interfaces[] = { STAGE_PEER, NULL };
  g_autofree char *path = stage_peer_path (id);

  emit (self, "InterfacesRemoved", g_variant_new ("(o^as)", path, interfaces));
}

/* --- The client's side --- */

void
stage_set_up (Stage *self, gconstpointer data)
{
  self->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (self->bus);
  self->mine = stage_connect (self);
  self->service = stage_service_new (self);
}

void
stage_tear_down (Stage *self, gconstpointer data)
{
  g_clear_pointer (&self->service, stage_service_free);
  close_connection (&self->mine);
  while (g_main_context_pending (NULL))
    g_main_context_iteration (NULL, FALSE);
  g_test_dbus_down (self->bus);
  g_object_unref (self->bus);
}

BamgateClient *
stage_client (Stage *self)
{
  g_autoptr (GError) error = NULL;
  BamgateClient *client = bamgate_client_new_for_connection_sync (self->mine, FALSE, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (BAMGATE_IS_CLIENT (client));
  return client;
}

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

void
stage_wait (gboolean (*done) (gpointer), gpointer data)
{
  gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  g_autoptr (GSource) tick = g_timeout_source_new (20);

  g_source_set_callback (tick, on_tick, NULL, NULL);
  g_source_attach (tick, NULL);
  while (!done (data) && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, TRUE);
  g_source_destroy (tick);
  g_assert_true (done (data));
}

/* The bus keeps the order of what one connection sends and another gets. */
void
stage_settle (Stage *self)
{
  for (guint i = 0; i < 2; i++)
    {
      g_dbus_connection_flush_sync (self->service->connection, NULL, NULL);
      ask_bus (self->service, "GetId", NULL);
      ask_bus (&(StageService){ .connection = self->mine }, "GetId", NULL);
      while (g_main_context_pending (NULL))
        g_main_context_iteration (NULL, FALSE);
    }
}

char *
stage_names (BamgateClient *client)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (client);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < peers->len; i++)
    g_string_append_printf (names, "%s%s", i ? " " : "", bamgate_peer_get_id (peers->pdata[i]));
  return g_string_free (g_steal_pointer (&names), FALSE);
}
