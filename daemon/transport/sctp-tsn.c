/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sctp-tsn.h"

#include "crc32c.h"

#include <stdatomic.h>

/* Where one's own and where the other's numbers stand: RFC 9260, 3.3; RFC 8260 (I-DATA, I-FORWARD-TSN); RFC 3758
 * (FORWARD-TSN); RFC 6525 (RE-CONFIG, whose requests are numbered from the first TSN on, as ASCONF's are, RFC 5061). */
enum
{
  COMMON_HEADER = 12,
  CHECKSUM = 8, /* its place */
  HEADER = 4,   /* of a chunk, of a parameter */
  FIRST_TSN = 1,
  RE_CONFIG = 130,
};

typedef struct
{
  uint8_t type;
  uint8_t at;
} Place;

static const Place first_tsn[] = { { 1, 16 }, { 2, 16 } }; /* INIT, INIT ACK */

static const Place own_in_chunks[] = {
  { 0, 4 },   /* DATA */
  { 1, 16 },  /* INIT */
  { 2, 16 },  /* INIT ACK */
  { 13, 4 },  /* CWR */
  { 64, 4 },  /* I-DATA */
  { 192, 4 }, /* FORWARD-TSN */
  { 193, 4 }, /* ASCONF */
  { 194, 4 }, /* I-FORWARD-TSN */
};
static const Place other_in_chunks[] = {
  { 3, 4 },   /* SACK */
  { 7, 4 },   /* SHUTDOWN */
  { 12, 4 },  /* ECNE */
  { 16, 4 },  /* NR-SACK */
  { 128, 4 }, /* ASCONF-ACK */
};
static const Place own_in_parameters[] = {
  { 13, 4 },  { 13, 12 }, /* Outgoing SSN Reset Request: its number, last TSN */
  { 14, 4 },              /* Incoming SSN Reset Request */
  { 15, 4 },              /* SSN/TSN Reset Request */
  { 16, 12 },             /* Re-configuration Response: sender's next TSN */
  { 17, 4 },  { 18, 4 },  /* Add Outgoing, Add Incoming Streams Request */
};
static const Place other_in_parameters[] = {
  { 13, 8 }, /* Outgoing SSN Reset Request: the request it answers */
  { 16, 4 },
  { 16, 16 }, /* Re-configuration Response: that, receiver's next TSN */
};

/* A row of places for each list that ends in numbers of the other's. */
typedef struct
{
  uint8_t type;
  uint8_t head;   /* where the blocks begin */
  uint8_t blocks; /* how many, at these places; 4 bytes each */
  uint8_t more;
  uint8_t numbers; /* how many follow them, at this place */
} Duplicates;

static const Duplicates duplicates[] = { { 3, 16, 12, 0, 14 }, { 16, 20, 12, 14, 16 } };

typedef struct
{
  const Place *chunks, *parameters;
  size_t n_chunks, n_parameters;
  bool others; /* SACKs too */
  uint32_t shift;
  bool changed;
} Rewrite;

static uint16_t
get16 (const uint8_t *at)
{
  return (uint16_t) (at[0] << 8 | at[1]);
}

static uint32_t
get32 (const uint8_t *at)
{
  return (uint32_t) get16 (at) << 16 | get16 (at + 2);
}

static void
shift32 (Rewrite *self, uint8_t *at)
{
  uint32_t value = get32 (at) + self->shift;

  for (int i = 0; i < 4; i++)
    at[i] = (uint8_t) (value >> (24 - 8 * i));
  self->changed |= self->shift != 0;
}

static void
shift_places (Rewrite *self, const Place *places, size_t n, uint32_t type, uint8_t *bytes,
              size_t len)
{
  for (size_t i = 0; i < n; i++)
    if (places[i].type == type && places[i].at + 4u <= len)
      shift32 (self, bytes + places[i].at);
}

static void
shift_duplicates (Rewrite *self, const Duplicates *row, uint8_t *chunk, size_t len)
{
  size_t at = row->head, n;

  if (len < at)
    return;
  n = get16 (chunk + row->numbers);
  at += 4u * (get16 (chunk + row->blocks) + (row->more ? get16 (chunk + row->more) : 0u));
  for (; n > 0 && at + 4 <= len; n--, at += 4)
    shift32 (self, chunk + at);
}

/* The length of the chunk or parameter at the head of `left` bytes, 0 for none that is whole. */
static size_t
whole (const uint8_t *bytes, size_t left)
{
  size_t len = left < HEADER ? 0 : get16 (bytes + 2);

  return len < HEADER || len > left ? 0 : len;
}

/* The last one's padding may be missing. */
static size_t
padded (size_t len, size_t left)
{
  size_t all = (len + 3) & ~(size_t) 3;

  return all < left ? all : left;
}

static void
shift_parameters (Rewrite *self, uint8_t *bytes, size_t left)
{
  size_t len;

  while ((len = whole (bytes, left)) > 0)
    {
      size_t step = padded (len, left);

      shift_places (self, self->parameters, self->n_parameters, get16 (bytes), bytes, len);
      bytes += step;
      left -= step;
    }
}

static void
shift_chunk (Rewrite *self, uint8_t *chunk, size_t len)
{
  shift_places (self, self->chunks, self->n_chunks, chunk[0], chunk, len);
  if (chunk[0] == RE_CONFIG)
    shift_parameters (self, chunk + HEADER, len - HEADER);
  for (size_t i = 0; self->others && i < sizeof duplicates / sizeof duplicates[0]; i++)
    if (duplicates[i].type == chunk[0])
      shift_duplicates (self, &duplicates[i], chunk, len);
}

static void
put_checksum (uint8_t *packet, size_t len)
{
  uint32_t crc;

  for (int i = 0; i < 4; i++)
    packet[CHECKSUM + i] = 0;
  crc = bg_crc32c (packet, len);
  for (int i = 0; i < 4; i++)
    packet[CHECKSUM + i] = (uint8_t) (crc >> 8 * i);
}

static bool
rewrite (Rewrite *self, uint8_t *packet, size_t len)
{
  size_t at = COMMON_HEADER, chunk;

  while (at < len && (chunk = whole (packet + at, len - at)) > 0)
    {
      shift_chunk (self, packet + at, chunk);
      at += padded (chunk, len - at);
    }
  if (self->changed)
    put_checksum (packet, len);
  return self->changed;
}

/* These two chunks are alone in their packet (RFC 9260, 4.3.1). */
static void
learn (BgSctpTsn *self, const uint8_t *packet, size_t len)
{
  const uint8_t *chunk = packet + COMMON_HEADER;
  size_t size = len < COMMON_HEADER ? 0 : whole (chunk, len - COMMON_HEADER);

  for (size_t i = 0; size > 0 && i < sizeof first_tsn / sizeof first_tsn[0]; i++)
    if (first_tsn[i].type == chunk[0] && first_tsn[i].at + 4u <= size)
      atomic_store (&self->shift, FIRST_TSN - get32 (chunk + first_tsn[i].at));
}

bool
bg_sctp_tsn_receive (BgSctpTsn *self, uint8_t *packet, size_t len)
{
  Rewrite how = { .chunks = own_in_chunks,
                  .n_chunks = sizeof own_in_chunks / sizeof own_in_chunks[0],
                  .parameters = own_in_parameters,
                  .n_parameters = sizeof own_in_parameters / sizeof own_in_parameters[0] };

  learn (self, packet, len);
  how.shift = atomic_load (&self->shift);
  return rewrite (&how, packet, len);
}

bool
bg_sctp_tsn_send (BgSctpTsn *self, uint8_t *packet, size_t len)
{
  Rewrite how = { .chunks = other_in_chunks,
                  .n_chunks = sizeof other_in_chunks / sizeof other_in_chunks[0],
                  .parameters = other_in_parameters,
                  .n_parameters = sizeof other_in_parameters / sizeof other_in_parameters[0],
                  .others = true };

  how.shift = -atomic_load (&self->shift);
  return rewrite (&how, packet, len);
}
