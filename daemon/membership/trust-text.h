/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an invite of a signed network carries beside the code, in the fragment of the URL (docs/devices.md, In an invite), and how
 * people see an id or a hash to compare it. */

#include "membership/entry-crypto.h"

G_BEGIN_DECLS

#define BG_TRUST_HEAD_BYTES 16

typedef struct
{
  guint8  secret[BG_INVITE_SECRET_BYTES]; /* wipe after use */
  guint8  network[BG_ENTRY_HASH];
  guint32 count;                          /* of entries, never 0 */
  guint8  head[BG_TRUST_HEAD_BYTES];      /* of the SHA-256 of the last of them */
} BgTrust;

/* base64url without padding; secret: wipe it. */
char *bg_trust_format (const BgTrust *trust);
/* BG_ERROR_INVALID_ARGUMENT for anything else. */
gboolean bg_trust_parse (const char *text, BgTrust *trust, GError **error);

/* The first 16 bytes of a hash as people compare them: "0123 4567 …", eight groups. Free with g_free(). */
char *bg_hash_text (const guint8 hash[BG_ENTRY_HASH]);
/* Is `text`, in any case and grouping, that of `hash`? */
gboolean bg_hash_is_text (const guint8 hash[BG_ENTRY_HASH], const char *text);

G_END_DECLS
