/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's own stack without root: a user and network namespace with the tunnel's interface in it, made and kept by
 * bamgate-namespace, a child. This process stays where it is; as the owner of the user namespace it has all rights over sockets and
 * links there (capabilities(7), user_namespaces(7)). Main thread only. */

#include "net/tun-device.h"

G_BEGIN_DECLS

#define BG_NAMESPACE_PROGRAM "bamgate-namespace"

typedef struct _BgNamespace BgNamespace;

/* The child has ended, and with it the way to new sockets; the device and the sockets that there are go on. Once. */
typedef void (*BgNamespaceLost) (gpointer owner);

/* Makes the namespaces with the device `name` in them, which is `tun`'s, by `program` (BG_NAMESPACE_PROGRAM, wherever it is). Waits for the child, at most BG_NAMESPACE_PATIENCE_S.
 * `ifindex`: as of bg_tun_device_open(). BG_ERROR_NOT_AUTHORIZED where this system lets no ordinary user make namespaces. */
BgNamespace *bg_namespace_new (const char *program, const char *name, int ifindex, BgTunDevice *tun, BgNamespaceLost lost, gpointer owner, GError **error);
/* Ends the child; what others hold of the namespace keeps it alive. Fine on NULL. */
void bg_namespace_free (BgNamespace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgNamespace, bg_namespace_free)

enum { BG_NAMESPACE_PATIENCE_S = 5 };

/* As socket(2), for TCP, UDP and rtnetlink: -1 with errno. */
int bg_namespace_socket (BgNamespace *self, int domain, int type, int protocol);
/* "/proc/PID/ns/net": the network namespace, for who may enter it (setns(2)). */
const char *bg_namespace_get_path (const BgNamespace *self);

G_END_DECLS
