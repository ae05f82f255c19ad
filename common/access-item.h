/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What one item of device.allow or device.deny says: "tcp 22 8000-8100 from laptop to 192.168.1.0/24". */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

enum { BG_ACCESS_ITEM_PORTS_MAX = 16 };

typedef enum
{
  BG_ACCESS_ALL, /* "all" */
  BG_ACCESS_TCP,
  BG_ACCESS_UDP,
  BG_ACCESS_ICMP, /* of both families */
} BgAccessProtocol;

typedef struct
{
  BgAccessProtocol protocol;
  guint   n_ports;    /* 0: any */
  guint16 first[BG_ACCESS_ITEM_PORTS_MAX], last[BG_ACCESS_ITEM_PORTS_MAX];
  char   *peer;       /* from NAME; NULL: any */
  BgIpPrefix from;    /* from PREFIX, masked; family 0: any */
  BgIpPrefix to;      /* masked; family 0: any */
} BgAccessItem;

/* PROTOCOL [PORT|FIRST-LAST]... [from NAME|PREFIX] [to PREFIX]; a name with blanks in it stands in quotes, as for a shell. NULL where
 * it is none. Free with bg_access_item_free(). */
BgAccessItem *bg_access_item_parse (const char *text);
void bg_access_item_free (BgAccessItem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgAccessItem, bg_access_item_free)

G_END_DECLS
