/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a backend of the secret store gives; one const table each. Names were checked by the front. */

#include "app/secret-store.h"

#define BG_SECRET_MAX_BYTES (64 * 1024)

typedef struct
{
  char *(*read) (BgSecretStore *store, const char *name, GError **error);
  gboolean (*write) (BgSecretStore *store, const char *name, const char *secret, GError **error);
  gboolean (*remove) (BgSecretStore *store, const char *name, GError **error);
  void (*free) (BgSecretStore *store);
} BgSecretStoreOps;

/* Backends begin with this. */
struct _BgSecretStore
{
  const BgSecretStoreOps *ops;
};
