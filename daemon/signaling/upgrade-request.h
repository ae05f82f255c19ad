/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The request that becomes a WebSocket of the hub's: no redirection, no compression, no credential but `token` (NULL:
 * none), the trust of bg_server_pin_attach(). `url` is "ws://…" or "wss://…". */
SoupMessage *bg_upgrade_request_new (const char *url, const char *token, const char *pin);

G_END_DECLS
