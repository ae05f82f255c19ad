/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who has a port of this machine, as far as /proc says it. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

/* A socket of /proc/self/net/{tcp,udp}{,6} that a server of `address` and `port` meets: one at that address or at all. */
typedef struct
{
  guint64 inode;
  guint32 uid;
} BgPortOwner;

/* Finds the first one in the text of such a file. */
gboolean bg_port_owner_parse (const char *text, const BgIpPrefix *address, guint16 port,
                              BgPortOwner *owner);
/* "dnsmasq[812]", or where the program may not be seen its user: "dnsmasq (uid 105)". NULL where nobody has it. `stream`: TCP. Free with
 * g_free(). */
char *bg_port_owner_describe (const BgIpPrefix *address, guint16 port, gboolean stream);

G_END_DECLS
