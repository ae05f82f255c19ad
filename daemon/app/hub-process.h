/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The hub of this machine. Where the daemon is given a socket of systemd, bamgate-hub stands behind it as a unit of its own,
 * and outlives a daemon that is restarted; else it is a child. One that ends is started again, with growing pauses. Main
 * thread only. */

#include "app/hub-link.h"

G_BEGIN_DECLS

typedef struct _BgHubProcess BgHubProcess;

typedef struct
{
  const char *state_dir; /* of the daemon: a child's own is "hub" in it, what is there a unit takes over */
  const char *socket;    /* path, or NULL: a child */
  BgHubWish wish;
} BgHubProcessOptions;

BgHubProcess *bg_hub_process_new (const BgHubProcessOptions *options);
/* Ends what still runs, without waiting for it. */
void bg_hub_process_free (BgHubProcess *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubProcess, bg_hub_process_free)

/* One that had been ready ended, and is started again: `why`, for people, also after an attempt at that failed; NULL once it
 * is ready again. */
typedef void (*BgHubProcessWatch) (gpointer owner, BgWords *why);
void bg_hub_process_set_watch (BgHubProcess *self, BgHubProcessWatch watch, gpointer owner);

/* Done once it listens. Where it cannot start the error says what it said. */
void bg_hub_process_start_async (BgHubProcess *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean bg_hub_process_start_finish (BgHubProcess *self, GAsyncResult *result, GError **error);
/* Tells it to end; kills a child that does not listen. */
void bg_hub_process_stop_async (BgHubProcess *self, GAsyncReadyCallback callback, gpointer data);
void bg_hub_process_stop_finish (BgHubProcess *self, GAsyncResult *result);
/* Lets go of a unit that runs, for the next daemon to take over; FALSE for what has to be stopped. */
gboolean bg_hub_process_leave (BgHubProcess *self);
/* Instead of a start: the hub removes what it kept of its network, and ends. Not while it runs for us. */
void bg_hub_process_forget_async (BgHubProcess *self, GAsyncReadyCallback callback, gpointer data);
gboolean bg_hub_process_forget_finish (BgHubProcess *self, GAsyncResult *result, GError **error);
/* NULL before it was ready. */
const BgHubInfo *bg_hub_process_get_info (BgHubProcess *self);

G_END_DECLS
