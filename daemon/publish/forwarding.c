/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/forwarding.h"

#include "common/source.h"
#include "publish/forwarding-thread.h"

#include <glib-unix.h>
#include <sys/resource.h>
#include <unistd.h>

struct _BgForwarding
{
  BgForwardingEvents handlers;
  gpointer owner;
  BgPost *orders, *events;
  BgForwardingThread *thread;
  GSource *source;     /* of the events */
  GHashTable *tallies; /* door → BgDoorTally */
  guint64 last_door;
};

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
hand_on (BgForwarding *self, const BgForwardEvent *event)
{
  guint64 door = event->door;

  if (event->type == BG_FORWARD_WAS_REJECTED)
    {
      if (self->handlers.rejected)
        self->handlers.rejected (self->owner, door);
      return;
    }
  if (self->handlers.drained)
    self->handlers.drained (self->owner, door);
  g_hash_table_remove (self->tallies, &door);
}

static gboolean
on_events_ready (gint fd, GIOCondition condition, gpointer data)
{
  BgForwarding *self = data;

  for (BgPostItem *item = bg_post_take_all (self->events), *next; item; item = next)
    {
      next = item->next;
      hand_on (self, (BgForwardEvent *) item);
      g_free (item);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
begin (BgForwarding *self, GError **error)
{
  self->orders = bg_post_new (error);
  if (!self->orders)
    return FALSE;
  self->events = bg_post_new (error);
  if (!self->events)
    return FALSE;
  self->thread = bg_forwarding_thread_new (self->orders, self->events, error);
  return self->thread != NULL;
}

BgForwarding *
bg_forwarding_new (const BgForwardingEvents *events, gpointer owner, GError **error)
{
  g_autoptr (BgForwarding) self = g_new0 (BgForwarding, 1);

  self->handlers = *events;
  self->owner = owner;
  self->tallies = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                         (GDestroyNotify) bg_door_tally_unref);
  raise_descriptors ();
  if (!begin (self, error))
    return NULL;
  self->source = bg_source_attach (g_unix_fd_source_new (bg_post_fd (self->events), G_IO_IN),
                                   G_SOURCE_FUNC (on_events_ready), self);
  return g_steal_pointer (&self);
}

static void
order (BgForwarding *self, BgForwardOrder values)
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

void
bg_forwarding_free (BgForwarding *self)
{
  bg_source_drop (&self->source);
  if (self->thread)
    {
      order (self, (BgForwardOrder){ .type = BG_FORWARD_QUIT });
      bg_forwarding_thread_join (self->thread);
    }
  if (self->orders)
    bg_post_free (self->orders, drop_order);
  if (self->events)
    bg_post_free (self->events, NULL);
  g_hash_table_unref (self->tallies);
  g_free (self);
}

guint64
bg_forwarding_open (BgForwarding *self, int listening_fd, const BgDoorRules *rules,
                    BgForwardWay *way)
{
  guint64 id = ++self->last_door;
  BgDoorTally *tally = bg_door_tally_new ();

  g_hash_table_insert (self->tallies, g_memdup2 (&id, sizeof id), tally);
  order (self, (BgForwardOrder){ .type = BG_FORWARD_OPEN,
                                 .door = { .id = id,
                                           .fd = listening_fd,
                                           .rules = bg_door_rules_copy (rules),
                                           .way = bg_forward_way_ref (way),
                                           .tally = bg_door_tally_ref (tally) } });
  return id;
}

void
bg_forwarding_set_way (BgForwarding *self, guint64 door, BgForwardWay *way)
{
  order (self, (BgForwardOrder){ .type = BG_FORWARD_SET_WAY,
                                 .door = { .id = door, .way = bg_forward_way_ref (way) } });
}

void
bg_forwarding_close (BgForwarding *self, guint64 door, gint64 drain_us)
{
  order (self, (BgForwardOrder){
                 .type = BG_FORWARD_CLOSE, .door = { .id = door }, .drain_us = drain_us });
}

void
bg_forwarding_stop (BgForwarding *self, gint64 drain_us)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->tallies);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    bg_forwarding_close (self, *(guint64 *) id, drain_us);
}

gboolean
bg_forwarding_counters (BgForwarding *self, guint64 door, BgDoorCounters *out)
{
  BgDoorTally *tally = g_hash_table_lookup (self->tallies, &door);

  if (tally)
    bg_door_tally_read (tally, out);
  return tally != NULL;
}
