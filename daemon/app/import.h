/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What another program's file says, as settings and secrets of ours: a wg-quick(8) file, the config.toml of the Go bamgate, or the
 * config.yml of ngrokd. What is not taken is told, line by line. Reading changes nothing; writing is all or nothing. Main thread only. */

#include "app/config.h"
#include "app/secret-store.h"

G_BEGIN_DECLS

#define BG_IMPORT_MAX_BYTES (256 * 1024)

typedef struct _BgImport BgImport;

/* `secrets` is the Go program's secrets.toml where it has one, or NULL. Which format it is the text says itself. Errors are
 * BG_ERROR_INVALID_ARGUMENT and name the line; no key stands in them. */
BgImport *bg_import_read (const char *text, const char *secrets, GError **error);
void bg_import_free (BgImport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgImport, bg_import_free)

/* Does it bring this machine a key, an address or a network, so that it is not what it was? */
gboolean bg_import_has_identity (BgImport *self);
/* What it says of a setting ("device.address"), as text that was not checked yet; NULL: nothing. */
const char *bg_import_get (BgImport *self, const char *setting);
/* The API key of an account that binds endpoints; borrowed, secret; NULL: none. */
const char *bg_import_get_api_key (BgImport *self);
/* Writes it; the new settings, or NULL and everything is as it was. BG_ERROR_EXISTS for what would replace a network, a key,
 * an address or a peer without `force`; with it the network is left. */
BgConfig *bg_import_commit (BgImport *self, gboolean force, BgConfig *config, const char *config_path,
                            BgSecretStore *secrets, GError **error);
/* a{sv}, as the bus method Import answers it (floating): "format" s, "peers" as, "device-key" s ("imported", "kept" or "made",
 * after bg_import_commit(); empty where it is about endpoints alone), "api-key" b, "skipped" a(uss): line, what, why. */
GVariant *bg_import_describe (BgImport *self);

G_END_DECLS
