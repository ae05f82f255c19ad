/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_SOCKET_OURS,
  BG_SOCKET_FOREIGN, /* another process's, or gone already */
  BG_SOCKET_UNKNOWN, /* this kernel does not say */
} BgSocketOwner;

/* Whose is the other end of `fd`, a TCP connection accepted from this machine? The kernel names its inode (sock_diag(7)),
 * and this process has a descriptor of it or not. */
BgSocketOwner bg_socket_owner (int fd);

G_END_DECLS
