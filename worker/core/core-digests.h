/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

enum
{
  BG_MD5_LEN = 16,
  BG_SHA1_LEN = 20,
  BG_SHA256_LEN = 32,
};

/* The digests of RFC 8489, which the host has from its library. Each is over all `parts` in a row; false where the library
 * refuses, and then nothing is vouched for. */
typedef struct
{
  bool (*md5)         (void *data, const BgBytes *parts, size_t n, uint8_t digest[BG_MD5_LEN]);
  bool (*hmac_sha1)   (void *data, BgBytes key, const BgBytes *parts, size_t n, uint8_t mac[BG_SHA1_LEN]);
  bool (*hmac_sha256) (void *data, BgBytes key, const BgBytes *parts, size_t n, uint8_t mac[BG_SHA256_LEN]);
  void  *data;
} BgDigests;
