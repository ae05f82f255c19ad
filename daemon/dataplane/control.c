/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/control.h"

#include <endian.h>
#include <string.h>

/* Offsets, and lengths by type. */
enum
{
  AT_TYPE = 1,
  AT_KIND = 2,
  AT_ANSWER = 3,
  AT_ID = 4,
  AT_STAMP = 8,
  AT_BYTES = 4,
  AT_COUNT = 4,
  AT_HASH = 8,
  AT_ENTRY = 4,
  AT_OFFSET = 8,
  AT_PART_LEN = 10,
  AT_PART = 12,
  PROBE_LEN = 16,
  BYTES_LEN = 12,
  REST_LEN = 4,
  HEAD_LEN = AT_HASH + BG_LOG_HASH,
  LOG_LEN = AT_PART, /* and its bytes */
};

/* What the main thread is told of a peer's words. */
#define WORDS_AT_ONCE 32
#define WORD_NS UINT64_C (250000000)

_Static_assert((int) LOG_LEN + (int) BG_LOG_PART == (int) BG_CONTROL_MAX, "the longest");

static size_t
length_of (unsigned type)
{
  switch (type)
    {
    case BG_CONTROL_PROBE:
    case BG_CONTROL_PROBE_REPLY:
      return PROBE_LEN;
    case BG_CONTROL_CREDIT:
    case BG_CONTROL_MARK:
      return BYTES_LEN;
    case BG_CONTROL_REST:
    case BG_CONTROL_LEAVE:
      return REST_LEN;
    case BG_CONTROL_HEAD:
      return HEAD_LEN;
    case BG_CONTROL_LOG:
    case BG_CONTROL_REQUEST:
    case BG_CONTROL_CERTIFICATE:
      return LOG_LEN;
    default:
      return 0;
    }
}

static bool
has_part (BgControlType type)
{
  return type == BG_CONTROL_LOG || type == BG_CONTROL_REQUEST || type == BG_CONTROL_CERTIFICATE;
}

static void
put_u64 (uint8_t *at, uint64_t value)
{
  value = htole64 (value);
  memcpy (at, &value, sizeof value);
}

static uint64_t
get_u64 (const uint8_t *at)
{
  uint64_t value;

  memcpy (&value, at, sizeof value);
  return le64toh (value);
}

static void
put_u32 (uint8_t *at, uint32_t value)
{
  value = htole32 (value);
  memcpy (at, &value, sizeof value);
}

static uint32_t
get_u32 (const uint8_t *at)
{
  uint32_t value;

  memcpy (&value, at, sizeof value);
  return le32toh (value);
}

static void
put_u16 (uint8_t *at, uint16_t value)
{
  value = htole16 (value);
  memcpy (at, &value, sizeof value);
}

static uint16_t
get_u16 (const uint8_t *at)
{
  uint16_t value;

  memcpy (&value, at, sizeof value);
  return le16toh (value);
}

static void
put_head (uint8_t *bytes, const BgLogHead *head)
{
  bytes[AT_ANSWER] = head->is_answer;
  put_u32 (bytes + AT_COUNT, head->count);
  memcpy (bytes + AT_HASH, head->hash, BG_LOG_HASH);
}

static void
get_head (const uint8_t *bytes, BgLogHead *head)
{
  head->is_answer = bytes[AT_ANSWER] & 1;
  head->count = get_u32 (bytes + AT_COUNT);
  memcpy (head->hash, bytes + AT_HASH, BG_LOG_HASH);
}

/* Returns how many bytes the part has. */
static size_t
put_part (uint8_t *bytes, const BgControl *control)
{
  put_u32 (bytes + AT_ENTRY, control->entry);
  put_u16 (bytes + AT_OFFSET, control->offset);
  put_u16 (bytes + AT_PART_LEN, control->part_len);
  if (control->part_len > 0)
    memcpy (bytes + AT_PART, control->part, control->part_len);
  return control->part_len;
}

static bool
get_part (const uint8_t *bytes, size_t len, BgControl *out)
{
  out->entry = get_u32 (bytes + AT_ENTRY);
  out->offset = get_u16 (bytes + AT_OFFSET);
  out->part_len = get_u16 (bytes + AT_PART_LEN);
  out->part = bytes + AT_PART;
  return out->part_len <= BG_LOG_PART && out->part_len <= len - LOG_LEN;
}

size_t
bg_control_encode (const BgControl *control, uint8_t *bytes)
{
  size_t len = length_of (control->type);

  bytes[0] = BG_CONTROL_FIRST_BYTE;
  bytes[AT_TYPE] = (uint8_t) control->type;
  bytes[AT_KIND] = (uint8_t) control->kind;
  bytes[AT_KIND + 1] = 0;
  if (has_part (control->type))
    len += put_part (bytes, control);
  else if (len == BYTES_LEN)
    put_u64 (bytes + AT_BYTES, control->bytes);
  else if (len == PROBE_LEN)
    {
      put_u32 (bytes + AT_ID, control->id);
      put_u64 (bytes + AT_STAMP, control->stamp);
    }
  else if (len == HEAD_LEN)
    put_head (bytes, &control->head);
  if (control->size <= len)
    return len;
  memset (bytes + len, 0, control->size - len);
  return control->size;
}

bool
bg_control_pace_take (uint64_t *paid_ns, uint64_t now_ns)
{
  uint64_t paid = *paid_ns > now_ns ? *paid_ns : now_ns;

  if (paid - now_ns > (WORDS_AT_ONCE - 1) * WORD_NS)
    return false;
  *paid_ns = paid + WORD_NS;
  return true;
}

bool
bg_control_decode (const uint8_t *bytes, size_t len, BgControl *out)
{
  size_t need;

  if (len <= AT_KIND || bytes[0] != BG_CONTROL_FIRST_BYTE)
    return false;
  need = length_of (bytes[AT_TYPE]);
  if (need == 0 || len < need || bytes[AT_KIND] == BG_TRANSPORT_NONE
      || bytes[AT_KIND] >= BG_TRANSPORT_KINDS)
    return false;
  *out = (BgControl){ .type = bytes[AT_TYPE], .kind = bytes[AT_KIND] };
  if (has_part (out->type))
    return get_part (bytes, len, out);
  if (need == BYTES_LEN)
    out->bytes = get_u64 (bytes + AT_BYTES);
  if (need == PROBE_LEN)
    {
      out->id = get_u32 (bytes + AT_ID);
      out->stamp = get_u64 (bytes + AT_STAMP);
    }
  if (need == HEAD_LEN)
    get_head (bytes, &out->head);
  return true;
}
