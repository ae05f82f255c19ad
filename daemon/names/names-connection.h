/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A TCP connection that questions come by; it ends when it was idle for long. Main thread only. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgNamesConnection BgNamesConnection;

typedef struct
{
  /* A question; bg_names_connection_answer() is called once for it. */
  void (*question) (gpointer owner, BgNamesConnection *connection, const guint8 *data, gsize len);
  /* It is over; the owner closes it. */
  void (*ended) (gpointer owner, BgNamesConnection *connection);
} BgNamesConnectionEvents;

/* Takes `fd`. */
BgNamesConnection *bg_names_connection_new (int fd, guint max_waiting, guint idle_ms, const BgNamesConnectionEvents *events,
                                            gpointer owner);
/* No call any more; what it is answered from now on goes nowhere. */
void bg_names_connection_close (BgNamesConnection *self);
/* The answer to one question, NULL for none. */
void bg_names_connection_answer (BgNamesConnection *self, GBytes *reply);
/* Reads nothing for so long. */
void bg_names_connection_rest (BgNamesConnection *self, guint ms);
/* Nothing waits for an answer. */
gboolean bg_names_connection_is_idle (const BgNamesConnection *self);

G_END_DECLS
