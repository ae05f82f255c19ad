/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Addresses of this machine alone: hosts on its loopback interface that are ours, for what is to be had under an address of its own. A socket there
 * that is bound to loopback (SO_BINDTODEVICE) hears this machine and nobody else: packets from here to an address belong to the interface that has
 * the address, which for one of a dummy link would not be loopback. They are in no network, and nobody else sees them (network-tables.h). Main thread
 * only. */

#include "net/netlink.h"

#include "common/ip-prefix.h"

G_BEGIN_DECLS

#define BG_OWN_HOSTS_LINK "lo"
#define BG_OWN_HOSTS_LABEL "lo:bamgate" /* of those of IPv4, which every kernel keeps */
enum { BG_OWN_HOSTS_PROTOCOL = 183 };   /* IFA_PROTO, Linux 5.18 */

/* `*added` FALSE, and fine, where this machine has the address already, from whomever. */
gboolean bg_own_hosts_add (BgNetlink *netlink, const BgIpPrefix *host, gboolean *added, GError **error);
/* TRUE too where it is gone. */
gboolean bg_own_hosts_remove (BgNetlink *netlink, const BgIpPrefix *host, GError **error);
/* Removes all that have our tag, as a killed daemon leaves them. Returns how many. */
guint bg_own_hosts_remove_all (BgNetlink *netlink, GError **error);
/* Do these attributes of an address (IFA_*, up to IFA_PROTO) have our tag? */
gboolean bg_own_hosts_is_tagged (const struct nlattr **at);

G_END_DECLS
