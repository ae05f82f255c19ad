/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-handshakes.h"
#include "common/log.h"
#include "common/source.h"

#include <sys/socket.h>

enum
{
  MAX_RUNNING = 16,
  RECORD_HEADER = 5,
  RECORD_MAX = 16384, /* RFC 8446, 5.1 */
  CONTENT_HANDSHAKE = 22,
};

typedef struct
{
  BgHubHandshakes *owner;
  BgHubStream *stream;
  GTlsConnection *tls;
  GSocketConnection *connection;
  guint64 network;
  GSource *hello;  /* waits for the ClientHello */
  gsize wanted;    /* bytes of it that wake us */
  GError *failure; /* the thread's verdict; NULL: it is done */
} Handshake;

struct _BgHubHandshakes
{
  BgHubHandshakeFunc done;
  gpointer data;
  GQueue greeting; /* Handshake without a whole ClientHello */
  GQueue ready;    /* Handshake that waits for a thread, oldest first */
  GQueue running;  /* Handshake in a thread, oldest first */
  GThreadPool *threads;
  GAsyncQueue *over; /* Handshake, from the threads */
  GSource *on_over;
};

static void
handshake_free (Handshake *handshake)
{
  bg_source_drop (&handshake->hello);
  g_clear_error (&handshake->failure);
  g_object_unref (handshake->stream);
  g_object_unref (handshake->tls);
  g_object_unref (handshake->connection);
  g_free (handshake);
}

/* The thread */

static void
run_handshake (gpointer data, gpointer owner)
{
  Handshake *handshake = data;
  BgHubHandshakes *self = owner;

  g_tls_connection_handshake (handshake->tls, NULL, &handshake->failure);
  g_async_queue_push (self->over, handshake);
  g_source_set_ready_time (self->on_over, 0);
}

/* Turns */

static guint
count_running (BgHubHandshakes *self, guint64 network)
{
  guint count = 0;

  for (GList *l = self->running.head; l != NULL; l = l->next)
    count += ((Handshake *) l->data)->network == network;
  return count;
}

/* Of the network that runs fewest, the one that waits longest. */
static Handshake *
take_next (BgHubHandshakes *self)
{
  GList *best = NULL;
  guint fewest = G_MAXUINT;
  Handshake *handshake;

  for (GList *l = self->ready.head; l != NULL && fewest > 0; l = l->next)
    {
      guint count = count_running (self, ((Handshake *) l->data)->network);

      if (count < fewest)
        best = l;
      fewest = MIN (fewest, count);
    }
  if (best == NULL)
    return NULL;
  handshake = best->data;
  g_queue_delete_link (&self->ready, best);
  return handshake;
}

static void
run_ready (BgHubHandshakes *self)
{
  while (self->running.length < MAX_RUNNING)
    {
      Handshake *next = take_next (self);

      if (next == NULL)
        return;
      g_queue_push_tail (&self->running, next);
      g_thread_pool_push (self->threads, next, NULL);
    }
}

/* A place for a network that has none: the oldest of the one that has most makes it. */
static void
make_way (BgHubHandshakes *self, guint64 network)
{
  Handshake *victim = g_queue_peek_head (&self->running);
  guint most = 0;

  if (self->running.length < MAX_RUNNING || count_running (self, network) > 0)
    return;
  for (GList *l = self->running.head; l != NULL; l = l->next)
    {
      guint count = count_running (self, ((Handshake *) l->data)->network);

      if (count > most)
        victim = l->data;
      most = MAX (most, count);
    }
  bg_hub_stream_cut (victim->stream);
}

/* The ClientHello */

static void
want (Handshake *handshake, gsize bytes)
{
  GSocket *socket = g_socket_connection_get_socket (handshake->connection);

  handshake->wanted = bytes;
  g_socket_set_option (socket, SOL_SOCKET, SO_RCVLOWAT, (int) bytes, NULL);
}

/* How many bytes its first record has; 0 where it is no TLS, or nothing more comes. */
static gsize
record_length (GSocket *socket)
{
  guint8 head[RECORD_HEADER];
  gssize n = recv (g_socket_get_fd (socket), head, sizeof head, MSG_PEEK | MSG_DONTWAIT);
  gsize len = n == RECORD_HEADER ? (gsize) (head[3] << 8 | head[4]) : 0;

  if (n != RECORD_HEADER || head[0] != CONTENT_HANDSHAKE || len == 0 || len > RECORD_MAX)
    return 0;
  return RECORD_HEADER + len;
}

static void
leave_greeting (Handshake *handshake)
{
  g_queue_remove (&handshake->owner->greeting, handshake);
  bg_source_drop (&handshake->hello);
}

static void
give_up (Handshake *handshake)
{
  bg_log (BG_TOPIC_HUB, DEBUG, NULL, "TLS handshake: no ClientHello came");
  leave_greeting (handshake);
  bg_hub_stream_cut (handshake->stream);
  handshake_free (handshake);
}

static gboolean
on_hello (GSocket *socket, GIOCondition condition, gpointer data)
{
  Handshake *handshake = data;
  BgHubHandshakes *self = handshake->owner;
  gsize available = (gsize) MAX (g_socket_get_available_bytes (socket), 0);
  gsize len = record_length (socket);

  if (len == 0 || available < handshake->wanted) /* woken by the end of it */
    {
      give_up (handshake);
      return G_SOURCE_REMOVE;
    }
  if (available < len)
    {
      want (handshake, len);
      return G_SOURCE_CONTINUE;
    }
  leave_greeting (handshake);
  want (handshake, 1);
  make_way (self, handshake->network);
  g_queue_push_tail (&self->ready, handshake);
  run_ready (self);
  return G_SOURCE_REMOVE;
}

void
bg_hub_handshakes_add (BgHubHandshakes *self, BgHubStream *stream, GTlsConnection *tls,
                       GSocketConnection *connection, guint64 network)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  Handshake *handshake = g_new0 (Handshake, 1);

  handshake->owner = self;
  handshake->stream = g_object_ref (stream);
  handshake->tls = g_object_ref (tls);
  handshake->connection = g_object_ref (connection);
  handshake->network = network;
  want (handshake, RECORD_HEADER);
  handshake->hello = bg_source_attach (g_socket_create_source (socket, G_IO_IN, NULL),
                                       G_SOURCE_FUNC (on_hello), handshake);
  g_queue_push_tail (&self->greeting, handshake);
}

/* Done */

static gboolean
on_over (gpointer data)
{
  BgHubHandshakes *self = data;

  for (Handshake *handshake; (handshake = g_async_queue_try_pop (self->over)) != NULL;)
    {
      g_queue_remove (&self->running, handshake);
      if (handshake->failure == NULL)
        self->done (handshake->stream, handshake->connection, self->data);
      else
        bg_log (BG_TOPIC_HUB, DEBUG, NULL, "TLS handshake: %s", handshake->failure->message);
      handshake_free (handshake);
    }
  run_ready (self);
  return G_SOURCE_CONTINUE;
}

/* Woken by the threads. */
static gboolean
dispatch_over (GSource *source, GSourceFunc callback, gpointer data)
{
  g_source_set_ready_time (source, -1);
  return callback (data);
}

BgHubHandshakes *
bg_hub_handshakes_new (BgHubHandshakeFunc done, gpointer data)
{
  static GSourceFuncs funcs = { .dispatch = dispatch_over };
  BgHubHandshakes *self = g_new0 (BgHubHandshakes, 1);

  self->done = done;
  self->data = data;
  g_queue_init (&self->greeting);
  g_queue_init (&self->ready);
  g_queue_init (&self->running);
  self->over = g_async_queue_new ();
  self->on_over = bg_source_attach (g_source_new (&funcs, sizeof (GSource)), on_over, self);
  self->threads = g_thread_pool_new (run_handshake, self, MAX_RUNNING, FALSE, NULL);
  return self;
}

void
bg_hub_handshakes_free (BgHubHandshakes *self)
{
  if (self == NULL)
    return;
  for (GList *l = self->running.head; l != NULL; l = l->next)
    bg_hub_stream_cut (((Handshake *) l->data)->stream);
  g_thread_pool_free (self->threads, FALSE, TRUE);
  bg_source_drop (&self->on_over);
  g_queue_clear_full (&self->greeting, (GDestroyNotify) handshake_free);
  g_queue_clear_full (&self->ready, (GDestroyNotify) handshake_free);
  g_queue_clear_full (&self->running, (GDestroyNotify) handshake_free);
  g_async_queue_unref (self->over);
  g_free (self);
}
