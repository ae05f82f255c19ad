/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that ask, join and forget in an order that somebody else chose, beside what must hold: no address is two devices',
 * none is given that somebody uses, and who has one gets that. Three bytes a step. */
#include "worker/core/network.h"
#include "fuzz.h"

#include <string.h>

enum
{
  ROWS = 6, /* hosts of a /29 */
  KEYS = 5,
};

#define KEY(letter) letter "SDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

static const char keys[KEYS][45] = { "", KEY ("a"), KEY ("b"), KEY ("c"), KEY ("d") };
static const BgSubnet subnet = { 0x0a000000, 29 };

typedef struct
{
  BgDevice rows[ROWS + 1]; /* by host; host 0: there is none */
  bool is_used[ROWS + 1];
  int64_t now;
} Fuzz;

static BgBytes
key_of (unsigned what)
{
  const char *key = keys[what % KEYS];

  return (BgBytes){ (const uint8_t *) key, strlen (key) };
}

static bool
is_same (BgBytes a, BgBytes b)
{
  return a.len == b.len && (a.len == 0 || memcmp (a.bytes, b.bytes, a.len) == 0);
}

static unsigned
live_rows (const Fuzz *fuzz)
{
  unsigned n = 0;

  for (int i = 1; i <= ROWS; i++)
    n += fuzz->rows[i].host != 0;
  return n;
}

static BgSurvey
survey (Fuzz *fuzz, BgBytes key)
{
  BgSurvey all;

  bg_survey_begin (&all, key, fuzz->now);
  for (int i = 1; i <= ROWS; i++)
    {
      if (fuzz->rows[i].host != 0 && !bg_survey_add (&all, &fuzz->rows[i]))
        fuzz->rows[i].host = 0;
      if (fuzz->is_used[i])
        bg_survey_use (&all, (uint32_t) i);
    }
  return all;
}

static void
ask (Fuzz *fuzz, BgBytes key, BgReservation how, bool has_room)
{
  BgSurvey all = survey (fuzz, key);
  BgGrant grant = bg_survey_decide (&all, &subnet, how, has_room);
  BgDevice *row = &fuzz->rows[grant.host];

  ASSERT (grant.host <= ROWS);
  if (grant.removed != 0)
    {
      ASSERT (fuzz->rows[grant.removed].is_asked);
      fuzz->rows[grant.removed].host = 0;
    }
  if (grant.host == 0)
    return;
  ASSERT (grant.is_new == (row->host == 0));
  ASSERT (grant.is_new ? !fuzz->is_used[grant.host] && (has_room || grant.removed != 0)
                       : is_same (row->key, key));
  if (grant.is_new)
    *row = (BgDevice){ .host = grant.host, .key = key, .created_at = fuzz->now };
  if (!grant.is_written)
    return;
  ASSERT (grant.reserved_until > fuzz->now);
  row->reserved_until = grant.reserved_until;
  row->is_asked = grant.is_asked;
}

static void
join (Fuzz *fuzz, uint32_t host, BgBytes key)
{
  BgDevice *row = &fuzz->rows[host];
  bool is_known = row->host != 0,
       is_foreign = is_known && row->key.len > 0 && !is_same (row->key, key);
  BgRecord verdict = bg_network_record (is_known ? row : NULL, host, BG_TEXT ("name"), key,
                                        live_rows (fuzz) >= ROWS, fuzz->now);

  ASSERT ((verdict == BG_RECORD_UNFIT) == (key.len == 0));
  ASSERT (verdict != BG_RECORD_FOREIGN || is_foreign);
  ASSERT (!is_foreign || verdict != BG_RECORD_WRITE || bg_device_is_expired (row, fuzz->now));
  if (verdict == BG_RECORD_WRITE)
    *row =
      (BgDevice){ host, BG_TEXT ("name"), key, is_known ? row->created_at : fuzz->now, 0, false };
  ASSERT (verdict != BG_RECORD_WRITE || bg_device_belongs_to (row, key, fuzz->now));
}

static void
step (Fuzz *fuzz, const uint8_t *data)
{
  uint32_t host = 1 + data[1] % ROWS;

  switch (data[0] % 5)
    {
    case 0:
      ask (fuzz, key_of (data[1]), BG_INVITED, data[2] & 1);
      break;
    case 1:
      ask (fuzz, key_of (data[1]), BG_ASKED, data[2] & 1);
      break;
    case 2:
      join (fuzz, host, key_of (data[2]));
      break;
    case 3:
      fuzz->is_used[host] = data[2] & 1;
      break;
    default:
      fuzz->now += data[1] * (data[2] & 1 ? 1000 : 10);
    }
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  static const uint8_t steps[] = { 1, 0,  1, 1, 0, 1, 1, 1, 1, 0, 2,   1, 2, 3, 2,
                                   4, 70, 0, 0, 3, 1, 0, 4, 1, 4, 200, 1, 0, 1, 1 };

  if (n > 0 || max < sizeof steps)
    return 0;
  memcpy (out, steps, sizeof steps);
  return sizeof steps;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Fuzz fuzz = { .now = 1000 };

  for (; size >= 3; data += 3, size -= 3)
    step (&fuzz, data);
  return 0;
}
