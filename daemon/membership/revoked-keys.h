/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The keys that were revoked in a network that is not signed, as its hub says: a number with each change, and the list when it is asked. What
 * it says is worth no more than the hub (docs/security.md). Main thread only. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgRevokedKeys BgRevokedKeys;

/* The hub; each question has one answer. */
typedef struct
{
  void        (*fetch_async) (gpointer hub, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  /* A set of GBytes of 32 (transfer full). */
  GHashTable *(*fetch_finish) (gpointer hub, GAsyncResult *result, GError **error);
} BgRevokedHubOps;

/* `hub` is handed to `ops`, and outlives it; `changed` is called whenever it has other keys. */
BgRevokedKeys *bg_revoked_keys_new (const BgRevokedHubOps *ops, gpointer hub, void (*changed) (gpointer owner), gpointer owner);
void bg_revoked_keys_free (BgRevokedKeys *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgRevokedKeys, bg_revoked_keys_free)

/* The line to the hub is there, or not (any more): what is known stays. */
void bg_revoked_keys_set_online (BgRevokedKeys *self, gboolean online);
/* The hub says how many there are. It is asked for them where that is another number, or the first one since the line is there; once in a
 * second at most, and again, ever later, where it does not answer. */
void bg_revoked_keys_take_number (BgRevokedKeys *self, guint32 number);
/* This machine had one revoked itself (base64; what is no key is ignored). */
void bg_revoked_keys_add (BgRevokedKeys *self, const char *public_key);
/* Nothing is known any more: the network is another. */
void bg_revoked_keys_clear (BgRevokedKeys *self);
gboolean bg_revoked_keys_has (BgRevokedKeys *self, const guint8 key[32]);

G_END_DECLS
