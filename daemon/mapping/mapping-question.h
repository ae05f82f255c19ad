/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks a router once in which languages it would map ports, and what it is outside. Nothing is mapped. Main thread only. */

#include "mapping/mapping-router.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  gboolean pcp, natpmp, upnp;
  BgIpPrefix outside; /* family 0: it did not say */
} BgMappingOffer;

/* Four seconds at most. */
void bg_mapping_ask_async (const BgMappingPlace *place, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data);
/* FALSE where it was cancelled. */
gboolean bg_mapping_ask_finish (GAsyncResult *result, BgMappingOffer *offer, GError **error);

G_END_DECLS
