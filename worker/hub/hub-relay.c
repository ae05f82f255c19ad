/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-relay.h"
#include "worker/hub/hub-digests.h"
#include "worker/hub/hub-relay-socket.h"
#include "worker/hub/hub-spent.h"
#include "common/log.h"
#include "common/source.h"

#include <openssl/rand.h>
#include <string.h>

enum
{
  TICK_MS = 1000,
  NETWORK_PART = 4, /* of all allocations one network may have a quarter, */
  NETWORK_LEAST = 64,
  PER_USER = 256, /* a device needs one for each peer that it has no other way to */
  NETWORK_RATES = 4,
  BYTES_PER_MBIT = 1000 * 1000 / 8,
  WRITE_EVERY_MS = 10 * 1000,
};

#define REALM "bamgate"

typedef struct
{
  BgHubRelaySocket *socket; /* NULL: nobody has this number */
  guint64 place;
  char *device; /* as which it came; NULL: with the token that all share */
  BgTurnFrame frames;
  gboolean is_ready; /* in `ready` */
} Client;

struct _BgHubRelay
{
  BgTurnServer *turn;
  BgHubRelayLimits limits;
  BgHubBacklog
    backlog; /* not that of the devices' other sockets, which are cut where it is large */
  BgHubRelaySocketOwner sockets;
  BgHubWriter *writer;
  void (*on_empty) (gpointer data);
  gpointer data;

  BgHubPlaces *places;
  GHashTable *numbers; /* BgHubRelaySocket → its number */
  Client *clients;     /* by number */
  GArray *ready;       /* numbers of those to whom something can go on */
  GSource *flush, *tick;
  guint64 dropped_slow; /* of sockets that are gone */

  BgTurnSpent written; /* what was written down last of what was spent */
  guint64 written_at_ms;
  BgTurnPeriod reached;
};

static BgTurnTime
time_now (void)
{
  return (BgTurnTime){ (guint64) g_get_monotonic_time () / 1000,
                       (guint64) g_get_real_time () / G_USEC_PER_SEC };
}

static guint32
number_of (BgHubRelay *self, BgHubRelaySocket *socket)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, socket));
}

/* What the core asks of us */

static uint64_t
new_nonce (void *data)
{
  guint64 nonce;

  if (RAND_bytes ((guchar *) &nonce, sizeof nonce) != 1)
    nonce = (guint64) g_get_real_time () * 1000; /* as the reference's */
  return nonce;
}

static void
send_parts (void *data, uint32_t number, const BgBytes *parts, size_t n)
{
  BgHubRelay *self = data;

  if (self->clients[number].socket != NULL)
    bg_hub_relay_socket_send (self->clients[number].socket, parts, n);
}

/* The ceiling */

static void
say_reached (BgHubRelay *self, const BgTurnSpent *spent, BgTurnPeriod reached)
{
  g_autofree char *until = bg_hub_spent_until (spent, reached);

  if (reached != self->reached && until != NULL)
    bg_log (BG_TOPIC_HUB, WARNING, NULL,
            "the relay passed on as much as --relay-ceiling allows: nothing more until %s", until);
  self->reached = reached;
}

static void
write_spent (BgHubRelay *self)
{
  BgTurnSpent spent;
  BgTurnPeriod reached = bg_turn_server_get_spent (self->turn, time_now ().unix_s, &spent);

  if (!bg_turn_ceiling_is_set (&self->limits.ceiling))
    return;
  say_reached (self, &spent, reached);
  self->written_at_ms = time_now ().ms;
  if (memcmp (&spent, &self->written, sizeof spent) == 0)
    return;
  self->written = spent;
  bg_hub_spent_write (&spent, self->writer);
}

static void
on_spent (void *data)
{
  write_spent (data);
}

/* What the sockets tell */

static BgTurnVerdict
on_message (BgHubRelaySocket *socket, const guint8 *bytes, gsize len, gpointer data)
{
  BgHubRelay *self = data;
  BgTurnTime now = time_now ();
  guint32 number = number_of (self, socket);

  return bg_turn_server_receive (self->turn, number, self->clients[number].frames, bytes, len,
                                 &now);
}

/* What came of one socket goes together, when all of it is taken; what else is ready, in the next turn of the main loop. */
static void
on_ready (BgHubRelaySocket *socket, gpointer data)
{
  BgHubRelay *self = data;
  guint32 number = number_of (self, socket);

  if (self->clients[number].is_ready)
    return;
  self->clients[number].is_ready = TRUE;
  g_array_append_val (self->ready, number);
}

static void
flush (BgHubRelay *self, guint32 number)
{
  Client *client = &self->clients[number];

  client->is_ready = FALSE;
  if (client->socket != NULL)
    bg_hub_relay_socket_flush (client->socket);
}

/* But for `kept`, which is 0 for none. A flush may make others ready. */
static void
flush_ready (BgHubRelay *self, guint32 kept)
{
  guint32 number;
  gboolean is_kept = FALSE;

  for (guint i = 0; i < self->ready->len; i++)
    if ((number = g_array_index (self->ready, guint32, i)) == kept && kept != 0)
      is_kept = TRUE;
    else
      flush (self, number);
  g_array_set_size (self->ready, 0);
  if (is_kept)
    g_array_append_val (self->ready, kept);
}

/* libsoup is in the midst of this one: it is not written to from here, where it may end. */
static void
on_done (BgHubRelaySocket *socket, gpointer data)
{
  BgHubRelay *self = data;

  flush_ready (self, number_of (self, socket));
}

static gboolean
on_flush (gpointer data)
{
  flush_ready (data, 0);
  return G_SOURCE_CONTINUE;
}

static void
log_leaving (BgHubRelay *self, BgHubRelaySocket *socket)
{
  BgTurnCounters counters;

  bg_turn_server_get_counters (self->turn, &counters);
  bg_log (BG_TOPIC_HUB, INFO, NULL,
          "%s: left the relay, %u use it; %" G_GUINT64_FORMAT " MB relayed since the hub started",
          bg_hub_relay_socket_get_source (socket), bg_hub_relay_count (self) - 1,
          counters.bytes / (1000 * 1000));
}

static void
on_closed (BgHubRelaySocket *socket, gpointer data)
{
  BgHubRelay *self = data;
  guint32 number = number_of (self, socket);
  Client *client = &self->clients[number];

  log_leaving (self, socket);
  self->dropped_slow += bg_hub_relay_socket_get_dropped (socket);
  bg_turn_server_close (self->turn, number);
  bg_hub_places_give_back (self->places, client->place);
  client->socket = NULL;
  g_clear_pointer (&client->device, g_free);
  g_hash_table_remove (self->numbers, socket);
  bg_hub_relay_socket_free (socket);
  if (bg_hub_relay_count (self) > 0)
    return;
  bg_source_drop (&self->tick);
  self->on_empty (self->data);
}

static gboolean
on_tick (gpointer data)
{
  BgHubRelay *self = data;
  g_autofree gpointer *sockets = g_hash_table_get_keys_as_array (self->numbers, NULL);
  gint64 now_us = g_get_monotonic_time ();
  guint64 now_ms = (guint64) now_us / 1000;

  bg_turn_server_expire (self->turn, now_ms);
  if (now_ms - self->written_at_ms >= WRITE_EVERY_MS)
    write_spent (self);
  for (gpointer *socket = sockets; *socket != NULL; socket++)
    bg_hub_relay_socket_tick (
      *socket, now_us,
      bg_turn_server_has_allocation (self->turn, number_of (self, *socket), now_ms));
  return G_SOURCE_CONTINUE;
}

/* Coming and going */

const char *
bg_hub_relay_reason_to_refuse (BgHubRelay *self, GInetAddress *source)
{
  return bg_hub_places_reason_to_refuse (self->places, source);
}

void
bg_hub_relay_add (BgHubRelay *self, SoupWebsocketConnection *connection, BgHubStream *stream,
                  const BgHubRelayVisitor *visitor)
{
  g_autofree char *text = visitor->source != NULL ? g_inet_address_to_string (visitor->source)
                                                  : g_strdup ("proxy");
  guint64 place = bg_hub_places_take (self->places, visitor->source);
  guint32 number = bg_turn_server_open (self->turn, place, time_now ().ms);
  BgHubRelaySocket *socket;

  if (number == 0)
    {
      bg_hub_places_give_back (self->places, place);
      soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, "full");
      return;
    }
  if (visitor->device != NULL)
    bg_turn_server_set_device (
      self->turn, number, (BgBytes){ (const guint8 *) visitor->device, strlen (visitor->device) });
  socket = bg_hub_relay_socket_new (connection, stream, text, self->limits.ping_interval_s,
                                    &self->backlog, &self->sockets);
  g_hash_table_insert (self->numbers, socket, GUINT_TO_POINTER (number));
  self->clients[number] = (Client){ .socket = socket,
                                    .place = place,
                                    .device = g_strdup (visitor->device),
                                    .frames = visitor->frames };
  bg_log (BG_TOPIC_HUB, DEBUG, NULL, "%s: came to the relay, %u use it", text,
          bg_hub_relay_count (self));
  if (self->tick == NULL)
    self->tick = bg_source_attach (g_timeout_source_new (TICK_MS), on_tick, self);
}

guint
bg_hub_relay_count (BgHubRelay *self)
{
  return g_hash_table_size (self->numbers);
}

void
bg_hub_relay_stop (BgHubRelay *self)
{
  g_autofree gpointer *sockets = g_hash_table_get_keys_as_array (self->numbers, NULL);

  for (gpointer *socket = sockets; *socket != NULL; socket++)
    bg_hub_relay_socket_close (*socket, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "the hub goes down");
}

void
bg_hub_relay_part (BgHubRelay *self, const char *device, BgGoodbye why)
{
  g_autofree gpointer *sockets = g_hash_table_get_keys_as_array (self->numbers, NULL);
  const BgGoodbyeWords *words = bg_goodbye_words (why);

  for (gpointer *socket = sockets; *socket != NULL; socket++)
    if (g_strcmp0 (self->clients[number_of (self, *socket)].device, device) == 0)
      bg_hub_relay_socket_close (*socket, words->code, words->reason);
}

void
bg_hub_relay_get_figures (BgHubRelay *self, BgHubRelayFigures *figures)
{
  GHashTableIter iter;
  gpointer socket;

  bg_turn_server_get_counters (self->turn, &figures->turn);
  figures->sockets = bg_hub_relay_count (self);
  figures->dropped_slow = self->dropped_slow;
  figures->ceiling = self->limits.ceiling;
  figures->reached = bg_turn_server_get_spent (self->turn, time_now ().unix_s, &figures->spent);
  g_hash_table_iter_init (&iter, self->numbers);
  while (g_hash_table_iter_next (&iter, &socket, NULL))
    figures->dropped_slow += bg_hub_relay_socket_get_dropped (socket);
}

/* Life */

/* Not by a ready time: each change of one is a system call. */
typedef struct
{
  GSource parent;
  BgHubRelay *relay;
} FlushSource;

static gboolean
prepare_flush (GSource *source, int *timeout)
{
  *timeout = -1;
  return ((FlushSource *) source)->relay->ready->len > 0;
}

static gboolean
check_flush (GSource *source)
{
  return ((FlushSource *) source)->relay->ready->len > 0;
}

static gboolean
dispatch_flush (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSource *
flush_source_new (BgHubRelay *self)
{
  static GSourceFuncs funcs = { prepare_flush, check_flush, dispatch_flush, NULL, NULL, NULL };
  GSource *source = g_source_new (&funcs, sizeof (FlushSource));

  ((FlushSource *) source)->relay = self;
  return source;
}

static BgTurnServer *
make_turn (BgHubRelay *self, const char *secret)
{
  guint64 rate = (guint64) self->limits.mbit_per_s * BYTES_PER_MBIT;
  const BgTurnLimits limits = { .clients = self->limits.sockets,
                                .per_user = PER_USER,
                                .per_network = MAX (self->limits.sockets / NETWORK_PART,
                                                    NETWORK_LEAST),
                                .user_bytes_per_s = rate,
                                .network_bytes_per_s = NETWORK_RATES * rate,
                                .ceiling = self->limits.ceiling };
  const BgTurnHost host = { .digests = bg_hub_digests,
                            .nonce = new_nonce,
                            .send = send_parts,
                            .spent = on_spent,
                            .data = self };

  return bg_turn_server_new (g_malloc (bg_turn_server_size (&limits)), &limits, &host,
                             (BgBytes){ (const guint8 *) secret, strlen (secret) },
                             BG_TEXT (REALM));
}

BgHubRelay *
bg_hub_relay_new (const BgHubRelayLimits *limits, const char *secret, const BgTurnSpent *spent,
                  BgHubWriter *writer, void (*on_empty) (gpointer data), gpointer data)
{
  BgHubRelay *self = g_new0 (BgHubRelay, 1);

  self->limits = *limits;
  self->limits.sockets = MIN (limits->sockets, BG_TURN_CLIENTS_MAX);
  self->writer = writer;
  self->on_empty = on_empty;
  self->data = data;
  self->sockets = (BgHubRelaySocketOwner){ on_message, on_ready, on_done, on_closed, self };
  self->places = bg_hub_places_new (self->limits.sockets);
  self->numbers = g_hash_table_new (NULL, NULL);
  self->clients = g_new0 (Client, self->limits.sockets + 1);
  self->ready = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->flush = bg_source_attach (flush_source_new (self), on_flush, self);
  self->turn = make_turn (self, secret);
  bg_turn_server_set_spent (self->turn, spent);
  return self;
}

void
bg_hub_relay_free (BgHubRelay *self)
{
  GHashTableIter iter;
  gpointer socket;

  if (self == NULL)
    return;
  write_spent (self);
  bg_source_drop (&self->flush);
  bg_source_drop (&self->tick);
  g_hash_table_iter_init (&iter, self->numbers);
  while (g_hash_table_iter_next (&iter, &socket, NULL))
    {
      g_free (self->clients[number_of (self, socket)].device);
      bg_hub_relay_socket_free (socket);
    }
  g_hash_table_unref (self->numbers);
  bg_turn_server_wipe (self->turn);
  g_free (self->turn);
  g_clear_pointer (&self->places, bg_hub_places_free);
  g_array_unref (self->ready);
  g_free (self->clients);
  g_free (self);
}
