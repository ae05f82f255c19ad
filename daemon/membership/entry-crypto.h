/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Hashes and signatures of the log's entries, and the seeds of those who sign (docs/devices.md, The log): SHA-256, Ed25519 (RFC 8032)
 * and HKDF (RFC 5869) of OpenSSL's. A seed is 32 bytes, and secret: whoever holds one wipes it. Any thread. */

#include "worker/core/membership-entry.h"

#include <glib.h>

G_BEGIN_DECLS

#define BG_SEED_BYTES 32
#define BG_INVITE_SECRET_BYTES 16

/* SHA-256 of all bytes of an entry. */
void bg_entry_hash (BgBytes bytes, guint8 hash[BG_ENTRY_HASH]);
/* Is the signature of an entry that was read that of its signer? */
gboolean bg_entry_is_authentic (const BgEntry *entry);
/* Signs what bg_entry_write() wrote, `len` bytes, and puts the signature behind them, where there is room for it. */
gboolean bg_entry_sign (const guint8 seed[BG_SEED_BYTES], guint8 *bytes, gsize len);

/* The public key of a seed. */
gboolean bg_seed_get_public (const guint8 seed[BG_SEED_BYTES], guint8 key[BG_ENTRY_KEY]);
/* Random bytes for secrets; FALSE where the system has none. */
gboolean bg_seed_make (guint8 *bytes, gsize len);
/* The seed of an invite's secret, BG_INVITE_SECRET_BYTES. */
gboolean bg_seed_of_invite (const guint8 *secret, guint8 seed[BG_SEED_BYTES]);
/* The seed of a recovery code's bytes (recovery-code.h). */
gboolean bg_seed_of_recovery (const guint8 *secret, gsize len, guint8 seed[BG_SEED_BYTES]);

G_END_DECLS
