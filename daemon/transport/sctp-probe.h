/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

typedef void (*BgSctpProbeFunc) (gpointer data);

/* Lets the SCTP elements that come into `webrtc`, a webrtcbin that has none yet, see the peer's TSNs moved (sctp-tsn.h), and
 * gives up messages that find no answer (sctp-skip.h). `stalled` is called on a thread of GStreamer when data comes, and no message
 * gets whole (sctp-stall.h).
 * For one association, as webrtcbin makes it. Goes with the elements. */
void bg_sctp_probe_attach (GstElement *webrtc, BgSctpProbeFunc stalled, gpointer data,
                           GDestroyNotify destroy);
