/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sockets of the forwarder: one for each server and question, from a port that the kernel chooses, bound to the tunnel's
 * interface, so that nothing leaves by another one, whatever the routes say. Main thread only. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  /* A whole message came; the way may be closed in the call. */
  void (*message) (gpointer owner, guint64 way, const guint8 *data, gsize len);
  /* Nothing will come: nobody is there, or the connection ended. The owner closes the way. */
  void (*ended) (gpointer owner, guint64 way);
} BgForwardWaysEvents;

typedef struct _BgForwardWays BgForwardWays;

/* `interface` NULL: not bound. */
BgForwardWays *bg_forward_ways_new (const char *interface, guint16 port, const BgForwardWaysEvents *events, gpointer owner);
/* Closes all, without a call. */
void bg_forward_ways_free (BgForwardWays *self);
/* Sends `message` to `server`; the number of the way, or 0 where it cannot be sent. No event comes during the call. */
guint64 bg_forward_ways_open (BgForwardWays *self, const BgIpPrefix *server, gboolean udp, GBytes *message);
/* By UDP the same once more; by TCP nothing, since TCP does that. */
void bg_forward_ways_send_again (BgForwardWays *self, guint64 way, GBytes *message);
void bg_forward_ways_close (BgForwardWays *self, guint64 way);

G_END_DECLS
