/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rewriting of SCTP packets, on arbitrary bytes: within the packet, undone by its opposite, never longer. The first four
 * bytes are the shift. */
#include "fuzz.h"

#include "transport/crc32c.h"
#include "transport/sctp-tsn.h"

#include <stdlib.h>
#include <string.h>

enum
{
  INPUT_MAX = 4096,
};

static void
assert_checksum (const uint8_t *packet, size_t len)
{
  uint8_t *copy = malloc (len);
  uint32_t crc;

  ASSERT (copy);
  memcpy (copy, packet, len);
  memset (copy + 8, 0, 4);
  crc = bg_crc32c (copy, len);
  for (int i = 0; i < 4; i++)
    ASSERT (packet[8 + i] == (uint8_t) (crc >> 8 * i));
  free (copy);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  BgSctpTsn there = { 0 }, back = { 0 };
  uint32_t shift;
  uint8_t *packet;

  if (size < sizeof shift || size > INPUT_MAX)
    return 0;
  memcpy (&shift, data, sizeof shift);
  data += sizeof shift;
  size -= sizeof shift;
  packet = malloc (size + 1);
  ASSERT (packet);
  memcpy (packet, data, size);
  if (bg_sctp_tsn_receive (&there, packet, size))
    assert_checksum (packet, size);
  memcpy (packet, data, size);
  there.shift = shift;
  back.shift = -shift;
  if (bg_sctp_tsn_send (&there, packet, size))
    {
      assert_checksum (packet, size);
      ASSERT (bg_sctp_tsn_send (&back, packet, size));
      memcpy (packet + 8, data + 8, 4);
    }
  ASSERT (memcmp (packet, data, size) == 0);
  free (packet);
  return 0;
}

static const uint8_t data_chunk[] = { 0, 3, 0, 20, 0x90, 0,  0, 0, 0, 0,
                                      0, 0, 0, 0,  0,    53, 1, 2, 3, 4 };
static const uint8_t sack[] = { 3, 0, 0, 28, 0x90, 0, 0, 0, 0, 1, 0, 0, 0, 1,
                                0, 2, 0, 2,  0,    3, 0, 0, 0, 1, 0, 0, 0, 2 };
static const uint8_t init[] = { 1, 0, 0,    20,   0,    0,    0,    7, 0, 2,
                                0, 0, 0xff, 0xff, 0xff, 0xff, 0x90, 0, 0, 0 };
static const uint8_t reset[] = { 130, 0, 0, 40, 0, 13, 0, 18, 0, 0, 0,  1, 0,  0, 0,
                                 2,   0, 0, 0,  3, 0,  1, 0,  0, 0, 16, 0, 20, 0, 0,
                                 0,   1, 0, 0,  0, 1,  0, 0,  0, 4, 0,  0, 0,  5 };

static const struct
{
  const uint8_t *chunk;
  size_t len;
} examples[] = { { data_chunk, sizeof data_chunk },
                 { sack, sizeof sack },
                 { init, sizeof init },
                 { reset, sizeof reset } };

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  if (n >= sizeof examples / sizeof examples[0] || max < 16 + examples[n].len)
    return 0;
  memset (out, 1, 16);
  memcpy (out + 16, examples[n].chunk, examples[n].len);
  return 16 + examples[n].len;
}
