/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where secrets are: one const table per backend. "files" keeps one file per secret in a directory of mode 0700 (files
 * 0600), written atomically; it refuses a directory or file that others may read or that belongs to somebody else. Names:
 * "device-key", "token", "device-credential", "turn-secret", "signing-key", "authority-key", "service-certificate", "entering", "peer/NAME/psk". A secret is text of at most 64 KiB. */

#include "common/secret-text.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgSecretStore BgSecretStore;

/* Makes the directory where it is missing. BG_ERROR_CONFIG with the command to run where it is not safe. */
BgSecretStore *bg_secret_store_new_files (const char *directory, GError **error);
void bg_secret_store_free (BgSecretStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgSecretStore, bg_secret_store_free)

/* The secret's text without a line end (free with bg_secret_free()), or NULL: without error where there is none. */
char *bg_secret_store_read (BgSecretStore *store, const char *name, GError **error);
gboolean bg_secret_store_write (BgSecretStore *store, const char *name, const char *secret,
                                GError **error);
/* TRUE also where there was none. */
gboolean bg_secret_store_remove (BgSecretStore *store, const char *name, GError **error);

G_END_DECLS
