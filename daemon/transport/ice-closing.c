/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-closing.h"

#include "common/log.h"
#include "ice-thread.h"

#define PATIENCE_US (2 * G_USEC_PER_SEC)

static GMutex lock;
static GCond done;
static guint ending[BG_ENDINGS];

void
bg_ice_closing_begin (BgEnding what)
{
  g_mutex_lock (&lock);
  ending[what]++;
  g_mutex_unlock (&lock);
}

void
bg_ice_closing_end (BgEnding what)
{
  g_mutex_lock (&lock);
  if (--ending[what] == 0)
    g_cond_broadcast (&done);
  g_mutex_unlock (&lock);
}

static gboolean
is_over (void)
{
  for (guint what = 0; what < BG_ENDINGS; what++)
    if (what != BG_ENDING_AGENT && ending[what] > 0)
      return FALSE;
  return TRUE;
}

static char *
describe (void)
{
  static const char *const names[BG_ENDINGS] = {
    [BG_ENDING_WAY] = "ways with packets",
    [BG_ENDING_LEG] = "legs",
    [BG_ENDING_LOAD] = "loading GStreamer",
    [BG_ENDING_AGENT] = "agents",
  };
  GString *text = g_string_new (NULL);

  for (guint what = 0; what < BG_ENDINGS; what++)
    if (ending[what] > 0)
      g_string_append_printf (text, "%s%s: %u", text->len > 0 ? ", " : "", names[what],
                              ending[what]);
  return g_string_free (text, FALSE);
}

char *
bg_ice_closing_describe (void)
{
  char *text;

  g_mutex_lock (&lock);
  text = describe ();
  g_mutex_unlock (&lock);
  return text;
}

static void
tell (void)
{
  g_autofree char *text = describe ();

  bg_log (BG_TOPIC_ICE, WARNING, NULL, "sessions still end: %s", text);
}

void
bg_ice_closing_wait (void)
{
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;

  g_mutex_lock (&lock);
  while (!is_over ())
    if (!g_cond_wait_until (&done, &lock, until_us))
      {
        tell ();
        until_us = g_get_monotonic_time () + PATIENCE_US;
      }
  g_mutex_unlock (&lock);
}

typedef struct
{
  NiceAgent *agent;
  GMainContext *context;
} Closing;

static void
on_agent_closed (GObject *agent, GAsyncResult *result, gpointer data)
{
  Closing *self = data;

  g_object_unref (self->agent);
  bg_ice_thread_drop_context (self->context);
  g_free (self);
  bg_ice_closing_end (BG_ENDING_AGENT);
}

static void
close_agent (gpointer data)
{
  Closing *self = data;

  nice_agent_close_async (self->agent, on_agent_closed, self);
}

void
bg_ice_closing_take_agent (NiceAgent *agent, GMainContext *context)
{
  Closing *self = g_new (Closing, 1);

  *self = (Closing){ agent, context };
  bg_ice_closing_begin (BG_ENDING_AGENT);
  bg_ice_thread_run_in (context, close_agent, self);
}
