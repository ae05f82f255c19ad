/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is worth telling a person, and when: no bus, no clock, no GTK. One says what there is now, and takes out what is to
 * be shown or taken back. Times are microseconds of a monotonic clock. */

#include "exit-words.h"

typedef enum
{
  APPLET_NOTICE_FAILED,   /* the tunnel does not come up, and somebody has to do something */
  APPLET_NOTICE_DEGRADED, /* something is missing for longer than a change of networks takes */
  APPLET_NOTICE_EXIT_LOST, /* nothing goes out any more */
  APPLET_NOTICE_EXIT_BACK, /* it does again; takes the place of the one before */
  APPLET_NOTICE_REFUSED,  /* peers came with other keys */
  APPLET_NOTICE_WAITING,  /* machines that this one could let into the network */
  APPLET_NOTICE_CAME,     /* peers that the person wants to hear of */
  APPLET_NOTICE_WENT,
  APPLET_N_NOTICES
} AppletNoticeKind;

typedef struct
{
  AppletNoticeKind kind;
  gboolean         is_gone; /* take it back */
  char *text;       /* what the daemon says of it, or ""; of EXIT_BACK, the exit's name */
  char           **peers;   /* whom it is about, sorted; may be empty */
} AppletNotice;

void applet_notice_clear (AppletNotice *notice);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppletNotice, applet_notice_clear)

typedef struct AppletNotices AppletNotices;

/* How the tunnel is, or UNKNOWN without a daemon; what follows are the peers, one by one, then applet_notices_end().
 * `is_wanted`: the person wants to hear when this one comes and goes. */
AppletNotices *applet_notices_new   (void);
void           applet_notices_free  (AppletNotices *self);
void           applet_notices_begin (AppletNotices *self, BamgateState state, const char *reason, gint64 now);
/* Of the tunnel too, right after it; without it there is none. */
void applet_notices_exit (AppletNotices *self, AppletExit exit, const char *node);
void applet_notices_peer (AppletNotices *self, const char *id, BamgatePeerState state,
                          gboolean is_wanted);
/* All who wait to be let in by this machine; without it those of before do. */
void           applet_notices_waiting (AppletNotices *self, const char *const *names);
void           applet_notices_end   (AppletNotices *self);

/* The next notice; FALSE: no more for now. */
gboolean applet_notices_pop (AppletNotices *self, AppletNotice *out);
/* When to say again what there is though nothing changed; -1 for never. */
gint64   applet_notices_next (const AppletNotices *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppletNotices, applet_notices_free)
