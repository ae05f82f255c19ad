/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A person's keyring (the Secret Service, through libsecret). Where it is locked she is asked to open it. Main thread only. */

#include <gio/gio.h>

G_BEGIN_DECLS

#define BG_KEYRING_ERROR (bg_keyring_error_quark ())
GQuark bg_keyring_error_quark (void);

typedef enum
{
  BG_KEYRING_ERROR_FAILED,
  BG_KEYRING_ERROR_LOCKED, /* it stays locked: the person did not open it, or could not be asked */
  BG_KEYRING_ERROR_ABSENT, /* this session has no Secret Service */
} BgKeyringError;

/* name → secret, which the table wipes; without those that are not there. `place` tells the daemons apart whose secrets are
 * in one keyring: "system" or "user". Every machine has its own. */
void bg_keyring_get_async (const char *place, const char *const *names, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data);
GHashTable *bg_keyring_get_finish (GAsyncResult *result, GError **error);
/* `label` is what people find it by in their keyring. */
void bg_keyring_set_async (const char *place, const char *name, const char *secret, const char *label,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* Fine where there is none. */
void bg_keyring_remove_async (const char *place, const char *name, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer data);
/* Of both. */
gboolean bg_keyring_done (GAsyncResult *result, GError **error);

/* An empty table of secrets, which it wipes. */
GHashTable *bg_keyring_new_secrets (void);

G_END_DECLS
