/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The STUN and TURN servers of the settings, in the form that the peers' sessions take. */

#include "app/config.h"
#include "app/secret-store.h"

G_BEGIN_DECLS

/* "stun:host:port" → "stun://host:port"; free with g_strfreev(). */
char **bg_ice_servers_stun_urls (const BgConfig *config);
/* The secret that the TURN servers share with us (free with bg_secret_free()); NULL where none is needed or known, the
 * latter with a warning. FALSE: it cannot be read. */
gboolean bg_ice_servers_read_turn_secret (const BgConfig *config, BgSecretStore *secrets, char **secret,
                                          GError **error);

G_END_DECLS
