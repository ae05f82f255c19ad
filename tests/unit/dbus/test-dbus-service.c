/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit/dbus/fake-application.h"

#include "dbus/dbus-peer.h"
#include "dbus/dbus-service.h"
#include "dbus/dbus-statistics.h"

#include <gio/gunixfdlist.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A private bus, the daemon on one connection, a caller on another. */
typedef struct
{
  GTestDBus *bus;
  GDBusConnection *server, *client;
  BgApplication *app;
  BgDBusService *service;
  GPtrArray
    *signals; /* "Interface.Member" or, for PropertiesChanged, the sorted names of what changed */
} Fixture;

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_until (gboolean (*done) (gpointer), gpointer data)
{
  gint64 deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  GSource *tick = g_timeout_source_new (50);

  g_source_set_callback (tick, on_tick, NULL, NULL);
  g_source_attach (tick, NULL);
  while (!done (data) && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, TRUE);
  g_source_destroy (tick);
  g_source_unref (tick);
  g_assert_true (done (data));
}

static GDBusConnection *
connect_to (GTestDBus *bus)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
    g_test_dbus_get_bus_address (bus),
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

static char *
describe_change (GVariant *parameters)
{
  g_autoptr (GVariant) changed = g_variant_get_child_value (parameters, 1);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GVariantIter iter;
  const char *name;

  g_variant_iter_init (&iter, changed);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    g_ptr_array_add (names, (gpointer) name);
  g_ptr_array_sort (names, compare_strings);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

static void
on_signal (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
           const char *member, GVariant *parameters, gpointer data)
{
  GPtrArray *signals = data;

  if (g_str_equal (member, "PropertiesChanged"))
    g_ptr_array_add (signals, describe_change (parameters));
  else if (!g_str_equal (interface, "org.freedesktop.DBus"))
    g_ptr_array_add (signals, g_strdup (member));
}

static void
fixture_set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (f->bus);
  f->server = connect_to (f->bus);
  f->client = connect_to (f->bus);
  f->app = fake_application_new ();
  fake_application_add_peer (f->app, "home", FALSE);
  f->service = bg_dbus_service_new (f->server, f->app, &error);
  g_assert_no_error (error);
  f->signals = g_ptr_array_new_with_free_func (g_free);
  g_dbus_connection_signal_subscribe (f->client, g_dbus_connection_get_unique_name (f->server),
                                      NULL, NULL, NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal,
                                      f->signals, NULL);
}

static void
close_connection (GDBusConnection **connection)
{
  if (*connection)
    g_dbus_connection_close_sync (*connection, NULL, NULL);
  g_clear_object (connection);
}

static void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  g_clear_pointer (&f->service, bg_dbus_service_free);
  close_connection (&f->client);
  close_connection (&f->server);
  while (g_main_context_pending (NULL))
    g_main_context_iteration (NULL, FALSE);
  g_object_add_weak_pointer (G_OBJECT (f->app), (gpointer *) &f->app);
  g_object_unref (f->app);
  g_assert_null (f->app); /* nobody on the bus side keeps it */
  g_ptr_array_unref (f->signals);
  g_test_dbus_down (f->bus);
  g_object_unref (f->bus);
}

/* --- Calls --- */

typedef struct
{
  GVariant *value;
  GError *error;
  gboolean done;
} Answer;

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->value, g_variant_unref);
  g_clear_error (&answer->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static gboolean
is_answered (gpointer data)
{
  return ((Answer *) data)->done;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->value = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                 &answer->error);
  if (answer->error)
    g_dbus_error_strip_remote_error (answer->error);
  answer->done = TRUE;
}

static void
start_call (Fixture *f, const char *path, const char *method, GVariant *parameters, Answer *answer)
{
  g_autofree char *interface = g_path_get_dirname (method); /* "org.bamgate.Tunnel1/Up" */
  g_autofree char *member = g_path_get_basename (method);

  g_dbus_connection_call (f->client, g_dbus_connection_get_unique_name (f->server), path, interface,
                          member, parameters, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_answer,
                          answer);
}

static void
call (Fixture *f, const char *path, const char *method, GVariant *parameters, Answer *answer)
{
  start_call (f, path, method, parameters, answer);
  wait_until (is_answered, answer);
}

#define TUNNEL BG_DBUS_PATH
#define HOME BG_DBUS_PATH "/peers/home"

static void
assert_signals (Fixture *f, const char *const *expected)
{
  g_ptr_array_add (f->signals, NULL);
  g_assert_cmpstrv ((char **) f->signals->pdata, expected);
  g_ptr_array_set_size (f->signals, 0);
}

/* --- Tests --- */

static void
test_properties (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  g_autoptr (GVariant) all = NULL, listed = NULL;
  g_autofree const char **peers = NULL;
  const char *version, *state;
  gsize n;

  call (f, TUNNEL, "org.freedesktop.DBus.Properties/GetAll",
        g_variant_new ("(s)", "org.bamgate.Tunnel1"), &answer);
  g_assert_no_error (answer.error);
  all = g_variant_get_child_value (answer.value, 0);
  g_assert_cmpuint (g_variant_n_children (all), ==, 40);
  g_assert_true (g_variant_lookup (all, "Version", "&s", &version));
  g_assert_cmpstr (version, ==, BG_VERSION);
  g_assert_true (g_variant_lookup (all, "State", "&s", &state));
  g_assert_cmpstr (state, ==, "off");
  listed = g_variant_lookup_value (all, "Peers", NULL);
  peers = g_variant_get_objv (listed, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (peers[0], ==, HOME);
}

static void
test_no_property_can_be_written (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };

  call (f, TUNNEL, "org.freedesktop.DBus.Properties/Set",
        g_variant_new ("(ssv)", "org.bamgate.Tunnel1", "Name", g_variant_new_string ("evil")),
        &answer);
  g_assert_nonnull (answer.error);
}

/* Up is answered after the changes that it made were announced, several at once. */
static void
test_up_announces_first (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  static const char *const expected[] = { "State", "StateChanged", "State", "StateChanged", NULL };

  call (f, TUNNEL, "org.bamgate.Tunnel1/Up", g_variant_new ("(a{sv})", NULL), &answer);
  g_assert_no_error (answer.error);
  assert_signals (f, expected);
}

static void
test_changes_are_coalesced (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  static const char *const expected[] = { "RxBytes TxBytes", NULL };

  for (guint i = 1; i <= 100; i++)
    fake_application_set_bytes (f->app, i, 2 * i);
  call (f, TUNNEL, "org.bamgate.Tunnel1/GetConfiguration", NULL, &answer);
  while (f->signals->len == 0)
    g_main_context_iteration (NULL, TRUE);
  assert_signals (f, expected);
}

static void
test_error_names (Fixture *f, gconstpointer data)
{
  g_auto (Answer) unknown_option = { 0 }, unmapped = { 0 }, no_answer = { 0 };
  g_autoptr (GPtrArray) peers = bg_application_get_peers (f->app);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "colour", "s", "red");
  call (f, TUNNEL, "org.bamgate.Tunnel1/Up", g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)),
        &unknown_option);
  g_assert_error (unknown_option.error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);

  call (f, TUNNEL, "org.bamgate.Tunnel1/Reload", NULL, &unmapped);
  g_assert_error (unmapped.error, BG_ERROR, BG_ERROR_FAILED);
  g_assert_cmpstr (unmapped.error->message, ==, "the disk is full");

  bg_peer_reconnect (peers->pdata[0], NULL);
  call (f, HOME, "org.bamgate.Tunnel1.Peer/Ping", NULL, &no_answer);
  g_assert_error (no_answer.error, BG_ERROR, BG_ERROR_TIMEOUT);
}

static void
test_invite (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  g_autoptr (GVariant) invite = NULL;
  const char *code;

  call (f, TUNNEL, "org.bamgate.Tunnel1/Invite", g_variant_new ("(a{sv})", NULL), &answer);
  g_assert_no_error (answer.error);
  invite = g_variant_get_child_value (answer.value, 0);
  g_assert_true (g_variant_lookup (invite, "code", "&s", &code));
  g_assert_cmpstr (code, ==, "ABCD-EFGH");
}

static gboolean
lists_object (GVariant *objects, const char *wanted)
{
  GVariantIter iter;
  const char *path;
  gboolean found = FALSE;

  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_next (&iter, "{&o@a{sa{sv}}}", &path, NULL))
    found |= g_str_equal (path, wanted);
  return found;
}

static void
test_peers_come_and_go (Fixture *f, gconstpointer data)
{
  g_auto (Answer) listed = { 0 }, forgotten = { 0 };
  g_autoptr (GVariant) objects = NULL;
  static const char *const expected[] = { "InterfacesAdded", "InterfacesRemoved", "Peers", NULL };

  fake_application_add_peer (f->app, "n\xc3\xa4s 1", FALSE);
  call (f, TUNNEL, "org.freedesktop.DBus.ObjectManager/GetManagedObjects", NULL, &listed);
  objects = g_variant_get_child_value (listed.value, 0);
  g_assert_cmpuint (g_variant_n_children (objects), ==, 3); /* and the account */
  g_assert_true (lists_object (objects, BG_DBUS_PATH "/peers/n_c3_a4s_201"));
  while (f->signals->len < 2) /* added, and the property when idle */
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_set_size (f->signals, 1);

  call (f, HOME, "org.bamgate.Tunnel1.Peer/Forget", NULL, &forgotten);
  g_assert_no_error (forgotten.error);
  while (f->signals->len < 3)
    g_main_context_iteration (NULL, TRUE);
  assert_signals (f, expected);
}

#define ACCOUNT BG_DBUS_PATH "/accounts/ngrok"
#define DATABASE BG_DBUS_PATH "/endpoints/db_2eprod_3a5432"

/* "State" of an object, as the bus has it; (transfer full) */
static GVariant *
get_property (Fixture *f, const char *path, const char *interface, const char *name)
{
  g_auto (Answer) answer = { 0 };
  g_autoptr (GVariant) value = NULL;

  call (f, path, "org.freedesktop.DBus.Properties/Get", g_variant_new ("(ss)", interface, name),
        &answer);
  g_assert_no_error (answer.error);
  g_variant_get (answer.value, "(v)", &value);
  return g_steal_pointer (&value);
}

static void
assert_state (Fixture *f, const char *path, const char *interface, const char *state)
{
  g_autoptr (GVariant) value = get_property (f, path, interface, "State");

  g_assert_cmpstr (g_variant_get_string (value, NULL), ==, state);
}

static void
test_endpoints_come_and_go (Fixture *f, gconstpointer data)
{
  g_auto (Answer) listed = { 0 };
  g_autoptr (GVariant) objects = NULL, reason = NULL;
  static const char *const expected[] = { "InterfacesAdded", "InterfacesAdded", "InterfacesRemoved",
                                          NULL };

  fake_application_bind (f->app, "db.prod", 5432, NULL);
  fake_application_bind (f->app, "web.prod", 80, bg_words (ENDPOINT_NO_ADDRESS));
  call (f, TUNNEL, "org.freedesktop.DBus.ObjectManager/GetManagedObjects", NULL, &listed);
  objects = g_variant_get_child_value (listed.value, 0);
  g_assert_true (lists_object (objects, DATABASE) && lists_object (objects, ACCOUNT));
  assert_state (f, DATABASE, "org.bamgate.Tunnel1.Endpoint", "ready");
  assert_state (f, BG_DBUS_PATH "/endpoints/web_2eprod_3a80", "org.bamgate.Tunnel1.Endpoint",
                "failed");
  reason = get_property (f, BG_DBUS_PATH "/endpoints/web_2eprod_3a80",
                         "org.bamgate.Tunnel1.Endpoint", "StateReason");
  g_assert_cmpstr (g_variant_get_string (reason, NULL), ==,
                   "every address that endpoints may have here is in use");
  fake_application_unbind (f->app, "db.prod:5432");
  while (f->signals->len < 3)
    g_main_context_iteration (NULL, TRUE);
  assert_signals (f, expected);
}

/* They rest until somebody wants them. */
static void
test_endpoint_counters (Fixture *f, gconstpointer data)
{
  g_auto (Answer) wanted = { 0 }, details = { 0 };
  g_autoptr (GVariant) rests = NULL, received = NULL, errors = NULL, conditions = NULL;

  fake_application_bind (f->app, "db.prod", 5432, NULL);
  fake_application_carry (f->app, "db.prod:5432", 17, 4711);
  rests = get_property (f, DATABASE, "org.bamgate.Tunnel1.Endpoint", "RxBytes");
  g_assert_cmpuint (g_variant_get_uint64 (rests), ==, 0);
  call (f, TUNNEL, "org.bamgate.Tunnel1/SetStatisticsInterval", g_variant_new ("(u)", 1000),
        &wanted);
  g_assert_no_error (wanted.error);
  received = get_property (f, DATABASE, "org.bamgate.Tunnel1.Endpoint", "RxBytes");
  g_assert_cmpuint (g_variant_get_uint64 (received), ==, 4711);
  errors = get_property (f, DATABASE, "org.bamgate.Tunnel1.Endpoint", "Errors");
  g_assert_cmpuint (g_variant_n_children (errors), ==, 1);

  call (f, DATABASE, "org.bamgate.Tunnel1.Endpoint/GetDetails", NULL, &details);
  g_assert_no_error (details.error);
  g_variant_get (details.value, "(@a{sv})", &conditions);
  g_assert_true (g_variant_lookup (conditions, "conditions", "a(sbxs)", NULL));
}

static void
test_endpoint_mode (Fixture *f, gconstpointer data)
{
  g_auto (Answer) bad = { 0 }, good = { 0 }, named = { 0 };
  g_autoptr (GVariant) mode = NULL;

  fake_application_bind (f->app, "db.prod", 5432, NULL);
  call (f, DATABASE, "org.bamgate.Tunnel1.Endpoint/Configure",
        g_variant_new_parsed ("({'colour': <'red'>},)"), &bad);
  g_assert_nonnull (bad.error);
  call (f, DATABASE, "org.bamgate.Tunnel1.Endpoint/Configure",
        g_variant_new_parsed ("({'mode': <'all'>},)"), &good);
  g_assert_no_error (good.error);
  mode = get_property (f, DATABASE, "org.bamgate.Tunnel1.Endpoint", "Mode");
  g_assert_cmpstr (g_variant_get_string (mode, NULL), ==, "all");
  call (f, TUNNEL, "org.bamgate.Tunnel1/SetEndpointMode",
        g_variant_new ("(ss)", "nobody.here", "virtual"), &named);
  g_assert_no_error (named.error);
}

/* The key goes in, and nothing says it again. */
static void
test_account_key (Fixture *f, gconstpointer data)
{
  g_auto (Answer) early = { 0 }, wrong = { 0 }, right = { 0 }, all = { 0 }, cleared = { 0 };
  g_autofree char *said = NULL;

  call (f, ACCOUNT, "org.bamgate.Tunnel1.Account/Refresh", NULL, &early);
  g_assert_nonnull (early.error);
  call (f, ACCOUNT, "org.bamgate.Tunnel1.Account/SetKey", g_variant_new ("(s)", "wrong"), &wrong);
  g_assert_nonnull (wrong.error);
  g_assert_null (fake_application_api_key (f->app));
  call (f, ACCOUNT, "org.bamgate.Tunnel1.Account/SetKey", g_variant_new ("(s)", "s3cret"), &right);
  g_assert_no_error (right.error);
  g_assert_cmpstr (fake_application_api_key (f->app), ==, "s3cret");
  assert_state (f, ACCOUNT, "org.bamgate.Tunnel1.Account", "running");
  call (f, TUNNEL, "org.freedesktop.DBus.ObjectManager/GetManagedObjects", NULL, &all);
  said = g_variant_print (all.value, FALSE);
  g_assert_null (strstr (said, "s3cret"));
  call (f, ACCOUNT, "org.bamgate.Tunnel1.Account/ClearKey", NULL, &cleared);
  g_assert_no_error (cleared.error);
  assert_state (f, ACCOUNT, "org.bamgate.Tunnel1.Account", "waiting-for-key");
}

static void
test_peer_changes (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) peers = bg_application_get_peers (f->app);
  static const char *const expected[] = { "Latency", NULL };
  guint reads = fake_peer_reads (peers->pdata[0]);

  fake_peer_set_latency (peers->pdata[0], 100);
  fake_peer_set_latency (peers->pdata[0], 200);
  while (f->signals->len == 0)
    g_main_context_iteration (NULL, TRUE);
  assert_signals (f, expected);
  g_assert_cmpuint (fake_peer_reads (peers->pdata[0]), ==, reads + 1);
}

static void
assert_explained (Fixture *f, const char *message, const char *expected)
{
  g_auto (Answer) answer = { 0 }, unknown = { 0 };
  g_autoptr (GVariant) reason = NULL;
  g_autofree char *said = NULL;

  call (f, TUNNEL, "org.bamgate.Tunnel1/ExplainError", g_variant_new ("(s)", message), &answer);
  g_assert_no_error (answer.error);
  reason = g_variant_get_child_value (answer.value, 0);
  said = g_variant_print (reason, FALSE);
  g_assert_cmpstr (said, ==, expected);
  call (f, TUNNEL, "org.bamgate.Tunnel1/ExplainError", g_variant_new ("(s)", "never said"),
        &unknown);
  g_assert_error (unknown.error, BG_ERROR, BG_ERROR_NOT_FOUND);
}

static void
test_peers_are_configured_by_name (Fixture *f, gconstpointer data)
{
  g_auto (Answer) refused = { 0 }, chosen = { 0 }, taken = { 0 };
  guint32 keepalive;
  const char *routes;

  fake_application_add_peer (f->app, "office", TRUE);
  call (f, TUNNEL, "org.bamgate.Tunnel1/ExplainError", g_variant_new ("(s)", "never said"),
        &refused);
  assert_explained (f, refused.error->message, "('no-such-error', [])");
  /* Of one of the network it is what is taken of its offers. */
  call (f, HOME, "org.bamgate.Tunnel1.Peer/Configure",
        g_variant_new_parsed ("({'routes': <'*'>},)"), &chosen);
  g_assert_no_error (chosen.error);
  g_assert_true (
    g_variant_lookup (fake_application_last_changes (f->app), "accept.home.routes", "&s", &routes));
  g_assert_cmpstr (routes, ==, "*");
  call (f, BG_DBUS_PATH "/peers/office", "org.bamgate.Tunnel1.Peer/Configure",
        g_variant_new_parsed ("({'keepalive': <uint32 25>},)"), &taken);
  g_assert_no_error (taken.error);
  g_assert_true (g_variant_lookup (fake_application_last_changes (f->app), "peer.office.keepalive",
                                   "u", &keepalive));
  g_assert_cmpuint (keepalive, ==, 25);
}

static void
test_a_setting_is_removed (Fixture *f, gconstpointer data)
{
  g_auto (Answer) taken = { 0 };
  g_autoptr (GVariant) removed = NULL;

  call (f, TUNNEL, "org.bamgate.Tunnel1/Configure",
        g_variant_new_parsed ("({'device.routes': <@a{sv} {}>},)"), &taken);
  g_assert_no_error (taken.error);
  removed = g_variant_lookup_value (fake_application_last_changes (f->app), "device.routes",
                                    G_VARIANT_TYPE_UNIT);
  g_assert_nonnull (removed);
}

static gboolean
counters_rest (gpointer app)
{
  return fake_application_interval (app) == 0;
}

static void
test_statistics_end_with_their_client (Fixture *f, gconstpointer data)
{
  g_auto (Answer) too_short = { 0 }, taken = { 0 };

  call (f, TUNNEL, "org.bamgate.Tunnel1/SetStatisticsInterval", g_variant_new ("(u)", 5),
        &too_short);
  g_assert_error (too_short.error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  call (f, TUNNEL, "org.bamgate.Tunnel1/SetStatisticsInterval", g_variant_new ("(u)", 500), &taken);
  g_assert_no_error (taken.error);
  g_assert_cmpuint (fake_application_interval (f->app), ==, 500);
  close_connection (&f->client);
  wait_until (counters_rest, f->app);
}

static void
test_statistics_end_when_asked (Fixture *f, gconstpointer data)
{
  g_auto (Answer) on = { 0 }, off = { 0 };

  call (f, TUNNEL, "org.bamgate.Tunnel1/SetStatisticsInterval", g_variant_new ("(u)", 500), &on);
  call (f, TUNNEL, "org.bamgate.Tunnel1/SetStatisticsInterval", g_variant_new ("(u)", 0), &off);
  g_assert_no_error (off.error);
  g_assert_cmpuint (fake_application_interval (f->app), ==, 0);
}

/* On and off again before the bus has said whose the client is. */
static void
test_statistics_are_withdrawn_at_once (Fixture *f, gconstpointer data)
{
  g_auto (Answer) on = { 0 }, off = { 0 };

  start_call (f, TUNNEL, "org.bamgate.Tunnel1/SetStatisticsInterval", g_variant_new ("(u)", 500),
              &on);
  start_call (f, TUNNEL, "org.bamgate.Tunnel1/SetStatisticsInterval", g_variant_new ("(u)", 0),
              &off);
  wait_until (is_answered, &off);
  wait_until (is_answered, &on);
  g_assert_no_error (off.error);
  g_assert_no_error (on.error);
  g_assert_cmpuint (fake_application_interval (f->app), ==, 0);
}

/* One more connection of ours that wants counters; its own answer. */
static GError *
want_counters (Fixture *f, GDBusConnection **connection)
{
  GDBusConnection *kept = f->client;
  Answer answer = { 0 };

  f->client = *connection = connect_to (f->bus);
  call (f, TUNNEL, "org.bamgate.Tunnel1/SetStatisticsInterval", g_variant_new ("(u)", 500),
        &answer);
  f->client = kept;
  g_clear_pointer (&answer.value, g_variant_unref);
  return answer.error;
}

static gboolean
has_room_for_counters (gpointer app)
{
  return fake_application_clients (app) < BG_STATISTICS_MAX_PER_USER;
}

static void
test_statistics_have_a_share_per_user (Fixture *f, gconstpointer data)
{
  GDBusConnection *connections[BG_STATISTICS_MAX_PER_USER + 2] = { NULL };
  g_autoptr (GError) too_many = NULL, room_again = NULL;

  for (guint i = 0; i < BG_STATISTICS_MAX_PER_USER; i++)
    {
      g_autoptr (GError) error = want_counters (f, &connections[i]);

      g_assert_no_error (error);
    }
  too_many = want_counters (f, &connections[BG_STATISTICS_MAX_PER_USER]);
  g_assert_error (too_many, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED);
  g_assert_cmpuint (fake_application_clients (f->app), ==, BG_STATISTICS_MAX_PER_USER);

  close_connection (&connections[0]);
  wait_until (has_room_for_counters, f->app);
  room_again = want_counters (f, &connections[BG_STATISTICS_MAX_PER_USER + 1]);
  g_assert_no_error (room_again);
  for (guint i = 0; i < G_N_ELEMENTS (connections); i++)
    close_connection (&connections[i]);
  wait_until (counters_rest, f->app);
}

static gboolean
up_is_held (gpointer app)
{
  return fake_application_has_held_up (app);
}

/* The daemon goes while a call is open: the caller still gets its answer. */
static void
test_quit_with_a_call_in_flight (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };

  fake_application_hold_up (f->app);
  start_call (f, TUNNEL, "org.bamgate.Tunnel1/Up", g_variant_new ("(a{sv})", NULL), &answer);
  wait_until (up_is_held, f->app);
  g_clear_pointer (&f->service, bg_dbus_service_free);
  fake_application_finish_up (f->app);
  wait_until (is_answered, &answer);
  g_assert_no_error (answer.error);
}

/* --- Files --- */

#define FILES "org.bamgate.Tunnel1.Files/"

static void
call_with_file (Fixture *f, const char *member, GVariant *parameters, int fd, Answer *answer)
{
  g_autoptr (GUnixFDList) files = g_unix_fd_list_new ();

  g_unix_fd_list_append (files, fd, NULL);
  g_dbus_connection_call_with_unix_fd_list (
    f->client, g_dbus_connection_get_unique_name (f->server), TUNNEL, "org.bamgate.Tunnel1.Files",
    member, parameters, NULL, G_DBUS_CALL_FLAGS_NONE, -1, files, NULL, on_answer, answer);
  wait_until (is_answered, answer);
}

static int
make_file (const char *text)
{
  FILE *file = tmpfile ();
  int fd;

  g_assert_nonnull (file);
  fd = dup (fileno (file));
  fclose (file);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
  return fd;
}

static void
test_a_file_goes_along (Fixture *f, gconstpointer data)
{
  g_auto (Answer) sent = { 0 }, bare = { 0 };
  g_autofree char *expected = g_strdup_printf ("%u:words", getuid ());
  const char *id;
  int fd = make_file ("words");

  call_with_file (f, "Send",
                  g_variant_new ("(ssh@a{sv})", "home", "a", 0, g_variant_new ("a{sv}", NULL)), fd,
                  &sent);
  g_assert_no_error (sent.error);
  g_variant_get (sent.value, "(&s)", &id);
  g_assert_cmpstr (id, ==, expected);
  call (f, TUNNEL, FILES "Send",
        g_variant_new ("(ssh@a{sv})", "home", "a", 0, g_variant_new ("a{sv}", NULL)), &bare);
  g_assert_nonnull (bare.error); /* no file came */
  close (fd);
}

static gsize
count_listed (Fixture *f, const char *method)
{
  g_auto (Answer) listed = { 0 };
  g_autoptr (GVariant) rows = NULL;

  call (f, TUNNEL, method, NULL, &listed);
  g_assert_no_error (listed.error);
  rows = g_variant_get_child_value (listed.value, 0);
  return g_variant_n_children (rows);
}

static void
test_an_offer_is_taken (Fixture *f, gconstpointer data)
{
  g_auto (Answer) taken = { 0 }, again = { 0 }, ended = { 0 };
  char held[6] = "";
  int fd = make_file ("");

  g_assert_cmpuint (count_listed (f, FILES "ListOffers"), ==, 1);
  g_assert_cmpuint (count_listed (f, FILES "List"), ==, 0);
  call_with_file (f, "Accept",
                  g_variant_new ("(sh@a{sv})", "offer", 0, g_variant_new ("a{sv}", NULL)), fd,
                  &taken);
  g_assert_no_error (taken.error);
  g_assert_cmpint (pread (fd, held, 5, 0), ==, 5);
  g_assert_cmpstr (held, ==, "taken");
  g_assert_cmpuint (count_listed (f, FILES "ListOffers"), ==, 0);
  g_assert_cmpuint (count_listed (f, FILES "List"), ==, 1);
  call_with_file (f, "Accept",
                  g_variant_new ("(sh@a{sv})", "offer", 0, g_variant_new ("a{sv}", NULL)), fd,
                  &again);
  g_assert_error (again.error, BG_ERROR, BG_ERROR_NOT_FOUND);
  call (f, TUNNEL, FILES "Cancel", g_variant_new ("(s)", "offer"), &ended);
  g_assert_no_error (ended.error);
  close (fd);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/dbus/service/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("properties", test_properties);
  ADD ("no-property-can-be-written", test_no_property_can_be_written);
  ADD ("up-announces-first", test_up_announces_first);
  ADD ("changes-are-coalesced", test_changes_are_coalesced);
  ADD ("error-names", test_error_names);
  ADD ("invite", test_invite);
  ADD ("peers-come-and-go", test_peers_come_and_go);
  ADD ("peer-changes", test_peer_changes);
  ADD ("endpoints-come-and-go", test_endpoints_come_and_go);
  ADD ("endpoint-counters", test_endpoint_counters);
  ADD ("endpoint-mode", test_endpoint_mode);
  ADD ("account-key", test_account_key);
  ADD ("peers-are-configured-by-name", test_peers_are_configured_by_name);
  ADD ("a-setting-is-removed", test_a_setting_is_removed);
  ADD ("statistics-end-with-their-client", test_statistics_end_with_their_client);
  ADD ("statistics-end-when-asked", test_statistics_end_when_asked);
  ADD ("statistics-are-withdrawn-at-once", test_statistics_are_withdrawn_at_once);
  ADD ("statistics-have-a-share-per-user", test_statistics_have_a_share_per_user);
  ADD ("a-file-goes-along", test_a_file_goes_along);
  ADD ("an-offer-is-taken", test_an_offer_is_taken);
  ADD ("quit-with-a-call-in-flight", test_quit_with_a_call_in_flight);
  return g_test_run ();
}
