/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

/* What strangers write into a request, read. */

/* The room that a query names ("room=NAME"), the main one where it names none: (transfer full); NULL where the name is bad. */
char *bg_hub_request_room (const char *query);
/* "https://hub.example:8443" of a scheme and a Host header: (transfer full); NULL where that is none. */
char *bg_hub_request_base_url (const char *scheme, const char *host);
/* The last address of an X-Forwarded-For header, the one that our own proxy wrote: (transfer full); NULL where it is none. */
GInetAddress *bg_hub_request_forwarded_for (const char *list);
/* "wss://hub.example/connect" and its like become "https://hub.example" (transfer full); NULL stays. FALSE: it is no such URL. */
gboolean bg_hub_request_public_base (const char *url, char **base, GError **error);
/* Does it want to become a WebSocket? (RFC 6455, 4.1) */
gboolean bg_hub_request_is_upgrade (SoupMessageHeaders *headers);
