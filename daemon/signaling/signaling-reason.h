/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Why the hub cannot be used, in words for people; free with g_free(). */

/* An HTTP answer that was not the expected one. */
char *bg_signaling_reason_of_status (guint status);
/* A failure below HTTP: name resolution, connecting, TLS. `has_pin`: the connection was pinned. */
char *bg_signaling_reason_of_error (const GError *error, const char *host, gboolean has_pin);
/* A WebSocket that was closed by the other side; `text` is what it said, or NULL. */
char *bg_signaling_reason_of_close (guint code, const char *text);
