/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crc32c.h"

#include <pthread.h>

enum
{
  STRIDE = 8, /* bytes at a time, a table for each */
};

#define POLYNOMIAL 0x82f63b78u /* its bits reversed */

static uint32_t tables[STRIDE][256];

static void
make_tables (void)
{
  for (uint32_t byte = 0; byte < 256; byte++)
    {
      uint32_t crc = byte;

      for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
      tables[0][byte] = crc;
    }
  for (int t = 1; t < STRIDE; t++)
    for (int byte = 0; byte < 256; byte++)
      tables[t][byte] = tables[t - 1][byte] >> 8 ^ tables[0][tables[t - 1][byte] & 0xff];
}

static uint32_t
add_stride (uint32_t crc, const uint8_t *bytes)
{
  uint32_t sum = 0;

  for (int i = 0; i < STRIDE; i++)
    sum ^= tables[STRIDE - 1 - i][i < 4 ? (bytes[i] ^ crc >> 8 * i) & 0xff : bytes[i]];
  return sum;
}

uint32_t
bg_crc32c (const uint8_t *bytes, size_t len)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  uint32_t crc = 0xffffffff;

  pthread_once (&once, make_tables);
  for (; len >= STRIDE; bytes += STRIDE, len -= STRIDE)
    crc = add_stride (crc, bytes);
  for (; len > 0; bytes++, len--)
    crc = crc >> 8 ^ tables[0][(crc ^ *bytes) & 0xff];
  return ~crc;
}
