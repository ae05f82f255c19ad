/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/door-tally.h"
#include "publish/idle-pool.h"

/* One connection: somebody who came in at a door, carried on along a way. The far side is dialled before anything is read (in some protocols
 * the server speaks first) but TLS where the door ends that, both directions end by themselves, and a connection that broke is told as one (RST). */

typedef struct _BgStream BgStream;

/* Where streams live; must outlive them. */
typedef struct
{
  BgReactor   *reactor;
  BgDoorTally *tally;
  BgIdlePool *(*pool_of) (gpointer data, BgIngress *ingress); /* NULL: no pool */
  void (*heard) (gpointer data, BgIngress *ingress, gboolean is_rejected); /* the ingress answered, or hung up instead */
  void (*ended) (gpointer data, BgStream *stream); /* it is gone at the end of this round */
  gpointer     data;
} BgStreamHome;

enum { BG_LINGER_MS = 5000 };  /* for a client that still sends what nobody will read */

/* Takes `fd`. The list node is the owner's, to keep it in a queue. */
BgStream *bg_stream_new (const BgStreamHome *home, BgForwardWay *way, int fd);
/* One that has not begun; `fd` is the caller's again. */
void bg_stream_free (BgStream *stream);
GList *bg_stream_link (BgStream *stream);
/* Begins; it may end before this returns. */
void bg_stream_begin (BgStream *stream);
/* Ends it now: both sides are reset. */
void bg_stream_abort (BgStream *stream);
