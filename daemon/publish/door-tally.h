/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/forward-error.h"

#include <glib.h>

/* What has gone through a door. The forwarding thread counts, anybody reads. */

enum { BG_DOOR_ERROR_TEXT = 192 };

typedef struct
{
  guint64 open, total;      /* connections now, and ever */
  guint64 refused;          /* from where nobody may come in, or of who has too many */
  guint64 bytes_up, bytes_down; /* to the far side, and from it */
  guint64 errors[BG_FORWARD_ERRORS];
  gint64  active_at;        /* a connection began or ended, or carried something: real µs; 0: never */
  char    last_error[BG_DOOR_ERROR_TEXT]; /* "" where there was none */
} BgDoorCounters;

typedef struct _BgDoorTally BgDoorTally;

BgDoorTally *bg_door_tally_new (void);
BgDoorTally *bg_door_tally_ref (BgDoorTally *tally);
void bg_door_tally_unref (BgDoorTally *tally);

/* A connection began; ended; was not let in; carried bytes. */
void bg_door_tally_began (BgDoorTally *tally);
void bg_door_tally_ended (BgDoorTally *tally);
void bg_door_tally_refused (BgDoorTally *tally);
void bg_door_tally_carried (BgDoorTally *tally, guint64 up, guint64 down);
/* `reason` may come from the network; what is kept of it is printable. */
void bg_door_tally_failed (BgDoorTally *tally, BgForwardError error, const char *reason);
void bg_door_tally_read (BgDoorTally *tally, BgDoorCounters *out);

/* Several doors as one. */
void bg_door_counters_add (BgDoorCounters *sum, const BgDoorCounters *part);
