/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/progress.h"
#include "bamgatectl/terminal.h"
#include "bamgatectl/text-width.h"

#include "common/printable.h"
#include "common/source.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

enum
{
  PATIENCE_MS = 700,
  STEP_MS = 1000,
  SECONDS_FROM = 3, /* then it says how many */
};

struct _Progress
{
  char *what, *reason;
  gint64 since;
  GSource *timer;
};

static gboolean forbidden;

/* The terminal, which the thread of polkit's agent wants too. */
static GMutex mutex;
static gboolean is_shown; /* a line of ours stands there */
static int pauses;

void
progress_forbid (void)
{
  forbidden = TRUE;
}

static void
erase (void)
{
  if (is_shown)
    fputs ("\r\033[K", stderr);
  is_shown = FALSE;
}

void
progress_pause (void)
{
  g_mutex_lock (&mutex);
  erase ();
  pauses++;
  g_mutex_unlock (&mutex);
}

void
progress_resume (void)
{
  g_mutex_lock (&mutex);
  pauses--;
  g_mutex_unlock (&mutex);
}

static char *
line_of (const Progress *self)
{
  gint64 seconds = (g_get_monotonic_time () - self->since) / G_USEC_PER_SEC;
  GString *text = g_string_new (self->what);

  g_string_append (text, "…");
  if (seconds >= SECONDS_FROM)
    g_string_append_printf (text, _ (" %d s"), (int) seconds);
  if (*self->reason)
    g_string_append_printf (text, " (%s)", self->reason);
  return g_string_free (text, FALSE);
}

static void
draw (const Progress *self)
{
  g_autofree char *line = line_of (self), *shown = NULL;

  shown = text_cut (line, terminal_columns (STDERR_FILENO) - 1);
  g_mutex_lock (&mutex);
  if (pauses == 0)
    {
      fprintf (stderr, "\r%s\033[K", shown);
      is_shown = TRUE;
    }
  g_mutex_unlock (&mutex);
}

static gboolean
on_timer (gpointer data)
{
  Progress *self = data;

  draw (self);
  bg_source_drop (&self->timer);
  self->timer = bg_source_attach (g_timeout_source_new (STEP_MS), on_timer, self);
  return G_SOURCE_REMOVE;
}

Progress *
progress_new (const char *what)
{
  Progress *self;

  if (forbidden || !terminal_obeys (STDERR_FILENO))
    return NULL;
  self = g_new0 (Progress, 1);
  self->what = bg_printable (what);
  self->reason = g_strdup ("");
  self->since = g_get_monotonic_time ();
  self->timer = bg_source_attach (g_timeout_source_new (PATIENCE_MS), on_timer, self);
  return self;
}

static void
take_text (Progress *self, char **field, const char *text)
{
  g_free (*field);
  *field = bg_printable (text);
  if (is_shown)
    draw (self);
}

void
progress_say (Progress *self, const char *what)
{
  if (self)
    take_text (self, &self->what, what);
}

void
progress_explain (Progress *self, const char *reason)
{
  if (self)
    take_text (self, &self->reason, reason);
}

void
progress_free (Progress *self)
{
  if (!self)
    return;
  bg_source_drop (&self->timer);
  g_mutex_lock (&mutex);
  erase ();
  g_mutex_unlock (&mutex);
  g_free (self->what);
  g_free (self->reason);
  g_free (self);
}
