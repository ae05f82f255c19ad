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
  CUT_MS = 900, /* more than a second is rounded up to five */
};

struct _BgRelayThread
{
  /* whose it is */
  BgRelayNewsFunc func; /* NULL: nobody listens any more */
  gpointer owner;
  GMainContext *home;

  GThread *thread;
  BgContextLoop *loop, *carrier;
  GMainContext *context; /* run by `loop` */

  GMutex lock;      /* is_over */
  gboolean is_over; /* nothing is run in `context` any more */

  /* the thread's own */
  gboolean quits;
  GHashTable *doors; /* BgRelayDoor → BgRelayServer */
  GPtrArray *lines;
  GPtrArray *leaving;    /* lines, too */
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
  g_mutex_clear (&self->lock);
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
  g_main_context_wakeup (context);
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

typedef struct
{
  BgRelayThread *thread;
  BgRelayLine *line; /* only compared */
} Parting;

static void
parting_free (gpointer data)
{
  Parting *parting = data;

  self_unref (parting->thread);
  g_free (parting);
}

/* From a line's context, where that is still heard here. */
static void
report (BgRelayThread *self, BgRelayLine *line, GSourceFunc func)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Parting *parting;

  if (self->is_over)
    return;
  parting = g_new (Parting, 1);
  *parting = (Parting){ g_atomic_rc_box_acquire (self), line };
  post (self->context, func, parting, parting_free);
}

static void
on_line_told (gpointer owner, BgRelayLine *line, BgTurnVerdict verdict, guint code)
{
  tell (owner, &(BgRelayNews){ .verdict = verdict, .code = code });
}

/* It counts no more, and is kept until it is gone. */
static void
part_with (BgRelayThread *self, BgRelayLine *line)
{
  guint index;

  if (g_ptr_array_find (self->lines, line, &index))
    g_ptr_array_add (self->leaving, g_ptr_array_steal_index_fast (self->lines, index));
}

static gboolean
on_ended (gpointer data)
{
  const Parting *parting = data;

  part_with (parting->thread, parting->line);
  return G_SOURCE_REMOVE;
}

static void
on_line_ended (gpointer owner, BgRelayLine *line, guint status, BgWords *reason)
{
  if (reason)
    tell (owner, &(BgRelayNews){ .status = status, .reason = reason });
  report (owner, line, on_ended);
}

static gboolean
on_gone (gpointer data)
{
  const Parting *parting = data;

  g_ptr_array_remove_fast (parting->thread->leaving, parting->line);
  return G_SOURCE_REMOVE;
}

static void
on_line_gone (gpointer owner, BgRelayLine *line)
{
  report (owner, line, on_gone);
  self_unref (owner);
}

static const BgRelayLineEvents line_events = { on_line_told, on_line_ended, on_line_gone };

static void
send_away (BgRelayThread *self, BgRelayLine *line)
{
  part_with (self, line);
  bg_relay_line_leave (line);
}

static void
add_line (BgRelayThread *self, int fd, BgRelayServer *server)
{
  const BgRelayLineConfig config = { self->session, server,       self->loop,
                                     self->carrier, &line_events, g_atomic_rc_box_acquire (self) };

  g_ptr_array_add (self->lines, bg_relay_line_new (fd, &config));
}

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
    send_away (self, line);
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
      add_line (self, fd, server);
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
await_gone (BgRelayThread *self, guint ms)
{
  g_autoptr (GSource) limit = g_timeout_source_new (ms);
  gboolean over = FALSE;

  g_source_set_callback (limit, on_farewell_over, &over, NULL);
  g_source_attach (limit, self->context);
  g_main_context_wakeup (self->context);
  while (!over && self->leaving->len > 0)
    bg_context_loop_turn (self->loop, TRUE);
  g_source_destroy (limit);
}

/* Nothing of a line is to be left when the program ends: what TLS is made of goes then. */
static void
say_farewell (BgRelayThread *self)
{
  while (self->lines->len > 0)
    send_away (self, self->lines->pdata[0]);
  await_gone (self, FAREWELL_MS);
  for (guint i = 0; i < self->leaving->len; i++)
    bg_relay_line_cut (self->leaving->pdata[i]);
  await_gone (self, CUT_MS);
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

/* What was said before is done, and what it held is free. */
static void
hear_no_more (BgRelayThread *self)
{
  g_mutex_lock (&self->lock);
  self->is_over = TRUE;
  g_mutex_unlock (&self->lock);
  while (bg_context_loop_turn (self->loop, FALSE))
    ;
}

static gpointer
run (gpointer data)
{
  BgRelayThread *self = data;

  self->doors = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) bg_relay_server_unref);
  self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_relay_line_unref);
  self->leaving = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_relay_line_unref);
  while (!self->quits)
    bg_context_loop_turn (self->loop, TRUE);
  bg_source_drop (&self->sweep);
  close_doors (self);
  say_farewell (self);
  hear_no_more (self);
  g_ptr_array_unref (self->lines);
  g_ptr_array_unref (self->leaving);
  g_clear_object (&self->session);
  g_clear_pointer (&self->server, bg_relay_server_unref);
  bg_context_loop_remove_take (self->loop, g_main_context_ref (self->context));
  g_clear_pointer (&self->loop, bg_context_loop_free);
  return NULL;
}

static gboolean
on_quit (gpointer data)
{
  ((BgRelayThread *) data)->quits = TRUE;
  return G_SOURCE_REMOVE;
}

BgRelayThread *
bg_relay_thread_new (BgRelayNewsFunc func, gpointer owner, BgContextLoop *carrier)
{
  BgRelayThread *self = g_atomic_rc_box_new0 (BgRelayThread);

  self->func = func;
  self->owner = owner;
  self->carrier = carrier;
  self->home = g_main_context_ref_thread_default ();
  g_mutex_init (&self->lock);
  self->loop = bg_context_loop_new ();
  self->context = bg_context_loop_add (self->loop);
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
