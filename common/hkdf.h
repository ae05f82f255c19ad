/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

enum
{
  BG_HKDF_BYTES = 32,
};

/* HKDF-SHA256 (RFC 5869) of a secret, without salt, in OpenSSL's hands. FALSE, and `out` is no secret, where the library refuses. Whoever holds
 * `out` wipes it. Any thread. */
gboolean bg_hkdf (const void *secret, gsize len, const void *info, gsize info_len, guint8 out[BG_HKDF_BYTES]);
