/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sockets at which files are received: at addresses of the tunnel, on its link alone, and for its peers alone, of whom each has a few
 * connections at a time. Main thread only. */

#include "common/ip-prefix.h"
#include "files/file-port.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Of one peer at a time. */
#define BG_FILE_CONNECTIONS 4
/* A connection on which nothing comes or goes for so long ends. */
#define BG_FILE_SILENCE_S 60

typedef struct _BgFileDoors BgFileDoors;

typedef struct
{
  /* May whoever has this address come in? */
  gboolean (*is_peer) (gpointer owner, const BgIpPrefix *address);
  void (*came) (gpointer owner, GSocketConnection *connection);
} BgFileDoorsEvents;

/* Opens what can be opened of `addresses`; the log says which cannot. */
BgFileDoors *bg_file_doors_new (const char *interface, const BgIpPrefix *addresses, guint n_addresses, const BgFileDoorsEvents *events,
                                gpointer owner);
/* Nobody new comes in. Fine on NULL. */
void bg_file_doors_free (BgFileDoors *self);
/* The other side of a connection, as a host. */
gboolean bg_file_door_remote (GSocketAddress *address, BgIpPrefix *host);
/* What goes through the socket goes by the tunnel's link alone, wherever else this daemon's own packets go (net/own-mark.h). FALSE with errno. */
gboolean bg_file_door_bind_to_link (int fd, const char *interface);

G_END_DECLS
