/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/door.h"

/* Carries connections from doors along their ways, on a thread of its own. Everything here is for the thread that made it; nothing
 * waits but what says so. What is posted to the thread arrives in order; nothing is dropped, as its number is that of the calls. Events come
 * back on the maker's default main context. */

/* The thread, of which a daemon has one. It runs for as long as somebody has doors of it. */
typedef struct _BgForwardingEngine BgForwardingEngine;

BgForwardingEngine *bg_forwarding_engine_new (void);
/* It goes with the last who has doors of it; fine on NULL. */
void bg_forwarding_engine_free (BgForwardingEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgForwardingEngine, bg_forwarding_engine_free)

/* The doors of one who has some, beside those of others. */
typedef struct _BgForwarding BgForwarding;

typedef struct
{
  /* It was closed, and its last connection has ended; its counters are as they will stay, until this returns. */
  void (*drained) (gpointer owner, guint64 door);
  /* The ingress of this door hung up on BG_FORWARDING_PATIENCE connections in a row before it answered: look at the certificate. */
  void (*rejected) (gpointer owner, guint64 door);
} BgForwardingEvents;

enum { BG_FORWARDING_PATIENCE = 5 };

/* The first starts the thread, and raises the limit of descriptors of the process as far as it may. */
BgForwarding *bg_forwarding_new (BgForwardingEngine *engine, const BgForwardingEvents *events, gpointer owner, GError **error);
/* Waits until its sockets are closed and its connections have ended; no event comes any more. The last ends the thread. Not from within an event. */
void bg_forwarding_free (BgForwarding *forwarding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgForwarding, bg_forwarding_free)

/* Accepts at `listening_fd` (taken) who `rules` let in, and carries them along `way`. Gives the door's number. A socket of datagrams makes a door
 * of datagrams (udp-door.h). */
guint64 bg_forwarding_open (BgForwarding *forwarding, int listening_fd, const BgDoorRules *rules, BgForwardWay *way);
/* For new connections; those inside stay on their way. */
void bg_forwarding_set_way (BgForwarding *forwarding, guint64 door, BgForwardWay *way);
/* Closes the socket; those inside have `drain_us` to finish; where it is closed already, at most that from now on. */
void bg_forwarding_close (BgForwarding *forwarding, guint64 door, gint64 drain_us);
/* FALSE: it has no such door, or that has drained. */
gboolean bg_forwarding_counters (BgForwarding *forwarding, guint64 door, BgDoorCounters *out);
