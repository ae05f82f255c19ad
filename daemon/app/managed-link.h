/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The plan of a link that somebody else sets up, such as NetworkManager: what of it is theirs, as texts, and what stays ours
 * because they have no place for it: the MTU of a path to a single peer, and the hosts that are kept out of the tunnel. */

#include "names/names-plan.h"
#include "net/net-plan.h"

G_BEGIN_DECLS

/* Addresses with prefix length. Free with g_strfreev(), as the next. */
char **bg_managed_link_addresses (const BgNetPlan *whole);
/* What leads into the tunnel beside the networks of the addresses, in order. */
char **bg_managed_link_routes (const BgNetPlan *whole);
/* Servers that know the names of machines: addresses. */
char **bg_managed_link_dns (const BgNamesPlan *names);
/* The domains that are theirs to answer for: "~" in front of one that is not searched, "~." for all. */
char **bg_managed_link_domains (const BgNamesPlan *names);
/* A sealed plan of what we set ourselves all the same. */
BgNetPlan *bg_managed_link_ours (const BgNetPlan *whole);

G_END_DECLS
