/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whoever has the name may say anything: other versions, other types, nonsense. A client stays alive and keeps to defaults. */
#include "unit/libbamgate/stage.h"

static void
assert_defaults (BamgateClient *client)
{
  g_autoptr (GVariant) drops = bamgate_client_dup_drops (client);

  g_assert_cmpint (bamgate_client_get_state (client), ==, BAMGATE_STATE_UNKNOWN);
  g_assert_cmpint (bamgate_client_get_signaling_state (client), ==,
                   BAMGATE_SIGNALING_STATE_UNKNOWN);
  g_assert_cmpstr (bamgate_client_get_name (client), ==, "");
  g_assert_null (*bamgate_client_get_addresses (client));
  g_assert_false (bamgate_client_get_accept_routes (client));
  g_assert_cmpint (bamgate_client_get_up_since (client), ==, 0);
  g_assert_cmpuint (bamgate_client_get_rx_bytes (client), ==, 0);
  g_assert_cmpuint (bamgate_client_get_statistics_interval (client), ==, 0);
  g_assert_null (drops);
}

/* Every property can be read, whatever was said. */
static void
read_all (gpointer object)
{
  guint n;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);

  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_object_get_property (object, pspecs[i]->name, &value);
      g_assert_true (G_VALUE_HOLDS (&value, pspecs[i]->value_type));
    }
}

static void
read_everything (BamgateClient *client)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (client);

  read_all (client);
  for (guint i = 0; i < peers->len; i++)
    read_all (peers->pdata[i]);
}

static void
test_other_version (Stage *stage, gconstpointer data)
{
  g_autoptr (BamgateClient) client = NULL;
  BamgatePeer *peer;

  stage_service_answer_text (
    stage->service, "GetAll",
    "({'State': <'hibernating'>, 'SignalingState': <'online'>, 'Novelty': <(1, 'x')>},)");
  stage_service_answer_text (stage->service, "GetManagedObjects",
                             "({objectpath '" STAGE_PATH "/peers/a': {'" STAGE_PEER
                             "': {'Id': <'a'>, 'Path': <'pigeon'>, 'State': <'wondering'>}, "
                             "'org.bamgate.Tunnel1.Later': {'X': <1>}}, '" STAGE_PATH
                             "/endpoints/b': {'org.bamgate.Tunnel1.Endpoint': {'Id': <'b'>}}},)");
  stage_service_take_name (stage->service);
  client = stage_client (stage);
  g_assert_cmpint (bamgate_client_get_state (client), ==, BAMGATE_STATE_UNKNOWN);
  g_assert_cmpint (bamgate_client_get_signaling_state (client), ==, BAMGATE_SIGNALING_STATE_ONLINE);
  g_assert_cmpuint (g_list_model_get_n_items (bamgate_client_get_peers (client)), ==, 1);
  peer = bamgate_client_find_peer (client, "a");
  g_assert_cmpint (bamgate_peer_get_path (peer), ==, BAMGATE_PATH_UNKNOWN);
  g_assert_cmpint (bamgate_peer_get_state (peer), ==, BAMGATE_PEER_STATE_UNKNOWN);
  g_assert_cmpint (bamgate_peer_get_kind (peer), ==, BAMGATE_PEER_KIND_UNKNOWN);
  g_assert_cmpint (bamgate_peer_get_latency (peer), ==, -1);
  read_everything (client);
}

static void
test_wrong_types (Stage *stage, gconstpointer data)
{
  g_autoptr (BamgateClient) client = NULL;

  stage_service_answer_text (
    stage->service, "GetAll",
    "({'State': <1>, 'SignalingState': <['online']>, 'Name': <objectpath '/x'>, 'Addresses': <'x'>, "
    "'AcceptRoutes': <byte 1>, 'UpSince': <uint64 5>, 'RxBytes': <int64 5>, "
    "'StatisticsInterval': <5>, 'Drops': <@a{sv} {'x': <1>}>, 'Routes': <@as []>},)");
  stage_service_answer_text (stage->service, "GetManagedObjects",
                             "({objectpath '/x': {'" STAGE_PEER
                             "': {'Id': <5>, 'Latency': <'fast'>, 'Routes': <[1]>}}},)");
  stage_service_take_name (stage->service);
  client = stage_client (stage);
  assert_defaults (client);
  read_everything (client);
}

/* What is not a list of objects is an error when a client is made, and no peers when it is there already. */
static void
test_wrong_objects (Stage *stage, gconstpointer data)
{
  static const char *const wrong[] = { "('x',)",       "()",
                                       "(@a{sv} {},)", "({'/x': {'y': 1}},)",
                                       "(1, 2, 3)",    "(@ao [],)" };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (BamgateClient) client = stage_client (stage), none = NULL;
      g_autoptr (GError) error = NULL;

      stage_service_answer_text (stage->service, "GetManagedObjects", wrong[i]);
      stage_service_take_name (stage->service);
      none = bamgate_client_new_for_connection_sync (stage->mine, FALSE, NULL, &error);
      g_assert_nonnull (error);
      g_assert_null (none);
      stage_settle (stage);
      g_assert_cmpuint (g_list_model_get_n_items (bamgate_client_get_peers (client)), ==, 0);
      read_everything (client);
      stage_service_drop_name (stage->service);
      stage_settle (stage);
    }
}

static const struct
{
  const char *path, *interface, *signal, *parameters;
} signals[] = {
  { STAGE_PATH, STAGE_PROPERTIES, "PropertiesChanged", "()" },
  { STAGE_PATH, STAGE_PROPERTIES, "PropertiesChanged", "(1, 2, 3)" },
  { STAGE_PATH, STAGE_PROPERTIES, "PropertiesChanged", "('" STAGE_NAME "', 'x', @as [])" },
  { STAGE_PATH, STAGE_PROPERTIES, "PropertiesChanged",
    "('" STAGE_NAME "', {'State': <{'a': <1>}>}, ['Name'])" },
  { STAGE_PATH, STAGE_NAME, "StateChanged", "()" },
  { STAGE_PATH, STAGE_NAME, "StateChanged", "(1, 2, 3)" },
  { STAGE_PATH, STAGE_NAME, "StateChanged", "('moon', 'sun', '')" },
  { STAGE_PATH, STAGE_NAME, "Unheard", "('x',)" },
  { STAGE_PATH, STAGE_MANAGER, "InterfacesAdded", "()" },
  { STAGE_PATH, STAGE_MANAGER, "InterfacesAdded", "('x', 'y')" },
  { STAGE_PATH, STAGE_MANAGER, "InterfacesAdded", "(objectpath '/x', @a{sa{sv}} {})" },
  { STAGE_PATH, STAGE_MANAGER, "InterfacesAdded",
    "(objectpath '/', {'" STAGE_PEER "': {'Id': <['x']>}})" },
  { STAGE_PATH, STAGE_MANAGER, "InterfacesRemoved", "('x',)" },
  { STAGE_PATH, STAGE_MANAGER, "InterfacesRemoved", "(objectpath '/x', @as [])" },
  { STAGE_PATH "/peers/a", STAGE_PROPERTIES, "PropertiesChanged", "('" STAGE_PEER "',)" },
  { STAGE_PATH "/peers/a", STAGE_PROPERTIES, "PropertiesChanged",
    "('" STAGE_PEER "', {'Id': <1>, 'Path': <true>, 'RxBytes': <'x'>}, ['State', 'Moon'])" },
  { "/elsewhere", STAGE_PROPERTIES, "PropertiesChanged",
    "('" STAGE_PEER "', {'Id': <'x'>}, @as [])" },
};

static void
test_wrong_signals (Stage *stage, gconstpointer data)
{
  const char *const ids[] = { "a", "b", NULL };
  g_autoptr (BamgateClient) client = NULL;

  stage_service_set_peers (stage->service, ids);
  stage_service_take_name (stage->service);
  client = stage_client (stage);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      stage_service_emit (stage->service, signals[i].path, signals[i].interface, signals[i].signal,
                          signals[i].parameters);
      stage_settle (stage);
      read_everything (client);
    }
  g_assert_true (bamgate_client_get_running (client));
  g_assert_nonnull (bamgate_client_find_peer (client, "b"));
}

/* --- Answers --- */

typedef gboolean (*Call) (BamgateClient *client, GError **error);

static gboolean
is_there (GVariant *value)
{
  g_autoptr (GVariant) taken = value;

  return value != NULL;
}

static gboolean
call_invite (BamgateClient *client, GError **error)
{
  return is_there (bamgate_client_invite_sync (client, NULL, NULL, error));
}

static gboolean
call_get_configuration (BamgateClient *client, GError **error)
{
  return is_there (bamgate_client_get_configuration_sync (client, NULL, error));
}

static gboolean
call_ping (BamgateClient *client, GError **error)
{
  guint64 latency;

  return bamgate_peer_ping_sync (bamgate_client_find_peer (client, "a"), &latency, NULL, error);
}

static gboolean
call_details (BamgateClient *client, GError **error)
{
  return is_there (
    bamgate_peer_get_details_sync (bamgate_client_find_peer (client, "a"), NULL, error));
}

static const struct
{
  const char *method;
  Call call;
} calls[] = {
  { "Invite", call_invite },
  { "GetConfiguration", call_get_configuration },
  { "Ping", call_ping },
  { "GetDetails", call_details },
};

static void
test_wrong_answers (Stage *stage, gconstpointer data)
{
  static const char *const wrong[] = { "()", "('x',)", "(@as [],)", "(1, 2)", "([(1, 'x')],)" };
  const char *const ids[] = { "a", NULL };
  g_autoptr (BamgateClient) client = NULL;

  stage_service_set_peers (stage->service, ids);
  stage_service_take_name (stage->service);
  client = stage_client (stage);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    for (guint w = 0; w < G_N_ELEMENTS (wrong); w++)
      {
        g_autoptr (GError) error = NULL;

        stage_service_answer_text (stage->service, calls[i].method, wrong[w]);
        g_assert_false (calls[i].call (client, &error));
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      }
  {
    g_autoptr (GError) error = NULL;

    g_assert_false (bamgate_client_up_sync (client, NULL, NULL, &error));
    g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD);
  }
}

/* --- Anything at all --- */

#define DEPTH 4

static GVariant *random_value (GRand *rand, guint depth);

static GVariant *
random_dict (GRand *rand, guint depth)
{
  static const char *const keys[] = {
    "Id",    "State",   "Path",   "Name", "Addresses", "RxBytes",
    "Drops", "Latency", "Routes", "x",    STAGE_PEER,  STAGE_NAME
  };
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint n = g_rand_int_range (rand, 0, 5); n > 0; n--)
    g_variant_dict_insert_value (&dict, keys[g_rand_int_range (rand, 0, G_N_ELEMENTS (keys))],
                                 random_value (rand, depth));
  return g_variant_dict_end (&dict);
}

static GVariant *
random_tuple (GRand *rand, guint depth)
{
  GVariant *children[4];
  guint n = g_rand_int_range (rand, 0, 5);

  for (guint i = 0; i < n; i++)
    children[i] = random_value (rand, depth);
  return g_variant_new_tuple (children, n);
}

static GVariant *
random_value (GRand *rand, guint depth)
{
  static const char *const words[] = { "", "online", "connected", "a", "/", STAGE_PEER, "\xff" };

  switch (g_rand_int_range (rand, 0, depth < DEPTH ? 10 : 7))
    {
    case 0:
      return g_variant_new_string (words[g_rand_int_range (rand, 0, 6)]);
    case 1:
      return g_variant_new_boolean (g_rand_boolean (rand));
    case 2:
      return g_variant_new_int64 (g_rand_int (rand) - (gint64) G_MAXUINT32);
    case 3:
      return g_variant_new_uint64 (g_rand_int (rand));
    case 4:
      return g_variant_new_uint32 (g_rand_int (rand));
    case 5:
      return g_variant_new_strv (words, g_rand_int_range (rand, 0, 6));
    case 6:
      return g_variant_new_object_path (g_rand_boolean (rand) ? "/" : STAGE_PATH "/peers/a");
    case 7:
      return random_dict (rand, depth + 1);
    case 8:
      return g_variant_new_variant (random_value (rand, depth + 1));
    default:
      return random_tuple (rand, depth + 1);
    }
}

/* Half of the time the outside is right, so that the inside is looked at. */
static GVariant *
random_interfaces (GRand *rand)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  g_variant_builder_add (&builder, "{s@a{sv}}", STAGE_PEER, random_dict (rand, 0));
  return g_variant_builder_end (&builder);
}

static GVariant *
random_parameters (GRand *rand, const char *signal)
{
  const char *const removed[] = { STAGE_PEER, NULL };
  g_autofree char *path = g_strdup_printf ("%s/peers/%c", STAGE_PATH,
                                           g_rand_int_range (rand, 'a', 'f'));

  if (g_rand_boolean (rand))
    return random_tuple (rand, 0);
  if (g_str_equal (signal, "InterfacesAdded"))
    return g_variant_new ("(o@a{sa{sv}})", path, random_interfaces (rand));
  if (g_str_equal (signal, "InterfacesRemoved"))
    return g_variant_new ("(o^as)", path, removed);
  return g_variant_new ("(s@a{sv}^as)", g_rand_boolean (rand) ? STAGE_PEER : STAGE_NAME,
                        random_dict (rand, 0), removed);
}

static void
emit_random (StageService *service, GRand *rand)
{
  guint which = g_rand_int_range (rand, 0, G_N_ELEMENTS (signals));

  g_dbus_connection_emit_signal (service->connection, NULL, signals[which].path,
                                 signals[which].interface, signals[which].signal,
                                 random_parameters (rand, signals[which].signal), NULL);
}

static void
test_random (Stage *stage, gconstpointer data)
{
  const char *const ids[] = { "a", "b", NULL };
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  g_autoptr (BamgateClient) client = NULL;

  stage_service_set_peers (stage->service, ids);
  stage_service_take_name (stage->service);
  client = stage_client (stage);
  for (guint i = 0; i < 100; i++)
    {
      for (guint n = 0; n < 20; n++)
        emit_random (stage->service, rand);
      if (i % 10 == 9)
        {
          stage_service_answer (stage->service, "GetAll", random_tuple (rand, 0));
          stage_service_drop_name (stage->service);
          stage_service_take_name (stage->service);
        }
      stage_settle (stage);
      read_everything (client);
    }
}

#define ADD(name, function)                                                                        \
  g_test_add ("/hostile/" name, Stage, NULL, stage_set_up, function, stage_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL); /* GDBus warns of such people */
  ADD ("other-version", test_other_version);
  ADD ("wrong-types", test_wrong_types);
  ADD ("wrong-objects", test_wrong_objects);
  ADD ("wrong-signals", test_wrong_signals);
  ADD ("wrong-answers", test_wrong_answers);
  ADD ("random", test_random);
  return g_test_run ();
}
