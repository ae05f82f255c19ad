/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What NetworkManager found out about the way to everywhere, by the page that its own settings name. It is not made to look again,
 * and it is not started. Main thread only. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  BG_NM_NOT_KNOWN, /* it does not run, or does not check */
  BG_NM_NONE,
  BG_NM_PORTAL,
  BG_NM_LIMITED,
  BG_NM_FULL,
} BgNmConnectivity;

/* Two seconds at most. */
void bg_nm_connectivity_ask_async (GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer data);
BgNmConnectivity bg_nm_connectivity_ask_finish (GAsyncResult *result);

/* Of its properties, a{sv}. Pure. */
BgNmConnectivity bg_nm_connectivity_read (GVariant *properties);

G_END_DECLS
