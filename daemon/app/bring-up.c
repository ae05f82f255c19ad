/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/bring-up.h"

#include "common/error.h"
#include "common/log.h"
#include "peer/main-timer.h"

typedef enum
{
  DOWN,
  GOING_UP,
  UP,
  GOING_DOWN,
} Direction;

struct _BgBringUp
{
  const BgStep *steps;
  guint n_steps;
  BgBringUpSettled settled;
  gpointer owner;

  Direction direction;
  guint
    next; /* going up: the step that runs or comes; going down: one above the step that runs or comes */
  gboolean running; /* a step has not reported yet */
  GCancellable *cancellable;
  GError *error; /* why it goes down */
  GSource *advance;
};

BgBringUp *
bg_bring_up_new (const BgStep *steps, guint n_steps, BgBringUpSettled settled, gpointer owner)
{
  BgBringUp *self = g_new0 (BgBringUp, 1);

  self->steps = steps;
  self->n_steps = n_steps;
  self->settled = settled;
  self->owner = owner;
  return self;
}

void
bg_bring_up_free (BgBringUp *self)
{
  if (!self)
    return;
  g_warn_if_fail (self->direction == DOWN);
  bg_clear_source (&self->advance);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_free (self);
}

static void
settle_up (BgBringUp *self)
{
  self->direction = UP;
  self->settled (self->owner, TRUE, NULL);
}

static void
settle_down (BgBringUp *self)
{
  g_autoptr (GError) error = g_steal_pointer (&self->error);

  self->direction = DOWN;
  g_clear_object (&self->cancellable);
  self->settled (self->owner, FALSE, error);
}

static void
step_up (BgBringUp *self)
{
  if (self->next == self->n_steps)
    {
      settle_up (self);
      return;
    }
  bg_log (BG_TOPIC_APP, DEBUG, NULL, "up: %s", self->steps[self->next].name);
  self->running = TRUE;
  self->steps[self->next].up (self->owner, self);
}

static void
step_down (BgBringUp *self)
{
  const BgStep *step;

  while (self->next > 0 && !self->steps[self->next - 1].down)
    self->next--;
  if (self->next == 0)
    {
      settle_down (self);
      return;
    }
  step = &self->steps[self->next - 1];
  bg_log (BG_TOPIC_APP, DEBUG, NULL, "down: %s", step->name);
  self->running = TRUE;
  step->down (self->owner, self);
}

static gboolean
on_advance (gpointer data)
{
  BgBringUp *self = data;

  bg_clear_source (&self->advance);
  if (self->direction == GOING_UP)
    step_up (self);
  else
    step_down (self);
  return G_SOURCE_REMOVE;
}

/* By the loop, so that what else is due (a signal, a call to stop) has its turn between two steps. */
static void
advance (BgBringUp *self)
{
  bg_arm_timer (&self->advance, 0, on_advance, self);
}

void
bg_bring_up_start (BgBringUp *self)
{
  g_return_if_fail (self->direction == DOWN);
  self->direction = GOING_UP;
  self->next = 0;
  self->cancellable = g_cancellable_new ();
  advance (self);
}

void
bg_bring_up_stop (BgBringUp *self)
{
  if (self->direction == DOWN || self->direction == GOING_DOWN)
    return;
  if (self->direction == GOING_UP && self->running)
    {
      g_cancellable_cancel (self->cancellable);
      return;
    }
  g_cancellable_cancel (self->cancellable);
  self->direction = GOING_DOWN;
  advance (self);
}

gboolean
bg_bring_up_is_down (BgBringUp *self)
{
  return self->direction == DOWN;
}

GCancellable *
bg_bring_up_get_cancellable (BgBringUp *self)
{
  return self->cancellable;
}

/* Takes `error`. */
static GError *
name_step (const BgStep *step, GError *error)
{
  g_autoptr (BgWords) title = step->title == BG_SAY_TEXT
                                ? bg_words_new_text (step->name)
                                : bg_words_make (step->title, (GVariant *[]){ NULL });

  bg_error_wrap (&error, ABOUT, title);
  return error;
}

void
bg_bring_up_step_done (BgBringUp *self, GError *error)
{
  gboolean cancelled = g_cancellable_is_cancelled (self->cancellable);

  g_return_if_fail (self->direction == GOING_UP && self->running);
  self->running = FALSE;
  if (!error)
    self->next++;
  if (error && !cancelled)
    {
      self->error = name_step (&self->steps[self->next], error);
    }
  else
    g_clear_error (&error);
  if (self->error || cancelled)
    self->direction = GOING_DOWN;
  advance (self);
}

void
bg_bring_up_step_undone (BgBringUp *self)
{
  g_return_if_fail (self->direction == GOING_DOWN && self->running);
  self->running = FALSE;
  self->next--;
  advance (self);
}
