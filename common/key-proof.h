/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/key-text.h"

#include <glib.h>

/* The proof that whoever registers at a hub has the private half of its WireGuard key (docs/devices.md, The proof of the key). Any thread. */

enum
{
  BG_KEY_CHALLENGE_TIME = 8,   /* Unix seconds, big endian: until when it is good */
  BG_KEY_CHALLENGE_BYTES = BG_KEY_CHALLENGE_TIME + BG_KEY_BYTES, /* and the hub's X25519 key, for this challenge alone */
  BG_KEY_CHALLENGE_TEXT = 56,  /* characters of base64 */
  BG_KEY_PROOF_BYTES = 32,     /* as text: BG_KEY_TEXT_LEN */
};

/* What is proved. Borrowed. */
typedef struct
{
  const guint8 *challenge;  /* BG_KEY_CHALLENGE_BYTES */
  const guint8 *public_key; /* of the device, BG_KEY_BYTES */
  const char *name;         /* that it registers under */
  const char *host, *pin;   /* of the hub, as the device reaches it; `pin` NULL: none */
} BgKeyClaim;

/* `secret` and `point` are the two sides of X25519 (RFC 7748): the device has its own key and the challenge's, the hub that of the challenge and the
 * device's. FALSE where they come to nothing: one is a point of small order. */
gboolean bg_key_proof_make (const BgKeyClaim *claim, const guint8 secret[BG_KEY_BYTES], const guint8 point[BG_KEY_BYTES],
                            guint8 proof[BG_KEY_PROOF_BYTES]);
/* Exactly the base64 of a challenge; else FALSE. */
gboolean bg_key_challenge_parse (const char *text, guint8 challenge[BG_KEY_CHALLENGE_BYTES]);
/* The host of a URL in one form for all ways to write it (lower case, no brackets, RFC 5952, RFC 5891). Free with g_free(); NULL where there is none. */
char *bg_key_proof_host (const char *url);
