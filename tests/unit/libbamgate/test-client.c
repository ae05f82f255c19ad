/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client and the daemons that come and go below it. */
#include "unit/libbamgate/stage.h"

static const char *const some[] = { "home", "Attic", "office", NULL };

/* Writes every change of the list as "position-removed+added". */
static void
on_items_changed (GListModel *peers, guint position, guint removed, guint added, GString *record)
{
  g_string_append_printf (record, "%u-%u+%u ", position, removed, added);
}

static GString *
record_changes (BamgateClient *client)
{
  GString *record = g_string_new (NULL);

  g_signal_connect (bamgate_client_get_peers (client), "items-changed",
                    G_CALLBACK (on_items_changed), record);
  return record;
}

static void
assert_names (BamgateClient *client, const char *expected)
{
  g_autofree char *names = stage_names (client);

  g_assert_cmpstr (names, ==, expected);
}

static void
test_list (Stage *stage, gconstpointer data)
{
  g_autoptr (BamgateClient) client = NULL;
  g_autoptr (GString) record = NULL;
  BamgatePeer *home;

  stage_service_set_peers (stage->service, some);
  stage_service_take_name (stage->service);
  client = stage_client (stage);
  record = record_changes (client);
  assert_names (client, "Attic home office");
  home = bamgate_client_find_peer (client, "home");
  g_assert_true (bamgate_bus_object_get_client (BAMGATE_BUS_OBJECT (home)) == client);

  stage_service_add_peer (stage->service, "barn");
  stage_service_add_peer (stage->service, "zoo");
  stage_service_add_peer (stage->service, "zoo"); /* twice is once */
  stage_service_remove_peer (stage->service, "Attic");
  stage_service_remove_peer (stage->service, "nobody");
  stage_settle (stage);
  assert_names (client, "barn home office zoo");
  g_assert_cmpstr (record->str, ==, "1-0+1 4-0+1 0-1+0 ");

  g_string_truncate (record, 0);
  stage_service_emit (stage->service, STAGE_PATH "/peers/home", STAGE_PROPERTIES,
                      "PropertiesChanged",
                      "('" STAGE_PEER "', {'Id': <'yard'>, 'Path': <'direct'>}, @as [])");
  stage_settle (stage);
  assert_names (client, "barn office yard zoo");
  g_assert_cmpstr (record->str, ==, "1-1+0 2-0+1 ");
  g_assert_true (bamgate_client_find_peer (client, "yard") == home);
  g_assert_cmpint (bamgate_peer_get_path (home), ==, BAMGATE_PATH_DIRECT);
  g_signal_handlers_disconnect_by_data (bamgate_client_get_peers (client), record);
}

static void
on_notify (GObject *object, GParamSpec *pspec, GString *record)
{
  g_string_append_printf (record, "%s ", pspec->name);
}

/* Only what became another value is notified, and once. */
static void
test_notify (Stage *stage, gconstpointer data)
{
  g_autoptr (BamgateClient) client = NULL;
  g_autoptr (GString) record = g_string_new (NULL);

  stage_service_take_name (stage->service);
  client = stage_client (stage);
  g_signal_connect (client, "notify", G_CALLBACK (on_notify), record);
  stage_service_emit (stage->service, STAGE_PATH, STAGE_PROPERTIES, "PropertiesChanged",
                      "('" STAGE_NAME "', {'State': <'online'>, 'Name': <'box'>}, @as [])");
  stage_settle (stage);
  g_assert_cmpstr (record->str, ==, "");
  stage_service_emit (stage->service, STAGE_PATH, STAGE_PROPERTIES, "PropertiesChanged",
                      "('" STAGE_NAME "', {'Drops': <@a{st} {'no-peer': 1}>, 'Name': <'box'>}, "
                      "['State'])");
  stage_settle (stage);
  g_assert_cmpstr (record->str, ==, "drops state ");
  g_assert_cmpint (bamgate_client_get_state (client), ==, BAMGATE_STATE_UNKNOWN);
  g_signal_handlers_disconnect_by_data (client, record);
}

/* --- Daemons come and go --- */

static gboolean
is_running (gpointer client)
{
  return bamgate_client_get_running (client);
}

static gboolean
is_away (gpointer client)
{
  return !bamgate_client_get_running (client);
}

/* Whoever hears of it finds all of it so. */
static void
on_running (BamgateClient *client, GParamSpec *pspec, GString *record)
{
  g_string_append_printf (record, "%s:%d ", bamgate_client_get_running (client) ? "there" : "away",
                          bamgate_client_get_state (client));
}

static void
test_restart (Stage *stage, gconstpointer data)
{
  g_autoptr (BamgateClient) client = NULL;
  g_autoptr (GString) record = g_string_new (NULL), told = g_string_new (NULL);
  g_autoptr (BamgatePeer) home = NULL;

  stage_service_set_peers (stage->service, some);
  stage_service_answer_text (stage->service, "SetStatisticsInterval", "()");
  stage_service_take_name (stage->service);
  client = stage_client (stage);
  g_assert_true (bamgate_client_set_statistics_interval_sync (client, 500, NULL, NULL));
  home = g_object_ref (bamgate_client_find_peer (client, "home"));
  g_signal_connect (home, "notify::client", G_CALLBACK (on_notify), told);
  g_signal_connect (client, "notify::running", G_CALLBACK (on_running), record);

  stage_service_free (stage->service);
  stage_wait (is_away, client);
  assert_names (client, "");
  g_assert_null (bamgate_bus_object_get_client (BAMGATE_BUS_OBJECT (home)));
  g_assert_cmpstr (told->str, ==, "client ");
  g_assert_cmpstr (bamgate_peer_get_id (home), ==, "home");
  g_assert_cmpstr (bamgate_client_get_name (client), ==, "");

  stage->service = stage_service_new (stage);
  stage_service_set_peers (stage->service, some);
  stage_service_take_name (stage->service);
  stage_wait (is_running, client);
  assert_names (client, "Attic home office");
  g_assert_true (bamgate_client_find_peer (client, "home") != home);
  g_assert_cmpstr (bamgate_client_get_name (client), ==, "box");
  g_assert_cmpstr (record->str, ==, "away:0 there:3 ");
  stage_settle (stage);
  g_assert_cmpuint (stage_service_count_calls (stage->service, "SetStatisticsInterval (500,)"), ==,
                    1);
  g_signal_handlers_disconnect_by_data (client, record);
  g_signal_handlers_disconnect_by_data (home, told);
}

static gboolean
is_named_other (gpointer client)
{
  return g_str_equal (bamgate_client_get_name (client), "other");
}

/* The name goes from one hand to another: nothing of the first is left, and it is heard no more. */
static void
test_takeover (Stage *stage, gconstpointer data)
{
  const char *const theirs[] = { "theirs", NULL };
  g_autoptr (BamgateClient) client = NULL;
  StageService *other = stage_service_new (stage);

  stage_service_set_peers (stage->service, some);
  stage_service_take_name (stage->service);
  client = stage_client (stage);
  stage_service_answer_text (other, "GetAll", "({'Name': <'other'>},)");
  stage_service_set_peers (other, theirs);
  stage_service_take_name (other);
  stage_wait (is_named_other, client);
  assert_names (client, "theirs");
  g_assert_cmpint (bamgate_client_get_state (client), ==, BAMGATE_STATE_UNKNOWN);
  stage_service_add_peer (stage->service, "late");
  stage_service_emit (stage->service, STAGE_PATH "/peers/theirs", STAGE_PROPERTIES,
                      "PropertiesChanged", "('" STAGE_PEER "', {'Id': <'forged'>}, @as [])");
  stage_settle (stage);
  assert_names (client, "theirs");
  stage_service_free (other);
}

static void
test_no_daemon (Stage *stage, gconstpointer data)
{
  g_autoptr (BamgateClient) client = stage_client (stage);
  g_autoptr (GError) error = NULL;

  g_assert_false (bamgate_client_get_running (client));
  g_assert_cmpint (bamgate_client_get_state (client), ==, BAMGATE_STATE_UNKNOWN);
  g_assert_false (bamgate_client_down_sync (client, NULL, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER);
  stage_service_take_name (stage->service);
  stage_wait (is_running, client);
  g_assert_cmpint (bamgate_client_get_state (client), ==, BAMGATE_STATE_ONLINE);
}

/* The bus goes, and with it the daemon. */
static void
test_bus_gone (Stage *stage, gconstpointer data)
{
  g_autoptr (BamgateClient) client = NULL;
  g_autoptr (GError) error = NULL;

  stage_service_set_peers (stage->service, some);
  stage_service_take_name (stage->service);
  client = stage_client (stage);
  g_dbus_connection_close_sync (stage->mine, NULL, NULL);
  stage_wait (is_away, client);
  assert_names (client, "");
  g_assert_cmpint (bamgate_client_get_state (client), ==, BAMGATE_STATE_UNKNOWN);
  g_assert_false (bamgate_client_up_sync (client, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_object (&stage->mine);
}

/* A daemon that never says what it knows keeps nobody waiting, and the next one is not missed. */
static void
test_silent_daemon (Stage *stage, gconstpointer data)
{
  g_autoptr (BamgateClient) client = stage_client (stage);

  stage_service_answer (stage->service, "GetManagedObjects", g_variant_new_string ("silent"));
  stage_service_take_name (stage->service);
  stage_settle (stage);
  g_assert_false (bamgate_client_get_running (client));
  stage_service_free (stage->service);
  stage->service = stage_service_new (stage);
  stage_service_take_name (stage->service);
  stage_wait (is_running, client);
}

/* --- Making and losing clients --- */

static void
on_made (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
is_made (gpointer result)
{
  return *(GAsyncResult **) result != NULL;
}

static void
test_asynchronous (Stage *stage, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL, second = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (BamgateClient) client = NULL, none = NULL;
  g_autoptr (GError) error = NULL;

  stage_service_set_peers (stage->service, some);
  stage_service_take_name (stage->service);
  bamgate_client_new_for_connection (stage->mine, FALSE, NULL, on_made, &result);
  stage_wait (is_made, &result);
  client = bamgate_client_new_for_connection_finish (result, &error);
  g_assert_no_error (error);
  assert_names (client, "Attic home office");

  bamgate_client_new_for_connection (stage->mine, FALSE, cancellable, on_made, &second);
  g_cancellable_cancel (cancellable);
  stage_wait (is_made, &second);
  none = bamgate_client_new_for_connection_finish (second, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_uninitialised (Stage *stage, gconstpointer data)
{
  g_autoptr (BamgateClient) client = g_object_new (BAMGATE_TYPE_CLIENT, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL, second = NULL;

  g_assert_cmpstr (bamgate_client_get_name (client), ==, "");
  g_assert_cmpuint (g_list_model_get_n_items (bamgate_client_get_peers (client)), ==, 0);
  g_assert_false (bamgate_client_up_sync (client, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED);
  bamgate_client_up (client, NULL, NULL, on_made, &result);
  stage_wait (is_made, &result);
  g_assert_false (bamgate_client_up_finish (client, result, &second));
  g_assert_error (second, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED);
}

static void
forget (gpointer *object)
{
  gpointer watched = *object;

  g_object_add_weak_pointer (watched, object);
  g_object_unref (watched);
}

/* A client that nobody holds any more has gone, whatever it was waiting for, and so have its peers. */
static void
test_life (Stage *stage, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    {
      BamgateClient *client = stage_client (stage);
      BamgatePeer *peer = NULL;

      stage_service_set_peers (stage->service, some);
      stage_service_take_name (stage->service);
      if (i % 2 == 0)
        {
          stage_wait (is_running, client);
          peer = bamgate_client_find_peer (client, "home");
          g_object_add_weak_pointer (G_OBJECT (peer), (gpointer *) &peer);
        }
      else if (i % 4 == 1)
        g_main_context_iteration (NULL, FALSE); /* somewhere on the way */
      forget ((gpointer *) &client);
      g_assert_null (client);
      g_assert_null (peer);
      stage_service_drop_name (stage->service);
      stage_settle (stage);
    }
}

static void
on_peer_removed_drop (BamgateClient *client, BamgatePeer *peer, gpointer data)
{
  g_clear_object ((BamgateClient **) data);
}

/* It may be let go by whoever it calls. */
static void
test_let_go_in_callback (Stage *stage, gconstpointer data)
{
  BamgateClient *client;

  stage_service_set_peers (stage->service, some);
  stage_service_take_name (stage->service);
  client = stage_client (stage);
  g_signal_connect (client, "peer-removed", G_CALLBACK (on_peer_removed_drop), &client);
  stage_service_remove_peer (stage->service, "home");
  stage_settle (stage);
  g_assert_null (client);
}

/* --- Whose thread it is --- */

typedef struct
{
  Stage *stage;
  GThread *thread;
  guint heard; /* in the thread */
  GMutex lock;
  GCond made;
  gboolean is_made;
  GMainContext *context;
  GMainLoop *loop;
} Elsewhere;

static void
on_item_elsewhere (GListModel *peers, guint position, guint removed, guint added, Elsewhere *self)
{
  g_assert_true (g_thread_self () == self->thread);
  self->heard += added;
  if (self->heard == 2)
    g_main_loop_quit (self->loop);
}

static void
on_made_elsewhere (GObject *source, GAsyncResult *result, gpointer data)
{
  Elsewhere *self = data;
  g_autoptr (GError) error = NULL;
  BamgateClient *client = bamgate_client_new_for_connection_finish (result, &error);

  g_assert_no_error (error);
  g_assert_true (g_thread_self () == self->thread);
  g_signal_connect (bamgate_client_get_peers (client), "items-changed",
                    G_CALLBACK (on_item_elsewhere), self);
  g_object_set_data_full (G_OBJECT (self->stage->mine), "client", client, NULL);
  g_mutex_lock (&self->lock);
  self->is_made = TRUE;
  g_cond_signal (&self->made);
  g_mutex_unlock (&self->lock);
}

static gpointer
run_elsewhere (gpointer data)
{
  Elsewhere *self = data;
  BamgateClient *client;

  self->thread = g_thread_self ();
  g_main_context_push_thread_default (self->context);
  bamgate_client_new_for_connection (self->stage->mine, FALSE, NULL, on_made_elsewhere, self);
  g_main_loop_run (self->loop);
  client = g_object_steal_data (G_OBJECT (self->stage->mine), "client");
  g_object_unref (client);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

/* Made in a thread with a context of its own, also when the daemon comes later; nobody iterates the global one. */
static void
test_context (Stage *stage, gconstpointer data)
{
  const char *const one[] = { "one", NULL };
  Elsewhere self = { .stage = stage };
  GThread *thread;

  g_mutex_init (&self.lock);
  g_cond_init (&self.made);
  self.context = g_main_context_new ();
  self.loop = g_main_loop_new (self.context, FALSE);
  thread = g_thread_new ("elsewhere", run_elsewhere, &self);
  g_mutex_lock (&self.lock);
  while (!self.is_made)
    g_cond_wait (&self.made, &self.lock);
  g_mutex_unlock (&self.lock);
  stage_service_set_peers (stage->service, one);
  stage_service_take_name (stage->service);
  while (stage_service_count_calls (stage->service, "GetManagedObjects ()") == 0)
    g_thread_yield ();
  stage_service_add_peer (stage->service, "two");
  g_thread_join (thread);
  g_assert_cmpuint (self.heard, ==, 2);
  g_main_loop_unref (self.loop);
  g_main_context_unref (self.context);
  g_cond_clear (&self.made);
  g_mutex_clear (&self.lock);
}

/* --- Which bus --- */

static void
test_which_bus (Stage *stage, gconstpointer data)
{
  g_autoptr (BamgateClient) session = NULL, chosen = NULL, wrong = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  stage_service_take_name (stage->service);
  session = bamgate_client_new_for_bus_sync (G_BUS_TYPE_SESSION, FALSE, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (bamgate_client_get_running (session));
  g_setenv ("BAMGATE_BUS", "session", TRUE);
  chosen = bamgate_client_new_sync (NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (bamgate_client_get_bus_type (chosen), ==, G_BUS_TYPE_SESSION);
  g_assert_true (bamgate_client_get_running (chosen));
  g_setenv ("BAMGATE_BUS", "moon", TRUE);
  wrong = bamgate_client_new_sync (NULL, &error);
  g_assert_error (error, BAMGATE_ERROR, BAMGATE_ERROR_INVALID_ARGUMENT);
  g_unsetenv ("BAMGATE_BUS");
  connection = g_object_ref (bamgate_client_get_connection (session));
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_clear_object (&session);
  g_clear_object (&chosen);
  g_dbus_connection_close_sync (connection, NULL, NULL);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/client/" name, Stage, NULL, stage_set_up, function, stage_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("list", test_list);
  ADD ("notify", test_notify);
  ADD ("restart", test_restart);
  ADD ("takeover", test_takeover);
  ADD ("no-daemon", test_no_daemon);
  ADD ("bus-gone", test_bus_gone);
  ADD ("silent-daemon", test_silent_daemon);
  ADD ("asynchronous", test_asynchronous);
  ADD ("uninitialised", test_uninitialised);
  ADD ("life", test_life);
  ADD ("let-go-in-callback", test_let_go_in_callback);
  ADD ("context", test_context);
  ADD ("which-bus", test_which_bus);
  return g_test_run ();
}
