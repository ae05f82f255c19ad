/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "app/secret-store.h"
#include "membership/entry-crypto.h"

G_BEGIN_DECLS

/* What this machine signs the network's log with, the secret "signing-key": a seed in base64. FALSE without error where there is none. Wipe
 * `seed` after use. */
gboolean bg_signing_key_read (BgSecretStore *secrets, guint8 seed[BG_SEED_BYTES], GError **error);
/* The same where there is one, or a new one, which is written. */
gboolean bg_signing_key_keep (BgSecretStore *secrets, guint8 seed[BG_SEED_BYTES], GError **error);

G_END_DECLS
