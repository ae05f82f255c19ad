/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The keyring of the person who runs the daemon, without an agent in between. Main thread only. */

#include "app/secret-source.h"

G_BEGIN_DECLS

/* Asked instead for what the keyring has not: secrets that are typed each time. NULL `ops`: nobody. */
typedef struct
{
  const BgSecretSourceOps *ops;
  gpointer source;
} BgKeyringSource;

/* Its source is a BgKeyringSource. Where the session has no keyring the error is BG_ERROR_NOT_FOUND. */
extern const BgSecretSourceOps bg_keyring_source_ops;

G_END_DECLS
