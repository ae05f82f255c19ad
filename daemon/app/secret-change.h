/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Several secrets that change together or not at all, as what goes with settings does: write the secrets, then the
 * settings, and undo the secrets where those cannot be saved. */

#include "app/secret-store.h"

G_BEGIN_DECLS

typedef struct _BgSecretChange BgSecretChange;

/* `store` must outlive it. */
BgSecretChange *bg_secret_change_new (BgSecretStore *store);
/* Wipes; what was written stays. */
void bg_secret_change_free (BgSecretChange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgSecretChange, bg_secret_change_free)

/* `text` (copied) NULL or "": the secret is removed. Nothing is written yet. */
void bg_secret_change_add (BgSecretChange *self, const char *name, const char *text);
/* FALSE: every secret is as it was. */
gboolean bg_secret_change_write (BgSecretChange *self, GError **error);
/* Brings back what was there before the write; what cannot be brought back is logged. */
void bg_secret_change_undo (BgSecretChange *self);

G_END_DECLS
