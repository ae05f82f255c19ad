/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* nat-behaviour.h over real sockets: asks STUN servers by UDP, in one address family. Main thread only. */

#include "doctor/nat-behaviour.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  gboolean has_server; /* one has an address in the family */
  gboolean has_way;    /* and packets can be sent there */
  BgNatReport report;
} BgNatFound;

/* `urls`: "stun:host:port". `family`: AF_INET or AF_INET6. Seven seconds at most, names included; usually three. */
void bg_nat_probe_async (const char *const *urls, int family, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data);
/* FALSE where it was cancelled. */
gboolean bg_nat_probe_finish (GAsyncResult *result, BgNatFound *found, GError **error);

G_END_DECLS
