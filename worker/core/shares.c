/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/shares.h"

enum
{
  IPV4_BYTES = 4,
  IPV6_BYTES = 16,
  IPV4_MAX_BITS = 32,
  IPV6_MAX_BITS = 64,
  SOURCE_PART = 4,
  SOURCE_LEAST = 64,
};

#define IPV4_MARK (UINT64_C (0xffff) << 32) /* ::/16 is nobody's */

static const BgShareLevel guess_levels[] = {
  { 32, 64, { .per_second = 1.0 / 6, .burst = 10 } },
  { 32, 56, { .per_second = 1.0 / 3, .burst = 20 } },
  { 24, 48, { .per_second = 2, .burst = 100 } },
  { 16, 32, { .per_second = 20, .burst = 1000 } },
};
const BgShareRule bg_guess_rule = { guess_levels, sizeof guess_levels / sizeof *guess_levels };

static const BgShareLevel coming_levels[] = {
  { 32, 56, { .per_second = 5, .burst = 300 } },
};
const BgShareRule bg_coming_rule = { coming_levels, sizeof coming_levels / sizeof *coming_levels };

/* Numbers of sources count from 1; 0 is nobody. */
typedef struct
{
  uint64_t network;
  BgTokenBucket bucket;
  uint32_t in_chain;     /* the next of the same hash */
  uint32_t older, newer; /* by use */
} Source;

typedef struct
{
  uint32_t n, oldest, newest;
  uint32_t chains[BG_SHARES_SOURCES];
  Source sources[BG_SHARES_SOURCES];
} Level;

struct BgShares
{
  const BgShareRule *rule;
  Level levels[];
};

/* Networks */

static uint64_t
leading_bits (uint64_t value, unsigned width, unsigned bits)
{
  return bits == 0 ? 0 : value >> (width - bits) << (width - bits);
}

static unsigned
least (unsigned a, unsigned b)
{
  return a < b ? a : b;
}

uint64_t
bg_source_network (BgBytes source, uint8_t ipv4_bits, uint8_t ipv6_bits)
{
  static const uint8_t mapped[IPV6_BYTES - IPV4_BYTES] = { [10] = 0xff, [11] = 0xff };
  const uint8_t *bytes = source.bytes;

  if (source.len == IPV6_BYTES)
    {
      if (memcmp (bytes, mapped, sizeof mapped) != 0)
        return leading_bits ((uint64_t) bg_get32 (bytes) << 32 | bg_get32 (bytes + 4),
                             IPV6_MAX_BITS, least (ipv6_bits, IPV6_MAX_BITS));
      bytes += sizeof mapped;
    }
  else if (source.len != IPV4_BYTES)
    return 0;
  return IPV4_MARK
         | leading_bits (bg_get32 (bytes), IPV4_MAX_BITS, least (ipv4_bits, IPV4_MAX_BITS));
}

/* A level: a table of sources, and a list of them by use */

static uint32_t *
chain_of (Level *level, uint64_t network)
{
  return &level->chains[(network * UINT64_C (0x9e3779b97f4a7c15)) >> 52];
}
_Static_assert(BG_SHARES_SOURCES == 1 << (64 - 52), "a hash of twelve bits");

static Source *
source_at (Level *level, uint32_t number)
{
  return &level->sources[number - 1];
}

static uint32_t
find (Level *level, uint64_t network)
{
  uint32_t number = *chain_of (level, network);

  while (number != 0 && source_at (level, number)->network != network)
    number = source_at (level, number)->in_chain;
  return number;
}

static void
take_from_list (Level *level, const Source *source)
{
  *(source->older != 0 ? &source_at (level, source->older)->newer : &level->oldest) = source->newer;
  *(source->newer != 0 ? &source_at (level, source->newer)->older : &level->newest) = source->older;
}

static void
put_at_end (Level *level, uint32_t number)
{
  Source *source = source_at (level, number);

  source->older = level->newest;
  source->newer = 0;
  *(level->newest != 0 ? &source_at (level, level->newest)->newer : &level->oldest) = number;
  level->newest = number;
}

static uint32_t
forget_oldest (Level *level)
{
  uint32_t number = level->oldest;
  Source *source = source_at (level, number);
  uint32_t *link = chain_of (level, source->network);

  while (*link != number)
    link = &source_at (level, *link)->in_chain;
  *link = source->in_chain;
  take_from_list (level, source);
  return number;
}

static uint32_t
add (Level *level, uint64_t network)
{
  uint32_t number = level->n < BG_SHARES_SOURCES ? ++level->n : forget_oldest (level);
  Source *source = source_at (level, number);
  uint32_t *chain = chain_of (level, network);

  *source = (Source){ .network = network, .in_chain = *chain };
  *chain = number;
  put_at_end (level, number);
  return number;
}

/* The whole */

size_t
bg_shares_size (const BgShareRule *rule)
{
  return sizeof (BgShares) + rule->n_levels * sizeof (Level);
}

BgShares *
bg_shares_new (void *block, const BgShareRule *rule)
{
  BgShares *self = block;

  self->rule = rule;
  return self;
}

static uint64_t
network_on (const BgShares *self, uint32_t level, BgBytes source)
{
  return bg_source_network (source, self->rule->levels[level].ipv4_bits,
                            self->rule->levels[level].ipv6_bits);
}

static BgTokenBucket *
bucket_of (BgShares *self, uint32_t i, uint64_t network, int64_t now_us)
{
  Level *level = &self->levels[i];
  uint32_t number = find (level, network);

  if (number == 0)
    {
      number = add (level, network);
      bg_token_bucket_init (&source_at (level, number)->bucket, &self->rule->levels[i].rate,
                            now_us);
    }
  else
    {
      take_from_list (level, source_at (level, number));
      put_at_end (level, number);
    }
  return &source_at (level, number)->bucket;
}

static void
give_back_below (BgShares *self, BgBytes source, uint32_t end)
{
  for (uint32_t i = 0; i < end; i++)
    {
      uint32_t number = find (&self->levels[i], network_on (self, i, source));

      if (number != 0)
        bg_token_bucket_give_back (&source_at (&self->levels[i], number)->bucket,
                                   &self->rule->levels[i].rate);
    }
}

bool
bg_shares_take (BgShares *self, BgBytes source, int64_t now_us, uint32_t *wait_s)
{
  for (uint32_t i = 0; i < self->rule->n_levels; i++)
    {
      const BgTokenRate *rate = &self->rule->levels[i].rate;
      BgTokenBucket *bucket = bucket_of (self, i, network_on (self, i, source), now_us);

      if (bg_token_bucket_take (bucket, rate, now_us))
        continue;
      *wait_s = bg_token_bucket_wait_s (bucket, rate);
      give_back_below (self, source, i);
      return false;
    }
  return true;
}

void
bg_shares_give_back (BgShares *self, BgBytes source)
{
  give_back_below (self, source, self->rule->n_levels);
}

uint32_t
bg_shares_count (const BgShares *self)
{
  uint32_t count = 0;

  for (uint32_t i = 0; i < self->rule->n_levels; i++)
    count += self->levels[i].n;
  return count;
}

const BgTokenBucket *
bg_shares_look (const BgShares *self, uint32_t level, uint64_t network)
{
  Level *one = (Level *) &self->levels[level];
  uint32_t number = find (one, network);

  return number != 0 ? &source_at (one, number)->bucket : NULL;
}

void
bg_shares_restore (BgShares *self, uint32_t level, uint64_t network, const BgTokenBucket *bucket)
{
  if (level < self->rule->n_levels)
    *bucket_of (self, level, network, bucket->filled_at) = *bucket;
}

BgPlace
bg_place_for (uint32_t max, uint32_t taken, uint32_t of_source)
{
  uint32_t share = max / SOURCE_PART;

  if (taken >= max)
    return BG_PLACE_NONE;
  return of_source >= (share > SOURCE_LEAST ? share : SOURCE_LEAST) ? BG_PLACE_NOT_IT
                                                                    : BG_PLACE_FREE;
}
