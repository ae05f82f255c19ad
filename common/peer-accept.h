/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a person takes of what one peer offers ([accept NAME]): nothing else of it is taken. Lists are never NULL. Pure. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char    *name;       /* of the peer, which need not be known */
  GArray  *routes;     /* BgIpPrefix, masked */
  GArray  *prefer;     /* BgIpPrefix, masked: this peer carries them before others do */
  char   **dns;        /* addresses */
  char   **search;     /* domains, normalized */
  gboolean all_routes, all_dns, all_search; /* whatever it offers, in place of the lists */
} BgPeerAccept;

BgPeerAccept *bg_peer_accept_new (const char *name);
BgPeerAccept *bg_peer_accept_copy (const BgPeerAccept *accept);
void bg_peer_accept_free (BgPeerAccept *accept);
/* Everything but the name. */
gboolean bg_peer_accept_equal (const BgPeerAccept *a, const BgPeerAccept *b);
/* Lists of BgPeerAccept, in order. */
gboolean bg_peer_accepts_equal (const GPtrArray *a, const GPtrArray *b);
/* A list with a copy of each; NULL is an empty one. */
GPtrArray *bg_peer_accepts_copy (const GPtrArray *accepts);
/* The one of that name; NULL. */
const BgPeerAccept *bg_peer_accepts_find (const GPtrArray *accepts, const char *name);
/* What is taken of the `offered` route: itself, or the parts of it that are named; appended to `taken` (BgIpPrefix). FALSE for
 * nothing of it. */
gboolean bg_peer_accept_take (const BgPeerAccept *accept, const BgIpPrefix *offered, GArray *taken);
/* Is the route, or a part of it, to go through this peer before others? */
gboolean bg_peer_accept_prefers (const BgPeerAccept *accept, const BgIpPrefix *route);
/* Those of `offered` that are named, or all; free with g_strfreev(). */
char **bg_peer_accept_take_texts (char *const *offered, gboolean all, char *const *named);

G_END_DECLS
