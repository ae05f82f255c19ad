/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything around the peers, made at link time: data plane, signalling client, WebRTC sessions and the clock. A fake SDP
 * is "fp=NAME ufrag=NAME", perhaps with "session=NAME". */

#include "fake-clock.h"

#include "dataplane/dataplane.h"
#include "signaling/signaling-client.h"
#include "transport/ice-session.h"

struct _BgIceSession
{
  GObject           parent;
  gboolean          offerer, offers /* now */, started, closed, watched, plain, alone;
  guint             legs;        /* added */
  guint             dropped_legs;
  gboolean          peer_spares_leg;
  guint             restarts;    /* asked for */
  const char       *base;        /* our address of its pair; NULL: not known */
  const char       *at;          /* the peer's end of it, since it was restarted; NULL: it was not */
  char             *answered;    /* the last restart of the peer's, its offer */
  char             *remote;      /* "offer fp=…" */
  GPtrArray        *candidates;  /* remote ones */
  BgIceSessionState state;
  BgTransport       data_channel, ice, direct, next_direct;
};

typedef struct
{
  BgSignalingClient *signaling;
  BgSignalingState   signaling_state;
  guint              rejoins, asked;
  GPtrArray         *sent;         /* BgSignalMessage */
  GPtrArray         *commands;     /* text: "set-peer a1 10.0.0.2/32 control", "attach a1 ice", … */
  guint              mailbox_room;
  guint              parsed;         /* descriptions */
  guint64            last_cookie;
  guint              last_patience_ms;
  GPtrArray         *sessions;     /* BgIceSession, all ever made */
  gboolean           no_sessions;  /* bg_ice_session_new() fails */
} FakeWorld;

extern FakeWorld world;

void fake_world_init (void);
/* Checks that no timer and no open session is left. */
void fake_world_clear (void);

/* A key of one byte, and its text. */
WgKey fake_key (guint8 byte);
char *fake_key_text (guint8 byte);

void fake_signaling_set_state (BgSignalingState state);
/* Takes the message. */
void fake_signaling_receive (BgSignalMessage *message);
/* The last sent message of a type to `to`, or NULL. */
const BgSignalMessage *fake_sent (BgSignalType type, const char *to);
guint fake_count_sent (BgSignalType type, const char *to);

BgIceSession *fake_last_session (void);
guint fake_open_sessions (void);
void fake_session_describe (BgIceSession *session, const char *sdp);
void fake_session_set_state (BgIceSession *session, BgIceSessionState state);
/* A restart found a way, or none. */
/* Restarted, and the peer is at `remote` from here on. */
void fake_session_move (BgIceSession *session, const char *remote);
void fake_session_end_restart (BgIceSession *session, gboolean found);
void fake_session_fail (BgIceSession *session, const char *why);

/* Is there such a command; how many begin so? */
gboolean fake_has_command (const char *text);
guint fake_count_commands (const char *prefix);
