/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One secret goes to another owner: the new one gets it and gives it back, equal; then the settings say so; then the old
 * copy goes. Cut short anywhere, one good copy is left, and the settings name it, or a file holds it, which is read first.
 * Main thread only. */

#include "app/secret-keeper.h"

G_BEGIN_DECLS

typedef struct
{
  BgSecretKeeper *keeper;
  BgConfig       *config;
  const char     *config_path;
} BgSecretMovePlaces;

/* BG_ERROR_NOT_FOUND where there is no such secret. */
void bg_secret_move_async (const BgSecretMovePlaces *places, const char *name, const BgSecretOwner *target,
                           GAsyncReadyCallback callback, gpointer data);
/* The new settings (transfer full). `left`: why the old owner's copy could not be removed, NULL where it was; free with
 * g_free(). */
BgConfig *bg_secret_move_finish (GAsyncResult *result, char **left, GError **error);

G_END_DECLS
