/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which endpoint has which port, where several endpoints share the addresses of this machine. An endpoint that went keeps its port. Pure:
 * whether a port is free is for the caller to find out, who asks for one candidate after another. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgPortPool BgPortPool;

/* Ports that are given out: `first` to `last`, both among them. */
BgPortPool *bg_port_pool_new (guint16 first, guint16 last);
void bg_port_pool_free (BgPortPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPortPool, bg_port_pool_free)

/* For what is given out from now on; whoever has a port keeps it. */
void bg_port_pool_set_range (BgPortPool *self, guint16 first, guint16 last);

/* `key` ("name:port") has this port from now on. FALSE, and nothing is changed, where another one has it, or it is 0. */
gboolean bg_port_pool_keep (BgPortPool *self, const char *key, guint16 port);
/* That of `key`; 0: it has none. */
guint16 bg_port_pool_get (const BgPortPool *self, const char *key);
/* The next port to try for `key`, above `after`, where 0 begins: first its own, then the lowest that nobody has. 0: there is none any more. */
guint16 bg_port_pool_candidate (const BgPortPool *self, const char *key, guint16 after);
/* Calls `each` for all, in the order of their keys. */
void bg_port_pool_foreach (BgPortPool *self, void (*each) (const char *key, guint16 port, gpointer data), gpointer data);

G_END_DECLS
