/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-lanes.h"
#include "common/context-loop.h"
#include "common/source.h"

#include <glib-unix.h>

enum
{
  LANES = 64, /* of some dozen connections where there are thousands; each has a descriptor */
};

struct _BgHubLanes
{
  BgContextLoop *loop;
  GMainContext *contexts[LANES];
  guint next;
  GSource *news, *more;
};

static gboolean visit (gpointer data);

/* One turn of the main loop at a time: what came meanwhile elsewhere is not kept waiting. */
static void
visit_again (BgHubLanes *self, gboolean is_more_left)
{
  g_source_set_ready_time (self->more, is_more_left ? 0 : -1);
}

static gboolean
visit (gpointer data)
{
  BgHubLanes *self = data;

  visit_again (self, bg_context_loop_visit (self->loop));
  return G_SOURCE_CONTINUE;
}

static gboolean
on_news (int fd, GIOCondition condition, gpointer data)
{
  return visit (data);
}

static gboolean
dispatch_more (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

BgHubLanes *
bg_hub_lanes_new (void)
{
  static GSourceFuncs funcs = { .dispatch = dispatch_more };
  BgHubLanes *self = g_new0 (BgHubLanes, 1);

  self->loop = bg_context_loop_new ();
  bg_context_loop_set_exact (self->loop);
  bg_context_loop_enter (self->loop);
  for (guint i = 0; i < LANES; i++)
    self->contexts[i] = bg_context_loop_add (self->loop);
  self->more = bg_source_attach (g_source_new (&funcs, sizeof (GSource)), visit, self);
  self->news = bg_source_attach (
    g_unix_fd_source_new (bg_context_loop_get_fd (self->loop), G_IO_IN), G_SOURCE_FUNC (on_news),
    self);
  visit (self);
  return self;
}

void
bg_hub_lanes_free (BgHubLanes *self)
{
  if (self == NULL)
    return;
  bg_source_drop (&self->news);
  bg_source_drop (&self->more);
  for (guint i = 0; i < LANES; i++)
    bg_context_loop_remove_take (self->loop, self->contexts[i]);
  bg_context_loop_free (self->loop);
  g_free (self);
}

void
bg_hub_lanes_enter (BgHubLanes *self)
{
  self->next = (self->next + 1) % LANES;
  g_main_context_push_thread_default (self->contexts[self->next]);
}

/* Its owner is this thread, which GLib takes for awake. */
void
bg_hub_lanes_leave (BgHubLanes *self)
{
  GMainContext *context = g_main_context_get_thread_default ();

  g_main_context_pop_thread_default (context);
  g_main_context_wakeup (context);
}
