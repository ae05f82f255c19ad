/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/ip-prefix.h"

#include <glib.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Where a connection goes: TCP over IPv4 or IPv6, or a Unix socket. */
typedef struct
{
  union
  {
    struct sockaddr         any;
    struct sockaddr_storage ip;
    struct sockaddr_un      path;
  };
  socklen_t len;
} BgSocketAddress;

/* `text` is an address without brackets; FALSE where it is none. */
gboolean bg_socket_address_set_ip (BgSocketAddress *address, const char *text, guint16 port);
/* A path, or "@name" in the abstract name space; FALSE where it is too long for the kernel. */
gboolean bg_socket_address_set_unix (BgSocketAddress *address, const char *path);
/* FALSE: not of the Internet, as a Unix socket's. IPv4 in IPv6 is IPv4. `port` may be NULL. */
gboolean bg_socket_address_get_ip (const BgSocketAddress *address, BgIpPrefix *out, guint16 *port);
/* A stream socket that does not block, for what the person sends: an exit holds for it, unlike for the daemon's own
 * (net/own-mark.h). -1 with errno. */
int bg_socket_address_open (const BgSocketAddress *address);
/* The same for datagrams. */
int bg_socket_address_open_datagram (const BgSocketAddress *address);
