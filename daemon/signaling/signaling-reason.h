/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/words.h"

/* Why the hub cannot be used, for people. */

/* An HTTP answer that was not the expected one. */
BgWords *bg_signaling_reason_of_status (guint status);
/* A failure below HTTP, of a request to `hub`: name resolution, connecting, TLS. `has_pin`: the connection was pinned. */
BgWords *bg_signaling_reason_of_error (const GError *error, GUri *hub, gboolean has_pin);
/* A WebSocket that was closed by the other side; `text` is what it said, or NULL. */
BgWords *bg_signaling_reason_of_close (guint code, const char *text);
