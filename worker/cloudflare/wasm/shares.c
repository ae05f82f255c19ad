/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may guess codes, and who may come, for the JavaScript around it. A source is an address of 4 or 16 bytes in the input;
 * times are milliseconds since 1970. */
#include "worker/cloudflare/wasm/memory.h"
#include "worker/core/shares.h"

/* Made when first asked for: they are large, and few rooms need them. */
static BgShares *guesses[2], *comings; /* guesses: of codes, of credentials */

static BgShares *
shares_of (BgShares **shares, const BgShareRule *rule)
{
  void *block;

  if (*shares != NULL)
    return *shares;
  block = block_take (bg_shares_size (rule));
  if (block == NULL)
    __builtin_trap ();
  memset (block, 0, bg_shares_size (rule));
  *shares = bg_shares_new (block, rule);
  return *shares;
}

static uint32_t
take (BgShares *shares, uint32_t source, double now_ms)
{
  uint32_t wait_s = 0;

  bg_shares_take (shares, (BgBytes){ input, source }, (int64_t) (now_ms * 1000), &wait_s);
  return wait_s;
}

/* The seconds to wait; 0: it may, and has one less. */
EXPORT (guesses_take)
uint32_t
guesses_take (uint32_t kind, uint32_t source, double now_ms)
{
  return take (shares_of (&guesses[kind], &bg_guess_rule), source, now_ms);
}

EXPORT (guesses_give_back)
void
guesses_give_back (uint32_t kind, uint32_t source)
{
  bg_shares_give_back (shares_of (&guesses[kind], &bg_guess_rule), (BgBytes){ input, source });
}

EXPORT (guesses_levels)
uint32_t
guesses_levels (void)
{
  return bg_guess_rule.n_levels;
}

EXPORT (guesses_network)
uint64_t
guesses_network (uint32_t level, uint32_t source)
{
  const BgShareLevel *one = &bg_guess_rule.levels[level];

  return bg_source_network ((BgBytes){ input, source }, one->ipv4_bits, one->ipv6_bits);
}

/* Two numbers, tokens and when it had them; 0: nothing is remembered. */
EXPORT (guesses_look)
const double *
guesses_look (uint32_t kind, uint32_t level, uint64_t network)
{
  static double numbers[2];
  const BgTokenBucket *bucket = bg_shares_look (shares_of (&guesses[kind], &bg_guess_rule), level,
                                                network);

  if (bucket == NULL)
    return NULL;
  numbers[0] = bucket->tokens;
  numbers[1] = (double) bucket->filled_at;
  return numbers;
}

EXPORT (guesses_restore)
void
guesses_restore (uint32_t kind, uint32_t level, uint64_t network, double tokens, double filled_at)
{
  const BgTokenBucket bucket = { tokens, (int64_t) filled_at };

  bg_shares_restore (shares_of (&guesses[kind], &bg_guess_rule), level, network, &bucket);
}

EXPORT (comings_take)
uint32_t
comings_take (uint32_t source, double now_ms)
{
  return take (shares_of (&comings, &bg_coming_rule), source, now_ms);
}

/* Whose share of places it has. */
EXPORT (comings_network)
uint64_t
comings_network (uint32_t source)
{
  const BgShareLevel *level = bg_coming_rule.levels;

  return bg_source_network ((BgBytes){ input, source }, level->ipv4_bits, level->ipv6_bits);
}

/* 0: it may come, 1: there is no place, 2: it has its share. */
EXPORT (place_for)
BgPlace
place_for (uint32_t max, uint32_t taken, uint32_t of_source)
{
  return bg_place_for (max, taken, of_source);
}
