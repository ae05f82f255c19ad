/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-input.h"
#include "worker/hub/hub-output.h"

G_BEGIN_DECLS

/* A connection as the hub gives it to libsoup: TCP or TLS with a meter on what comes in, and a
 * clock. libsoup 3.2 gathers the fragments of a WebSocket message, and the body of a request,
 * without a limit of its own; the meter is ours. */
#define BG_TYPE_HUB_STREAM (bg_hub_stream_get_type ())
G_DECLARE_FINAL_TYPE (BgHubStream, bg_hub_stream, BG, HUB_STREAM, GIOStream)

/* Wraps `base`, which runs over `socket`. */
BgHubStream *bg_hub_stream_new (GIOStream *base, GSocket *socket);
/* Ends the connection unless bg_hub_stream_settle() comes within `ms`. */
void bg_hub_stream_expire (BgHubStream *self, guint ms);
/* It became a WebSocket: no clock any more. */
void bg_hub_stream_settle (BgHubStream *self);
/* It will carry packets: reads ahead, leaves the size of the kernel's buffer to the kernel, lets little wait in it, and says
 * how much was written, and when what came is done with. */
void bg_hub_stream_carry (BgHubStream *self, BgHubOutputFunc on_written, BgHubInputFunc on_done,
                          gpointer data);
/* Nobody wants to hear of that any more. */
void bg_hub_stream_carry_no_more (BgHubStream *self);
gboolean bg_hub_stream_is_settled (BgHubStream *self);
/* A whole message came: the meter starts again. */
void bg_hub_stream_reset_meter (BgHubStream *self);
/* Cuts the line; whoever reads sees its end. */
void bg_hub_stream_cut (BgHubStream *self);
/* Bytes in the kernel that the other side has not acknowledged. */
gsize bg_hub_stream_get_unsent (BgHubStream *self);

G_END_DECLS
