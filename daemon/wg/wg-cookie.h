/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/endpoint.h"
#include "wg/wg-crypto.h"
#include "wg/wg-messages.h"
#include "wg/wg.h"

/* mac1, mac2 and cookies against floods (paper, 5.3 and 5.4.4, 5.4.7). A WgCookieGuard judges what others send us, a
 * WgCookieJar keeps what one peer demands of us. */

typedef enum
{
  WG_MACS_INVALID,     /* mac1: it does not even know our public key */
  WG_MACS_NO_COOKIE,   /* mac1 only */
  WG_MACS_WITH_COOKIE, /* both: the sender receives at its source address */
} WgMacsVerdict;

typedef struct
{
  uint8_t  mac1_key[WG_HASH_LEN], cookie_key[WG_HASH_LEN]; /* of our public key */
  uint8_t  secret[WG_HASH_LEN];                            /* R_m, of this two minutes */
  uint64_t secret_born_ns;
  bool     has_secret;
} WgCookieGuard;

typedef struct
{
  uint8_t  mac1_key[WG_HASH_LEN], cookie_key[WG_HASH_LEN]; /* of the peer's public key */
  uint8_t  last_mac1[WG_MAC_LEN];
  uint8_t  cookie[WG_COOKIE_LEN];
  uint64_t cookie_born_ns;
  bool     has_mac1, has_cookie;
} WgCookieJar;

/* The source of a handshake message as bytes, for the cookie. */
typedef struct
{
  uint8_t bytes[24];
  uint8_t len;
} WgCookieSource;

bool wg_cookie_guard_init (WgCookieGuard *guard, WgCrypto *crypto, const WgKey *public_key);
/* Checks the macs at the end of a handshake message; mac2 only where `want_cookie`. */
WgMacsVerdict wg_cookie_guard_check (WgCookieGuard *guard, WgCrypto *crypto, const uint8_t *msg, size_t len,
                                     const BgEndpoint *source, bool want_cookie, uint64_t now_ns);
/* Answers the handshake message `msg`. */
bool wg_cookie_guard_reply (WgCookieGuard *guard, WgCrypto *crypto, const uint8_t *msg, size_t len,
                            const BgEndpoint *source, WgRandom random, void *random_data, uint64_t now_ns,
                            WgMsgCookieReply *out);

bool wg_cookie_jar_init (WgCookieJar *jar, WgCrypto *crypto, const WgKey *public_key);
/* Fills the macs of our handshake message. */
bool wg_cookie_jar_add_macs (WgCookieJar *jar, WgCrypto *crypto, uint8_t *msg, size_t len, uint64_t now_ns);
/* Takes the cookie of a reply to the last message we sent; false where it is not one. */
bool wg_cookie_jar_take (WgCookieJar *jar, WgCrypto *crypto, const WgMsgCookieReply *msg, uint64_t now_ns);
