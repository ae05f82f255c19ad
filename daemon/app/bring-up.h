/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A long bring-up as a list of named steps, each with its undo. Steps run one behind the other, asynchronously; a failure
 * or a wish to stop undoes, backwards, what was done. A step that fails has cleaned up after itself. Main thread only. */

#include "common/words.h"

G_BEGIN_DECLS

typedef struct _BgBringUp BgBringUp;

/* Both report once, at once or later: `up` with bg_bring_up_step_done(), `down` with bg_bring_up_step_undone(). */
typedef struct
{
  const char *name;  /* in the log */
  void (*up) (gpointer owner, BgBringUp *run);
  void (*down) (gpointer owner, BgBringUp *run); /* NULL: nothing to undo */
  BgSaying title;    /* for people, before what went wrong; BG_SAY_TEXT: the name */
} BgStep;

/* Told when everything is up (`is_up`, no error), or when everything is down again: by failure (the error, prefixed with
 * the step's name) or by wish (no error). May start anew. */
typedef void (*BgBringUpSettled) (gpointer owner, gboolean is_up, const GError *error);

/* `steps` must outlive it. */
BgBringUp *bg_bring_up_new (const BgStep *steps, guint n_steps, BgBringUpSettled settled, gpointer owner);
/* Must be settled and down. */
void bg_bring_up_free (BgBringUp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgBringUp, bg_bring_up_free)

/* Starts; only while down. */
void bg_bring_up_start (BgBringUp *self);
/* Undoes everything; while steps run it cancels the one that runs, and undoes then. Fine while down, where nothing is said. */
void bg_bring_up_stop (BgBringUp *self);
gboolean bg_bring_up_is_down (BgBringUp *self);

/* For steps: cancelled by bg_bring_up_stop(). */
GCancellable *bg_bring_up_get_cancellable (BgBringUp *self);
/* The step is through; takes `error`. */
void bg_bring_up_step_done (BgBringUp *self, GError *error);
void bg_bring_up_step_undone (BgBringUp *self);

G_END_DECLS
