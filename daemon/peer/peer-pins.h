/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The keys that peers were seen with (decision 8 of the architecture): a key file, a group per id. A key is pinned when its
 * name is first seen with it in an acceptable way, and confirmed by the first WireGuard session that it makes. When the
 * file is full the oldest unconfirmed pin gives way, so that names which a hub merely mentions push nobody out.
 * Main thread only. */

#include "common/ip-prefix.h"
#include "common/peer-offer.h"
#include "wg/wg.h"

#include <glib.h>

G_BEGIN_DECLS

/* Known names: nobody fills the disk. */
#define BG_PEER_MAX_PINS 4096

typedef struct
{
  WgKey      key;
  gint64     first_seen; /* Unix seconds */
  gboolean   confirmed;  /* it made a WireGuard session */
  BgIpPrefix address;    /* the last one that it made it with; family 0: none yet */
  BgIpPrefix address6; /* the same, of IPv6 */
  gboolean   signs;      /* its descriptions proved its key: none without a proof is taken any more */
  gboolean   rests;      /* it knows connections that rest */
  BgPeerOffer *offer;    /* what it offered last, as it proved; NULL: it proved none */
} BgPeerPin;

typedef struct _BgPeerPins BgPeerPins;

/* Reads `path`; a missing file is an empty one, a bad one an error (pins must not vanish silently). NULL: in memory only. */
BgPeerPins *bg_peer_pins_load (const char *path, GError **error);
void bg_peer_pins_free (BgPeerPins *pins);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPeerPins, bg_peer_pins_free)

/* The pinned key, or FALSE. `first_seen` (optional): Unix seconds. */
gboolean bg_peer_pins_lookup (BgPeerPins *pins, const char *id, WgKey *key, gint64 *first_seen);
/* Pins an id that is not pinned yet, and saves a little later. FALSE where all pins are confirmed ones. */
gboolean bg_peer_pins_add (BgPeerPins *pins, const char *id, const WgKey *key);
/* The network's log says that `key` is what `id` stands for: another pin gives way to it. */
void bg_peer_pins_follow (BgPeerPins *pins, const char *id, const WgKey *key);
/* All of a pin, NULL where there is none. Borrowed until the next change. */
const BgPeerPin *bg_peer_pins_get (BgPeerPins *pins, const char *id);
/* The pinned key proved itself, at `address` and `address6` (NULL: not known, or none). What is news is saved at once, unless much
 * is. */
gboolean bg_peer_pins_confirm (BgPeerPins *pins, const char *id, const BgIpPrefix *address,
                               const BgIpPrefix *address6, GError **error);
/* Its description proved the pinned key; saves a little later where that is news. */
void bg_peer_pins_note_signs (BgPeerPins *pins, const char *id);
/* It does, or does not any more, know connections that rest; saves a little later where that is news. */
void bg_peer_pins_note_rests (BgPeerPins *pins, const char *id, gboolean rests);
/* What it offers, as it proved (NULL: it does not say any more; copied); saves a little later where that is news. */
void bg_peer_pins_note_offer (BgPeerPins *pins, const char *id, const BgPeerOffer *offer);
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
