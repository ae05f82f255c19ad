/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Does NetworkManager look after the machine's resolver by itself? Read from its bus object once it is there. Main thread only. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgNmResolver BgNmResolver;

/* It is known, or another than before. */
typedef void (*BgNmResolverChanged) (gpointer owner);

/* Of the NetworkManager that is on this bus. */
BgNmResolver *bg_nm_resolver_new (GDBusConnection *bus, BgNmResolverChanged changed, gpointer owner);
/* Fine on NULL. */
void bg_nm_resolver_free (BgNmResolver *self);
/* Has it answered? Also where it has no answer. */
gboolean bg_nm_resolver_is_known (BgNmResolver *self);
/* It writes /etc/resolv.conf, or gives it to resolvconf, or runs a resolver of its own. FALSE where it leaves that to
 * systemd-resolved or to nobody. */
gboolean bg_nm_resolver_writes (BgNmResolver *self);

G_END_DECLS
