/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The keys that peers were seen with (decision 8 of the architecture): a key file, a group per id. A key is pinned by the
 * first WireGuard session that it made, not by the first mention: only then has its owner proved to have it, and names
 * that the service merely mentions leave nothing behind. Main thread only. */

#include "wg/wg.h"

#include <glib.h>

G_BEGIN_DECLS

/* Known names; more are not pinned (and said so), so that nobody fills the disk. */
#define BG_PEER_MAX_PINS 1024

typedef struct _BgPeerPins BgPeerPins;

/* Reads `path`; a missing file is an empty one, a bad one an error (pins must not vanish silently). NULL: in memory only. */
BgPeerPins *bg_peer_pins_load (const char *path, GError **error);
void bg_peer_pins_free (BgPeerPins *pins);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPeerPins, bg_peer_pins_free)

/* The pinned key, or FALSE. `first_seen` (optional): Unix seconds. */
gboolean bg_peer_pins_lookup (BgPeerPins *pins, const char *id, WgKey *key, gint64 *first_seen);
/* Pins and saves at once, atomically; an id that is pinned already stays as it is. */
gboolean bg_peer_pins_add (BgPeerPins *pins, const char *id, const WgKey *key, GError **error);
/* Removes and saves; TRUE also where there was none. */
gboolean bg_peer_pins_forget (BgPeerPins *pins, const char *id, GError **error);
/* The pinned ids: (transfer full). */
char **bg_peer_pins_list (BgPeerPins *pins);

G_END_DECLS
