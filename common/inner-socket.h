/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sockets on the tunnel's side: in the network that its interface is in. That is this process's own, unless somebody makes them
 * elsewhere (daemon/netstack). Main thread only. */

#include <glib.h>

G_BEGIN_DECLS

/* As socket(2): -1 with errno. */
typedef int (*BgInnerSocketMaker) (gpointer data, int domain, int type, int protocol);

/* Who makes them from now on; NULL: the system, in this process's own network. */
void bg_inner_socket_set_maker (BgInnerSocketMaker maker, gpointer data);
/* Somebody makes them elsewhere: what this process sees of networks says nothing about the tunnel's. */
gboolean bg_inner_socket_is_elsewhere (void);
/* As socket(2): -1 with errno. */
int bg_inner_socket (int domain, int type, int protocol);
/* Makes of `fd`, a fresh Internet socket of this process's own network, one of its kind on the tunnel's side, without the options that
 * it had, but for close-on-exec and O_NONBLOCK. Does nothing where nobody makes them elsewhere. FALSE with errno. */
gboolean bg_inner_socket_move (int fd);
/* As if_nametoindex(3) on the tunnel's side: 0 where there is none of that name. */
guint bg_inner_ifindex (const char *name);

G_END_DECLS
