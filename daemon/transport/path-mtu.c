/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/path-mtu.h"

#include <string.h>

#define MS UINT64_C (1000000)

/* What is left for inner packets on the links that are out there: Ethernet, PPPoE, tunnels over IPv4 and IPv6, mobile
 * networks, IPv6's least. */
static const uint32_t usual_sizes[] = { 1420, 1400, 1380, 1340, 1280, 1220 };

static uint64_t
min_u64 (uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

static uint64_t
max_u64 (uint64_t a, uint64_t b)
{
  return a > b ? a : b;
}

void
bg_path_mtu_init (BgPathMtu *mtu, uint32_t floor, uint32_t ceiling)
{
  memset (mtu, 0, sizeof *mtu);
  mtu->ceiling = ceiling;
  mtu->floor = floor < ceiling ? floor : ceiling;
  mtu->round_ns = BG_PATH_MTU_ROUND_MS * MS;
  mtu->large_ns = mtu->raise_ns = BG_PATH_MTU_NEVER;
  mtu->raise_spacing_ns = BG_PATH_MTU_RAISE_MIN_MS * MS;
}

void
bg_path_mtu_stop (BgPathMtu *mtu)
{
  bg_path_mtu_init (mtu, mtu->floor, mtu->ceiling);
}

/* --- The fan --- */

static void
add_size (BgPathMtu *mtu, uint32_t size)
{
  bool fits = size > mtu->lower && size < mtu->upper;

  if (fits && mtu->n < BG_PATH_MTU_FAN && (mtu->n == 0 || size < mtu->fan[mtu->n - 1].size))
    mtu->fan[mtu->n++] = (BgPathMtuSize){ .size = size };
}

static void
add_usual_sizes (BgPathMtu *mtu)
{
  for (unsigned i = 0; i < sizeof usual_sizes / sizeof *usual_sizes; i++)
    if (usual_sizes[i] > mtu->floor)
      add_size (mtu, usual_sizes[i]);
  add_size (mtu, mtu->floor);
}

static void
add_even_sizes (BgPathMtu *mtu)
{
  uint32_t step = (mtu->upper - mtu->lower) / BG_PATH_MTU_FAN;

  add_size (mtu, mtu->upper - 1);
  for (uint32_t i = BG_PATH_MTU_FAN - 1; i > 0; i--)
    add_size (mtu, mtu->lower + step * i);
}

static void
begin_round (BgPathMtu *mtu, uint64_t now_ns)
{
  mtu->sent = 0;
  mtu->round_end_ns = now_ns + mtu->round_ns;
}

static void
begin_search (BgPathMtu *mtu, uint32_t lower, uint32_t upper, uint64_t now_ns)
{
  mtu->searching = true;
  mtu->lower = lower;
  mtu->upper = upper;
  mtu->n = mtu->round = 0;
  begin_round (mtu, now_ns);
}

static void
settle (BgPathMtu *mtu, uint64_t now_ns)
{
  mtu->searching = false;
  mtu->large_ns = BG_PATH_MTU_NEVER;
  if (mtu->proved == 0)
    mtu->raise_ns = now_ns + BG_PATH_MTU_RETRY_MS * MS;
  else if (mtu->proved == mtu->ceiling)
    {
      mtu->raise_ns = BG_PATH_MTU_NEVER;
      mtu->raise_spacing_ns = BG_PATH_MTU_RAISE_MIN_MS * MS;
    }
  else if (mtu->raise_ns == BG_PATH_MTU_NEVER || mtu->raise_ns <= now_ns)
    {
      mtu->raise_ns = now_ns + mtu->raise_spacing_ns;
      mtu->raise_spacing_ns = min_u64 (mtu->raise_spacing_ns * 2, BG_PATH_MTU_RAISE_MS * MS);
    }
}

/* All of the fan is decided. */
static void
end_fan (BgPathMtu *mtu, uint64_t now_ns)
{
  for (int i = 0; i < mtu->n; i++)
    if (mtu->fan[i].size > mtu->lower && mtu->fan[i].size < mtu->upper)
      mtu->upper = mtu->fan[i].size;
  if (mtu->proved >= mtu->upper)
    mtu->proved = mtu->lower;
  if (mtu->lower == 0 || mtu->upper - mtu->lower <= BG_PATH_MTU_GRAIN)
    {
      settle (mtu, now_ns);
      return;
    }
  begin_search (mtu, mtu->lower, mtu->upper, now_ns);
  add_even_sizes (mtu);
}

static bool
is_open (const BgPathMtu *mtu, const BgPathMtuSize *size)
{
  return size->size > mtu->lower && size->size < mtu->upper;
}

static bool
has_open (const BgPathMtu *mtu)
{
  for (int i = 0; i < mtu->n; i++)
    if (is_open (mtu, &mtu->fan[i]))
      return true;
  return false;
}

static void
end_round (BgPathMtu *mtu, uint64_t now_ns)
{
  if (++mtu->round == BG_PATH_MTU_TRIES)
    {
      end_fan (mtu, now_ns);
      return;
    }
  /* A confirmation was missed: what about smaller sizes? */
  if (mtu->n == 1 && mtu->fan[0].size == mtu->proved && mtu->lower == 0)
    add_usual_sizes (mtu);
  begin_round (mtu, now_ns);
}

/* --- What happens --- */

void
bg_path_mtu_start (BgPathMtu *mtu, uint64_t now_ns)
{
  begin_search (mtu, 0, mtu->ceiling + 1, now_ns);
  add_size (mtu, mtu->ceiling);
  add_usual_sizes (mtu);
}

static void
retry (BgPathMtu *mtu, uint64_t now_ns)
{
  begin_search (mtu, 0, mtu->ceiling + 1, now_ns);
  add_size (mtu, mtu->floor);
}

static void
confirm (BgPathMtu *mtu, uint64_t now_ns)
{
  begin_search (mtu, 0, mtu->proved + 1, now_ns);
  add_size (mtu, mtu->proved);
}

static void
raise_above (BgPathMtu *mtu, uint64_t now_ns)
{
  begin_search (mtu, mtu->proved, mtu->ceiling + 1, now_ns);
  add_size (mtu, mtu->ceiling);
  add_usual_sizes (mtu);
}

void
bg_path_mtu_set_floor (BgPathMtu *mtu, uint32_t floor, uint64_t now_ns)
{
  floor = floor < mtu->ceiling ? floor : mtu->ceiling;
  if (floor == mtu->floor)
    return;
  mtu->floor = floor;
  if (mtu->proved > 0 && mtu->proved < floor)
    {
      mtu->proved = 0;
      bg_path_mtu_start (mtu, now_ns);
    }
}

void
bg_path_mtu_too_big (BgPathMtu *mtu, uint32_t size, uint64_t now_ns)
{
  if (mtu->searching && mtu->upper <= size)
    return;
  if (mtu->searching && size > mtu->lower)
    {
      mtu->upper = size;
      if (!has_open (mtu))
        end_fan (mtu, now_ns);
    }
  else if (size <= mtu->proved)
    {
      begin_search (mtu, 0, size, now_ns);
      add_usual_sizes (mtu);
      if (mtu->n == 0)
        end_fan (mtu, now_ns);
    }
}

static const BgPathMtuSize *
find_probe (const BgPathMtu *mtu, uint32_t id)
{
  for (int i = 0; i < mtu->n; i++)
    for (int try = 0; try < mtu->fan[i].tries; try++)
      if (mtu->fan[i].ids[try] == id)
        return &mtu->fan[i];
  return NULL;
}

void
bg_path_mtu_answered (BgPathMtu *mtu, uint32_t id, uint64_t latency_ns, uint64_t now_ns)
{
  const BgPathMtuSize *probe = mtu->searching ? find_probe (mtu, id) : NULL;

  mtu->round_ns = min_u64 (max_u64 (latency_ns * 3 / 2, BG_PATH_MTU_ROUND_MS * MS),
                           BG_PATH_MTU_ROUND_MAX_MS * MS);
  if (!probe || !is_open (mtu, probe))
    return;
  mtu->lower = probe->size;
  if (mtu->lower > mtu->proved || mtu->proved >= mtu->upper)
    mtu->proved = mtu->lower;
  if (!has_open (mtu))
    end_fan (mtu, now_ns);
}

uint64_t
bg_path_mtu_next (const BgPathMtu *mtu)
{
  uint64_t confirm_ns = mtu->large_ns;

  if (mtu->searching)
    return mtu->sent < mtu->n ? 0 : mtu->round_end_ns;
  if (mtu->proved == 0 || confirm_ns == BG_PATH_MTU_NEVER)
    return mtu->raise_ns;
  return min_u64 (mtu->raise_ns, confirm_ns + BG_PATH_MTU_CONFIRM_MS * MS);
}

static void
begin_what_is_due (BgPathMtu *mtu, uint64_t now_ns)
{
  if (mtu->searching)
    end_round (mtu, now_ns);
  else if (mtu->proved == 0)
    retry (mtu, now_ns);
  else if (mtu->raise_ns <= now_ns)
    raise_above (mtu, now_ns);
  else
    confirm (mtu, now_ns);
}

uint32_t
bg_path_mtu_pop (BgPathMtu *mtu, uint32_t id, uint64_t now_ns)
{
  while (bg_path_mtu_next (mtu) <= now_ns)
    {
      if (!mtu->searching || mtu->sent == mtu->n)
        {
          begin_what_is_due (mtu, now_ns);
          continue;
        }
      BgPathMtuSize *size = &mtu->fan[mtu->sent++];

      if (is_open (mtu, size))
        {
          size->ids[size->tries++] = id;
          return size->size;
        }
    }
  return 0;
}
