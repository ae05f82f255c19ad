/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A cancellable that is cancelled when the caller's is, and when the time is over; on the thread's default context. */
typedef struct
{
  GCancellable *cancellable; /* for what may take no longer */
  gboolean      is_late;     /* the time is over */
  /*< private >*/
  GCancellable *caller;
  gulong        handler;
  GSource      *timer;
} BgTimeLimit;

/* `self` is zeroes, and stays where it is until bg_time_limit_end(); `caller` may be NULL. */
void bg_time_limit_begin (BgTimeLimit *self, guint ms, GCancellable *caller);
/* Lets go of all. */
void bg_time_limit_end (BgTimeLimit *self);

G_END_DECLS
