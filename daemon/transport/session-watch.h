/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ear of a session at webrtcbin and its agent: what they say on threads of their own is posted over the session's
 * link, or goes to the transports at once. Its handlers may run on for a moment after they were disconnected, and keep it
 * and the transports alive until then. */

#include "session-link.h"
#include "transport.h"

#include <nice/agent.h>
#include <gst/gst.h>

typedef struct BgSessionWatch BgSessionWatch;

/* What is posted; payloads are borrowed. */
typedef struct
{
  BgSessionFunc component_state; /* no payload */
  BgSessionFunc pair;            /* BgIcePair: the one that is selected now */
  BgSessionFunc local_candidate; /* char: its line */
  BgSessionFunc foreign_channel; /* GstWebRTCDataChannel: one that is not ours */
  BgSessionFunc closed;          /* no payload: the peer ended DTLS or SCTP */
} BgSessionNews;

/* `news` must outlive it. The transports are told of their elements and of the channel. */
BgSessionWatch *bg_session_watch_new (BgSessionLink *link, BgTransport *channel, BgTransport *ice,
                                      const BgSessionNews *news);
void bg_session_watch_unref (BgSessionWatch *self);

/* The three below: owner's thread. Before the pipeline starts. */
void bg_session_watch_connect (BgSessionWatch *self, GstElement *webrtc, NiceAgent *agent);
/* DTLS and SCTP, once they are there: a peer that goes without closing its channel says so with a close_notify or an
 * abort. */
void bg_session_watch_connect_transports (BgSessionWatch *self, GstElement *webrtc);
void bg_session_watch_disconnect (BgSessionWatch *self, GstElement *webrtc, NiceAgent *agent);
