/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The relay of the hub, as the settings want it: which hub's it is, the secret that goes with it (told by the hub, or come
 * with the invite), and what is wrong with it as a concern. Main thread only. */

#include "app/config.h"
#include "app/health.h"
#include "app/secret-store.h"
#include "relay/relay.h"

G_BEGIN_DECLS

typedef struct _BgHubRelay BgHubRelay;

/* The hub is being asked for a secret, and none is known: what is to be made of it waits, until `awaited` is FALSE; that comes
 * with the answer, or after a second (five with force-relay). */
typedef void (*BgHubRelayAwaited) (gpointer owner, gboolean awaited);

/* `health` and `secrets` are the owner's and live longer; `public_key` is ours, base64. */
BgHubRelay *bg_hub_relay_new (BgHealth *health, BgSecretStore *secrets, const char *public_key,
                              BgHubRelayAwaited awaited, gpointer owner);
void bg_hub_relay_free (BgHubRelay *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubRelay, bg_hub_relay_free)

/* Wanted at all? May another way be without it? */
void bg_hub_relay_set_config (BgHubRelay *self, const BgConfig *config);
/* `url` in any form; NULL: there is no hub for now. Another token alone is for what is connected from now on. */
void bg_hub_relay_set_hub (BgHubRelay *self, const char *url, const char *token, const char *pin);
/* The hub may be there: it is asked for the secret, unless it told it already and that works. */
void bg_hub_relay_ask (BgHubRelay *self);
/* For peers; NULL where it is not wanted. Borrowed. */
BgRelay *bg_hub_relay_get (BgHubRelay *self);

G_END_DECLS
