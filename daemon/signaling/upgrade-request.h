/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The request that becomes a WebSocket of the hub's: no redirection, no compression, no credential but `token` (NULL:
 * none), the trust of bg_server_pin_attach(). `url` is "ws://…" or "wss://…". */
SoupMessage *bg_upgrade_request_new (const char *url, const char *token, const char *pin);
/* What the answer to it says: heartbeats in seconds, 0 for none; whether the hub keeps devices (docs/devices.md). */
guint bg_upgrade_answer_heartbeat_s (SoupMessage *message);
gboolean bg_upgrade_answer_has_devices (SoupMessage *message);
/* Whether a header of the answer is `value`. */
gboolean bg_upgrade_answer_says (SoupMessage *message, const char *name, const char *value);
/* Where the hub that answered says that the network is (transfer full); NULL: nowhere else. */
char *bg_upgrade_answer_dup_moved (SoupMessage *message);
/* How long to leave the hub alone, in milliseconds, where it has too much to do, or had too much of us; 0: it says nothing of that. */
guint bg_upgrade_answer_patience_ms (SoupMessage *message);
/* `*address` (owned) becomes the hub's, where the answer came over the Internet's protocols. */
void bg_upgrade_answer_note_address (SoupMessage *message, GInetAddress **address);

G_END_DECLS
