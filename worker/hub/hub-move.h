/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-writer.h"

G_BEGIN_DECLS

/* Where this hub is in a move of its network to another one (docs/devices.md, Moving): it came from elsewhere and nobody has used it
 * yet, it is being read and takes no changes, or it has gone. Times are monotonic µs and come from the caller. */
typedef struct _BgHubMove BgHubMove;

enum
{
  BG_HUB_FREEZE_S = 30, /* since the last page was read */
};

/* `settings`: of BgHubSetting, as they are stored; borrowed. `writer` lives longer. */
BgHubMove *bg_hub_move_new (GPtrArray *settings, BgHubWriter *writer);
void bg_hub_move_free (BgHubMove *move);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubMove, bg_hub_move_free)

/* Where the network has gone; NULL: it is here. Borrowed. */
const char *bg_hub_move_get_url (BgHubMove *move);
/* In base64; "": as the system trusts. */
const char *bg_hub_move_get_pin (BgHubMove *move);
/* It is to be elsewhere, as is written to the disk now; nothing may change from then on. Once that is there, or cannot be, the other says so: only
 * then has it gone, or stays. */
void bg_hub_move_begin_going (BgHubMove *move, const char *url, const char *pin);
/* TRUE: it has gone with this, and nobody was told yet. */
gboolean bg_hub_move_end_going (BgHubMove *move, gboolean is_written);
gboolean bg_hub_move_is_going (BgHubMove *move);

/* Rows as they are read page by page (takes them; NULL: no more), and what they come to. */
void bg_hub_move_show (BgHubMove *move, GPtrArray *rows, char *digest, gint64 now);
/* What is shown (borrowed); NULL: nothing is, or not any more. Each look makes it last again. */
GPtrArray *bg_hub_move_look (BgHubMove *move, gint64 now, const char **digest);
/* Is it being read, and not only to see whether all of it has come here; or going? */
gboolean bg_hub_move_is_frozen (BgHubMove *move, gint64 now);

/* A network came from another hub, and may be replaced until somebody uses it. What says so is to be written with its rows. */
void bg_hub_move_arrive (BgHubMove *move);
void bg_hub_move_add_arrival (BgHubRows *rows);
gboolean bg_hub_move_is_unused (BgHubMove *move);
void bg_hub_move_use (BgHubMove *move);

G_END_DECLS
