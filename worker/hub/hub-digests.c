/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-digests.h"

#include <glib.h>

static bool
md5 (void *data, const BgBytes *parts, size_t n, uint8_t digest[BG_MD5_LEN])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  gsize len = BG_MD5_LEN;

  for (size_t i = 0; i < n; i++)
    g_checksum_update (checksum, parts[i].bytes, (gssize) parts[i].len);
  g_checksum_get_digest (checksum, digest, &len);
  return true;
}

static bool
hmac (GChecksumType type, BgBytes key, const BgBytes *parts, size_t n, uint8_t *mac, gsize len)
{
  g_autoptr (GHmac) self = g_hmac_new (type, key.bytes, key.len);

  for (size_t i = 0; i < n; i++)
    g_hmac_update (self, parts[i].bytes, (gssize) parts[i].len);
  g_hmac_get_digest (self, mac, &len);
  return true;
}

static bool
hmac_sha1 (void *data, BgBytes key, const BgBytes *parts, size_t n, uint8_t mac[BG_SHA1_LEN])
{
  return hmac (G_CHECKSUM_SHA1, key, parts, n, mac, BG_SHA1_LEN);
}

static bool
hmac_sha256 (void *data, BgBytes key, const BgBytes *parts, size_t n, uint8_t mac[BG_SHA256_LEN])
{
  return hmac (G_CHECKSUM_SHA256, key, parts, n, mac, BG_SHA256_LEN);
}

const BgDigests bg_hub_digests = { md5, hmac_sha1, hmac_sha256, NULL };
