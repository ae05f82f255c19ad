/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/shares.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The core's shares, for addresses as GIO has them. */
typedef struct _BgHubShares BgHubShares;

/* `rule` lives longer. */
BgHubShares *bg_hub_shares_new (const BgShareRule *rule);
void bg_hub_shares_free (BgHubShares *shares);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubShares, bg_hub_shares_free)
/* Takes one on every level, or none: then FALSE, and the seconds to wait. */
gboolean bg_hub_shares_take (BgHubShares *shares, GInetAddress *source, gint64 now_us,
                             guint *wait_s);
/* It does not count. */
void bg_hub_shares_give_back (BgHubShares *shares, GInetAddress *source);
guint bg_hub_shares_count (BgHubShares *shares);

/* The network of `bits` that the address is in, as a number. */
guint64 bg_hub_source_network (GInetAddress *source, guint ipv4_bits, guint ipv6_bits);

G_END_DECLS
