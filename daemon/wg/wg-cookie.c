/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-cookie.h"

#include <openssl/crypto.h>
#include <string.h>

static WgCookieSource
source_bytes (const BgEndpoint *source)
{
  WgCookieSource out = { 0 };

  if (source->path != 0)
    {
      out.len = sizeof source->path;
      memcpy (out.bytes, &source->path, out.len);
    }
  else if (source->addr.sa.sa_family == AF_INET6)
    {
      memcpy (out.bytes, &source->addr.in6.sin6_addr, 16);
      memcpy (out.bytes + 16, &source->addr.in6.sin6_port, 2);
      out.len = 18;
    }
  else
    {
      memcpy (out.bytes, &source->addr.in4.sin_addr, 4);
      memcpy (out.bytes + 4, &source->addr.in4.sin_port, 2);
      out.len = 6;
    }
  return out;
}

static WgMacs *
macs_of (uint8_t *msg, size_t len)
{
  return (WgMacs *) (msg + len - sizeof (WgMacs));
}

static bool
derive_keys (WgCrypto *crypto, const WgKey *public_key, uint8_t mac1_key[32],
             uint8_t cookie_key[32])
{
  return wg_hash (crypto, mac1_key, WG_LABEL_MAC1, strlen (WG_LABEL_MAC1), public_key->bytes,
                  WG_KEY_LEN)
         && wg_hash (crypto, cookie_key, WG_LABEL_COOKIE, strlen (WG_LABEL_COOKIE),
                     public_key->bytes, WG_KEY_LEN);
}

bool
wg_cookie_guard_init (WgCookieGuard *guard, WgCrypto *crypto, const WgKey *public_key)
{
  wg_wipe (guard, sizeof *guard);
  return derive_keys (crypto, public_key, guard->mac1_key, guard->cookie_key);
}

static bool
make_cookie (const WgCookieGuard *guard, WgCrypto *crypto, const BgEndpoint *source,
             uint8_t cookie[16])
{
  WgCookieSource from = source_bytes (source);

  return wg_mac (crypto, cookie, guard->secret, sizeof guard->secret, from.bytes, from.len);
}

static bool
secret_is_fresh (const WgCookieGuard *guard, uint64_t now_ns)
{
  return guard->has_secret && now_ns - guard->secret_born_ns < WG_COOKIE_SECRET_MAX_AGE;
}

WgMacsVerdict
wg_cookie_guard_check (WgCookieGuard *guard, WgCrypto *crypto, const uint8_t *msg, size_t len,
                       const BgEndpoint *source, bool want_cookie, uint64_t now_ns)
{
  const WgMacs *macs = (const WgMacs *) (msg + len - sizeof (WgMacs));
  uint8_t mac[WG_MAC_LEN], cookie[WG_COOKIE_LEN];

  if (!wg_mac (crypto, mac, guard->mac1_key, sizeof guard->mac1_key, msg, len - sizeof (WgMacs))
      || CRYPTO_memcmp (mac, macs->mac1, sizeof mac) != 0)
    return WG_MACS_INVALID;
  if (!want_cookie || !secret_is_fresh (guard, now_ns)
      || !make_cookie (guard, crypto, source, cookie)
      || !wg_mac (crypto, mac, cookie, sizeof cookie, msg, len - sizeof macs->mac2)
      || CRYPTO_memcmp (mac, macs->mac2, sizeof mac) != 0)
    return WG_MACS_NO_COOKIE;
  return WG_MACS_WITH_COOKIE;
}

bool
wg_cookie_guard_reply (WgCookieGuard *guard, WgCrypto *crypto, const uint8_t *msg, size_t len,
                       const BgEndpoint *source, WgRandom random, void *random_data,
                       uint64_t now_ns, WgMsgCookieReply *out)
{
  const WgMacs *macs = (const WgMacs *) (msg + len - sizeof (WgMacs));
  uint8_t cookie[WG_COOKIE_LEN];

  if (!secret_is_fresh (guard, now_ns))
    {
      if (!random (random_data, guard->secret, sizeof guard->secret))
        return false;
      guard->has_secret = true;
      guard->secret_born_ns = now_ns;
    }
  wg_put_le32 (out->type, WG_MSG_COOKIE_REPLY);
  memcpy (out->receiver, msg + 4, sizeof out->receiver);
  return random (random_data, out->nonce, sizeof out->nonce)
         && make_cookie (guard, crypto, source, cookie)
         && wg_xaead_seal (crypto, out->sealed_cookie, cookie, sizeof cookie, macs->mac1,
                           sizeof macs->mac1, out->nonce, guard->cookie_key);
}

bool
wg_cookie_jar_init (WgCookieJar *jar, WgCrypto *crypto, const WgKey *public_key)
{
  wg_wipe (jar, sizeof *jar);
  return derive_keys (crypto, public_key, jar->mac1_key, jar->cookie_key);
}

bool
wg_cookie_jar_add_macs (WgCookieJar *jar, WgCrypto *crypto, uint8_t *msg, size_t len,
                        uint64_t now_ns)
{
  WgMacs *macs = macs_of (msg, len);

  if (!wg_mac (crypto, macs->mac1, jar->mac1_key, sizeof jar->mac1_key, msg, len - sizeof *macs))
    return false;
  memcpy (jar->last_mac1, macs->mac1, sizeof jar->last_mac1);
  jar->has_mac1 = true;

  memset (macs->mac2, 0, sizeof macs->mac2);
  if (!jar->has_cookie
      || now_ns - jar->cookie_born_ns >= WG_COOKIE_SECRET_MAX_AGE - WG_COOKIE_SECRET_LATENCY)
    return true;
  return wg_mac (crypto, macs->mac2, jar->cookie, sizeof jar->cookie, msg, len - sizeof macs->mac2);
}

bool
wg_cookie_jar_take (WgCookieJar *jar, WgCrypto *crypto, const WgMsgCookieReply *msg,
                    uint64_t now_ns)
{
  uint8_t cookie[WG_COOKIE_LEN];

  if (!jar->has_mac1
      || !wg_xaead_open (crypto, cookie, msg->sealed_cookie, sizeof msg->sealed_cookie,
                         jar->last_mac1, sizeof jar->last_mac1, msg->nonce, jar->cookie_key))
    return false;
  memcpy (jar->cookie, cookie, sizeof cookie);
  jar->cookie_born_ns = now_ns;
  jar->has_cookie = true;
  jar->has_mac1 = false;
  return true;
}
