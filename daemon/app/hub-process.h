/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The signalling service of this machine: bamgate-hub as a child. It is looked for beside our own program, then in
 * ../worker/hub from there (a build directory), then in the directory that programs are installed to. A hub that dies is
 * started again, with growing pauses. Main thread only. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgHubProcess BgHubProcess;

typedef struct
{
  const char *url;   /* for this machine, normalised, with "/connect" */
  const char *pin;   /* base64, or NULL */
  const char *token; /* secret; "" for none */
} BgHubInfo;

typedef struct
{
  const char *state_dir;  /* of the daemon; the hub's own is "hub" in it */
  const char *listen;     /* "ADDRESS:PORT" */
  const char *public_url; /* how others reach it, or NULL */
  const char *subnet;     /* "ADDRESS/LEN" of a new hub, or NULL: as it has it, else its default */
} BgHubProcessOptions;

BgHubProcess *bg_hub_process_new (const BgHubProcessOptions *options);
/* Kills what still runs. */
void bg_hub_process_free (BgHubProcess *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubProcess, bg_hub_process_free)

/* Done once it listens. Where it cannot start the error says what it said. */
void bg_hub_process_start_async (BgHubProcess *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean bg_hub_process_start_finish (BgHubProcess *self, GAsyncResult *result, GError **error);
/* SIGTERM, and SIGKILL for one that does not listen. */
void bg_hub_process_stop_async (BgHubProcess *self, GAsyncReadyCallback callback, gpointer data);
void bg_hub_process_stop_finish (BgHubProcess *self, GAsyncResult *result);
/* NULL before it was ready. */
const BgHubInfo *bg_hub_process_get_info (BgHubProcess *self);
/* The program that would be started: (transfer full), NULL and an error where there is none. */
char *bg_hub_process_find_program (GError **error);

G_END_DECLS
