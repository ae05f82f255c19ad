/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ways that packets to a peer took, the last few of them: for people who wonder why it was slow at noon. */

#include "transport/transport.h"

#include <glib.h>

G_BEGIN_DECLS

#define BG_PATH_HISTORY_MAX 16 /* the oldest gives way */

typedef struct
{
  gint64          since_us; /* realtime */
  BgTransportKind path;     /* BG_TRANSPORT_NONE: there was none */
  gboolean        relayed;
  guint           mtu;      /* of inner packets, the last one known; 0 unknown */
  char           *local, *remote; /* ends of the path; "" unknown */
} BgPathStay;

typedef struct _BgPathHistory BgPathHistory;

BgPathHistory *bg_path_history_new (void);
void bg_path_history_free (BgPathHistory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPathHistory, bg_path_history_free)

/* What is so now; nothing happens where it was so already, but that an MTU is brought up to date. Texts may be NULL. */
void bg_path_history_note (BgPathHistory *self, gint64 now_us, BgTransportKind path, gboolean relayed, guint mtu,
                           const char *local, const char *remote);
guint bg_path_history_length (const BgPathHistory *self);
/* By age, the oldest first. */
const BgPathStay *bg_path_history_get (const BgPathHistory *self, guint n);

G_END_DECLS
