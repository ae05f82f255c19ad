/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/key-text.h"

#include <string.h>

/* Table-free and without branches on the data: no key leaks through the cache. */
static char
base64_digit (uint32_t v)
{
  int32_t d = (int32_t) v;
  int32_t c = d + 'A';

  c += ((25 - d) >> 31) & ('a' - 'A' - 26);
  c -= ((51 - d) >> 31) & ('a' - '0' + 26);
  c -= ((61 - d) >> 31) & ('0' + 10 - '+');
  c += ((62 - d) >> 31) & ('/' - '+' - 1);
  return (char) c;
}

/* 0 to 63, or negative. */
static int32_t
base64_value (uint8_t byte)
{
  int32_t c = byte, v = -1;

  v += ((('A' - 1 - c) & (c - ('Z' + 1))) >> 31) & (c - 'A' + 1);
  v += ((('a' - 1 - c) & (c - ('z' + 1))) >> 31) & (c - 'a' + 27);
  v += ((('0' - 1 - c) & (c - ('9' + 1))) >> 31) & (c - '0' + 53);
  v += ((('+' - 1 - c) & (c - ('+' + 1))) >> 31) & 63;
  v += ((('/' - 1 - c) & (c - ('/' + 1))) >> 31) & 64;
  return v;
}

void
bg_key_to_base64 (const uint8_t key[BG_KEY_BYTES], char out[BG_KEY_TEXT_LEN + 1])
{
  for (int i = 0; i < 11; i++)
    {
      uint32_t a = key[i * 3], b = key[i * 3 + 1], c = i < 10 ? key[i * 3 + 2] : 0;
      uint32_t v = a << 16 | b << 8 | c;

      out[i * 4] = base64_digit (v >> 18);
      out[i * 4 + 1] = base64_digit (v >> 12 & 63);
      out[i * 4 + 2] = base64_digit (v >> 6 & 63);
      out[i * 4 + 3] = base64_digit (v & 63);
    }
  out[43] = '=';
  out[44] = '\0';
}

bool
bg_key_from_base64 (const char *text, uint8_t key[BG_KEY_BYTES])
{
  uint8_t bytes[33];
  int32_t bad = 0;

  if (!text || strnlen (text, BG_KEY_TEXT_LEN + 1) != BG_KEY_TEXT_LEN || text[43] != '=')
    return false;
  for (int i = 0; i < 11; i++)
    {
      uint32_t v = 0;

      for (int j = 0; j < 4; j++)
        {
          int32_t d = i == 10 && j == 3 ? 0 : base64_value ((uint8_t) text[i * 4 + j]);

          bad |= d;
          v = v << 6 | ((uint32_t) d & 63);
        }
      bytes[i * 3] = (uint8_t) (v >> 16);
      bytes[i * 3 + 1] = (uint8_t) (v >> 8);
      bytes[i * 3 + 2] = (uint8_t) v;
    }
  /* The last symbol's two spare bits must be zero, or one key would have four texts. */
  if (bad < 0 || bytes[32] != 0)
    return false;
  memcpy (key, bytes, BG_KEY_BYTES);
  return true;
}

void
bg_key_to_hex (const uint8_t key[BG_KEY_BYTES], char out[BG_KEY_HEX_LEN + 1])
{
  for (int i = 0; i < BG_KEY_BYTES; i++)
    for (int j = 0; j < 2; j++)
      {
        int32_t d = j == 0 ? key[i] >> 4 : key[i] & 15;

        out[i * 2 + j] = (char) (d + '0' + (((9 - d) >> 31) & ('a' - '0' - 10)));
      }
  out[BG_KEY_HEX_LEN] = '\0';
}

bool
bg_key_from_hex (const char *text, uint8_t key[BG_KEY_BYTES])
{
  uint8_t bytes[BG_KEY_BYTES];
  int32_t bad = 0;

  if (!text || strnlen (text, BG_KEY_HEX_LEN + 1) != BG_KEY_HEX_LEN)
    return false;
  for (int i = 0; i < BG_KEY_HEX_LEN; i++)
    {
      int32_t c = (uint8_t) text[i], v = -1;

      v += ((('0' - 1 - c) & (c - ('9' + 1))) >> 31) & (c - '0' + 1);
      v += ((('a' - 1 - c) & (c - ('f' + 1))) >> 31) & (c - 'a' + 11);
      v += ((('A' - 1 - c) & (c - ('F' + 1))) >> 31) & (c - 'A' + 11);
      bad |= v;
      bytes[i / 2] = (uint8_t) (i % 2 == 0 ? (v & 15) << 4 : bytes[i / 2] | (v & 15));
    }
  if (bad < 0)
    return false;
  memcpy (key, bytes, BG_KEY_BYTES);
  return true;
}
