/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Goes after a network that has moved to another hub (docs/devices.md, Following). In a signed network only what its log says counts, in
 * another one the hub's own word. The settings name the new hub once that has answered; until then it is tried again. Main thread only. */

#include "membership/membership-log.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgHubFollowing BgHubFollowing;

/* The new hub has answered: the settings are to name it. `pin` NULL: as the system trusts. FALSE: not now. */
typedef gboolean (*BgHubFollow) (gpointer owner, const char *url, const char *pin);

/* In `state_dir` it keeps which entry of the log it followed last. */
BgHubFollowing *bg_hub_following_new (const char *state_dir, BgHubFollow follow, gpointer owner);
void bg_hub_following_free (BgHubFollowing *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubFollowing, bg_hub_following_free)

/* Where the settings say that the hub is; NULL: nowhere. */
void bg_hub_following_set_hub (BgHubFollowing *self, const char *url, const char *pin);
/* What the log says, of a network that is signed; NULL: it is not. */
void bg_hub_following_take_log (BgHubFollowing *self, const BgMembership *state);
/* The hub itself says so: "URL" or "URL#sha256=PIN", or the two apart (`pin` NULL or "": none). Of no effect in a signed network, where nobody
 * can tell whether it is that hub, and where others could read what goes to the new one and could not before. */
void bg_hub_following_take_word (BgHubFollowing *self, const char *url, const char *pin);
void bg_hub_following_take_line (BgHubFollowing *self, const char *line);
/* Another network, or none. */
void bg_hub_following_forget (BgHubFollowing *self);

G_END_DECLS
