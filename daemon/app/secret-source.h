/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whoever can ask a person's keyring, or the person: the agents on the bus, or for a daemon that is the person's own the
 * keyring itself. One const table each. Only the owner's own session is ever asked. Main thread only. */

#include "app/secret-owner.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Errors: BG_ERROR_WRONG_STATE where nobody is there to be asked, the keyring is locked, or the person said no,
 * BG_ERROR_NOT_FOUND
 * where there is no keyring, BG_ERROR_TIMEOUT; the message names secret and owner. Each call is bounded, and ends with its cancellable. */
typedef struct
{
  void (*get) (gpointer source, const BgSecretOwner *owner, const char *const *names, GCancellable *cancellable,
               GAsyncReadyCallback callback, gpointer data);
  /* name → secret, with bg_secret_free(); a name that is not in it has no secret there. (transfer full) */
  GHashTable *(*get_finish) (gpointer source, GAsyncResult *result, GError **error);
  void (*save) (gpointer source, const BgSecretOwner *owner, const char *name, const char *secret,
                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  void (*remove) (gpointer source, const BgSecretOwner *owner, const char *name, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer data);
  /* Of save and remove. */
  gboolean (*done) (gpointer source, GAsyncResult *result, GError **error);
} BgSecretSourceOps;

G_END_DECLS
