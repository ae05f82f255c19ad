/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sctp-skip.h"

#include "crc32c.h"

#include <string.h>

/* RFC 9260, 3.1, 3.3.1, 3.3.4; RFC 3758, 3.2 */
enum
{
  COMMON_HEADER = 12,
  TAG_END = 8,
  CHECKSUM = 8,
  CHUNK_HEADER = 4,
  DATA = 0,
  DATA_HEADER = 16,
  UNORDERED = 1 << 2,
  SACK = 3,
  SACK_HEADER = 16,
  FORWARD_TSN = 192,
};

static uint32_t
get16 (const uint8_t *at)
{
  return (uint32_t) at[0] << 8 | at[1];
}

static uint32_t
get32 (const uint8_t *at)
{
  return get16 (at) << 16 | get16 (at + 2);
}

static void
put32 (uint8_t *at, uint32_t value)
{
  for (int i = 0; i < 4; i++)
    at[i] = (uint8_t) (value >> (24 - 8 * i));
}

/* Serial numbers (RFC 1982). */
static bool
is_after (uint32_t one, uint32_t other)
{
  return (int32_t) (one - other) > 0;
}

static uint32_t
later (uint32_t one, uint32_t other)
{
  return is_after (one, other) ? one : other;
}

/* The next chunk that is whole, or NULL; `at` goes behind it. */
static const uint8_t *
next_chunk (const uint8_t *packet, size_t len, size_t *at, size_t *size)
{
  const uint8_t *chunk = packet + *at;

  if (*at >= len || len - *at < CHUNK_HEADER)
    return NULL;
  *size = get16 (chunk + 2);
  if (*size < CHUNK_HEADER || *size > len - *at)
    return NULL;
  *at += (*size + 3) & ~(size_t) 3;
  return chunk;
}

static bool
is_waiting (const BgSctpSkip *self)
{
  return self->has_sent && self->has_heard && is_after (self->sent, self->acked)
         && is_after (self->sent, self->skipped);
}

static void
note_data (BgSctpSkip *self, const uint8_t *chunk, int64_t now_us)
{
  uint32_t tsn = get32 (chunk + 4);

  if (!self->has_sent)
    {
      self->has_sent = true;
      self->acked = self->skipped = self->sent = tsn - 1;
    }
  if (!is_after (self->sent, self->acked) || !is_after (self->sent, self->skipped))
    self->since = now_us;
  self->sent = later (tsn, self->sent);
  if (chunk[1] & UNORDERED)
    return;
  self->ordered = self->has_ordered ? later (tsn, self->ordered) : tsn;
  self->has_ordered = true;
}

void
bg_sctp_skip_sent (BgSctpSkip *self, const uint8_t *packet, size_t len, int64_t now_us)
{
  size_t at = COMMON_HEADER, size;
  const uint8_t *chunk;

  while ((chunk = next_chunk (packet, len, &at, &size)))
    if (chunk[0] == DATA && size >= DATA_HEADER)
      {
        memcpy (self->out_header, packet, TAG_END);
        note_data (self, chunk, now_us);
      }
}

static bool
note_sack (BgSctpSkip *self, const uint8_t *packet, const uint8_t *chunk, int64_t now_us)
{
  uint32_t acked = get32 (chunk + 4);

  if (!self->has_sent)
    return false;
  memcpy (self->in_header, packet, TAG_END);
  self->has_heard = true;
  self->room = get32 (chunk + 8);
  if (is_after (acked, self->acked) && !is_after (acked, self->sent))
    {
      self->acked = acked;
      self->since = now_us;
    }
  return is_after (self->skipped, acked);
}

bool
bg_sctp_skip_received (BgSctpSkip *self, const uint8_t *packet, size_t len, int64_t now_us)
{
  size_t at = COMMON_HEADER, size;
  const uint8_t *chunk;
  bool is_behind = false;

  while ((chunk = next_chunk (packet, len, &at, &size)))
    if (chunk[0] == SACK && size >= SACK_HEADER)
      is_behind = note_sack (self, packet, chunk, now_us);
  return is_behind;
}

bool
bg_sctp_skip_give_up (BgSctpSkip *self, int64_t now_us)
{
  if (!is_waiting (self) || now_us - self->since < BG_SCTP_SKIP_US
      || (self->has_ordered && is_after (self->ordered, self->acked)))
    return false;
  self->skipped = self->sent;
  self->since = now_us;
  return true;
}

static void
seal (uint8_t *packet, const uint8_t *header, size_t len)
{
  uint32_t crc;

  memcpy (packet, header, TAG_END);
  memset (packet + CHECKSUM, 0, 4);
  crc = bg_crc32c (packet, len);
  for (int i = 0; i < 4; i++)
    packet[CHECKSUM + i] = (uint8_t) (crc >> 8 * i);
}

void
bg_sctp_skip_write_forward (const BgSctpSkip *self, uint8_t packet[BG_SCTP_FORWARD_LEN])
{
  put32 (packet + COMMON_HEADER, (uint32_t) FORWARD_TSN << 24 | 8);
  put32 (packet + COMMON_HEADER + 4, self->skipped);
  seal (packet, self->out_header, BG_SCTP_FORWARD_LEN);
}

void
bg_sctp_skip_write_sack (const BgSctpSkip *self, uint8_t packet[BG_SCTP_SACK_LEN])
{
  put32 (packet + COMMON_HEADER, (uint32_t) SACK << 24 | SACK_HEADER);
  put32 (packet + COMMON_HEADER + 4, self->skipped);
  put32 (packet + COMMON_HEADER + 8, self->room);
  put32 (packet + COMMON_HEADER + 12, 0);
  seal (packet, self->in_header, BG_SCTP_SACK_LEN);
}
