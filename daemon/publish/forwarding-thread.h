/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/door.h"
#include "publish/post.h"

#include <semaphore.h>

/* The forwarding thread: doors, the pools that they share, and what it is told (forwarding.h). */

typedef enum
{
  BG_FORWARD_OPEN,
  BG_FORWARD_SET_WAY,
  BG_FORWARD_CLOSE,
  BG_FORWARD_DROP, /* at once, with whoever is inside, and without a word */
  BG_FORWARD_SAY,  /* that it has come to this */
  BG_FORWARD_QUIT,
} BgForwardOrderType;

typedef struct
{
  BgPostItem         item;
  BgForwardOrderType type;
  BgDoorOptions      door;  /* OPEN: whole, taken; SET_WAY: id, and a way that is taken; CLOSE, DROP: id */
  gint64             drain_us; /* CLOSE */
  sem_t             *done;     /* SAY; the maker's */
} BgForwardOrder;

typedef enum
{
  BG_FORWARD_DRAINED,
  BG_FORWARD_WAS_REJECTED,
} BgForwardEventType;

typedef struct
{
  BgPostItem         item;
  BgForwardEventType type;
  guint64            door;
} BgForwardEvent;

typedef struct _BgForwardingThread BgForwardingThread;

/* Takes orders from `orders` until it is told to quit; both belong to the maker. */
BgForwardingThread *bg_forwarding_thread_new (BgPost *orders, BgPost *events, GError **error);
/* BG_FORWARD_QUIT must have been posted; waits for its end. */
void bg_forwarding_thread_join (BgForwardingThread *thread);
