/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Two sides that are each other's peer, and what goes from one to the other. */

#include "session-fixture.h"

#define THREADS "/proc/self/task"
#define DESCRIPTORS "/proc/self/fd"

typedef struct
{
  Side *a, *b; /* a offers */
} Pair;

/* Not started yet. */
Pair pair_new (void);
/* Starts it, and waits until both are open. */
void pair_start (Pair *self, BgWatcher watcher);
Pair pair_open (void);
/* Two bamgates: each has said that it watches the other itself. `plain`: b does not do without a data channel. */
Pair pair_of_two (gboolean plain);
void pair_free (Pair *self);

/* What the transport says. */
int send_one (Side *side, BgTransport *transport, guint8 type, gsize len);
/* Waits until it is there, as it was sent. */
void exchange (Side *from, Side *to, BgTransport *transport, guint8 type, gsize len);
/* One message of each type. */
void exchange_all (Side *from, Side *to, BgTransport *transport);

/* How many of THREADS or DESCRIPTORS there are. */
guint count_entries (const char *folder);
