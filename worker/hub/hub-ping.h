/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

/* Pings `socket` every `interval_s` (at least 1) from now on, at moments that all sockets of this program share: a device has
 * several, and is woken for the pings of all of them at once. */
void bg_hub_ping_begin (SoupWebsocketConnection *socket, guint interval_s);
/* From `now_us` (monotonic) to the next such moment, in whole seconds, 1 to `interval_s`. */
guint bg_hub_ping_first_s (gint64 now_us, guint interval_s);
