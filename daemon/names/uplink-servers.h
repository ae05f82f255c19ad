/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The name servers that this machine was given by its networks, for those who go out through it. */

#include <glib.h>

G_BEGIN_DECLS

/* Of a list, resolv.conf(5): more than three no C library asks either. */
#define BG_UPLINK_MAX_SERVERS 3

/* Those of the text of a resolv.conf(5) that others could ask, as an address: not this machine's own loopback. (transfer full) */
char **bg_uplink_servers_parse (const char *text);
/* Those of this machine: behind systemd-resolved where it looks after names, else of /etc/resolv.conf. `root`: "" but in tests.
 * (transfer full) */
char **bg_uplink_servers_read (const char *root);

G_END_DECLS
