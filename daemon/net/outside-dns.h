/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names asked of the name servers of this machine's uplinks, beside the system's resolver, whose own packets would go into the
 * tunnel. By c-ares, whose sockets have our mark (own-mark.h). Any thread. */

#include <gio/gio.h>

G_BEGIN_DECLS

/* The servers as the system has them for its uplinks: of systemd-resolved's, NetworkManager's or the plain resolv.conf, the first that names
 * one that is not on this machine. `root` is put in front of the paths; "" for none. Free with g_strfreev(); empty where none is known. */
char **bg_outside_dns_list_servers (const char *root);
/* Blocks, for a few seconds at most: addresses (GInetAddress) of `name`, of `family` (AF_UNSPEC: both), also those of the hosts file. NULL
 * where there is no answer. Free with g_resolver_free_addresses(). */
GList *bg_outside_dns_ask (const char *name, int family, const char *const *servers);

G_END_DECLS
