/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whose a secret is, as the settings say it: the system's, which keeps it in a file of its own, or a user's, who is asked
 * for it when the tunnel comes up. */

#include "common/words.h"

G_BEGIN_DECLS

typedef enum
{
  BG_SECRET_UNSAID, /* "": the daemon's own */
  BG_SECRET_SYSTEM, /* "system": a file that only the daemon reads */
  BG_SECRET_USER,   /* "user:UID": in that user's keyring */
  BG_SECRET_ASK,    /* "ask:UID": nowhere; that user types it each time */
} BgSecretKind;

typedef struct
{
  BgSecretKind kind;
  guint32 uid; /* of USER and ASK */
} BgSecretOwner;

gboolean bg_secret_owner_parse (const char *text, BgSecretOwner *owner);
/* Free with g_free(). */
char *bg_secret_owner_format (const BgSecretOwner *owner);
gboolean bg_secret_owner_equal (const BgSecretOwner *a, const BgSecretOwner *b);
/* Is a person to be asked? */
gboolean bg_secret_owner_is_user (const BgSecretOwner *owner);
/* "alice", or "user 1000" where nobody has that name. Free with g_free(). */
char *bg_secret_owner_person (const BgSecretOwner *owner);

/* What people call a secret: "the hub token"; free with g_free(). */
BgWords *bg_secret_words (const char *name);
/* "peer/NAME/psk" → "NAME"; NULL for any other secret. Free with g_free(). */
char *bg_secret_peer_of (const char *name);

G_END_DECLS
