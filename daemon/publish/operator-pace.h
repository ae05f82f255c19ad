/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When the account is asked again. Pure: what happened, the time and a number by chance go in, a delay comes out. */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_ANSWER_GOOD,
  BG_ANSWER_UNREACHED, /* no answer, or one of 5xx, or one that nobody can read */
  BG_ANSWER_BUSY,      /* 429 */
  BG_ANSWER_REFUSED,   /* 401, 403: the API key is not good */
  BG_ANSWER_GONE,      /* 404: the account does not know this machine */
  BG_ANSWER_NOT_SO,    /* any other refusal: what was asked is not to be had */
} BgAnswerKind;

typedef struct
{
  guint poll_ms;     /* between two good answers */
  guint longest_ms;  /* after failures, at most */
  guint refused_ms;  /* after BG_ANSWER_REFUSED, at least */
  guint busy_ms;     /* after BG_ANSWER_BUSY that names no time, at least */
  guint register_ms; /* between two registrations because the account forgot this machine */
} BgOperatorTiming;

extern const BgOperatorTiming bg_operator_timing; /* 30 s, 5 min, 5 min, 1 min, 10 min */

typedef struct
{
  guint failures; /* in a row */
} BgOperatorPace;

/* API keys that people try: so many within a minute. */
enum { BG_KEY_TRIES = 5 };
#define BG_KEY_TRIES_US (60 * G_GINT64_CONSTANT (1000000))

typedef struct
{
  gint64 at[BG_KEY_TRIES]; /* monotonic µs; 0: never */
  guint next;
} BgKeyTries;

/* One more at `now`, not 0; FALSE, and it does not count, where there were enough. */
gboolean bg_key_tries_take (BgKeyTries *self, gint64 now);

/* What HTTP's `status` means; 0: there was no answer. */
BgAnswerKind bg_answer_kind (guint status);

/* The delay in ms before the next question, for `random` from [0, 1). `asked_ms` is what the answer asks for (Retry-After), 0 for
 * nothing: it is heeded to the full where there is any. Failures in a row double the delay from `poll_ms` on, up to `longest_ms`,
 * and a fifth of it more or less. */
guint bg_operator_pace_next (BgOperatorPace *self, const BgOperatorTiming *timing, BgAnswerKind kind, guint asked_ms, double random);

G_END_DECLS
