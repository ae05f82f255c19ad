/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What the forwarding thread waits for: descriptors (epoll) and points in time (one heap). Everything here is for one thread, and
 * what is watched or armed belongs to its owner, who keeps it in a struct of his own and lets go of it before he is freed.
 * Calls of the same round may be about somebody who has just ended: owners are freed through bg_reactor_bury(). */

typedef struct _BgReactor BgReactor;
typedef void (*BgReactorFunc) (gpointer data, guint32 events);
typedef void (*BgDeadlineFunc) (gpointer data);

typedef struct
{
  int           fd;     /* -1: not watched */
  BgReactorFunc ready;
  gpointer      data;
} BgReactorWatch;

typedef struct
{
  gint64         at;    /* monotonic µs */
  guint          place; /* in the heap, from 1; 0: not armed */
  BgDeadlineFunc due;
  gpointer       data;
} BgDeadline;

BgReactor *bg_reactor_new (GError **error);
void bg_reactor_free (BgReactor *reactor);
/* In every round `watch` has its call before all others. */
void bg_reactor_prefer (BgReactor *reactor, const BgReactorWatch *watch);
/* Waits until something is ready or due, and makes the calls for it. */
void bg_reactor_turn (BgReactor *reactor);
/* Monotonic µs when this round began. */
gint64 bg_reactor_now (const BgReactor *reactor);
/* As big as a read may be; whoever is being called may use it until he returns. */
guint8 *bg_reactor_scratch (BgReactor *reactor);
enum { BG_REACTOR_SCRATCH = 64 * 1024 };

/* `events` are epoll's (EPOLLIN, EPOLLET, …). FALSE where the kernel refuses; errno says why. */
gboolean bg_reactor_watch (BgReactor *reactor, BgReactorWatch *watch, int fd, guint32 events);
/* Fine where it is not watched. The descriptor stays open. */
void bg_reactor_unwatch (BgReactor *reactor, BgReactorWatch *watch);

/* Also moves one that is armed; it is then called once, at `at` or later. */
void bg_reactor_arm (BgReactor *reactor, BgDeadline *deadline, gint64 at);
void bg_reactor_disarm (BgReactor *reactor, BgDeadline *deadline);

/* `dead` goes at the end of this round. */
void bg_reactor_bury (BgReactor *reactor, gpointer dead, GDestroyNotify free_func);
