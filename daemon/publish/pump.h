/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/http-host.h"
#include "publish/side.h"

/* One direction of a connection. Bytes go through a buffer that all share; what the other side does not take is kept, at most as
 * much as one read gave, and nothing more is read before it is gone. An end is passed on behind the last byte. */

typedef enum
{
  BG_PUMP_OPEN,
  BG_PUMP_ENDING,           /* the source has ended; that is still to be said */
  BG_PUMP_DISCARDING,       /* nobody takes it any more: read, so that the socket can be closed without a reset, and dropped */
  BG_PUMP_ENDED,
} BgPumpState;

typedef enum
{
  BG_PUMP_WAITS,            /* for an event, or, with a filter, for the answer */
  BG_PUMP_HAS_MORE,         /* had its share; is to be run again without an event */
  BG_PUMP_IS_DONE,          /* nothing more will come */
  BG_PUMP_BROKE,            /* the source is broken: what was passed on may be incomplete */
} BgPumpVerdict;

typedef struct
{
  BgSide     *from, *to;
  BgHttpHost *filter;       /* borrowed; NULL: none. What `from` sends passes it */
  BgHttpHost *answers;      /* borrowed; NULL: none. Is shown what `from` sends */
  BgPumpState state;
  guint8     *kept;         /* NULL: nothing */
  guint32     at, ready, len; /* of `kept`: [at, ready) is to be written, [ready, len) has to pass the filter first */
  guint64     passed;       /* bytes that `to` took */
} BgPump;

void bg_pump_init (BgPump *pump, BgSide *from, BgSide *to);
void bg_pump_clear (BgPump *pump);
BgPumpVerdict bg_pump_run (BgPump *pump, BgReactor *reactor);
/* Drops what waits and all that still comes. */
void bg_pump_discard (BgPump *pump);
