/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Places for WebSockets of one kind: so many at all, a quarter of them for one source (an IPv4 address, an IPv6 /56), and so
 * many new ones of it in a time. */
typedef struct _BgHubPlaces BgHubPlaces;

BgHubPlaces *bg_hub_places_new (guint max);
void bg_hub_places_free (BgHubPlaces *places);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubPlaces, bg_hub_places_free)

/* Why there is none for another one; NULL where there is, and then it counts as one that came. A source NULL has no share: it
 * is a proxy, which speaks for many. */
const char *bg_hub_places_reason_to_refuse (BgHubPlaces *places, GInetAddress *source);
/* One place of the source's is taken; the network to give back. */
guint64 bg_hub_places_take (BgHubPlaces *places, GInetAddress *source);
/* It is free again. */
void bg_hub_places_give_back (BgHubPlaces *places, guint64 network);
guint bg_hub_places_count (BgHubPlaces *places);

G_END_DECLS
