/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the whole room stands on: freestanding C, and of libc what string.h names. A host without libc brings these four. */
#ifdef __wasm__
void *memcpy (void *restrict to, const void *restrict from, size_t n);
void *memmove (void *to, const void *from, size_t n);
void *memset (void *to, int byte, size_t n);
int   memcmp (const void *a, const void *b, size_t n);
#else
#include <string.h>
#endif

/* A part of something that lies in several places. */
typedef struct
{
  const uint8_t *bytes;
  size_t         len;
} BgBytes;

#define BG_BYTES(array) ((BgBytes){ (const uint8_t *) (array), sizeof (array) })
#define BG_TEXT(text) ((BgBytes){ (const uint8_t *) (text), sizeof (text) - 1 })

/* Numbers in network byte order. */
static inline uint16_t
bg_get16 (const uint8_t *p)
{
  return (uint16_t) (p[0] << 8 | p[1]);
}

static inline uint32_t
bg_get32 (const uint8_t *p)
{
  return (uint32_t) bg_get16 (p) << 16 | bg_get16 (p + 2);
}

static inline uint64_t
bg_get64 (const uint8_t *p)
{
  return (uint64_t) bg_get32 (p) << 32 | bg_get32 (p + 4);
}

static inline void
bg_put16 (uint8_t *p, uint16_t value)
{
  p[0] = (uint8_t) (value >> 8);
  p[1] = (uint8_t) value;
}

static inline void
bg_put32 (uint8_t *p, uint32_t value)
{
  bg_put16 (p, (uint16_t) (value >> 16));
  bg_put16 (p + 2, (uint16_t) value);
}

static inline void
bg_put64 (uint8_t *p, uint64_t value)
{
  bg_put32 (p, (uint32_t) (value >> 32));
  bg_put32 (p + 4, (uint32_t) value);
}

/* The bytes that bring `len` to a multiple of four. */
static inline size_t
bg_padding (size_t len)
{
  return (4 - len % 4) % 4;
}
