/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Questions that others answer: each is put to its servers one after the other, until one answers or time is up. Without sockets
 * and clock, which the owner has; whatever happens, every question is answered once. There is no cache: resolvers of systems have
 * one, and it knows when the networks change. Main thread only. */

#include "names/dns-message.h"
#include "names/forward-table.h"

G_BEGIN_DECLS

enum
{
  /* Questions that wait at once; one more is answered with an error. */
  BG_FORWARD_MAX = 128,
  /* Until the next server is asked, or the same again. */
  BG_FORWARD_TRY_MS = 1000,
  /* From the question to the error: what asks us waits 5 s. */
  BG_FORWARD_GIVE_UP_MS = 4500,
  /* A server that did not answer is asked last for so long. */
  BG_FORWARD_BAD_MS = 30 * 1000,
};

typedef struct
{
  /* A way to `server`, by UDP or TCP, on which `message` is sent; 0 where there is none. Ways have numbers that are not used
   * twice. Sent again by UDP: the same question, after a while without an answer. */
  guint64 (*open) (gpointer owner, const BgIpPrefix *server, gboolean udp, GBytes *message);
  void (*send_again) (gpointer owner, guint64 way, GBytes *message);
  void (*close) (gpointer owner, guint64 way);
} BgForwarderCalls;

/* `reply` (borrowed): NULL where the forwarder ends before there is one. */
typedef void (*BgForwarderDone) (gpointer asker, GBytes *reply);

typedef struct _BgForwarder BgForwarder;

BgForwarder *bg_forwarder_new (const BgForwarderCalls *calls, gpointer owner);
/* Answers what waits with NULL. */
void bg_forwarder_free (BgForwarder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgForwarder, bg_forwarder_free)
/* A failure is said as an empty answer: for askers that would ask somebody else after an error, to whom the name is not to be
 * said. */
void bg_forwarder_set_quiet (BgForwarder *self, gboolean quiet);
/* Takes `query`, whose asker reached us by UDP or TCP, and is to be asked of the servers of `route` (copied) in the same way. `done`
 * may be called at once. Times are in milliseconds of any one clock. */
void bg_forwarder_ask (BgForwarder *self, BgDnsQuery *query, const BgForwardRoute *route, gboolean udp, gint64 now_ms,
                       BgForwarderDone done, gpointer asker);
/* A whole message came on a way. */
void bg_forwarder_take (BgForwarder *self, guint64 way, const guint8 *data, gsize len, gint64 now_ms);
/* Nothing will come on it: nobody is there, or the connection ended. */
void bg_forwarder_take_end (BgForwarder *self, guint64 way, gint64 now_ms);
/* Does what is due. */
void bg_forwarder_run (BgForwarder *self, gint64 now_ms);
/* When that is next; -1: nothing waits. */
gint64 bg_forwarder_get_due (const BgForwarder *self);
/* How many wait. */
guint bg_forwarder_n_waiting (const BgForwarder *self);

G_END_DECLS
