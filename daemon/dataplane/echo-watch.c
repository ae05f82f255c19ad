/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/echo-watch.h"

#define MS UINT64_C (1000000)

void
bg_echo_watch_init (BgEchoWatch *self)
{
  *self = (BgEchoWatch){ .limit = BG_ECHO_MISSES, .latency_ns = -1 };
}

void
bg_echo_watch_set (BgEchoWatch *self, BgWatch watch, bool is_checked, uint64_t now_ns)
{
  self->limit = is_checked ? BG_ECHO_MISSES_CHECKED : BG_ECHO_MISSES;
  if (self->watch == watch)
    return;
  self->watch = watch;
  self->missed = 0;
  self->lost = false;
  self->heard_ns = now_ns;
}

static uint64_t
late_ns (const BgEchoWatch *self)
{
  uint64_t ns = self->latency_ns > 0 ? (uint64_t) self->latency_ns * 3 / 2 : 0;

  if (ns < BG_ECHO_LATE_MS * MS)
    return BG_ECHO_LATE_MS * MS;
  return ns < BG_ECHO_LATE_MAX_MS * MS ? ns : BG_ECHO_LATE_MAX_MS * MS;
}

static bool
is_strange (const BgEchoWatch *self)
{
  return !self->answers && self->missed >= self->limit;
}

static uint64_t
due_ns (const BgEchoWatch *self)
{
  if (is_strange (self))
    return self->asked_ns + BG_ECHO_STRANGE_MS * MS;
  if (self->lost && self->asked_ns > self->lost_ns + BG_ECHO_HOPE_MS * MS)
    return self->asked_ns + BG_ECHO_RARE_MS * MS;
  if (self->lost)
    return bg_watch_next (self->asked_ns);
  if (self->missed > 0)
    return self->asked_ns + late_ns (self);
  return bg_watch_next (self->heard_ns + BG_ECHO_QUIET_MS * MS);
}

uint64_t
bg_echo_watch_next (const BgEchoWatch *self)
{
  uint64_t due = self->watch == BG_WATCH_REST ? BG_ECHO_NEVER : due_ns (self);

  return bg_watch_is_close (self->watch, self->used_ns, due) ? due : BG_ECHO_NEVER;
}

BgEchoStep
bg_echo_watch_step (BgEchoWatch *self, uint64_t now_ns)
{
  if (bg_echo_watch_next (self) > now_ns)
    return BG_ECHO_NOTHING;
  if (self->answers && !self->lost && self->missed >= self->limit)
    {
      self->lost = true;
      self->lost_ns = now_ns;
      return BG_ECHO_LOST;
    }
  if (self->missed == 0)
    self->first_ns = now_ns;
  self->missed += self->missed < UINT32_MAX;
  self->asked_ns = now_ns;
  return BG_ECHO_ASK;
}

bool
bg_echo_watch_heard (BgEchoWatch *self, uint64_t now_ns)
{
  bool was_lost = self->lost;

  self->heard_ns = now_ns;
  self->lost = false;
  if (self->answers)
    self->missed = 0;
  return was_lost;
}

void
bg_echo_watch_answered (BgEchoWatch *self, uint64_t now_ns)
{
  self->answers = true;
  self->missed = 0;
  self->heard_ns = now_ns;
  if (now_ns - self->first_ns < BG_ECHO_LATE_MAX_MS * MS) /* else questions were lost */
    self->latency_ns = (int64_t) (now_ns - self->first_ns);
}
