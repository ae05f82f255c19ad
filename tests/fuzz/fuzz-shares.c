/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sources of any address that take and give back in any order, while the clock goes on: no more is taken at once than a bucket
 * holds, who is refused is told to wait, and no more sources are remembered than there is room for. */
#include "worker/core/shares.h"
#include "fuzz.h"

#include <string.h>

enum
{
  STEP = 6, /* bytes: what, address, clock */
  BURST = 4,
  BLOCK = 1 << 20,
};

static const BgShareLevel levels[] = { { 32, 64, { 0.5, BURST } }, { 24, 48, { 1, 2 * BURST } } };
static const BgShareRule rule = { levels, 2 };

static void
take (BgShares *shares, BgBytes source, int64_t now_us)
{
  uint32_t wait_s = 0, taken = 0;

  while (bg_shares_take (shares, source, now_us, &wait_s))
    ASSERT (++taken <= BURST);
  ASSERT (wait_s > 0);
}

static void
step (BgShares *shares, const uint8_t *data, int64_t *now_us)
{
  uint8_t address[16] = { 0 };
  const BgBytes source = { address, data[0] & 1 ? sizeof address : data[0] & 2 ? 4 : 0 };

  memcpy (address, data + 1, 4);
  *now_us += (int64_t) data[5] * 100000;
  if (data[0] & 4)
    bg_shares_give_back (shares, source);
  else
    take (shares, source, *now_us);
  ASSERT (bg_shares_count (shares) <= 2 * BG_SHARES_SOURCES);
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  static const uint8_t steps[] = { 2, 10, 0, 0, 1, 0, 2, 10, 0, 0, 2, 1, 6, 10, 0, 0, 1, 0,
                                   1, 32, 1, 0, 0, 5, 0, 0,  0, 0, 0, 9, 2, 10, 0, 0, 1, 255 };

  if (n > 0 || max < sizeof steps)
    return 0;
  memcpy (out, steps, sizeof steps);
  return sizeof steps;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static uint8_t block[BLOCK] __attribute__ ((aligned (16)));
  BgShares *shares;
  int64_t now_us = 1;

  ASSERT (bg_shares_size (&rule) <= sizeof block);
  memset (block, 0, bg_shares_size (&rule));
  shares = bg_shares_new (block, &rule);
  for (; size >= STEP; data += STEP, size -= STEP)
    step (shares, data, &now_us);
  return 0;
}
