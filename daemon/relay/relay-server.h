/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where the relay is and what opens it. Immutable, counted; any thread. */
typedef struct
{
  char *url;   /* "wss://HUB/turn" */
  char *host;
  char *token; /* secret; NULL for none */
  char *pin;   /* NULL: the system's trust */
} BgRelayServer;

/* `hub` is normalised (bg_server_url_normalize()), with "/connect" or not. */
BgRelayServer *bg_relay_server_new (const char *hub, const char *token, const char *pin);
BgRelayServer *bg_relay_server_ref (BgRelayServer *self);
void bg_relay_server_unref (BgRelayServer *self);
gboolean bg_relay_server_is (const BgRelayServer *self, const BgRelayServer *other);

G_END_DECLS
