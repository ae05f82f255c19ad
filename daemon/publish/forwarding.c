/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/forwarding.h"

#include "common/source.h"
#include "publish/forwarding-thread.h"

#include <glib-unix.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <unistd.h>

struct _BgForwardingEngine
{
  BgPost *orders, *events;
  BgForwardingThread *thread; /* NULL: nobody has doors */
  GSource *source;            /* of the events */
  GHashTable *doors;          /* id in the door → Door */
  guint64 last_door;
  guint n_users;
  gboolean is_owned;
};

typedef struct
{
  guint64 id;
  BgForwarding *user;
  BgDoorTally *tally;
} Door;

struct _BgForwarding
{
  BgForwardingEngine *engine;
  BgForwardingEvents handlers;
  gpointer owner;
};

/* --- The engine --- */

static void
raise_descriptors (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= limit.rlim_max)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static void
door_free (gpointer data)
{
  Door *door = data;

  bg_door_tally_unref (door->tally);
  g_free (door);
}

static void
hand_on (BgForwardingEngine *self, const BgForwardEvent *event)
{
  guint64 id = event->door;
  Door *door = g_hash_table_lookup (self->doors, &id);
  const BgForwarding *user;

  if (!door)
    return;
  user = door->user;
  if (event->type == BG_FORWARD_WAS_REJECTED)
    {
      if (user->handlers.rejected)
        user->handlers.rejected (user->owner, id);
      return;
    }
  if (user->handlers.drained)
    user->handlers.drained (user->owner, id);
  g_hash_table_remove (self->doors, &id);
}

static gboolean
on_events_ready (gint fd, GIOCondition condition, gpointer data)
{
  BgForwardingEngine *self = data;

  for (BgPostItem *item = bg_post_take_all (self->events), *next; item; item = next)
    {
      next = item->next;
      hand_on (self, (BgForwardEvent *) item);
      g_free (item);
    }
  return G_SOURCE_CONTINUE;
}

static void
order (BgForwardingEngine *self, BgForwardOrder values)
{
  BgForwardOrder *posted = g_memdup2 (&values, sizeof values);

  bg_post_put (self->orders, &posted->item);
}

/* One that nobody carried out. */
static void
drop_order (gpointer data)
{
  BgForwardOrder *dropped = data;

  if (dropped->door.way)
    bg_forward_way_unref (dropped->door.way);
  if (dropped->door.rules)
    bg_door_rules_free (dropped->door.rules);
  if (dropped->door.tally)
    bg_door_tally_unref (dropped->door.tally);
  if (dropped->type == BG_FORWARD_OPEN)
    close (dropped->door.fd);
  g_free (dropped);
}

static void
stop (BgForwardingEngine *self)
{
  bg_source_drop (&self->source);
  if (self->thread)
    {
      order (self, (BgForwardOrder){ .type = BG_FORWARD_QUIT });
      bg_forwarding_thread_join (g_steal_pointer (&self->thread));
    }
  if (self->orders)
    bg_post_free (g_steal_pointer (&self->orders), drop_order);
  if (self->events)
    bg_post_free (g_steal_pointer (&self->events), NULL);
}

static gboolean
begin (BgForwardingEngine *self, GError **error)
{
  raise_descriptors ();
  self->orders = bg_post_new (error);
  if (!self->orders)
    return FALSE;
  self->events = bg_post_new (error);
  if (!self->events)
    return FALSE;
  self->thread = bg_forwarding_thread_new (self->orders, self->events, error);
  if (!self->thread)
    return FALSE;
  self->source = bg_source_attach (g_unix_fd_source_new (bg_post_fd (self->events), G_IO_IN),
                                   G_SOURCE_FUNC (on_events_ready), self);
  return TRUE;
}

BgForwardingEngine *
bg_forwarding_engine_new (void)
{
  BgForwardingEngine *self = g_new0 (BgForwardingEngine, 1);

  self->doors = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, door_free);
  self->is_owned = TRUE;
  return self;
}

static void
go_where_nobody_is (BgForwardingEngine *self)
{
  if (self->n_users > 0)
    return;
  stop (self);
  if (self->is_owned)
    return;
  g_hash_table_unref (self->doors);
  g_free (self);
}

void
bg_forwarding_engine_free (BgForwardingEngine *self)
{
  if (!self)
    return;
  self->is_owned = FALSE;
  go_where_nobody_is (self);
}

/* --- Those who have doors --- */

BgForwarding *
bg_forwarding_new (BgForwardingEngine *engine, const BgForwardingEvents *events, gpointer owner,
                   GError **error)
{
  BgForwarding *self;

  if (engine->n_users == 0 && !begin (engine, error))
    {
      stop (engine);
      return NULL;
    }
  engine->n_users++;
  self = g_new0 (BgForwarding, 1);
  self->engine = engine;
  self->handlers = *events;
  self->owner = owner;
  return self;
}

static gboolean
drop_if_of (gpointer key, gpointer value, gpointer data)
{
  Door *door = value;
  BgForwarding *self = data;

  if (door->user != self)
    return FALSE;
  order (self->engine, (BgForwardOrder){ .type = BG_FORWARD_DROP, .door = { .id = door->id } });
  return TRUE;
}

/* All that was ordered up to now has been done. */
static void
wait_for_orders (BgForwardingEngine *self)
{
  sem_t done;

  sem_init (&done, 0, 0);
  order (self, (BgForwardOrder){ .type = BG_FORWARD_SAY, .done = &done });
  while (sem_wait (&done) < 0)
    ;
  sem_destroy (&done);
}

void
bg_forwarding_free (BgForwarding *self)
{
  BgForwardingEngine *engine = self->engine;

  if (g_hash_table_foreach_remove (engine->doors, drop_if_of, self) > 0)
    wait_for_orders (engine);
  engine->n_users--;
  go_where_nobody_is (engine);
  g_free (self);
}

static Door *
door_of (BgForwarding *self, guint64 id)
{
  Door *door = g_hash_table_lookup (self->engine->doors, &id);

  return door && door->user == self ? door : NULL;
}

guint64
bg_forwarding_open (BgForwarding *self, int listening_fd, const BgDoorRules *rules,
                    BgForwardWay *way)
{
  BgForwardingEngine *engine = self->engine;
  Door *door = g_new0 (Door, 1);

  *door = (Door){ ++engine->last_door, self, bg_door_tally_new () };
  g_hash_table_insert (engine->doors, &door->id, door);
  order (engine, (BgForwardOrder){ .type = BG_FORWARD_OPEN,
                                   .door = { .id = door->id,
                                             .fd = listening_fd,
                                             .rules = bg_door_rules_copy (rules),
                                             .way = bg_forward_way_ref (way),
                                             .tally = bg_door_tally_ref (door->tally) } });
  return door->id;
}

void
bg_forwarding_set_way (BgForwarding *self, guint64 door, BgForwardWay *way)
{
  if (door_of (self, door))
    order (self->engine,
           (BgForwardOrder){ .type = BG_FORWARD_SET_WAY,
                             .door = { .id = door, .way = bg_forward_way_ref (way) } });
}

void
bg_forwarding_close (BgForwarding *self, guint64 door, gint64 drain_us)
{
  if (door_of (self, door))
    order (
      self->engine,
      (BgForwardOrder){ .type = BG_FORWARD_CLOSE, .door = { .id = door }, .drain_us = drain_us });
}

gboolean
bg_forwarding_counters (BgForwarding *self, guint64 id, BgDoorCounters *out)
{
  const Door *door = door_of (self, id);

  if (door)
    bg_door_tally_read (door->tally, out);
  return door != NULL;
}
