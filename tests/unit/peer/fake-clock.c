/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-clock.h"

typedef struct
{
  GSource *source; /* borrowed: who armed it owns it */
  GSource **slot;
  guint64 due;
  guint64 number;
  GSourceFunc callback;
  gpointer data;
} Timer;

static GList *timers;
static guint64 now_ms, timer_number;

static gboolean
never_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return FALSE;
}

static gboolean
never_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return G_SOURCE_REMOVE;
}

static GSourceFuncs never = { .prepare = never_prepare, .dispatch = never_dispatch };

void
bg_clear_source (GSource **source)
{
  for (GList *l = timers; l && *source; l = l->next)
    {
      Timer *timer = l->data;

      if (timer->source != *source)
        continue;
      timers = g_list_delete_link (timers, l);
      g_free (timer);
      break;
    }
  g_clear_pointer (source, g_source_unref);
}

void
bg_arm_timer (GSource **source, guint delay_ms, GSourceFunc callback, gpointer data)
{
  Timer *timer = g_new0 (Timer, 1);

  bg_clear_source (source);
  *source = g_source_new (&never, sizeof (GSource));
  *timer = (Timer){ *source, source, now_ms + delay_ms, timer_number++, callback, data };
  timers = g_list_append (timers, timer);
}

static Timer *
next_due (guint64 until)
{
  Timer *first = NULL;

  for (GList *l = timers; l; l = l->next)
    {
      Timer *timer = l->data;

      if (timer->due <= until
          && (!first || timer->due < first->due
              || (timer->due == first->due && timer->number < first->number)))
        first = timer;
    }
  return first;
}

static void
repeat_if_wanted (GSource *source, guint64 delay)
{
  for (GList *l = timers; l; l = l->next)
    {
      Timer *timer = l->data;

      if (timer->source == source)
        timer->due = now_ms + MAX (delay, 1);
    }
}

void
fake_clock_advance (guint ms)
{
  guint64 until = now_ms + ms;
  Timer *timer;

  while ((timer = next_due (until)) != NULL)
    {
      GSource *source = timer->source;
      guint64 delay = timer->due > now_ms ? timer->due - now_ms : 0;

      now_ms = MAX (now_ms, timer->due);
      timer->due = G_MAXUINT64; /* not again by itself */
      if (timer->callback (timer->data) == G_SOURCE_CONTINUE)
        repeat_if_wanted (source, delay);
    }
  now_ms = until;
}

gint64
bg_main_now_us (void)
{
  return (gint64) (now_ms + 1) * 1000;
}

guint
fake_clock_pending (void)
{
  return g_list_length (timers);
}
