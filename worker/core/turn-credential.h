/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-digests.h"

/* Credentials made of a secret that the relay shares with the devices of a network: the username is "EXPIRY:PEER", EXPIRY in
 * seconds since 1970, and the password base64 (HMAC-SHA1 (secret, username)). */

enum
{
  BG_TURN_USERNAME_MAX = 288, /* an expiry, a colon and the longest name of a peer */
};

/* False unless it begins with a number of seconds and a colon. `user` becomes what follows. */
bool bg_turn_username_read (BgBytes username, uint64_t *expires_unix_s, BgBytes *user);

/* The long-term key of the username (RFC 8489, 9.2.2): MD5 (username ":" realm ":" password). False where the host has no
 * digest for it. */
bool bg_turn_credential_key (BgBytes secret, BgBytes realm, BgBytes username, const BgDigests *digests,
                             uint8_t key[BG_MD5_LEN]);

/* Overwrites what must not stay in memory. */
void bg_core_wipe (void *bytes, size_t len);
