/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What peers ask of this machine about the files that they offer it (docs/files.md), over HTTP. What they send is never more in memory
 * than one piece for each connection. Main thread only. */

#include "files/file-shelf.h"

G_BEGIN_DECLS

typedef struct _BgFileServer BgFileServer;

typedef struct
{
  /* The peer whose address this is, borrowed until the next call; NULL: nobody's. */
  const char *(*whose) (gpointer owner, GSocketAddress *address);
  /* An offer is new, or was withdrawn. */
  void (*changed) (gpointer owner);
} BgFileServerEvents;

/* `shelf` outlives it. */
BgFileServer *bg_file_server_new (BgFileShelf *shelf, const BgFileServerEvents *events, gpointer owner);
void bg_file_server_free (BgFileServer *self);
/* Serves whoever is behind it. */
void bg_file_server_take_in (BgFileServer *self, GSocketConnection *connection);

G_END_DECLS
