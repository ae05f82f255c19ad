/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "app/secret-store.h"
#include "wg/wg.h"

G_BEGIN_DECLS

/* This machine's WireGuard key, the secret "device-key", clamped, and its public half. FALSE without error where there is
 * none yet. Wipe `private_key` after use. */
gboolean bg_device_key_read (BgSecretStore *secrets, WgKey *private_key, WgKey *public_key, GError **error);
/* The same where there is one, or a new one, written in either case: so it is known that secrets can be. */
gboolean bg_device_key_keep (BgSecretStore *secrets, WgKey *private_key, WgKey *public_key, GError **error);

G_END_DECLS
