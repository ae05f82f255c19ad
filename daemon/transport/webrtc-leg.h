/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* DTLS, SCTP and the data channel for peers that are no bamgates: a webrtcbin beside an ICE agent that is ours and runs
 * already. A leg costs seven threads of GStreamer and 0.8 MiB. It is built on a thread of its own, and taken down on
 * another. */

#include "session-link.h"
#include "transport.h"

#include <nice/agent.h>
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct BgWebrtcLeg BgWebrtcLeg;

/* What is posted over the link; payloads are borrowed. */
typedef struct
{
  BgSessionFunc failed; /* GError: it could not be built, or the peer makes too many channels */
  BgSessionFunc closed; /* no payload: the peer ended DTLS or SCTP */
  BgSessionFunc left;   /* no payload: its goodbye came */
  BgSessionFunc wanted; /* no payload: the peer speaks DTLS, and the leg was not started */
} BgWebrtcLegNews;

typedef struct
{
  const char *name; /* of the peer, for the log; NULL */
  gboolean offerer; /* we make the channel */
  BgTransport *channel; /* a data channel transport, referenced: gets the channel and its messages */
  BgSessionLink *link; /* referenced */
  const BgWebrtcLegNews *news; /* outlives the leg */
} BgWebrtcLegConfig;

/* GStreamer is to be there when a leg starts: its registry of plugins is read on a thread of its own, once. */
void bg_webrtc_leg_prepare (void);
/* A leg that keeps what it is given until it is started. */
BgWebrtcLeg *bg_webrtc_leg_new (const BgWebrtcLegConfig *config);
BgWebrtcLeg *bg_webrtc_leg_ref (BgWebrtcLeg *self);
void bg_webrtc_leg_unref (BgWebrtcLeg *self);
/* Once, when the agent is connected: builds it with these two descriptions, on another thread. */
void bg_webrtc_leg_start (BgWebrtcLeg *self, NiceAgent *agent, guint stream, const char *local,
                          const char *remote);
/* Any thread: is it a packet of DTLS (RFC 7983)? */
gboolean bg_webrtc_leg_is_dtls (gconstpointer data, gsize len);
/* Any thread: a packet that is, as it was received. */
void bg_webrtc_leg_take (BgWebrtcLeg *self, gconstpointer data, gsize len);
/* Where there is no DTLS to end: the datagram with which one side tells the other that it goes. Only the two and the hub know
 * the ICE password of the sender, which it is made of. */
void bg_webrtc_leg_say_goodbye (NiceAgent *agent, guint stream, const char *password);
/* The peer's is to be believed; before the start. */
void bg_webrtc_leg_expect_goodbye (BgWebrtcLeg *self, const char *password);
/* Any thread: the peer is to start its leg, if it is one that can. The answerer's DTLS would say so by itself. */
void bg_webrtc_leg_call (NiceAgent *agent, guint stream);
/* It did so: it had none to start by itself. */
gboolean bg_webrtc_leg_was_called (BgWebrtcLeg *self);
/* The channel is open, or will not be: SCTP's clock may rest. Again and again is fine. */
void bg_webrtc_leg_settle (BgWebrtcLeg *self);
/* Once it was started: ICE was restarted, and packets go through this agent from here on. DTLS and SCTP do not notice. */
void bg_webrtc_leg_set_agent (BgWebrtcLeg *self, NiceAgent *agent, guint stream);
/* The SHA-256 fingerprint of the certificate that the peer showed in DTLS, in the form of SDP; NULL before. */
char *bg_webrtc_leg_dup_peer_fingerprint (BgWebrtcLeg *self);
/* Lets go of the channel, gives the peer a moment to hear of it, and takes the leg down, all on another thread; `done` is
 * called there when nothing of it is left. Until then packets are to be given to it, and the agent sends. */
void bg_webrtc_leg_close (BgWebrtcLeg *self, void (*done) (gpointer data), gpointer data);

G_END_DECLS
