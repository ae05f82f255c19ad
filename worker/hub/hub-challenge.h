/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/key-proof.h"

G_BEGIN_DECLS

/* Challenges for whoever registers with a WireGuard key, and the proofs that answer them (docs/devices.md, The proof of the key). None is kept: what a
 * challenge is made of is a secret that ends with the hub, its time, the key, and what the hub has of that key by then, so that it is good for one
 * registration. Times are Unix seconds and come from the caller. */
typedef struct _BgHubChallenges BgHubChallenges;

enum
{
  BG_HUB_CHALLENGE_LIFETIME_S = 120,
};

/* NULL where there are no random numbers. */
BgHubChallenges *bg_hub_challenges_new (void);
/* Wipes. */
void bg_hub_challenges_free (BgHubChallenges *challenges);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubChallenges, bg_hub_challenges_free)

/* One for the device with this key, as text. `known`: what the hub has of it, which is another text once it has registered. NULL where the library refuses. */
char *bg_hub_challenges_make (BgHubChallenges *challenges, const guint8 public_key[BG_KEY_BYTES], const char *known, gint64 now);
/* Does `proof` (base64) answer `challenge`, one of ours that is still good? `claim` without its challenge. */
gboolean bg_hub_challenges_check (BgHubChallenges *challenges, const char *challenge, const char *proof, const BgKeyClaim *claim,
                                  const char *known, gint64 now);

G_END_DECLS
