/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Wire layouts, lengths, constants and limits (paper, 5.4 and 6). All integers are little endian. */

#include <stdint.h>

enum
{
  WG_HASH_LEN = 32,
  WG_TAG_LEN = 16,
  WG_MAC_LEN = 16,
  WG_COOKIE_LEN = 16,
  WG_COOKIE_NONCE_LEN = 24,
  WG_TIMESTAMP_LEN = 12, /* TAI64N */
  WG_PADDING = 16,
  WG_COUNTER_WINDOW = 8192,
};

#define WG_CONSTRUCTION "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
#define WG_IDENTIFIER   "WireGuard v1 zx2c4 Jason@zx2c4.com"
#define WG_LABEL_MAC1   "mac1----"
#define WG_LABEL_COOKIE "cookie--"

typedef struct
{
  uint8_t mac1[WG_MAC_LEN];
  uint8_t mac2[WG_MAC_LEN];
} WgMacs;

typedef struct
{
  uint8_t type[4];
  uint8_t sender[4];
  uint8_t ephemeral[32];
  uint8_t sealed_static[32 + WG_TAG_LEN];
  uint8_t sealed_timestamp[WG_TIMESTAMP_LEN + WG_TAG_LEN];
  WgMacs  macs;
} WgMsgInitiation;

typedef struct
{
  uint8_t type[4];
  uint8_t sender[4];
  uint8_t receiver[4];
  uint8_t ephemeral[32];
  uint8_t sealed_nothing[WG_TAG_LEN];
  WgMacs  macs;
} WgMsgResponse;

typedef struct
{
  uint8_t type[4];
  uint8_t receiver[4];
  uint8_t nonce[WG_COOKIE_NONCE_LEN];
  uint8_t sealed_cookie[WG_COOKIE_LEN + WG_TAG_LEN];
} WgMsgCookieReply;

typedef struct
{
  uint8_t type[4];
  uint8_t receiver[4];
  uint8_t counter[8];
  uint8_t sealed[];
} WgMsgData;

_Static_assert (sizeof (WgMsgInitiation) == 148, "paper, 5.4.2");
_Static_assert (sizeof (WgMsgResponse) == 92, "paper, 5.4.3");
_Static_assert (sizeof (WgMsgCookieReply) == 64, "paper, 5.4.7");
_Static_assert (sizeof (WgMsgData) == 16, "paper, 5.4.6");

#define WG_SECOND UINT64_C (1000000000)

/* Section 6.1 of the paper; the rest are the limits that the kernel's implementation chose. */
#define WG_REKEY_AFTER_MESSAGES    (UINT64_C (1) << 60)
#define WG_REJECT_AFTER_MESSAGES   (UINT64_MAX - WG_COUNTER_WINDOW - 1)
#define WG_REKEY_AFTER_TIME        (120 * WG_SECOND)
#define WG_REJECT_AFTER_TIME       (180 * WG_SECOND)
#define WG_REKEY_ATTEMPT_TIME      (90 * WG_SECOND)
#define WG_REKEY_TIMEOUT           (5 * WG_SECOND)
#define WG_LATE_TIMEOUT            (3 * WG_SECOND / 2) /* ours, not the paper's */
#define WG_REKEY_TIMEOUT_JITTER    (WG_SECOND / 3)
#define WG_KEEPALIVE_TIMEOUT       (10 * WG_SECOND)
#define WG_ZERO_AFTER_TIME         (3 * WG_REJECT_AFTER_TIME)
#define WG_COOKIE_SECRET_MAX_AGE   (120 * WG_SECOND)
#define WG_COOKIE_SECRET_LATENCY   (5 * WG_SECOND)
#define WG_UNDER_LOAD_TIME         WG_SECOND
#define WG_INITIATIONS_PER_SECOND  20

static inline uint32_t
wg_get_le32 (const uint8_t *p)
{
  return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

static inline void
wg_put_le32 (uint8_t *p, uint32_t v)
{
  for (int i = 0; i < 4; i++)
    p[i] = (uint8_t) (v >> (8 * i));
}

static inline uint64_t
wg_get_le64 (const uint8_t *p)
{
  return wg_get_le32 (p) | (uint64_t) wg_get_le32 (p + 4) << 32;
}

static inline void
wg_put_le64 (uint8_t *p, uint64_t v)
{
  wg_put_le32 (p, (uint32_t) v);
  wg_put_le32 (p + 4, (uint32_t) (v >> 32));
}
