/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From which subnets endpoints have addresses: the wanted one, or another of its size where that is somebody's. Pure. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  BgIpPrefix wanted;  /* as the settings said */
  BgIpPrefix chosen;  /* what came of it; family 0: nothing was free */
  BgIpPrefix chosen6; /* beside it; family 0: none yet */
} BgVirtualSubnet;

/* Is something of it another network's? */
typedef gboolean (*BgSubnetIsTaken) (gpointer data, const BgIpPrefix *subnet);

enum { BG_VIRTUAL_SUBNET_TRIES = 512 };

/* `wanted`, an IPv4 network, unless it is taken: then what was chosen instead of it `before` (NULL: nothing was), else the next of 10.0.0.0/8 that is
 * free, else of 172.16.0.0/12. FALSE: there is none. */
gboolean bg_virtual_subnet_choose (const BgIpPrefix *wanted, const BgVirtualSubnet *before, BgSubnetIsTaken is_taken, gpointer data,
                                   BgIpPrefix *chosen);
/* A /112 of a network of this machine's own, with 40 bits by chance (RFC 4193, 3.2). */
BgIpPrefix bg_virtual_subnet_invent6 (const guint8 chance[5]);
/* The network of loopback in which a machine without rights has them. */
BgIpPrefix bg_virtual_subnet_loopback (void);

/* As a line that outlives a restart; free with g_free(). FALSE where `text` is no such line. */
char *bg_virtual_subnet_to_text (const BgVirtualSubnet *self);
gboolean bg_virtual_subnet_from_text (const char *text, BgVirtualSubnet *self);

G_END_DECLS
