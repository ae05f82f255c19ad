/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The keys that peers were seen with (decision 8 of the architecture): a key file, a group per id. A key is pinned when its
 * name is first seen with it in an acceptable way, and confirmed by the first WireGuard session that it makes. When the
 * file is full the oldest unconfirmed pin gives way, so that names which a hub merely mentions push nobody out.
 * Main thread only. */

#include "wg/wg.h"

#include <glib.h>

G_BEGIN_DECLS

/* Known names: nobody fills the disk. */
#define BG_PEER_MAX_PINS 1024

typedef struct _BgPeerPins BgPeerPins;

/* Reads `path`; a missing file is an empty one, a bad one an error (pins must not vanish silently). NULL: in memory only. */
BgPeerPins *bg_peer_pins_load (const char *path, GError **error);
void bg_peer_pins_free (BgPeerPins *pins);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPeerPins, bg_peer_pins_free)

/* The pinned key, or FALSE. `first_seen` (optional): Unix seconds. */
gboolean bg_peer_pins_lookup (BgPeerPins *pins, const char *id, WgKey *key, gint64 *first_seen);
/* Pins an id that is not pinned yet, and saves a little later. FALSE where all pins are confirmed ones. */
gboolean bg_peer_pins_add (BgPeerPins *pins, const char *id, const WgKey *key);
/* The pinned key proved itself; saves at once where that is news. */
gboolean bg_peer_pins_confirm (BgPeerPins *pins, const char *id, GError **error);
gboolean bg_peer_pins_is_confirmed (BgPeerPins *pins, const char *id);
/* Removes and saves; TRUE also where there was none. */
gboolean bg_peer_pins_forget (BgPeerPins *pins, const char *id, GError **error);
/* The pinned id that somebody means by `word`: the id itself, or as it is suggested (bg_device_name_escape()). NULL: none. Free
 * with g_free(). */
char *bg_peer_pins_find (BgPeerPins *pins, const char *word);
/* BG_ERROR_NOT_FOUND, for a `word` that means nobody. */
void bg_peer_pins_refuse_unknown (const char *word, GError **error);
/* The confirmed ids: (transfer full). */
char **bg_peer_pins_list (BgPeerPins *pins);

G_END_DECLS
