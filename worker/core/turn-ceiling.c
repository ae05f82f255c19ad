/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/turn-ceiling.h"

enum
{
  DAY_S = 24 * 3600,
  FIRST_YEAR = 1970,
  LAST_DAY = 200000, /* of a clock that means anything */
  MONTHS = 12,
  FEBRUARY = 1,
  STEPS = 1000,
  LEAST_BYTES = 64 * 1024,
  LEAST_MESSAGES = 64,
};

#define MOST (UINT64_C (1) << 53) /* as far as a double counts, which is how hosts write it down */

/* The calendar: days and months since January 1970 */

static bool
is_leap (uint32_t year)
{
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint32_t
days_of_month (uint32_t month)
{
  static const uint8_t days[MONTHS] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

  return days[month % MONTHS]
         + (month % MONTHS == FEBRUARY && is_leap (FIRST_YEAR + month / MONTHS) ? 1 : 0);
}

static uint32_t
first_day_of (uint32_t month)
{
  uint32_t day = 0;

  for (uint32_t m = 0; m < month; m++)
    day += days_of_month (m);
  return day;
}

static uint32_t
month_of (uint32_t day)
{
  uint32_t month = 0;

  for (uint32_t rest = day; rest >= days_of_month (month); month++)
    rest -= days_of_month (month);
  return month;
}

/* Reading */

static BgBytes
after (BgBytes text, size_t n)
{
  return (BgBytes){ text.bytes + n, text.len - n };
}

static BgBytes
skip_blanks (BgBytes text)
{
  while (text.len > 0 && (*text.bytes == ' ' || *text.bytes == '\t'))
    text = after (text, 1);
  return text;
}

/* Is the word next? Takes it, then. */
static bool
take_word (BgBytes *text, BgBytes word)
{
  BgBytes rest = skip_blanks (*text);

  if (rest.len < word.len || memcmp (rest.bytes, word.bytes, word.len) != 0)
    return false;
  *text = skip_blanks (after (rest, word.len));
  return true;
}

static uint64_t
thousands (BgBytes *text)
{
  if (take_word (text, BG_TEXT ("k")))
    return UINT64_C (1000);
  if (take_word (text, BG_TEXT ("M")))
    return UINT64_C (1000000);
  if (take_word (text, BG_TEXT ("G")))
    return UINT64_C (1000000000);
  return take_word (text, BG_TEXT ("T")) ? UINT64_C (1000000000000) : 1;
}

/* False where there is none, where it is 0, or more than anybody could count. */
static bool
take_number (BgBytes *text, uint64_t *number)
{
  uint64_t value = 0, factor;

  *text = skip_blanks (*text);
  for (; text->len > 0 && *text->bytes >= '0' && *text->bytes <= '9' && value <= MOST;
       *text = after (*text, 1))
    value = value * 10 + (uint64_t) (*text->bytes - '0');
  factor = thousands (text);
  if (value == 0 || value > MOST / factor)
    return false;
  *number = value * factor;
  return true;
}

static bool
take_bound (BgBytes *text, BgTurnCeiling *ceiling)
{
  BgTurnAmount *amount;
  uint64_t number;
  bool is_messages;

  if (!take_number (text, &number))
    return false;
  is_messages = take_word (text, BG_TEXT ("messages"));
  if (!is_messages && !take_word (text, BG_TEXT ("B")))
    return false;
  if (take_word (text, BG_TEXT ("/day")))
    amount = &ceiling->day;
  else if (take_word (text, BG_TEXT ("/month")))
    amount = &ceiling->month;
  else
    return false;
  *(is_messages ? &amount->messages : &amount->bytes) = number;
  return true;
}

bool
bg_turn_ceiling_read (BgBytes text, BgTurnCeiling *ceiling)
{
  BgTurnCeiling read = { 0 };

  *ceiling = read;
  do
    if (!take_bound (&text, &read))
      return false;
  while (take_word (&text, BG_TEXT (",")));
  if (text.len > 0)
    return false;
  *ceiling = read;
  return true;
}

/* Bounds */

bool
bg_turn_ceiling_is_set (const BgTurnCeiling *ceiling)
{
  return (ceiling->day.bytes | ceiling->day.messages | ceiling->month.bytes
          | ceiling->month.messages)
         != 0;
}

static uint64_t
step_of (uint64_t a, uint64_t b, uint64_t least)
{
  uint64_t lowest = a != 0 && (b == 0 || a < b) ? a : b;

  if (lowest == 0)
    return UINT64_MAX;
  return lowest / STEPS > least ? lowest / STEPS : least;
}

BgTurnAmount
bg_turn_ceiling_step (const BgTurnCeiling *ceiling)
{
  return (BgTurnAmount){ step_of (ceiling->day.bytes, ceiling->month.bytes, LEAST_BYTES),
                         step_of (ceiling->day.messages, ceiling->month.messages, LEAST_MESSAGES) };
}

static bool
is_reached (const BgTurnAmount *spent, const BgTurnAmount *bound)
{
  return (bound->bytes != 0 && spent->bytes >= bound->bytes)
         || (bound->messages != 0 && spent->messages >= bound->messages);
}

BgTurnPeriod
bg_turn_spent_reached (const BgTurnSpent *self, const BgTurnCeiling *ceiling)
{
  if (is_reached (&self->in_month, &ceiling->month))
    return BG_TURN_MONTH;
  return is_reached (&self->in_day, &ceiling->day) ? BG_TURN_DAY : BG_TURN_NO_PERIOD;
}

uint64_t
bg_turn_spent_until (const BgTurnSpent *self, BgTurnPeriod period)
{
  if (period == BG_TURN_NO_PERIOD)
    return 0;
  return (period == BG_TURN_DAY ? self->day + UINT64_C (1) : first_day_of (self->month + 1))
         * DAY_S;
}

/* Counting */

/* A clock that went back begins nothing anew. */
void
bg_turn_spent_turn (BgTurnSpent *self, uint64_t unix_s)
{
  uint32_t day = (uint32_t) (unix_s / DAY_S < LAST_DAY ? unix_s / DAY_S : LAST_DAY), month;

  if (day == self->day)
    return;
  month = month_of (day);
  if (day > self->day)
    self->in_day = (BgTurnAmount){ 0 };
  if (month > self->month)
    self->in_month = (BgTurnAmount){ 0 };
  self->day = day;
  self->month = month;
}

void
bg_turn_spent_add (BgTurnSpent *self, uint64_t bytes, uint64_t messages)
{
  self->in_day.bytes += bytes;
  self->in_month.bytes += bytes;
  self->in_day.messages += messages;
  self->in_month.messages += messages;
}

const BgTurnSpent *
bg_turn_spent_later (const BgTurnSpent *a, const BgTurnSpent *b)
{
  if (a->day != b->day)
    return a->day > b->day ? a : b;
  return a->in_day.messages >= b->in_day.messages ? a : b;
}
