/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Two sessions in one process, each other's peer: what one says in its signals the other is told,
 * at once or when asked for. */

#include "daemon/transport/transport-datachannel.h"
#include "daemon/transport/transport-ice.h"
#include "daemon/transport/ice-session.h"
#include "packet/packet-pool.h"

typedef struct Side Side;

struct Side
{
  BgIceSession *session;
  BgPacketPool *pool;
  Side         *peer;        /* NULL: nobody is told */
  char         *description, *type;
  GPtrArray    *candidates;  /* all that the session told */
  gboolean      holds_description, holds_candidates;
  gboolean      restarts;    /* its offers are restarts of the session that its peer has */
  guint         restarted;   /* "restarted" */
  gboolean      has_failed;
  guint         pairs;       /* "pair-changed" */
  guint         channels;    /* "channel-opened" */
  GMutex        lock;        /* messages */
  GPtrArray    *messages;    /* GBytes, the first 256 */
  GArray       *kinds;       /* BgTransportKind of each */
  _Atomic guint received, closed;
  _Atomic guint64 received_bytes;
};

/* A side with its own pool; `config` NULL for the defaults (loopback only). */
Side *side_new (gboolean offerer, const BgIceSessionConfig *config);
/* Closes, waits for the pipeline, and checks that every packet is back. */
void side_free (Side *self);
void sides_connect (Side *a, Side *b);
/* bg_ice_session_set_remote_take() and bg_ice_session_answer_restart_take() of a text. */
gboolean set_remote_text (BgIceSession *session, const char *type, const char *text, GError **error);
gboolean answer_restart_text (BgIceSession *session, const BgIceSettings *ice, const char *text, GError **error);
/* Hands over what was held. */
void side_tell_description (Side *self);
void side_tell_candidates (Side *self);
BgPacket *side_packet (Side *self, guint8 type, gsize len);
/* Runs the main context until `condition`; fails the test after 20 s. */
#define wait_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 wait_end = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;                           \
    while (!(condition))                                                                           \
      wait_step (wait_end, #condition);                                                            \
  }                                                                                                \
  G_STMT_END
void wait_step (gint64 end, const char *condition);
/* Dispatches what is there already. */
void wait_idle (void);
#define wait_state(side, state) wait_until (bg_ice_session_get_state ((side)->session) == (state))
