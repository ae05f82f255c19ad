/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/dial-pace.h"
#include "signaling/backoff.h"

/* A hub that said 401 or 403 will hardly have changed its mind in a second. */
enum
{
  REFUSED_FAILURES = 6
};

static guint
since_dial_ms (const BgDialPace *self)
{
  return (guint) CLAMP ((g_get_monotonic_time () - self->dialled_at) / 1000, 0, G_MAXINT);
}

void
bg_dial_pace_note_dial (BgDialPace *self)
{
  self->dialled_at = g_get_monotonic_time ();
}

gboolean
bg_dial_pace_is_old (const BgDialPace *self, const BgSignalingTiming *timing)
{
  return since_dial_ms (self) >= timing->spacing_ms;
}

static guint
scaled (const BgSignalingTiming *timing, guint64 delay_ms)
{
  return (guint) (delay_ms * timing->backoff_permille / 1000);
}

/* Never faster than one dial in `spacing_ms`. */
static guint
spaced (const BgDialPace *self, const BgSignalingTiming *timing, guint delay_ms)
{
  guint since = since_dial_ms (self), spacing = timing->spacing_ms;

  return MAX (delay_ms, since < spacing ? spacing - since : 0);
}

static guint
delay_of_failures (const BgDialPace *self, const BgSignalingTiming *timing)
{
  return scaled (timing, bg_backoff_delay_ms (self->failures, g_random_double ()));
}

guint
bg_dial_pace_soon_ms (BgDialPace *self, const BgSignalingTiming *timing)
{
  self->failures = 0;
  return spaced (self, timing, 0);
}

guint
bg_dial_pace_failed_ms (BgDialPace *self, const BgSignalingTiming *timing, gboolean has_held,
                        gboolean is_refused, guint least_ms)
{
  if (has_held)
    self->failures = 0;
  self->failures = is_refused ? MAX (self->failures, REFUSED_FAILURES) : self->failures + 1;
  return spaced (self, timing, MAX (delay_of_failures (self, timing), least_ms));
}

guint
bg_dial_pace_lost_ms (BgDialPace *self, const BgSignalingTiming *timing, gboolean has_held,
                      guint others)
{
  double random = g_random_double ();

  if (has_held)
    {
      self->failures = 0;
      return spaced (self, timing, scaled (timing, bg_backoff_again_ms (others, random)));
    }
  self->failures++;
  return spaced (self, timing,
                 delay_of_failures (self, timing)
                   + scaled (timing, bg_backoff_crowd_ms (others, random)));
}
