/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sctp-stall.h"

/* RFC 9260, 3.1, 3.3.1 */
enum
{
  COMMON_HEADER = 12,
  CHUNK_HEADER = 4,
  DATA = 0,
};

static bool
has_data (const uint8_t *packet, size_t len)
{
  size_t at = COMMON_HEADER;

  while (at + CHUNK_HEADER <= len)
    {
      size_t size = (size_t) packet[at + 2] << 8 | packet[at + 3];

      if (packet[at] == DATA)
        return true;
      if (size < CHUNK_HEADER)
        return false;
      at += (size + 3) & ~(size_t) 3;
    }
  return false;
}

bool
bg_sctp_stall_received (BgSctpStall *self, const uint8_t *packet, size_t len, int64_t now_us)
{
  if (!has_data (packet, len))
    return false;
  if (self->packets++ == 0)
    self->since = now_us;
  if (self->packets < BG_SCTP_STALL_PACKETS || now_us - self->since < BG_SCTP_STALL_US)
    return false;
  self->packets = 0;
  return true;
}

void
bg_sctp_stall_delivered (BgSctpStall *self)
{
  self->packets = 0;
}
