/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files that this machine sends peers and that they send it (docs/files.md): all that others see of the room. What is under way outlives
 * the tunnel, which it waits for. Main thread only. */

#include "common/ip-prefix.h"
#include "common/words.h"

G_BEGIN_DECLS

typedef struct _BgFiles BgFiles;

typedef struct
{
  /* The peer of the network who has proved that this is its address, borrowed until the next call; NULL: nobody has. */
  const char *(*whose) (gpointer owner, const BgIpPrefix *host);
  /* Where a peer is, as BgFileSenderEvents. */
  gboolean (*find) (gpointer owner, const char *peer, BgIpPrefix *address, int *takes_files);
  /* What bg_files_list() says of states differs. */
  void (*changed) (gpointer owner);
} BgFilesEvents;

BgFiles *bg_files_new (const BgFilesEvents *events, gpointer owner);
void bg_files_free (BgFiles *self);

/* The tunnel is up, or other than before: files are sent by `interface`, and received at `addresses` (none: nowhere). A peer may offer
 * `quota` bytes at a time. */
void bg_files_open (BgFiles *self, const char *interface, const BgIpPrefix *addresses, guint n_addresses, guint64 quota);
/* It is down. */
void bg_files_close (BgFiles *self);

/* Each for a user of this machine; descriptors are taken, whatever comes of it. Errors as of the bus. */
/* → its id, to be freed. `id` NULL: a new one. */
char *bg_files_send (BgFiles *self, const char *peer, const char *name, int fd, const char *id, guint32 uid, GError **error);
gboolean bg_files_accept (BgFiles *self, const char *id, int fd, guint32 uid, GError **error);
gboolean bg_files_cancel (BgFiles *self, const char *id, guint32 uid, GError **error);
/* aa{sv}, floating: those of the user, all of them for root. */
GVariant *bg_files_list (BgFiles *self, guint32 uid);

/* Nobody's yet; the caller has made sure that who asks may know. */
gboolean bg_files_decline (BgFiles *self, const char *id, GError **error);
GVariant *bg_files_list_offers (BgFiles *self);

G_END_DECLS
