/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/retry.h"

#include "peer/main-timer.h"
#include "signaling/backoff.h"

#define HOLDS_US (30 * G_USEC_PER_SEC)

struct _BgRetry
{
  BgRetryDue due;
  gpointer owner;
  guint failures;      /* in a row */
  gint64 succeeded_us; /* monotonic, 0: not since the last failure */
  gint64 due_us;       /* realtime */
  GSource *timer;      /* NULL: nothing is waited for */
};

BgRetry *
bg_retry_new (BgRetryDue due, gpointer owner)
{
  BgRetry *self = g_new0 (BgRetry, 1);

  self->due = due;
  self->owner = owner;
  return self;
}

void
bg_retry_free (BgRetry *self)
{
  if (!self)
    return;
  bg_clear_source (&self->timer);
  g_free (self);
}

static gboolean
on_timer (gpointer data)
{
  BgRetry *self = data;

  bg_clear_source (&self->timer);
  self->due (self->owner);
  return G_SOURCE_REMOVE;
}

static void
wait_for (BgRetry *self, guint delay_ms)
{
  self->due_us = g_get_real_time () + (gint64) delay_ms * 1000;
  bg_arm_timer (&self->timer, delay_ms, on_timer, self);
}

void
bg_retry_soon (BgRetry *self)
{
  wait_for (self, 0);
}

void
bg_retry_begin (BgRetry *self)
{
  bg_clear_source (&self->timer);
}

void
bg_retry_failed (BgRetry *self)
{
  if (self->succeeded_us != 0 && g_get_monotonic_time () - self->succeeded_us >= HOLDS_US)
    self->failures = 0;
  self->succeeded_us = 0;
  if (self->failures < G_MAXUINT)
    self->failures++;
  wait_for (self, bg_backoff_delay_ms (self->failures, g_random_double ()));
}

void
bg_retry_succeeded (BgRetry *self)
{
  bg_clear_source (&self->timer);
  self->succeeded_us = g_get_monotonic_time ();
}

gboolean
bg_retry_now (BgRetry *self)
{
  if (!self->timer)
    return FALSE;
  wait_for (self, 0);
  return TRUE;
}

void
bg_retry_cancel (BgRetry *self)
{
  bg_clear_source (&self->timer);
  self->failures = 0;
  self->succeeded_us = 0;
}

gboolean
bg_retry_is_waiting (BgRetry *self)
{
  return self->timer != NULL;
}

BgWords *
bg_retry_describe (BgRetry *self)
{
  return self->timer ? bg_words (NEXT_ATTEMPT, bg_arg_time (self->due_us)) : NULL;
}
