/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/data-events.h"

#include "peer/main-timer.h"
#include "peer/peer-set.h"

#include <glib-unix.h>

/* Figures for whoever looks without asking for more (SetStatisticsInterval). Each peer whose figures are others is a message on
 * the bus: with very many of them less often. */
#define STATS_EVERY_S 300
#define STATS_PEERS_PER_S 2

/* They are of all peers: where the paths of many change at once they are not asked for with each. */
#define STATS_SPACING_MS 1000

struct _BgDataEvents
{
  BgDataplane *dataplane;
  BgDataEventFunc take;
  gpointer owner;
  GSource *source, *stats_timer;
  guint stats_every_s;
  GSource *spacing; /* since they were asked for last */
  gboolean wanted;  /* once more, when that is over */
};

static gboolean
on_stats_timer (gpointer data)
{
  BgDataEvents *self = data;

  /* a full mailbox: the next time will do */
  bg_dataplane_request_stats (self->dataplane, BG_PEER_SET_ROUTINE_COOKIE);
  return G_SOURCE_CONTINUE;
}

static void
set_period (BgDataEvents *self, guint n_peers)
{
  guint every_s = MAX (STATS_EVERY_S, n_peers / STATS_PEERS_PER_S);

  if (every_s == self->stats_every_s)
    return;
  self->stats_every_s = every_s;
  bg_arm_timer (&self->stats_timer, every_s * 1000, on_stats_timer, self);
}

static gboolean
on_event_fd (int fd, GIOCondition condition, gpointer data)
{
  BgDataEvents *self = data;
  BgEvent event;

  while (bg_dataplane_pop_event (self->dataplane, &event))
    {
      if (event.type == BG_EVENT_STATS)
        set_period (self, event.n_stats);
      self->take (self->owner, &event);
      bg_dataplane_event_clear (&event);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_spacing (gpointer data)
{
  BgDataEvents *self = data;

  bg_clear_source (&self->spacing);
  if (self->wanted)
    bg_data_events_want_stats (self);
  return G_SOURCE_REMOVE;
}

void
bg_data_events_want_stats (BgDataEvents *self)
{
  self->wanted = self->spacing != NULL;
  if (self->wanted)
    return;
  on_stats_timer (self);
  bg_arm_timer (&self->spacing, STATS_SPACING_MS, on_spacing, self);
}

BgDataEvents *
bg_data_events_new (BgDataplane *dataplane, BgDataEventFunc take, gpointer owner)
{
  BgDataEvents *self = g_new0 (BgDataEvents, 1);

  self->dataplane = dataplane;
  self->take = take;
  self->owner = owner;
  self->source = g_unix_fd_source_new (bg_dataplane_event_fd (dataplane), G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_event_fd), self, NULL);
  g_source_attach (self->source, NULL);
  set_period (self, 0);
  return self;
}

void
bg_data_events_free (BgDataEvents *self)
{
  if (!self)
    return;
  bg_clear_source (&self->source);
  bg_clear_source (&self->stats_timer);
  bg_clear_source (&self->spacing);
  g_free (self);
}
