/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "transport/watch.h"

/* When a watched peer is asked that speaks no control messages: any WireGuard answers an echo request. While something comes from
 * it, it is not asked. One that never answered is not judged by its silence, and asked ever more rarely. Pure: time goes in. */

#define BG_ECHO_NEVER UINT64_MAX

enum
{
  BG_ECHO_QUIET_MS = 190,    /* since something came, before there is need to ask */
  BG_ECHO_LATE_MS = 200,     /* or half as long again as the last answer took, */
  BG_ECHO_LATE_MAX_MS = 500, /* and no longer: then it is asked again */
  BG_ECHO_MISSES = 8,
  BG_ECHO_MISSES_CHECKED = 4, /* where control asks once more itself, before it believes it */
  BG_ECHO_HOPE_MS = 60000,    /* one that was lost may be back soon */
  BG_ECHO_RARE_MS = 5000,
  BG_ECHO_STRANGE_MS = 30000, /* between questions to one that never answered */
};

typedef struct
{
  BgWatch watch;
  uint8_t limit; /* unanswered questions after which it is lost */
  bool answers;  /* it did once */
  bool lost;
  uint32_t missed;   /* questions since something came */
  uint64_t used_ns;  /* the last packet of somebody for it */
  uint64_t heard_ns; /* the last that came from it */
  uint64_t asked_ns;
  uint64_t first_ns; /* the first question since then */
  uint64_t lost_ns;
  int64_t latency_ns; /* -1: not known */
} BgEchoWatch;

typedef enum
{
  BG_ECHO_NOTHING,
  BG_ECHO_ASK,
  BG_ECHO_LOST, /* it has just become so: said once; it is asked on */
} BgEchoStep;

void bg_echo_watch_init (BgEchoWatch *self);
/* `is_checked`: see BG_ECHO_MISSES_CHECKED. */
void bg_echo_watch_set (BgEchoWatch *self, BgWatch watch, bool is_checked, uint64_t now_ns);
/* When bg_echo_watch_step() has something to do. */
uint64_t bg_echo_watch_next (const BgEchoWatch *self);
/* After BG_ECHO_ASK the caller asks. */
BgEchoStep bg_echo_watch_step (BgEchoWatch *self, uint64_t now_ns);
/* Something authentic came from it. True where it was lost. */
bool bg_echo_watch_heard (BgEchoWatch *self, uint64_t now_ns);
/* An answer: it is one of those that give them. */
void bg_echo_watch_answered (BgEchoWatch *self, uint64_t now_ns);
