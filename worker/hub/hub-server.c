/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-server.h"
#include "worker/hub/hub-activation.h"
#include "worker/hub/hub-directory.h"
#include "worker/hub/hub-http.h"
#include "worker/hub/hub-listener.h"
#include "worker/hub/hub-places.h"
#include "worker/hub/hub-relay.h"
#include "worker/hub/hub-reply.h"
#include "worker/hub/hub-request.h"
#include "worker/hub/hub-session.h"
#include "worker/hub/hub-spent.h"
#include "worker/hub/hub-token.h"
#include "common/dns-suffix.h"
#include "common/error.h"
#include "common/log.h"
#include "common/printable.h"
#include "common/source.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum
{
  TICK_MS = 1000,
  STOP_MS = 2000,
};

struct _BgHubServer
{
  /* the door */
  SoupServer *soup;
  BgHubListener *listener;
  BgHubTls *tls; /* NULL: plain */
  char *token_file;
  char *url; /* "wss://127.0.0.1:8443/connect" */
  char subnet[BG_IP_PREFIX_TEXT];

  /* who is here */
  GHashTable *rooms;    /* name → BgHubRoom, while somebody is in it */
  GHashTable *sessions; /* BgHubSession → its place, guint64 */
  char *wanted_subnet;  /* NULL: any */
  BgHubPlaces *places;
  BgHubBacklog backlog;
  char *suffix; /* NULL: none */
  guint max_peers;
  BgHubSessionLimits limits;
  GSource *tick;

  BgHubRelay *relay; /* NULL: none */

  /* the rest */
  int state_lock;
  char *news; /* as all devices know it */
  BgHubHttp http;

  /* going down */
  GSource *stop_deadline;
  void (*on_stopped) (gpointer data);
  gpointer stop_data;
};

/* Rooms and sessions */

static char *
wanted_room (SoupServerMessage *message)
{
  return bg_hub_request_room (g_uri_get_query (soup_server_message_get_uri (message)));
}

static BgHubRoom *
open_room (BgHubServer *self, const char *name)
{
  BgHubRoom *room = g_hash_table_lookup (self->rooms, name);

  if (room != NULL)
    return room;
  room = bg_hub_room_new (name, self->max_peers, self->suffix);
  g_hash_table_insert (self->rooms, (gpointer) bg_hub_room_get_name (room), room);
  return room;
}

static gboolean
is_in_room (gpointer session, gpointer value, gpointer room)
{
  return bg_hub_session_get_room (session) == room;
}

static void
close_room_if_unused (BgHubServer *self, BgHubRoom *room)
{
  if (g_hash_table_find (self->sessions, is_in_room, room) == NULL)
    g_hash_table_remove (self->rooms, bg_hub_room_get_name (room));
}

static void
maybe_stopped (BgHubServer *self)
{
  if (self->stop_deadline == NULL || g_hash_table_size (self->sessions) > 0
      || (self->relay != NULL && bg_hub_relay_count (self->relay) > 0))
    return;
  bg_source_drop (&self->stop_deadline);
  self->on_stopped (self->stop_data);
}

static void
on_relay_empty (gpointer data)
{
  maybe_stopped (data);
}

static void
on_session_closed (BgHubSession *session, gpointer data)
{
  BgHubServer *self = data;
  BgHubRoom *room = bg_hub_session_get_room (session);

  bg_hub_places_give_back (self->places,
                           *(guint64 *) g_hash_table_lookup (self->sessions, session));
  g_hash_table_remove (self->sessions, session);
  close_room_if_unused (self, room);
  if (g_hash_table_size (self->sessions) == 0)
    bg_source_drop (&self->tick);
  maybe_stopped (self);
}

static gboolean
on_tick (gpointer data)
{
  BgHubServer *self = data;
  g_autofree gpointer *sessions = g_hash_table_get_keys_as_array (self->sessions, NULL);
  gint64 now = g_get_monotonic_time ();

  for (gpointer *session = sessions; *session != NULL; session++)
    bg_hub_session_tick (*session, now);
  return G_SOURCE_CONTINUE;
}

/* Requests */

static void
on_any_early (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
              gpointer data)
{
  bg_hub_http_prepare (&((BgHubServer *) data)->http, message, path);
}

static void
on_any (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
        gpointer data)
{
  bg_hub_http_answer (&((BgHubServer *) data)->http, message, path);
}

static GInetAddress *
address_of (SoupServerMessage *message)
{
  return g_inet_socket_address_get_address (
    G_INET_SOCKET_ADDRESS (soup_server_message_get_remote_address (message)));
}

/* Whose share of places it is; NULL for a proxy, whose clients are one source that has none. */
static GInetAddress *
source_of (BgHubServer *self, SoupServerMessage *message)
{
  GInetAddress *address = address_of (message);

  return bg_hub_listener_is_proxy (self->listener, address) ? NULL : address;
}

static gboolean
is_for_relay (BgHubServer *self, const char *path)
{
  return self->relay != NULL && g_str_equal (path, "/turn");
}

/* Why another WebSocket cannot be; NULL where it can. */
static const char *
reason_to_refuse (BgHubServer *self, SoupServerMessage *message, const char *path)
{
  GInetAddress *source = source_of (self, message);

  if (self->stop_deadline != NULL)
    return "The hub goes down";
  return is_for_relay (self, path) ? bg_hub_relay_reason_to_refuse (self->relay, source)
                                   : bg_hub_places_reason_to_refuse (self->places, source);
}

static void
refuse (BgHubServer *self, SoupServerMessage *message, const char *path, const char *why)
{
  SoupMessageHeaders *reply = soup_server_message_get_response_headers (message);

  bg_log (BG_TOPIC_HUB, WARNING, NULL, "a connection to %s was refused, %u devices are here: %s",
          path, g_hash_table_size (self->sessions), why);
  bg_hub_reply_text (message, SOUP_STATUS_SERVICE_UNAVAILABLE, why);
  soup_message_headers_replace (reply, "Retry-After", "30");
}

/* Before the WebSocket handshake: whatever sets a status here ends it. */
static void
on_upgrade_early (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
                  gpointer data)
{
  BgHubServer *self = data;
  g_autofree char *room = wanted_room (message);
  SoupMessageHeaders *reply = soup_server_message_get_response_headers (message);
  const char *why;
  guint status;

  on_any_early (soup, message, path, query, data);
  bg_hub_http_say_devices (message);
  if (!g_str_equal (path, "/connect") && !is_for_relay (self, path))
    bg_hub_reply_text (message, SOUP_STATUS_NOT_FOUND, "Not Found");
  else if (bg_hub_move_get_url (self->http.memory.move) != NULL)
    bg_hub_http_reply_moved (&self->http, message);
  else if ((status = bg_hub_http_refusal (&self->http, message, BG_MAY_CONNECT, &why)) != 0)
    bg_hub_reply_text (message, status, why);
  else if (!bg_hub_request_is_upgrade (soup_server_message_get_request_headers (message)))
    {
      bg_hub_reply_text (message, 426, "Expected a WebSocket upgrade");
      soup_message_headers_replace (reply, "Upgrade", "websocket");
    }
  else if (room == NULL)
    bg_hub_reply_text (message, SOUP_STATUS_BAD_REQUEST, "Bad room name");
  else if ((why = reason_to_refuse (self, message, path)) != NULL)
    refuse (self, message, path, why);
  else if (is_for_relay (self, path))
    bg_hub_http_say_relay (message);
}

/* As which it comes; NULL: with the token that all share. */
static const char *
device_of (BgHubServer *self, SoupServerMessage *message)
{
  BgHubCaller caller = bg_hub_http_caller (&self->http, message);

  return caller.device != NULL ? caller.device->id : NULL;
}

/* What was looked at with the headers may have ended until the body was there. */
static gboolean
is_too_late (BgHubServer *self, SoupServerMessage *message, SoupWebsocketConnection *socket)
{
  const char *why;

  if (bg_hub_move_get_url (self->http.memory.move) != NULL)
    why = "the network has moved to another hub";
  else if (bg_hub_http_refusal (&self->http, message, BG_MAY_CONNECT, &why) == 0)
    return FALSE;
  soup_websocket_connection_close (socket, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, why);
  return TRUE;
}

static void
on_connect (SoupServer *soup, SoupServerMessage *message, const char *path,
            SoupWebsocketConnection *socket, gpointer data)
{
  BgHubServer *self = data;
  g_autofree char *name = wanted_room (message);
  g_autofree char *source = g_socket_connectable_to_string (
    G_SOCKET_CONNECTABLE (soup_server_message_get_remote_address (message)));
  const BgHubVisitor visitor = { source, device_of (self, message) };
  BgHubSession *session;
  guint64 place;

  if (is_too_late (self, message, socket))
    return;
  bg_hub_move_use (self->http.memory.move);
  place = bg_hub_places_take (self->places, source_of (self, message));
  session = bg_hub_session_new (socket, bg_hub_listener_get_stream (message), &visitor,
                                open_room (self, name), self->http.memory.network,
                                self->http.memory.devices, &self->limits, on_session_closed, self);

  g_hash_table_insert (self->sessions, session, g_memdup2 (&place, sizeof place));
  if (self->tick == NULL)
    bg_source_arm (&self->tick, TICK_MS, on_tick, self);
}

static void
on_turn (SoupServer *soup, SoupServerMessage *message, const char *path,
         SoupWebsocketConnection *socket, gpointer data)
{
  BgHubServer *self = data;

  const BgHubRelayVisitor visitor = { source_of (self, message), device_of (self, message),
                                      bg_hub_http_takes_relay (message) ? BG_TURN_MANY
                                                                        : BG_TURN_ONE };

  if (!is_too_late (self, message, socket))
    bg_hub_relay_add (self->relay, socket, bg_hub_listener_get_stream (message), &visitor);
}

/* Devices */

static gboolean
is_of_device (BgHubSession *session, const BgHubDevice *device)
{
  return g_strcmp0 (bg_hub_session_get_device (session), device->id) == 0
         || g_strcmp0 (bg_hub_session_get_key (session), device->public_key) == 0;
}

static void
on_device_out (const BgHubDevice *device, BgGoodbye why, gpointer data)
{
  BgHubServer *self = data;
  g_autofree gpointer *sessions = g_hash_table_get_keys_as_array (self->sessions, NULL);

  for (gpointer *session = sessions; *session != NULL; session++)
    if (is_of_device (*session, device))
      bg_hub_session_part (*session, why);
  if (self->relay != NULL)
    bg_hub_relay_part (self->relay, device->id, why);
}

static void
part_from_token (BgHubServer *self)
{
  g_autofree gpointer *sessions = g_hash_table_get_keys_as_array (self->sessions, NULL);

  for (gpointer *session = sessions; *session != NULL; session++)
    if (bg_hub_session_get_device (*session) == NULL)
      bg_hub_session_part (*session, BG_GOODBYE_TOKEN_OVER);
  if (self->relay != NULL)
    bg_hub_relay_part (self->relay, NULL, BG_GOODBYE_TOKEN_OVER);
}

static void
tell_news (BgHubServer *self)
{
  g_autofree gpointer *sessions = g_hash_table_get_keys_as_array (self->sessions, NULL);

  for (gpointer *session = sessions; *session != NULL; session++)
    bg_hub_session_tell_network (*session);
}

static void
on_devices_changed (gpointer data)
{
  BgHubServer *self = data;
  g_autofree char *news = bg_hub_devices_get_news (self->http.memory.devices);

  if (!bg_hub_devices_token_opens (self->http.memory.devices))
    part_from_token (self);
  if (g_strcmp0 (news, self->news) == 0)
    return;
  g_free (self->news);
  self->news = g_steal_pointer (&news);
  tell_news (self);
}

static GHashTable *
list_online (gpointer data)
{
  BgHubServer *self = data;
  GHashTable *online = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer session;

  g_hash_table_iter_init (&iter, self->sessions);
  while (g_hash_table_iter_next (&iter, &session, NULL))
    {
      const char *key = bg_hub_session_get_key (session);
      const BgHubDevice *device = key != NULL
                                    ? bg_hub_devices_find_key (self->http.memory.devices, key)
                                    : NULL;

      if (device != NULL)
        g_hash_table_add (online, g_strdup (device->id));
    }
  return online;
}

static void
tell_moved (gpointer data)
{
  BgHubServer *self = data;
  g_autofree gpointer *sessions = g_hash_table_get_keys_as_array (self->sessions, NULL);
  g_autofree char *frame = bg_hub_http_moved_frame (&self->http);

  for (gpointer *session = sessions; *session != NULL; session++)
    bg_hub_session_tell (*session, frame);
}

/* Coming up */

/* A file that we are given by an option, or by systemd as a credential; NULL: by neither. */
static char *
given_file (const char *option, const char *credential)
{
  const char *directory = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autofree char *path = directory != NULL ? g_build_filename (directory, credential, NULL) : NULL;

  if (option != NULL)
    return g_strdup (option);
  return path != NULL && g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

static gboolean
open_certificate (BgHubServer *self, const BgHubOptions *options, GError **error)
{
  g_autofree char *own = g_build_filename (options->state_dir, "tls.pem", NULL);
  g_autofree char *certificate = given_file (options->tls_certificate, "tls-certificate");
  g_autofree char *key = given_file (options->tls_key, "tls-key");

  if (options->plain)
    return TRUE;
  self->tls = certificate != NULL ? bg_hub_tls_new (certificate, key, error)
                                  : bg_hub_tls_new_own (own, error);
  return self->tls != NULL;
}

static gboolean
open_token (BgHubServer *self, const BgHubOptions *options, GError **error)
{
  g_autofree char *given = given_file (options->token_file, "token");

  self->token_file = given != NULL ? g_canonicalize_filename (given, NULL)
                                   : g_build_filename (options->state_dir, "token", NULL);
  self->http.token = bg_hub_token_load (self->token_file, given == NULL, error);
  return self->http.token != NULL;
}

/* Where there is a relay. */
static gboolean
open_relay (BgHubServer *self, const BgHubOptions *options, GError **error)
{
  const BgHubRelayLimits limits = { .sockets = options->max_relay_sockets,
                                    .mbit_per_s = options->relay_rate_mbit,
                                    .ping_interval_s = options->ping_interval_s,
                                    .ceiling = options->relay_ceiling };
  g_autofree char *given = given_file (options->turn_secret_file, "turn-secret");
  g_autofree char *own = g_build_filename (options->state_dir, "turn-secret", NULL);

  if (options->max_relay_sockets == 0)
    return TRUE;
  self->http.turn_secret = bg_hub_token_load (given != NULL ? given : own, given == NULL, error);
  if (self->http.turn_secret == NULL)
    return FALSE;
  self->relay = bg_hub_relay_new (&limits, self->http.turn_secret, &self->http.memory.relay_spent,
                                  self->http.memory.writer, on_relay_empty, self);
  self->http.relay = self->relay;
  return TRUE;
}

static void
list_present (const char *room, GPtrArray *addresses, gpointer data)
{
  BgHubRoom *here = g_hash_table_lookup (((BgHubServer *) data)->rooms, room);

  if (here != NULL)
    bg_hub_room_list_addresses (here, addresses);
}

/* Whoever has to know what is in the memory. */
static void
watch_memory (BgHubServer *self)
{
  const BgHubDevicesWatch watch = { on_device_out, on_devices_changed, self };

  bg_hub_network_set_presence (self->http.memory.network, list_present, self);
  g_free (self->news);
  self->news = bg_hub_devices_get_news (self->http.memory.devices);
  bg_hub_devices_watch (self->http.memory.devices, &watch);
  bg_ip_prefix_format (bg_hub_network_get_subnet (self->http.memory.network), self->subnet);
}

static gboolean
may_have_subnet (BgHubServer *self, const BgIpPrefix *subnet)
{
  BgIpPrefix wanted;

  return self->wanted_subnet == NULL || !bg_hub_subnet_parse (self->wanted_subnet, &wanted, NULL)
         || bg_ip_prefix_equal (&wanted, subnet);
}

static gboolean
adopt (BgHubRows *take, const BgIpPrefix *subnet, gpointer data, GError **error)
{
  BgHubServer *self = data;
  g_autoptr (BgHubRows) rows = take;
  const char *why = NULL;

  if (g_hash_table_size (self->sessions) > 0)
    why = "somebody is connected to this hub";
  else if (bg_hub_writer_get_trouble (self->http.memory.writer) != NULL)
    why = "this hub cannot write its database";
  else if (!may_have_subnet (self, subnet))
    why = "this hub was told to have another subnet: start it without --subnet";
  if (why != NULL)
    {
      g_set_error_literal (error, BG_ERROR, BG_ERROR_WRONG_STATE, why);
      return FALSE;
    }
  bg_hub_move_add_arrival (rows);
  if (!bg_hub_memory_replace (&self->http.memory, subnet, g_steal_pointer (&rows), error))
    return FALSE;
  bg_hub_move_arrive (self->http.memory.move);
  watch_memory (self);
  return TRUE;
}

static gboolean
open_memory (BgHubServer *self, const BgHubOptions *options, GError **error)
{
  g_autofree char *path = g_build_filename (options->state_dir, "hub.sqlite", NULL);

  if (!bg_hub_memory_open (&self->http.memory, path, options->subnet, options->needs_approval,
                           options->is_token_allowed, error))
    return FALSE;
  self->wanted_subnet = g_strdup (options->subnet);
  watch_memory (self);
  self->http.coming = bg_hub_coming_new ();
  self->http.list_online = list_online;
  self->http.adopt = adopt;
  self->http.tell_moved = tell_moved;
  self->http.data = self;
  return TRUE;
}

static gboolean
open_state (BgHubServer *self, const BgHubOptions *options, GError **error)
{
  if (g_mkdir_with_parents (options->state_dir, 0700) != 0)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", options->state_dir,
                   g_strerror (errno));
      return FALSE;
    }
  self->state_lock = bg_hub_directory_lock (options->state_dir, error);
  return self->state_lock >= 0 && open_certificate (self, options, error)
         && open_token (self, options, error) && open_memory (self, options, error)
         && open_relay (self, options, error);
}

static gboolean
set_challenges (BgHubServer *self, GError **error)
{
  self->http.challenges = bg_hub_challenges_new ();
  if (self->http.challenges == NULL)
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "no random numbers");
  return self->http.challenges != NULL;
}

static const char *
pin_of (BgHubServer *self)
{
  return self->tls != NULL ? bg_hub_tls_get_pin (self->tls) : NULL;
}

static void
name_self (BgHubServer *self)
{
  g_autofree char *host = bg_hub_listener_get_local_host (self->listener);
  gboolean is_tls = self->tls != NULL;
  int port = bg_hub_listener_get_port (self->listener);

  self->http.is_tls = is_tls;
  self->http.pin = pin_of (self);
  self->http.local_base = g_uri_join (G_URI_FLAGS_NONE, is_tls ? "https" : "http", NULL, host, port,
                                      "", NULL, NULL);
  self->url = g_uri_join (G_URI_FLAGS_NONE, is_tls ? "wss" : "ws", NULL, host, port, "/connect",
                          NULL, NULL);
}

static SoupServer *
soup_new (BgHubServer *self)
{
  SoupServer *soup = soup_server_new ("server-header", "bamgate-hub", NULL);

  soup_server_remove_websocket_extension (soup, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_server_add_early_handler (soup, NULL, on_any_early, self, NULL);
  soup_server_add_handler (soup, NULL, on_any, self, NULL);
  soup_server_add_early_handler (soup, "/connect", on_upgrade_early, self, NULL);
  soup_server_add_websocket_handler (soup, "/connect", NULL, NULL, on_connect, self, NULL);
  if (self->relay != NULL)
    {
      soup_server_add_early_handler (soup, "/turn", on_upgrade_early, self, NULL);
      soup_server_add_websocket_handler (soup, "/turn", NULL, NULL, on_turn, self, NULL);
    }
  return soup;
}

static gboolean
open_door (BgHubServer *self, const BgHubOptions *options, GError **error)
{
  g_autoptr (GPtrArray) sockets = bg_hub_activation_sockets ();
  g_auto (BgListenAddress) listen = { 0 };

  if (!bg_listen_address_parse (options->listen, &listen, error))
    {
      g_prefix_error (error, "listen: ");
      return FALSE;
    }
  if (options->port >= 0)
    listen.port = (guint16) options->port;
  self->soup = soup_new (self);
  self->listener = bg_hub_listener_new (self->soup, sockets, &listen, self->tls, error);
  if (self->listener == NULL)
    return FALSE;
  name_self (self);
  return TRUE;
}

static void
say_hello (BgHubServer *self)
{
  const char *pin = pin_of (self);

  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "listening at %s, subnet %s, token in %s", self->url,
          self->subnet, self->token_file);
  if (!bg_ip_prefix_is_nobodys (bg_hub_network_get_subnet (self->http.memory.network)))
    bg_log (
      BG_TOPIC_HUB, WARNING, NULL,
      "subnet %s belongs to others, whom our devices could not reach any more: they refuse it "
      "unless told otherwise",
      self->subnet);
  if (pin != NULL)
    bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "public key pin: %s", pin);
  if (self->tls == NULL && !bg_hub_listener_is_loopback (self->listener))
    bg_log (BG_TOPIC_HUB, WARNING, NULL,
            "no TLS on an address that others reach: token, names and keys travel readable");
}

static gboolean
set_suffix (BgHubServer *self, const char *suffix, GError **error)
{
  g_autofree char *shown = NULL;

  self->suffix = bg_suffix_normalize (suffix);
  if (self->suffix != NULL || suffix == NULL)
    return TRUE;
  shown = bg_printable (suffix);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_SUFFIX, shown);
  return FALSE;
}

/* Members hold to it only where it cannot be somebody's. */
static void
judge_suffix (BgHubServer *self)
{
  if (self->suffix != NULL && !bg_suffix_is_nobodys (self->suffix))
    bg_log (BG_TOPIC_HUB, WARNING, NULL,
            "the suffix %s may be somebody's: it counts on devices whose own settings say it too",
            self->suffix);
}

BgHubServer *
bg_hub_server_new (const BgHubOptions *options, GError **error)
{
  g_autoptr (BgHubServer) self = g_new0 (BgHubServer, 1);

  self->state_lock = -1;
  self->max_peers = options->max_peers;
  self->limits = (BgHubSessionLimits){ options->join_timeout_s, options->ping_interval_s,
                                       &self->backlog };
  self->places = bg_hub_places_new (options->max_sockets);
  self->rooms = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) bg_hub_room_free);
  self->sessions = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) bg_hub_session_free, g_free);
  self->http.guard = bg_hub_guard_new ("invite codes");
  self->http.credential_guard = bg_hub_guard_new ("credentials");
  self->http.invite_lifetime_s = options->invite_lifetime_s;
  self->http.is_behind_proxy = options->behind_proxy;
  if (!set_challenges (self, error)
      || !bg_hub_request_public_base (options->public_url, &self->http.public_base, error)
      || !set_suffix (self, options->suffix, error) || !open_state (self, options, error))
    return NULL;
  if (!open_door (self, options, error))
    return NULL;
  say_hello (self);
  judge_suffix (self);
  return g_steal_pointer (&self);
}

char *
bg_hub_server_describe (BgHubServer *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  g_autoptr (JsonNode) root = NULL;

  json_builder_set_member_name (builder, "pin");
  if (pin_of (self) != NULL)
    json_builder_add_string_value (builder, pin_of (self));
  else
    json_builder_add_null_value (builder);
  json_builder_set_member_name (builder, "port");
  json_builder_add_int_value (builder, bg_hub_listener_get_port (self->listener));
  json_builder_set_member_name (builder, "token_file");
  json_builder_add_string_value (builder, self->token_file);
  json_builder_set_member_name (builder, "url");
  json_builder_add_string_value (builder, self->url);
  root = json_builder_get_root (json_builder_end_object (builder));
  return json_to_string (root, FALSE);
}

void
bg_hub_server_reload (BgHubServer *self)
{
  if (self->tls != NULL)
    bg_hub_tls_reload (self->tls);
}

void
bg_hub_server_get_facts (BgHubServer *self, BgHubFacts *facts)
{
  *facts = (BgHubFacts){ self->url, pin_of (self), self->http.token, self->subnet };
}

/* Going down */

static gboolean
on_stop_deadline (gpointer data)
{
  BgHubServer *self = data;

  bg_source_drop (&self->stop_deadline);
  self->on_stopped (self->stop_data);
  return G_SOURCE_REMOVE;
}

static void
dissolve (gpointer name, gpointer room, gpointer data)
{
  bg_hub_room_dissolve (room);
}

void
bg_hub_server_stop (BgHubServer *self, void (*on_stopped) (gpointer data), gpointer data)
{
  g_autofree gpointer *sessions = g_hash_table_get_keys_as_array (self->sessions, NULL);

  if (self->stop_deadline != NULL)
    return;
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "going down, %u connected",
          g_hash_table_size (self->sessions));
  self->on_stopped = on_stopped;
  self->stop_data = data;
  bg_hub_listener_stop (self->listener);
  bg_source_arm (&self->stop_deadline, STOP_MS, on_stop_deadline, self);
  g_hash_table_foreach (self->rooms, dissolve, NULL);
  for (gpointer *session = sessions; *session != NULL; session++)
    bg_hub_session_close (*session, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "the hub goes down");
  if (self->relay != NULL)
    bg_hub_relay_stop (self->relay);
  maybe_stopped (self);
}

static void
forget_secret (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

void
bg_hub_server_free (BgHubServer *self)
{
  if (self == NULL)
    return;
  bg_source_drop (&self->stop_deadline);
  bg_source_drop (&self->tick);
  g_clear_pointer (&self->sessions, g_hash_table_unref);
  g_clear_pointer (&self->relay, bg_hub_relay_free);
  g_clear_pointer (&self->rooms, g_hash_table_unref);
  bg_hub_memory_close (&self->http.memory); /* some answers wait for it */
  if (self->soup != NULL)
    soup_server_disconnect (self->soup);
  g_clear_pointer (&self->listener, bg_hub_listener_free);
  g_clear_object (&self->soup);
  g_clear_pointer (&self->tls, bg_hub_tls_free);
  g_clear_pointer (&self->http.coming, bg_hub_coming_free);
  g_clear_pointer (&self->http.guard, bg_hub_guard_free);
  g_clear_pointer (&self->http.credential_guard, bg_hub_guard_free);
  g_clear_pointer (&self->http.challenges, bg_hub_challenges_free);
  g_clear_pointer (&self->places, bg_hub_places_free);
  forget_secret (self->http.token);
  forget_secret (self->http.turn_secret);
  g_free (self->http.public_base);
  g_free (self->http.local_base);
  g_free (self->suffix);
  g_free (self->wanted_subnet);
  g_free (self->news);
  g_free (self->token_file);
  g_free (self->url);
  if (self->state_lock >= 0)
    close (self->state_lock);
  g_free (self);
}
