/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of a session know of each other: ice-session.c has its states and what it is made of, ice-negotiation.c the
 * descriptions and candidates of both sides. Nobody else includes this. */

#include "ice-session.h"
#include "ice-way.h"
#include "session-link.h"
#include "webrtc-leg.h"

G_BEGIN_DECLS

struct _BgIceSession
{
  GObject parent;

  BgSessionLink *link;
  BgIceWay *way;
  BgIceWay *next; /* of a restart under way; NULL */
  BgIceWay *old;  /* that a restart replaced; NULL */
  GSource *next_deadline, *old_time;
  BgWebrtcLeg *leg;
  BgSessionLink *leg_link; /* what it and its channel say comes by it */
  gboolean leg_ended; /* by the peer, which has our offer of a restart: it may answer with another session */
  gboolean leg_runs;  /* it was started */
  gboolean leg_drops; /* it says goodbye, though the session goes on */
  gboolean leg_again; /* meanwhile another was asked for */
  gboolean is_late;   /* one that was added later, and did not open yet */
  GSource *late_time; /* until it is given up */
  BgTransport *channel, *ice;

  /* configuration */
  char *name;
  gboolean offerer, plain; /* offerer: of the leg, if there is one */
  gboolean controls;
  guint32 path;
  BgPacketPool *pool;
  BgWatcher watcher;

  /* descriptions */
  char *origin; /* of ours */
  guint version;
  BgSdpSetup role; /* ours in DTLS */

  /* state */
  BgIceSessionState state;
  gboolean alone; /* both sides do without a leg */
  gboolean was_connected, is_open, has_channel;
  gboolean uses_ice, uses_direct;
  GSource *deadline;
  BgIcePair pair; /* known beyond the end */
};

/* Failed or closed. */
gboolean bg_ice_session_is_over (BgIceSession *self);
/* "local-description", with that of `way`. */
void bg_ice_session_announce (BgIceSession *self, BgIceWay *way);
BgIceWay *bg_ice_session_make_way (BgIceSession *self, gboolean offers, const BgIceSettings *ice);
/* Gives the restart up that is under way. */
void bg_ice_session_drop_next (BgIceSession *self);
/* From both descriptions to a pair: the first, or those of a restart. */
void bg_ice_session_await_pair (BgIceSession *self);
void bg_ice_session_await_next (BgIceSession *self);
/* The ways may have something new to say. */
void bg_ice_session_update (BgIceSession *self);
void bg_ice_session_update_next (BgIceSession *self);
/* The way of the restart becomes the only one, with a leg and a data channel that were not used yet. */
void bg_ice_session_begin_anew (BgIceSession *self);
/* What comes in goes to the leg from now on. */
void bg_ice_session_start_leg (BgIceSession *self);
/* One that was added later is open, or gone: it is not in the way of others any more. */
void bg_ice_session_end_late (BgIceSession *self);
/* `func` in `seconds`, on the session's context, with the session; in the place of what `timer` was. */
void bg_ice_session_arm (BgIceSession *self, GSource **timer, guint seconds, GSourceFunc func);
/* Another leg in the place of one that is gone, not started; for a session that does without. */
void bg_ice_session_renew_leg (BgIceSession *self);

G_END_DECLS
