/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/relay-thread.h"
#include "signaling/server-pin.h"
#include "common/log.h"
#include "common/source.h"

#include <unistd.h>

enum
{
  SWEEP_S = 15,
  FAREWELL_MS = 200,
};

struct _BgRelayThread
{
  /* whose it is */
  BgRelayNewsFunc func; /* NULL: nobody listens any more */
  gpointer owner;
  GMainContext *home;

  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;

  /* the thread's own */
  GHashTable *doors; /* BgRelayDoor → BgRelayServer */
  GPtrArray *lines;
  GPtrArray *leaving;    /* SoupWebsocketConnection */
  BgRelayServer *server; /* of `session` */
  SoupSession *session;
  GSource *sweep;
};

static void
self_clear (gpointer data)
{
  BgRelayThread *self = data;

  g_main_context_unref (self->home);
  g_main_context_unref (self->context);
  g_main_loop_unref (self->loop);
}

static void
self_unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, self_clear);
}

/* `context` is told to call `func`, in its own time. */
static void
post (GMainContext *context, GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, destroy);
  g_source_attach (source, context);
}

/* News go home */

typedef struct
{
  BgRelayThread *thread;
  BgRelayNews news;
} Letter;

static gboolean
on_letter (gpointer data)
{
  Letter *letter = data;

  if (letter->thread->func)
    letter->thread->func (letter->thread->owner, &letter->news);
  return G_SOURCE_REMOVE;
}

static void
letter_free (gpointer data)
{
  Letter *letter = data;

  g_clear_pointer (&letter->news.reason, bg_words_unref);
  self_unref (letter->thread);
  g_free (letter);
}

static void
tell (BgRelayThread *self, const BgRelayNews *news)
{
  Letter *letter = g_new0 (Letter, 1);

  letter->thread = g_atomic_rc_box_acquire (self);
  letter->news = *news;
  letter->news.reason = news->reason ? bg_words_ref (news->reason) : NULL;
  post (self->home, on_letter, letter, letter_free);
}

/* Lines */

static void
on_line_told (gpointer owner, BgRelayLine *line, BgTurnVerdict verdict, guint code)
{
  tell (owner, &(BgRelayNews){ .verdict = verdict, .code = code });
}

static void
on_line_ended (gpointer owner, BgRelayLine *line, guint status, BgWords *reason)
{
  BgRelayThread *self = owner;

  if (reason)
    tell (self, &(BgRelayNews){ .status = status, .reason = reason });
  g_ptr_array_remove_fast (self->lines, line);
}

static void
on_left_socket_closed (SoupWebsocketConnection *socket, BgRelayThread *self)
{
  g_ptr_array_remove_fast (self->leaving, socket);
}

static void
on_line_left (gpointer owner, SoupWebsocketConnection *socket)
{
  BgRelayThread *self = owner;

  g_ptr_array_add (self->leaving, socket);
  if (soup_websocket_connection_get_state (socket) == SOUP_WEBSOCKET_STATE_CLOSED)
    on_left_socket_closed (socket, self);
  else
    g_signal_connect (socket, "closed", G_CALLBACK (on_left_socket_closed), self);
}

static const BgRelayLineEvents line_events = { on_line_told, on_line_ended, on_line_left };

static BgRelayLine *
longest_unused (BgRelayThread *self, guint *unused)
{
  gint64 limit = g_get_monotonic_time () - (gint64) BG_RELAY_SPARE_S * G_USEC_PER_SEC;
  BgRelayLine *longest = NULL;

  *unused = 0;
  for (guint i = 0; i < self->lines->len; i++)
    {
      BgRelayLine *line = self->lines->pdata[i];

      if (bg_relay_line_get_used_at (line) > limit)
        continue;
      ++*unused;
      if (!longest || bg_relay_line_get_used_at (line) < bg_relay_line_get_used_at (longest))
        longest = line;
    }
  return longest;
}

static gboolean
on_sweep (gpointer data)
{
  BgRelayThread *self = data;
  guint unused;

  for (BgRelayLine *line = longest_unused (self, &unused); unused > BG_RELAY_SPARE_LINES;
       line = longest_unused (self, &unused))
    g_ptr_array_remove_fast (self->lines, line);
  if (self->lines->len > BG_RELAY_SPARE_LINES)
    return G_SOURCE_CONTINUE;
  bg_source_drop (&self->sweep);
  return G_SOURCE_REMOVE;
}

static void
use_server (BgRelayThread *self, BgRelayServer *server)
{
  if (self->server && g_strcmp0 (self->server->pin, server->pin) == 0)
    return;
  g_clear_object (&self->session);
  g_clear_pointer (&self->server, bg_relay_server_unref);
  self->server = bg_relay_server_ref (server);
  self->session = bg_server_pin_session_new (server->pin);
}

static void
on_door_done (gpointer owner, BgRelayDoor *door, int fd)
{
  BgRelayThread *self = owner;
  BgRelayServer *server = g_hash_table_lookup (self->doors, door);

  if (fd >= 0 && self->lines->len < BG_RELAY_MAX_LINES)
    {
      use_server (self, server);
      g_ptr_array_add (self->lines,
                       bg_relay_line_new (fd, self->session, server, &line_events, self));
    }
  else if (fd >= 0)
    close (fd);
  g_hash_table_remove (self->doors, door);
  if (self->lines->len > BG_RELAY_SPARE_LINES && !self->sweep)
    self->sweep = bg_source_attach (g_timeout_source_new_seconds (SWEEP_S), on_sweep, self);
}

/* Doors */

typedef struct
{
  BgRelayThread *thread;
  BgRelayPorts ports;
  BgRelayServer *server;
} Order;

static gboolean
on_order (gpointer data)
{
  Order *order = data;
  BgRelayThread *self = order->thread;
  BgRelayDoor *door = bg_relay_door_new (&order->ports, on_door_done, self);

  g_hash_table_insert (self->doors, door, bg_relay_server_ref (order->server));
  order->ports = (BgRelayPorts){ .fds = { -1, -1 } };
  return G_SOURCE_REMOVE;
}

static void
order_free (gpointer data)
{
  Order *order = data;

  bg_relay_ports_close (&order->ports);
  bg_relay_server_unref (order->server);
  self_unref (order->thread);
  g_free (order);
}

void
bg_relay_thread_open (BgRelayThread *self, const BgRelayPorts *ports, BgRelayServer *server)
{
  Order *order = g_new0 (Order, 1);

  order->thread = g_atomic_rc_box_acquire (self);
  order->ports = *ports;
  order->server = bg_relay_server_ref (server);
  post (self->context, on_order, order, order_free);
}

/* The thread */

static gboolean
on_farewell_over (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
say_farewell (BgRelayThread *self)
{
  gboolean over = FALSE;
  GSource *limit = bg_source_attach (g_timeout_source_new (FAREWELL_MS), on_farewell_over, &over);

  while (!over && self->leaving->len > 0)
    g_main_context_iteration (self->context, TRUE);
  bg_source_drop (&limit);
  for (guint i = 0; i < self->leaving->len; i++)
    g_signal_handlers_disconnect_by_data (self->leaving->pdata[i], self);
  g_ptr_array_unref (self->leaving);
}

static void
close_doors (BgRelayThread *self)
{
  GHashTableIter iter;
  gpointer door;

  g_hash_table_iter_init (&iter, self->doors);
  while (g_hash_table_iter_next (&iter, &door, NULL))
    bg_relay_door_free (door);
  g_hash_table_unref (self->doors);
}

static gpointer
run (gpointer data)
{
  BgRelayThread *self = data;

  g_main_context_push_thread_default (self->context);
  self->doors = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) bg_relay_server_unref);
  self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_relay_line_free);
  self->leaving = g_ptr_array_new_with_free_func (g_object_unref);
  g_main_loop_run (self->loop);
  bg_source_drop (&self->sweep);
  close_doors (self);
  g_ptr_array_unref (self->lines);
  say_farewell (self);
  g_clear_object (&self->session);
  g_clear_pointer (&self->server, bg_relay_server_unref);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static gboolean
on_quit (gpointer data)
{
  g_main_loop_quit (((BgRelayThread *) data)->loop);
  return G_SOURCE_REMOVE;
}

BgRelayThread *
bg_relay_thread_new (BgRelayNewsFunc func, gpointer owner)
{
  BgRelayThread *self = g_atomic_rc_box_new0 (BgRelayThread);

  self->func = func;
  self->owner = owner;
  self->home = g_main_context_ref_thread_default ();
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("relay", run, self);
  return self;
}

void
bg_relay_thread_free (BgRelayThread *self)
{
  self->func = NULL;
  post (self->context, on_quit, self, NULL);
  g_thread_join (self->thread);
  self_unref (self);
}
