/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tables that let nothing leave this machine but through the tunnel, as text for nft(8). They stay when the daemon ends. Pure. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

#define BG_KILL_SWITCH_TABLE "bamgate_strict" /* in families inet and arp */

/* Borrowed, all of it. */
typedef struct
{
  const char *interface; /* of the tunnel */
  guint32 mark;          /* of our own sockets, */
  guint uid;             /* which are this user's too: others could set the mark */
  gboolean lan;          /* private and link-local addresses go on to be reached, but not to ask names of them */
  const BgIpPrefix *addresses; /* the tunnel's with the length of their network: nobody outside sees or gets them */
  guint n_addresses;
} BgKillSwitch;

/* Both tables whole, in the place of those that are there. Free with g_free(). */
char *bg_kill_switch_text (const BgKillSwitch *self);
/* Removes them, whether they are there or not. */
const char *bg_kill_switch_removal (void);

G_END_DECLS
