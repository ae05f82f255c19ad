/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Receives from the agent in nicesrc's stead, on a thread of its own, for a session whose ICE
 * transport is used. libnice reads a socket until it is empty, and nicesrc queues, without limit,
 * all that it is given meanwhile: under a flood nothing moves on, and memory grows (measured: 675
 * MB in 3 s). Here every message is disposed of at once; ours go to the sink in batches, and the
 * rest out of nicesrc's pad, where it would have come out anyway. */

#include "transport.h"

#include <gst/gst.h>
#include <nice/agent.h>

typedef struct BgIceReceiver BgIceReceiver;

/* Takes over from `nicesrc`, which has to be running already; `transport` is an ICE transport. */
BgIceReceiver *bg_ice_receiver_new (NiceAgent *agent, GstElement *nicesrc, BgTransport *transport);
/* Stops and joins the thread; after the pipeline was stopped, so that it does not hang in a pad. */
void bg_ice_receiver_free (BgIceReceiver *self);
