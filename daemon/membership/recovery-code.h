/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The code that a network's owners write down, and that makes another machine the owner when theirs are lost: 20 random bytes and
 * the first 2 of their SHA-256, in base32 (RFC 4648), 36 symbols in groups of six. Secret. */

#include "membership/entry-crypto.h"

G_BEGIN_DECLS

#define BG_RECOVERY_BYTES 20

/* "ABCDEF-GHIJKL-…" of them; bg_recovery_code_free(). */
char *bg_recovery_code_format (const guint8 secret[BG_RECOVERY_BYTES]);
/* What somebody typed, in any case and grouping, with blanks: BG_ERROR_INVALID_ARGUMENT says whether
 * it is too short, or mistyped. */
gboolean bg_recovery_code_parse (const char *text, guint8 secret[BG_RECOVERY_BYTES], GError **error);
/* Wipes, then frees. */
void bg_recovery_code_free (char *code);

G_END_DECLS
