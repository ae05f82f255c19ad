/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The GStreamer side of a session: made, configured, started, and taken down off the main thread.
 * */

#include "ice-clock.h"
#include "ice-receiver.h"
#include "webrtc-session.h"

#include <nice/agent.h>
#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

typedef struct
{
  GstElement *pipeline;
  GstElement *webrtc; /* the pipeline's */
  NiceAgent  *agent;
  BgIceClock *ice_clock;       /* NULL where the agent does not let it be had */
  BgIceReceiver *ice_receiver; /* NULL while nicesrc receives */
  GPtrArray *channels;         /* all that there were */
  gboolean    on_loopback; /* it gathers loopback addresses: the peer's may be such too */
} BgWebrtcPipeline;

/* Makes webrtcbin, sets servers, policies and the addresses it may gather. Fails where an element
 * is missing. */
gboolean bg_webrtc_pipeline_init (BgWebrtcPipeline *self, const BgWebrtcSessionConfig *config, GError **error);
/* After the caller has connected its handlers. */
gboolean bg_webrtc_pipeline_start (BgWebrtcPipeline *self, GError **error);
/* Whether ICE's keepalives are checks, which find out when the peer is gone (RFC 8445, 11). */
void bg_webrtc_pipeline_set_keepalive_checks (BgWebrtcPipeline *self, gboolean checks);
/* Once the channel is open: lets a BgIceReceiver feed `ice` (and the rest of the pipeline). */
void bg_webrtc_pipeline_receive_ice (BgWebrtcPipeline *self, BgTransport *ice);
/* Keeps a channel (taken, NULL is fine) until the pipeline has stopped: webrtcbin lets go of a
 * closed one while its source still runs, and that one trusts it to live. */
void bg_webrtc_pipeline_keep (BgWebrtcPipeline *self, GstWebRTCDataChannel *channel);
/* Closes a channel that is open. Asked again while it closes, webrtcbin 1.26 takes it down before
 * its stream is reset. */
void bg_webrtc_pipeline_close_channel (GstWebRTCDataChannel *channel);
/* Closes `channel` (taken, may be NULL), gives the peer a moment to hear of it, and takes the
 * pipeline down, all on a new thread; returns at once. */
void bg_webrtc_pipeline_clear (BgWebrtcPipeline *self, GstWebRTCDataChannel *channel);
/* The SHA-256 fingerprint of the certificate that the peer showed in DTLS, in the form of SDP; NULL
 * before. */
char *bg_webrtc_pipeline_dup_peer_fingerprint (BgWebrtcPipeline *self);
