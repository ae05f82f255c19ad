/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/token-bucket.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Shares of something for sources: one bucket per address, and one per network that it is in, as wide as the levels say.
 * Whoever owns a whole network has the share of that network, however many addresses it sends from. */
typedef struct _BgHubShares BgHubShares;

typedef struct
{
  guint ipv4_bits, ipv6_bits;
  BgTokenRate rate;
} BgHubShareLevel;

/* `levels` live longer. The table is bounded: beyond, who was not seen for the longest time is forgotten. */
BgHubShares *bg_hub_shares_new (const BgHubShareLevel *levels, guint n_levels);
void bg_hub_shares_free (BgHubShares *shares);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubShares, bg_hub_shares_free)
/* Takes one on every level, or none: then FALSE, and the seconds to wait. */
gboolean bg_hub_shares_take (BgHubShares *shares, GInetAddress *source, gint64 now_us,
                             guint *wait_s);
/* It does not count. */
void bg_hub_shares_give_back (BgHubShares *shares, GInetAddress *source);
guint bg_hub_shares_count (BgHubShares *shares);

/* The network of `bits` that the address is in, as a number; IPv4 on a dual-stack socket is IPv4. Of IPv6, at most the first
 * 64 bits count. */
guint64 bg_hub_source_network (GInetAddress *source, guint ipv4_bits, guint ipv6_bits);

G_END_DECLS
