/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's switches of forwarding, as it reports them (RTM_GETNETCONF), and as files. */

#include "net/netlink.h"

/* The two that are no interface. */
#define BG_FORWARDING_ALL "all"
#define BG_FORWARDING_DEFAULT "default"

/* By name: GINT_TO_POINTER (0 or 1) for every interface but loopback, and the two above. `family` is AF_INET or AF_INET6. (transfer full) */
GHashTable *bg_ip_forwarding_flags_load (BgNetlink *netlink, int family, GError **error);
/* The number in the file `key` of an interface below `conf`; -1 where there is none. */
int bg_ip_forwarding_file_read (const char *conf, const char *name, const char *key);
/* The error names the file. */
gboolean bg_ip_forwarding_file_write (const char *conf, const char *name, const char *key, int value, GError **error);
