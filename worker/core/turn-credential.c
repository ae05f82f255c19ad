/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/turn-credential.h"

enum
{
  EXPIRY_DIGITS = 19, /* fit into 64 bits */
  PASSWORD_LEN = 28,  /* base64 of 20 bytes */
};

bool
bg_turn_username_read (BgBytes username, uint64_t *expires_unix_s, BgBytes *user)
{
  size_t digits = 0;

  *expires_unix_s = 0;
  if (username.len > BG_TURN_USERNAME_MAX)
    return false;
  while (digits < username.len && username.bytes[digits] >= '0' && username.bytes[digits] <= '9')
    {
      if (digits == EXPIRY_DIGITS)
        return false;
      *expires_unix_s = *expires_unix_s * 10 + (uint64_t) (username.bytes[digits] - '0');
      digits++;
    }
  if (digits == 0 || digits == username.len || username.bytes[digits] != ':')
    return false;
  *user = (BgBytes){ username.bytes + digits + 1, username.len - digits - 1 };
  return true;
}

static void
write_base64 (const uint8_t mac[BG_SHA1_LEN], uint8_t text[PASSWORD_LEN])
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  for (size_t i = 0, at = 0; i < BG_SHA1_LEN; i += 3, at += 4)
    {
      uint32_t three = (uint32_t) mac[i] << 16 | (uint32_t) mac[i + 1] << 8
                       | (i + 2 < BG_SHA1_LEN ? mac[i + 2] : 0);

      text[at] = (uint8_t) alphabet[three >> 18];
      text[at + 1] = (uint8_t) alphabet[three >> 12 & 63];
      text[at + 2] = (uint8_t) alphabet[three >> 6 & 63];
      text[at + 3] = (uint8_t) alphabet[three & 63];
    }
  text[PASSWORD_LEN - 1] = '=';
}

bool
bg_turn_credential_key (BgBytes secret, BgBytes realm, BgBytes username, const BgDigests *digests,
                        uint8_t key[BG_MD5_LEN])
{
  uint8_t mac[BG_SHA1_LEN], password[PASSWORD_LEN];
  const BgBytes colon = BG_TEXT (":");
  const BgBytes parts[] = { username, colon, realm, colon, BG_BYTES (password) };
  bool ok = digests->hmac_sha1 (digests->data, secret, &username, 1, mac);

  if (ok)
    {
      write_base64 (mac, password);
      ok = digests->md5 (digests->data, parts, sizeof parts / sizeof *parts, key);
    }
  bg_core_wipe (mac, sizeof mac);
  bg_core_wipe (password, sizeof password);
  return ok;
}

void
bg_core_wipe (void *bytes, size_t len)
{
  volatile uint8_t *p = bytes;

  while (len-- > 0)
    *p++ = 0;
}
