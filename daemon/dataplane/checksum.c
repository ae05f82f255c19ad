/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/checksum.h"

#include <netinet/in.h>
#include <string.h>

uint64_t
bg_checksum_add (uint64_t sum, const void *data, size_t len)
{
  const uint8_t *p = data;
  uint64_t a = 0, b = 0, c = 0, d = 0;
  uint32_t w[8];

  /* 32-bit words into 64-bit sums: no carry to catch for 2^32 words, and the compiler makes vectors of it. */
  for (; len >= sizeof w; len -= sizeof w, p += sizeof w)
    {
      memcpy (w, p, sizeof w);
      a += (uint64_t) w[0] + w[4];
      b += (uint64_t) w[1] + w[5];
      c += (uint64_t) w[2] + w[6];
      d += (uint64_t) w[3] + w[7];
    }
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum += (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32);
  sum += (c & 0xffffffff) + (c >> 32) + (d & 0xffffffff) + (d >> 32);
  for (; len >= 4; len -= 4, p += 4)
    {
      memcpy (w, p, 4);
      sum += w[0];
    }
  if (len > 0)
    {
      w[0] = 0;
      memcpy (w, p, len);
      sum += w[0];
    }
  return sum;
}

uint64_t
bg_checksum_add_pseudo (uint64_t sum, const void *addresses, size_t addr_len, uint8_t protocol,
                        uint32_t len)
{
  uint32_t tail[2] = { htonl (len), htonl (protocol) };

  sum = bg_checksum_add (sum, addresses, addr_len * 2);
  return bg_checksum_add (sum, tail, sizeof tail);
}

void
bg_checksum_store (uint8_t *field, uint64_t sum)
{
  uint16_t folded = (uint16_t) ~bg_checksum_fold (sum);

  memcpy (field, &folded, sizeof folded);
}

void
bg_ipv4_set_checksum (uint8_t *header, size_t len)
{
  enum
  {
    CHECKSUM_AT = 10
  };

  memset (header + CHECKSUM_AT, 0, 2);
  bg_checksum_store (header + CHECKSUM_AT, bg_checksum_add (0, header, len));
}
