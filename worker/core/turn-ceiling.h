/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

/* What the owner of a network lets its relay cost: so much in a day and in a month, of UTC, and of all its devices together. A
 * message is a frame that a device sent, which is what a platform bills, whatever became of it; bytes are what was relayed. */
typedef struct
{
  uint64_t bytes, messages;
} BgTurnAmount;

typedef struct
{
  BgTurnAmount day, month; /* 0: no bound */
} BgTurnCeiling;

/* What was relayed in the day and in the month that these numbers name, counted from 1970 on. */
typedef struct
{
  uint32_t     day, month;
  BgTurnAmount in_day, in_month;
} BgTurnSpent;

typedef enum
{
  BG_TURN_NO_PERIOD,
  BG_TURN_DAY,
  BG_TURN_MONTH,
} BgTurnPeriod;

/* Reads what an owner writes: "50GB/month", "2GB/day,50GB/month", "5M messages/month"; k, M, G and T are thousands, blanks mean
 * nothing, and what is said twice counts as it is said last. False, and no bound, where it is something else, or a bound of 0. */
bool bg_turn_ceiling_read (BgBytes text, BgTurnCeiling *ceiling);
bool bg_turn_ceiling_is_set (const BgTurnCeiling *ceiling);
/* After that much more it is to be written down what was spent: a thousandth of the lowest bound, and at least 64 KiB or 64
 * messages. What is lost by a crash is no more. */
BgTurnAmount bg_turn_ceiling_step (const BgTurnCeiling *ceiling);

/* Begins a new day, and a new month, where there is one. */
void bg_turn_spent_turn (BgTurnSpent *self, uint64_t unix_s);
void bg_turn_spent_add (BgTurnSpent *self, uint64_t bytes, uint64_t messages);
/* The later of two of what was the same count. */
const BgTurnSpent *bg_turn_spent_later (const BgTurnSpent *a, const BgTurnSpent *b);
/* Whose bound is reached; the month's goes before the day's, as it lasts longer. */
BgTurnPeriod bg_turn_spent_reached (const BgTurnSpent *self, const BgTurnCeiling *ceiling);
/* When the day or the month of the count is over, in Unix seconds; 0 for no period. */
uint64_t bg_turn_spent_until (const BgTurnSpent *self, BgTurnPeriod period);
