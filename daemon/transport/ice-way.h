/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One round of offer and answer, and the ICE that it makes: a NiceAgent of its own on the thread that all agents share
 * (ice-thread.h), the two descriptions, the candidates of both sides. A session has one, and for a while two of them where
 * ICE is restarted: the old one carries packets until the new one does (ice-session.h). Main thread only; what the agent says
 * is handed over on the main context it was made in. Costs 30 KiB, a socket per local address, and no thread. */

#include "ice-inlet.h"
#include "ice-pair.h"
#include "ice-settings.h"
#include "sdp-text.h"
#include "transport.h"
#include "webrtc-leg.h"

#include <nice/agent.h>

G_BEGIN_DECLS

#define BG_TYPE_ICE_WAY (bg_ice_way_get_type ())
G_DECLARE_FINAL_TYPE (BgIceWay, bg_ice_way, BG, ICE_WAY, GObject)

/* Each may stop the way. */
typedef struct
{
  void (*described) (gpointer data,
                     BgIceWay *way); /* our description is there, to be sent before any candidate */
  void (*candidate) (gpointer data, BgIceWay *way,
                     const char *line);           /* one of ours, with "candidate:" */
  void (*changed) (gpointer data, BgIceWay *way); /* bg_ice_way_get_component() */
  void (*paired) (gpointer data, BgIceWay *way);  /* the selected pair is another one */
} BgIceWayEvents;

typedef struct
{
  gboolean offers;   /* the offer is ours to make */
  gboolean controls; /* the role in ICE, which stays through restarts */
  guint32 path;      /* for the log, and for direct transports */
  const BgIceSettings *ice;
  BgTransport *transport;       /* an ICE transport: gets our messages that arrive; referenced */
  const BgIceWayEvents *events; /* outlive the way, as does their data */
  gpointer data;
} BgIceWayConfig;

BgIceWay *bg_ice_way_new (const BgIceWayConfig *config);
gboolean bg_ice_way_offers (BgIceWay *self);
/* Our description (transfer full), but for the ICE credentials, which are added. "described" follows, then the candidates. */
void bg_ice_way_describe_take (BgIceWay *self, BgSdp *sdp);
/* Our description: NULL before. Borrowed, as are the next two. */
const BgSdp *bg_ice_way_get_local (BgIceWay *self);
const char *bg_ice_way_get_local_text (BgIceWay *self);
/* The peer's: NULL before. */
const BgSdp *bg_ice_way_get_remote (BgIceWay *self);
/* The other role in ICE, before the peer's description. */
void bg_ice_way_set_controls (BgIceWay *self, gboolean controls);
/* Once: the peer's description (transfer full). `checked`: ICE looks whether the peer is still there (RFC 8445, 11). */
void bg_ice_way_set_remote_take (BgIceWay *self, BgSdp *sdp, gboolean checked);
/* As bg_remote_candidates_add(). */
gboolean bg_ice_way_add_candidate (BgIceWay *self, const char *line, GError **error);
/* NICE_COMPONENT_STATE_DISCONNECTED until the agent has said something. */
NiceComponentState bg_ice_way_get_component (BgIceWay *self);
gboolean bg_ice_way_is_connected (BgIceWay *self);
/* In words for people; their texts are NULL while none is selected. Borrowed. */
const BgIcePair *bg_ice_way_get_pair (BgIceWay *self);
/* The agent, for those who send through it; borrowed. NULL once stopped. */
NiceAgent *bg_ice_way_get_agent (BgIceWay *self);
guint bg_ice_way_get_stream (BgIceWay *self);
/* DTLS that arrives is for it (referenced). */
void bg_ice_way_set_leg (BgIceWay *self, BgWebrtcLeg *leg);
/* It carries data, or a leg: its sockets are polled where that is done. */
void bg_ice_way_poll_on (BgIceWay *self, BgIceInletPlace place);
/* The direct path beside the selected pair: NULL without error where the pair allows none (relayed, TCP), with one where the
 * kernel does not. */
BgTransport *bg_ice_way_make_direct (BgIceWay *self, BgPacketPool *pool,
                                     const BgTransportSink *sink, GError **error);
/* It says nothing and takes no candidate any more. What is given to it for sending still leaves, and what arrives is handed
 * over, until bg_ice_way_end(). Idempotent. */
void bg_ice_way_stop (BgIceWay *self);
/* Any thread, once, after the stop: lets go of the agent, behind packets under way (ice-closing.h). */
void bg_ice_way_end (BgIceWay *self);

G_END_DECLS
