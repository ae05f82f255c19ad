/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signaling/signaling-client-private.h"

/* When a client dials again: the failures in a row, and when it dialled last. What is returned are milliseconds from now. */
typedef struct
{
  guint  failures;
  gint64 dialled_at; /* monotonic */
} BgDialPace;

void bg_dial_pace_note_dial (BgDialPace *self);
/* Was that longer ago than dials stay apart? */
gboolean bg_dial_pace_is_old (const BgDialPace *self, const BgSignalingTiming *timing);
/* After something that is nobody's failure. */
guint bg_dial_pace_soon_ms (BgDialPace *self, const BgSignalingTiming *timing);
/* After a failure; `is_refused`: the hub said 401 or 403; `has_held`: there was a line before it, and for long. Not before `least_ms`. */
guint bg_dial_pace_failed_ms (BgDialPace *self, const BgSignalingTiming *timing, gboolean has_held, gboolean is_refused, guint least_ms);
/* The line was closed, and with it those of `others`, more likely than not: they do not all come back at once. */
guint bg_dial_pace_lost_ms (BgDialPace *self, const BgSignalingTiming *timing, gboolean has_held, guint others);
