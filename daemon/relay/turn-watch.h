/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What becomes of an allocation, as seen by whoever only passes the messages on. Pure. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint8   transaction[12]; /* of the last Allocate with a user name */
  gboolean has_asked;
} BgTurnWatch;

typedef enum
{
  BG_TURN_NOTHING,
  BG_TURN_ALLOCATED,
  BG_TURN_UNAUTHORIZED, /* a user name and a password are not what the server makes of its secret */
  BG_TURN_OVER_CEILING, /* it relays no more until the day or the month is over */
  BG_TURN_OTHER_REFUSAL, /* no place, or a request that it does not take */
} BgTurnVerdict;

/* Both take a whole message. */
void bg_turn_watch_sent (BgTurnWatch *self, const guint8 *message, gsize len);
/* `code` (out): the number of the refusal, or 0. */
BgTurnVerdict bg_turn_watch_heard (BgTurnWatch *self, const guint8 *message, gsize len, guint *code);

G_END_DECLS
