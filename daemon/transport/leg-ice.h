/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* ICE for webrtcbin on an agent that is not its own, and is connected already: the classes that webrtcbin asks for, most of
 * which have nothing to do, and the two elements that stand where nicesrc and nicesink would. The API is GStreamer's
 * unstable one; all that uses it is in this file's .c. */

#include <gst/gst.h>
#include <nice/agent.h>

G_BEGIN_DECLS

typedef struct _BgLegIce BgLegIce;

/* For one webrtcbin, on a stream of `agent` (referenced). */
BgLegIce *bg_leg_ice_new (NiceAgent *agent, guint stream);
/* After webrtcbin is gone. */
void bg_leg_ice_free (BgLegIce *self);
/* The GstWebRTCICE, for the construct-only property "ice-agent" of webrtcbin; (transfer full). */
GstObject *bg_leg_ice_dup_ice (BgLegIce *self);
/* The pad that received packets are pushed from; borrowed. */
GstPad *bg_leg_ice_get_pad (BgLegIce *self);
/* Both ends of the pad are active: before, what is pushed is lost, events too. */
gboolean bg_leg_ice_is_ready (BgLegIce *self);
/* Once, before the first packet. */
void bg_leg_ice_begin (BgLegIce *self);
/* Any thread: sends on a stream of another agent (referenced) from here on. */
void bg_leg_ice_set_agent (BgLegIce *self, NiceAgent *agent, guint stream);

G_END_DECLS
