/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All secrets, whoever owns them: the system's are files; a user's are asked for before they are needed, and known until
 * they are forgotten again. A user's secret that a file still holds, because it was just granted by a hub or a move was cut
 * short, is read from there and handed over to its owner when she can be reached. Main thread only. */

#include "app/config.h"
#include "app/secret-source.h"
#include "app/secret-store.h"

G_BEGIN_DECLS

typedef struct _BgSecretKeeper BgSecretKeeper;

/* `own` is the owner of what the settings leave open. */
BgSecretKeeper *bg_secret_keeper_new (const char *directory, const BgSecretOwner *own, BgConfig *config);
void bg_secret_keeper_free (BgSecretKeeper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgSecretKeeper, bg_secret_keeper_free)

void bg_secret_keeper_set_config (BgSecretKeeper *self, BgConfig *config);
/* NULL: nobody can be asked. Questions to the one before have to be over, or end by themselves. */
void bg_secret_keeper_set_source (BgSecretKeeper *self, const BgSecretSourceOps *ops, gpointer source);
const BgSecretSourceOps *bg_secret_keeper_get_source (BgSecretKeeper *self, gpointer *source);

/* Names that the settings can have a secret for; free with g_strfreev(). */
char **bg_secret_keeper_list_names (BgSecretKeeper *self);
BgSecretOwner bg_secret_keeper_owner_of (BgSecretKeeper *self, const char *name);
/* Whose it is where the settings do not say it. */
BgSecretOwner bg_secret_keeper_unsaid_owner_of (BgSecretKeeper *self, const char *name);
/* "secrets.token": the setting that says so; free with g_free(). */
char *bg_secret_keeper_setting_of (const char *name);
BgSecretOwner bg_secret_keeper_own (BgSecretKeeper *self);
/* Is it known without asking anybody? */
gboolean bg_secret_keeper_knows (BgSecretKeeper *self, const char *name);
gboolean bg_secret_keeper_has_file (BgSecretKeeper *self, const char *name);

/* Reads what is known; a user's secret that was not fetched is an error. What is written goes to a file. */
BgSecretStore *bg_secret_keeper_open (BgSecretKeeper *self, GError **error);
/* The same for what is to be replaced: where nobody was asked for a secret there is none. */
BgSecretStore *bg_secret_keeper_open_for_change (BgSecretKeeper *self, GError **error);
/* The files alone. */
BgSecretStore *bg_secret_keeper_open_files (BgSecretKeeper *self, GError **error);

/* Asks the owners of `names` for what is not known yet; `names` NULL: all that a tunnel needs. Fine where nobody has to be
 * asked. */
void bg_secret_keeper_fetch_async (BgSecretKeeper *self, const char *const *names, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer data);
gboolean bg_secret_keeper_fetch_finish (BgSecretKeeper *self, GAsyncResult *result, GError **error);
/* Has somebody to be asked before a tunnel can come up? */
gboolean bg_secret_keeper_lacks (BgSecretKeeper *self);
/* As if its owner had said that there is none. */
void bg_secret_keeper_suppose_none (BgSecretKeeper *self, const char *name);
/* Wipes what was fetched. */
void bg_secret_keeper_forget (BgSecretKeeper *self);

/* Gives a secret to its new owner, and proves that she gives it back. */
void bg_secret_keeper_hand_over_async (BgSecretKeeper *self, const BgSecretOwner *owner, const char *name,
                                       const char *secret, GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer data);
gboolean bg_secret_keeper_hand_over_finish (BgSecretKeeper *self, GAsyncResult *result, GError **error);
/* Hands over what files still hold of users', one behind the other; what cannot be is logged, and waits. */
void bg_secret_keeper_settle (BgSecretKeeper *self);
/* Not while one secret is moved by hand. */
void bg_secret_keeper_stop_settling (BgSecretKeeper *self);

G_END_DECLS
